/**
 * A view of the cluster: every resource at one revision, read synchronously. Because all resources share one
 * log, a plan that reads a view sees a consistent cut, which Kubernetes' informers cannot give.
 *
 * What a view returns is shared and immutable: never change it, build new objects instead.
 */
import type { ResourceName, ResourceTypes } from './types.ts';

/** A stored object: `metadata` with name, uid and resourceVersion is always there. */
export type Stored<T> = T & { readonly metadata: StoredMeta };

/** The metadata fields that every stored object has. */
export interface StoredMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/** Reads of one consistent state. `namespace` is '' (or left out, in lists: all) for cluster-scoped resources. */
export interface View {
  /** The revision of this state. */
  readonly revision: number;
  get<R extends ResourceName>(
    resource: R,
    namespace: string,
    name: string,
  ): Stored<ResourceTypes[R]> | undefined;
  /** Objects in key order, of one namespace or of all. */
  list<R extends ResourceName>(
    resource: R,
    namespace?: string,
  ): readonly Stored<ResourceTypes[R]>[];
  /** Objects whose controlling or other owner reference has this uid. Indexed. */
  ownedBy<R extends ResourceName>(resource: R, uid: string): readonly Stored<ResourceTypes[R]>[];
  /** Objects of a namespace that no owner reference controls. Indexed for pods and what controls them. */
  orphans<R extends ResourceName>(
    resource: R,
    namespace: string,
  ): readonly Stored<ResourceTypes[R]>[];
  /** Pods bound to a node. Indexed. */
  podsOnNode(node: string): readonly Stored<ResourceTypes['core/pods']>[];
  /** Any resource by name, for code that serves all of them (garbage collector, namespaces). */
  getAny(resource: string, namespace: string, name: string): Stored<AnyObject> | undefined;
  listAny(resource: string, namespace?: string): readonly Stored<AnyObject>[];
  /** Objects of any resource that have an owner reference to this uid. Indexed. */
  dependentsOf(
    uid: string,
  ): readonly { readonly resource: string; readonly object: Stored<AnyObject> }[];
  /** True where an object with this uid exists, whatever its resource. Indexed. */
  hasUid(uid: string): boolean;
}

/** An object of a kind that is not known when this is compiled. */
export interface AnyObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: import('./types.ts').ObjectMeta | undefined;
  readonly [field: string]: unknown;
}
