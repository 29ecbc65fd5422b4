/**
 * The ResourceQuota controller: what a namespace uses, shown in the status of its quotas. Admission
 * counts creations by itself; this hears of what went away, ended or changed.
 *
 * Never decides what may be created, and never writes over what admission counted meanwhile.
 */
import { countable, usedOf } from '../api/admission/quota-usage.ts';
import type { Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan } from './controller.ts';
import { splitKey, workKey } from './ownership.ts';
import { isPodTerminal } from './pods.ts';
import { planOf, type StoredObject, sameValue, statusPatch } from './writes.ts';

const QUOTAS = 'core/resourcequotas';
/** Counting a namespace costs more the more it holds, and nobody waits for it. */
const BATCH_MS = 100;

function plan(key: string, view: View): Plan {
  const { namespace, name } = splitKey(key);
  const quota = view.get(QUOTAS, namespace, name);
  if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return NOTHING;
  const status = { hard: quota.spec?.hard ?? {}, used: usedOf(quota, namespace, view) };
  return planOf([statusPatch(QUOTAS, quota, status)]);
}

/** The quotas that count an object which went away, or no longer counts for what it did. */
const enqueueQuotas: Enqueue = (object, previous, view, deleted, resource) => {
  if (resource === QUOTAS && !deleted) return [workKey(object)];
  const { namespace } = object.metadata;
  if (namespace === undefined || namespace === '') return [];
  if (!deleted && (previous === undefined || !countsAnew(resource, previous, object))) return [];
  return view
    .list(QUOTAS, namespace)
    .filter(({ spec }) => Object.keys(spec?.hard ?? {}).some((name) => countable(name, resource)))
    .map(workKey);
};

function countsAnew(resource: string, previous: StoredObject, object: StoredObject): boolean {
  const specOf = (one: StoredObject) => (one as { readonly spec?: unknown }).spec;
  switch (resource) {
    case 'core/pods':
      return (
        isPodTerminal(previous as Stored<Pod>) !== isPodTerminal(object as Stored<Pod>) ||
        previous.metadata.generation !== object.metadata.generation
      );
    case 'core/services':
    case 'core/persistentvolumeclaims':
      return !sameValue(specOf(previous), specOf(object));
    default:
      return false;
  }
}

/** Keeps the status of every ResourceQuota (`pkg/controller/resourcequota`). */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  watches: { '*': enqueueQuotas },
  batchMs: BATCH_MS,
  plan,
};
