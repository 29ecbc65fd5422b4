/**
 * Which pods go first when a set has too many (Kubernetes' `ActivePodsWithRanks`): those that would
 * be missed least.
 *
 * Total and deterministic: pods that are alike are ordered by uid. Never looks at anything but the
 * pods given.
 */
import type { Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { msOf, podCondition } from './pods.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

interface Ranked {
  readonly pod: Stored<Pod>;
  readonly isAssigned: boolean;
  readonly phase: number;
  readonly isReady: boolean;
  readonly cost: number;
  readonly neighbours: number;
  readonly readyMs: number | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdMs: number;
}

/**
 * The `count` pods to delete. `related` are the active pods that serve the same purpose, these
 * included: where several share a node, one of them goes before one that is alone.
 */
export function podsToDelete(
  pods: readonly Stored<Pod>[],
  count: number,
  related: readonly Pod[],
  nowMs: number,
): readonly Stored<Pod>[] {
  if (count >= pods.length) return pods;
  const onNode = new Map<string, number>();
  for (const { spec } of related) {
    const node = spec?.nodeName;
    if (node) onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  return pods
    .map((pod) => ranked(pod, onNode))
    .sort((a, b) => compare(a, b, nowMs))
    .slice(0, count)
    .map(({ pod }) => pod);
}

const PHASE: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function ranked(pod: Stored<Pod>, onNode: ReadonlyMap<string, number>): Ranked {
  const ready = podCondition(pod, 'Ready');
  const isReady = ready?.status === 'True';
  const cost = pod.metadata.annotations?.[DELETION_COST] ?? '0';
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const inits = (pod.status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  return {
    pod,
    isAssigned: !!pod.spec?.nodeName,
    phase: PHASE[pod.status?.phase ?? 'Pending'] ?? 0,
    isReady,
    cost: /^(-?[1-9][0-9]{0,9}|0)$/.test(cost) ? Number(cost) : 0,
    neighbours: onNode.get(pod.spec?.nodeName ?? '') ?? 0,
    readyMs: isReady ? msOf(ready.lastTransitionTime) : undefined,
    restarts: most(pod.status?.containerStatuses),
    sidecarRestarts: most(inits),
    createdMs: msOf(pod.metadata.creationTimestamp) ?? 0,
  };
}

function most(statuses: readonly { readonly restartCount: number }[] = []): number {
  return statuses.reduce((max, { restartCount }) => Math.max(max, restartCount), 0);
}

/** Negative where `a` is to be deleted before `b`. */
function compare(a: Ranked, b: Ranked, nowMs: number): number {
  if (a.isAssigned !== b.isAssigned) return a.isAssigned ? 1 : -1;
  if (a.phase !== b.phase) return a.phase - b.phase;
  if (a.isReady !== b.isReady) return a.isReady ? 1 : -1;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.neighbours !== b.neighbours) return b.neighbours - a.neighbours;
  if (a.isReady && a.readyMs !== b.readyMs) {
    return byAge(a.readyMs, b.readyMs, nowMs) || byUid(a, b);
  }
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  if (a.sidecarRestarts !== b.sidecarRestarts) return b.sidecarRestarts - a.sidecarRestarts;
  if (a.createdMs !== b.createdMs) return byAge(a.createdMs, b.createdMs, nowMs) || byUid(a, b);
  return byUid(a, b);
}

/** Younger first, where ages within a factor of two count as equal. */
function byAge(a: number | undefined, b: number | undefined, nowMs: number): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  return magnitude(nowMs - a) - magnitude(nowMs - b);
}

function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6));
}

function byUid(a: Ranked, b: Ranked): number {
  const [left, right] = [a.pod.metadata.uid, b.pod.metadata.uid];
  return left < right ? -1 : left > right ? 1 : 0;
}
