/**
 * Creating one object: names and ids, admission, preparation, validation, and the write with its
 * guard.
 *
 * Follows apiserver's rest.BeforeCreate and Store.Create. Pure; the request's body may be changed
 * in place.
 */

import type { AdmitEnv, Attributes } from './admission/attributes.ts';
import { admitObject } from './admission/chain.ts';
import { fromStorage, toStorage } from './conversion.ts';
import { cloneJson } from './json.ts';
import { metadataErrors } from './metadata.ts';
import {
  answered,
  type Draft,
  draftOf,
  matchNamespace,
  nowText,
  type Outcome,
  objectReply,
  refusedOutcome,
  tidyMetadata,
  ttlOf,
} from './registry.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { WriteOptions } from './request-options.ts';
import { type Served, servedByStorage, storeKey } from './resources.ts';
import { alreadyExists, badRequest, invalid } from './status.ts';
import { noteTrace } from './traceparent.ts';

const generatedSuffixLength = 5;
const generatedPrefixLengthMax = 63 - generatedSuffixLength;

/** Admits a POST of a resource. */
export function admitCreate(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const body = draftOf(request, served, served.kind);
  if ('code' in body && 'warnings' in body) return answered(body as ApiReply);
  const draft = body as Draft;
  if (draft.metadata.resourceVersion) {
    return answered(badRequest('resourceVersion should not be set on objects to be created'));
  }
  const mismatch = matchNamespace(draft, served, request.namespace);
  if (mismatch !== undefined) return answered(mismatch);
  return createDraft(request, served, draft, options, env);
}

/** Admits the creation of a draft (also by a PUT of a resource that allows it). */
export function createDraft(
  request: ApiRequest,
  served: Served,
  given: Draft,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const stored = servedByStorage(served.storage) ?? served;
  // Allocation tells what the client set from what it did not: each attempt starts from the
  // client's own spec.
  const own = served.storage === 'core/services' ? cloneJson(given) : given;
  const draft = toStorage(served, own) as Draft;
  fillMetadata(draft, env);
  stored.strategy.defaults?.(draft);
  const attributes: Attributes = {
    request,
    served,
    operation: 'create',
    namespace: request.namespace,
    name: draft.metadata.name ?? '',
    object: draft,
    old: undefined,
    env,
    writes: [],
    warnings: [],
  };
  const refusal = admitObject(attributes);
  if (refusal !== undefined) return refusedOutcome(refusal);
  generateName(draft, env);
  prepare(stored, draft, env);
  tidyMetadata(draft.metadata);
  const rule = stored.strategy.nameRule ?? 'dnsSubdomain';
  const causes = [
    ...metadataErrors(draft.metadata, served.namespaced, rule),
    ...(stored.strategy.validate?.(draft) ?? []),
  ];
  const name = draft.metadata.name ?? '';
  if (causes.length > 0) return answered(invalid(served.group, served.kind, name, causes));
  const warnings = [
    ...attributes.warnings,
    ...(stored.strategy.warnings?.(draft, undefined) ?? []),
  ];
  return writeNew(request, served, draft, attributes, options, warnings);
}

/** The metadata a new object gets, whatever the client sent. */
function fillMetadata(draft: Draft, env: AdmitEnv): void {
  const meta = draft.metadata;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.generation;
  delete meta.resourceVersion;
  meta.uid = env.uid;
  meta.creationTimestamp = nowText(env);
}

function generateName(draft: Draft, env: AdmitEnv): void {
  const meta = draft.metadata;
  if (meta.name || !meta.generateName) return;
  const prefix = meta.generateName.slice(0, generatedPrefixLengthMax);
  meta.name = `${prefix}${env.draw.suffix(generatedSuffixLength)}`;
}

function prepare(stored: Served, draft: Draft, env: AdmitEnv): void {
  const { strategy } = stored;
  if (stored.hasStatus && strategy.keepsStatus === 'never') draft.status = {};
  if (strategy.generation !== 'none') draft.metadata.generation = 1;
  strategy.prepareForCreate?.(draft, env);
}

function writeNew(
  request: ApiRequest,
  served: Served,
  object: Draft,
  attributes: Attributes,
  options: WriteOptions,
  warnings: readonly string[],
): Outcome {
  const { env } = attributes;
  const name = object.metadata.name ?? '';
  const existing = env.view.getAny(served.storage, request.namespace, name);
  const generated = attributes.name === '';
  if (existing !== undefined && !generated) {
    const deleting = existing.metadata.deletionTimestamp !== undefined;
    return { type: 'reply', reply: alreadyExists(served.named, name, deleting), stale: true };
  }
  if (options.dryRun) return answered(objectReply(201, fromStorage(served, object)), warnings);
  noteTrace(object.metadata, undefined, served.storage, env.traceparent);
  const key = storeKey(served.storage, request.namespace, name);
  const write = { key, operation: 'put' as const, object, expected: 0, ...ttlOf(served, env) };
  return {
    type: 'write',
    writes: [write, ...attributes.writes],
    answer: { kind: 'object', code: 201, object },
    warnings,
  };
}
