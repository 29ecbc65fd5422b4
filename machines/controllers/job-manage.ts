/**
 * The pods a Job should have while it goes on: how many, of which indexes, and when after failures.
 *
 * Never makes and takes away pods in the same plan.
 */
import type { Change } from '../api/change.ts';
import type { Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { firstOutside, unionOf } from './job-indexes.ts';
import {
  allIndexFailures,
  creator,
  endedMs,
  indexOf,
  nextPodAtMs,
  replacesFailedOnly,
  retryAtMs,
} from './job-pods.ts';
import type { JobState } from './job-state.ts';
import { indexesOf, isIndexed } from './job-tracking.ts';
import { podsToDelete } from './pod-ranking.ts';
import { isNamespaceEnding, isPodActive, isPodTerminating } from './pods.ts';
import { earlier } from './writes.ts';

/** Most pods one plan creates or deletes; as Kubernetes. */
export const changesMax = 500;

/** The pods to make and to take away while the Job goes on. */
export interface Managed {
  readonly deleted: readonly Stored<Pod>[];
  readonly created: readonly Change[];
  readonly againAtMs?: number | undefined;
}

/** Nothing to make or to take away. */
export const MANAGED_NOTHING: Managed = { deleted: [], created: [] };

/** Compares the pods that run with those that should. */
export function manage(state: JobState): Managed {
  const { spec, active, tally, nowMs, pods, terminating, view, job } = state;
  if (spec.suspend === true) return { deleted: active.slice(0, changesMax), created: [] };
  const parallelism = spec.parallelism ?? 1;
  const wanted =
    spec.completions === undefined
      ? tally.succeeded > 0
        ? active.length
        : parallelism
      : Math.max(0, Math.min(spec.completions - tally.succeeded, parallelism));
  const deleted = surplus(state, Math.max(0, active.length - wanted)).slice(0, changesMax);
  if (deleted.length > 0) return { deleted, created: [] };
  const awaited = replacesFailedOnly(spec) ? terminating : 0;
  const missing = Math.min(wanted - active.length - awaited, changesMax);
  if (missing <= 0 || isNamespaceEnding(view, job.metadata.namespace)) return MANAGED_NOTHING;
  if (spec.backoffLimitPerIndex === undefined) {
    const againAtMs = nextPodAtMs(spec, pods);
    if (againAtMs > nowMs) return { ...MANAGED_NOTHING, againAtMs };
  }
  const create = creator(job);
  if (isIndexed(spec)) return indexedCreations(state, missing, create);
  return { deleted: [], created: Array.from({ length: missing }, () => create()) };
}

/**
 * Active pods to delete: of an Indexed Job those whose index is none or taken; then those missed
 * least.
 */
function surplus({ spec, active, nowMs }: JobState, count: number): readonly Stored<Pod>[] {
  if (!isIndexed(spec)) return count === 0 ? [] : podsToDelete(active, count, [], nowMs);
  const removed: Stored<Pod>[] = [];
  const byIndex = new Map<number, Stored<Pod>[]>();
  for (const pod of active) {
    const index = indexOf(spec, pod);
    if (index === undefined) removed.push(pod);
    else if (byIndex.get(index)?.push(pod) === undefined) byIndex.set(index, [pod]);
  }
  const left: Stored<Pod>[] = [];
  for (const pods of byIndex.values()) {
    const doubles = pods.length > 1 ? podsToDelete(pods, pods.length - 1, [], nowMs) : [];
    removed.push(...doubles);
    left.push(...pods.filter((pod) => !doubles.includes(pod)));
  }
  const more = count - removed.length;
  return more > 0 ? [...removed, ...podsToDelete(left, more, [], nowMs)] : removed;
}

function indexedCreations(
  { spec, pods, tally, nowMs }: JobState,
  count: number,
  create: ReturnType<typeof creator>,
): Managed {
  const isTaken = (pod: Stored<Pod>) =>
    isPodActive(pod) || (replacesFailedOnly(spec) && isPodTerminating(pod));
  const busy = indexesOf(spec, pods, isTaken);
  const taken = unionOf(tally.succeededIndexes, tally.failedIndexes, busy);
  const created: Change[] = [];
  let againAtMs: number | undefined;
  for (const index of firstOutside(taken, count, spec.completions ?? 0)) {
    const last = tally.lastOfIndex.get(index);
    const at = last === undefined ? 0 : retryAtMs(allIndexFailures(last) + 1, endedMs(last));
    if (at <= nowMs) created.push(create(index, last));
    else againAtMs = earlier(againAtMs, at);
  }
  return { deleted: [], created, againAtMs };
}
