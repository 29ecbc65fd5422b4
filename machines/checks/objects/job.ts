/**
 * The rule that a Job counts each of its pods once and runs no more of them than it should.
 *
 * Never counts pods by the Job's own word: those that ended are the ones the log showed to end. What a Job had counted
 * before the log begins is taken on trust.
 */
import type { Job, Pod } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { QUIET_READS, Quiet } from './quiet.ts';
import {
  as,
  beforeOf,
  type CommittedAt,
  conditionOf,
  controllerOf,
  isActive,
  isDeleting,
  isOf,
  JOBS,
  keyOf,
  nameOf,
  nowOf,
  PODS,
} from './read.ts';

/** Leaders that change and answers that are lost may make a pod too many, which goes again. */
const QUIET_MS = 5_000;
/** A Job that was scaled may meet a plan of before. */
const SCALED_MS = 10_000;

/** A plan that let go of a pod may not have known that it had just succeeded. */
const RACE_MS = 2_000;
const TRACKING = 'batch.kubernetes.io/job-tracking';

/** A Job counts its pods once. */
export const jobCount: Rule = {
  name: 'job-count',
  says:
    "a Job's succeeded and failed never decrease and never exceed the distinct pods that ended, no " +
    'pod or index is counted twice (KEP-2307, KEP-2214), and with a control plane at rest no pod is ' +
    'made beyond parallelism.',
  reads: ['committed', ...QUIET_READS],
  create: () => new JobCount(),
};

/** What the log showed of one Job. Bounded by its pods while it lives. */
interface Seen {
  readonly succeeded: Set<string>;
  /** Failed, deleted or gone. */
  readonly failed: Set<string>;
  readonly all: Set<string>;
  /** Pods that were noted and then counted. */
  readonly counted: Set<string>;
  /** Counted before the log began. */
  readonly succeededBefore: number;
  readonly failedBefore: number;
  active: number;
  scaledMs: number;
}

class JobCount implements Checker {
  readonly #jobs = new Map<string, Seen>();
  readonly #quiet = new Quiet();

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    this.#quiet.take(observation);
    if (isOf(observation, JOBS)) this.#job(observation, report, change);
    else if (isOf(observation, PODS)) this.#pod(observation, picture, report, change);
  }

  #job(committed: CommittedAt, report: Report, change: Change): void {
    const job = nowOf<Job>(committed);
    const gone = change.previous?.object.metadata.uid;
    if (gone !== undefined && gone !== job?.metadata.uid) this.#jobs.delete(gone);
    if (job === undefined) return;
    const before = beforeOf<Job>(change, job);
    const seen = this.#seen(job.metadata.uid, job, before ?? job);
    if (before === undefined) return;
    if (before.spec?.parallelism !== job.spec?.parallelism) seen.scaledMs = committed.atMs;
    const tell = (message: string) => report(`job ${nameOf(job)} ${message}`, [committed.key]);
    this.#counters(job, before, seen, tell);
    uncounted(job, before, seen, tell);
    indexes(job, tell);
  }

  #seen(uid: string, job: Stored<Job> | undefined, at: Stored<Job> | undefined): Seen {
    const known = this.#jobs.get(uid);
    if (known !== undefined) return known;
    const status = at?.status ?? job?.status;
    const seen: Seen = {
      succeeded: new Set(),
      failed: new Set(),
      all: new Set(),
      counted: new Set(),
      succeededBefore: status?.succeeded ?? 0,
      failedBefore: status?.failed ?? 0,
      active: 0,
      scaledMs: Number.NEGATIVE_INFINITY,
    };
    this.#jobs.set(uid, seen);
    return seen;
  }

  #counters(job: Stored<Job>, before: Stored<Job>, seen: Seen, tell: (text: string) => void) {
    const { succeeded = 0, failed = 0 } = job.status ?? {};
    const { succeeded: wasSucceeded = 0, failed: wasFailed = 0 } = before.status ?? {};
    const isElastic = job.spec?.completions !== before.spec?.completions;
    if (succeeded < wasSucceeded && !isElastic) {
      tell(`had ${wasSucceeded} succeeded pods and has ${succeeded}`);
    }
    if (failed < wasFailed) tell(`had ${wasFailed} failed pods and has ${failed}`);
    const succeededMax = seen.succeededBefore + seen.succeeded.size;
    if (succeeded > succeededMax && succeeded > wasSucceeded) {
      tell(`counts ${succeeded} succeeded pods of ${succeededMax}`);
    }
    const isFailing =
      conditionOf(job, 'FailureTarget') === 'True' || conditionOf(job, 'Failed') === 'True';
    const ended = isFailing ? seen.all.size - seen.succeeded.size : seen.failed.size;
    const failedMax = seen.failedBefore + ended;
    if (failed > failedMax && failed > wasFailed)
      tell(`counts ${failed} failed pods of ${failedMax}`);
  }

  #pod(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const pod = nowOf<Pod>(committed);
    const last = pod ?? as<Pod>(change.previous);
    const owner = last && controllerOf(last);
    if (last === undefined || owner?.kind !== 'Job') return;
    const job = as<Job>(picture.get(keyOf(JOBS, last.metadata.namespace, owner.name)));
    if (job?.metadata.uid !== owner.uid) return;
    const seen = this.#seen(owner.uid, job, job);
    const { uid } = last.metadata;
    const before = as<Pod>(change.previous);
    const wasActive = before?.metadata.uid === uid && isActive(before);
    const isNowActive = pod !== undefined && isActive(pod);
    seen.active += Number(isNowActive) - Number(wasActive);
    seen.all.add(uid);
    if (last.status?.phase === 'Succeeded') seen.succeeded.add(uid);
    else if (last.status?.phase === 'Failed' || isDeleting(last) || pod === undefined) {
      seen.failed.add(uid);
    }
    this.#release(committed, pod, job, seen, report, change);
    if (pod !== undefined && change.previous === undefined && isNowActive) {
      this.#parallel(committed, pod, job, seen, report);
    }
  }

  /** A pod that succeeded is noted in the Job's status before it is let go. */
  #release(
    { key, atMs }: CommittedAt,
    pod: Stored<Pod> | undefined,
    { status, spec, metadata }: Stored<Job>,
    seen: Seen,
    report: Report,
    { previous }: Change,
  ): void {
    const before = as<Pod>(previous);
    if (before === undefined || before.status?.phase !== 'Succeeded' || !isTracked(before)) return;
    const { uid } = before.metadata;
    if (pod !== undefined && (isTracked(pod) || pod.metadata.uid !== uid)) return;
    if (spec?.completionMode === 'Indexed' || isDeleting({ metadata }) || isOver(status)) return;
    // One that was deleted is noted as failed, also where it succeeds afterwards.
    const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
    const isNoted = succeeded.includes(uid) || failed.includes(uid);
    if (isNoted || seen.counted.has(uid) || atMs - (previous?.sinceMs ?? atMs) < RACE_MS) return;
    report(`job ${nameOf({ metadata })} let go of ${nameOf(before)} uncounted`, [key]);
  }

  #parallel(committed: CommittedAt, pod: Pod, job: Stored<Job>, seen: Seen, report: Report): void {
    const parallelism = job.spec?.parallelism ?? 1;
    if (seen.active <= parallelism) return;
    if (committed.atMs - seen.scaledMs < SCALED_MS) return;
    if (this.#quiet.forMs(committed.atMs) < QUIET_MS) return;
    const text = `with ${seen.active} active pods made, of ${parallelism} that may be`;
    report(`job ${nameOf(job)} has pod ${nameOf(pod)} ${text}`, [committed.key]);
  }
}

function isTracked({ metadata }: Pod): boolean {
  return metadata?.finalizers?.includes(TRACKING) === true;
}

function isOver(status: Job['status']): boolean {
  return ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'].some(
    (type) => conditionOf({ status }, type) === 'True',
  );
}

/** Pods that are noted and then no longer are have been counted; none of them is noted again. */
function uncounted(
  job: Stored<Job>,
  before: Stored<Job>,
  seen: Seen,
  tell: (text: string) => void,
) {
  const now = job.status?.uncountedTerminatedPods ?? {};
  const then = before.status?.uncountedTerminatedPods ?? {};
  const noted = [...(now.succeeded ?? []), ...(now.failed ?? [])];
  const unique = new Set(noted);
  if (unique.size < noted.length) tell('notes a pod twice as not counted yet');
  for (const uid of unique) {
    if (seen.counted.has(uid)) tell(`is about to count pod ${uid} a second time`);
  }
  for (const uid of [...(then.succeeded ?? []), ...(then.failed ?? [])]) {
    if (!unique.has(uid)) seen.counted.add(uid);
  }
}

/** An Indexed Job has succeeded as often as it has completed indexes. */
function indexes({ spec, status }: Stored<Job>, tell: (text: string) => void): void {
  if (spec?.completionMode !== 'Indexed') return;
  const text = status?.completedIndexes ?? '';
  const count = countOf(text);
  if (count === undefined) tell(`names an index twice or out of order: ${text}`);
  else if ((status?.succeeded ?? 0) > count) {
    tell(`counts ${status?.succeeded} succeeded pods for completed indexes ${text || 'none'}`);
  }
}

/** Number of indexes in `1,3-5`; undefined where they do not ascend. */
function countOf(text: string): number | undefined {
  let [count, last] = [0, -1];
  for (const part of text === '' ? [] : text.split(',')) {
    const [from = 0, to = from] = part.split('-').map(Number);
    if (!(from > last && to >= from)) return undefined;
    count += to - from + 1;
    last = to;
  }
  return count;
}
