/**
 * The score plug-ins of the default profile and their weights. Pure.
 */
import type { NodeInfo } from './cluster.ts';
import { scoreInterPodAffinity } from './inter-pod-affinity.ts';
import type { PodInfo } from './pod-info.ts';
import { MAX_SCORE, type ScorePlugin } from './score.ts';
import { tolerates } from './taints.ts';
import { scoreTopologySpread } from './topology-spread.ts';

/** Fewer PreferNoSchedule taints that the pod does not tolerate are better. */
const taintToleration: ScorePlugin = (pod, _cluster, nodes) => {
  if (nodes.every(({ taints }) => taints.length === 0)) return undefined;
  const tolerations = pod.tolerations.filter(
    ({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule',
  );
  const counts = nodes.map(
    ({ taints }) =>
      taints.filter(
        (taint) =>
          taint.effect === 'PreferNoSchedule' && !tolerations.some((t) => tolerates(t, taint)),
      ).length,
  );
  const max = Math.max(...counts);
  return counts.map((count) =>
    max === 0 ? MAX_SCORE : MAX_SCORE - Math.floor((MAX_SCORE * count) / max),
  );
};

/** More weight of preferred node affinity terms is better. */
const nodeAffinity: ScorePlugin = (pod, _cluster, nodes) => {
  const preferred = pod.preferredNodes;
  if (preferred.length === 0) return undefined;
  const sums = nodes.map((node) =>
    preferred.reduce((sum, { weight, matches }) => sum + (matches(node) ? weight : 0), 0),
  );
  const max = Math.max(...sums);
  return sums.map((sum) => (max === 0 ? 0 : Math.floor((MAX_SCORE * sum) / max)));
};

/** The more CPU and memory stay free, the better: LeastAllocated. */
const nodeResourcesFit: ScorePlugin = ({ weights }, _cluster, nodes) =>
  nodes.map(({ allocatable, weighted }) => {
    let sum = 0;
    let resources = 0;
    if (allocatable.cpu > 0) {
      sum += free(allocatable.cpu, weighted.cpu + weights.cpu);
      resources++;
    }
    if (allocatable.memory > 0) {
      sum += free(allocatable.memory, weighted.memory + weights.memory);
      resources++;
    }
    return resources === 0 ? 0 : Math.floor(sum / resources);
  });

function free(capacity: number, used: number): number {
  return used > capacity ? 0 : Math.floor(((capacity - used) * MAX_SCORE) / capacity);
}

/** CPU and memory used to the same degree are best. */
const nodeResourcesBalancedAllocation: ScorePlugin = (pod, _cluster, nodes) => {
  const { cpu, memory } = pod.requests;
  if (cpu === 0 && memory === 0) return undefined;
  return nodes.map((node) => balance(node, pod));
};

function balance({ allocatable, requested }: NodeInfo, { requests }: PodInfo): number {
  if (allocatable.cpu === 0 || allocatable.memory === 0) return MAX_SCORE;
  const cpu = Math.min(1, (requested.cpu + requests.cpu) / allocatable.cpu);
  const memory = Math.min(1, (requested.memory + requests.memory) / allocatable.memory);
  return Math.floor((1 - Math.abs((cpu - memory) / 2)) * MAX_SCORE);
}

const MIB = 1024 * 1024;
const IMAGE_MIN = 23 * MIB;
const IMAGE_PER_CONTAINER_MAX = 1000 * MIB;

/** Nodes that have the pod's images already are better, the more the larger the images. */
const imageLocality: ScorePlugin = ({ pod }, _cluster, nodes) => {
  if (nodes.every(({ node }) => (node?.status?.images ?? []).length === 0)) return undefined;
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const wanted = [...containers, ...initContainers].map(({ image = '' }) => normalizeImage(image));
  const sizes = nodes.map(imageSizes);
  const max = IMAGE_PER_CONTAINER_MAX * wanted.length;
  return sizes.map((has) => {
    let sum = 0;
    for (const image of wanted) {
      const size = has.get(image);
      if (size === undefined) continue;
      const holders = sizes.filter((other) => other.has(image)).length;
      sum += Math.floor(size * (holders / nodes.length));
    }
    const clamped = Math.min(Math.max(sum, IMAGE_MIN), max);
    return Math.floor((MAX_SCORE * (clamped - IMAGE_MIN)) / (max - IMAGE_MIN));
  });
};

function imageSizes({ node }: NodeInfo): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { names = [], sizeBytes = 0 } of node?.status?.images ?? []) {
    for (const name of names) sizes.set(normalizeImage(name), sizeBytes);
  }
  return sizes;
}

function normalizeImage(name: string): string {
  return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : `${name}:latest`;
}

/** The score plug-ins and their weights in the default profile. */
export const SCORES: readonly { readonly weight: number; readonly plugin: ScorePlugin }[] = [
  { weight: 3, plugin: taintToleration },
  { weight: 2, plugin: nodeAffinity },
  { weight: 1, plugin: nodeResourcesFit },
  { weight: 2, plugin: scoreTopologySpread },
  { weight: 2, plugin: scoreInterPodAffinity },
  { weight: 1, plugin: nodeResourcesBalancedAllocation },
  { weight: 1, plugin: imageLocality },
];
