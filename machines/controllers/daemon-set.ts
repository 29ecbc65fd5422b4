/**
 * The DaemonSet controller: one pod on every node that its template fits (`pkg/controller/daemon`).
 *
 * Never binds a pod: the scheduler does, to the one node the pod asks for. Never puts a pod on a
 * node where one of the set still is, unless it surges.
 */
import type { Change } from '../api/change.ts';
import type { DaemonSet, DaemonSetStatus, Node, Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import {
  creator,
  DAEMON_SET,
  deletionOf,
  hashOf,
  type Place,
  placesOf,
  podsByNode,
} from './daemon-set-pods.ts';
import { availability, limitsOf, type Replacement, replacement } from './daemon-set-update.ts';
import {
  claim,
  enqueueController,
  enqueueSelf,
  referenceTo,
  splitKey,
  workKey,
} from './ownership.ts';
import { isPodDeleting, isPodReady, msOf, podAvailableAtMs } from './pods.ts';
import { historyOf, REVISION_LABEL, truncation } from './revisions.ts';
import { earlier, normal, planOf, sameValue, statusPatch, warning } from './writes.ts';

/** Most pods one plan creates, and most it deletes; Kubernetes' `BurstReplicas`. */
const burstReplicas = 250;
/**
 * A failed pod is kept for so long since it was made, so that one that always fails does not spin.
 */
const failedPodAgeMs = 10_000;
const revisionHistoryLimitDefault = 10;

const SELF = DAEMON_SET.resource;

/** A node concerns every DaemonSet, but only by its labels and taints, never by its heartbeats. */
const enqueueOfNode: Enqueue = (object, previous, view, deleted) => {
  const [node, before] = [object as Stored<Node>, previous as Stored<Node> | undefined];
  const isSame =
    !deleted &&
    before !== undefined &&
    sameValue(before.metadata.labels, node.metadata.labels) &&
    sameValue(before.spec?.taints, node.spec?.taints);
  return isSame ? [] : view.list(SELF).map(workKey);
};

/** Keeps DaemonSets. */
export const daemonSetController: Controller = {
  name: 'daemonset-controller',
  watches: {
    [SELF]: enqueueSelf,
    'core/pods': enqueueController(DAEMON_SET, (set) => set.spec?.selector),
    'apps/controllerrevisions': enqueueController(DAEMON_SET, (set) => set.spec?.selector),
    'core/nodes': enqueueOfNode,
  },
  plan,
};

interface State {
  readonly set: Stored<DaemonSet>;
  readonly nowMs: number;
  readonly hash: string;
  readonly places: readonly Place[];
  readonly byNode: ReadonlyMap<string, readonly Stored<Pod>[]>;
  readonly isAvailable: (pod: Stored<Pod>) => boolean;
}

function plan(key: string, view: View, env: PlanEnv): Plan {
  const { namespace, name } = splitKey(key);
  const set = view.get(SELF, namespace, name);
  if (set?.spec === undefined) return NOTHING;
  if (set.metadata.deletionTimestamp !== undefined) return NOTHING;
  const { selector, template } = set.spec;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return refuse(set);
  const pods = claim(view, 'core/pods', DAEMON_SET, set, selector, () => true);
  if (pods.changes.length > 0) return planOf([pods.changes]);
  const collisionCount = set.status?.collisionCount;
  const self = { kind: DAEMON_SET, object: set, template, selector, collisionCount };
  const history = historyOf(view, { ...self, hashLabel: REVISION_LABEL });
  if (history.collides) {
    const status = { ...set.status, collisionCount: (collisionCount ?? 0) + 1 };
    return planOf([statusPatch(SELF, set, status)]);
  }
  if (history.update === undefined) return planOf([history.changes]);
  const state: State = {
    set,
    nowMs: env.nowMs,
    hash: hashOf(history.update) ?? '',
    places: placesOf(set, view.list('core/nodes')),
    byNode: podsByNode(pods.owned),
    isAvailable: availability(set, env.nowMs),
  };
  const managed = manage(state);
  const isSettled = managed.changes.length === 0 && managed.nodes.length === 0;
  const update = isSettled ? updated(state) : { deleted: [], surged: [] };
  const create = creator(set, history.update);
  const nodes = [...managed.nodes, ...update.surged].slice(0, burstReplicas);
  const changes = [
    ...managed.changes.slice(0, burstReplicas),
    ...update.deleted.slice(0, burstReplicas).map((pod) => deletionOf(set, pod)),
    ...nodes.map(create),
  ];
  const live = new Set(pods.owned.map((pod) => pod.metadata.labels?.[REVISION_LABEL]));
  const limit = set.spec.revisionHistoryLimit ?? revisionHistoryLimitDefault;
  const old = truncation(
    history.revisions,
    limit,
    (revision) => revision === history.update || live.has(hashOf(revision)),
  );
  const { status, againAtMs } = statusOf(state);
  const first = statusPatch(SELF, set, status);
  return planOf([[...first, ...old, ...changes]], earlier(managed.againAtMs, againAtMs));
}

function refuse(set: Stored<DaemonSet>): Plan {
  const { generation } = set.metadata;
  if ((set.status?.observedGeneration ?? 0) >= (generation ?? 0)) return NOTHING;
  const note = 'This daemon set is selecting all pods. A non-empty selector is required.';
  const record = warning(referenceTo(DAEMON_SET, set), 'SelectingAll', note);
  const status = { ...set.status, observedGeneration: generation };
  return planOf([[{ type: 'record', record }, ...statusPatch(SELF, set, status)]]);
}

/**
 * What nodes need whatever the revision: a pod where there is none, none where there are too many.
 */
interface Managed {
  readonly nodes: readonly string[];
  readonly changes: readonly Change[];
  readonly againAtMs: number | undefined;
}

function manage(state: State): Managed {
  const { set, places, byNode } = state;
  const nodes: string[] = [];
  const changes: Change[] = [];
  let againAtMs: number | undefined;
  const known = new Set<string>();
  for (const { node, shouldRun, mayStay } of places) {
    const { name } = node.metadata;
    known.add(name);
    const pods = byNode.get(name) ?? [];
    if (shouldRun && pods.length === 0) nodes.push(name);
    else if (mayStay) {
      const { running, ended, laterMs } = triage(state, name, pods);
      againAtMs = earlier(againAtMs, laterMs);
      changes.push(...ended);
      changes.push(...excess(state, running).map((pod) => deletionOf(set, pod)));
    } else {
      for (const pod of pods) if (!isPodDeleting(pod)) changes.push(deletionOf(set, pod));
    }
  }
  for (const [node, pods] of byNode) {
    if (known.has(node)) continue;
    for (const pod of pods) {
      if (!pod.spec?.nodeName && !isPodDeleting(pod)) changes.push(deletionOf(set, pod));
    }
  }
  return { nodes, changes, againAtMs };
}

/** Separates pods that have ended, which are deleted with an event, from those that live. */
function triage({ set, nowMs }: State, node: string, pods: readonly Stored<Pod>[]) {
  const regarding = referenceTo(DAEMON_SET, set);
  const running: Stored<Pod>[] = [];
  const ended: Change[] = [];
  let laterMs: number | undefined;
  for (const pod of pods) {
    if (isPodDeleting(pod)) continue;
    const who = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node}`;
    const phase = pod.status?.phase;
    if (phase === 'Failed') {
      const at = (msOf(pod.metadata.creationTimestamp) ?? nowMs) + failedPodAgeMs;
      if (at > nowMs) {
        laterMs = earlier(laterMs, at);
        continue;
      }
      const note = `Found failed ${who}, will try to kill it`;
      const record = warning(regarding, 'FailedDaemonPod', note);
      ended.push({ type: 'record', record }, deletionOf(set, pod));
    } else if (phase === 'Succeeded') {
      const note = `Found succeeded ${who}, will try to delete it`;
      const record = normal(regarding, 'SucceededDaemonPod', note);
      ended.push({ type: 'record', record }, deletionOf(set, pod));
    } else running.push(pod);
  }
  return { running, ended, laterMs };
}

/**
 * Pods of one node that are too many: all but the oldest; where the set surges, all but the oldest
 * of each kind.
 */
function excess(
  { set, hash, isAvailable }: State,
  running: readonly Stored<Pod>[],
): readonly Stored<Pod>[] {
  if (running.length <= 1) return [];
  if (limitsOf(set, 1).maxSurge === 0 || !isRolling(set)) return running.slice(1);
  const isFresh = (pod: Stored<Pod>) => pod.metadata.labels?.[REVISION_LABEL] === hash;
  const fresh = running.filter(isFresh);
  const old = running.filter((pod) => !isFresh(pod));
  const isOldOver =
    fresh[0] !== undefined &&
    old[0] !== undefined &&
    (!isPodReady(old[0]) || isAvailable(fresh[0]));
  return [...fresh.slice(1), ...old.slice(isOldOver ? 0 : 1)];
}

function isRolling(set: DaemonSet): boolean {
  return set.spec?.updateStrategy?.type !== 'OnDelete';
}

function updated({ set, places, byNode, hash, isAvailable }: State): Replacement {
  if (!isRolling(set)) return { deleted: [], surged: [] };
  const desired = places.filter(({ shouldRun }) => shouldRun).length;
  return replacement(byNode, hash, limitsOf(set, desired), isAvailable);
}

function statusOf({ set, places, byNode, hash, nowMs }: State) {
  let [desired, current, misscheduled, ready, available, fresh] = [0, 0, 0, 0, 0, 0];
  let againAtMs: number | undefined;
  for (const { node, shouldRun } of places) {
    const pod = byNode.get(node.metadata.name)?.[0];
    if (!shouldRun) {
      if (pod !== undefined) misscheduled++;
      continue;
    }
    desired++;
    if (pod === undefined) continue;
    current++;
    const at = podAvailableAtMs(pod, set.spec?.minReadySeconds ?? 0);
    if (at !== undefined) ready++;
    if (at !== undefined && at <= nowMs) available++;
    else againAtMs = earlier(againAtMs, at);
    if (pod.metadata.labels?.[REVISION_LABEL] === hash) fresh++;
  }
  const status: DaemonSetStatus = {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: fresh || undefined,
    numberAvailable: available || undefined,
    numberUnavailable: desired - available || undefined,
    collisionCount: set.status?.collisionCount,
    conditions: set.status?.conditions,
  };
  return { status, againAtMs };
}
