/**
 * The disruption controller: how many pods of a PodDisruptionBudget may be evicted now, by the sizes that the pods'
 * controllers ask for.
 *
 * Never evicts anything, and never writes over an eviction that was granted meanwhile: its writes are guarded.
 */
import { matchesSelector } from '../api/labels.ts';
import type {
  Condition,
  OwnerReference,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
  ResourceName,
} from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { scaledValue } from './deployment-sets.ts';
import { controllerOf, enqueueSelf, referenceTo, splitKey, workKey } from './ownership.ts';
import { isPodDeleting, isPodReady, msOf, timeText } from './pods.ts';
import { enqueueDisruptedPod, isPodKey, planDisruptedPod } from './stale-disruption.ts';
import { earlier, normal, planOf, sameValue, statusPatch, warning } from './writes.ts';

const BUDGETS = 'policy/poddisruptionbudgets';
const KIND = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' };
/** An eviction that was granted and did not happen within this time is forgotten. */
const DELETION_WAIT_MS = 2 * 60 * 1000;
/** A burst of pods that become ready costs few writes. */
const BATCH_MS = 20;

/** What may control pods that a budget counts, by kind. */
const SIZED: Readonly<Record<string, ResourceName>> = {
  Deployment: 'apps/deployments',
  ReplicaSet: 'apps/replicasets',
  StatefulSet: 'apps/statefulsets',
  ReplicationController: 'core/replicationcontrollers',
};

/** The numbers of a budget, or why they cannot be had. */
type Expected =
  | { readonly pods: number; readonly healthy: number; readonly unmanaged: boolean }
  | { readonly failure: string };

function plan(key: string, view: View, env: PlanEnv): Plan {
  return isPodKey(key) ? planDisruptedPod(key, view, env) : planBudget(key, view, env);
}

function planBudget(key: string, view: View, env: PlanEnv): Plan {
  const { namespace, name } = splitKey(key);
  const budget = view.get(BUDGETS, namespace, name);
  if (budget === undefined) return NOTHING;
  const pods = view
    .list('core/pods', namespace)
    .filter((pod) => matchesSelector(budget.spec?.selector, pod.metadata.labels));
  const expected = expectedOf(budget, pods, view);
  if ('failure' in expected) return failed(budget, expected.failure, env.nowMs);
  const { disrupted, againAtMs } = unconfirmed(budget, pods, env.nowMs);
  const healthy = pods.filter(
    (pod) => !isPodDeleting(pod) && !(pod.metadata.name in disrupted) && isPodReady(pod),
  ).length;
  const allowed = expected.pods > 0 ? Math.max(0, healthy - expected.healthy) : 0;
  const observedGeneration = budget.metadata.generation;
  const status: PodDisruptionBudgetStatus = {
    currentHealthy: healthy,
    desiredHealthy: expected.healthy,
    expectedPods: expected.pods,
    disruptionsAllowed: allowed,
    disruptedPods: disrupted,
    observedGeneration,
    conditions: conditionsOf(budget, env.nowMs, {
      status: allowed > 0 ? 'True' : 'False',
      reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration,
    }),
  };
  const regarding = referenceTo(KIND, budget);
  const records = expected.unmanaged
    ? { done: warning(regarding, 'UnmanagedPods', unmanagedNote(budget)) }
    : pods.length === 0
      ? { done: normal(regarding, 'NoPods', 'No matching pods found') }
      : undefined;
  return planOf([statusPatch(BUDGETS, budget, status, records && { records })], againAtMs);
}

/** How many pods there should be, and how many of them healthy. */
function expectedOf(
  { spec }: Stored<PodDisruptionBudget>,
  pods: readonly Stored<Pod>[],
  view: View,
): Expected {
  const { maxUnavailable, minAvailable } = spec ?? {};
  const wanted = maxUnavailable ?? minAvailable;
  if (wanted === undefined) return { pods: 0, healthy: 0, unmanaged: false };
  if (maxUnavailable === undefined && typeof wanted === 'number') {
    return { pods: pods.length, healthy: wanted, unmanaged: false };
  }
  const scale = scaleOf(pods, view);
  if ('failure' in scale) return scale;
  const share = scaledValue(wanted, scale.pods, Math.ceil);
  const healthy = maxUnavailable === undefined ? share : Math.max(0, scale.pods - share);
  return { ...scale, healthy };
}

/** The sizes that the pods' controllers ask for, added up. */
function scaleOf(
  pods: readonly Stored<Pod>[],
  view: View,
): { readonly pods: number; readonly unmanaged: boolean } | { readonly failure: string } {
  const sizes = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    const reference = controllerOf(pod);
    if (reference === undefined) {
      unmanaged = true;
      continue;
    }
    const found = sizedBy(reference, pod.metadata.namespace ?? '', view);
    if (found === undefined) {
      return { failure: `found no controllers for pod "${pod.metadata.name}"` };
    }
    sizes.set(found.uid, found.size);
  }
  return { pods: [...sizes.values()].reduce((sum, size) => sum + size, 0), unmanaged };
}

/** The topmost controller that has a size: a Deployment stands for its ReplicaSets. */
function sizedBy(
  reference: OwnerReference,
  namespace: string,
  view: View,
): { readonly uid: string; readonly size: number } | undefined {
  const resource = SIZED[reference.kind];
  if (resource === undefined) return undefined;
  const owner = view.getAny(resource, namespace, reference.name);
  if (owner?.metadata.uid !== reference.uid) return undefined;
  const above = controllerOf(owner);
  const found = above === undefined ? undefined : sizedBy(above, namespace, view);
  return found ?? { uid: reference.uid, size: replicasOf(owner) };
}

/** Evictions that were granted and whose pods are still there; and when the oldest is forgotten. */
function unconfirmed(
  { status }: Stored<PodDisruptionBudget>,
  pods: readonly Stored<Pod>[],
  nowMs: number,
): { readonly disrupted: Record<string, string>; readonly againAtMs: number | undefined } {
  const disrupted: Record<string, string> = {};
  let againAtMs: number | undefined;
  for (const pod of pods) {
    const since = status?.disruptedPods?.[pod.metadata.name];
    if (since === undefined || isPodDeleting(pod)) continue;
    const endMs = (msOf(since) ?? 0) + DELETION_WAIT_MS;
    if (endMs <= nowMs) continue;
    disrupted[pod.metadata.name] = since;
    againAtMs = earlier(againAtMs, endMs);
  }
  return { disrupted, againAtMs };
}

/** Where the numbers cannot be had nothing may be disrupted. */
function failed(budget: Stored<PodDisruptionBudget>, message: string, nowMs: number): Plan {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {};
  const observedGeneration = budget.status?.observedGeneration;
  const status: PodDisruptionBudgetStatus = {
    ...budget.status,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed: 0,
    conditions: conditionsOf(budget, nowMs, {
      status: 'False',
      reason: 'SyncFailed',
      message,
      ...(observedGeneration !== undefined && { observedGeneration }),
    }),
  };
  const note = `Failed to calculate the number of expected pods: ${message}`;
  const done = warning(referenceTo(KIND, budget), 'CalculateExpectedPodCountFailed', note);
  return planOf([statusPatch(BUDGETS, budget, status, { records: { done } })]);
}

function conditionsOf(
  { status }: Stored<PodDisruptionBudget>,
  nowMs: number,
  next: Omit<Condition, 'type' | 'lastTransitionTime'>,
): Condition[] {
  const type = 'DisruptionAllowed';
  const conditions = status?.conditions ?? [];
  const before = conditions.find((condition) => condition.type === type);
  const isSame = before?.status === next.status;
  const lastTransitionTime = isSame ? before.lastTransitionTime : timeText(nowMs);
  const condition = { type, ...next, lastTransitionTime };
  return before === undefined
    ? [...conditions, condition]
    : conditions.map((one) => (one === before ? condition : one));
}

function unmanagedNote({ spec }: Stored<PodDisruptionBudget>): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${JSON.stringify(spec?.selector)}) ` +
    'were found to be unmanaged. As a result, the status of the PDB cannot be calculated ' +
    'correctly, which may result in undefined behavior. To account for these pods please set ' +
    '".spec.minAvailable" field of the PDB to an integer value.'
  );
}

/** The budgets that count a pod, now or before the change. */
const enqueueBudgetsOfPod: Enqueue = (pod, previous, view, deleted) => {
  if (
    previous !== undefined &&
    !deleted &&
    isSamePod(previous as Stored<Pod>, pod as Stored<Pod>)
  ) {
    return [];
  }
  return view
    .list(BUDGETS, pod.metadata.namespace)
    .filter(
      ({ spec }) =>
        matchesSelector(spec?.selector, pod.metadata.labels) ||
        (previous !== undefined && matchesSelector(spec?.selector, previous.metadata.labels)),
    )
    .map(workKey);
};

function isSamePod(a: Stored<Pod>, b: Stored<Pod>): boolean {
  return (
    isPodReady(a) === isPodReady(b) &&
    isPodDeleting(a) === isPodDeleting(b) &&
    sameValue(a.metadata.labels, b.metadata.labels)
  );
}

/** The budgets of a namespace, when the size of a controller in it changes. */
const enqueueBudgetsOfScale: Enqueue = (object, previous, view) => {
  if (previous === undefined || replicasOf(previous) === replicasOf(object)) return [];
  return view.list(BUDGETS, object.metadata.namespace).map(workKey);
};

/** The number of pods that a controller asks for. */
function replicasOf({ spec }: Stored<AnyObject>): number {
  return (spec as { replicas?: number } | undefined)?.replicas ?? 1;
}

/** Keeps the status of every PodDisruptionBudget (`pkg/controller/disruption`). */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  component: 'controllermanager',
  watches: {
    [BUDGETS]: enqueueSelf,
    'core/pods': (...change) => [
      ...enqueueBudgetsOfPod(...change),
      ...enqueueDisruptedPod(...change),
    ],
    ...Object.fromEntries(Object.values(SIZED).map((name) => [name, enqueueBudgetsOfScale])),
  },
  batchMs: BATCH_MS,
  plan,
};
