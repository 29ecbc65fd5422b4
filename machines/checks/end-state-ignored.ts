/**
 * What is left out when two end states are compared, each with its reason.
 *
 * Never leaves out what a user asked for.
 */
import type { Job, Pod, ReplicaSet } from '../api/types.ts';
import type { AnyObject, Stored } from '../api/view.ts';
import { controllerOf, isTerminal, sizeOf } from './objects/read.ts';

/** A field that two runs may differ in. */
export interface IgnoredField {
  /** Path with dots; `[]` stands for every item of a list. */
  readonly path: string;
  /** Resources it is ignored in; undefined: all. */
  readonly resource: string | undefined;
  readonly reason: string;
}

const everywhere = (path: string, reason: string): IgnoredField => ({
  path,
  resource: undefined,
  reason,
});
const of = (resource: string, path: string, reason: string): IgnoredField => ({
  path,
  resource,
  reason,
});

const COUNTS = 'counts the faults a run had, not what it came to';
const TIMES = 'a time';
const PLACES = 'where a pod lands depends on who was there';
const DRAWN = 'drawn at random';
const HISTORY = 'a template that is replaced before anybody acts on it leaves no trace';
const UID_LABELS = ['controller-uid', 'batch.kubernetes.io/controller-uid'] as const;

/** Everything that is not compared, and why. */
export const IGNORED_FIELDS: readonly IgnoredField[] = [
  everywhere('metadata.uid', DRAWN),
  everywhere('metadata.resourceVersion', 'counts writes'),
  everywhere('metadata.creationTimestamp', TIMES),
  everywhere('metadata.managedFields', 'tells times, and who came first'),
  everywhere('metadata.generateName', 'is in the name'),
  everywhere('metadata.ownerReferences[].uid', DRAWN),
  ...UID_LABELS.flatMap((label) => [
    everywhere(`metadata.labels.${label}`, DRAWN),
    of('batch/jobs', `spec.selector.matchLabels.${label}`, DRAWN),
    of('batch/jobs', `spec.template.metadata.labels.${label}`, DRAWN),
  ]),
  everywhere('metadata.annotations.deployment.kubernetes.io/revision', HISTORY),
  everywhere('status.conditions[].lastTransitionTime', TIMES),
  everywhere('status.conditions[].lastUpdateTime', TIMES),
  everywhere('status.conditions[].lastHeartbeatTime', TIMES),
  everywhere('status.conditions[].lastProbeTime', TIMES),
  everywhere('status.conditions[].message', 'names what was drawn, or tells counts'),
  of('core/pods', 'spec.nodeName', PLACES),
  of('core/pods', 'spec.volumes', 'the name of the token volume is drawn'),
  of('core/pods', 'spec.containers[].volumeMounts', 'the name of the token volume is drawn'),
  of('core/pods', 'spec.initContainers[].volumeMounts', 'the name of the token volume is drawn'),
  of('core/pods', 'spec.affinity', 'a daemon pod names its node in it'),
  of('core/pods', 'status.hostIP', PLACES),
  of('core/pods', 'status.hostIPs', PLACES),
  of('core/pods', 'status.podIP', 'addresses are given out in the order of starts'),
  of('core/pods', 'status.podIPs', 'addresses are given out in the order of starts'),
  of('core/pods', 'status.startTime', TIMES),
  of('core/pods', 'status.containerStatuses', `${COUNTS}: restarts, ids, last states`),
  of('core/pods', 'status.initContainerStatuses', `${COUNTS}: restarts, ids, last states`),
  of('core/pods', 'status.nominatedNodeName', PLACES),
  of('core/nodes', 'spec.podCIDR', 'given out in the order of registration'),
  of('core/nodes', 'spec.podCIDRs', 'given out in the order of registration'),
  of('core/nodes', 'status.images', 'depends on the pods that ran here'),
  of('core/nodes', 'status.nodeInfo', 'tells of the machine and its boot'),
  of('core/nodes', 'status.conditions[].reason', 'tells how the node came to be as it is'),
  of('core/services', 'spec.clusterIP', DRAWN),
  of('core/services', 'spec.clusterIPs', DRAWN),
  of('core/services', 'spec.ports[].nodePort', DRAWN),
  of('core/services', 'spec.healthCheckNodePort', DRAWN),
  of('core/namespaces', 'status.conditions', 'tells of a deletion under way'),
  of('apps/deployments', 'metadata.generation', 'annotations that note a rollout count as well'),
  of('apps/deployments', 'status.observedGeneration', 'follows the generation'),
  of('apps/deployments', 'status.collisionCount', COUNTS),
  of('apps/deployments', 'status.conditions[].reason', 'tells the last step of a rollout'),
  of('apps/replicasets', 'metadata.generation', 'counts the steps of a rollout'),
  of('apps/replicasets', 'metadata.annotations', 'note the sizes of the last step'),
  of('apps/replicasets', 'status.observedGeneration', 'follows the generation'),
  of('apps/statefulsets', 'status.collisionCount', COUNTS),
  of('apps/daemonsets', 'status.collisionCount', COUNTS),
  of('batch/jobs', 'status.failed', COUNTS),
  of('batch/jobs', 'status.startTime', TIMES),
  of('batch/jobs', 'status.completionTime', TIMES),
  of('batch/cronjobs', 'status.lastScheduleTime', TIMES),
  of('batch/cronjobs', 'status.lastSuccessfulTime', TIMES),
  of('batch/cronjobs', 'status.active', 'names jobs by the time they began'),
  of('policy/poddisruptionbudgets', 'status.disruptedPods', 'names of pods, which are drawn'),
];

/** Conditions that are left out, by type. */
export const IGNORED_CONDITIONS: Readonly<Record<string, string>> = {
  DisruptionTarget: 'tells of an eviction that was meant and did not come about',
};

/** Resources that are left out whole, with the reason. */
export const IGNORED_RESOURCES: Readonly<Record<string, string>> = {
  'core/events': 'tell what happened on the way',
  'events.k8s.io/events': 'tell what happened on the way',
  'coordination.k8s.io/leases': 'tell who leads, and times',
  'discovery.k8s.io/endpointslices': 'made of addresses; compared as the ready pods of services',
  'core/endpoints': 'made of addresses; compared as the ready pods of services',
  'networking.k8s.io/ipaddresses': 'named by the addresses of services, which are drawn',
  'core/secrets': 'hold what is drawn',
  'apps/controllerrevisions': HISTORY,
};

/** Single objects that are left out. */
export const IGNORED_OBJECTS: readonly {
  readonly reason: string;
  readonly applies: (resource: string, object: Stored<AnyObject>) => boolean;
}[] = [
  {
    reason: 'ended pods are kept for people to look at, or not; Jobs tell how many there were',
    applies: (resource, object) => resource === 'core/pods' && isTerminal(object as Stored<Pod>),
  },
  {
    reason: 'a pod that no controller keeps goes with its node, and nobody makes it anew',
    applies: (resource, object) => resource === 'core/pods' && controllerOf(object) === undefined,
  },
  {
    reason: HISTORY,
    applies: (resource, object) =>
      resource === 'apps/replicasets' &&
      controllerOf(object)?.kind === 'Deployment' &&
      sizeOf(object as Stored<ReplicaSet>) === 0,
  },
  {
    reason: 'a Job with a time to live goes by the clock, from when it has finished',
    applies: (resource, object) =>
      resource === 'batch/jobs' &&
      (object as Stored<Job>).spec?.ttlSecondsAfterFinished !== undefined,
  },
  {
    reason: 'jobs of a CronJob, and their pods, are made by the clock and kept by number',
    applies: (resource, object) => {
      const owner = controllerOf(object);
      const isTimed = owner?.kind === 'Job' && /-\d{8}$/.test(owner.name);
      return owner?.kind === 'CronJob' || (resource === 'core/pods' && isTimed);
    },
  },
];
