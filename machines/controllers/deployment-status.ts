/**
 * The status of a Deployment: counts over its ReplicaSets, and the conditions Available,
 * Progressing and ReplicaFailure (`pkg/controller/deployment/progress.go`).
 *
 * Never changes a condition whose status and reason stay the same, but for the time of the last
 * progress.
 */
import type { DeploymentCondition, DeploymentStatus } from '../api/types.ts';
import type { Sizes } from './deployment-scale.ts';
import { type Rollout, sizeOf, total } from './deployment-sets.ts';
import { msOf, timeText } from './pods.ts';

const INT32_MAX = 2 ** 31 - 1;

/** What the plan of this moment has to tell the Progressing condition. */
export interface Happening {
  /** Where the Deployment was only scaled or is paused, no progress is estimated. */
  readonly estimatesProgress: boolean;
  /** Sizes that this plan gives to ReplicaSets. */
  readonly sizes?: Sizes | undefined;
  /** The ReplicaSet that this plan creates. */
  readonly creates?: { readonly name: string; readonly size: number } | undefined;
  /** Name of the ReplicaSet that could not be created, and why. */
  readonly failed?: { readonly name: string; readonly message: string } | undefined;
}

/** The status, and when to look again for a deadline that passes. */
export interface StatusPlan {
  readonly status: DeploymentStatus;
  readonly againAtMs: number | undefined;
}

/** True where the Deployment limits how long a rollout may take without progress. */
export function hasDeadline({ deployment }: Rollout): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== INT32_MAX;
}

/** True where a status says that all pods are of the current template and available. */
export function isComplete(rollout: Rollout, status: DeploymentStatus | undefined): boolean {
  const { replicas, deployment } = rollout;
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** The status a Deployment should have now. */
export function statusOf(rollout: Rollout, happening: Happening, nowMs: number): StatusPlan {
  const conditions = new Conditions(rollout.deployment.status?.conditions ?? [], nowMs);
  setAvailable(rollout, conditions);
  setPaused(rollout, conditions);
  setFresh(rollout, happening, conditions);
  const counts = countsOf(rollout, happening);
  if (happening.estimatesProgress) setProgress(rollout, counts, conditions, nowMs);
  setFailure(rollout, conditions);
  const status = { ...counts, conditions: conditions.list };
  return { status, againAtMs: deadlineMs(rollout, status, nowMs) };
}

function countsOf(
  { deployment, sets, fresh }: Rollout,
  { sizes, creates }: Happening,
): DeploymentStatus {
  const size = total(sets, (set) => sizes?.get(set) ?? sizeOf(set)) + (creates?.size ?? 0);
  const available = total(sets, (set) => set.status?.availableReplicas);
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: total(sets, (set) => set.status?.replicas) || undefined,
    updatedReplicas: fresh?.status?.replicas || undefined,
    readyReplicas: total(sets, (set) => set.status?.readyReplicas) || undefined,
    availableReplicas: available || undefined,
    unavailableReplicas: Math.max(0, size - available) || undefined,
    terminatingReplicas: total(sets, (set) => set.status?.terminatingReplicas),
    collisionCount: deployment.status?.collisionCount,
  };
}

/** Conditions being changed. A changed one moves to the end of the list, as in Kubernetes. */
class Conditions {
  list: DeploymentCondition[];
  readonly #now: string;

  constructor(list: readonly DeploymentCondition[], nowMs: number) {
    this.list = [...list];
    this.#now = timeText(nowMs);
  }

  get(type: string): DeploymentCondition | undefined {
    return this.list.find((condition) => condition.type === type);
  }

  remove(type: string): void {
    this.list = this.list.filter((condition) => condition.type !== type);
  }

  /** Sets a condition unless status and reason are as they were; `renew` also where they are. */
  set(type: string, status: string, reason: string, message: string, renew = false): void {
    const current = this.get(type);
    const isSame = current?.status === status && current.reason === reason;
    if (isSame && !renew) return;
    if (isSame && current.lastUpdateTime === this.#now && current.message === message) return;
    const since = current?.status === status ? current.lastTransitionTime : this.#now;
    this.remove(type);
    const times = { lastUpdateTime: this.#now, lastTransitionTime: since };
    this.list.push({ type, status, ...times, reason, message });
  }
}

function setAvailable({ sets, replicas, maxUnavailable }: Rollout, conditions: Conditions): void {
  const available = total(sets, (set) => set.status?.availableReplicas);
  if (available >= replicas - maxUnavailable) {
    const message = 'Deployment has minimum availability.';
    conditions.set('Available', 'True', 'MinimumReplicasAvailable', message);
  } else {
    const message = 'Deployment does not have minimum availability.';
    conditions.set('Available', 'False', 'MinimumReplicasUnavailable', message);
  }
}

/**
 * Tells of pausing and resuming, so that the time in between does not count against the deadline.
 */
function setPaused(rollout: Rollout, conditions: Conditions): void {
  if (!hasDeadline(rollout)) return;
  const reason = conditions.get('Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const isPaused = rollout.deployment.spec?.paused === true;
  const wasPaused = reason === 'DeploymentPaused';
  if (isPaused && !wasPaused) {
    conditions.set('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused');
  } else if (!isPaused && wasPaused) {
    conditions.set('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  }
}

function setFresh(rollout: Rollout, { creates, failed }: Happening, conditions: Conditions): void {
  if (!hasDeadline(rollout)) return;
  if (failed !== undefined) {
    const message = `Failed to create new replica set "${failed.name}": ${failed.message}`;
    conditions.set('Progressing', 'False', 'ReplicaSetCreateError', message);
  } else if (creates !== undefined) {
    const message = `Created new replica set "${creates.name}"`;
    conditions.set('Progressing', 'True', 'NewReplicaSetCreated', message);
  } else if (rollout.fresh !== undefined && conditions.get('Progressing') === undefined) {
    const message = `Found new replica set "${rollout.fresh.metadata.name}"`;
    conditions.set('Progressing', 'True', 'FoundNewReplicaSet', message);
  }
}

function setProgress(
  rollout: Rollout,
  next: DeploymentStatus,
  conditions: Conditions,
  nowMs: number,
): void {
  if (!hasDeadline(rollout)) {
    conditions.remove('Progressing');
    return;
  }
  const current = conditions.get('Progressing');
  const wasDone = current?.reason === 'NewReplicaSetAvailable';
  if (wasDone && (next.replicas ?? 0) === (next.updatedReplicas ?? 0)) return;
  const { fresh, deployment } = rollout;
  const who =
    fresh === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${fresh.metadata.name}"`;
  if (isComplete(rollout, next)) {
    const message = `${who} has successfully progressed.`;
    conditions.set('Progressing', 'True', 'NewReplicaSetAvailable', message);
  } else if (hasProgressed(deployment.status ?? {}, next)) {
    const message = `${who} is progressing.`;
    conditions.set('Progressing', 'True', 'ReplicaSetUpdated', message, true);
  } else if (hasTimedOut(rollout, current, nowMs)) {
    const message = `${who} has timed out progressing.`;
    conditions.set('Progressing', 'False', 'ProgressDeadlineExceeded', message);
  }
}

function hasProgressed(old: DeploymentStatus, next: DeploymentStatus): boolean {
  const count = (value: number | undefined) => value ?? 0;
  const oldPods = (status: DeploymentStatus) =>
    count(status.replicas) - count(status.updatedReplicas);
  return (
    count(next.updatedReplicas) > count(old.updatedReplicas) ||
    oldPods(next) < oldPods(old) ||
    count(next.readyReplicas) > count(old.readyReplicas) ||
    count(next.availableReplicas) > count(old.availableReplicas)
  );
}

function hasTimedOut(
  rollout: Rollout,
  condition: DeploymentCondition | undefined,
  nowMs: number,
): boolean {
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  const since = msOf(condition.lastUpdateTime) ?? nowMs;
  return since + rollout.deployment.spec!.progressDeadlineSeconds! * 1000 < nowMs;
}

/** Promotes a failure of a ReplicaSet, the new one's first. */
function setFailure({ fresh, sets }: Rollout, conditions: Conditions): void {
  const failures = [fresh, ...sets].flatMap(
    (set) => set?.status?.conditions?.filter(({ type }) => type === 'ReplicaFailure') ?? [],
  );
  const failure = failures[0];
  const current = conditions.get('ReplicaFailure');
  if (failure === undefined) {
    conditions.remove('ReplicaFailure');
    return;
  }
  if (current?.status === failure.status && current.reason === failure.reason) return;
  conditions.remove('ReplicaFailure');
  conditions.list.push({ ...failure, lastUpdateTime: failure.lastTransitionTime });
}

/** A second after the deadline, where one is running; never a time that has passed. */
function deadlineMs(rollout: Rollout, status: DeploymentStatus, nowMs: number): number | undefined {
  const condition = status.conditions?.find(({ type }) => type === 'Progressing');
  if (!hasDeadline(rollout) || condition === undefined) return undefined;
  if (rollout.deployment.spec?.paused === true || isComplete(rollout, status)) return undefined;
  if (condition.reason === 'ProgressDeadlineExceeded') return undefined;
  const since = msOf(condition.lastUpdateTime);
  if (since === undefined) return undefined;
  const endMs = since + rollout.deployment.spec!.progressDeadlineSeconds! * 1000;
  return Math.max(endMs, nowMs) + 1000;
}
