/**
 * Why workloads are not settled: their status does not tell what is, or what is is not what was asked for.
 *
 * Never asks for more pods than fit: a workload with pods that wait for room for good reason is settled where its
 * status says so.
 */
import type {
  DaemonSet,
  Deployment,
  Job,
  Node,
  ObjectMeta,
  Pod,
  ReplicaSet,
  StatefulSet,
} from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import {
  as,
  conditionOf,
  controllerOf,
  DAEMON_SETS,
  DEPLOYMENTS,
  isActive,
  isDeleting,
  isReady,
  isTerminal,
  JOBS,
  NODES,
  nameOf,
  REPLICA_SETS,
  STATEFUL_SETS,
  sizeOf,
} from './objects/read.ts';
import type { PodIndex, Say } from './settled-index.ts';

const TRACKING = 'batch.kubernetes.io/job-tracking';
const CONTROLLERS_OF_REPLICAS = [REPLICA_SETS, 'core/replicationcontrollers'] as const;

/** Says of every workload what is not as it should be. */
export function unsettledWorkloads(pods: PodIndex, say: Say): void {
  const sets = new Map<string, Stored<ReplicaSet>[]>();
  for (const resource of CONTROLLERS_OF_REPLICAS) {
    for (const set of live<ReplicaSet>(pods, resource)) {
      const owner = controllerOf(set)?.uid ?? '';
      sets.set(owner, [...(sets.get(owner) ?? []), set]);
      replicaSet(set, pods, about(resource, set, say));
    }
  }
  for (const one of live<Deployment>(pods, DEPLOYMENTS)) {
    deployment(one, sets.get(one.metadata.uid) ?? [], pods, about(DEPLOYMENTS, one, say));
  }
  for (const one of live<StatefulSet>(pods, STATEFUL_SETS)) {
    statefulSet(one, pods, about(STATEFUL_SETS, one, say));
  }
  for (const one of live<DaemonSet>(pods, DAEMON_SETS)) {
    daemonSet(one, pods, about(DAEMON_SETS, one, say));
  }
  for (const one of live<Job>(pods, JOBS)) job(one, pods, about(JOBS, one, say));
}

type Tell = (what: string) => void;

function about(resource: string, object: { readonly metadata: ObjectMeta }, say: Say): Tell {
  return (what) => say(`${resource} ${nameOf(object)}: ${what}`);
}

function* live<T>({ picture }: PodIndex, resource: string): Generator<Stored<T>> {
  for (const held of picture.list(resource)) {
    if (!isDeleting(held.object)) yield as<T>(held) as Stored<T>;
  }
}

interface Observed {
  readonly metadata: { readonly generation?: number | undefined };
  readonly status?: { readonly observedGeneration?: number | undefined } | undefined;
}

/** False, and said, where the newest generation was not observed. */
function isObserved({ metadata, status }: Observed, tell: Tell): boolean {
  const [generation, observed] = [metadata.generation ?? 0, status?.observedGeneration ?? 0];
  if (observed === generation) return true;
  tell(`generation ${generation} and observed ${observed}`);
  return false;
}

function expect(tell: Tell, what: string, is: number | undefined, wanted: number): void {
  if ((is ?? 0) !== wanted) tell(`${what} is ${is ?? 0}, not ${wanted}`);
}

function replicaSet(set: Stored<ReplicaSet>, pods: PodIndex, tell: Tell): void {
  if (!isObserved(set, tell)) return;
  const own = pods.ownedBy(set.metadata.uid);
  const active = own.filter(isActive);
  const wanted = sizeOf(set);
  if (active.length !== wanted) tell(`has ${active.length} pods, not ${wanted}`);
  const { status } = set;
  expect(tell, 'status.replicas', status?.replicas, active.length);
  expect(tell, 'status.readyReplicas', status?.readyReplicas, active.filter(isReady).length);
  const waiting = active.filter((pod) => pods.waits(pod)).length;
  expect(tell, 'status.availableReplicas', status?.availableReplicas, active.length - waiting);
  const terminating = own.filter((pod) => isDeleting(pod) && !isTerminal(pod)).length;
  if (status?.terminatingReplicas !== undefined) {
    expect(tell, 'status.terminatingReplicas', status.terminatingReplicas, terminating);
  }
  if (conditionOf(set, 'ReplicaFailure') === 'True') tell('has condition ReplicaFailure');
}

function deployment(
  one: Stored<Deployment>,
  sets: readonly Stored<ReplicaSet>[],
  pods: PodIndex,
  tell: Tell,
): void {
  if (!isObserved(one, tell)) return;
  const { status, spec } = one;
  const total = (value: (set: Stored<ReplicaSet>) => number | undefined) =>
    sets.reduce((sum, set) => sum + (value(set) ?? 0), 0);
  expect(
    tell,
    'status.replicas',
    status?.replicas,
    total((set) => set.status?.replicas),
  );
  const available = total((set) => set.status?.availableReplicas);
  expect(tell, 'status.availableReplicas', status?.availableReplicas, available);
  expect(
    tell,
    'status.readyReplicas',
    status?.readyReplicas,
    total((set) => set.status?.readyReplicas),
  );
  const terminating = total((set) => set.status?.terminatingReplicas);
  expect(tell, 'status.terminatingReplicas', status?.terminatingReplicas, terminating);
  const isShort = sets.some((set) => pods.ownedBy(set.metadata.uid).some((pod) => pods.waits(pod)));
  if (isShort || spec?.paused === true) return;
  const wanted = sizeOf(one);
  expect(tell, 'status.replicas', status?.replicas, wanted);
  expect(tell, 'status.updatedReplicas', status?.updatedReplicas, wanted);
  expect(tell, 'status.availableReplicas', status?.availableReplicas, wanted);
  expect(tell, 'status.unavailableReplicas', status?.unavailableReplicas, 0);
  if (conditionOf(one, 'Available') !== 'True') tell('is not Available');
  const large = sets.filter((set) => sizeOf(set) > 0);
  if (wanted > 0 && large.length !== 1) tell(`has ${large.length} replica sets with pods, not 1`);
}

function statefulSet(one: Stored<StatefulSet>, pods: PodIndex, tell: Tell): void {
  if (!isObserved(one, tell)) return;
  const { status, spec } = one;
  const own = pods.ownedBy(one.metadata.uid);
  const wanted = sizeOf(one);
  expect(tell, 'status.replicas', status?.replicas, own.length);
  expect(tell, 'status.readyReplicas', status?.readyReplicas, own.filter(isReady).length);
  if (own.some((pod) => pods.waits(pod))) return;
  if (own.length !== wanted) tell(`has ${own.length} pods, not ${wanted}`);
  expect(tell, 'status.readyReplicas', status?.readyReplicas, wanted);
  expect(tell, 'status.availableReplicas', status?.availableReplicas, wanted);
  if (spec?.updateStrategy?.type === 'OnDelete') return;
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const updated = Math.max(0, wanted - partition);
  if ((status?.updatedReplicas ?? 0) < updated) {
    tell(`status.updatedReplicas is ${status?.updatedReplicas ?? 0}, not ${updated}`);
  }
  if (partition === 0 && status?.currentRevision !== status?.updateRevision) {
    tell(`is of revision ${status?.currentRevision}, not ${status?.updateRevision}`);
  }
}

function daemonSet(one: Stored<DaemonSet>, pods: PodIndex, tell: Tell): void {
  if (!isObserved(one, tell)) return;
  const { status, spec } = one;
  const own = pods.ownedBy(one.metadata.uid);
  const desired = status?.desiredNumberScheduled ?? 0;
  const nodes = nodesFor(one, pods);
  if (nodes !== undefined) expect(tell, 'status.desiredNumberScheduled', desired, nodes);
  expect(tell, 'status.currentNumberScheduled', status?.currentNumberScheduled, desired);
  expect(tell, 'status.numberReady', status?.numberReady, own.filter(isReady).length);
  if (own.some((pod) => pods.waits(pod))) return;
  expect(tell, 'status.numberAvailable', status?.numberAvailable, desired);
  if (spec?.updateStrategy?.type !== 'OnDelete') {
    expect(tell, 'status.updatedNumberScheduled', status?.updatedNumberScheduled, desired);
  }
}

/** How many nodes surely get a pod; undefined where the template or taints choose among them. */
function nodesFor({ spec }: DaemonSet, { picture }: PodIndex): number | undefined {
  const { nodeSelector = {}, affinity, nodeName } = spec?.template.spec ?? {};
  if (affinity !== undefined || nodeName || Object.keys(nodeSelector).length > 0) return undefined;
  let count = 0;
  for (const held of picture.list(NODES)) {
    const taints = (as<Node>(held) as Stored<Node>).spec?.taints ?? [];
    if (taints.some(({ key }) => key !== 'node.kubernetes.io/unschedulable')) return undefined;
    count += 1;
  }
  return count;
}

function job(one: Stored<Job>, pods: PodIndex, tell: Tell): void {
  const { status, spec } = one;
  const own = pods.ownedBy(one.metadata.uid);
  const active = own.filter(isActive);
  const isOver = conditionOf(one, 'Complete') === 'True' || conditionOf(one, 'Failed') === 'True';
  expect(tell, 'status.active', status?.active, isOver ? 0 : active.length);
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  const uncounted = succeeded.length + failed.length;
  if (uncounted > 0) tell(`has ${uncounted} pods that are not counted yet`);
  const held = own.filter((pod) => isTerminal(pod) && isHeld(pod)).length;
  if (held > 0 && (isOver || spec?.backoffLimitPerIndex === undefined)) {
    tell(`has ${held} ended pods with their finalizer`);
  }
  if (isOver) {
    if (active.length > 0) tell(`is over and has ${active.length} active pods`);
    return;
  }
  expect(tell, 'status.ready', status?.ready, active.filter(isReady).length);
  if (spec?.suspend === true) {
    expect(tell, 'active pods', active.length, 0);
    return;
  }
  const { completions, parallelism = 1 } = spec ?? {};
  const done = status?.succeeded ?? 0;
  if (completions !== undefined && done >= completions) tell('has succeeded and is not Complete');
  const wanted =
    completions === undefined ? parallelism : Math.min(parallelism, completions - done);
  // After failures the next pod is made later and later: that is as it should be.
  const mayBeFewer = (status?.failed ?? 0) > 0 || (completions === undefined && done > 0);
  if (active.length > wanted || (active.length < wanted && !mayBeFewer)) {
    tell(`has ${active.length} active pods, not ${wanted}`);
  }
}

function isHeld({ metadata }: Pod): boolean {
  return metadata?.finalizers?.includes(TRACKING) === true;
}
