/**
 * The rolling update of a DaemonSet: which nodes may lose their old pod now (`maxUnavailable`), or
 * get the new one beside it (`maxSurge`); `pkg/controller/daemon/update.go`.
 *
 * A pod that is not available may always be replaced, as nothing is lost with it.
 */
import type { DaemonSet, Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { scaledValue } from './deployment-sets.ts';
import { isPodAvailable, isPodDeleting } from './pods.ts';
import { REVISION_LABEL } from './revisions.ts';

/** Pods to delete, and nodes to put another pod on. */
export interface Replacement {
  readonly deleted: readonly Stored<Pod>[];
  readonly surged: readonly string[];
}

/** How far an update may go at once. */
export interface Limits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** The limits of a set that is to run on `desired` nodes; both percentages are rounded up. */
export function limitsOf({ spec }: DaemonSet, desired: number): Limits {
  const { maxSurge = 0, maxUnavailable = 1 } = spec?.updateStrategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, desired, Math.ceil);
  const unavailable = scaledValue(maxUnavailable, desired, Math.ceil);
  return { maxSurge: surge, maxUnavailable: surge + unavailable === 0 ? 1 : unavailable };
}

interface Pair {
  readonly old: Stored<Pod> | undefined;
  readonly fresh: Stored<Pod> | undefined;
}

/**
 * The old and the new pod of a node; undefined where there are two of either, which has to be
 * mended first.
 */
function pairOf(pods: readonly Stored<Pod>[], hash: string): Pair | undefined {
  let [old, fresh]: [Stored<Pod> | undefined, Stored<Pod> | undefined] = [undefined, undefined];
  for (const pod of pods) {
    if (isPodDeleting(pod)) continue;
    if (pod.metadata.labels?.[REVISION_LABEL] === hash) {
      if (fresh !== undefined) return undefined;
      fresh = pod;
    } else {
      if (old !== undefined) return undefined;
      old = pod;
    }
  }
  return { old, fresh };
}

/** The next step of an update to the revision with this hash. */
export function replacement(
  byNode: ReadonlyMap<string, readonly Stored<Pod>[]>,
  hash: string,
  limits: Limits,
  isAvailable: (pod: Stored<Pod>) => boolean,
): Replacement {
  return limits.maxSurge === 0
    ? { deleted: deletions(byNode, hash, limits.maxUnavailable, isAvailable), surged: [] }
    : surge(byNode, hash, limits.maxSurge, isAvailable);
}

/** Tells availability of pods of a set at a time. */
export function availability(set: DaemonSet, nowMs: number): (pod: Stored<Pod>) => boolean {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  return (pod) => isPodAvailable(pod, minReadySeconds, nowMs);
}

function deletions(
  byNode: ReadonlyMap<string, readonly Stored<Pod>[]>,
  hash: string,
  maxUnavailable: number,
  isAvailable: (pod: Stored<Pod>) => boolean,
): readonly Stored<Pod>[] {
  let unavailable = 0;
  const free: Stored<Pod>[] = [];
  const candidates: Stored<Pod>[] = [];
  for (const pods of byNode.values()) {
    const pair = pairOf(pods, hash);
    const { old, fresh } = pair ?? {};
    if (old === undefined && fresh !== undefined) {
      if (!isAvailable(fresh)) unavailable++;
    } else if (old === undefined || fresh !== undefined) unavailable++;
    else if (isAvailable(old)) candidates.push(old);
    else free.push(old);
  }
  return [...free, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))];
}

function surge(
  byNode: ReadonlyMap<string, readonly Stored<Pod>[]>,
  hash: string,
  maxSurge: number,
  isAvailable: (pod: Stored<Pod>) => boolean,
): Replacement {
  let surging = 0;
  const deleted: Stored<Pod>[] = [];
  const free: string[] = [];
  const candidates: string[] = [];
  for (const [node, pods] of byNode) {
    const pair = pairOf(pods, hash);
    if (pair === undefined) {
      surging++;
      continue;
    }
    const { old, fresh } = pair;
    if (old === undefined) continue;
    if (fresh === undefined) (isAvailable(old) ? candidates : free).push(node);
    else if (isAvailable(fresh)) deleted.push(old);
    else surging++;
  }
  const allowed = Math.max(0, maxSurge - surging);
  return { deleted, surged: [...free, ...candidates.slice(0, allowed)] };
}
