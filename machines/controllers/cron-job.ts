/**
 * The CronJob controller: makes a Job at each time of a schedule, and keeps a history of those that
 * are over (`pkg/controller/cronjob`).
 *
 * Never makes two Jobs for one time: a Job's name is made of it. Of times that were missed only the
 * last is made up for.
 */
import type { Change } from '../api/change.ts';
import type { CronJob, CronJobStatus, Job, ObjectReference } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { isTimeZone, parseSchedule, type Schedule } from './cron-schedule.ts';
import { JOB } from './job-pods.ts';
import { finishedCondition } from './job-state.ts';
import {
  controllerOf,
  controllerReference,
  enqueueController,
  enqueueSelf,
  type OwnerKind,
  referenceTo,
  splitKey,
} from './ownership.ts';
import { msOf, timeText } from './pods.ts';
import { deletion, normal, planOf, statusPatch, warning, writesStatus } from './writes.ts';

const CRON_JOB: OwnerKind<'batch/cronjobs'> = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  resource: 'batch/cronjobs',
};
const SELF = CRON_JOB.resource;
const JOBS = JOB.resource;
const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** More missed times than this are told of in an event. */
const missedMax = 100;
const successfulLimitDefault = 3;
const failedLimitDefault = 1;

/** Runs CronJobs. */
export const cronJobController: Controller = {
  name: 'cronjob-controller',
  watches: { [SELF]: enqueueSelf, [JOBS]: enqueueController(CRON_JOB, () => undefined) },
  plan,
};

interface State {
  readonly cron: Stored<CronJob>;
  readonly regarding: ObjectReference;
  readonly jobs: readonly Stored<Job>[];
  readonly nowMs: number;
  /** Jobs of the schedule that are not over. */
  readonly running: readonly Stored<Job>[];
  readonly view: View;
}

function plan(key: string, view: View, env: PlanEnv): Plan {
  const { namespace, name } = splitKey(key);
  const cron = view.get(SELF, namespace, name);
  if (cron?.spec === undefined) return NOTHING;
  const { uid } = cron.metadata;
  const jobs = view.ownedBy(JOBS, uid).filter((job) => controllerOf(job)?.uid === uid);
  const running = jobs.filter((job) => isScheduled(job) && finishedCondition(job) === undefined);
  const regarding = referenceTo(CRON_JOB, cron);
  const state: State = { cron, regarding, jobs, nowMs: env.nowMs, running, view };
  const first = [...statusPatch(SELF, cron, statusOf(state)), ...news(state)];
  if (cron.metadata.deletionTimestamp !== undefined) return planOf([first]);
  const old = expired(state);
  const { stages, againAtMs } = runs(state);
  const before = writesStatus(SELF, stages.flat()) ? news(state) : first;
  return planOf([[...before, ...old], ...stages], againAtMs);
}

function isScheduled(job: Stored<Job>): boolean {
  return job.metadata.annotations?.[SCHEDULED] !== undefined;
}

function statusOf({ cron, jobs, running }: State): CronJobStatus {
  const old = cron.status ?? {};
  const active = running.map((job) => {
    const known = old.active?.find(({ uid }) => uid === job.metadata.uid);
    return known ?? referenceTo(JOB, job);
  });
  const successes = jobs.flatMap(({ status }) => status?.completionTime ?? []);
  const times = jobs.flatMap(({ metadata }) => msOf(metadata.annotations?.[SCHEDULED]) ?? []);
  const lastMs = Math.max(msOf(old.lastScheduleTime) ?? 0, ...times);
  return {
    active: active.length > 0 ? active : undefined,
    lastScheduleTime: lastMs > 0 ? timeText(lastMs) : undefined,
    lastSuccessfulTime: [old.lastSuccessfulTime ?? '', ...successes].sort().at(-1) || undefined,
  };
}

/** Events about Jobs that were active and no longer are. */
function news({ cron, jobs, regarding }: State): readonly Change[] {
  const changes: Change[] = [];
  for (const { uid, name } of cron.status?.active ?? []) {
    const job = jobs.find(({ metadata }) => metadata.uid === uid);
    const over = job && finishedCondition(job);
    const note = over
      ? `Saw completed job: ${name}, condition: ${over.type}`
      : `Active job went missing: ${name}`;
    const reason = over ? 'SawCompletedJob' : 'MissingJob';
    if (over || job === undefined) {
      changes.push({ type: 'record', record: normal(regarding, reason, note) });
    }
  }
  return changes;
}

/** Deletes finished Jobs beyond the history limits, oldest first. */
function expired({ cron, jobs, regarding }: State): readonly Change[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cron.spec!;
  const byStart = (a: Stored<Job>, b: Stored<Job>) =>
    (a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1;
  const over = (type: string) =>
    jobs
      .filter((job) => finishedCondition(job)?.type === type)
      .filter((job) => job.metadata.deletionTimestamp === undefined)
      .sort(byStart);
  const beyond = (type: string, limit: number) => {
    const list = over(type);
    return list.slice(0, Math.max(0, list.length - limit));
  };
  return [
    ...beyond('Complete', successfulJobsHistoryLimit ?? successfulLimitDefault),
    ...beyond('Failed', failedJobsHistoryLimit ?? failedLimitDefault),
  ].map((job) => removal(job, regarding));
}

function removal(job: Stored<Job>, regarding: ObjectReference): Change {
  const { name } = job.metadata;
  const change = deletion(JOBS, job, {
    done: normal(regarding, 'SuccessfulDelete', `Deleted job ${name}`),
    failed: warning(regarding, 'FailedDelete', `Deleted job: {error}`),
  });
  return change.type === 'delete' ? { ...change, propagation: 'Background' } : change;
}

/** Starts the Job that is due, and says when the next one is. */
function runs(state: State): Plan {
  const { cron, regarding, nowMs } = state;
  const { timeZone, schedule: text, suspend } = cron.spec!;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const note = `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`;
    return saying(warning(regarding, 'UnknownTimeZone', note));
  }
  if (suspend === true) return NOTHING;
  const parsed = parseSchedule(text, timeZone);
  if (!parsed.ok) {
    const note = `unparseable schedule: "${text}" : ${parsed.error}`;
    return saying(warning(regarding, 'UnparseableSchedule', note));
  }
  const againAtMs = parsed.schedule.next(nowMs);
  const { dueMs, missed } = dueTime(cron, parsed.schedule, nowMs);
  const stages: (readonly Change[])[] = [];
  if (missed > missedMax) {
    const note =
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    stages.push([{ type: 'record', record: warning(regarding, 'TooManyMissedTimes', note) }]);
  }
  if (dueMs !== undefined) stages.push(...startOf(state, dueMs));
  return planOf(stages, againAtMs);
}

function saying(record: ReturnType<typeof warning>): Plan {
  return planOf([[{ type: 'record', record }]]);
}

/**
 * The last time that has come since the last run (or since the CronJob was made), and how many
 * there were.
 */
function dueTime({ metadata, spec, status }: Stored<CronJob>, schedule: Schedule, nowMs: number) {
  const createdMs = msOf(metadata.creationTimestamp) ?? nowMs;
  const sinceMs = msOf(status?.lastScheduleTime) ?? createdMs;
  const deadlineSeconds = spec?.startingDeadlineSeconds;
  const floorMs = deadlineSeconds === undefined ? 0 : nowMs - deadlineSeconds * 1000;
  let dueMs: number | undefined;
  let nextMs = schedule.next(Math.max(sinceMs, floorMs));
  let missed = 0;
  while (nextMs !== undefined && nextMs <= nowMs) {
    dueMs = nextMs;
    missed++;
    nextMs = schedule.next(nextMs);
    if (missed !== missedMax || nextMs === undefined) continue;
    const stepMs = nextMs - dueMs;
    const left = Math.floor((nowMs - nextMs) / stepMs) - missedMax;
    if (left <= 0) continue;
    missed += left;
    nextMs = schedule.next(dueMs + left * stepMs);
  }
  return { dueMs, missed };
}

function startOf(state: State, dueMs: number): readonly (readonly Change[])[] {
  const { cron, regarding, running, view } = state;
  const { concurrencyPolicy } = cron.spec!;
  const name = `${cron.metadata.name}-${Math.floor(dueMs / 60_000)}`;
  const done = [statusPatch(SELF, cron, { ...statusOf(state), lastScheduleTime: timeText(dueMs) })];
  if (view.get(JOBS, cron.metadata.namespace ?? '', name) !== undefined) return done;
  if (concurrencyPolicy === 'Forbid' && running.length > 0) {
    const note =
      'Not starting job because prior execution is running and concurrency policy is Forbid';
    return [[{ type: 'record', record: normal(regarding, 'JobAlreadyActive', note) }]];
  }
  const replaced =
    concurrencyPolicy === 'Replace' ? running.map((job) => removal(job, regarding)) : [];
  return [replaced, [creation(state, name, dueMs)], ...done];
}

function creation({ cron, regarding }: State, name: string, dueMs: number): Change {
  const { metadata, spec } = cron.spec!.jobTemplate;
  const namespace = cron.metadata.namespace ?? '';
  const object = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [SCHEDULED]: timeText(dueMs) },
      ownerReferences: [controllerReference(CRON_JOB, cron)],
    },
    spec,
  };
  const records = {
    done: normal(regarding, 'SuccessfulCreate', `Created job ${name}`),
    failed: warning(regarding, 'FailedCreate', 'Error creating job: {error}'),
  };
  return { type: 'create', resource: JOBS, namespace, object, records };
}
