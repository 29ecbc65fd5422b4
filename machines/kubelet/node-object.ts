/**
 * The Node object and the Lease a kubelet keeps: what they say, computed from the node's
 * configuration. Pure.
 */
import type { Lease, Node, NodeCondition, NodeStatus, Taint } from '../api/types.ts';
import { PRESSURE_NAMES, PRESSURES, type Pressure } from './eviction.ts';
import { rfc3339, rfc3339Micro } from './time.ts';

/** What a node is; given by whoever starts it. */
export interface NodeConfig {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** Where pods get their addresses from: `127.128.1.0/24`. */
  readonly podCidr: string;
  readonly hostIp: string;
  /** cpu, memory, pods, ephemeral-storage as quantities. */
  readonly capacity: { readonly [resource: string]: string };
  readonly allocatable: { readonly [resource: string]: string };
  readonly info: NonNullable<NodeStatus['nodeInfo']>;
  /**
   * Milliseconds between heartbeats, between renewals of the Lease, and between unchanged status
   * reports.
   */
  readonly beatMs: number;
  readonly leaseMs: number;
  readonly statusMs: number;
  /** How long a pressure's condition outlasts it, and how often pods are evicted while it lasts. */
  readonly pressureTransitionMs?: number | undefined;
  readonly evictionMs?: number | undefined;
  /** Longest delay before a crashed container is started again; 5 minutes where absent. */
  readonly crashBackoffMaxMs?: number | undefined;
}

/** The conditions; `previous` keeps when each last changed. */
export function nodeConditions(
  ready: boolean,
  pressures: readonly Pressure[],
  previous: readonly NodeCondition[],
  nowMs: number,
): NodeCondition[] {
  const said: readonly (readonly [string, string, string, string])[] = [
    ...PRESSURE_NAMES.map((name) => {
      const { type, said } = PRESSURES[name];
      const under = pressures.includes(name);
      const { reason, message } = said[under ? 0 : 1];
      return [type, under ? 'True' : 'False', reason, message] as const;
    }),
    ready
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', 'node is shutting down'],
  ];
  const now = rfc3339(nowMs);
  return said.map(([type, status, reason, message]) => {
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  });
}

/** The status the kubelet reports. */
export function nodeStatus(
  config: NodeConfig,
  ready: boolean,
  pressures: readonly Pressure[],
  previous: readonly NodeCondition[],
  nowMs: number,
): NodeStatus {
  return {
    capacity: { ...config.capacity },
    allocatable: { ...config.allocatable },
    conditions: nodeConditions(ready, pressures, previous, nowMs),
    addresses: [
      { type: 'InternalIP', address: config.hostIp },
      { type: 'Hostname', address: config.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    nodeInfo: config.info,
  };
}

/** Labels every node has. */
export function nodeLabels(config: NodeConfig): { [key: string]: string } {
  const { operatingSystem: os, architecture: arch } = config.info;
  return {
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': os,
    'kubernetes.io/arch': arch,
    'kubernetes.io/hostname': config.name,
    'kubernetes.io/os': os,
    ...config.labels,
  };
}

/** The object as it is registered. */
export function newNode(config: NodeConfig, pressures: readonly Pressure[], nowMs: number): Node {
  const { name, annotations, taints, podCidr, unschedulable } = config;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: nodeLabels(config), annotations: { ...annotations } },
    spec: {
      podCIDR: podCidr,
      podCIDRs: [podCidr],
      ...(taints.length === 0 ? {} : { taints: [...taints] }),
      ...(unschedulable ? { unschedulable } : {}),
    },
    status: nodeStatus(config, true, pressures, [], nowMs),
  };
}

/** The Lease of a node, renewed now; its duration is four renewals. */
export function nodeLease(config: NodeConfig, nodeUid: string, nowMs: number): Lease {
  const { name, leaseMs } = config;
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid: nodeUid };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      ...(nodeUid === '' ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: Math.ceil((leaseMs * 4) / 1000),
      renewTime: rfc3339Micro(nowMs),
    },
  };
}
