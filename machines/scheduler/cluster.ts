/**
 * The cluster as the scheduler sees it: every node with the pods on it (bound or assumed), counted
 * incrementally.
 *
 * Owned by the scheduler's actor, read by `schedule`. Every pod is on one node at most; adding and
 * removing the same pod leaves nothing behind. Never reads the store or the clock.
 */
import type { Labels } from '../api/labels.ts';
import type { Node, Taint } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { type Amounts, addAmounts, allocatableOf, amountsOf } from './resources.ts';

/** One node and what is on it. */
export interface NodeInfo {
  readonly name: string;
  node: Stored<Node> | undefined;
  labels: Readonly<{ [key: string]: string }>;
  taints: readonly Taint[];
  allocatable: Amounts;
  podsMax: number;
  readonly pods: Map<string, PodInfo>;
  readonly requested: Amounts;
  readonly weighted: Amounts;
}

/** Pods with equal namespace and labels, counted by node: selectors look at each group once. */
export interface PodGroup {
  readonly namespace: string;
  readonly labels: Labels;
  readonly all: Map<NodeInfo, number>;
  /** Without pods that are being deleted. */
  readonly live: Map<NodeInfo, number>;
}

const NONE: readonly Taint[] = [];

/** See the top of this file. */
export class Cluster {
  /** Nodes that exist, in the order they were added. */
  nodes: NodeInfo[] = [];
  readonly groups = new Map<string, PodGroup>();
  /** Pods with any required or preferred (anti-)affinity term, and the node they are on. */
  readonly withAffinity = new Map<PodInfo, NodeInfo>();
  readonly withAntiAffinity = new Map<PodInfo, NodeInfo>();
  /** Pods waiting for victims to go, by key, and the node nominated for them. */
  readonly nominated = new Map<string, { readonly pod: PodInfo; readonly node: string }>();
  /** How many placed pods have each priority. */
  readonly priorities = new Map<number, number>();
  readonly #byName = new Map<string, NodeInfo>();
  readonly #nodeOfPod = new Map<string, { readonly pod: PodInfo; readonly node: NodeInfo }>();
  readonly #namespaces = new Map<string, Labels>();

  node(name: string): NodeInfo | undefined {
    const info = this.#byName.get(name);
    return info?.node === undefined ? undefined : info;
  }

  /** The pod with this key, where it is on a node. */
  placed(key: string): { readonly pod: PodInfo; readonly node: NodeInfo } | undefined {
    return this.#nodeOfPod.get(key);
  }

  setNode(node: Stored<Node>): void {
    const info = this.#infoOf(node.metadata.name);
    if (info.node === undefined) this.nodes.push(info);
    info.node = node;
    info.labels = node.metadata.labels ?? {};
    info.taints = node.spec?.taints ?? NONE;
    const { amounts, pods } = allocatableOf(node);
    info.allocatable = amounts;
    info.podsMax = pods;
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (info === undefined) return;
    info.node = undefined;
    this.nodes = this.nodes.filter((other) => other !== info);
    if (info.pods.size === 0) this.#byName.delete(name);
  }

  /**
   * Puts a pod on a node, taking it off another where it was; also before the node itself is known.
   */
  addPod(pod: PodInfo, nodeName: string): void {
    this.removePod(pod.key);
    const node = this.#infoOf(nodeName);
    node.pods.set(pod.key, pod);
    this.#nodeOfPod.set(pod.key, { pod, node });
    addAmounts(node.requested, pod.requests);
    addAmounts(node.weighted, pod.weights);
    this.priorities.set(pod.priority, (this.priorities.get(pod.priority) ?? 0) + 1);
    const group = this.#groupOf(pod);
    group.all.set(node, (group.all.get(node) ?? 0) + 1);
    if (!pod.terminating) group.live.set(node, (group.live.get(node) ?? 0) + 1);
    if (pod.antiAffinity.length > 0) this.withAntiAffinity.set(pod, node);
    if (hasAffinity(pod)) this.withAffinity.set(pod, node);
  }

  removePod(key: string): PodInfo | undefined {
    const placed = this.#nodeOfPod.get(key);
    if (placed === undefined) return undefined;
    const { pod, node } = placed;
    this.#nodeOfPod.delete(key);
    node.pods.delete(key);
    addAmounts(node.requested, pod.requests, -1);
    addAmounts(node.weighted, pod.weights, -1);
    decrement(this.priorities, pod.priority);
    const groupKey = groupKeyOf(pod);
    const group = this.groups.get(groupKey);
    if (group !== undefined) {
      decrement(group.all, node);
      if (!pod.terminating) decrement(group.live, node);
      if (group.all.size === 0) this.groups.delete(groupKey);
    }
    this.withAntiAffinity.delete(pod);
    this.withAffinity.delete(pod);
    if (node.node === undefined && node.pods.size === 0) this.#byName.delete(node.name);
    return pod;
  }

  setNamespace(name: string, labels: Labels): void {
    this.#namespaces.set(name, labels);
  }

  removeNamespace(name: string): void {
    this.#namespaces.delete(name);
  }

  readonly namespaceLabels = (name: string): Labels => this.#namespaces.get(name);

  #infoOf(name: string): NodeInfo {
    let info = this.#byName.get(name);
    if (info === undefined) {
      info = {
        name,
        node: undefined,
        labels: {},
        taints: NONE,
        allocatable: amountsOf(undefined),
        podsMax: 0,
        pods: new Map(),
        requested: amountsOf(undefined),
        weighted: amountsOf(undefined),
      };
      this.#byName.set(name, info);
    }
    return info;
  }

  #groupOf(pod: PodInfo): PodGroup {
    const key = groupKeyOf(pod);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { namespace: pod.namespace, labels: pod.labels, all: new Map(), live: new Map() };
      this.groups.set(key, group);
    }
    return group;
  }
}

/** True where any port of the pod is taken on the node; 0.0.0.0 stands for every address. */
export function portsClash(wanted: readonly HostPort[], node: NodeInfo): boolean {
  if (wanted.length === 0) return false;
  for (const pod of node.pods.values()) {
    for (const used of pod.ports) {
      if (wanted.some((port) => clash(port, used))) return true;
    }
  }
  return false;
}

function clash(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}

function hasAffinity(pod: PodInfo): boolean {
  return (
    pod.affinity.length > 0 ||
    pod.antiAffinity.length > 0 ||
    pod.preferredAffinity.length > 0 ||
    pod.preferredAntiAffinity.length > 0
  );
}

const groupKeys = new WeakMap<PodInfo, string>();

function groupKeyOf(pod: PodInfo): string {
  let key = groupKeys.get(pod);
  if (key === undefined) {
    const pairs = Object.entries(pod.labels).sort(([a], [b]) => (a < b ? -1 : 1));
    key = `${pod.namespace}|${pairs.map(([name, value]) => `${name}=${value}`).join(',')}`;
    groupKeys.set(pod, key);
  }
  return key;
}

function decrement<K>(counts: Map<K, number>, key: K): void {
  const count = (counts.get(key) ?? 0) - 1;
  if (count <= 0) counts.delete(key);
  else counts.set(key, count);
}
