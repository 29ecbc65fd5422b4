/**
 * PodTopologySpread: keeps the pods a selector matches even over the values of a node label. Pure.
 *
 * Counts by groups of equal pods, so its cost grows with workloads and nodes, not with pods.
 */
import type { Cluster, NodeInfo } from './cluster.ts';
import type { FilterPlugin, Refusal } from './filters.ts';
import type { LabelMatch, PodInfo, SpreadConstraint } from './pod-info.ts';
import { MAX_SCORE, type ScorePlugin } from './score.ts';
import { untolerated } from './taints.ts';

export const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

const MISSING_LABEL: Refusal = {
  plugin: 'PodTopologySpread',
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  resolvable: false,
};
const SKEWED: Refusal = {
  plugin: 'PodTopologySpread',
  reasons: ["node(s) didn't match pod topology spread constraints"],
  resolvable: true,
};

/** Refuses nodes on which the pod would make the spread more uneven than its constraints allow. */
export const filterTopologySpread: FilterPlugin = (pod, cluster) => {
  const constraints = pod.hardSpread;
  if (constraints.length === 0) return undefined;
  const spreads = constraints.map((constraint) => {
    const counts = countDomains(pod, cluster, constraint, (node) => hasKeys(node, constraints));
    const minimum = counts.size < constraint.minDomains ? 0 : smallest(counts.values());
    return { constraint, counts, minimum, self: constraint.matches(pod.labels) ? 1 : 0 };
  });
  return (node) => {
    for (const { constraint, counts, minimum, self } of spreads) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined) return MISSING_LABEL;
      if ((counts.get(value) ?? 0) + self - minimum > constraint.maxSkew) return SKEWED;
    }
    return undefined;
  };
};

/**
 * Prefers nodes in whose domains fewer matching pods run, by the pod's soft constraints or the
 * default ones.
 */
export const scoreTopologySpread: ScorePlugin = (pod, cluster, nodes, defaultSelector) => {
  const own = pod.softSpread.length > 0 || pod.hardSpread.length > 0;
  const constraints = own ? pod.softSpread : defaultConstraints(defaultSelector);
  if (constraints.length === 0) return undefined;
  const scored = (node: NodeInfo) => !own || hasKeys(node, constraints);
  const raw = new Array<number>(nodes.length).fill(0);
  for (const constraint of constraints) {
    addConstraint(raw, pod, cluster, nodes, constraint, scored);
  }
  return normalize(raw, nodes, scored);
};

function addConstraint(
  raw: number[],
  pod: PodInfo,
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  constraint: SpreadConstraint,
  scored: (node: NodeInfo) => boolean,
): void {
  const { topologyKey } = constraint;
  const byHost = topologyKey === HOSTNAME;
  const domains = new Set<string>();
  let hosts = 0;
  for (const node of nodes) {
    if (!scored(node)) continue;
    hosts++;
    const value = node.labels[topologyKey];
    if (!byHost && value !== undefined) domains.add(value);
  }
  if (!byHost && domains.size === 0) return;
  const weight = Math.log((byHost ? hosts : domains.size) + 2);
  const counts = byHost ? undefined : countDomains(pod, cluster, constraint, scored);
  const perNode = byHost ? matchingGroups(pod, cluster, constraint.matches) : [];
  nodes.forEach((node, index) => {
    const value = node.labels[topologyKey];
    if (value === undefined || !scored(node)) return;
    let count = counts?.get(value) ?? 0;
    for (const group of perNode) count += group.get(node) ?? 0;
    raw[index] = (raw[index] as number) + count * weight + (constraint.maxSkew - 1);
  });
}

function normalize(
  raw: readonly number[],
  nodes: readonly NodeInfo[],
  scored: (node: NodeInfo) => boolean,
): number[] {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  const rounded = raw.map(Math.round);
  rounded.forEach((score, index) => {
    if (!scored(nodes[index] as NodeInfo)) return;
    min = Math.min(min, score);
    max = Math.max(max, score);
  });
  return rounded.map((score, index) => {
    if (!scored(nodes[index] as NodeInfo)) return 0;
    return max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - score)) / max);
  });
}

/** Matching live pods by the value of the constraint's node label; domains without pods count 0. */
function countDomains(
  pod: PodInfo,
  cluster: Cluster,
  constraint: SpreadConstraint,
  considered: (node: NodeInfo) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>();
  const eligible = (node: NodeInfo) => considered(node) && included(pod, constraint, node);
  for (const node of cluster.nodes) {
    const value = node.labels[constraint.topologyKey];
    if (value !== undefined && !counts.has(value) && eligible(node)) counts.set(value, 0);
  }
  for (const group of matchingGroups(pod, cluster, constraint.matches)) {
    for (const [node, count] of group) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined || node.node === undefined || !eligible(node)) continue;
      counts.set(value, (counts.get(value) ?? 0) + count);
    }
  }
  return counts;
}

function matchingGroups(
  pod: PodInfo,
  cluster: Cluster,
  matches: LabelMatch,
): ReadonlyMap<NodeInfo, number>[] {
  const found: ReadonlyMap<NodeInfo, number>[] = [];
  for (const group of cluster.groups.values()) {
    if (group.namespace === pod.namespace && group.live.size > 0 && matches(group.labels)) {
      found.push(group.live);
    }
  }
  return found;
}

/** The node inclusion policies of a constraint. */
function included(pod: PodInfo, constraint: SpreadConstraint, node: NodeInfo): boolean {
  if (constraint.honorsAffinity && pod.nodeMatch !== undefined && !pod.nodeMatch(node)) {
    return false;
  }
  if (!constraint.honorsTaints) return true;
  return untolerated(node.taints, pod.tolerations, ['NoSchedule', 'NoExecute']) === undefined;
}

function hasKeys(node: NodeInfo, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);
}

function smallest(values: Iterable<number>): number {
  let min = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < min) min = value;
  return min === Number.POSITIVE_INFINITY ? 0 : min;
}

/** What the default profile spreads by where a pod has no constraints of its own. */
function defaultConstraints(matches: LabelMatch | undefined): readonly SpreadConstraint[] {
  if (matches === undefined) return [];
  const common = { minDomains: 1, matches, honorsAffinity: true, honorsTaints: false };
  return [
    { ...common, topologyKey: HOSTNAME, maxSkew: 3 },
    { ...common, topologyKey: ZONE, maxSkew: 5 },
  ];
}
