/**
 * The status of a Job: its counters, its conditions, and the events that tell of them.
 *
 * Never says Complete or Failed before every pod has ended and is counted.
 */
import type { Change, Records } from '../api/change.ts';
import type { Job, JobCondition, JobStatus } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { formatIndexes } from './job-indexes.ts';
import { JOB } from './job-pods.ts';
import type { JobState } from './job-state.ts';
import type { Tracking } from './job-tracking.ts';
import type { Verdict } from './job-verdict.ts';
import { referenceTo } from './ownership.ts';
import { isPodReady, timeText } from './pods.ts';
import { normal, sameValue, warning } from './writes.ts';

/** The next status, and the events that go with it. */
export interface StatusPlan {
  readonly status: JobStatus;
  readonly records: Records | undefined;
  /** Further events. */
  readonly extra: readonly Change[];
  /** True where more than the numbers of pods has changed. */
  readonly isNews: boolean;
}

/** The status a Job should have now. */
export function statusOf(
  state: JobState,
  verdict: Verdict | undefined,
  tracking: Tracking,
): StatusPlan {
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
