/**
 * The resources this API serves and how each is stored: a row of the facts table joined with its
 * strategy.
 *
 * Look-ups only, built once; holds no state and makes no decision about an object.
 */

import { type ResourceInfo, resources, type SubresourceInfo } from './schema.ts';
import type { GroupResource } from './status.ts';
import { type GeneralStrategy, strategyOf } from './strategies.ts';
import type { AnyObject } from './view.ts';

/** One served resource in one version. */
export interface Served {
  readonly info: ResourceInfo;
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Its name in the store: `core/pods`. */
  readonly storage: string;
  /** apiVersion in which it is stored. */
  readonly storageVersion: string;
  readonly strategy: GeneralStrategy;
  /** As messages name it. */
  readonly named: GroupResource;
  readonly hasStatus: boolean;
  readonly subresources: ReadonlyMap<string, SubresourceInfo>;
  /** Kept in the events store, with a lifetime. */
  readonly isEvent: boolean;
}

let served: ReadonlyMap<string, Served> | undefined;
let byStorage: ReadonlyMap<string, Served> | undefined;

/** The served resource, or undefined; the group is empty for core. */
export function findServed(group: string, version: string, plural: string): Served | undefined {
  served ??= buildServed();
  return served.get(`${group}/${version}/${plural}`);
}

/** The resource in its storage version, by its name in the store (`apps/deployments`). */
export function servedByStorage(storage: string): Served | undefined {
  served ??= buildServed();
  byStorage ??= new Map(
    [...served.values()]
      .filter((one) => one.apiVersion === one.storageVersion)
      .map((one) => [one.storage, one]),
  );
  return byStorage.get(storage);
}

/** Every served resource, in discovery's order. */
export function allServed(): Iterable<Served> {
  served ??= buildServed();
  return served.values();
}

/** Splits an apiVersion. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `v1` or `group/v1`. */
export function joinApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Key of an object in the store; the namespace is '' for cluster-scoped ones. */
export function storeKey(storage: string, namespace: string, name: string): string {
  return `${storage}/${namespace === '' ? '_' : namespace}/${name}`;
}

function buildServed(): ReadonlyMap<string, Served> {
  const list = resources();
  const storageVersions = new Map<string, string>();
  for (const info of list) {
    if (storageVersions.has(info.storage)) continue;
    storageVersions.set(info.storage, joinApiVersion(info.group, info.version));
  }
  return new Map(
    list.map((info) => [
      `${info.group}/${info.version}/${info.plural}`,
      toServed(info, storageVersions.get(info.storage)!),
    ]),
  );
}

function toServed(info: ResourceInfo, storageVersion: string): Served {
  const subresources = new Map(info.subresources.map((sub) => [sub.name, sub]));
  return {
    info,
    group: info.group,
    version: info.version,
    apiVersion: joinApiVersion(info.group, info.version),
    kind: info.kind,
    namespaced: info.namespaced,
    storage: info.storage,
    storageVersion,
    strategy: strategyOf(info.storage),
    named: { group: info.group, resource: info.plural },
    hasStatus: subresources.has('status'),
    subresources,
    isEvent: info.storage === 'core/events',
  };
}

/** The revision an object was read at. */
export function revisionOf(object: AnyObject): number {
  return Number(object.metadata?.resourceVersion ?? 0);
}
