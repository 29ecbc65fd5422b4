/**
 * Owner references: who controls an object, how a controller adopts what its selector matches and
 * releases what it no longer does, and which keys a change of an owned object concerns.
 *
 * An object has one controller at most; one that has another controller is never touched.
 */
import type { Change } from '../api/change.ts';
import { matchesSelector } from '../api/labels.ts';
import type {
  LabelSelector,
  ObjectMeta,
  ObjectReference,
  OwnerReference,
  ResourceName,
  ResourceTypes,
} from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import type { Enqueue, WorkKey } from './controller.ts';
import { type StoredObject, sameValue } from './writes.ts';

/** A kind that owns: its names in owner references and in the store. */
export interface OwnerKind<R extends ResourceName = ResourceName> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: R;
}

/** The reference to the one owner that controls an object. */
export function controllerOf(object: {
  readonly metadata?: ObjectMeta | undefined;
}): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((owner) => owner.controller === true);
}

/** An owner reference that makes `owner` the controller. */
export function controllerReference(kind: OwnerKind, owner: StoredObject): OwnerReference {
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A reference to an object, for events about it. */
export function referenceTo(
  kind: Pick<OwnerKind, 'apiVersion' | 'kind'>,
  object: StoredObject,
): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
    resourceVersion,
  };
}

/** Work key of an object. */
export function workKey(object: StoredObject): WorkKey {
  const { namespace, name } = object.metadata as { namespace?: string; name: string };
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** Namespace and name of a work key; the namespace is '' for cluster-scoped objects. */
export function splitKey(key: WorkKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) };
}

/** Enqueues the object itself. */
export const enqueueSelf: Enqueue = (object) => [workKey(object)];

/** What an owner has, and the writes that make it so: adoptions and releases. */
export interface Claim<T> {
  readonly owned: readonly Stored<T>[];
  readonly changes: readonly Change[];
}

/**
 * Sorts out whose objects are whose. Objects of the owner that its selector no longer matches are
 * released, those without a controller that it matches are adopted; neither where the owner is
 * being deleted. Until the writes are made, adopted objects are not among `owned`. A `finalizer` is
 * put on what is adopted.
 */
export function claim<R extends ResourceName>(
  view: View,
  resource: R,
  kind: OwnerKind,
  owner: StoredObject,
  selector: LabelSelector | undefined,
  wanted: (object: Stored<ResourceTypes[R]>) => boolean,
  finalizer?: string,
): Claim<ResourceTypes[R]> {
  const { uid } = owner.metadata;
  const namespace = owner.metadata.namespace ?? '';
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  const owned: Stored<ResourceTypes[R]>[] = [];
  const changes: Change[] = [];
  for (const object of view.ownedBy(resource, uid)) {
    if (controllerOf(object)?.uid !== uid || !wanted(object)) continue;
    if (matchesSelector(selector, object.metadata.labels)) owned.push(object);
    else if (!deleting) changes.push(releaseOf(resource, object, uid));
  }
  if (deleting) return { owned, changes };
  for (const object of view.orphans(resource, namespace)) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    if (!matchesSelector(selector, object.metadata.labels) || !wanted(object)) continue;
    changes.push(adoptionOf(resource, object, controllerReference(kind, owner), finalizer));
  }
  return { owned, changes };
}

function adoptionOf(
  resource: string,
  object: StoredObject,
  owner: OwnerReference,
  finalizer: string | undefined,
): Change {
  const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.uid);
  return ownersPatch(resource, object, [...others, owner], finalizer);
}

function releaseOf(resource: string, object: StoredObject, uid: string): Change {
  const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
  return ownersPatch(resource, object, others);
}

/**
 * Replaces the owner references of an object, and may add a finalizer, if it is unchanged since.
 */
export function ownersPatch(
  resource: string,
  object: StoredObject,
  ownerReferences: OwnerReference[],
  finalizer?: string,
): Change {
  const { namespace = '', name, uid, resourceVersion } = object.metadata;
  const { finalizers = [] } = object.metadata;
  const isMissing = finalizer !== undefined && !finalizers.includes(finalizer);
  const added = isMissing ? { finalizers: [...finalizers, finalizer] } : {};
  const patch = { metadata: { uid, resourceVersion, ownerReferences, ...added } };
  return { type: 'patch', key: { resource, namespace, name }, patch, strategy: 'merge' };
}

/**
 * Enqueues the controller of an object, before and after the change; and for an object without one,
 * every owner of the namespace that could adopt it.
 */
export function enqueueController<R extends ResourceName>(
  kind: OwnerKind<R>,
  selectorOf: (owner: Stored<ResourceTypes[R]>) => LabelSelector | undefined,
): Enqueue {
  return (object, previous, view, deleted) => {
    const now = ownerKey(kind, object, view);
    const reference = controllerOf(object);
    const before = previous === undefined ? undefined : ownerKey(kind, previous, view);
    const keys = now === undefined ? [] : [now];
    if (before !== undefined && before !== now) keys.push(before);
    if (reference !== undefined || deleted) return keys;
    const isNews =
      previous === undefined ||
      controllerOf(previous) !== undefined ||
      !sameValue(previous.metadata.labels, object.metadata.labels);
    if (!isNews) return keys;
    for (const owner of view.list(kind.resource, object.metadata.namespace)) {
      if (!matchesSelector(selectorOf(owner), object.metadata.labels)) continue;
      keys.push(workKey(owner));
    }
    return keys;
  };
}

/** The key of the owner of this kind that controls an object, where that owner still exists. */
function ownerKey(kind: OwnerKind, object: StoredObject, view: View): WorkKey | undefined {
  const reference = controllerOf(object);
  if (reference === undefined || reference.kind !== kind.kind) return undefined;
  const owner = view.get(kind.resource, object.metadata.namespace ?? '', reference.name);
  return owner?.metadata.uid === reference.uid ? workKey(owner) : undefined;
}
