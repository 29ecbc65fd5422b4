/**
 * How large each ReplicaSet of a Deployment should be now, as pure arithmetic: rolling update,
 * recreate, and proportional scaling in the middle of a rollout.
 *
 * Never makes room for a new pod before an old one is being deleted, so that there are never more
 * active pods than `replicas + maxSurge` (Kubernetes compares sizes asked for, and so may exceed it
 * for a moment); and never takes away pods such that fewer than `replicas - maxUnavailable` stay
 * available.
 */
import type { ReplicaSet } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { ANNOTATION, annotatedNumber, type Rollout, sizeOf, total } from './deployment-sets.ts';

/** New sizes of ReplicaSets; those not in it keep theirs. */
export type Sizes = ReadonlyMap<Stored<ReplicaSet>, number>;

const NONE: Sizes = new Map();

/** Pods that are available and will not be taken away by a scaling that is already asked for. */
export function availableOf(set: Stored<ReplicaSet>): number {
  return Math.min(set.status?.availableReplicas ?? 0, sizeOf(set));
}

/** The size for the new ReplicaSet where there is room for it: of one that has `size` now. */
export function freshSize(rollout: Rollout, size: number): number {
  const { replicas, maxSurge, isRolling, sets, occupied } = rollout;
  if (!isRolling) return replicas;
  const room = replicas + maxSurge - total(sets, occupied);
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

/**
 * The next step of a rolling update: the new set grows where there is room, else old ones shrink.
 */
export function rollingSizes(rollout: Rollout): Sizes {
  const { fresh, replicas, old } = rollout;
  if (fresh !== undefined) {
    const size = sizeOf(fresh);
    const wanted = size > replicas ? replicas : freshSize(rollout, size);
    if (wanted !== size) return new Map([[fresh, wanted]]);
  }
  return total(old, sizeOf) === 0 ? NONE : shrunkOld(rollout);
}

function shrunkOld({ sets, old, fresh, replicas, maxUnavailable }: Rollout): Sizes {
  const availableMin = replicas - maxUnavailable;
  const freshMissing = fresh === undefined ? 0 : sizeOf(fresh) - availableOf(fresh);
  const shrinkMax = total(sets, sizeOf) - availableMin - freshMissing;
  if (shrinkMax <= 0) return NONE;
  const sizes = new Map<Stored<ReplicaSet>, number>();
  let unhealthyLeft = shrinkMax;
  for (const set of old) {
    const unhealthy = Math.min(unhealthyLeft, sizeOf(set) - availableOf(set));
    if (unhealthy <= 0) continue;
    sizes.set(set, sizeOf(set) - unhealthy);
    unhealthyLeft -= unhealthy;
  }
  let spare = total(sets, availableOf) - availableMin;
  for (const set of old) {
    const size = sizes.get(set) ?? sizeOf(set);
    const shrink = Math.min(size, spare);
    if (shrink <= 0) continue;
    sizes.set(set, size - shrink);
    spare -= shrink;
  }
  return sizes;
}

/** The old ReplicaSets at zero: first step of recreation. */
export function noOldSizes({ old }: Rollout): Sizes {
  return new Map(old.filter((set) => sizeOf(set) > 0).map((set) => [set, 0]));
}

/** True where the Deployment was scaled and not all its active ReplicaSets have heard of it. */
export function isScaling({ sets, replicas }: Rollout): boolean {
  return sets.some((set) => {
    const desired = annotatedNumber(set, ANNOTATION.desired);
    return sizeOf(set) > 0 && desired !== undefined && desired !== replicas;
  });
}

/**
 * Sizes after the Deployment itself was scaled, or while it is paused: no rollout, each set keeps
 * its share.
 */
export function scaledSizes(rollout: Rollout): Sizes {
  const { sets, fresh, old, replicas, isRolling } = rollout;
  const active = sets.filter((set) => sizeOf(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? fresh ?? old[old.length - 1];
    return only === undefined ? NONE : new Map([[only, replicas]]);
  }
  if (fresh !== undefined && isSaturated(rollout, fresh)) return noOldSizes(rollout);
  return isRolling ? proportionalSizes(rollout, active) : NONE;
}

function isSaturated({ replicas }: Rollout, set: Stored<ReplicaSet>): boolean {
  return (
    sizeOf(set) === replicas &&
    annotatedNumber(set, ANNOTATION.desired) === replicas &&
    (set.status?.availableReplicas ?? 0) === replicas
  );
}

/** Spreads what is to be added or removed over the active sets in proportion to their sizes. */
function proportionalSizes(rollout: Rollout, active: readonly Stored<ReplicaSet>[]): Sizes {
  const allowed = rollout.replicas > 0 ? rollout.replicas + rollout.maxSurge : 0;
  const toAdd = allowed - total(active, sizeOf);
  const newest = (set: Stored<ReplicaSet>) => rollout.sets.indexOf(set);
  const ordered = [...active].sort((a, b) => {
    const bySize = sizeOf(b) - sizeOf(a);
    return bySize || (toAdd > 0 ? newest(b) - newest(a) : newest(a) - newest(b));
  });
  const sizes = new Map<Stored<ReplicaSet>, number>();
  let added = 0;
  for (const set of ordered) {
    const share = shareOf(rollout, set, toAdd, added);
    sizes.set(set, sizeOf(set) + share);
    added += share;
  }
  const largest = ordered[0]!;
  sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added));
  return sizes;
}

function shareOf(
  { deployment, replicas, maxSurge }: Rollout,
  set: Stored<ReplicaSet>,
  toAdd: number,
  added: number,
): number {
  const size = sizeOf(set);
  if (toAdd === 0 || toAdd === added) return 0;
  const maxBefore = annotatedNumber(set, ANNOTATION.max) || deployment.status?.replicas || 0;
  if (replicas > 0 && maxBefore === 0) return 0;
  const fraction =
    replicas === 0 ? -size : Math.round((size * (replicas + maxSurge)) / maxBefore) - size;
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}
