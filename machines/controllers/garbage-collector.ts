/**
 * The garbage collector: deletes what its owners leave behind, in the three ways Kubernetes knows.
 * Background: dependents go after their owner. Foreground: they go before it. Orphan: they stay and
 * forget it.
 *
 * An owner is absent where no object of its kind, name and namespace has its uid: the view is a
 * consistent cut, so no second look is needed. Work arises from changes alone; objects whose owners
 * are there cost nothing.
 */
import type { Change } from '../api/change.ts';
import type { OwnerReference } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type WorkKey } from './controller.ts';
import { isDeleting, isNamespaced, ownerStateOf, resourceOfKind } from './garbage-owners.ts';
import { ownersPatch } from './ownership.ts';
import { sameValue, warning } from './writes.ts';

/** Finalizers that ask this controller to act before an object goes. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';
/** Dependents deleted or orphaned at once. */
export const DEPENDENTS_AT_ONCE_MAX = 250;

/**
 * Keys: `object/<resource>/<namespace>/<name>` for one object, `absent/<uid>` for the dependents of
 * a gone owner.
 */
const objectKey = (resource: string, object: Stored<AnyObject>): WorkKey =>
  `object/${resource}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;

const enqueue: Enqueue = (object, previous, view, deleted, resource) => {
  const owners = object.metadata.ownerReferences ?? [];
  const keys: WorkKey[] = [];
  if (deleted) {
    if (view.dependentsOf(object.metadata.uid).length > 0)
      keys.push(`absent/${object.metadata.uid}`);
  } else if (isDeleting(object)) {
    if (hasFinalizer(object, FOREGROUND) || hasFinalizer(object, ORPHAN)) {
      keys.push(objectKey(resource, object));
    }
  } else if (owners.length > 0 && !sameValue(previous?.metadata.ownerReferences, owners)) {
    const needy = owners.some((owner) => ownerStateOf(owner, object, view) !== 'solid');
    if (needy) keys.push(objectKey(resource, object));
  }
  for (const owner of [...owners, ...(previous?.metadata.ownerReferences ?? [])]) {
    const key = waitingOwner(owner, object, view);
    if (key !== undefined && !keys.includes(key)) keys.push(key);
  }
  return keys;
};

/** The key of an owner that waits for its dependents to go. */
function waitingOwner(
  owner: OwnerReference,
  dependent: Stored<AnyObject>,
  view: View,
): WorkKey | undefined {
  if (!view.hasUid(owner.uid)) return undefined;
  const resource = resourceOfKind(owner, view);
  if (resource === undefined) return undefined;
  const namespace = isNamespaced(resource, view) ? (dependent.metadata.namespace ?? '') : '';
  const found = view.getAny(resource, namespace, owner.name);
  const waits = found !== undefined && isDeleting(found) && hasFinalizer(found, FOREGROUND);
  return waits ? objectKey(resource, found) : undefined;
}

function plan(key: WorkKey, view: View): Plan {
  const [kind = '', ...rest] = key.split('/');
  if (kind === 'absent') {
    const uid = rest[0] as string;
    return view.hasUid(uid) ? NOTHING : { stages: chunks(collectDependents(uid, view)) };
  }
  const [group, plural, namespace = '', name = ''] = rest;
  const resource = `${group}/${plural}`;
  const object = view.getAny(resource, namespace, name);
  if (object === undefined) return NOTHING;
  if (!isDeleting(object)) return { stages: [collect(resource, object, view)] };
  if (hasFinalizer(object, ORPHAN)) return orphanDependents(resource, object, view);
  if (hasFinalizer(object, FOREGROUND)) return awaitDependents(resource, object, view);
  return NOTHING;
}

function collectDependents(uid: string, view: View): readonly Change[] {
  return view.dependentsOf(uid).flatMap(({ resource, object }) => collect(resource, object, view));
}

/**
 * What to do with an object by the state of its owners: delete it, let go of some owners, or
 * nothing.
 */
function collect(resource: string, object: Stored<AnyObject>, view: View): readonly Change[] {
  if (isDeleting(object)) return [];
  const owners = object.metadata.ownerReferences ?? [];
  const states = owners.map((owner) => ({ owner, state: ownerStateOf(owner, object, view) }));
  const left = states.filter(({ state }) => state === 'solid').map(({ owner }) => owner);
  if (left.length === owners.length) return [];
  const strangers = states
    .filter(({ owner, state }) => state === 'absent' && view.hasUid(owner.uid))
    .map(({ owner }) => invalidNamespace(resource, object, owner));
  if (left.length > 0) return [...strangers, ownersPatch(resource, object, left)];
  const waits = states.some(({ state }) => state === 'waiting');
  return [...strangers, deletionOf(resource, object, waits, view)];
}

function deletionOf(
  resource: string,
  object: Stored<AnyObject>,
  ownerWaits: boolean,
  view: View,
): Change {
  const {
    namespace = '',
    name,
    uid,
    resourceVersion,
  } = object.metadata as {
    namespace?: string;
    name: string;
    uid: string;
    resourceVersion: string;
  };
  const goesFirst = ownerWaits && view.dependentsOf(uid).length > 0;
  const propagation = hasFinalizer(object, ORPHAN)
    ? 'Orphan'
    : goesFirst || hasFinalizer(object, FOREGROUND)
      ? 'Foreground'
      : 'Background';
  return {
    type: 'delete',
    key: { resource, namespace, name },
    uid,
    resourceVersion,
    propagation,
  };
}

function orphanDependents(resource: string, owner: Stored<AnyObject>, view: View): Plan {
  const { uid } = owner.metadata;
  const releases = view.dependentsOf(uid).map(({ resource: of, object }) => {
    const others = (object.metadata.ownerReferences ?? []).filter((other) => other.uid !== uid);
    return ownersPatch(of, object, others);
  });
  return { stages: [...chunks(releases), [withoutFinalizer(resource, owner, ORPHAN)]] };
}

function awaitDependents(resource: string, owner: Stored<AnyObject>, view: View): Plan {
  const { uid } = owner.metadata;
  const blocking = view
    .dependentsOf(uid)
    .filter(({ object }) =>
      (object.metadata.ownerReferences ?? []).some(
        (reference) => reference.uid === uid && reference.blockOwnerDeletion === true,
      ),
    );
  if (blocking.length === 0) return { stages: [[withoutFinalizer(resource, owner, FOREGROUND)]] };
  return {
    stages: chunks(blocking.flatMap(({ resource: of, object }) => collect(of, object, view))),
  };
}

function withoutFinalizer(resource: string, object: Stored<AnyObject>, finalizer: string): Change {
  const {
    namespace = '',
    name,
    uid,
    resourceVersion,
    finalizers = [],
  } = object.metadata as {
    namespace?: string;
    name: string;
    uid: string;
    resourceVersion: string;
    finalizers?: string[];
  };
  const left = finalizers.filter((other) => other !== finalizer);
  return {
    type: 'patch',
    key: { resource, namespace, name },
    patch: { metadata: { uid, resourceVersion, finalizers: left } },
    strategy: 'merge',
  };
}

function invalidNamespace(
  resource: string,
  object: Stored<AnyObject>,
  { apiVersion, kind, name, uid }: OwnerReference,
): Change {
  const { namespace = '' } = object.metadata as { namespace?: string };
  const text = `${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}`;
  const regarding = {
    kind: object.kind ?? resource,
    apiVersion: object.apiVersion ?? '',
    namespace,
    name: object.metadata.name,
    uid: object.metadata.uid,
  };
  const note = `ownerRef [${text}] does not exist in namespace ${JSON.stringify(namespace)}`;
  return { type: 'record', record: warning(regarding, 'OwnerRefInvalidNamespace', note) };
}

function hasFinalizer(object: Stored<AnyObject>, finalizer: string): boolean {
  return (object.metadata.finalizers ?? []).includes(finalizer);
}

function chunks(changes: readonly Change[]): readonly (readonly Change[])[] {
  const stages: (readonly Change[])[] = [];
  for (let i = 0; i < changes.length; i += DEPENDENTS_AT_ONCE_MAX) {
    stages.push(changes.slice(i, i + DEPENDENTS_AT_ONCE_MAX));
  }
  return stages;
}

/** The row of the table. */
export const garbageCollectorController: Controller = {
  name: 'garbage-collector-controller',
  watches: { '*': enqueue },
  plan,
};
