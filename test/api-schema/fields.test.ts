import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFields,
  fieldWarnings,
  strictError,
  undecodable,
} from '../../machines/api/fields.ts';
import { resources, typeOf } from '../../machines/api/schema.ts';
import { jsonDepthMax, strictJsonParse } from '../../machines/api/strict-json.ts';
import { objectOf } from './arbitrary.ts';

describe('JSON', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['"a', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"a\u0001"', "invalid character '\\x01' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-', 'unexpected end of JSON input'],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['nul]', "invalid character ']' in literal null (expecting 'l')"],
  ])('%j is refused', (text, error) => expect(strictJsonParse(text)).toEqual({ ok: false, error }));

  it('takes halves of surrogate pairs for what Go takes them', () => {
    const pad = '\ufffd';
    for (const [text, expected] of [
      [String.raw`"a\ud800b"`, `a${pad}b`],
      [String.raw`"\uDC00\ud83d\ude00"`, `${pad}\u{1f600}`],
      [String.raw`"\ud800\ud83d\ude00\ud83d"`, `${pad}\u{1f600}${pad}`],
      [String.raw`"\\ud800 \u00e9"`, String.raw`\ud800 é`],
    ] as const) {
      expect(strictJsonParse(text)).toMatchObject({ value: expected });
    }
  });

  it('reports duplicate fields by path, and takes the last', () => {
    const text = '{"spec":{"a":[{"b":1,"\\u0062":2},{"b":1}],"spec":1},"spec":{"c":3}}';
    expect(strictJsonParse(text)).toEqual({
      ok: true,
      value: { spec: { c: 3 } },
      duplicate: ['spec.a[0].b', 'spec'],
    });
  });

  it('agrees with JSON.parse', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((text) => text.slice(0, -1)),
        ),
        (text) => {
          let expected: unknown;
          try {
            expected = JSON.parse(text);
          } catch {
            expect(strictJsonParse(text).ok).toBe(false);
            return;
          }
          expect(strictJsonParse(text)).toEqual({ ok: true, value: expected, duplicate: [] });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is bounded in depth', () => {
    const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(strictJsonParse(nest(jsonDepthMax)).ok).toBe(true);
    expect(strictJsonParse(nest(100_000))).toEqual({ ok: false, error: 'exceeded max depth' });
  });
});

const deployment = typeOf('apps.v1.Deployment')!;
const pod = typeOf('core.v1.Pod')!;

describe('decoding', () => {
  it('changes nothing in what Kubernetes would write', () => {
    for (const { type } of resources()) {
      fc.assert(
        fc.property(objectOf(type), (object) => {
          const before = structuredClone(object);
          expect(decodeFields(type, object)).toEqual({ object, unknown: [] });
          expect(object).toEqual(before);
        }),
        { numRuns: 5 },
      );
    }
  });

  it('reports unknown fields by path and drops them', () => {
    const input = {
      apiVersion: 'v1',
      Kind: 'Pod',
      spec: { containers: [{ name: 'a' }, { name: 'b', foo: { bar: 1 } }], Bar: 1 },
    };
    expect(decodeFields(pod, input)).toEqual({
      object: { apiVersion: 'v1', spec: { containers: [{ name: 'a' }, { name: 'b' }] } },
      unknown: ['Kind', 'spec.containers[1].foo', 'spec.Bar'],
    });
  });

  it('drops null and what omitempty drops', () => {
    const spec = {
      hostNetwork: false,
      hostname: '',
      tolerations: [],
      nodeSelector: {},
      priority: 0,
      containers: null,
    };
    expect(decodeFields(pod, { metadata: null, spec }).object).toEqual({ spec: { priority: 0 } });
  });

  it('makes quantities and times canonical', () => {
    const input = {
      metadata: { creationTimestamp: '2024-01-01T02:00:00.5+02:00' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    };
    expect(decodeFields(pod, input).object).toEqual({
      metadata: { creationTimestamp: '2024-01-01T00:00:00Z' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: '500m', memory: '1Gi' } } }] },
    });
  });

  it.each([
    [
      deployment,
      { spec: { replicas: 'three' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 3e9 } },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: [] },
      'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
    [
      deployment,
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      deployment,
      { metadata: { labels: 'a' } },
      'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      pod,
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      pod,
      { spec: { containers: [{ image: true }] } },
      'json: cannot unmarshal bool into Go struct field Container.spec.containers.image of type string',
    ],
    [
      pod,
      { spec: { restartPolicy: 1 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      pod,
      { kind: 1 },
      'json: cannot unmarshal number into Go struct field Pod.kind of type string',
    ],
    [
      pod,
      { metadata: { creationTimestamp: 'now' } },
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
    [
      pod,
      { spec: { overhead: { cpu: 'x' } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [pod, { spec: { overhead: { cpu: '1ii' } } }, "unable to parse quantity's suffix"],
    [
      pod,
      { spec: { containers: [{ ports: [{ containerPort: '80' }] }] } },
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [typeOf('core.v1.Secret')!, { data: { a: '***' } }, 'illegal base64 data at input byte 0'],
    [typeOf('core.v1.Secret')!, { data: { a: 'YQ' } }, 'illegal base64 data at input byte 0'],
    [
      typeOf('core.v1.Service')!,
      { spec: { ports: [{ port: 1, targetPort: {} }] } },
      'json: cannot unmarshal object into Go value of type int32',
    ],
  ])('%# %s refuses a wrong type', (type, input, error) => {
    expect(decodeFields(type, input as Record<string, unknown>).error).toBe(error);
  });

  it('words its findings as the strict decoder does', () => {
    expect(strictError(['spec.foo'], ['spec.bar'])).toBe(
      'strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"',
    );
    expect(strictError([], [])).toBeUndefined();
    expect(fieldWarnings(['a'], [])).toEqual(['unknown field "a"']);
    expect(undecodable('v1', 'Pod', 'x')).toBe('Pod in version "v1" cannot be handled as a Pod: x');
  });
});
