/**
 * Discovery documents: which groups, versions and resources the API has, in the old form (one
 * document a group version) and in the aggregated form (apidiscovery.k8s.io v2 and v2beta1).
 * Built from the facts table and from the custom resources that are passed in. Decides nothing
 * about who may read them.
 */
import { type ResourceInfo, resources } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** What discovery tells of a resource; a built-in one is a ResourceInfo. */
export type DiscoverableResource = Omit<ResourceInfo, 'type' | 'storage'>;

/** A version of the aggregated form. */
export type AggregatedVersion = 'v2' | 'v2beta1';

interface Version {
  readonly version: string;
  readonly resources: DiscoverableResource[];
}

interface Group {
  readonly name: string;
  readonly versions: Version[];
}

/** The aggregated form that an Accept header asks for first, if it asks for one. */
export function aggregatedVersion(accept: string): AggregatedVersion | undefined {
  for (const part of accept.split(',')) {
    const parameters = part.split(';').map((text) => text.trim());
    if (!parameters.includes('as=APIGroupDiscoveryList')) continue;
    if (!parameters.includes('g=apidiscovery.k8s.io')) continue;
    if (parameters.includes('v=v2')) return 'v2';
    if (parameters.includes('v=v2beta1')) return 'v2beta1';
  }
  return undefined;
}

/** The Content-Type of an aggregated document. */
export function aggregatedMediaType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** `/api`: the versions of the core group; `serverAddress` is host and port. */
export function coreVersions(serverAddress: string): Json {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis`: every group but core. */
export function groupList(extra: readonly DiscoverableResource[] = []): Json {
  const named = groups(extra).filter((group) => group.name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupFacts) };
}

/** `/apis/<group>`, or undefined where there is no such group. */
export function groupDocument(
  name: string,
  extra: readonly DiscoverableResource[] = [],
): Json | undefined {
  const group = groups(extra).find((one) => one.name === name && name !== '');
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupFacts(group) };
}

/** `/api/v1` or `/apis/<group>/<version>`, or undefined where there is no such group version. */
export function resourceList(
  group: string,
  version: string,
  extra: readonly DiscoverableResource[] = [],
): Json | undefined {
  const found = groups(extra)
    .find((one) => one.name === group)
    ?.versions.find((one) => one.version === version);
  if (found === undefined) return undefined;
  const rows = found.resources.flatMap(resourceRows);
  rows.sort((left, right) => (String(left.name) < String(right.name) ? -1 : 1));
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: rows,
  };
}

/** `/api` or `/apis` in the aggregated form. */
export function aggregatedDocument(
  root: '/api' | '/apis',
  version: AggregatedVersion,
  extra: readonly DiscoverableResource[] = [],
): Json {
  const shown = groups(extra).filter((group) => (group.name === '') === (root === '/api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: shown.map((group) => ({
      metadata: { ...(group.name === '' ? {} : { name: group.name }), creationTimestamp: null },
      versions: group.versions.map((one) => ({
        version: one.version,
        resources: sorted(one.resources).map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function groups(extra: readonly DiscoverableResource[]): Group[] {
  const found = new Map<string, Group>();
  const custom = [...extra].sort(
    (left, right) =>
      left.group.localeCompare(right.group) || compareVersions(left.version, right.version),
  );
  for (const resource of [...resources(), ...custom]) {
    const group = found.get(resource.group) ?? { name: resource.group, versions: [] };
    found.set(resource.group, group);
    const version = group.versions.find((one) => one.version === resource.version);
    if (version !== undefined) version.resources.push(resource);
    else group.versions.push({ version: resource.version, resources: [resource] });
  }
  return [...found.values()];
}

/** Orders versions as Kubernetes prefers them: v2, v1, v2beta1, v1beta1, v1alpha1, others. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [versionRank(left), versionRank(right)];
  for (const [index, rank] of a.entries()) {
    if (rank !== b[index]) return b[index]! - rank;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

function versionRank(version: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}

function groupFacts(group: Group): Json {
  const versions = group.versions.map(({ version }) => ({
    groupVersion: `${group.name}/${version}`,
    version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function resourceRows(resource: DiscoverableResource): Json[] {
  const { plural, namespaced, kind } = resource;
  const main = {
    name: plural,
    singularName: resource.singular,
    namespaced,
    kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
  };
  const more = resource.subresources.map((sub) => {
    const own = sub.group === resource.group && sub.version === resource.version;
    return {
      name: `${plural}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(own ? {} : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    };
  });
  return [main, ...more];
}

function aggregatedResource(resource: DiscoverableResource): Json {
  const { group, version, kind } = resource;
  const subresources = resource.subresources.map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function sorted(list: readonly DiscoverableResource[]): readonly DiscoverableResource[] {
  return [...list].sort((left, right) => (left.plural < right.plural ? -1 : 1));
}
