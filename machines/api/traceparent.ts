/**
 * The annotation that tells which request an object's present spec comes from, so that whoever sees the object can link
 * to that request's span (KEP-5915). It is there for requests of a sampled trace alone: without one, objects are as
 * they would be without tracing.
 *
 * Pure; changes drafts in place, never the annotations of the stored object.
 */
import type { ObjectMeta } from './types.ts';

/** Its name, as KEP-5915 proposes it; the value is a W3C `traceparent`. */
export const TRACEPARENT_ANNOTATION = 'tracing.k8s.io/traceparent';

/** Routine reporting, not an action of anybody: heartbeats and Kubernetes Events. */
const ROUTINE: ReadonlySet<string> = new Set(['coordination.k8s.io/leases', 'core/events']);

const SAMPLED = 1;

/** True of a W3C trace context whose sampled flag is set. */
export function isSampled(traceparent: string | undefined): traceparent is string {
  const flags = /^00-[0-9a-f]{32}-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(traceparent ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 16) & SAMPLED) !== 0;
}

/**
 * Notes the trace of a request that creates an object, or changes what is wanted of it, in the metadata to store. What
 * the client says itself in the same request stays as it says.
 */
export function noteTrace(
  meta: ObjectMeta,
  before: ObjectMeta | undefined,
  storage: string,
  traceparent: string | undefined,
): void {
  if (!isSampled(traceparent) || ROUTINE.has(storage)) return;
  const given = meta.annotations?.[TRACEPARENT_ANNOTATION];
  if (given !== undefined && given !== before?.annotations?.[TRACEPARENT_ANNOTATION]) return;
  meta.annotations = { ...meta.annotations, [TRACEPARENT_ANNOTATION]: traceparent };
}
