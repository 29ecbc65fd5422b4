/**
 * Whether and why a Job ends: by its policies, its limits, or because enough has succeeded.
 *
 * Never looks at what has been counted already but through the tally.
 */
import type { JobSpec, JobStatus } from '../api/types.ts';
import { isPodFailed } from './job-pods.ts';
import { judge, metSuccessRule } from './job-policies.ts';
import type { JobState } from './job-state.ts';
import { isIndexed, type Tally } from './job-tracking.ts';
import { msOf } from './pods.ts';

const backoffLimitDefault = 6;

/**
 * That the Job will fail or succeed, and why; what is left to do is to end and to count its pods.
 */
export interface Verdict {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

function failing(reason: string, message: string): Verdict {
  return { type: 'FailureTarget', reason, message };
}

/** Tells how the Job ends, or undefined while it goes on. A verdict that was told once stands. */
export function verdictOf(state: JobState): Verdict | undefined {
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

/**
 * True where too many pods have failed, or the containers of pods that restart in place too often.
 */
function exceedsBackoff({ spec, pods, tally }: JobState): boolean {
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
export function deadlineMs({ spec }: JobState, status: JobStatus, verdict: Verdict | undefined) {
  const startMs = msOf(status.startTime);
  if (verdict !== undefined || startMs === undefined || spec.suspend === true) return undefined;
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  return startMs + spec.activeDeadlineSeconds * 1000;
}
