/**
 * The Job controller: runs pods until enough have succeeded or too many have failed (`pkg/controller/job`).
 *
 * Never tells the outcome before all pods have ended and are counted. A Job that is finished is never looked at
 * again, but for pods that still wait to be let go.
 */
import type { Change, Records } from '../api/change.ts';
import type { Job, JobCondition, JobSpec, JobStatus, LabelSelector, Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { firstOutside, formatIndexes, unionOf } from './job-indexes.ts';
import {
  allIndexFailures,
  creator,
  deletionOf,
  endedMs,
  indexOf,
  isPodFailed,
  isTracked,
  JOB,
  jobLabels,
  nextPodAtMs,
  replacesFailedOnly,
  retryAtMs,
  TRACKING,
  untracking,
} from './job-pods.ts';
import { judge, metSuccessRule } from './job-policies.ts';
import {
  type Ending,
  indexesOf,
  isIndexed,
  type Tally,
  type Tracking,
  tallyOf,
  trackingOf,
} from './job-tracking.ts';
import {
  claim,
  controllerOf,
  enqueueController,
  referenceTo,
  splitKey,
  workKey,
} from './ownership.ts';
import { podsToDelete } from './pod-ranking.ts';
import {
  isNamespaceEnding,
  isPodActive,
  isPodReady,
  isPodTerminating,
  msOf,
  timeText,
} from './pods.ts';
import { earlier, normal, planOf, sameValue, statusPatch, warning } from './writes.ts';

/** Most pods one plan creates or deletes; as Kubernetes. */
const changesMax = 500;
const backoffLimitDefault = 6;
const SELF = JOB.resource;
/** Keys of pods whose Job is gone, which only have to be let go. */
const ORPHAN = 'pod:';

const enqueueOfJob: Enqueue = (job, _previous, view, deleted) => {
  if (!deleted) return [workKey(job)];
  const pods = view.ownedBy('core/pods', job.metadata.uid).filter(isTracked);
  return pods.map((pod) => ORPHAN + workKey(pod));
};

const enqueueOwner = enqueueController(JOB, selectorOf);
const enqueueOfPod: Enqueue = (pod, previous, view, deleted, resource) => {
  const keys = enqueueOwner(pod, previous, view, deleted, resource);
  if (deleted || keys.length > 0 || !isTracked(pod as Pod)) return keys;
  return [ORPHAN + workKey(pod)];
};

/** Runs Jobs. */
export const jobController: Controller = {
  name: 'job-controller',
  watches: { [SELF]: enqueueOfJob, 'core/pods': enqueueOfPod },
  plan,
};

function selectorOf({ metadata, spec }: Stored<Job>): LabelSelector {
  const label = 'batch.kubernetes.io/controller-uid';
  const own = { [label]: jobLabels(metadata.name, metadata.uid)[label] ?? '' };
  return spec?.selector ?? { matchLabels: own };
}

/** The condition of a Job that says whether it is over: Complete or Failed. */
export function finishedCondition(job: Job): JobCondition | undefined {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

interface State {
  readonly job: Stored<Job>;
  readonly spec: JobSpec;
  readonly view: View;
  readonly nowMs: number;
  readonly pods: readonly Stored<Pod>[];
  readonly active: readonly Stored<Pod>[];
  readonly terminating: number;
  readonly tally: Tally;
}

function plan(key: string, view: View, env: PlanEnv): Plan {
  if (key.startsWith(ORPHAN)) return orphanPlan(key.slice(ORPHAN.length), view);
  const { namespace, name } = splitKey(key);
  const job = view.get(SELF, namespace, name);
  if (job?.spec === undefined) return NOTHING;
  const { spec } = job;
  if (spec.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller') {
    return NOTHING;
  }
  if (finishedCondition(job) !== undefined) {
    const pods = view.ownedBy('core/pods', job.metadata.uid).filter(isTracked);
    return planOf([pods.map(untracking)]);
  }
  const any = () => true;
  const claimed = claim(view, 'core/pods', JOB, job, selectorOf(job), any, TRACKING);
  if (claimed.changes.length > 0) return planOf([claimed.changes]);
  const pods = claimed.owned;
  return planState(
    {
      job,
      spec,
      view,
      nowMs: env.nowMs,
      pods,
      active: pods.filter(isPodActive),
      terminating: pods.filter(isPodTerminating).length,
      tally: tallyOf(spec, job.status ?? {}, pods),
    },
    env.lastErrors.length > 0,
  );
}

/** Lets go of a pod whose Job is gone. */
function orphanPlan(key: string, view: View): Plan {
  const { namespace, name } = splitKey(key);
  const pod = view.get('core/pods', namespace, name);
  if (pod === undefined || !isTracked(pod)) return NOTHING;
  const owner = controllerOf(pod);
  const job = owner?.kind === JOB.kind ? view.get(SELF, namespace, owner.name) : undefined;
  return job !== undefined && job.metadata.uid === owner?.uid
    ? NOTHING
    : planOf([[untracking(pod)]]);
}

function planState(state: State, hasFailed: boolean): Plan {
  const { job, active } = state;
  const verdict = verdictOf(state);
  const isDeleting = job.metadata.deletionTimestamp !== undefined;
  const managed = verdict === undefined && !isDeleting ? manage(state) : MANAGED_NOTHING;
  const deletions =
    verdict === undefined ? managed.deleted : isDeleting ? [] : active.slice(0, changesMax);
  const tracking = trackingOf(
    state.spec,
    job.status ?? {},
    state.pods,
    state.tally,
    endingOf(state, verdict, isDeleting),
  );
  const { status, records, extra, isNews } = statusOf(state, verdict, tracking);
  const write = statusPatch(SELF, job, status, { guarded: true, ...(records && { records }) });
  const againAtMs = earlier(managed.againAtMs, deadlineMs(state, status, verdict));
  const isPlain = managed.created.length > 0 && tracking.isSettled && !hasFailed && !isNews;
  if (isPlain) return planOf([managed.created], againAtMs);
  const isUncounted = verdict === undefined;
  return planOf(
    [
      [...write, ...extra],
      [
        ...tracking.released.map(untracking),
        ...(isUncounted ? deletions.filter(isTracked).map(untracking) : []),
      ],
      [...deletions.map((pod) => deletionOf(job, pod)), ...managed.created],
    ],
    againAtMs,
  );
}

function endingOf({ active }: State, verdict: Verdict | undefined, isDeleting: boolean): Ending {
  if (isDeleting) return 'deleting';
  if (verdict === undefined || active.length > 0) return undefined;
  return verdict.type === 'FailureTarget' ? 'failing' : 'succeeding';
}

/** That the Job will fail or succeed, and why; what is left to do is to end and to count its pods. */
interface Verdict {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

function failing(reason: string, message: string): Verdict {
  return { type: 'FailureTarget', reason, message };
}

function verdictOf(state: State): Verdict | undefined {
  const { job, spec, pods, active, tally } = state;
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const told = job.status?.conditions?.find((c) => c.type === type && c.status === 'True');
    if (told) return { type, reason: told.reason ?? '', message: told.message ?? '' };
  }
  for (const pod of pods) {
    if (spec.podFailurePolicy === undefined || !isPodFailed(spec, pod)) continue;
    const { message } = judge(spec, pod);
    if (message !== undefined) return failing('PodFailurePolicy', message);
  }
  if (exceedsBackoff(state)) {
    return failing('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const deadline = deadlineMs(state, job.status ?? {}, undefined);
  if (deadline !== undefined && deadline <= state.nowMs) {
    return failing('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  if (isIndexed(spec)) {
    const outcome = indexedVerdict(spec, tally);
    if (outcome !== undefined) return outcome;
  }
  const isEnough =
    spec.completions === undefined ? tally.succeeded > 0 : tally.succeeded >= spec.completions;
  if (!isEnough || active.length > 0) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
}

function indexedVerdict(spec: JobSpec, tally: Tally): Verdict | undefined {
  const { failedIndexes, succeededIndexes } = tally;
  const failed = failedIndexes.size;
  if (spec.maxFailedIndexes !== undefined && failed > spec.maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return failing('MaxFailedIndexesExceeded', message);
  }
  if (failed > 0 && failed + succeededIndexes.size >= (spec.completions ?? 0)) {
    return failing('FailedIndexes', 'Job has failed indexes');
  }
  const message = metSuccessRule(spec, succeededIndexes);
  if (message === undefined) return undefined;
  return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

/** True where too many pods have failed, or the containers of pods that restart in place too often. */
function exceedsBackoff({ spec, pods, tally }: State): boolean {
  const limit = spec.backoffLimit ?? backoffLimitDefault;
  if (tally.failed > limit) return true;
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue;
    const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    for (const { restartCount } of all) restarts += restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** When the Job has been active for too long; undefined where it may be active forever. */
function deadlineMs({ spec }: State, status: JobStatus, verdict: Verdict | undefined) {
  const startMs = msOf(status.startTime);
  if (verdict !== undefined || startMs === undefined || spec.suspend === true) return undefined;
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  return startMs + spec.activeDeadlineSeconds * 1000;
}

/** The pods to make and to take away while the Job goes on. */
interface Managed {
  readonly deleted: readonly Stored<Pod>[];
  readonly created: readonly Change[];
  readonly againAtMs?: number | undefined;
}

const MANAGED_NOTHING: Managed = { deleted: [], created: [] };

function manage(state: State): Managed {
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

/** Active pods to delete: of an Indexed Job those whose index is none or taken; then those missed least. */
function surplus({ spec, active, nowMs }: State, count: number): readonly Stored<Pod>[] {
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
  { spec, pods, tally, nowMs }: State,
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

interface StatusPlan {
  readonly status: JobStatus;
  readonly records: Records | undefined;
  /** Further events. */
  readonly extra: readonly Change[];
  /** True where more than the numbers of pods has changed. */
  readonly isNews: boolean;
}

function statusOf(state: State, verdict: Verdict | undefined, tracking: Tracking): StatusPlan {
  const { job, spec, nowMs, active, terminating, tally } = state;
  const old = job.status ?? {};
  const now = timeText(nowMs);
  const conditions = [...(old.conditions ?? [])];
  const extra: Change[] = [];
  let records: Records | undefined;
  let { startTime, completionTime } = old;
  const isDeleting = job.metadata.deletionTimestamp !== undefined;
  const isSuspended = spec.suspend === true;
  if (startTime === undefined && !isSuspended) startTime = now;
  if (verdict !== undefined) {
    put(conditions, { ...verdict, status: 'True' }, now);
    if (active.length === 0 && terminating === 0 && tracking.isSettled) {
      const isComplete = verdict.type === 'SuccessCriteriaMet';
      put(
        conditions,
        { ...verdict, type: isComplete ? 'Complete' : 'Failed', status: 'True' },
        now,
      );
      if (isComplete) completionTime = now;
      records = { done: finishEvent(job, verdict, isComplete) };
      if (isComplete && tally.succeeded > (spec.completions ?? tally.succeeded)) {
        extra.push({ type: 'record', record: tooMany(job) });
      }
    }
  } else if (!isDeleting) {
    const change = putSuspended(conditions, isSuspended, now);
    if (change && !isSuspended) startTime = now;
    if (change) records = { done: suspendEvent(job, isSuspended) };
  }
  const status: JobStatus = {
    ...tracking.status,
    startTime,
    completionTime,
    active: active.length || undefined,
    ready: active.filter(isPodReady).length,
    terminating,
    completedIndexes: formatIndexes(tally.succeededIndexes) || undefined,
    failedIndexes:
      spec.backoffLimitPerIndex === undefined ? undefined : formatIndexes(tally.failedIndexes),
    conditions,
  };
  const newsOf = (from: JobStatus) => ({
    ...from,
    startTime: '',
    active: 0,
    ready: 0,
    terminating: 0,
    failedIndexes: from.failedIndexes ?? '',
  });
  return { status, records, extra, isNews: !sameValue(newsOf(old), newsOf(status)) };
}

function put(list: JobCondition[], condition: JobCondition, now: string): boolean {
  const { type, status, reason, message } = condition;
  const next = { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
  const index = list.findIndex((other) => other.type === type);
  const old = list[index];
  if (old === undefined) list.push(next);
  else if (old.status === status && old.reason === reason && old.message === message) return false;
  else list[index] = next;
  return true;
}

/** Tells of suspension and resumption; a Job that was never suspended has no such condition. */
function putSuspended(list: JobCondition[], isSuspended: boolean, now: string): boolean {
  const type = 'Suspended';
  if (isSuspended) {
    const reason = 'JobSuspended';
    return put(list, { type, status: 'True', reason, message: 'Job suspended' }, now);
  }
  if (!list.some((condition) => condition.type === type)) return false;
  return put(list, { type, status: 'False', reason: 'JobResumed', message: 'Job resumed' }, now);
}

function suspendEvent(job: Stored<Job>, isSuspended: boolean) {
  const regarding = referenceTo(JOB, job);
  return isSuspended
    ? normal(regarding, 'Suspended', 'Job suspended')
    : normal(regarding, 'Resumed', 'Job resumed');
}

function finishEvent(job: Stored<Job>, { reason, message }: Verdict, isComplete: boolean) {
  const regarding = referenceTo(JOB, job);
  return isComplete
    ? normal(regarding, 'Completed', 'Job completed')
    : warning(regarding, reason, message);
}

function tooMany(job: Stored<Job>) {
  const note = 'Too many succeeded pods running after completion count reached';
  return warning(referenceTo(JOB, job), 'TooManySucceededPods', note);
}
