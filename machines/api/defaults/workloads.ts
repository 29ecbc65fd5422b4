/**
 * Defaults of the kinds that make pods, and of what scales and guards them.
 *
 * Follows pkg/apis/{apps,batch,autoscaling,core}/*\/defaults.go. In place and idempotent.
 */
import type {
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  Job,
  MetricSpec,
  MetricTarget,
  PersistentVolumeClaim,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../types.ts';
import type { Loose } from './loose.ts';
import { defaultClaimSpec } from './pod-spec.ts';
import { defaultTemplate } from './pods.ts';
import { canonicalOr } from './quantities.ts';

const historyDefault = 10;
const progressSecondsDefault = 600;
const backoffLimitDefault = 6;
const int32Max = 2 ** 31 - 1;
const cpuUtilizationDefault = 80;

/** Fills in a Deployment. */
export function defaultDeployment(object: Loose<Deployment>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.template ??= {};
  defaultTemplate(spec.template);
  spec.replicas ??= 1;
  spec.strategy ??= {};
  const strategy = spec.strategy;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    const rolling = strategy.rollingUpdate;
    rolling.maxUnavailable ??= '25%';
    rolling.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= historyDefault;
  spec.progressDeadlineSeconds ??= progressSecondsDefault;
}

/** Fills in a ReplicaSet. */
export function defaultReplicaSet(object: Loose<ReplicaSet>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.template ??= {};
  defaultTemplate(spec.template);
  spec.replicas ??= 1;
}

/** Fills in a ReplicationController: selector and labels are those of its template. */
export function defaultReplicationController(object: Loose<ReplicationController>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.replicas ??= 1;
  if (spec.template === undefined) return;
  defaultTemplate(spec.template);
  const labels = spec.template.metadata?.labels;
  if (labels === undefined) return;
  if (isEmpty(spec.selector)) spec.selector = { ...labels };
  defaultLabels(object, labels);
}

function isEmpty(map: object | undefined): boolean {
  for (const _ in map) return false;
  return true;
}

/** Shares the map, by which the preparation of jobs knows labels that the client did not give. */
function defaultLabels(
  object: { metadata?: { labels?: Record<string, string | undefined> | undefined } | undefined },
  labels: Record<string, string | undefined>,
): void {
  object.metadata ??= {};
  const metadata = object.metadata;
  if (isEmpty(metadata.labels)) metadata.labels = labels;
}

/** Fills in a DaemonSet. */
export function defaultDaemonSet(object: Loose<DaemonSet>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.template ??= {};
  defaultTemplate(spec.template);
  spec.updateStrategy ??= {};
  const strategy = spec.updateStrategy;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    const rolling = strategy.rollingUpdate;
    rolling.maxUnavailable ??= 1;
    rolling.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= historyDefault;
}

/** Fills in a StatefulSet and its claim templates. */
export function defaultStatefulSet(object: Loose<StatefulSet>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.template ??= {};
  defaultTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) defaultClaimTemplate(claim);
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  const strategy = spec.updateStrategy;
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate !== undefined) {
    strategy.rollingUpdate.partition ??= 0;
    strategy.rollingUpdate.maxUnavailable ??= 1;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= historyDefault;
}

function defaultClaimTemplate(claim: Loose<PersistentVolumeClaim>): void {
  claim.apiVersion ||= 'v1';
  claim.kind ||= 'PersistentVolumeClaim';
  claim.metadata ??= {};
  claim.spec ??= {};
  defaultClaimSpec(claim.spec);
  claim.status ??= {};
  const status = claim.status;
  status.phase ||= 'Pending';
}

/** Fills in a Job. */
export function defaultJob(object: Loose<Job>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.template ??= {};
  const template = spec.template;
  defaultTemplate(template);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimitDefault : int32Max;
  const labels = template.metadata?.labels;
  if (labels !== undefined) defaultLabels(object, labels);
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  spec.podReplacementPolicy ??=
    spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
}

/** Fills in a CronJob; of its job template only the pod template. */
export function defaultCronJob(object: Loose<CronJob>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.jobTemplate ??= {};
  const job = spec.jobTemplate;
  job.metadata ??= {};
  job.spec ??= {};
  const jobSpec = job.spec;
  jobSpec.template ??= {};
  defaultTemplate(jobSpec.template);
  for (const rule of jobSpec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
}

/** Fills in a HorizontalPodAutoscaler of autoscaling/v2. */
export function defaultAutoscaler(object: Loose<HorizontalPodAutoscaler>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    const target = { type: 'Utilization', averageUtilization: cpuUtilizationDefault };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  for (const metric of spec.metrics ?? []) canonicalMetric(metric);
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp ??= {};
  const up = spec.behavior.scaleUp;
  up.stabilizationWindowSeconds ??= 0;
  defaultRules(up);
  up.policies ??= [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ];
  spec.behavior.scaleDown ??= {};
  const down = spec.behavior.scaleDown;
  defaultRules(down);
  down.policies ??= [{ type: 'Percent', value: 100, periodSeconds: 15 }];
}

function defaultRules(rules: Loose<HPAScalingRules>): void {
  rules.selectPolicy ??= 'Max';
  if (rules.tolerance !== undefined) rules.tolerance = canonicalOr(rules.tolerance);
}

function canonicalMetric(metric: Loose<MetricSpec>): void {
  canonicalTarget(metric.resource?.target);
  canonicalTarget(metric.containerResource?.target);
  canonicalTarget(metric.pods?.target);
  canonicalTarget(metric.object?.target);
  canonicalTarget(metric.external?.target);
}

function canonicalTarget(target: Loose<MetricTarget> | undefined): void {
  if (target?.value !== undefined) target.value = canonicalOr(target.value);
  if (target?.averageValue !== undefined) target.averageValue = canonicalOr(target.averageValue);
}
