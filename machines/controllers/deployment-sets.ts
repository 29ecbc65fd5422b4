/**
 * The ReplicaSets of a Deployment: which one is of its current template, what their annotations
 * record, and how the new one is made (`pkg/controller/deployment/util`).
 *
 * Never decides when to scale; the sizes come from `deployment-scale.ts`.
 */

import type { Change, Records } from '../api/change.ts';
import { TRACEPARENT_ANNOTATION } from '../api/traceparent.ts';
import type { Deployment, LabelSelector, ReplicaSet, ReplicaSetSpec } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { controllerReference, type OwnerKind } from './ownership.ts';
import { isPodActive } from './pods.ts';
import { POD_TEMPLATE_HASH, templateHash, templateKey } from './template-hash.ts';
import { mergePatch, type StoredObject } from './writes.ts';

export const DEPLOYMENT: OwnerKind<'apps/deployments'> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  resource: 'apps/deployments',
};

/** Names of the annotations that controller and clients agree on. */
export const ANNOTATION = {
  revision: 'deployment.kubernetes.io/revision',
  revisionHistory: 'deployment.kubernetes.io/revision-history',
  desired: 'deployment.kubernetes.io/desired-replicas',
  max: 'deployment.kubernetes.io/max-replicas',
} as const;

/** Annotations of a Deployment that its ReplicaSets do not get. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  ...Object.values(ANNOTATION),
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  // It is of the request that wrote the Deployment.
  TRACEPARENT_ANNOTATION,
]);

/** The longest revision history that is kept, in characters; the oldest entries go first. */
const revisionHistoryLengthMax = 2000;

/**
 * A Deployment with defaults filled in, and its ReplicaSets: oldest first, `fresh` the one of its
 * template.
 */
export interface Rollout {
  readonly deployment: Stored<Deployment>;
  readonly replicas: number;
  readonly isRolling: boolean;
  /** Most pods above and fewest below `replicas` during a rolling update. */
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly sets: readonly Stored<ReplicaSet>[];
  readonly fresh: Stored<ReplicaSet> | undefined;
  readonly old: readonly Stored<ReplicaSet>[];
  /**
   * Pods that a ReplicaSet has or will have: its size, or more while it has not shrunk to that yet.
   */
  readonly occupied: (set: Stored<ReplicaSet>) => number;
}

/** Reads a Deployment and the ReplicaSets it controls into a rollout. */
export function rolloutOf(
  deployment: Stored<Deployment>,
  owned: readonly Stored<ReplicaSet>[],
  view: View,
): Rollout {
  const spec = deployment.spec!;
  const replicas = spec.replicas ?? 1;
  const isRolling = spec.strategy?.type !== 'Recreate';
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const fence = fenceposts(maxSurge, maxUnavailable, replicas);
  const sets = [...owned].sort(byCreation);
  const key = templateKey(spec.template);
  const fresh = sets.find((set) => templateKey(set.spec?.template ?? {}) === key);
  return {
    deployment,
    replicas,
    isRolling,
    maxSurge: isRolling ? fence.surge : 0,
    maxUnavailable: isRolling ? Math.min(fence.unavailable, replicas) : 0,
    sets,
    fresh,
    old: sets.filter((set) => set !== fresh),
    occupied: (set) => Math.max(sizeOf(set), podCount(set, view)),
  };
}

/**
 * Active pods of a ReplicaSet; counted one by one only where its status is not of its current size.
 */
function podCount(set: Stored<ReplicaSet>, view: View): number {
  const isObserved = (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0);
  if (isObserved) return set.status?.replicas ?? 0;
  return view.ownedBy('core/pods', set.metadata.uid).filter(isPodActive).length;
}

/** Oldest first; by name where they are of the same second. */
function byCreation(a: Stored<ReplicaSet>, b: Stored<ReplicaSet>): number {
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) {
    return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  }
  return left.name < right.name ? -1 : 1;
}

/**
 * Surge rounded up and unavailability rounded down; the latter at least 1 where both would be 0.
 */
export function fenceposts(
  maxSurge: number | string,
  maxUnavailable: number | string,
  desired: number,
): { readonly surge: number; readonly unavailable: number } {
  const surge = scaledValue(maxSurge, desired, Math.ceil);
  const unavailable = scaledValue(maxUnavailable, desired, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** An absolute number, or a percentage of a total rounded as asked; 0 where it is neither. */
export function scaledValue(
  value: number | string,
  total: number,
  round: (value: number) => number,
): number {
  if (typeof value === 'number') return value;
  return /^[0-9]+%$/.test(value) ? round((Number(value.slice(0, -1)) * total) / 100) : 0;
}

/** The size a ReplicaSet is asked to have. */
export function sizeOf(set: ReplicaSet | undefined): number {
  return set === undefined ? 0 : (set.spec?.replicas ?? 1);
}

/** The sum of a number over ReplicaSets. */
export function total(
  sets: readonly Stored<ReplicaSet>[],
  value: (set: Stored<ReplicaSet>) => number | undefined,
): number {
  return sets.reduce((sum, set) => sum + (value(set) ?? 0), 0);
}

/** A number kept in an annotation, undefined where it is missing or none. */
export function annotatedNumber(object: StoredObject, name: string): number | undefined {
  const text = object.metadata.annotations?.[name];
  return text !== undefined && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The revision of a ReplicaSet, 0 where it has none. */
export function revisionOf(set: Stored<ReplicaSet>): number {
  return annotatedNumber(set, ANNOTATION.revision) ?? 0;
}

/** The revision the newest ReplicaSet is to have: one more than all old ones. */
export function nextRevision({ old }: Rollout): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

/**
 * The annotations by which ReplicaSets remember the size of the Deployment at their last scaling.
 */
export function sizeAnnotations({ replicas, maxSurge }: Rollout): { [name: string]: string } {
  return { [ANNOTATION.desired]: `${replicas}`, [ANNOTATION.max]: `${replicas + maxSurge}` };
}

/**
 * Annotations that the new ReplicaSet lacks: copies of the Deployment's, its revision, its history.
 */
export function missingAnnotations(rollout: Rollout): { [name: string]: string } {
  const missing: { [name: string]: string } = {};
  const has = rollout.fresh?.metadata.annotations ?? {};
  for (const [name, value] of Object.entries(rollout.deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(name) && has[name] !== value) missing[name] = value;
  }
  const revision = nextRevision(rollout);
  const former = has[ANNOTATION.revision];
  if (rollout.fresh === undefined || revisionOf(rollout.fresh) < revision) {
    missing[ANNOTATION.revision] = `${revision}`;
    if (former !== undefined) {
      missing[ANNOTATION.revisionHistory] = longerHistory(has[ANNOTATION.revisionHistory], former);
    }
  }
  return missing;
}

function longerHistory(history: string | undefined, revision: string): string {
  const entries = history ? history.split(',') : [];
  entries.push(revision);
  while (entries.length > 1 && entries.join(',').length > revisionHistoryLengthMax) entries.shift();
  return entries.join(',');
}

/** The name and hash that the ReplicaSet of the current template has or will have. */
export function freshName({ deployment }: Rollout): {
  readonly name: string;
  readonly hash: string;
} {
  const hash = templateHash(deployment.spec!.template, deployment.status?.collisionCount);
  return { name: `${deployment.metadata.name}-${hash}`, hash };
}

/** Creates the ReplicaSet of the current template. */
export function createFresh(rollout: Rollout, replicas: number, records: Records): Change {
  const { deployment } = rollout;
  const { name, hash } = freshName(rollout);
  const { template, selector, minReadySeconds = 0 } = deployment.spec!;
  const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash };
  const hashed: LabelSelector = {
    ...selector,
    matchLabels: { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash },
  };
  const spec: ReplicaSetSpec = {
    replicas,
    ...(minReadySeconds > 0 && { minReadySeconds }),
    selector: hashed,
    template: { ...template, metadata: { ...template.metadata, labels } },
  };
  const namespace = deployment.metadata.namespace ?? '';
  const object: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace,
      labels,
      annotations: { ...missingAnnotations(rollout), ...sizeAnnotations(rollout) },
      ownerReferences: [controllerReference(DEPLOYMENT, deployment)],
    },
    spec,
  };
  return {
    type: 'create',
    resource: 'apps/replicasets',
    namespace,
    object: object as AnyObject,
    records,
  };
}

/** Gives the new ReplicaSet the annotations and the minReadySeconds it lacks. */
export function updateFresh(rollout: Rollout): readonly Change[] {
  const { fresh, deployment } = rollout;
  if (fresh === undefined) return [];
  const annotations = missingAnnotations(rollout);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const isReadySame = (fresh.spec?.minReadySeconds ?? 0) === minReadySeconds;
  if (isReadySame && Object.keys(annotations).length === 0) return [];
  const patch = {
    metadata: { annotations },
    ...(!isReadySame && { spec: { minReadySeconds } }),
  };
  return [mergePatch('apps/replicasets', fresh, patch)];
}
