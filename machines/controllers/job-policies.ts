/**
 * What a Job's policies say: whether a failed pod counts, ends its index or the Job
 * (`podFailurePolicy`), and whether enough indexes have succeeded (`successPolicy`).
 */
import type {
  JobSpec,
  Pod,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '../api/types.ts';
import { type Indexes, parseIndexes } from './job-indexes.ts';

/** What the failure policy makes of a failed pod. */
export interface FailureVerdict {
  readonly counts: boolean;
  readonly action: PodFailurePolicyRule['action'] | undefined;
  /** Why the Job fails, where it does. */
  readonly message: string | undefined;
}

/** Judges a failed pod by the first rule that matches; without one it counts. */
export function judge(spec: JobSpec, pod: Pod): FailureVerdict {
  const rules = spec.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const why = matchOf(rule, pod);
    if (why === undefined) continue;
    const { action } = rule;
    const message = `${why} matching ${action} rule at index ${index}`;
    return {
      action,
      counts: action !== 'Ignore',
      message: action === 'FailJob' ? message : undefined,
    };
  }
  return { counts: true, action: undefined, message: undefined };
}

function matchOf(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata ?? {};
  if (rule.onExitCodes !== undefined) {
    const failed = failedContainer(rule.onExitCodes, pod);
    if (failed === undefined) return undefined;
    const { container, exitCode } = failed;
    return `Container ${container} for pod ${namespace}/${name} failed with exit code ${exitCode}`;
  }
  for (const pattern of rule.onPodConditions ?? []) {
    const has = pod.status?.conditions?.some(
      ({ type, status }) => type === pattern.type && status === pattern.status,
    );
    if (has) return `Pod ${namespace}/${name} has condition ${pattern.type}`;
  }
  return undefined;
}

function failedContainer(requirement: PodFailurePolicyOnExitCodesRequirement, { status }: Pod) {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  for (const { name, state } of all) {
    const exitCode = state?.terminated?.exitCode ?? 0;
    if (exitCode === 0) continue;
    if (requirement.containerName !== undefined && requirement.containerName !== name) continue;
    const isListed = requirement.values.includes(exitCode);
    if (isListed === (requirement.operator === 'In')) return { container: name, exitCode };
  }
  return undefined;
}

/** Says which rule of the success policy is met, or undefined where none is. */
export function metSuccessRule(spec: JobSpec, succeeded: Indexes): string | undefined {
  const completions = spec.completions ?? 0;
  const rules = spec.successPolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const wanted =
      rule.succeededIndexes === undefined
        ? undefined
        : parseIndexes(rule.succeededIndexes, completions);
    const count =
      wanted === undefined ? succeeded.size : [...wanted].filter((i) => succeeded.has(i)).length;
    const needed = rule.succeededCount ?? wanted?.size;
    if (needed !== undefined && count >= needed) return `Matched rules at index ${index}`;
  }
  return undefined;
}
