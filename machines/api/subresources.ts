/**
 * Which part of an object an update through each endpoint may change; everything else is kept as it
 * is stored.
 *
 * Pure: builds new objects, never changes what is stored.
 */
import { isRecord } from './json.ts';
import type { Draft } from './registry.ts';
import type { Served } from './resources.ts';
import type { AnyObject } from './view.ts';

/** The object after an update through a subresource ('' for the object itself). */
export function mergeSubresource(
  stored: Served,
  subresource: string,
  wanted: Draft,
  old: AnyObject,
): Draft {
  switch (subresource) {
    case '':
      return wholeObject(stored, wanted, old);
    case 'status':
      return statusOnly(stored, wanted, old);
    case 'approval':
      return approvalOnly(wanted, old);
    case 'finalize':
      return withSpecField(old, 'finalizers', specOf(wanted).finalizers);
    case 'ephemeralcontainers':
      return withSpecField(old, 'ephemeralContainers', specOf(wanted).ephemeralContainers);
    case 'resize':
      return resized(wanted, old);
    default:
      return wanted;
  }
}

/** The spec of an object, {} where it has none. */
export function specOf(object: AnyObject): Record<string, unknown> {
  const spec = object.spec;
  return isRecord(spec) ? spec : {};
}

function wholeObject(stored: Served, wanted: Draft, old: AnyObject): Draft {
  if (!stored.hasStatus || stored.strategy.keepsStatus === 'always') return wanted;
  if (old.status === undefined) delete wanted.status;
  else wanted.status = old.status;
  return wanted;
}

function statusOnly(stored: Served, wanted: Draft, old: AnyObject): Draft {
  const metadata = { ...wanted.metadata };
  const before = old.metadata ?? {};
  if (stored.storage === 'core/pods') metadata.ownerReferences = before.ownerReferences;
  if (stored.storage === 'apps/deployments') metadata.labels = before.labels;
  const status = wanted.status;
  const result = { ...old, metadata } as Draft;
  if (status === undefined) delete result.status;
  else result.status = status;
  return result;
}

/** Approving a signing request changes the conditions alone. */
function approvalOnly(wanted: Draft, old: AnyObject): Draft {
  const conditions = isRecord(wanted.status) ? wanted.status.conditions : undefined;
  const before = isRecord(old.status) ? old.status : {};
  const status = { ...before, ...(conditions === undefined ? {} : { conditions }) };
  return { ...old, metadata: { ...old.metadata }, status } as Draft;
}

function withSpecField(old: AnyObject, field: string, value: unknown): Draft {
  const spec: Record<string, unknown> = { ...specOf(old) };
  if (value === undefined) delete spec[field];
  else spec[field] = value;
  return { ...old, metadata: { ...old.metadata }, spec } as Draft;
}

/** A resize changes the containers' resources and resize policies alone. */
function resized(wanted: Draft, old: AnyObject): Draft {
  const spec: Record<string, unknown> = { ...specOf(old) };
  for (const list of ['containers', 'initContainers']) {
    const before = spec[list];
    const after = specOf(wanted)[list];
    if (!Array.isArray(before) || !Array.isArray(after)) continue;
    spec[list] = before.map((container: unknown, index) => {
      const other: unknown = after[index];
      if (!isRecord(container) || !isRecord(other)) return container;
      return { ...container, ...pick(other, 'resources'), ...pick(other, 'resizePolicy') };
    });
  }
  return { ...old, metadata: { ...old.metadata }, spec } as Draft;
}

function pick(object: Record<string, unknown>, field: string): Record<string, unknown> {
  return object[field] === undefined ? {} : { [field]: object[field] };
}
