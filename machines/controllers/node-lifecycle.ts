/**
 * The node life cycle: what it means for a node and its pods that it is silent, not ready, short of
 * something, or cordoned. Silence becomes the condition Ready Unknown; conditions become taints;
 * pods of a node that is lost stop being ready. Evicting pods is the work of
 * `node-lifecycle-eviction.ts`, by those taints.
 *
 * Never makes a node ready: its kubelet does. Never evicts where all nodes seem lost, as then it is
 * the controller that is cut off. Never makes a pod unready twice for one loss of its node: a kubelet
 * that lives though its heartbeats do not arrive says that it is ready, and is right. So pods have
 * keys of their own (`namespace/name`), noticed when their node is lost and when they come to one.
 */
import type { Change } from '../api/change.ts';
import type { Node, NodeCondition, Pod, Taint } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { podCondition, timeText } from './pods.ts';
import { normal, warning } from './writes.ts';

/** What is known of nodes besides the store. */
export interface NodeHealth {
  /** True where the node has not been heard from for the grace period. */
  isSilent(node: string): boolean;
}

/** From this share of lost nodes in a zone on, a small cluster stops evicting. */
export const UNHEALTHY_ZONE_SHARE = 0.55;
/** Clusters of up to this many nodes count as small. */
export const SMALL_CLUSTER_MAX = 50;

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const ZONE = 'topology.kubernetes.io/zone';
/** Conditions that are taints while they are True. */
const PRESSURES: readonly (readonly [condition: string, taint: string])[] = [
  ['MemoryPressure', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'node.kubernetes.io/pid-pressure'],
];
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;
const OWN_KEYS = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...PRESSURES.map(([, t]) => t)]);

function planNode(name: string, view: View, env: PlanEnv, health: NodeHealth): Plan {
  const node = view.get('core/nodes', '', name);
  if (node === undefined) return NOTHING;
  const isSilent = health.isSilent(name);
  const conditions = isSilent ? unknownConditions(node, env.nowMs) : undefined;
  if (conditions !== undefined) {
    const wasReady = conditionOf(node, 'Ready')?.status === 'True';
    return { stages: [[conditionsPatch(node, conditions, wasReady)]] };
  }
  return { stages: [taintChanges(node, view, env.nowMs)] };
}

/** A pod on a node that was lost is not ready, until its kubelet says so anew. */
function planPod(namespace: string, name: string, view: View, env: PlanEnv): Plan {
  const pod = view.get('core/pods', namespace, name);
  return pod !== undefined && isWronglyReady(pod, nodeOf(pod, view))
    ? { stages: [[unready(pod, env.nowMs)]] }
    : NOTHING;
}

function nodeOf(pod: Pod, view: View): Stored<Node> | undefined {
  return view.get('core/nodes', '', pod.spec?.nodeName ?? '');
}

function isLost(node: Node): boolean {
  const status = conditionOf(node, 'Ready')?.status;
  return status !== undefined && status !== 'True';
}

function isWronglyReady(pod: Pod, node: Stored<Node> | undefined): boolean {
  if (node === undefined || !isLost(node)) return false;
  const ready = podCondition(pod, 'Ready');
  return ready?.status === 'True' && !isSaidSince(ready.lastTransitionTime, node);
}

/** A kubelet that says so after its node was lost lives, whatever became of its heartbeats: it is not contradicted. */
function isSaidSince(readyAt: string | undefined, node: Stored<Node>): boolean {
  const lostAt = conditionOf(node, 'Ready')?.lastTransitionTime;
  return readyAt !== undefined && lostAt !== undefined && readyAt >= lostAt;
}

/** The conditions of a silent node; undefined where they are written already. */
function unknownConditions(node: Stored<Node>, nowMs: number): NodeCondition[] | undefined {
  const now = timeText(nowMs);
  let changed = false;
  const conditions = (node.status?.conditions ?? []).map((condition) => {
    if (!isReported(condition.type) || condition.status === 'Unknown') return condition;
    changed = true;
    return {
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: now,
    };
  });
  for (const type of REPORTED) {
    if (conditions.some((condition) => condition.type === type)) continue;
    changed = true;
    conditions.push({
      type,
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: now,
    });
  }
  return changed ? conditions : undefined;
}

function isReported(type: string): boolean {
  return (REPORTED as readonly string[]).includes(type);
}

function conditionsPatch(
  node: Stored<Node>,
  conditions: NodeCondition[],
  wasReady: boolean,
): Change {
  const { name, uid, resourceVersion } = node.metadata;
  const note = `Node ${name} status is now: NodeNotReady`;
  return {
    type: 'patch',
    key: { resource: 'core/nodes', namespace: '', name },
    subresource: 'status',
    strategy: 'merge',
    patch: { metadata: { uid, resourceVersion }, status: { conditions } },
    ...(wasReady && { records: { done: normal(nodeReference(node), 'NodeNotReady', note) } }),
  };
}

function nodeReference({ metadata }: Stored<Node>) {
  return { kind: 'Node', apiVersion: 'v1', name: metadata.name, uid: metadata.uid };
}

/**
 * Brings the taints of this controller in line with the conditions; others' taints stay where they
 * are.
 */
function taintChanges(node: Stored<Node>, view: View, nowMs: number): readonly Change[] {
  const before = node.spec?.taints ?? [];
  const wanted = wantedTaints(node, view);
  const same = (a: Taint) => (b: Taint) => a.key === b.key && a.effect === b.effect;
  const kept = before.filter((taint) => !OWN_KEYS.has(taint.key) || wanted.some(same(taint)));
  const added = wanted
    .filter((taint) => !before.some(same(taint)))
    .map((taint) => ({ ...taint, timeAdded: timeText(nowMs) }));
  if (kept.length === before.length && added.length === 0) return [];
  const { name, uid, resourceVersion } = node.metadata;
  const taints = [...kept, ...added];
  return [
    {
      type: 'patch',
      key: { resource: 'core/nodes', namespace: '', name },
      strategy: 'merge',
      patch: {
        metadata: { uid, resourceVersion },
        spec: { taints: taints.length === 0 ? null : taints },
      },
    },
  ];
}

function wantedTaints(node: Stored<Node>, view: View): readonly Taint[] {
  const taints: Taint[] = [];
  for (const [type, key] of PRESSURES) {
    if (conditionOf(node, type)?.status === 'True') taints.push({ key, effect: 'NoSchedule' });
  }
  const key = lostTaint(node);
  if (key !== undefined) {
    taints.push({ key, effect: 'NoSchedule' });
    const isTainted = node.spec?.taints?.some((t) => t.key === key && t.effect === 'NoExecute');
    if (isTainted === true || mayEvict(node, view)) taints.push({ key, effect: 'NoExecute' });
  }
  if (node.spec?.unschedulable === true) taints.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  return taints;
}

function lostTaint(node: Node): string | undefined {
  const status = conditionOf(node, 'Ready')?.status;
  if (status === 'Unknown') return UNREACHABLE;
  return status === 'False' ? NOT_READY : undefined;
}

/** False where so many nodes are lost that the fault is likely not theirs. */
function mayEvict(node: Stored<Node>, view: View): boolean {
  const nodes = view.list('core/nodes');
  if (nodes.length > 1 && nodes.every(isLost)) return false;
  if (nodes.length > SMALL_CLUSTER_MAX) return true;
  const zone = node.metadata.labels?.[ZONE] ?? '';
  const inZone = nodes.filter(({ metadata }) => (metadata.labels?.[ZONE] ?? '') === zone);
  const lost = inZone.filter(isLost).length;
  const isPartial = lost > 2 && lost < inZone.length;
  return !(isPartial && lost / inZone.length >= UNHEALTHY_ZONE_SHARE);
}

function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

function unready(pod: Stored<Pod>, nowMs: number): Change {
  const { namespace = '', name, uid } = pod.metadata;
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: timeText(nowMs) };
  const regarding = { kind: 'Pod', apiVersion: 'v1', namespace, name, uid };
  return {
    type: 'patch',
    key: { resource: 'core/pods', namespace, name },
    subresource: 'status',
    strategy: 'strategic',
    patch: { metadata: { uid }, status: { conditions: [condition] } },
    records: { done: warning(regarding, 'NodeNotReady', 'Node is not ready') },
  };
}

function podKey({ metadata }: Stored<Pod>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The row of the table; `health` is read whenever a node is planned. */
export function nodeLifecycleController(health: NodeHealth): Controller {
  return {
    name: 'node-lifecycle-controller',
    component: 'node-controller',
    watches: {
      'core/nodes': (object, previous, view, deleted) => {
        const node = object as Stored<Node>;
        const before = previous as Stored<Node> | undefined;
        if (deleted || (before !== undefined && sameNode(before, node))) return [];
        const { name } = node.metadata;
        if (before === undefined || isLost(before) || !isLost(node)) return [name];
        const wrong = view.podsOnNode(name).filter((pod) => isWronglyReady(pod, node));
        return [name, ...wrong.map(podKey)];
      },
      'core/pods': (object, previous, view, deleted) => {
        const pod = object as Stored<Pod>;
        const before = (previous as Stored<Pod> | undefined)?.spec?.nodeName;
        if (deleted || before === pod.spec?.nodeName) return [];
        return isWronglyReady(pod, nodeOf(pod, view)) ? [podKey(pod)] : [];
      },
    },
    plan: (key, view, env) => {
      const [namespace = '', name] = key.split('/');
      if (name !== undefined) return planPod(namespace, name, view, env);
      return planNode(key, view, env, health);
    },
  };
}

/** True where a node update changed nothing that matters here: most only tell the time. */
function sameNode(a: Stored<Node>, b: Stored<Node>): boolean {
  const statuses = (node: Node) =>
    (node.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`).join();
  return (
    statuses(a) === statuses(b) &&
    a.spec?.unschedulable === b.spec?.unschedulable &&
    JSON.stringify(a.spec?.taints ?? []) === JSON.stringify(b.spec?.taints ?? [])
  );
}
