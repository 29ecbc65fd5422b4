/**
 * InterPodAffinity: brings pods together in, or keeps them out of, the node label domains where
 * others run. Required anti-affinity is symmetric: pods already placed keep others away. Pure.
 */
import type { Cluster, NodeInfo, PodGroup } from './cluster.ts';
import type { FilterPlugin, Refusal } from './filters.ts';
import { type AffinityTerm, matchesTerm, type PodInfo } from './pod-info.ts';
import { MAX_SCORE, type ScorePlugin } from './score.ts';

const refusal = (reason: string, resolvable: boolean): Refusal => ({
  plugin: 'InterPodAffinity',
  reasons: [reason],
  resolvable,
});
const NO_FRIENDS = refusal("node(s) didn't match pod affinity rules", false);
const FOES = refusal("node(s) didn't match pod anti-affinity rules", true);
const KEPT_OUT = refusal("node(s) didn't satisfy existing pods anti-affinity rules", true);

/** How much a placed pod's required affinity counts when others are scored. */
const REQUIRED_WEIGHT = 1;

/** Counts by topology key and value. */
type Domains = Map<string, Map<string, number>>;

/** Refuses nodes that the pod's own terms, or the anti-affinity of placed pods, rule out. */
export const filterInterPodAffinity: FilterPlugin = (pod, cluster) => {
  const kept = keptOut(pod, cluster);
  const { affinity, antiAffinity } = pod;
  if (kept.size === 0 && affinity.length === 0 && antiAffinity.length === 0) return undefined;
  const friends: Domains = new Map();
  if (affinity.length > 0) {
    for (const group of groupsMatching(cluster, affinity)) {
      for (const term of affinity) addGroup(friends, term.topologyKey, group, 1);
    }
  }
  const foes: Domains = new Map();
  for (const term of antiAffinity) {
    for (const group of groupsMatching(cluster, [term])) {
      addGroup(foes, term.topologyKey, group, 1);
    }
  }
  const mayBeFirst =
    friends.size === 0 && affinity.every((term) => matchesTerm(term, pod, cluster.namespaceLabels));
  return (node) => {
    if (!hasFriends(node, affinity, friends, mayBeFirst)) return NO_FRIENDS;
    if (antiAffinity.some((term) => countAt(foes, term.topologyKey, node) > 0)) return FOES;
    for (const key of kept.keys()) if (countAt(kept, key, node) > 0) return KEPT_OUT;
    return undefined;
  };
};

function hasFriends(
  node: NodeInfo,
  terms: readonly AffinityTerm[],
  friends: Domains,
  mayBeFirst: boolean,
): boolean {
  let everywhere = true;
  for (const { topologyKey } of terms) {
    if (node.labels[topologyKey] === undefined) return false;
    if (countAt(friends, topologyKey, node) === 0) everywhere = false;
  }
  return everywhere || mayBeFirst;
}

/** Domains that the required anti-affinity of placed pods keeps this pod out of. */
function keptOut(pod: PodInfo, cluster: Cluster): Domains {
  const domains: Domains = new Map();
  for (const [other, node] of cluster.withAntiAffinity) {
    for (const term of other.antiAffinity) {
      if (matchesTerm(term, pod, cluster.namespaceLabels)) add(domains, term.topologyKey, node, 1);
    }
  }
  return domains;
}

/** Prefers nodes by the preferred terms of the pod, and of placed pods towards it. */
export const scoreInterPodAffinity: ScorePlugin = (pod, cluster, nodes) => {
  const domains: Domains = new Map();
  const namespaceLabels = cluster.namespaceLabels;
  for (const [list, sign] of [
    [pod.preferredAffinity, 1],
    [pod.preferredAntiAffinity, -1],
  ] as const) {
    for (const { weight, term } of list) {
      for (const group of groupsMatching(cluster, [term])) {
        addGroup(domains, term.topologyKey, group, sign * weight);
      }
    }
  }
  for (const [other, node] of cluster.withAffinity) {
    const addTerm = (term: AffinityTerm, weight: number) => {
      if (matchesTerm(term, pod, namespaceLabels)) add(domains, term.topologyKey, node, weight);
    };
    for (const term of other.affinity) addTerm(term, REQUIRED_WEIGHT);
    for (const { weight, term } of other.preferredAffinity) addTerm(term, weight);
    for (const { weight, term } of other.preferredAntiAffinity) addTerm(term, -weight);
  }
  if (domains.size === 0) return undefined;
  const raw = nodes.map((node) => {
    let sum = 0;
    for (const key of domains.keys()) sum += countAt(domains, key, node);
    return sum;
  });
  const min = raw.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = raw.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return raw.map((sum) => (max === min ? 0 : Math.floor((MAX_SCORE * (sum - min)) / (max - min))));
};

/** Groups of placed pods that match every one of the terms. */
function* groupsMatching(cluster: Cluster, terms: readonly AffinityTerm[]): Generator<PodGroup> {
  for (const group of cluster.groups.values()) {
    if (terms.every((term) => matchesTerm(term, group, cluster.namespaceLabels))) yield group;
  }
}

function addGroup(domains: Domains, topologyKey: string, group: PodGroup, weight: number): void {
  for (const [node, count] of group.all) add(domains, topologyKey, node, count * weight);
}

function add(domains: Domains, topologyKey: string, node: NodeInfo, amount: number): void {
  const value = node.labels[topologyKey];
  if (value === undefined) return;
  let counts = domains.get(topologyKey);
  if (counts === undefined) {
    counts = new Map();
    domains.set(topologyKey, counts);
  }
  counts.set(value, (counts.get(value) ?? 0) + amount);
}

function countAt(domains: Domains, topologyKey: string, node: NodeInfo): number {
  const value = node.labels[topologyKey];
  return value === undefined ? 0 : (domains.get(topologyKey)?.get(value) ?? 0);
}
