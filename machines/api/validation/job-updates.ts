/**
 * What an update of a job or of its status may not change.
 *
 * Follows pkg/apis/batch/validation/validation.go. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import type { Job, JobSpec, JobStatus, PodTemplateSpec } from '../types.ts';
import {
  type Causes,
  immutable,
  invalid,
  invalidHidden,
  nonnegative,
  required,
} from './field-errors.ts';

/** Fields of a job's spec that no update may change. */
const kept = [
  'selector',
  'template',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;

/** Adds what an update of a Job may not change. */
export function checkJobUpdate(causes: Causes, job: Loose<Job>, old: Loose<Job>): void {
  const spec = job.spec ?? {};
  const before = old.spec ?? {};
  const path = 'spec.completions';
  if (spec.completions !== before.completions) {
    if (spec.completionMode !== 'Indexed') {
      invalid(causes, path, spec.completions ?? null, immutable);
    } else if (spec.completions !== undefined && spec.completions !== spec.parallelism) {
      const detail = 'can only be modified in tandem with spec.parallelism';
      invalid(causes, path, spec.completions, detail);
    }
  }
  const suspended = before.suspend === true && old.status?.startTime === undefined;
  for (const name of kept) {
    const was = name === 'template' && suspended ? schedulable(spec, before) : before[name];
    if (sameJson(spec[name], was)) continue;
    invalid(causes, `spec.${name}`, spec[name] ?? null, immutable);
  }
}

/** The old template with what may change while a job has never run. */
function schedulable(spec: Loose<JobSpec>, before: Loose<JobSpec>): Loose<PodTemplateSpec> {
  const now = spec.template ?? {};
  const was = before.template ?? {};
  const affinity = { ...was.spec?.affinity, nodeAffinity: now.spec?.affinity?.nodeAffinity };
  const empty = Object.values(affinity).every((one) => one === undefined);
  return {
    ...was,
    metadata: {
      ...was.metadata,
      labels: now.metadata?.labels,
      annotations: now.metadata?.annotations,
    },
    spec: {
      ...was.spec,
      affinity: empty && now.spec?.affinity === undefined ? undefined : affinity,
      nodeSelector: now.spec?.nodeSelector,
      tolerations: now.spec?.tolerations,
      schedulingGates: now.spec?.schedulingGates,
    },
  };
}

function isTrue({ conditions = [] }: Loose<JobStatus>, type: string): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True');
}

/** Adds what a change of a Job's status may not do. */
export function checkJobStatus(causes: Causes, job: Loose<Job>, old: Loose<Job>): void {
  const status = job.status ?? {};
  const before = old.status ?? {};
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) {
    nonnegative(causes, `status.${name}`, status[name]);
  }
  const complete = isTrue(status, 'Complete');
  const failed = isTrue(status, 'Failed');
  const path = 'status.conditions';
  if (complete && failed) {
    invalidHidden(causes, path, 'cannot set Complete=True and Failed=true conditions');
  }
  if (complete && isTrue(status, 'FailureTarget')) {
    invalidHidden(causes, path, 'cannot set Complete=True and FailureTarget=true conditions');
  }
  if (complete && status.completionTime === undefined) {
    const detail = 'completionTime is required for Complete jobs';
    required(causes, 'status.completionTime', detail);
  }
  if (!complete && status.completionTime !== undefined) {
    const detail = 'cannot set completionTime when there is no Complete=True condition';
    invalid(causes, 'status.completionTime', status.completionTime, detail);
  }
  if ((complete || failed) && (status.active ?? 0) > 0) {
    invalid(causes, 'status.active', status.active, 'active>0 is invalid for finished job');
  }
  if ((complete || failed) && status.startTime === undefined) {
    required(causes, 'status.startTime', 'startTime is required for finished job');
  }
  if ((status.ready ?? 0) > (status.active ?? 0)) {
    invalid(causes, 'status.ready', status.ready, 'cannot set more ready pods than active');
  }
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (!isTrue(before, type) || isTrue(status, type)) continue;
    invalidHidden(causes, path, `cannot disable the terminal ${type}=True condition`);
  }
  for (const name of ['failed', 'succeeded'] as const) {
    if ((status[name] ?? 0) >= (before[name] ?? 0)) continue;
    const detail = `cannot decrease the ${name} counter`;
    invalid(causes, `status.${name}`, status[name] ?? 0, detail);
  }
}
