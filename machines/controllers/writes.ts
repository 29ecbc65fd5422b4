/**
 * The writes controllers have in common, made as few and as small as they can be: a status patch
 * holds only what differs, and there is none where nothing does. Never writes a status over one
 * that it was not made from: each is guarded by its resourceVersion, as Kubernetes' UpdateStatus is,
 * or a plan made on an old view would take back what a newer one wrote.
 */
import type { Change, Record, Records } from '../api/change.ts';
import type { ObjectMeta, ObjectReference } from '../api/types.ts';
import type { AnyObject, StoredMeta } from '../api/view.ts';
import type { Plan } from './controller.ts';

/** Any stored object, whatever its kind. */
export interface StoredObject {
  readonly metadata: ObjectMeta & StoredMeta;
  readonly status?: unknown;
}

/**
 * Deep equality of JSON values, where a field that is absent, undefined or null is the same, as are
 * empty lists and empty objects (Kubernetes' semantic equality).
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) && isEmpty(b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameValue(item, b[index]));
  }
  const left = a as { [key: string]: unknown };
  const right = b as { [key: string]: unknown };
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && !isEmpty(right[key])) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  for (const _ in value) return false;
  return true;
}

/**
 * The merge patch that turns one flat record of values into another; undefined where they are the
 * same.
 */
function differences(
  from: { readonly [key: string]: unknown },
  to: { readonly [key: string]: unknown },
): AnyObject | undefined {
  const patch: { [key: string]: unknown } = {};
  let count = 0;
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (sameStatusField(from[key], to[key])) continue;
    patch[key] = nested(from[key], to[key]);
    count++;
  }
  return count === 0 ? undefined : patch;
}

/**
 * Zero in the store is the same as absent in what is wanted, but a wanted zero is written where it
 * is absent.
 */
function sameStatusField(from: unknown, to: unknown): boolean {
  if (to === undefined && (from === 0 || from === '' || from === false)) return true;
  return sameValue(from, to);
}

function nested(from: unknown, to: unknown): unknown {
  if (to === undefined) return null;
  if (!isRecord(from) || !isRecord(to)) return to;
  const patch: { [key: string]: unknown } = { ...to };
  for (const key in from) if (to[key] === undefined) patch[key] = null;
  return patch;
}

function isRecord(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The write that gives an object this status: none where it has it already. A plan has one for an
 * object, as the second would meet its guard.
 */
export function statusPatch(
  resource: string,
  object: StoredObject,
  status: object,
  options: {
    readonly records?: Records;
    /**
     * Annotations to set with it: a write of a status may change metadata, and is then no new
     * generation.
     */
    readonly annotations?: { readonly [name: string]: string } | undefined;
  } = {},
): readonly Change[] {
  const from = (object.status ?? {}) as { [key: string]: unknown };
  const patch = differences(from, status as { [key: string]: unknown });
  const { annotations } = options;
  if (patch === undefined && annotations === undefined) return [];
  const { namespace = '', name, uid, resourceVersion } = object.metadata;
  const metadata = {
    uid,
    resourceVersion,
    ...(annotations && { annotations }),
  };
  return [
    {
      type: 'patch',
      key: { resource, namespace, name },
      patch: { metadata, ...(patch && { status: patch }) },
      strategy: 'merge',
      subresource: 'status',
      ...(options.records && { records: options.records }),
    },
  ];
}

/** True where one of the changes writes the status of an object of this resource. */
export function writesStatus(resource: string, changes: readonly Change[]): boolean {
  return changes.some(
    (change) =>
      change.type === 'patch' &&
      change.subresource === 'status' &&
      change.key.resource === resource,
  );
}

/**
 * A merge patch of an object's own fields; `metadata` may hold labels, annotations, finalizers to
 * change.
 */
export function mergePatch(
  resource: string,
  object: StoredObject,
  patch: { readonly metadata?: object; readonly [field: string]: unknown },
  records?: Records,
): Change {
  const { namespace = '', name, uid } = object.metadata;
  return {
    type: 'patch',
    key: { resource, namespace, name },
    patch: { ...patch, metadata: { uid, ...patch.metadata } },
    strategy: 'merge',
    ...(records && { records }),
  };
}

/** Deletes an object, if it is still the one that was looked at. */
export function deletion(resource: string, object: StoredObject, records?: Records): Change {
  const { namespace = '', name, uid } = object.metadata;
  return { type: 'delete', key: { resource, namespace, name }, uid, ...(records && { records }) };
}

/** A Normal event. */
export function normal(regarding: ObjectReference, reason: string, note: string): Record {
  return { regarding, type: 'Normal', reason, note };
}

/** A Warning event. */
export function warning(regarding: ObjectReference, reason: string, note: string): Record {
  return { regarding, type: 'Warning', reason, note };
}

/** A plan of these stages without the empty ones. */
export function planOf(stages: readonly (readonly Change[])[], againAtMs?: number): Plan {
  const filled = stages.filter((stage) => stage.length > 0);
  return againAtMs === undefined ? { stages: filled } : { stages: filled, againAtMs };
}

/** The earlier of two times, either of which may be missing. */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
