/**
 * Owner references as the garbage collector reads them: which resource they mean, and whether the
 * owner is there. Pure.
 */
import { allServed, servedByStorage, splitApiVersion } from '../api/resources.ts';
import type { OwnerReference } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';

/**
 * `absent`: gone, never there, or in another namespace. `waiting`: being deleted in the foreground
 * and blocked by the dependent. `solid`: anything else; also kinds that are not known, which nobody
 * may judge.
 */
export type OwnerState = 'solid' | 'absent' | 'waiting';

/** The state of one owner of an object. */
export function ownerStateOf(
  owner: OwnerReference,
  dependent: Stored<AnyObject>,
  view: View,
): OwnerState {
  const resource = resourceOfKind(owner, view);
  if (resource === undefined) return 'solid';
  const namespace = isNamespaced(resource, view) ? (dependent.metadata.namespace ?? '') : '';
  const found = view.getAny(resource, namespace, owner.name);
  if (found === undefined || found.metadata.uid !== owner.uid) return 'absent';
  const waits =
    owner.blockOwnerDeletion === true &&
    isDeleting(found) &&
    (found.metadata.finalizers ?? []).includes('foregroundDeletion');
  return waits ? 'waiting' : 'solid';
}

let builtIn: ReadonlyMap<string, string> | undefined;

/** The store's resource of an owner's kind; undefined where no such kind is served. */
export function resourceOfKind(
  { apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>,
  view: View,
): string | undefined {
  builtIn ??= new Map([...allServed()].map((one) => [`${one.group}/${one.kind}`, one.storage]));
  const { group } = splitApiVersion(apiVersion);
  const known = builtIn.get(`${group}/${kind}`);
  if (known !== undefined) return known;
  const custom = view
    .list('apiextensions.k8s.io/customresourcedefinitions')
    .find(({ spec }) => spec?.group === group && spec.names.kind === kind);
  return custom === undefined ? undefined : `${group}/${custom.spec.names.plural}`;
}

/** True where objects of a resource live in namespaces. */
export function isNamespaced(resource: string, view: View): boolean {
  const served = servedByStorage(resource);
  if (served !== undefined) return served.namespaced;
  return view
    .list('apiextensions.k8s.io/customresourcedefinitions')
    .some(
      ({ spec }) =>
        `${spec?.group}/${spec?.names.plural}` === resource && spec?.scope === 'Namespaced',
    );
}

/** True where deletion of the object has begun. */
export function isDeleting(object: Stored<AnyObject>): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
