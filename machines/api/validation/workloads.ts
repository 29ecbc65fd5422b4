/**
 * The kinds that keep pods running: Deployment, ReplicaSet, ReplicationController, StatefulSet,
 * DaemonSet.
 *
 * Follows pkg/apis/apps/validation/validation.go. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import { matchesLabels, matchesSelector, selectorRequirements } from '../labels.ts';
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../types.ts';
import {
  type Causes,
  forbidden,
  immutable,
  invalid,
  nonnegative,
  required,
  unsupported,
} from './field-errors.ts';
import { checkAtMost100, checkIntOrPercent, checkSelector, intOrPercent } from './names.ts';
import { checkTemplate, checkTemplateMetadata } from './pod-spec.ts';

const mismatch = '`selector` does not match template `labels`';

function isEmpty({ matchLabels = {}, matchExpressions = [] }: Loose<LabelSelector>): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** Adds what is wrong with a required selector; true where it can be matched. */
function checkRequiredSelector(
  causes: Causes,
  selector: Loose<LabelSelector> | undefined,
  owner: string,
): boolean {
  if (selector === undefined) {
    required(causes, 'spec.selector');
    return false;
  }
  checkSelector(causes, 'spec.selector', selector);
  if (isEmpty(selector)) {
    invalid(causes, 'spec.selector', selector, `empty selector is invalid for ${owner}`);
  }
  return selectorRequirements(selector as LabelSelector).ok;
}

function checkMatch(
  causes: Causes,
  selector: Loose<LabelSelector> | undefined,
  template: Loose<PodTemplateSpec>,
): void {
  if (selector !== undefined && isEmpty(selector)) return;
  const labels = template.metadata?.labels;
  const matches = matchesSelector(selector as LabelSelector, labels as Record<string, string>);
  if (!matches) invalid(causes, 'spec.template.metadata.labels', labels, mismatch);
}

function checkAlwaysRestarted(
  causes: Causes,
  template: Loose<PodTemplateSpec>,
  kind: string,
): void {
  const { restartPolicy = '', activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== 'Always') {
    unsupported(causes, 'spec.template.spec.restartPolicy', restartPolicy, ['Always']);
  }
  if (activeDeadlineSeconds === undefined) return;
  const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
  forbidden(causes, 'spec.template.spec.activeDeadlineSeconds', detail);
}

/** Adds what is wrong with a Deployment. */
export function checkDeployment(causes: Causes, object: Loose<Deployment>): void {
  const spec = object.spec ?? {};
  const template = spec.template ?? {};
  nonnegative(causes, 'spec.replicas', spec.replicas);
  if (checkRequiredSelector(causes, spec.selector, 'deployment')) {
    checkMatch(causes, spec.selector, template);
  } else if (spec.selector !== undefined) {
    invalid(causes, 'spec.selector', spec.selector, 'invalid label selector');
  } else checkMatch(causes, undefined, template);
  checkTemplate(causes, 'spec.template', template);
  checkAlwaysRestarted(causes, template, 'ReplicaSet');
  checkDeploymentStrategy(causes, spec.strategy ?? {});
  nonnegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  nonnegative(causes, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  nonnegative(causes, 'spec.progressDeadlineSeconds', deadline);
  if (deadline <= (spec.minReadySeconds ?? 0)) {
    const detail = 'must be greater than minReadySeconds';
    invalid(causes, 'spec.progressDeadlineSeconds', deadline, detail);
  }
}

function checkDeploymentStrategy(
  causes: Causes,
  strategy: NonNullable<NonNullable<Loose<Deployment>['spec']>['strategy']>,
): void {
  const { type = '', rollingUpdate } = strategy;
  const path = 'spec.strategy.rollingUpdate';
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return;
    forbidden(causes, path, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type !== 'RollingUpdate') {
    unsupported(causes, 'spec.strategy', strategy, ['Recreate', 'RollingUpdate']);
  } else if (rollingUpdate === undefined) {
    required(causes, path, 'this should be defaulted and never be nil');
  } else {
    const { maxUnavailable, maxSurge } = rollingUpdate;
    checkIntOrPercent(causes, `${path}.maxUnavailable`, maxUnavailable);
    checkIntOrPercent(causes, `${path}.maxSurge`, maxSurge);
    if (intOrPercent(maxUnavailable) === 0 && intOrPercent(maxSurge) === 0) {
      const detail = 'may not be 0 when `maxSurge` is 0';
      invalid(causes, `${path}.maxUnavailable`, maxUnavailable ?? 0, detail);
    }
    checkAtMost100(causes, `${path}.maxUnavailable`, maxUnavailable);
  }
}

type WithSelector = {
  readonly spec?: { readonly selector?: Loose<LabelSelector> | undefined } | undefined;
};

/** Adds an error where the selector changed. */
export function checkSelectorKept(causes: Causes, object: WithSelector, old: WithSelector): void {
  if (sameJson(object.spec?.selector, old.spec?.selector)) return;
  invalid(causes, 'spec.selector', object.spec?.selector, immutable);
}

/** Adds what is wrong with a ReplicaSet. */
export function checkReplicaSet(causes: Causes, object: Loose<ReplicaSet>): void {
  const spec = object.spec ?? {};
  const template = spec.template ?? {};
  nonnegative(causes, 'spec.replicas', spec.replicas);
  nonnegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  if (checkRequiredSelector(causes, spec.selector, 'deployment')) {
    checkMatch(causes, spec.selector, template);
  } else if (spec.selector !== undefined) {
    invalid(causes, 'spec.selector', spec.selector, 'invalid label selector');
  } else checkMatch(causes, undefined, template);
  checkTemplate(causes, 'spec.template', template);
  checkAlwaysRestarted(causes, template, 'ReplicaSet');
}

/** Adds what is wrong with a ReplicationController. */
export function checkReplicationController(
  causes: Causes,
  object: Loose<ReplicationController>,
): void {
  const spec = object.spec ?? {};
  nonnegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  const selector = spec.selector as Record<string, string> | undefined;
  const empty = Object.keys(selector ?? {}).length === 0;
  if (empty) required(causes, 'spec.selector');
  nonnegative(causes, 'spec.replicas', spec.replicas);
  if (spec.template === undefined) {
    required(causes, 'spec.template');
    return;
  }
  const labels = spec.template.metadata?.labels;
  if (!empty && !matchesLabels(selector, labels as Record<string, string>)) {
    invalid(causes, 'spec.template.metadata.labels', labels, mismatch);
  }
  checkTemplate(causes, 'spec.template', spec.template);
  checkAlwaysRestarted(causes, spec.template, 'ReplicationController');
}

/** Adds what is wrong with a StatefulSet; its pods are only validated when they are made. */
export function checkStatefulSet(causes: Causes, object: Loose<StatefulSet>): void {
  const spec = object.spec ?? {};
  const template = spec.template ?? {};
  const policy = spec.podManagementPolicy ?? '';
  if (policy === '') required(causes, 'spec.podManagementPolicy');
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    const detail = "must be 'OrderedReady' or 'Parallel'";
    invalid(causes, 'spec.podManagementPolicy', policy, detail);
  }
  checkStatefulStrategy(causes, spec.updateStrategy ?? {});
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    const retention = spec.persistentVolumeClaimRetentionPolicy;
    if (retention === undefined) break;
    const value = retention[when] ?? '';
    if (value === 'Retain' || value === 'Delete') continue;
    const path = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
    unsupported(causes, path, value, ['Retain', 'Delete']);
  }
  nonnegative(causes, 'spec.replicas', spec.replicas);
  nonnegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  nonnegative(causes, 'spec.ordinals.start', spec.ordinals?.start);
  if (checkRequiredSelector(causes, spec.selector, 'statefulset')) {
    checkMatch(causes, spec.selector, template);
  } else if (spec.selector !== undefined) {
    invalid(causes, 'spec.selector', spec.selector, '');
  } else checkMatch(causes, undefined, template);
  checkTemplateMetadata(causes, 'spec.template', template);
  checkAlwaysRestarted(causes, template, 'StatefulSet');
}

function checkStatefulStrategy(
  causes: Causes,
  strategy: NonNullable<NonNullable<Loose<StatefulSet>['spec']>['updateStrategy']>,
): void {
  const { type = '', rollingUpdate } = strategy;
  const path = 'spec.updateStrategy';
  if (type === '') required(causes, path);
  else if (type === 'OnDelete') {
    if (rollingUpdate === undefined) return;
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    invalid(causes, `${path}.rollingUpdate`, rollingUpdate, detail);
  } else if (type !== 'RollingUpdate') {
    invalid(causes, path, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  } else if (rollingUpdate !== undefined) {
    const { partition, maxUnavailable } = rollingUpdate;
    nonnegative(causes, `${path}.rollingUpdate.partition`, partition);
    if (maxUnavailable === undefined) return;
    const field = `${path}.rollingUpdate.maxUnavailable`;
    checkIntOrPercent(causes, field, maxUnavailable);
    if (intOrPercent(maxUnavailable) === 0) invalid(causes, field, maxUnavailable, 'cannot be 0');
    checkAtMost100(causes, field, maxUnavailable);
  }
}

/** Adds what an update of a StatefulSet may not change. */
export function checkStatefulSetUpdate(
  causes: Causes,
  object: Loose<StatefulSet>,
  old: Loose<StatefulSet>,
): void {
  const kept = {
    ...object.spec,
    replicas: old.spec?.replicas,
    ordinals: old.spec?.ordinals,
    template: old.spec?.template,
    updateStrategy: old.spec?.updateStrategy,
    revisionHistoryLimit: old.spec?.revisionHistoryLimit,
    persistentVolumeClaimRetentionPolicy: old.spec?.persistentVolumeClaimRetentionPolicy,
    minReadySeconds: old.spec?.minReadySeconds,
  };
  if (sameJson(kept, old.spec ?? {})) return;
  const detail =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and " +
    "'minReadySeconds' are forbidden";
  forbidden(causes, 'spec', detail);
}

/** Adds what is wrong with a DaemonSet. */
export function checkDaemonSet(causes: Causes, object: Loose<DaemonSet>): void {
  const spec = object.spec ?? {};
  const template = spec.template ?? {};
  checkSelector(causes, 'spec.selector', spec.selector);
  const valid =
    spec.selector === undefined || selectorRequirements(spec.selector as LabelSelector).ok;
  if (valid) checkMatch(causes, spec.selector, template);
  if (spec.selector !== undefined && isEmpty(spec.selector)) {
    invalid(causes, 'spec.selector', spec.selector, 'empty selector is invalid for daemonset');
  }
  checkTemplate(causes, 'spec.template', template);
  checkAlwaysRestarted(causes, template, 'DaemonSet');
  nonnegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
  const path = 'spec.updateStrategy';
  if (type === 'RollingUpdate') {
    if (rollingUpdate === undefined) required(causes, `${path}.rollingUpdate`);
    else checkDaemonRolling(causes, `${path}.rollingUpdate`, rollingUpdate);
  } else if (type !== 'OnDelete') {
    unsupported(causes, path, spec.updateStrategy ?? {}, ['RollingUpdate', 'OnDelete']);
  }
  nonnegative(causes, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
}

function checkDaemonRolling(
  causes: Causes,
  field: string,
  {
    maxUnavailable,
    maxSurge,
  }: { maxUnavailable?: number | string | undefined; maxSurge?: number | string | undefined },
): void {
  checkIntOrPercent(causes, `${field}.maxUnavailable`, maxUnavailable);
  checkIntOrPercent(causes, `${field}.maxSurge`, maxSurge);
  checkAtMost100(causes, `${field}.maxUnavailable`, maxUnavailable);
  checkAtMost100(causes, `${field}.maxSurge`, maxSurge);
  const unavailable = intOrPercent(maxUnavailable) !== 0;
  const surge = intOrPercent(maxSurge) !== 0;
  if (unavailable && surge) {
    const detail = 'may not be set when maxUnavailable is non-zero';
    invalid(causes, `${field}.maxSurge`, maxSurge, detail);
  } else if (!unavailable && !surge) {
    required(causes, `${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
  }
}

/** Adds what is wrong with a ControllerRevision. */
export function checkControllerRevision(causes: Causes, object: Loose<ControllerRevision>): void {
  const data: unknown = object.data;
  if (data === undefined || data === null) required(causes, 'data', 'data is mandatory');
  nonnegative(causes, 'revision', object.revision);
}

/** Adds what an update of a ControllerRevision may not change. */
export function checkControllerRevisionUpdate(
  causes: Causes,
  object: Loose<ControllerRevision>,
  old: Loose<ControllerRevision>,
): void {
  if (!sameJson(object.data, old.data)) invalid(causes, 'data', object.data, immutable);
}
