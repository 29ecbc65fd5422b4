/**
 * What changes of the cluster may make an unschedulable pod schedulable: coarse queueing hints, by
 * the plug-ins that refused the pod. Pure.
 */
import type { Node, Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import type { PluginName } from './filters.ts';

/** Kinds of changes, coarse on purpose. */
export type ClusterChange =
  | 'node added'
  | 'node allocatable'
  | 'node labels'
  | 'node taints'
  | 'pod placed'
  | 'pod removed'
  | 'pod labels'
  | 'namespace labels';

const INTERESTS: { readonly [plugin in PluginName]: readonly ClusterChange[] } = {
  NodeUnschedulable: ['node added', 'node taints'],
  NodeName: ['node added'],
  TaintToleration: ['node added', 'node taints'],
  NodeAffinity: ['node added', 'node labels'],
  NodePorts: ['node added', 'pod removed'],
  NodeResourcesFit: ['node added', 'node allocatable', 'pod removed'],
  PodTopologySpread: [
    'node added',
    'node labels',
    'node taints',
    'pod placed',
    'pod removed',
    'pod labels',
  ],
  InterPodAffinity: [
    'node added',
    'node labels',
    'pod placed',
    'pod removed',
    'pod labels',
    'namespace labels',
  ],
};

/**
 * True where one of the changes may help a pod that these plug-ins refused; none named means any
 * change may.
 */
export function mayHelp(
  plugins: readonly PluginName[],
  changes: ReadonlySet<ClusterChange>,
): boolean {
  if (changes.size === 0) return false;
  if (plugins.length === 0) return true;
  return plugins.some((plugin) => INTERESTS[plugin].some((change) => changes.has(change)));
}

/** What an update of a node changed that scheduling looks at. */
export function nodeChanges(
  before: Stored<Node> | undefined,
  after: Stored<Node>,
): readonly ClusterChange[] {
  if (before === undefined) return ['node added'];
  const changes: ClusterChange[] = [];
  if (differs(before.status?.allocatable, after.status?.allocatable)) {
    changes.push('node allocatable');
  }
  if (differs(before.metadata.labels, after.metadata.labels)) changes.push('node labels');
  if (
    differs(before.spec?.taints, after.spec?.taints) ||
    (before.spec?.unschedulable ?? false) !== (after.spec?.unschedulable ?? false)
  ) {
    changes.push('node taints');
  }
  return changes;
}

/** True where a pod update changed nothing that scheduling looks at. */
export function isSamePod(before: Stored<Pod>, after: Stored<Pod>): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.metadata.generation === after.metadata.generation &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.spec?.nodeName === after.spec?.nodeName &&
    (before.status?.nominatedNodeName ?? '') === (after.status?.nominatedNodeName ?? '') &&
    isFinished(before) === isFinished(after) &&
    !differs(before.metadata.labels, after.metadata.labels) &&
    !differs(before.spec?.schedulingGates, after.spec?.schedulingGates)
  );
}

/** True for a pod that has ended and holds nothing on its node any more. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function differs(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}
