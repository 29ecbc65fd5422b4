/**
 * When a job's pods or the job itself count as failed or successful.
 *
 * Follows pkg/apis/batch/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from '../types.ts';
import {
  type Causes,
  duplicate,
  invalid,
  invalidHidden,
  nonnegative,
  required,
  tooMany,
  unsupported,
} from './field-errors.ts';
import { checkLabelKey } from './names.ts';

const actions: readonly string[] = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators: readonly string[] = ['In', 'NotIn'];
const statuses: readonly string[] = ['False', 'True', 'Unknown'];
const rulesMax = 20;
const exitCodesMax = 255;

function quotedList(values: readonly string[]): string {
  return `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

/** Adds what is wrong with what a job does about pods that fail. */
export function checkFailurePolicy(causes: Causes, field: string, spec: Loose<JobSpec>): void {
  const rules = spec.podFailurePolicy?.rules;
  if (rules === undefined) return;
  if (rules.length > rulesMax) tooMany(causes, field, rules.length, rulesMax);
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map(({ name = '' }) => name));
  rules.forEach((rule, index) => {
    checkFailureRule(causes, `${field}[${index}]`, rule, spec, names);
  });
}

function checkFailureRule(
  causes: Causes,
  field: string,
  rule: Loose<PodFailurePolicyRule>,
  spec: Loose<JobSpec>,
  names: ReadonlySet<string>,
): void {
  const { action = '', onExitCodes, onPodConditions = [] } = rule;
  if (action === '') required(causes, `${field}.action`, quotedList(actions));
  else if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) {
      invalid(causes, `${field}.action`, action, 'requires the backoffLimitPerIndex to be set');
    }
  } else if (!actions.includes(action)) unsupported(causes, `${field}.action`, action, actions);
  if (onExitCodes !== undefined) checkExitCodes(causes, `${field}.onExitCodes`, onExitCodes, names);
  if (onPodConditions.length > rulesMax) {
    tooMany(causes, `${field}.onPodConditions`, onPodConditions.length, rulesMax);
  }
  onPodConditions.forEach(({ type, status = '' }, index) => {
    const path = `${field}.onPodConditions[${index}]`;
    checkLabelKey(causes, `${path}.type`, type);
    if (status === '') required(causes, `${path}.status`, quotedList(statuses));
    else if (!statuses.includes(status)) unsupported(causes, `${path}.status`, status, statuses);
  });
  const both = onExitCodes !== undefined && onPodConditions.length > 0;
  const none = onExitCodes === undefined && onPodConditions.length === 0;
  if (both) {
    const detail = 'specifying both OnExitCodes and OnPodConditions is not supported';
    invalidHidden(causes, field, detail);
  }
  if (none) {
    const detail = 'specifying one of OnExitCodes and OnPodConditions is required';
    invalidHidden(causes, field, detail);
  }
}

function checkExitCodes(
  causes: Causes,
  field: string,
  codes: NonNullable<Loose<PodFailurePolicyRule>['onExitCodes']>,
  names: ReadonlySet<string>,
): void {
  const { operator = '', containerName, values = [] } = codes;
  if (operator === '') required(causes, `${field}.operator`, quotedList(operators));
  else if (!operators.includes(operator)) {
    unsupported(causes, `${field}.operator`, operator, operators);
  }
  if (containerName !== undefined && !names.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    invalid(causes, `${field}.containerName`, containerName, detail);
  }
  const path = `${field}.values`;
  if (values.length === 0) invalid(causes, path, values, 'at least one value is required');
  if (values.length > exitCodesMax) tooMany(causes, path, values.length, exitCodesMax);
  const seen = new Set<number>();
  values.forEach((value, index) => {
    if (operator === 'In' && value === 0) {
      invalid(causes, `${path}[${index}]`, value, 'must not be 0 for the In operator');
    }
    if (seen.has(value)) duplicate(causes, `${path}[${index}]`, value);
    seen.add(value);
  });
  const ordered = values.every((value, index) => index === 0 || values[index - 1]! <= value);
  if (!ordered) invalid(causes, path, values, 'must be ordered');
}

/** Adds what is wrong with when a job counts as successful. */
export function checkSuccessPolicy(causes: Causes, field: string, spec: Loose<JobSpec>): void {
  if (spec.completionMode !== 'Indexed') {
    invalid(causes, field, spec.successPolicy, 'requires indexed completion mode');
    return;
  }
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0) {
    const detail = 'at least one rules must be specified when the successPolicy is specified';
    required(causes, `${field}.rules`, detail);
  }
  if (rules.length > rulesMax) tooMany(causes, `${field}.rules`, rules.length, rulesMax);
  rules.forEach((rule, index) => {
    checkSuccessRule(causes, `${field}.rules[${index}]`, rule, spec.completions ?? 0);
  });
}

function checkSuccessRule(
  causes: Causes,
  field: string,
  { succeededCount, succeededIndexes }: Loose<SuccessPolicyRule>,
  completions: number,
): void {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    const detail = 'at least one of succeededCount or succeededIndexes must be specified';
    required(causes, field, detail);
  }
  if (succeededCount === undefined) return;
  nonnegative(causes, `${field}.succeededCount`, succeededCount);
  if (succeededCount <= completions) return;
  const most = `must be less than or equal to ${completions}`;
  const detail = `${most} (the number of specified completions)`;
  invalid(causes, `${field}.succeededCount`, succeededCount, detail);
}
