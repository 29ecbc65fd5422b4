/**
 * The pods of a DaemonSet: which nodes are to have one, which pod is meant for which node, and how
 * a pod is made that the scheduler can put on that node alone (`pkg/controller/daemon`).
 *
 * Never decides about updates.
 */
import type { Change } from '../api/change.ts';
import type {
  Affinity,
  ControllerRevision,
  DaemonSet,
  Node,
  Pod,
  PodSpec,
  Toleration,
} from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { namedNodes, requiredNodes } from '../scheduler/node-affinity.ts';
import { untolerated } from '../scheduler/taints.ts';
import { controllerReference, type OwnerKind, referenceTo } from './ownership.ts';
import { createPod, deletePod, isPodDeleting, isPodTerminal, podOf } from './pods.ts';
import { REVISION_LABEL } from './revisions.ts';
import { normal, warning } from './writes.ts';

export const DAEMON_SET: OwnerKind<'apps/daemonsets'> = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  resource: 'apps/daemonsets',
};

/** Copied into the label of the same meaning, which old clients look for. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

const exists = (key: string, effect: 'NoExecute' | 'NoSchedule'): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
});

/** What every daemon pod tolerates, besides what its template says. */
const TOLERATED: readonly Toleration[] = [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
];

/** The template's tolerations and those every daemon pod has. */
export function daemonTolerations(spec: PodSpec | undefined): Toleration[] {
  const own = spec?.tolerations ?? [];
  const added = spec?.hostNetwork
    ? [...TOLERATED, exists('network-unavailable', 'NoSchedule')]
    : TOLERATED;
  const isOwn = (toleration: Toleration) =>
    own.some(({ key, effect, operator }) => {
      const { key: k, effect: e, operator: o } = toleration;
      return key === k && effect === e && operator === o;
    });
  return [...own, ...added.filter((toleration) => !isOwn(toleration))];
}

/** What a node means to a DaemonSet. */
export interface Place {
  readonly node: Stored<Node>;
  /** A pod is to run here. */
  readonly shouldRun: boolean;
  /** A pod that is here already may stay. */
  readonly mayStay: boolean;
}

/** Judges nodes for a DaemonSet; works its selectors out once. */
export function placesOf(set: DaemonSet, nodes: readonly Stored<Node>[]): readonly Place[] {
  const spec = set.spec?.template.spec;
  const matches = requiredNodes({ spec } as Pod);
  const tolerations = daemonTolerations(spec);
  return nodes.map((node) => {
    const { name, labels = {} } = node.metadata as Stored<Node>['metadata'];
    const isNamed = !spec?.nodeName || spec.nodeName === name;
    if (!isNamed || (matches !== undefined && !matches({ name, labels }))) {
      return { node, shouldRun: false, mayStay: false };
    }
    const taints = node.spec?.taints ?? [];
    const repels = untolerated(taints, tolerations, ['NoExecute', 'NoSchedule']) !== undefined;
    const evicts = repels && untolerated(taints, tolerations, ['NoExecute']) !== undefined;
    return { node, shouldRun: !repels, mayStay: !evicts };
  });
}

/** The node a daemon pod is on or meant for. */
export function targetOf(pod: Pod): string {
  return pod.spec?.nodeName || ([...(namedNodes(pod) ?? [])][0] ?? '');
}

/**
 * Pods by the node they are on or meant for, oldest first; without those that have ended and are
 * being deleted.
 */
export function podsByNode(pods: readonly Stored<Pod>[]): ReadonlyMap<string, Stored<Pod>[]> {
  const byNode = new Map<string, Stored<Pod>[]>();
  for (const pod of pods) {
    if (isPodDeleting(pod) && isPodTerminal(pod)) continue;
    const node = targetOf(pod);
    const others = byNode.get(node);
    if (others === undefined) byNode.set(node, [pod]);
    else others.push(pod);
  }
  for (const list of byNode.values()) if (list.length > 1) list.sort(byAge);
  return byNode;
}

/** Assigned before unassigned, then oldest first. */
function byAge(a: Stored<Pod>, b: Stored<Pod>): number {
  const [left, right] = [a.metadata, b.metadata];
  if (!a.spec?.nodeName !== !b.spec?.nodeName) return a.spec?.nodeName ? -1 : 1;
  if (left.creationTimestamp !== right.creationTimestamp) {
    return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  }
  return left.name < right.name ? -1 : 1;
}

/** Makes creations of pods for nodes, from a revision. */
export function creator(
  set: Stored<DaemonSet>,
  revision: ControllerRevision,
): (node: string) => Change {
  const template = set.spec?.template ?? {};
  const spec = template.spec ?? { containers: [] };
  const tolerations = daemonTolerations(spec);
  const owner = controllerReference(DAEMON_SET, set);
  const regarding = referenceTo(DAEMON_SET, set);
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION];
  const labels = {
    [REVISION_LABEL]: hashOf(revision) ?? '',
    ...(generation !== undefined && { 'pod-template-generation': generation }),
  };
  const identity = { metadata: { generateName: `${set.metadata.name}-`, labels } };
  const records = {
    done: normal(regarding, 'SuccessfulCreate', 'Created pod: {name}'),
    failed: warning(regarding, 'FailedCreate', 'Error creating: {error}'),
  };
  return (node) => {
    const affinity = pinnedTo(node, spec.affinity);
    const pod = podOf({ ...template, spec: { ...spec, tolerations, affinity } }, identity, owner);
    return createPod(set.metadata.namespace ?? '', pod, records);
  };
}

/** The hash by which pods name a revision. */
export function hashOf(revision: ControllerRevision): string | undefined {
  return revision.metadata?.labels?.[REVISION_LABEL];
}

/**
 * Requires the node by name; takes the place of other required node terms, which the node has been
 * found to meet.
 */
function pinnedTo(node: string, affinity: Affinity | undefined): Affinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: [node] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

/** Deletes a pod of the set. */
export function deletionOf(set: Stored<DaemonSet>, pod: Stored<Pod>): Change {
  const regarding = referenceTo(DAEMON_SET, set);
  return deletePod(pod, {
    done: normal(regarding, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
    failed: warning(regarding, 'FailedDelete', 'Error deleting: {error}'),
  });
}
