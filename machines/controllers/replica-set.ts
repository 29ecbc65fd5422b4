/**
 * The ReplicaSet and ReplicationController controllers: as many active pods as wanted, no more and
 * no fewer.
 *
 * Never waits for pods that it has created to show up, as a plan's view always contains them. Never
 * writes a status while pods are missing or in excess, unless making or deleting them has failed.
 */
import type { Change } from '../api/change.ts';
import { matchesLabels } from '../api/labels.ts';
import type {
  LabelSelector,
  ObjectReference,
  Pod,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
} from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import {
  claim,
  controllerOf,
  controllerReference,
  enqueueController,
  enqueueSelf,
  type OwnerKind,
  referenceTo,
  splitKey,
} from './ownership.ts';
import { podsToDelete } from './pod-ranking.ts';
import {
  createPod,
  deletePod,
  isNamespaceEnding,
  isPodActive,
  isPodTerminating,
  podAvailableAtMs,
  podOf,
  timeText,
} from './pods.ts';
import { earlier, normal, planOf, type StoredObject, statusPatch, warning } from './writes.ts';

/** Most pods one plan creates or deletes; the next plan goes on. Kubernetes' `BurstReplicas`. */
export const BURST_REPLICAS = 500;

type ReplicaKind = OwnerKind<'apps/replicasets' | 'core/replicationcontrollers'> & {
  /** ReplicationControllers have no such field. */
  readonly countsTerminating: boolean;
};

const REPLICA_SET: ReplicaKind = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  resource: 'apps/replicasets',
  countsTerminating: true,
};
const REPLICATION_CONTROLLER: ReplicaKind = {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  resource: 'core/replicationcontrollers',
  countsTerminating: false,
};

/** Either kind, in the shape of a ReplicaSet. */
interface Replicas {
  readonly object: StoredObject;
  readonly selector: LabelSelector | undefined;
  readonly template: PodTemplateSpec;
  readonly wanted: number;
  readonly minReadySeconds: number;
  readonly status: ReplicaSetStatus;
}

function selectorOf(object: AnyObject): LabelSelector | undefined {
  const selector = (object.spec as { selector?: unknown } | undefined)?.selector;
  if (selector === undefined) return undefined;
  const isMap = object.kind === REPLICATION_CONTROLLER.kind;
  return isMap ? { matchLabels: selector as Record<string, string> } : (selector as LabelSelector);
}

function read(kind: ReplicaKind, key: string, view: View): Replicas | undefined {
  const { namespace, name } = splitKey(key);
  const object = view.get(kind.resource, namespace, name) as Stored<ReplicaSet> | undefined;
  if (object?.spec === undefined) return undefined;
  return {
    object: object,
    selector: selectorOf({ ...object, kind: kind.kind }),
    template: object.spec.template ?? {},
    wanted: object.spec.replicas ?? 1,
    minReadySeconds: object.spec.minReadySeconds ?? 0,
    status: object.status ?? { replicas: 0 },
  };
}

function controller(name: string, kind: ReplicaKind): Controller {
  return {
    name,
    watches: {
      [kind.resource]: enqueueSelf,
      'core/pods': enqueueController(kind, (owner) =>
        selectorOf({ ...(owner as AnyObject), kind: kind.kind }),
      ),
    },
    plan: (key, view, env) => plan(kind, key, view, env),
  };
}

/** Keeps the pods of every ReplicaSet (`pkg/controller/replicaset`). */
export const replicaSetController = controller('replicaset-controller', REPLICA_SET);

/** Keeps the pods of every ReplicationController; the same rules. */
export const replicationControllerController = controller(
  'replication-controller',
  REPLICATION_CONTROLLER,
);

function plan(kind: ReplicaKind, key: string, view: View, env: PlanEnv): Plan {
  const set = read(kind, key, view);
  if (set === undefined) return NOTHING;
  const { owned, changes } = claim(view, 'core/pods', kind, set.object, set.selector, isPodActive);
  if (changes.length > 0) return planOf([changes]);
  const scaling = scale(kind, set, owned, view, env.nowMs);
  const failed = failureOf(env);
  if (scaling.length > 0 && failed === undefined) return planOf([scaling]);
  const { status, againAtMs } = statusOf(kind, set, owned, view, env);
  return planOf([statusPatch(kind.resource, set.object, status), scaling], againAtMs);
}

/** The creates or deletes that bring the pods to the wanted number. */
function scale(
  kind: ReplicaKind,
  set: Replicas,
  pods: readonly Stored<Pod>[],
  view: View,
  nowMs: number,
): readonly Change[] {
  const { object, wanted } = set;
  if (object.metadata.deletionTimestamp !== undefined) return [];
  const excess = Math.max(-BURST_REPLICAS, Math.min(pods.length - wanted, BURST_REPLICAS));
  if (excess === 0) return [];
  const regarding = referenceTo(kind, object);
  if (excess < 0)
    return isNamespaceEnding(view, object.metadata.namespace)
      ? []
      : creates(kind, set, -excess, regarding);
  const related = excess < pods.length ? relatedPods(kind, object, view) : [];
  return podsToDelete(pods, excess, related, nowMs).map((pod) =>
    deletePod(pod, {
      done: normal(regarding, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
      failed: warning(regarding, 'FailedDelete', 'Error deleting: {error}'),
    }),
  );
}

function creates(
  kind: ReplicaKind,
  { object, template }: Replicas,
  count: number,
  regarding: ObjectReference,
): readonly Change[] {
  const { name, namespace = '' } = object.metadata as { name: string; namespace?: string };
  const identity = { metadata: { generateName: `${name}-` } };
  const pod = podOf(template, identity, controllerReference(kind, object));
  const create = createPod(namespace, pod, {
    done: normal(regarding, 'SuccessfulCreate', 'Created pod: {name}'),
    failed: warning(regarding, 'FailedCreate', 'Error creating: {error}'),
  });
  return new Array<Change>(count).fill(create);
}

/** Active pods of all sets with the same controller, as the old and the new set of a Deployment. */
function relatedPods(kind: ReplicaKind, object: StoredObject, view: View): readonly Pod[] {
  const uid = controllerOf(object)?.uid;
  if (uid === undefined) return [];
  return view
    .ownedBy(kind.resource, uid)
    .flatMap((set) => view.ownedBy('core/pods', set.metadata.uid))
    .filter(isPodActive);
}

/** What went wrong in the attempt before, where it was about pods. */
function failureOf({ lastErrors }: PlanEnv): { reason: string; message: string } | undefined {
  for (const { change, message } of lastErrors) {
    if (change.type === 'create') return { reason: 'FailedCreate', message };
    if (change.type === 'delete') return { reason: 'FailedDelete', message };
  }
  return undefined;
}

function statusOf(
  kind: ReplicaKind,
  set: Replicas,
  pods: readonly Stored<Pod>[],
  view: View,
  env: PlanEnv,
): { readonly status: ReplicaSetStatus; readonly againAtMs: number | undefined } {
  const { object, template, minReadySeconds } = set;
  let [labelled, ready, available] = [0, 0, 0];
  let againAtMs: number | undefined;
  for (const pod of pods) {
    if (matchesLabels(template.metadata?.labels, pod.metadata.labels)) labelled++;
    const availableAtMs = podAvailableAtMs(pod, minReadySeconds);
    if (availableAtMs === undefined) continue;
    ready++;
    if (availableAtMs <= env.nowMs) available++;
    else againAtMs = earlier(againAtMs, availableAtMs);
  }
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    fullyLabeledReplicas: labelled || undefined,
    readyReplicas: ready || undefined,
    availableReplicas: available || undefined,
    terminatingReplicas: kind.countsTerminating ? terminating(object, view) : undefined,
    observedGeneration: object.metadata.generation,
    conditions: conditionsOf(set, env),
  };
  return { status, againAtMs };
}

function terminating(object: StoredObject, view: View): number {
  const { uid } = object.metadata;
  let count = 0;
  for (const pod of view.ownedBy('core/pods', uid)) {
    if (isPodTerminating(pod) && controllerOf(pod)?.uid === uid) count++;
  }
  return count;
}

function conditionsOf(set: Replicas, env: PlanEnv): ReplicaSetCondition[] | undefined {
  const conditions = set.status.conditions ?? [];
  const failure = failureOf(env);
  const known = conditions.some(({ type }) => type === 'ReplicaFailure');
  if ((failure !== undefined) === known) return conditions.length > 0 ? conditions : undefined;
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (failure !== undefined) {
    const lastTransitionTime = timeText(env.nowMs);
    others.push({ type: 'ReplicaFailure', status: 'True', lastTransitionTime, ...failure });
  }
  return others.length > 0 ? others : undefined;
}
