/**
 * Deleting one object: preconditions, grace, propagation and finalizers.
 *
 * Follows apiserver's rest.BeforeDelete and Store.Delete. Where Kubernetes first marks an object
 * and then deletes it, this is one write with the marked state as the last one. Pure.
 */
import type { AdmitEnv, ObjectWrite } from './admission/attributes.ts';
import { admitDelete as admitDeleteSteps } from './admission/chain.ts';
import { finalizerForeground, finalizerOrphan } from './metadata.ts';
import {
  answered,
  nowText,
  type Outcome,
  objectReply,
  refusedOutcome,
  withoutRevision,
} from './registry.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { ParsedDeleteOptions } from './request-options.ts';
import { revisionOf, type Served, servedByStorage, storeKey } from './resources.ts';
import { conflict, notFound, success } from './status.ts';
import { formatTime, parseTimestamp } from './timestamp.ts';
import type { ObjectMeta } from './types.ts';
import type { AnyObject, Stored } from './view.ts';

/**
 * Admits a DELETE of one object. `extra` writes join the transaction (evictions count themselves
 * there).
 */
export function admitDelete(
  request: ApiRequest,
  served: Served,
  options: ParsedDeleteOptions,
  env: AdmitEnv,
  extra: readonly ObjectWrite[] = [],
): Outcome {
  const current = env.view.getAny(served.storage, request.namespace, request.name);
  const writes: ObjectWrite[] = [...extra];
  const refusal = admitDeleteSteps({
    request,
    served,
    operation: 'delete',
    namespace: request.namespace,
    name: request.name,
    object: current ?? {},
    old: current,
    env,
    writes,
    warnings: [],
  });
  if (refusal !== undefined) return refusedOutcome(refusal);
  if (current === undefined) {
    return { type: 'reply', reply: notFound(served.named, request.name), stale: true };
  }
  const guard = guardErrors(served, current, options);
  if (guard !== undefined) return { type: 'reply', reply: guard, stale: true };
  const stored = servedByStorage(served.storage) ?? served;
  const marked = mark(stored, current, options, env);
  const key = storeKey(served.storage, request.namespace, request.name);
  if (marked.kind === 'pending') return answered(deletedReply(stored, current));
  if (options.dryRun)
    return answered(
      marked.kind === 'delete' ? deletedReply(stored, current) : objectReply(200, current),
    );
  const expected = revisionOf(current);
  if (marked.kind === 'update') {
    const write = { key, operation: 'put' as const, object: marked.object, expected };
    const accepted = options.orphanDependents === false ? 202 : 200;
    return {
      type: 'write',
      writes: [write, ...extra],
      answer: { kind: 'object', code: accepted, object: marked.object },
      warnings: [],
    };
  }
  const write = { key, operation: 'delete' as const, object: marked.object, expected };
  return {
    type: 'write',
    writes: [write, ...writes],
    answer: stored.strategy.returnsDeleted
      ? { kind: 'object', code: 200, object: marked.object }
      : { kind: 'reply', reply: deletedReply(stored, current) },
    warnings: [],
  };
}

function deletedReply(stored: Served, object: Stored<AnyObject>): ApiReply {
  if (stored.strategy.returnsDeleted) return objectReply(200, object);
  return success(stored.named, object.metadata.name, object.metadata.uid);
}

function guardErrors(
  served: Served,
  current: Stored<AnyObject>,
  options: ParsedDeleteOptions,
): ApiReply | undefined {
  const { uid, resourceVersion, name } = current.metadata;
  const kind = { group: served.group, resource: served.kind };
  if (options.uid !== undefined && options.uid !== uid) {
    return conflict(
      kind,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). ` +
        'The object might have been deleted and then recreated',
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    return conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ` +
        `ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
  return undefined;
}

type Marked =
  /** Already being deleted with a shorter or equal grace: nothing to do. */
  | { readonly kind: 'pending' }
  /** Something still holds the object: it is marked and stays. */
  | { readonly kind: 'update'; readonly object: AnyObject }
  | { readonly kind: 'delete'; readonly object: AnyObject };

function mark(
  stored: Served,
  current: Stored<AnyObject>,
  options: ParsedDeleteOptions,
  env: AdmitEnv,
): Marked {
  const object = withoutRevision(current);
  const meta: ObjectMeta = { ...object.metadata };
  if (stored.storage === 'core/namespaces') return markNamespace(object, meta, options, env);
  const grace = graceful(stored, object, meta, options, env);
  if (grace === 'pending') return { kind: 'pending' };
  const finalizers = collectorFinalizers(stored, meta, options);
  if (finalizers.length > 0) meta.finalizers = finalizers;
  else delete meta.finalizers;
  const held = finalizers.length > 0;
  const marked = { ...object, metadata: meta };
  if (grace === 'none') {
    if (!held) return { kind: 'delete', object };
    markNow(meta, env);
    return { kind: 'update', object: marked };
  }
  if (held || grace > 0) return { kind: 'update', object: marked };
  return { kind: 'delete', object: marked };
}

/**
 * Sets the deletion timestamp of a gracefully deleted object; its grace in seconds, or why there is
 * none.
 */
function graceful(
  stored: Served,
  object: AnyObject,
  meta: ObjectMeta,
  options: ParsedDeleteOptions,
  env: AdmitEnv,
): number | 'none' | 'pending' {
  const { graceSeconds } = stored.strategy;
  if (graceSeconds === undefined) return 'none';
  if (meta.deletionTimestamp !== undefined) {
    const before = Math.abs(meta.deletionGracePeriodSeconds ?? 0);
    if (before === 0) return 'none';
    const asked = options.graceSeconds;
    if (asked === undefined || asked >= before) return 'pending';
    const deadline = parseTimestamp(meta.deletionTimestamp)?.seconds ?? 0;
    meta.deletionTimestamp = formatTime(deadline - before + asked);
    meta.deletionGracePeriodSeconds = asked;
    return asked;
  }
  const seconds = graceSeconds(object, options.graceSeconds);
  meta.deletionTimestamp = formatTime(Math.floor(env.nowMs / 1000) + seconds);
  meta.deletionGracePeriodSeconds = seconds;
  if (meta.generation !== undefined && meta.generation > 0) meta.generation += 1;
  return seconds;
}

function markNow(meta: ObjectMeta, env: AdmitEnv): void {
  const now = nowText(env);
  if (meta.deletionTimestamp === undefined && (meta.generation ?? 0) > 0) {
    meta.generation = (meta.generation ?? 0) + 1;
  }
  if (meta.deletionTimestamp === undefined || meta.deletionTimestamp > now) {
    meta.deletionTimestamp = now;
  }
  meta.deletionGracePeriodSeconds = 0;
}

/** A namespace goes when the namespace controller has emptied it and taken spec.finalizers away. */
function markNamespace(
  object: AnyObject,
  meta: ObjectMeta,
  options: ParsedDeleteOptions,
  env: AdmitEnv,
): Marked {
  const spec = object.spec as { finalizers?: string[] } | undefined;
  const status = object.status as Record<string, unknown> | undefined;
  const held = (spec?.finalizers?.length ?? 0) > 0;
  if (meta.deletionTimestamp !== undefined) {
    if (held || (meta.finalizers?.length ?? 0) > 0) return { kind: 'pending' };
    return { kind: 'delete', object };
  }
  if (!held && (meta.finalizers?.length ?? 0) === 0) return { kind: 'delete', object };
  if (options.propagation === 'Orphan' || options.orphanDependents === true) {
    meta.finalizers = [...(meta.finalizers ?? []), finalizerOrphan];
  }
  meta.deletionTimestamp = nowText(env);
  return {
    kind: 'update',
    object: { ...object, metadata: meta, status: { ...status, phase: 'Terminating' } },
  };
}

/** The finalizers after a delete with these options: the collector's two are added or removed. */
function collectorFinalizers(
  stored: Served,
  meta: ObjectMeta,
  options: ParsedDeleteOptions,
): string[] {
  const before = meta.finalizers ?? [];
  const others = before.filter((one) => one !== finalizerOrphan && one !== finalizerForeground);
  const policy = policyOf(stored, before, options);
  if (policy === 'Orphan') return [...others, finalizerOrphan];
  if (policy === 'Foreground') return [...others, finalizerForeground];
  return others;
}

function policyOf(
  stored: Served,
  finalizers: readonly string[],
  options: ParsedDeleteOptions,
): 'Orphan' | 'Foreground' | 'Background' {
  if (stored.strategy.garbage === 'unsupported') return 'Background';
  if (options.orphanDependents !== undefined) {
    return options.orphanDependents ? 'Orphan' : 'Background';
  }
  if (options.propagation !== undefined) return options.propagation;
  if (finalizers.includes(finalizerOrphan)) return 'Orphan';
  if (finalizers.includes(finalizerForeground)) return 'Foreground';
  return stored.strategy.garbage === 'orphan' ? 'Orphan' : 'Background';
}
