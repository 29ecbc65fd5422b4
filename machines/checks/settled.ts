/**
 * Has the cluster converged? Eventually stable reconciliation: everywhere the status matches the spec, every
 * generation is observed, what is wanted is there and ready, and what is not is gone.
 *
 * Never judges by the controllers' own queues, and never by time but for leases: a state is settled or it is not.
 * Costs nothing where the revision has not moved since it was asked last.
 */
import type {
  CronJob,
  Lease,
  Namespace,
  Node,
  ObjectMeta,
  OwnerReference,
  Pod,
} from '../api/types.ts';
import type { AnyObject, Stored } from '../api/view.ts';
import type { Held, Picture } from './check.ts';
import {
  as,
  BUDGETS,
  conditionOf,
  DAEMON_SETS,
  DEPLOYMENTS,
  isDeleting,
  isReady,
  isTerminal,
  JOBS,
  keyOf,
  NAMESPACES,
  NODES,
  nameOf,
  PODS,
  REPLICA_SETS,
  SERVICES,
  SLICES,
  STATEFUL_SETS,
} from './objects/read.ts';
import { PodIndex, type Say } from './settled-index.ts';
import { unsettledServices } from './settled-services.ts';
import { unsettledWorkloads } from './settled-workloads.ts';

/** More reasons than this are not listed. */
export const REASONS_MAX = 50;

const CRON_JOBS = 'batch/cronjobs';
const LEASES = 'coordination.k8s.io/leases';
const LEADERS: ReadonlySet<string> = new Set(['kube-scheduler', 'kube-controller-manager']);
/** Taints that the cluster sets and takes off by itself. */
const PASSING_TAINTS: ReadonlySet<string> = new Set(
  ['not-ready', 'unreachable', 'memory-pressure', 'disk-pressure', 'pid-pressure'].map(
    (name) => `node.kubernetes.io/${name}`,
  ),
);
/** Finalizers that the cluster takes off by itself. */
const OWN_FINALIZERS: ReadonlySet<string> = new Set([
  'orphan',
  'foregroundDeletion',
  'batch.kubernetes.io/job-tracking',
]);
/** What may be deleted or owned, as far as clusters here hold it. */
const RESOURCES = [
  PODS,
  REPLICA_SETS,
  DEPLOYMENTS,
  STATEFUL_SETS,
  DAEMON_SETS,
  JOBS,
  CRON_JOBS,
  'core/replicationcontrollers',
  'apps/controllerrevisions',
  SERVICES,
  SLICES,
  'core/endpoints',
  BUDGETS,
  'core/configmaps',
  'core/secrets',
  'core/serviceaccounts',
  'core/persistentvolumeclaims',
  LEASES,
  NODES,
] as const;
const OWNERS: Readonly<Record<string, string>> = {
  Deployment: DEPLOYMENTS,
  ReplicaSet: REPLICA_SETS,
  StatefulSet: STATEFUL_SETS,
  DaemonSet: DAEMON_SETS,
  Job: JOBS,
  CronJob: CRON_JOBS,
  ReplicationController: 'core/replicationcontrollers',
  Service: SERVICES,
  Node: NODES,
  Pod: PODS,
};

const known = new WeakMap<Picture, { readonly revision: number; readonly reasons: string[] }>();

/** Why the cluster has not converged, at most `REASONS_MAX` reasons; empty where it has. */
export function unsettled(picture: Picture): string[] {
  const before = known.get(picture);
  const fresh = before?.revision === picture.revision ? before : judge(picture);
  if (fresh !== before) known.set(picture, fresh);
  const reasons = [...fresh.reasons];
  unheldLeases(picture, (reason) => reasons.push(reason));
  return reasons.slice(0, REASONS_MAX);
}

/** Pods that have no node and never will as things are; they do not keep a cluster from being settled. */
export function waitingPods(picture: Picture): string[] {
  const pods = new PodIndex(picture);
  return pods.all.filter((pod) => pods.waits(pod)).map(nameOf);
}

function judge(picture: Picture) {
  const reasons: string[] = [];
  const say: Say = (reason) => {
    if (reasons.length < REASONS_MAX) reasons.push(reason);
  };
  const pods = new PodIndex(picture);
  nodes(picture, say);
  const held = heldNamespaces(picture);
  namespaces(picture, held, say);
  leftovers(picture, held, say);
  for (const pod of pods.all) livePod(pod, pods, say);
  unsettledWorkloads(pods, say);
  cronJobs(picture, say);
  unsettledServices(pods, say);
  return { revision: picture.revision, reasons };
}

function nodes(picture: Picture, say: Say): void {
  for (const held of picture.list(NODES)) {
    const node = as<Node>(held) as Stored<Node>;
    const status = conditionOf(node, 'Ready');
    if (status !== 'True') say(`node ${node.metadata.name}: Ready is ${status ?? 'unknown'}`);
    const taints = (node.spec?.taints ?? []).filter(({ key }) => PASSING_TAINTS.has(key));
    if (taints.length > 0) {
      say(`node ${node.metadata.name}: has taint ${taints.map(({ key }) => key).join(', ')}`);
    }
    const isCordoned = node.spec?.unschedulable === true;
    const key = 'node.kubernetes.io/unschedulable';
    const isTainted = node.spec?.taints?.some((taint) => taint.key === key) === true;
    if (isCordoned !== isTainted)
      say(`node ${node.metadata.name}: its taint does not say cordoned`);
  }
}

function namespaces(picture: Picture, held: ReadonlySet<string>, say: Say): void {
  const hasAccounts = picture.count('core/serviceaccounts') > 0;
  for (const { object } of picture.list(NAMESPACES)) {
    const { metadata, status } = object as Stored<Namespace>;
    const { name } = metadata;
    if (isDeleting(object)) {
      if (!held.has(name)) say(`namespace ${name}: is still being deleted`);
      continue;
    }
    if (status?.phase !== 'Active') say(`namespace ${name}: is ${status?.phase ?? 'of no phase'}`);
    const account = keyOf('core/serviceaccounts', name, 'default');
    if (hasAccounts && picture.get(account) === undefined) {
      say(`namespace ${name}: has no service account`);
    }
  }
}

/** Namespaces in which something is kept by a finalizer that nobody here removes. */
function heldNamespaces(picture: Picture): ReadonlySet<string> {
  const held = new Set<string>();
  for (const resource of RESOURCES) {
    for (const { object } of picture.list(resource)) {
      if (!isDeleting(object)) continue;
      const { namespace = '', finalizers = [] } = object.metadata as ObjectMeta;
      if (finalizers.some((finalizer) => !OWN_FINALIZERS.has(finalizer))) held.add(namespace);
    }
  }
  return held;
}

/** Objects that should be gone: being deleted with nobody to wait for, or without their owners. */
function leftovers(picture: Picture, held: ReadonlySet<string>, say: Say): void {
  for (const resource of RESOURCES) {
    for (const { key, object } of picture.list(resource)) {
      if (isDeleting(object)) {
        const { namespace = '' } = object.metadata as ObjectMeta;
        if (!held.has(namespace)) say(`${key}: is still being deleted`);
      } else if (isOrphaned(object, picture)) say(`${key}: none of its owners is there`);
    }
  }
}

function isOrphaned(object: Stored<AnyObject>, picture: Picture): boolean {
  const owners = object.metadata.ownerReferences ?? [];
  return owners.length > 0 && owners.every((owner) => isGone(owner, object, picture));
}

function isGone(owner: OwnerReference, object: Stored<AnyObject>, picture: Picture): boolean {
  const resource = OWNERS[owner.kind];
  if (resource === undefined) return false;
  const namespace = resource === NODES ? '' : object.metadata.namespace;
  return picture.get(keyOf(resource, namespace, owner.name))?.object.metadata.uid !== owner.uid;
}

function livePod(pod: Stored<Pod>, pods: PodIndex, say: Say): void {
  if (isDeleting(pod) || isTerminal(pod)) return;
  const who = `pod ${nameOf(pod)}`;
  const node = pod.spec?.nodeName ?? '';
  if (node === '') {
    if (pods.waits(pod)) return;
    const room = pods.roomFor(pod);
    say(`${who}: has no node${room === undefined ? '' : `, and ${room} has room`}`);
  } else if (pods.picture.get(keyOf(NODES, '', node)) === undefined) {
    say(`${who}: its node ${node} is gone`);
  } else if (pod.status?.phase !== 'Running') {
    say(`${who}: is ${pod.status?.phase ?? 'of no phase'} on ${node}`);
  } else if (!isReady(pod)) say(`${who}: is not ready on ${node}${backOffOf(pod)}`);
}

/** Why a pod's container is not started again yet: on a live cluster that may be for 5 minutes. */
function backOffOf({ status }: Pod): string {
  const waiting = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting);
  const message = waiting.find((one) => one?.reason === 'CrashLoopBackOff')?.message;
  return message === undefined ? '' : `: ${message}`;
}

function cronJobs(picture: Picture, say: Say): void {
  for (const held of picture.list(CRON_JOBS)) {
    const { metadata, status } = as<CronJob>(held) as Stored<CronJob>;
    for (const { name = '' } of status?.active ?? []) {
      const job = picture.get(keyOf(JOBS, metadata.namespace, name));
      if (job === undefined) say(`${CRON_JOBS} ${nameOf({ metadata })}: its job ${name} is gone`);
    }
  }
}

function unheldLeases(picture: Picture, say: Say): void {
  for (const held of picture.list(LEASES)) {
    const { namespace, name } = held.object.metadata as { namespace?: string; name: string };
    const isLeader = namespace === 'kube-system' && LEADERS.has(name);
    const isNode =
      namespace === 'kube-node-lease' && picture.get(keyOf(NODES, '', name)) !== undefined;
    if (isLeader || isNode) unheld(held, `lease ${namespace}/${name}`, picture.nowMs, say);
  }
}

function unheld(held: Held, who: string, nowMs: number, say: Say): void {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = as<Lease>(held)?.spec ?? {};
  if (holderIdentity === '') say(`${who}: nobody holds it`);
  else if (nowMs - held.sinceMs > leaseDurationSeconds * 1000) {
    say(`${who}: ${holderIdentity} has not renewed it`);
  }
}
