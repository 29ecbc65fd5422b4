/**
 * What all mutations share: outcomes, checks of the body against the request, and the metadata the
 * server owns.
 *
 * The semantics follow apiserver's generic registry (store.go, rest/create.go, update.go,
 * delete.go). Pure.
 */
import type { AdmitEnv, ObjectWrite, Refusal } from './admission/attributes.ts';
import { isRecord } from './json.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { Served } from './resources.ts';
import { badRequest } from './status.ts';
import { formatTime } from './timestamp.ts';
import type { ObjectMeta } from './types.ts';
import type { AnyObject } from './view.ts';

/** How the answer is made once the writes are stored. */
export type AnswerPlan =
  /** The object of the first write, with its new revision, in the request's version. */
  | { readonly kind: 'object'; readonly code: number; readonly object: AnyObject }
  /** An answer that does not depend on the revision. */
  | { readonly kind: 'reply'; readonly reply: ApiReply };

/** What admitting a mutation came to. A guard that fails means: admit again, on a newer view. */
export type Outcome =
  | {
      readonly type: 'write';
      readonly writes: readonly ObjectWrite[];
      readonly answer: AnswerPlan;
      readonly warnings: readonly string[];
    }
  | { readonly type: 'reply'; readonly reply: ApiReply; readonly stale: boolean };

/** An outcome without a write. */
export function answered(reply: ApiReply, warnings: readonly string[] = []): Outcome {
  const all = warnings.length === 0 ? reply : { ...reply, warnings: [...warnings] };
  return { type: 'reply', reply: all, stale: false };
}

/** The same where it holds only of a view that does not lag: that nothing changes. */
export function answeredWhereFresh(reply: ApiReply, warnings: readonly string[] = []): Outcome {
  return { ...answered(reply, warnings), stale: true } as Outcome;
}

export function refusedOutcome(refusal: Refusal): Outcome {
  return { type: 'reply', reply: refusal.refused, stale: refusal.stale };
}

/** An answer of an object that was not written now. */
export function objectReply(code: number, object: AnyObject): ApiReply {
  return { code, object, warnings: [] };
}

/** Fields of an object that may be changed: what the request path works on. */
export type Draft = { -readonly [F in keyof AnyObject]: AnyObject[F] } & {
  metadata: ObjectMeta;
  [field: string]: unknown;
};

/** The body as a draft whose metadata is its own, or what is wrong with it. */
export function draftOf(request: ApiRequest, served: Served, kind: string): Draft | ApiReply {
  const body = request.body;
  if (!isRecord(body)) {
    return badRequest(
      `the object provided is unrecognized (must be of type ${kind}): ` +
        "Object 'Kind' is missing in 'null'",
    );
  }
  const wrong = kindErrors(body, served.apiVersion, kind);
  if (wrong !== undefined) return wrong;
  return draft(body as AnyObject, served.apiVersion, kind);
}

/** A shallow copy with its own metadata, without what the server alone keeps. */
export function draft(object: AnyObject, apiVersion: string, kind: string): Draft {
  const copy = { ...object } as Draft;
  copy.apiVersion = apiVersion;
  copy.kind = kind;
  const meta: ObjectMeta = { ...(object.metadata ?? {}) };
  delete meta.managedFields;
  delete meta.selfLink;
  copy.metadata = meta;
  return copy;
}

/** What is wrong with apiVersion and kind of a body for this endpoint, where they are given. */
export function kindErrors(
  body: { readonly [field: string]: unknown },
  apiVersion: string,
  kind: string,
): ApiReply | undefined {
  const given = body.apiVersion;
  if (typeof given === 'string' && given !== '' && given !== apiVersion) {
    return badRequest(
      `the API version in the data (${given}) does not match the expected API version ` +
        `(${apiVersion})`,
    );
  }
  const givenKind = body.kind;
  if (typeof givenKind === 'string' && givenKind !== '' && givenKind !== kind) {
    const version = JSON.stringify(apiVersion.slice(apiVersion.indexOf('/') + 1));
    return badRequest(
      `${givenKind} in version ${version} cannot be handled as a ${kind}: ` +
        `converting (${givenKind}) to (${kind}): unknown conversion`,
    );
  }
  return metadataShapeError(body, kind);
}

const textFields = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'] as const;

/** A last check of the metadata's shape, for bodies that came past a decoder which checks types. */
function metadataShapeError(
  body: { readonly [field: string]: unknown },
  kind: string,
): ApiReply | undefined {
  const wrong = (field: string, value: unknown, type: string) => {
    const shown = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    return badRequest(
      `${kind} in version "" cannot be handled as a ${kind}: json: cannot unmarshal ${shown} ` +
        'into ' +
        `Go struct field ObjectMeta.${field} of type ${type}`,
    );
  };
  const meta = body.metadata;
  if (meta === undefined || meta === null) return undefined;
  if (!isRecord(meta)) return wrong('metadata', meta, 'v1.ObjectMeta');
  for (const field of textFields) {
    const value = meta[field];
    if (value !== undefined && value !== null && typeof value !== 'string') {
      return wrong(`metadata.${field}`, value, 'string');
    }
  }
  for (const field of ['labels', 'annotations'] as const) {
    const map = meta[field];
    if (map === undefined || map === null) continue;
    if (!isRecord(map)) return wrong(`metadata.${field}`, map, 'map[string]string');
    for (const key in map) {
      if (typeof map[key] !== 'string') return wrong(`metadata.${field}`, map[key], 'string');
    }
  }
  const { finalizers, ownerReferences } = meta;
  if (finalizers !== undefined && finalizers !== null) {
    const fine = Array.isArray(finalizers) && finalizers.every((one) => typeof one === 'string');
    if (!fine) return wrong('metadata.finalizers', finalizers, '[]string');
  }
  if (ownerReferences !== undefined && ownerReferences !== null) {
    const fine = Array.isArray(ownerReferences) && ownerReferences.every(isRecord);
    if (!fine) return wrong('metadata.ownerReferences', ownerReferences, '[]v1.OwnerReference');
  }
  return undefined;
}

/** Makes the body's namespace the request's, or says that they differ. */
export function matchNamespace(
  draft: Draft,
  served: Served,
  namespace: string,
): ApiReply | undefined {
  const meta = draft.metadata;
  if (!served.namespaced) {
    delete meta.namespace;
    return undefined;
  }
  if (meta.namespace && meta.namespace !== namespace) {
    return badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  meta.namespace = namespace;
  return undefined;
}

/** Drops what has the zero value in metadata, as Go's omitempty does. */
export function tidyMetadata(meta: ObjectMeta): void {
  const fields = meta as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined || value === null || value === '' || isEmptyCollection(value)) {
      delete fields[key];
    }
  }
}

function isEmptyCollection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}

/** The time of the request as metav1.Time. */
export function nowText(env: { readonly nowMs: number }): string {
  return formatTime(Math.floor(env.nowMs / 1000));
}

/** The object as it is stored: without its revision. */
export function withoutRevision(object: AnyObject): AnyObject {
  const { resourceVersion: _, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

/** The object as it is answered, at this revision. */
export function withRevision(object: AnyObject, revision: number): AnyObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** Lifetime of a stored object in seconds, where it has one. */
export function ttlOf(served: Served, env: AdmitEnv): { ttlSeconds?: number } {
  return served.isEvent ? { ttlSeconds: env.settings.eventTtlSeconds } : {};
}
