/**
 * The filter plug-ins of the default profile, in its order. Each is given a pod and the cluster,
 * and answers with a function that judges one node, or with nothing where the pod does not concern
 * it. Reasons are Kubernetes' texts.
 */
import type { Cluster, NodeInfo } from './cluster.ts';
import { portsClash } from './cluster.ts';
import { filterInterPodAffinity } from './inter-pod-affinity.ts';
import type { PodInfo } from './pod-info.ts';
import { untolerated } from './taints.ts';
import { filterTopologySpread } from './topology-spread.ts';

/** Why a node was refused. */
export interface Refusal {
  readonly plugin: PluginName;
  readonly reasons: readonly string[];
  /** False where removing pods cannot help, so that preemption does not look at the node. */
  readonly resolvable: boolean;
}

export type PluginName =
  | 'NodeUnschedulable'
  | 'NodeName'
  | 'TaintToleration'
  | 'NodeAffinity'
  | 'NodePorts'
  | 'NodeResourcesFit'
  | 'PodTopologySpread'
  | 'InterPodAffinity';

/** Judges one node: undefined where the pod may go there. */
export type NodeFilter = (node: NodeInfo) => Refusal | undefined;

/** Prepares a filter for one pod; undefined where every node passes. */
export type FilterPlugin = (pod: PodInfo, cluster: Cluster) => NodeFilter | undefined;

const refusal = (plugin: PluginName, reason: string, resolvable: boolean): Refusal => ({
  plugin,
  reasons: [reason],
  resolvable,
});

const UNSCHEDULABLE_TAINT = {
  key: 'node.kubernetes.io/unschedulable',
  effect: 'NoSchedule',
} as const;
const UNSCHEDULABLE = refusal('NodeUnschedulable', 'node(s) were unschedulable', false);
const WRONG_NAME = refusal('NodeName', "node(s) didn't match the requested node name", false);
const TAINTED = refusal('TaintToleration', 'node(s) had untolerated taint(s)', false);
const WRONG_NODE = refusal(
  'NodeAffinity',
  "node(s) didn't match Pod's node affinity/selector",
  false,
);
const PORTS_TAKEN = refusal(
  'NodePorts',
  "node(s) didn't have free ports for the requested pod ports",
  true,
);

const nodeUnschedulable: FilterPlugin = (pod) => {
  if (untolerated([UNSCHEDULABLE_TAINT], pod.tolerations, ['NoSchedule']) === undefined) {
    return undefined;
  }
  return ({ node }) => (node?.spec?.unschedulable === true ? UNSCHEDULABLE : undefined);
};

const nodeName: FilterPlugin = ({ pod }) => {
  const wanted = pod.spec?.nodeName ?? '';
  return wanted === '' ? undefined : ({ name }) => (name === wanted ? undefined : WRONG_NAME);
};

const taintToleration: FilterPlugin = ({ tolerations }) => {
  return ({ taints }) => {
    if (taints.length === 0) return undefined;
    const taint = untolerated(taints, tolerations, ['NoSchedule', 'NoExecute']);
    return taint === undefined ? undefined : TAINTED;
  };
};

const nodeAffinity: FilterPlugin = ({ nodeMatch }) =>
  nodeMatch === undefined ? undefined : (node) => (nodeMatch(node) ? undefined : WRONG_NODE);

const nodePorts: FilterPlugin = ({ ports }) =>
  ports.length === 0 ? undefined : (node) => (portsClash(ports, node) ? PORTS_TAKEN : undefined);

const nodeResourcesFit: FilterPlugin = (pod) => {
  const { cpu, memory, ephemeral, scalars } = pod.requests;
  return (node) => {
    const { allocatable, requested } = node;
    const fits =
      node.pods.size < node.podsMax &&
      (cpu === 0 || cpu <= allocatable.cpu - requested.cpu) &&
      (memory === 0 || memory <= allocatable.memory - requested.memory) &&
      (ephemeral === 0 || ephemeral <= allocatable.ephemeral - requested.ephemeral);
    if (fits && scalars === undefined) return undefined;
    return lacking(pod, node);
  };
};

/** Every resource a node lacks; undefined where it lacks none. */
function lacking(pod: PodInfo, node: NodeInfo): Refusal | undefined {
  const { allocatable, requested } = node;
  const reasons: string[] = [];
  let everEnough = true;
  const check = (name: string, asked: number, has: number, used: number) => {
    if (asked === 0 || asked <= has - used) return;
    reasons.push(`Insufficient ${name}`);
    if (asked > has) everEnough = false;
  };
  if (node.pods.size + 1 > node.podsMax) reasons.push('Too many pods');
  const { cpu, memory, ephemeral, scalars } = pod.requests;
  check('cpu', cpu, allocatable.cpu, requested.cpu);
  check('memory', memory, allocatable.memory, requested.memory);
  check('ephemeral-storage', ephemeral, allocatable.ephemeral, requested.ephemeral);
  for (const [name, asked] of scalars ?? []) {
    check(name, asked, allocatable.scalars?.get(name) ?? 0, requested.scalars?.get(name) ?? 0);
  }
  if (reasons.length === 0) return undefined;
  return { plugin: 'NodeResourcesFit', reasons, resolvable: everEnough };
}

/** The filters, in the order of the default profile. */
export const FILTERS: readonly FilterPlugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  filterTopologySpread,
  filterInterPodAffinity,
];

/** One filter out of all that concern the pod; the first refusal counts. */
export function prepareFilters(pod: PodInfo, cluster: Cluster): NodeFilter {
  const filters = FILTERS.map((plugin) => plugin(pod, cluster)).filter((f) => f !== undefined);
  return (node) => {
    for (const filter of filters) {
      const refused = filter(node);
      if (refused !== undefined) return refused;
    }
    return undefined;
  };
}
