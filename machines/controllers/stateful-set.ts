/**
 * The StatefulSet controller: one pod for each ordinal, made in order and taken away in reverse,
 * brought to a new revision from the highest ordinal down
 * (`pkg/controller/statefulset/stateful_set_control.go`).
 *
 * Never makes a pod whose name another pod still has, so that an identity is held once at most.
 * With OrderedReady a plan changes one pod at most.
 */
import type { Change } from '../api/change.ts';
import type { ControllerRevision, Pod, StatefulSet, StatefulSetStatus } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { scaledValue } from './deployment-sets.ts';
import { claim, enqueueController, enqueueSelf, splitKey } from './ownership.ts';
import { isPodDeleting, isPodTerminal } from './pods.ts';
import { type History, historyOf, truncation } from './revisions.ts';
import {
  availableAtMs,
  claimOwners,
  creationOf,
  deletionOf,
  isRunningAndReady,
  missingClaims,
  ordinalOf,
  podRevision,
  STATEFUL_SET,
} from './stateful-set-pods.ts';
import { earlier, planOf, statusPatch } from './writes.ts';

/** How long to wait before looking again for a claim that is being deleted. */
const staleClaimMs = 1000;
const revisionHistoryLimitDefault = 10;

const SELF = STATEFUL_SET.resource;

/** Keeps StatefulSets. */
export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  watches: {
    [SELF]: enqueueSelf,
    'core/pods': enqueueController(STATEFUL_SET, (set) => set.spec?.selector),
    'apps/controllerrevisions': enqueueController(STATEFUL_SET, (set) => set.spec?.selector),
  },
  plan,
};

/**
 * A set as it is now: the pods of its ordinals, those to go, and the revisions between which it
 * moves.
 */
interface State {
  readonly set: Stored<StatefulSet>;
  readonly view: View;
  readonly nowMs: number;
  readonly current: Stored<ControllerRevision>;
  readonly update: Stored<ControllerRevision>;
  readonly first: number;
  /** One place for each ordinal from `first` on. */
  readonly replicas: readonly (Stored<Pod> | undefined)[];
  /** Pods beyond the range, highest ordinal first. */
  readonly condemned: readonly Stored<Pod>[];
  readonly pods: readonly Stored<Pod>[];
}

function plan(key: string, view: View, env: PlanEnv): Plan {
  const { namespace, name } = splitKey(key);
  const set = view.get(SELF, namespace, name);
  if (set?.spec === undefined) return NOTHING;
  const object = set;
  const isMember = (pod: Pod) => ordinalOf(set, pod) >= 0;
  const pods = claim(view, 'core/pods', STATEFUL_SET, object, set.spec.selector, isMember);
  if (pods.changes.length > 0) return planOf([pods.changes]);
  const history = historyOf(view, {
    kind: STATEFUL_SET,
    object,
    template: set.spec.template,
    selector: set.spec.selector,
    collisionCount: set.status?.collisionCount,
    hashLabel: 'controller.kubernetes.io/hash',
  });
  if (history.collides) return planOf([collision(set)]);
  if (history.update === undefined) return planOf([history.changes]);
  const state = stateOf(set, view, env.nowMs, pods.owned, history, history.update);
  const { status, againAtMs } = statusOf(state);
  const steps = set.metadata.deletionTimestamp === undefined ? stepsOf(state) : NO_STEPS;
  const status_ = statusPatch(SELF, object, status);
  const old = truncated(state, history);
  return planOf(
    [
      [...steps.before, ...old],
      [...status_, ...steps.changes],
    ],
    earlier(againAtMs, steps.againAtMs),
  );
}

function collision(set: Stored<StatefulSet>): readonly Change[] {
  const collisionCount = (set.status?.collisionCount ?? 0) + 1;
  const status = { replicas: 0, availableReplicas: 0, ...set.status, collisionCount };
  return statusPatch(SELF, set, status);
}

function stateOf(
  set: Stored<StatefulSet>,
  view: View,
  nowMs: number,
  pods: readonly Stored<Pod>[],
  history: History,
  update: Stored<ControllerRevision>,
): State {
  const first = set.spec?.ordinals?.start ?? 0;
  const replicas = new Array<Stored<Pod> | undefined>(set.spec?.replicas ?? 1).fill(undefined);
  const condemned: Stored<Pod>[] = [];
  for (const pod of pods) {
    const index = ordinalOf(set, pod) - first;
    if (index >= 0 && index < replicas.length) replicas[index] = pod;
    else condemned.push(pod);
  }
  condemned.sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  const currentName = set.status?.currentRevision;
  const current = history.revisions.find(({ metadata }) => metadata.name === currentName) ?? update;
  return { set, view, nowMs, current, update, first, replicas, condemned, pods };
}

function statusOf(state: State): {
  readonly status: StatefulSetStatus;
  readonly againAtMs: number | undefined;
} {
  const { set, pods, current, update, nowMs } = state;
  let [ready, available, currents, updated] = [0, 0, 0, 0];
  let againAtMs: number | undefined;
  for (const pod of pods) {
    const at = availableAtMs(set, pod);
    if (at !== undefined) ready++;
    if (at !== undefined && at <= nowMs) available++;
    else againAtMs = earlier(againAtMs, at);
    if (isPodDeleting(pod)) continue;
    if (podRevision(pod) === current.metadata.name) currents++;
    if (podRevision(pod) === update.metadata.name) updated++;
  }
  const wanted = set.spec?.replicas ?? 1;
  const isRolled =
    isRolling(set) && updated === wanted && ready === wanted && pods.length === wanted;
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: ready || undefined,
    availableReplicas: available,
    currentReplicas: (isRolled ? updated : currents) || undefined,
    updatedReplicas: updated || undefined,
    currentRevision: isRolled ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    conditions: set.status?.conditions,
  };
  return { status, againAtMs };
}

function isRolling(set: StatefulSet): boolean {
  return set.spec?.updateStrategy?.type !== 'OnDelete';
}

function truncated({ set, pods, current, update }: State, history: History): readonly Change[] {
  const limit = set.spec?.revisionHistoryLimit ?? revisionHistoryLimitDefault;
  const live = new Set(pods.map(podRevision));
  live.add(current.metadata.name).add(update.metadata.name);
  return truncation(history.revisions, limit, ({ metadata }) => live.has(metadata.name));
}

/** What to do with pods now; `before` has to have succeeded first. */
interface Steps {
  readonly before: readonly Change[];
  readonly changes: readonly Change[];
  readonly againAtMs?: number | undefined;
}

const NO_STEPS: Steps = { before: [], changes: [] };

function stepsOf(state: State): Steps {
  const ordered = state.set.spec?.podManagementPolicy !== 'Parallel';
  const filling = ordered ? fillInOrder(state) : fillAtOnce(state);
  if (filling !== undefined) return filling;
  const condemning = ordered ? condemnInOrder(state) : condemnAtOnce(state);
  if (condemning !== undefined) return condemning;
  return isRolling(state.set) ? { before: [], changes: rollingDeletions(state) } : NO_STEPS;
}

/** What a single ordinal needs. */
interface Need {
  readonly steps?: Steps;
  /** With OrderedReady: whether the ordinals after it have to wait. */
  readonly blocks: boolean;
}

function needOf(state: State, index: number): Need {
  const { set, view, replicas, nowMs } = state;
  const pod = replicas[index];
  if (pod === undefined) return { steps: creationSteps(state, index), blocks: true };
  const steps = { before: [], changes: [] as readonly Change[] };
  if (isPodTerminal(pod)) {
    const changes = isPodDeleting(pod) ? [] : [deletionOf(set, pod)];
    return { steps: { ...steps, changes }, blocks: true };
  }
  const isPending = (pod.status?.phase ?? 'Pending') === 'Pending';
  const missing = isPending ? missingClaims(set, state.first + index, view) : [];
  const owners = claimOwners(set, pod, false, view);
  const at = availableAtMs(set, pod);
  const isFine = !isPodDeleting(pod) && at !== undefined && at <= nowMs;
  return { steps: { before: [], changes: [...missing, ...owners] }, blocks: !isFine };
}

function creationSteps(state: State, index: number): Steps {
  const { set, view, nowMs } = state;
  const ordinal = state.first + index;
  const made = creationOf(set, ordinal, revisionFor(state, ordinal), view);
  if (made.waits) return { ...NO_STEPS, againAtMs: nowMs + staleClaimMs };
  return { before: made.claims, changes: [made.pod] };
}

/** Ordinals below the partition keep the current revision, also when their pod is made anew. */
function revisionFor(state: State, ordinal: number): Stored<ControllerRevision> {
  const { set, first, current, update } = state;
  const { rollingUpdate } = set.spec?.updateStrategy ?? {};
  const kept = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0);
  return isRolling(set) && ordinal < first + kept ? current : update;
}

function fillInOrder(state: State): Steps | undefined {
  for (let index = 0; index < state.replicas.length; index++) {
    const { steps = NO_STEPS, blocks } = needOf(state, index);
    if (blocks || steps.changes.length > 0) return steps;
  }
  return undefined;
}

function fillAtOnce(state: State): Steps | undefined {
  const before: Change[] = [];
  const changes: Change[] = [];
  let againAtMs: number | undefined;
  state.replicas.forEach((_, index) => {
    const { steps = NO_STEPS } = needOf(state, index);
    before.push(...steps.before);
    changes.push(...steps.changes);
    againAtMs = earlier(againAtMs, steps.againAtMs);
  });
  const isNothing = changes.length === 0 && againAtMs === undefined;
  return isNothing ? undefined : { before, changes, againAtMs };
}

function isAvailable({ set, nowMs }: State, pod: Pod | undefined): boolean {
  if (pod === undefined || isPodDeleting(pod)) return false;
  const at = availableAtMs(set, pod);
  return at !== undefined && at <= nowMs;
}

/**
 * The highest pod beyond the range, unless another one that is to go is unavailable: that one goes
 * first.
 */
function condemnInOrder(state: State): Steps | undefined {
  const { set, view, condemned } = state;
  const pod = condemned[0];
  if (pod === undefined) return undefined;
  if (isPodDeleting(pod)) return NO_STEPS;
  const unavailable = condemned.filter((other) => !isAvailable(state, other)).at(-1);
  const isFine = isRunningAndReady(pod) && isAvailable(state, pod);
  if (!isFine && pod !== unavailable) return NO_STEPS;
  return { before: claimOwners(set, pod, true, view), changes: [deletionOf(set, pod)] };
}

function condemnAtOnce({ set, view, condemned }: State): Steps | undefined {
  const going = condemned.filter((pod) => !isPodDeleting(pod));
  if (going.length === 0) return undefined;
  return {
    before: going.flatMap((pod) => claimOwners(set, pod, true, view)),
    changes: going.map((pod) => deletionOf(set, pod)),
  };
}

/**
 * Pods of an old revision to delete now, highest ordinal first, down to the partition. One that is
 * unavailable may go though others are, as nothing is lost with it; so a broken revision can always
 * be left.
 */
function rollingDeletions(state: State): readonly Change[] {
  const { set, replicas, update } = state;
  const { partition = 0, maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const scaled = scaledValue(maxUnavailable, replicas.length, Math.ceil);
  const unavailableMax = Math.max(1, scaled);
  const isNew = (pod: Pod | undefined) => pod && podRevision(pod) === update.metadata.name;
  let unavailable = replicas.filter((pod) => !isAvailable(state, pod)).length;
  let underWay = replicas.filter(
    (pod) => pod && (isPodDeleting(pod) || (isNew(pod) && !isAvailable(state, pod))),
  ).length;
  const changes: Change[] = [];
  for (let index = replicas.length - 1; index >= partition; index--) {
    const pod = replicas[index];
    if (underWay >= unavailableMax) break;
    if (pod === undefined || isNew(pod) || isPodDeleting(pod)) continue;
    const costs = isAvailable(state, pod) ? 1 : 0;
    if (costs > 0 && unavailable >= unavailableMax) continue;
    changes.push(deletionOf(set, pod));
    unavailable += costs;
    underWay++;
  }
  return changes;
}
