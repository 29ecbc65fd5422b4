/**
 * Counting the pods of a Job exactly once: a pod that has ended is noted as uncounted in the Job's
 * status, then its finalizer is removed, then it is counted. Each step survives a crash before the
 * next.
 *
 * Never counts a pod that still has its finalizer, and never removes a finalizer before the pod is
 * noted.
 */
import type { JobSpec, JobStatus, Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { type Indexes, NO_INDEXES, parseIndexes, unionOf } from './job-indexes.ts';
import { allIndexFailures, indexFailures, indexOf, isPodFailed, isTracked } from './job-pods.ts';
import { judge } from './job-policies.ts';
import { isPodActive } from './pods.ts';

/**
 * Most pods that are noted as uncounted at a time, so that the status stays small; as Kubernetes.
 */
export const uncountedMax = 500;

/** What is known of a Job's pods now. */
export interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job; empty otherwise. */
  readonly succeededIndexes: Indexes;
  readonly failedIndexes: Indexes;
  /**
   * Failed pods that are kept until their index has another one, which is to remember their
   * failures.
   */
  readonly lastOfIndex: ReadonlyMap<number, Stored<Pod>>;
}

/** True for a Job whose pods work on numbered completions. */
export function isIndexed(spec: JobSpec): boolean {
  return spec.completionMode === 'Indexed';
}

/** Counts a Job's pods, those included that are noted or yet to be noted. */
export function tallyOf(spec: JobSpec, status: JobStatus, pods: readonly Stored<Pod>[]): Tally {
  const noted = status.uncountedTerminatedPods ?? {};
  const known = new Set([...(noted.succeeded ?? []), ...(noted.failed ?? [])]);
  let succeeded = (status.succeeded ?? 0) + (noted.succeeded ?? []).length;
  let failed = (status.failed ?? 0) + (noted.failed ?? []).length;
  const fresh = pods.filter(
    (pod) =>
      isTracked(pod) &&
      !known.has(pod.metadata.uid) &&
      (!isIndexed(spec) || indexOf(spec, pod) !== undefined),
  );
  for (const pod of fresh) {
    if (pod.status?.phase === 'Succeeded') succeeded++;
    else if (isPodFailed(spec, pod) && judge(spec, pod).counts) failed++;
  }
  if (!isIndexed(spec)) {
    const none = { succeededIndexes: NO_INDEXES, failedIndexes: NO_INDEXES };
    return { succeeded, failed, ...none, lastOfIndex: new Map() };
  }
  const succeededIndexes = unionOf(
    parseIndexes(status.completedIndexes, spec.completions ?? 0),
    indexesOf(spec, pods, (pod) => isTracked(pod) && pod.status?.phase === 'Succeeded'),
  );
  const failedIndexes = failedIndexesOf(spec, status, pods, succeededIndexes);
  const taken = unionOf(succeededIndexes, failedIndexes, indexesOf(spec, pods, isPodActive));
  return {
    succeeded: succeededIndexes.size,
    failed,
    succeededIndexes,
    failedIndexes,
    lastOfIndex: lastFailures(spec, pods, taken),
  };
}

/** The indexes of those pods that fulfil a condition. */
export function indexesOf(
  spec: JobSpec,
  pods: readonly Stored<Pod>[],
  holds: (pod: Stored<Pod>) => boolean,
): Indexes {
  const indexes = new Set<number>();
  for (const pod of pods) {
    const index = indexOf(spec, pod);
    if (index !== undefined && holds(pod)) indexes.add(index);
  }
  return indexes;
}

function failedIndexesOf(
  spec: JobSpec,
  status: JobStatus,
  pods: readonly Stored<Pod>[],
  succeeded: Indexes,
): Indexes {
  const limit = spec.backoffLimitPerIndex;
  if (limit === undefined) return NO_INDEXES;
  const before = parseIndexes(status.failedIndexes, spec.completions ?? 0);
  const now = indexesOf(spec, pods, (pod) => {
    if (!isTracked(pod) || !isPodFailed(spec, pod)) return false;
    const { action, counts } = judge(spec, pod);
    return action === 'FailIndex' || (counts && indexFailures(pod) >= limit);
  });
  return new Set([...unionOf(before, now)].filter((index) => !succeeded.has(index)));
}

function lastFailures(
  spec: JobSpec,
  pods: readonly Stored<Pod>[],
  taken: Indexes,
): ReadonlyMap<number, Stored<Pod>> {
  const last = new Map<number, Stored<Pod>>();
  if (spec.backoffLimitPerIndex === undefined) return last;
  for (const pod of pods) {
    const index = indexOf(spec, pod);
    if (index === undefined || taken.has(index)) continue;
    if (!isTracked(pod) || !isPodFailed(spec, pod)) continue;
    const other = last.get(index);
    if (other !== undefined && allIndexFailures(other) > allIndexFailures(pod)) continue;
    last.set(index, pod);
  }
  return last;
}

/** The counters of the next status, and the pods that may go once it is written. */
export interface Tracking {
  readonly status: Pick<JobStatus, 'succeeded' | 'failed' | 'uncountedTerminatedPods'>;
  readonly released: readonly Stored<Pod>[];
  /** True where nothing is left to note or to count. */
  readonly isSettled: boolean;
}

/**
 * Why pods are let go that have not ended: the Job is over with them counted as failed, or without
 * counting.
 */
export type Ending = 'failing' | 'succeeding' | 'deleting' | undefined;

/** Takes the next step of counting. */
export function trackingOf(
  spec: JobSpec,
  status: JobStatus,
  pods: readonly Stored<Pod>[],
  tally: Tally,
  ending: Ending,
): Tracking {
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const noted = status.uncountedTerminatedPods ?? {};
  const succeeded = (noted.succeeded ?? []).filter((uid) => tracked.has(uid));
  const failed = (noted.failed ?? []).filter((uid) => tracked.has(uid));
  const counted = {
    succeeded: (status.succeeded ?? 0) + (noted.succeeded ?? []).length - succeeded.length,
    failed: (status.failed ?? 0) + (noted.failed ?? []).length - failed.length,
  };
  const known = new Set([...succeeded, ...failed]);
  const released: Stored<Pod>[] = [];
  for (const pod of pods) {
    if (!isTracked(pod) || !mayGo(spec, pod, tally, ending)) continue;
    if (released.length >= uncountedMax) break;
    released.push(pod);
    if (known.has(pod.metadata.uid)) continue;
    const hasPlace = !isIndexed(spec) || indexOf(spec, pod) !== undefined;
    if (pod.status?.phase === 'Succeeded') {
      if (!isIndexed(spec)) succeeded.push(pod.metadata.uid);
    } else if ((isPodFailed(spec, pod) || ending === 'failing') && hasPlace) {
      if (judge(spec, pod).counts) failed.push(pod.metadata.uid);
    }
  }
  return {
    status: {
      succeeded: (isIndexed(spec) ? tally.succeededIndexes.size : counted.succeeded) || undefined,
      failed: counted.failed || undefined,
      uncountedTerminatedPods: {
        ...(succeeded.length > 0 && { succeeded }),
        ...(failed.length > 0 && { failed }),
      },
    },
    released,
    isSettled: released.length + succeeded.length + failed.length === 0,
  };
}

function mayGo(spec: JobSpec, pod: Stored<Pod>, tally: Tally, ending: Ending): boolean {
  if (ending !== undefined || pod.status?.phase === 'Succeeded') return true;
  if (!isPodFailed(spec, pod)) return false;
  const index = indexOf(spec, pod);
  return index === undefined || tally.lastOfIndex.get(index) !== pod;
}
