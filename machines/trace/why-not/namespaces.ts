/** What a namespace that is being deleted waits for. Pure. */
import { allServed } from '../../api/resources.ts';
import type { Namespace, Pod } from '../../api/types.ts';
import type { AnyObject, Stored } from '../../api/view.ts';
import { resourceName } from '../past-table.ts';
import { podGroups } from './pod-groups.ts';
import {
  controllerText,
  countText,
  deletionWait,
  type Situation,
  type Waiting,
} from './situation.ts';

/** The namespace's own finalizer, which its controller removes last. */
const OWN_FINALIZER = 'kubernetes';
const NAMES_MAX = 5;

/** Nothing where nobody deletes it. */
export function namespaceWaits(namespace: Stored<Namespace>, s: Situation): readonly Waiting[] {
  const { metadata, spec } = namespace;
  if (metadata.deletionTimestamp === undefined) return [];
  const waits = storages().flatMap((storage) => remaining(storage, metadata.name, s));
  const others = (spec?.finalizers ?? []).filter((name) => name !== OWN_FINALIZER);
  if (others.length > 0) {
    const names = others.join(', ');
    waits.push({ says: `it is held by finalizers: ${names}`, on: `whoever is to remove ${names}` });
  }
  if (waits.length > 0) return waits;
  const says = 'nothing is left in it';
  return [{ says, on: controllerText(s, 'namespace-controller', namespace) }];
}

/** What one resource has left in it. */
function remaining(storage: string, namespace: string, s: Situation): readonly Waiting[] {
  const objects = s.objects.listAny(storage, namespace);
  if (objects.length === 0) return [];
  const what = countText(objects.length, resourceName(storage));
  if (storage === 'core/pods') {
    return [{ says: `${what} left`, because: podGroups(objects as readonly Stored<Pod>[], 0, s) }];
  }
  const held = objects.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  const names = objects.slice(0, NAMES_MAX).map(({ metadata }) => metadata.name);
  const says = `${what} left: ${names.join(', ')}${objects.length > NAMES_MAX ? ', ...' : ''}`;
  if (held.length === 0) return [{ says, on: 'the namespace-controller, to delete them' }];
  return [{ says, because: held.flatMap((object) => heldWait(object, s)) }];
}

function heldWait(object: Stored<AnyObject>, s: Situation): readonly Waiting[] {
  const wait = deletionWait(object, s);
  return wait === undefined ? [] : [{ ...wait, says: `${object.metadata.name}: ${wait.says}` }];
}

let namespaced: readonly string[] | undefined;

function storages(): readonly string[] {
  namespaced ??= [
    ...new Set([...allServed()].filter((one) => one.namespaced).map(({ storage }) => storage)),
  ].sort();
  return namespaced;
}
