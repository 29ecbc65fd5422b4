/**
 * Evicting a pod: a delete that respects disruption budgets, in one transaction with the budget's
 * count.
 *
 * Follows pkg/registry/core/pod/storage/eviction.go. Pure.
 */
import type { AdmitEnv, ObjectWrite } from './admission/attributes.ts';
import { matchesSelector } from './labels.ts';
import { answered, type Outcome, withoutRevision } from './registry.ts';
import { admitDelete } from './registry-delete.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import { deleteOptions, type WriteOptions } from './request-options.ts';
import { revisionOf, type Served, storeKey } from './resources.ts';
import { badRequest, failure, forbidden, notFound, plainSuccess } from './status.ts';
import { formatTime } from './timestamp.ts';
import type { Eviction, Pod, PodDisruptionBudget } from './types.ts';
import type { AnyObject, Stored, View } from './view.ts';

/** More unconfirmed evictions than this are not taken on by one budget. */
const disruptedPodsMax = 2000;
const budgets = { group: 'policy', resource: 'poddisruptionbudgets' };

/** Admits a POST of an Eviction to pods/eviction. */
export function admitEviction(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const body = request.body as Eviction | undefined;
  if (body?.metadata?.name && body.metadata.name !== request.name) {
    return answered(badRequest('name in URL does not match name in Eviction object'));
  }
  const pod = env.view.get('core/pods', request.namespace, request.name);
  if (pod === undefined) {
    return { type: 'reply', reply: notFound(served.named, request.name), stale: true };
  }
  const asDelete: ApiRequest = {
    ...request,
    verb: 'delete',
    query: {},
    body: (body?.deleteOptions ?? {}) as AnyObject,
  };
  const parsed = deleteOptions(asDelete);
  if ('code' in parsed) return answered(parsed);
  const deletion = { ...parsed, dryRun: parsed.dryRun || options.dryRun };
  const budget = canIgnoreBudgets(pod) ? undefined : budgetOf(pod, env);
  if (budget !== undefined && 'refused' in budget) {
    return { type: 'reply', reply: budget.refused, stale: true };
  }
  const extra = budget === undefined ? [] : budget.writes;
  const outcome = admitDelete(asDelete, served, deletion, env, extra);
  const done: ApiReply = plainSuccess(201);
  if (outcome.type === 'write') {
    const key = storeKey(served.storage, request.namespace, request.name);
    const writes = outcome.writes.map((write) => (write.key === key ? evicted(write, env) : write));
    return { ...outcome, writes, answer: { kind: 'reply', reply: done } };
  }
  return outcome.reply.code < 400 ? answered(done) : outcome;
}

/** Says of a pod that is marked for deletion why it goes. */
function evicted(write: ObjectWrite, { nowMs }: AdmitEnv): ObjectWrite {
  if (write.operation !== 'put') return write;
  const pod = write.object as Pod;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: formatTime(nowMs),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  const status = { ...pod.status, conditions: [...others, condition] };
  return { ...write, object: { ...pod, status } as AnyObject };
}

/** Evicting a pod that runs nothing disrupts nothing. */
function canIgnoreBudgets(pod: Stored<Pod>): boolean {
  const phase = pod.status?.phase;
  const idle = phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending';
  return idle || pod.metadata.deletionTimestamp !== undefined;
}

type Budget = { readonly refused: ApiReply } | { readonly writes: readonly ObjectWrite[] };

function budgetOf(pod: Stored<Pod>, env: AdmitEnv): Budget | undefined {
  const found = matching(pod, env.view);
  if (found.length > 1) {
    const message =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not ' +
      'support.';
    return { refused: failure(500, '', message) };
  }
  const budget = found[0];
  if (budget === undefined) return undefined;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  const ready = pod.status?.conditions?.some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  const always = budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow';
  const enough = currentHealthy >= desiredHealthy && desiredHealthy > 0;
  if (ready !== true && (always || enough)) return { writes: [] };
  return decrement(budget, pod, env);
}

function matching(pod: Stored<Pod>, view: View): readonly Stored<PodDisruptionBudget>[] {
  return view
    .list('policy/poddisruptionbudgets', pod.metadata.namespace ?? '')
    .filter(({ spec }) => matchesSelector(spec?.selector, pod.metadata.labels));
}

function tooMany(cause: string, retryAfterSeconds: number): Budget {
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return {
    refused: failure(429, 'TooManyRequests', message, {
      causes: [{ reason: 'DisruptionBudget', message: cause }],
      retryAfterSeconds,
    }),
  };
}

function decrement(budget: Stored<PodDisruptionBudget>, pod: Stored<Pod>, env: AdmitEnv): Budget {
  const { name } = budget.metadata;
  const status = budget.status;
  if ((status?.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    const cause = `The disruption budget ${name} is still being processed by the server.`;
    return tooMany(cause, 10);
  }
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) {
    return { refused: forbidden(budgets, name, 'pdb disruptions allowed is negative') };
  }
  const disrupted = status?.disruptedPods ?? {};
  if (Object.keys(disrupted).length > disruptedPodsMax) {
    const detail = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    return { refused: forbidden(budgets, name, detail) };
  }
  if (allowed === 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
    const cause =
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ` +
      `${currentHealthy} currently`;
    return tooMany(cause, 0);
  }
  const now = formatTime(Math.floor(env.nowMs / 1000));
  const object: AnyObject = {
    ...withoutRevision(budget as AnyObject),
    status: {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...disrupted, [pod.metadata.name]: now },
      ...(allowed === 1 ? { conditions: noDisruptions(budget, now) } : {}),
    },
  };
  const key = storeKey('policy/poddisruptionbudgets', budget.metadata.namespace ?? '', name);
  const expected = revisionOf(budget as AnyObject);
  return { writes: [{ key, operation: 'put', object, expected }] };
}

function noDisruptions(budget: Stored<PodDisruptionBudget>, now: string) {
  const before = budget.status?.conditions ?? [];
  const others = before.filter((condition) => condition.type !== 'DisruptionAllowed');
  const observedGeneration = budget.metadata.generation;
  return [
    ...others,
    {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
      message: '',
      lastTransitionTime: now,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    },
  ];
}
