import { describe, expect, it } from 'vitest';
import {
  aggregatedDocument,
  aggregatedMediaType,
  aggregatedVersion,
  compareVersions,
  coreVersions,
  type DiscoverableResource,
  groupDocument,
  groupList,
  resourceList,
} from '../../machines/api/discovery.ts';
import { findKind, findResource, resources, typeOf } from '../../machines/api/schema.ts';

const widget: DiscoverableResource = {
  group: 'example.com',
  version: 'v1beta1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  namespaced: true,
  verbs: ['get', 'list'],
  shortNames: ['wd'],
  categories: ['all'],
  subresources: [],
};

interface Row {
  readonly name: string;
  readonly [key: string]: unknown;
}

const rowsOf = (group: string, version: string) =>
  (resourceList(group, version)?.resources ?? []) as readonly Row[];

describe('the resources', () => {
  it('have a kind, and a list kind where they can be listed', () => {
    for (const { group, version, kind, verbs, subresources } of resources()) {
      expect(findKind(group, version, kind)?.isKind).toBe(true);
      const list = findKind(group, version, `${kind}List`);
      if (verbs.includes('list'))
        expect(list?.fields.get('items')?.type.item?.name).toMatch(`.${kind}`);
      for (const sub of subresources)
        expect(findKind(sub.group, sub.version, sub.kind)).toBeDefined();
    }
  });

  it('are found by their path', () => {
    expect(findResource('', 'v1', 'pods')?.type).toBe(typeOf('core.v1.Pod'));
    expect(findResource('core', 'v1', 'pods')?.storage).toBe('core/pods');
    expect(findResource('events.k8s.io', 'v1', 'events')?.storage).toBe('core/events');
    expect(findResource('apps', 'v1', 'pods')).toBeUndefined();
  });
});

describe('discovery', () => {
  it('lists the versions of the core group', () => {
    expect(coreVersions('127.0.0.1:6443')).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
    });
  });

  it('lists groups with their preferred version', () => {
    const list = groupList([widget]).groups as readonly Row[];
    expect(list.map(({ name }) => name)).toContain('apps');
    expect(list.map(({ name }) => name)).not.toContain('');
    expect(list.at(-1)).toEqual({
      name: 'example.com',
      versions: [{ groupVersion: 'example.com/v1beta1', version: 'v1beta1' }],
      preferredVersion: { groupVersion: 'example.com/v1beta1', version: 'v1beta1' },
    });
    expect(groupDocument('autoscaling')).toMatchObject({
      kind: 'APIGroup',
      versions: [{ version: 'v2' }, { version: 'v1' }],
      preferredVersion: { groupVersion: 'autoscaling/v2' },
    });
    expect(groupDocument('example.com')).toBeUndefined();
    expect(groupDocument('')).toBeUndefined();
  });

  it('lists resources and subresources by name', () => {
    const rows = rowsOf('', 'v1');
    const names = rows.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(rows.find(({ name }) => name === 'pods')).toEqual({
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
    });
    expect(rows.find(({ name }) => name === 'pods/eviction')).toEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    expect(resourceList('', 'v1')).toMatchObject({ groupVersion: 'v1' });
    expect(resourceList('apps', 'v1')).toMatchObject({ apiVersion: 'v1', groupVersion: 'apps/v1' });
    expect(resourceList('apps', 'v2')).toBeUndefined();
  });

  it.each(['v2', 'v2beta1'] as const)('says the same in the aggregated form %s', (form) => {
    const [core] = aggregatedDocument('/api', form).items as readonly Row[];
    const named = aggregatedDocument('/apis', form).items as readonly Row[];
    let count = 0;
    for (const group of [core!, ...named]) {
      const name = (group.metadata as Row).name ?? '';
      for (const version of group.versions as { version: string; resources: Row[] }[]) {
        const rows = rowsOf(name, version.version);
        for (const resource of version.resources) {
          const plain = rows.find((row) => row.name === resource.resource);
          expect(plain).toMatchObject({
            verbs: resource.verbs,
            singularName: resource.singularResource,
          });
          const subs = (resource.subresources ?? []) as readonly Row[];
          for (const sub of subs) {
            const full = `${String(resource.resource)}/${String(sub.subresource)}`;
            expect(rows.find((row) => row.name === full)).toMatchObject({ verbs: sub.verbs });
          }
          count += 1 + subs.length;
        }
      }
    }
    expect(count).toBe(
      resources().reduce((sum, { subresources }) => sum + 1 + subresources.length, 0),
    );
  });

  it('negotiates the aggregated form', () => {
    const kubectl =
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
    expect(aggregatedVersion(kubectl)).toBe('v2');
    expect(aggregatedVersion(kubectl.slice(kubectl.indexOf(',')))).toBe('v2beta1');
    expect(aggregatedVersion('application/json')).toBeUndefined();
    expect(aggregatedVersion(aggregatedMediaType('v2beta1'))).toBe('v2beta1');
  });

  it('prefers stable and newer versions', () => {
    const versions = ['foo', 'v1alpha1', 'v1', 'v2beta1', 'v10', 'v1beta2', 'v2', 'v1beta1', 'bar'];
    expect(versions.sort(compareVersions)).toEqual([
      ...['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1beta1', 'v1alpha1', 'bar', 'foo'],
    ]);
  });
});
