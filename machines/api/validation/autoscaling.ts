/**
 * Autoscalers and disruption budgets.
 *
 * Follows pkg/apis/autoscaling/validation and pkg/apis/policy/validation. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { nameErrors } from '../metadata.ts';
import { parseQuantity } from '../quantity.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  PodDisruptionBudget,
} from '../types.ts';
import {
  type Causes,
  forbidden,
  invalid,
  invalidFor,
  oneOfOptional,
  required,
  unsupported,
} from './field-errors.ts';
import { checkAtMost100, checkIntOrPercent, checkSelector } from './names.ts';

const metricTypes: readonly string[] = [
  'ContainerResource',
  'External',
  'Object',
  'Pods',
  'Resource',
];
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
const targetTypes = ['Utilization', 'Value', 'AverageValue'];
const selectPolicies: readonly string[] = ['Disabled', 'Max', 'Min'];
const policyTypes: readonly string[] = ['Percent', 'Pods'];
const periodSecondsMax = 1800;
const windowSecondsMax = 3600;

/** Adds what is wrong with a HorizontalPodAutoscaler of autoscaling/v2. */
export function checkAutoscaler(
  causes: Causes,
  object: Loose<HorizontalPodAutoscaler>,
  old: Loose<HorizontalPodAutoscaler> | undefined,
): void {
  const spec = object.spec ?? {};
  const { minReplicas, maxReplicas = 0, metrics = [] } = spec;
  const least = old?.spec?.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < least) {
    const detail = `must be greater than or equal to ${least}`;
    invalid(causes, 'spec.minReplicas', minReplicas, detail);
  }
  if (maxReplicas < 1) invalid(causes, 'spec.maxReplicas', maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = 'must be greater than or equal to `minReplicas`';
    invalid(causes, 'spec.maxReplicas', maxReplicas, detail);
  }
  checkReference(causes, 'spec.scaleTargetRef', spec.scaleTargetRef ?? {});
  metrics.forEach((metric, index) => {
    checkMetric(causes, `spec.metrics[${index}]`, metric);
  });
  const scalesToZero = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas === 0 && !scalesToZero) {
    const detail =
      'must specify at least one Object or External metric to support scaling to zero replicas';
    forbidden(causes, 'spec.metrics', detail);
  }
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  if (scaleUp !== undefined) checkRules(causes, 'spec.behavior.scaleUp', scaleUp);
  if (scaleDown !== undefined) checkRules(causes, 'spec.behavior.scaleDown', scaleDown);
}

function checkReference(
  causes: Causes,
  field: string,
  reference: Loose<CrossVersionObjectReference>,
): void {
  for (const name of ['kind', 'name'] as const) {
    const value = reference[name] ?? '';
    if (value === '') required(causes, `${field}.${name}`);
    else invalidFor(causes, `${field}.${name}`, value, nameErrors('pathSegment', value));
  }
}

function checkRules(causes: Causes, field: string, rules: Loose<HPAScalingRules>): void {
  const seconds = rules.stabilizationWindowSeconds;
  const path = `${field}.stabilizationWindowSeconds`;
  if (seconds !== undefined && seconds < 0) {
    invalid(causes, path, seconds, 'must be greater than or equal to zero');
  }
  if (seconds !== undefined && seconds > windowSecondsMax) {
    invalid(causes, path, seconds, `must be less than or equal to ${windowSecondsMax}`);
  }
  oneOfOptional(causes, `${field}.selectPolicy`, rules.selectPolicy, selectPolicies);
  const policies = rules.policies ?? [];
  if (policies.length === 0) {
    required(causes, `${field}.policies`, 'must specify at least one Policy');
  }
  policies.forEach(({ type = '', value = 0, periodSeconds = 0 }, index) => {
    const item = `${field}.policies[${index}]`;
    if (!policyTypes.includes(type)) unsupported(causes, `${item}.type`, type, policyTypes);
    if (value <= 0) invalid(causes, `${item}.value`, value, 'must be greater than zero');
    if (periodSeconds <= 0) {
      invalid(causes, `${item}.periodSeconds`, periodSeconds, 'must be greater than zero');
    }
    if (periodSeconds > periodSecondsMax) {
      const detail = `must be less than or equal to ${periodSecondsMax}`;
      invalid(causes, `${item}.periodSeconds`, periodSeconds, detail);
    }
  });
}

function checkMetric(causes: Causes, field: string, metric: Loose<MetricSpec>): void {
  const type = metric.type ?? '';
  if (type === '') required(causes, `${field}.type`, 'must specify a metric source type');
  if (!metricTypes.includes(type)) {
    unsupported(causes, `${field}.type`, type, metricTypes);
    unsupported(causes, `${field}.type`, type, metricTypes);
  }
  const present = sources.filter((source) => metric[source] !== undefined);
  const first = present[0];
  if (first !== undefined) checkSource(causes, `${field}.${first}`, metric, first);
  const expected = type === '' ? '' : `${type[0]!.toLowerCase()}${type.slice(1)}`;
  if (metricTypes.includes(type) && !present.includes(expected as (typeof sources)[number])) {
    const detail = 'must populate information for the given metric source';
    required(causes, `${field}.${expected}`, detail);
  }
  if (present.length === 1) return;
  for (const source of present) {
    if (source === expected) continue;
    forbidden(causes, `${field}.${source}`, 'must populate the given metric source only');
  }
}

function checkSource(
  causes: Causes,
  field: string,
  metric: Loose<MetricSpec>,
  source: (typeof sources)[number],
): void {
  const target = metric[source]?.target ?? {};
  const path = `${field}.target`;
  switch (source) {
    case 'object':
      checkReference(causes, `${field}.describedObject`, metric.object?.describedObject ?? {});
      checkIdentifier(causes, `${field}.metric`, metric.object?.metric ?? {});
      checkTarget(causes, path, target);
      if (target.value === undefined && target.averageValue === undefined) {
        const detail = 'must set either a target value or averageValue';
        required(causes, `${path}.averageValue`, detail);
      }
      return;
    case 'external':
      checkIdentifier(causes, `${field}.metric`, metric.external?.metric ?? {});
      checkTarget(causes, path, target);
      if (target.value === undefined && target.averageValue === undefined) {
        const detail = 'must set either a target value for metric or a per-pod target';
        required(causes, `${path}.averageValue`, detail);
      }
      if (target.value !== undefined && target.averageValue !== undefined) {
        const detail = 'may not set both a target value for metric and a per-pod target';
        forbidden(causes, `${path}.value`, detail);
      }
      return;
    case 'pods':
      checkIdentifier(causes, `${field}.metric`, metric.pods?.metric ?? {});
      checkTarget(causes, path, target);
      if (!isPositive(target.averageValue)) {
        required(causes, `${path}.averageValue`, 'must specify a positive target averageValue');
      }
      return;
    default:
      checkResource(causes, field, metric, source, target);
  }
}

function checkResource(
  causes: Causes,
  field: string,
  metric: Loose<MetricSpec>,
  source: 'resource' | 'containerResource',
  target: Loose<MetricTarget>,
): void {
  if (!metric[source]?.name) required(causes, `${field}.name`, 'must specify a resource name');
  if (source === 'containerResource' && !metric.containerResource?.container) {
    required(causes, `${field}.container`, 'must specify a container');
  }
  checkTarget(causes, `${field}.target`, target);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    required(causes, `${field}.target.averageUtilization`, detail);
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    forbidden(causes, `${field}.target.averageValue`, detail);
  }
}

function checkIdentifier(
  causes: Causes,
  field: string,
  { name = '', selector }: Loose<MetricIdentifier>,
): void {
  if (name === '') required(causes, `${field}.name`, 'must specify a metric name');
  else invalidFor(causes, `${field}.name`, name, nameErrors('pathSegment', name));
  checkSelector(causes, `${field}.selector`, selector);
}

function isPositive(amount: unknown): boolean {
  const quantity = parseQuantity(amount);
  return quantity !== undefined && quantity.nanos > 0n;
}

function checkTarget(causes: Causes, field: string, target: Loose<MetricTarget>): void {
  const { type = '', value, averageValue, averageUtilization } = target;
  if (type === '') required(causes, `${field}.type`, 'must specify a metric target type');
  if (!targetTypes.includes(type)) {
    const detail = 'must be either Utilization, Value, or AverageValue';
    invalid(causes, `${field}.type`, type, detail);
  }
  if (value !== undefined && !isPositive(value)) {
    invalid(causes, `${field}.value`, value, 'must be positive');
  }
  if (averageValue !== undefined && !isPositive(averageValue)) {
    invalid(causes, `${field}.averageValue`, averageValue, 'must be positive');
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    const detail = 'must be greater than 0';
    invalid(causes, `${field}.averageUtilization`, averageUtilization, detail);
  }
}

/** Adds what is wrong with a PodDisruptionBudget. */
export function checkDisruptionBudget(causes: Causes, object: Loose<PodDisruptionBudget>): void {
  const spec = object.spec ?? {};
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    invalid(causes, 'spec', spec, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[name];
    if (value === undefined) continue;
    checkIntOrPercent(causes, `spec.${name}`, value);
    checkAtMost100(causes, `spec.${name}`, value);
  }
  checkSelector(causes, 'spec.selector', spec.selector);
  const known = ['AlwaysAllow', 'IfHealthyBudget'];
  oneOfOptional(causes, 'spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, known);
}
