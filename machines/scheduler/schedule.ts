/**
 * Chooses a node for one pod: filters, scores, and breaks ties by a number from outside. Pure: it
 * reads the cluster and changes nothing, so the same cluster, pod and options give the same answer.
 */
import type { Cluster, NodeInfo } from './cluster.ts';
import { type NodeFilter, type PluginName, prepareFilters, type Refusal } from './filters.ts';
import type { LabelMatch, PodInfo } from './pod-info.ts';
import { SCORES } from './scores.ts';

/** Fewer nodes than this are never left out of the search. */
export const FEASIBLE_MIN = 100;
/** In large clusters at least this share of the nodes is searched. */
export const FEASIBLE_PERCENT_MIN = 5;

export interface ScheduleOptions {
  /** Index of the node to start the search with; rotates from pod to pod. */
  readonly start: number;
  /** Breaks ties between equally good nodes: a random number from 0 up to 1. */
  readonly draw: number;
  readonly defaultSelector?: LabelMatch | undefined;
}

/** Why no node was found. */
export interface Diagnosis {
  /** Nodes in the cluster. */
  readonly nodes: number;
  readonly refusals: ReadonlyMap<NodeInfo, Refusal>;
  /** Nodes that were not even looked at, with the reason counted for each. */
  readonly absent: { readonly count: number; readonly reason: string } | undefined;
  readonly plugins: ReadonlySet<PluginName>;
}

export type Scheduled =
  | { readonly ok: true; readonly node: string; readonly start: number }
  | { readonly ok: false; readonly diagnosis: Diagnosis; readonly start: number };

/** How many feasible nodes are enough. */
export function feasibleEnough(nodes: number): number {
  if (nodes < FEASIBLE_MIN) return nodes;
  const percent = Math.max(FEASIBLE_PERCENT_MIN, Math.trunc(50 - nodes / 125));
  return Math.max(FEASIBLE_MIN, Math.trunc((nodes * percent) / 100));
}

/** Chooses a node for a pod. */
export function schedule(pod: PodInfo, cluster: Cluster, options: ScheduleOptions): Scheduled {
  const filter = withNominated(pod, cluster, prepareFilters(pod, cluster));
  const nominated = cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  if (nominated !== undefined && filter(nominated) === undefined) {
    return { ok: true, node: nominated.name, start: options.start };
  }
  const { candidates, absent } = candidatesOf(pod, cluster);
  const refusals = new Map<NodeInfo, Refusal>();
  const feasible: NodeInfo[] = [];
  const enough = feasibleEnough(candidates.length);
  let looked = 0;
  while (looked < candidates.length && feasible.length < enough) {
    const node = candidates[(options.start + looked) % candidates.length] as NodeInfo;
    const refused = filter(node);
    if (refused === undefined) feasible.push(node);
    else refusals.set(node, refused);
    looked++;
  }
  const rotates = pod.nodeNames === undefined && candidates.length > 0;
  const start = rotates ? (options.start + looked) % candidates.length : options.start;
  if (feasible.length > 0) {
    return { ok: true, node: best(pod, cluster, feasible, options).name, start };
  }
  const plugins = new Set([...refusals.values()].map(({ plugin }) => plugin));
  if (absent !== undefined) plugins.add('NodeAffinity');
  return {
    ok: false,
    start,
    diagnosis: { nodes: cluster.nodes.length, refusals, absent, plugins },
  };
}

/** The nodes worth looking at: all, or those the pod names. */
function candidatesOf(
  pod: PodInfo,
  cluster: Cluster,
): { readonly candidates: readonly NodeInfo[]; readonly absent: Diagnosis['absent'] } {
  if (pod.nodeNames === undefined) return { candidates: cluster.nodes, absent: undefined };
  const candidates = [...pod.nodeNames]
    .map((name) => cluster.node(name))
    .filter((node) => node !== undefined);
  const count = cluster.nodes.length - candidates.length;
  const absent =
    count === 0 ? undefined : { count, reason: "node(s) didn't satisfy plugin(s) [NodeAffinity]" };
  return { candidates, absent };
}

/**
 * Where pods of equal or higher priority wait for victims on a node to go, a pod must fit both
 * beside them and without them.
 */
export function withNominated(pod: PodInfo, cluster: Cluster, filter: NodeFilter): NodeFilter {
  if (cluster.nominated.size === 0) return filter;
  return (node) => {
    const waiting = [...cluster.nominated.values()].filter(
      (other) =>
        other.node === node.name &&
        other.pod.key !== pod.key &&
        other.pod.priority >= pod.priority &&
        cluster.placed(other.pod.key) === undefined,
    );
    if (waiting.length === 0) return filter(node);
    for (const other of waiting) cluster.addPod(other.pod, node.name);
    const refused = prepareFilters(pod, cluster)(node);
    for (const other of waiting) cluster.removePod(other.pod.key);
    return refused ?? filter(node);
  };
}

function best(
  pod: PodInfo,
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  options: ScheduleOptions,
): NodeInfo {
  if (nodes.length === 1) return nodes[0] as NodeInfo;
  const totals = new Float64Array(nodes.length);
  for (const { weight, plugin } of SCORES) {
    const scores = plugin(pod, cluster, nodes, options.defaultSelector);
    if (scores === undefined) continue;
    for (let i = 0; i < scores.length; i++) totals[i]! += weight * (scores[i] as number);
  }
  let top = Number.NEGATIVE_INFINITY;
  let tied: NodeInfo[] = [];
  nodes.forEach((node, index) => {
    const total = totals[index] as number;
    if (total > top) {
      top = total;
      tied = [node];
    } else if (total === top) tied.push(node);
  });
  return tied[Math.floor(options.draw * tied.length)] as NodeInfo;
}

/**
 * The message of a pod that no node takes; `preemption` tells what preempting would have brought.
 */
export function refusalMessage(diagnosis: Diagnosis, preemption: string | undefined): string {
  if (diagnosis.nodes === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  const count = (reason: string, by: number) => counts.set(reason, (counts.get(reason) ?? 0) + by);
  for (const { reasons } of diagnosis.refusals.values()) {
    for (const reason of reasons) count(reason, 1);
  }
  if (diagnosis.absent !== undefined) count(diagnosis.absent.reason, diagnosis.absent.count);
  const head = nodesAvailable(diagnosis.nodes, counts);
  return preemption === undefined ? head : `${head} ${preemption}`;
}

/** `0/3 nodes are available: 1 reason, 2 other reason.` */
export function nodesAvailable(nodes: number, reasons: ReadonlyMap<string, number>): string {
  const head = `0/${nodes} nodes are available`;
  const texts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return texts.length === 0 ? `${head}.` : `${head}: ${texts.join(', ')}.`;
}
