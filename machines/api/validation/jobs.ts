/**
 * Jobs and cron jobs.
 *
 * Follows pkg/apis/batch/validation/validation.go. Never throws, never changes what it is given.
 */
import { isTimeZone, parseSchedule } from '../../controllers/cron-schedule.ts';
import type { Loose } from '../defaults/loose.ts';
import { matchesSelector, selectorRequirements } from '../labels.ts';
import type { CronJob, Job, JobSpec, LabelSelector, PodTemplateSpec } from '../types.ts';
import {
  type Causes,
  invalid,
  invalidFor,
  nonnegative,
  oneOf,
  oneOfOptional,
  required,
  tooLong,
  unsupported,
} from './field-errors.ts';
import { checkFailurePolicy, checkSuccessPolicy } from './job-policies.ts';
import { checkSelector, dnsLabelErrors, dnsSubdomainErrors } from './names.ts';
import { checkTemplate } from './pod-spec.ts';

const completionModes: readonly string[] = ['NonIndexed', 'Indexed'];
const concurrencies: readonly string[] = ['Allow', 'Forbid', 'Replace'];
const indexedMax = 100_000;
const highCompletionsMax = 10_000;
const managedByLengthMax = 63;
const cronNameLengthMax = 52;

/** Labels that the server puts on a job's pods; the last two are the old names of the first. */
export const jobLabels = {
  controllerUid: 'batch.kubernetes.io/controller-uid',
  jobName: 'batch.kubernetes.io/job-name',
  oldControllerUid: 'controller-uid',
  oldJobName: 'job-name',
} as const;

/** Adds what is wrong with a Job. */
export function checkJob(causes: Causes, job: Loose<Job>, old: Loose<Job> | undefined): void {
  const spec = job.spec ?? {};
  if (old === undefined) checkGeneratedSelector(causes, job);
  checkJobSpec(causes, 'spec', spec);
  if (spec.selector === undefined) required(causes, 'spec.selector');
  else checkSelector(causes, 'spec.selector', spec.selector);
  const labels = spec.template?.metadata?.labels as Record<string, string> | undefined;
  const valid =
    spec.selector === undefined || selectorRequirements(spec.selector as LabelSelector).ok;
  if (valid && !matchesSelector(spec.selector as LabelSelector, labels)) {
    const detail = '`selector` does not match template `labels`';
    invalid(causes, 'spec.template.metadata.labels', labels ?? null, detail);
  }
  if (old !== undefined) return;
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const name = job.metadata?.name ?? '';
    const last = `${name}-${(spec.completions ?? 0) - 1}`;
    if (dnsLabelErrors(last).length > 0) {
      const detail = `will not able to create pod with invalid DNS label: ${last}`;
      invalid(causes, 'metadata.name', name, detail);
    }
  }
}

function checkGeneratedSelector(causes: Causes, job: Loose<Job>): void {
  const { spec = {}, metadata = {} } = job;
  if (spec.manualSelector === true || spec.selector === undefined) return;
  const { uid = '', name = '' } = metadata;
  if (uid === '') required(causes, 'metadata.uid');
  const expected = {
    [jobLabels.oldControllerUid]: uid,
    [jobLabels.oldJobName]: name,
    [jobLabels.controllerUid]: uid,
    [jobLabels.jobName]: name,
  };
  const labels = spec.template?.metadata?.labels;
  for (const [key, value] of Object.entries(expected)) {
    const path = 'spec.template.metadata.labels';
    const found = labels?.[key];
    if (found === undefined) required(causes, `${path}[${key}]`, `must be '${value}'`);
    else if (found !== value) invalid(causes, `${path}[${key}]`, labels, `must be '${value}'`);
  }
  const selector = spec.selector as LabelSelector;
  if (selectorRequirements(selector).ok && !matchesSelector(selector, expected)) {
    invalid(causes, 'spec.selector', selector, '`selector` not auto-generated');
  }
}

function checkJobSpec(causes: Causes, field: string, spec: Loose<JobSpec>): void {
  nonnegative(causes, `${field}.parallelism`, spec.parallelism);
  nonnegative(causes, `${field}.completions`, spec.completions);
  nonnegative(causes, `${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds);
  nonnegative(causes, `${field}.backoffLimit`, spec.backoffLimit);
  nonnegative(causes, `${field}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished);
  nonnegative(causes, `${field}.backoffLimitPerIndex`, spec.backoffLimitPerIndex);
  nonnegative(causes, `${field}.maxFailedIndexes`, spec.maxFailedIndexes);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    required(causes, `${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  }
  if (spec.managedBy !== undefined) checkManagedBy(causes, `${field}.managedBy`, spec.managedBy);
  oneOfOptional(causes, `${field}.completionMode`, spec.completionMode, completionModes);
  if (spec.completionMode === 'Indexed') checkIndexed(causes, field, spec);
  else {
    const detail = 'requires indexed completion mode';
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[name] !== undefined) invalid(causes, `${field}.${name}`, spec[name], detail);
    }
  }
  checkFailurePolicy(causes, `${field}.podFailurePolicy.rules`, spec);
  if (spec.successPolicy !== undefined) checkSuccessPolicy(causes, `${field}.successPolicy`, spec);
  if (spec.podReplacementPolicy !== undefined) {
    const known =
      spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
    oneOfOptional(causes, `${field}.podReplacementPolicy`, spec.podReplacementPolicy, known);
  }
  const template = spec.template ?? {};
  checkTemplate(causes, `${field}.template`, template);
  checkRestartPolicy(causes, `${field}.template.spec.restartPolicy`, spec, template);
}

function checkRestartPolicy(
  causes: Causes,
  field: string,
  { podFailurePolicy }: Loose<JobSpec>,
  { spec = {} }: Loose<PodTemplateSpec>,
): void {
  const { restartPolicy = 'Always' } = spec;
  if (restartPolicy === 'Always') required(causes, field, 'valid values: "OnFailure", "Never"');
  else if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    unsupported(causes, field, restartPolicy, ['OnFailure', 'Never']);
  } else if (podFailurePolicy !== undefined && restartPolicy !== 'Never') {
    const detail = 'only "Never" is supported when podFailurePolicy is specified';
    invalid(causes, field, restartPolicy, detail);
  }
}

function checkManagedBy(causes: Causes, field: string, managedBy: string): void {
  const slash = managedBy.indexOf('/');
  if (managedBy === '') required(causes, field);
  else if (slash <= 0 || slash === managedBy.length - 1) {
    invalid(causes, field, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")');
  } else {
    const host = managedBy.slice(0, slash);
    invalidFor(causes, field, host, dnsSubdomainErrors(host));
  }
  if (managedBy.length > managedByLengthMax) tooLong(causes, field, managedByLengthMax);
}

function checkIndexed(causes: Causes, field: string, spec: Loose<JobSpec>): void {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions === undefined) {
    required(causes, `${field}.completions`, 'when completion mode is Indexed');
  }
  if (parallelism > indexedMax) {
    const detail = `must be less than or equal to ${indexedMax} when completion mode is Indexed`;
    invalid(causes, `${field}.parallelism`, parallelism, detail);
  }
  const path = `${field}.maxFailedIndexes`;
  if (maxFailedIndexes !== undefined) {
    if (completions !== undefined && maxFailedIndexes > completions) {
      invalid(causes, path, maxFailedIndexes, 'must be less than or equal to completions');
    }
    if (maxFailedIndexes > indexedMax) {
      invalid(causes, path, maxFailedIndexes, `must be less than or equal to ${indexedMax}`);
    }
  }
  if ((completions ?? 0) <= indexedMax || backoffLimitPerIndex === undefined) return;
  const detail =
    `must be less than or equal to ${highCompletionsMax} when completions are above ` +
    `${indexedMax} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) {
    required(causes, path, `must be specified when completions is above ${indexedMax}`);
  }
  if (parallelism > highCompletionsMax) {
    invalid(causes, `${field}.parallelism`, parallelism, detail);
  }
  if ((maxFailedIndexes ?? 0) > highCompletionsMax) invalid(causes, path, maxFailedIndexes, detail);
}

/** Adds what is wrong with a CronJob. */
export function checkCronJob(
  causes: Causes,
  object: Loose<CronJob>,
  old: Loose<CronJob> | undefined,
): void {
  const spec = object.spec ?? {};
  const { schedule = '', timeZone, jobTemplate = {} } = spec;
  if (schedule === '') required(causes, 'spec.schedule');
  else checkSchedule(causes, schedule, timeZone, old?.spec?.schedule ?? '');
  nonnegative(causes, 'spec.startingDeadlineSeconds', spec.startingDeadlineSeconds);
  if (timeZone !== undefined && timeZone !== old?.spec?.timeZone) checkTimeZone(causes, timeZone);
  oneOf(causes, 'spec.concurrencyPolicy', spec.concurrencyPolicy, concurrencies);
  const job = jobTemplate.spec ?? {};
  checkJobSpec(causes, 'spec.jobTemplate.spec', job);
  if (job.selector !== undefined) {
    const path = 'spec.jobTemplate.spec.selector';
    invalid(causes, path, job.selector, '`selector` will be auto-generated');
  }
  if (job.manualSelector === true) {
    unsupported(causes, 'spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']);
  }
  nonnegative(causes, 'spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit);
  nonnegative(causes, 'spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit);
  const name = object.metadata?.name ?? '';
  if (old === undefined && name.length > cronNameLengthMax) {
    const detail = `must be no more than ${cronNameLengthMax} characters`;
    invalid(causes, 'metadata.name', name, detail);
  }
}

function checkSchedule(
  causes: Causes,
  schedule: string,
  timeZone: string | undefined,
  before: string,
): void {
  const path = 'spec.schedule';
  const parsed = parseSchedule(schedule.replace(/^(CRON_)?TZ=\S+\s+/, ''));
  if (!parsed.ok) invalid(causes, path, schedule, parsed.error);
  if (!schedule.includes('TZ')) return;
  if (!before.includes('TZ')) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    invalid(causes, path, schedule, detail);
  } else if (timeZone !== undefined) {
    const detail = 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
    invalid(causes, path, schedule, detail);
  }
}

const zonePart = /^[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}$/;

function checkTimeZone(causes: Causes, timeZone: string): void {
  const path = 'spec.timeZone';
  if (timeZone === '') {
    invalid(causes, path, timeZone, 'timeZone must be nil or non-empty string');
    return;
  }
  const wrong = timeZone
    .split('/')
    .some((part) => part === '.' || part === '..' || !zonePart.test(part));
  if (wrong) invalid(causes, path, timeZone, `unknown time zone ${timeZone}`);
  else if (timeZone.toLowerCase() === 'local') {
    const detail =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    invalid(causes, path, timeZone, detail);
  } else if (!isTimeZone(timeZone))
    invalid(causes, path, timeZone, `unknown time zone ${timeZone}`);
}
