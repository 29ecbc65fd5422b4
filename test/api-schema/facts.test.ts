import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factsTable } from '../../cmd/tools/facts-table.ts';
import { readGoFile } from '../../cmd/tools/go-types.ts';
import { typescriptTypes } from '../../cmd/tools/typescript-types.ts';
import {
  findApiVersionKind,
  findKind,
  messageType,
  typeOf,
  types,
} from '../../machines/api/schema.ts';

const fieldOf = (type: string, name: string) => typeOf(type)?.fields.get(name);

describe('the types table', () => {
  it('resolves every type that it names', () => {
    for (const type of types()) {
      for (const field of type.fields.values()) {
        let value = field.type;
        while (value.item !== undefined) value = value.item;
        if (value.shape === 'message') expect(messageType(value).name).toBe(value.name);
      }
    }
  });

  it('gives every field of a type its own name and number', () => {
    for (const { name, ownFields } of types()) {
      const numbers = ownFields.map(({ number }) => number).filter((number) => number > 0);
      expect(new Set(numbers).size, name).toBe(numbers.length);
      const names = ownFields.map((field) => field.name).filter((one) => one !== '');
      expect(new Set(names).size, name).toBe(names.length);
    }
  });

  it.each([
    [
      'core.v1.PodSpec',
      'containers',
      {
        number: 2,
        patchMergeKey: 'name',
        patchStrategy: ['merge'],
        listType: 'map',
        listMapKeys: ['name'],
      },
    ],
    ['core.v1.PodSpec', 'volumes', { patchStrategy: ['merge', 'retainKeys'] }],
    ['core.v1.ServiceSpec', 'ports', { patchMergeKey: 'port', listMapKeys: ['port', 'protocol'] }],
    [
      'core.v1.ServicePort',
      'targetPort',
      { omitEmpty: true, pointer: false, type: { shape: 'intOrString' } },
    ],
    ['core.v1.ContainerPort', 'protocol', { defaultText: '"TCP"' }],
    ['core.v1.Volume', 'emptyDir', { pointer: true, number: 2 }],
    ['core.v1.Probe', 'httpGet', { number: 2 }],
    ['core.v1.PodSpec', 'nodeSelector', { type: { shape: 'map' }, atomic: true }],
    [
      'core.v1.ResourceRequirements',
      'limits',
      { type: { shape: 'map', item: { shape: 'quantity' } } },
    ],
    ['core.v1.Secret', 'data', { type: { shape: 'map', item: { shape: 'bytes' } } }],
    ['apps.v1.DeploymentSpec', 'strategy', { patchStrategy: ['retainKeys'] }],
    ['apps.v1.DeploymentSpec', 'selector', { omitEmpty: false, pointer: true }],
    ['meta.v1.ObjectMeta', 'finalizers', { listType: 'set', patchStrategy: ['merge'] }],
    ['meta.v1.ObjectMeta', 'creationTimestamp', { omitZero: true, type: { shape: 'time' } }],
    ['meta.v1.Status', 'code', { number: 6, type: { shape: 'int32' } }],
    ['coordination.v1.LeaseSpec', 'renewTime', { type: { shape: 'microTime' } }],
  ])('%s.%s', (type, name, expected) => expect(fieldOf(type, name)).toMatchObject(expected));

  it('knows enum values', () => {
    expect(fieldOf('core.v1.PodSpec', 'restartPolicy')?.type.alias).toEqual({
      name: 'RestartPolicy',
      section: 'core.v1',
      values: ['Always', 'OnFailure', 'Never'],
    });
  });

  it('keeps enum values with spaces and empty ones whole', () => {
    const usages = fieldOf('certificates.v1.CertificateSigningRequestSpec', 'usages');
    expect(usages?.type.item?.alias?.values).toContain('key encipherment');
    expect(usages?.type.item?.alias?.values).not.toContain('encipherment');
    const family = fieldOf('core.v1.ServiceSpec', 'ipFamilies');
    expect(family?.type.item?.alias?.values).toEqual(['IPv4', 'IPv6', '']);
    const reason = fieldOf('meta.v1.Status', 'reason');
    expect(reason?.type.alias?.values).toEqual([]);
  });

  it('finds kinds by apiVersion, the shared ones in every group', () => {
    expect(findApiVersionKind('apps/v1', 'Deployment')).toBe(typeOf('apps.v1.Deployment'));
    expect(findApiVersionKind('v1', 'Status')).toBe(typeOf('meta.v1.Status'));
    expect(findApiVersionKind('apps/v1', 'DeleteOptions')).toBe(typeOf('meta.v1.DeleteOptions'));
    expect(findApiVersionKind('meta.k8s.io/v1', 'Table')).toBe(typeOf('meta.v1.Table'));
    expect(findKind('', 'v1', 'PodSpec')).toBeUndefined();
    expect(findKind('apps', 'v1', 'Pod')).toBeUndefined();
    expect(typeOf('core.v1.toString')).toBeUndefined();
  });
});

describe('the TypeScript shapes', () => {
  it('are what the table says', () => {
    const squeeze = (text: string) => text.replace(/\s+/g, '').replaceAll(/([:=(,<])\|/g, '$1');
    const path = new URL('../../machines/api/types.ts', import.meta.url);
    expect(squeeze(readFileSync(path, 'utf8'))).toBe(squeeze(typescriptTypes()));
  });
});

describe('the tool that writes the table', () => {
  it('reads tags and markers, and no prose', () => {
    const source = [
      'package v1',
      'import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"',
      '// Prose about phases.',
      '// +enum',
      'type Phase string',
      'const (',
      '\tRunning Phase = "Running"',
      '\tDone    Phase = "Done"',
      ')',
      '// Prose about things.',
      'type Thing struct {',
      '\tmetav1.TypeMeta `json:",inline"`',
      '\t// Prose.',
      '\t// +optional',
      '\t// +listType=map',
      '\t// +listMapKey=name',
      '\tParts []Part `json:"parts,omitempty" patchStrategy:"merge" patchMergeKey:"name" protobuf:"bytes,3,rep,name=parts"`',
      '\t// +default="a"',
      '\tPhase *Phase `json:"phase,omitempty" protobuf:"bytes,4,opt,name=phase"`',
      '\tPart `json:",inline" protobuf:"bytes,5,opt,name=part"`',
      '}',
      'type Part struct {',
      '\tName string `json:"name" protobuf:"bytes,1,opt,name=name"`',
      '\tSizes map[string][]int32 `json:"sizes" protobuf:"bytes,2,rep,name=sizes"`',
      '}',
    ].join('\n');
    const section = {
      ...{ types: new Map(), values: new Map(), imports: new Map() },
      ...{ path: 'k8s.io/api/test/v1', name: 'test.v1', groupVersion: 'test.io/v1' },
    };
    readGoFile(source, section);
    expect(factsTable([section], ['test.v1.Thing']).split('\n')).toEqual([
      '#test.v1 test.io/v1 io.k8s.api.test.v1',
      'Part name:1:s sizes:2:{[i',
      '%Phase s Running|Done',
      'Thing:K parts:3:[Part:?ok(name)p^name^ phase:4:%Phase:?*="a" :5:Part',
    ]);
  });
});
