/**
 * The pod garbage collector: pods whose node is gone, ended pods above the threshold, pods that
 * were deleted before they had a node, and pods stuck on a node that was declared out of service.
 * Deletes them at once, without grace.
 */
import type { Change } from '../api/change.ts';
import type { Pod } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { isPodDeleting, isPodTerminal, msOf, timeText } from './pods.ts';
import { planOf } from './writes.ts';

/** Ended pods are counted after a pause, as one pod more or less does not matter. */
const BATCH_MS = 200;
/** Pods deleted by one plan. */
export const GARBAGE_AT_ONCE_MAX = 500;
/** A pod whose node is not there is left alone until it is this old, as Kubernetes does. */
const QUARANTINE_MS = 40_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** Keys: `node/<name>`, `pod/<namespace>/<name>` and `ended`. */
const enqueuePod: Enqueue = (object, previous, view, deleted) => {
  if (deleted) return [];
  const pod = object as Stored<AnyObject> & Stored<Pod>;
  const node = pod.spec?.nodeName ?? '';
  const keys: string[] = [];
  if (node === '') {
    if (isPodDeleting(pod)) keys.push(`pod/${pod.metadata.namespace}/${pod.metadata.name}`);
  } else if (isStranded(pod, node, view)) keys.push(`node/${node}`);
  const hasEnded =
    isPodTerminal(pod) && !(previous !== undefined && isPodTerminal(previous as Pod));
  if (hasEnded) keys.push('ended');
  return keys;
};

function isStranded(pod: Stored<Pod>, node: string, view: View): boolean {
  if (view.get('core/nodes', '', node) === undefined) return true;
  return isPodDeleting(pod) && isOutOfService(node, view);
}

function isOutOfService(name: string, view: View): boolean {
  const node = view.get('core/nodes', '', name);
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  const isTainted = node?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
  return isTainted && ready?.status !== 'True';
}

function plan(key: string, view: View, env: PlanEnv): Plan {
  const [kind, ...rest] = key.split('/');
  if (kind === 'pod') {
    const pod = view.get('core/pods', rest[0] ?? '', rest[1] ?? '');
    const isStuck = pod !== undefined && isPodDeleting(pod) && (pod.spec?.nodeName ?? '') === '';
    return isStuck ? { stages: [[removal(pod)]] } : NOTHING;
  }
  return kind === 'node' ? planNode(rest[0] ?? '', view, env) : planEnded(view, env);
}

function planNode(name: string, view: View, env: PlanEnv): Plan {
  const pods = view.podsOnNode(name).slice(0, GARBAGE_AT_ONCE_MAX);
  if (view.get('core/nodes', '', name) === undefined) return planLost(pods, env);
  if (!isOutOfService(name, view)) return NOTHING;
  const stuck = pods.filter(isPodDeleting);
  const text = 'PodGC: node is out of service';
  const marks = stuck
    .filter((pod) => !isPodTerminal(pod))
    .map((pod) => failure(pod, text, env.nowMs));
  return { stages: [marks, stuck.map(removal)] };
}

/** Pods that were made before their node registered are given time for that. */
function planLost(pods: readonly Stored<Pod>[], env: PlanEnv): Plan {
  const dueAtMs = (pod: Stored<Pod>) => (msOf(pod.metadata.creationTimestamp) ?? 0) + QUARANTINE_MS;
  const lost = pods.filter((pod) => dueAtMs(pod) <= env.nowMs);
  const marks = lost
    .filter((pod) => !isPodTerminal(pod))
    .map((pod) => failure(pod, 'PodGC: node no longer exists', env.nowMs));
  const later = pods.map(dueAtMs).filter((atMs) => atMs > env.nowMs);
  const againAtMs = later.length === 0 ? undefined : Math.min(...later);
  return planOf([marks, lost.map(removal)], againAtMs);
}

function planEnded(view: View, { settings }: PlanEnv): Plan {
  const ended = view.list('core/pods').filter((pod) => isPodTerminal(pod) && !isPodDeleting(pod));
  const excess = ended.length - settings.terminatedPodMax;
  if (excess <= 0) return NOTHING;
  const oldest = [...ended].sort((a, b) => {
    const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
    if (left !== right) return left < right ? -1 : 1;
    return a.metadata.name < b.metadata.name ? -1 : 1;
  });
  return { stages: [oldest.slice(0, Math.min(excess, GARBAGE_AT_ONCE_MAX)).map(removal)] };
}

function removal(pod: Stored<Pod>): Change {
  const { namespace = '', name, uid } = pod.metadata;
  return { type: 'delete', key: { resource: 'core/pods', namespace, name }, uid, graceSeconds: 0 };
}

/** Marks a pod as failed, because nobody else can any more. */
function failure(pod: Stored<Pod>, message: string, nowMs: number): Change {
  const { namespace = '', name, uid } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message,
    lastProbeTime: null,
    lastTransitionTime: timeText(nowMs),
  };
  return {
    type: 'patch',
    key: { resource: 'core/pods', namespace, name },
    subresource: 'status',
    strategy: 'strategic',
    patch: { metadata: { uid }, status: { phase: 'Failed', conditions: [condition] } },
  };
}

/** The row of the table. */
export const podGarbageController: Controller = {
  name: 'pod-garbage-collector-controller',
  watches: {
    'core/pods': enqueuePod,
    'core/nodes': (node, _previous, view) =>
      view.podsOnNode(node.metadata.name).length > 0 &&
      (view.get('core/nodes', '', node.metadata.name) === undefined ||
        isOutOfService(node.metadata.name, view))
        ? [`node/${node.metadata.name}`]
        : [],
  },
  batchMs: BATCH_MS,
  plan,
};
