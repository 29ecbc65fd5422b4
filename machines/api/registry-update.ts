/**
 * Updating one object by PUT or PATCH, whole or through a subresource: revision and uid guards,
 * what a client may not change, generation, validation, deletion by the last finalizer, and no
 * write where nothing changes.
 *
 * Follows apiserver's rest.BeforeUpdate and Store.Update. Pure; the stored object is never changed.
 */
import type { AdmitEnv, Attributes } from './admission/attributes.ts';
import { admitObject } from './admission/chain.ts';
import { fromStorage, toStorage } from './conversion.ts';
import { cloneJson, isRecord, sameJson } from './json.ts';
import { metadataErrors, metadataUpdateErrors } from './metadata.ts';
import { patchObject } from './patch-request.ts';
import {
  answered,
  answeredWhereFresh,
  type Draft,
  draftOf,
  kindErrors,
  draft as makeDraft,
  matchNamespace,
  type Outcome,
  objectReply,
  refusedOutcome,
  tidyMetadata,
  ttlOf,
  withoutRevision,
} from './registry.ts';
import { createDraft } from './registry-create.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { WriteOptions } from './request-options.ts';
import { revisionOf, type Served, servedByStorage, storeKey } from './resources.ts';
import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  modifiedMessage,
  notFound,
} from './status.ts';
import { mergeSubresource } from './subresources.ts';
import { noteTrace } from './traceparent.ts';
import type { AnyObject, Stored } from './view.ts';

/** Admits a PUT. */
export function admitUpdate(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const body = draftOf(request, served, served.kind);
  if (isReply(body)) return answered(body);
  const wrong = checkName(body, request.name) ?? matchNamespace(body, served, request.namespace);
  if (wrong !== undefined) return answered(wrong);
  const current = env.view.getAny(served.storage, request.namespace, request.name);
  if (current !== undefined) return admitChange(request, served, body, current, options, env);
  if (served.strategy.allowCreateOnUpdate !== true || request.subresource !== '') {
    return missing(served, request.name);
  }
  return createDraft(request, served, body, options, env);
}

/** Admits a PATCH of any type but apply. */
export function admitPatch(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const current = env.view.getAny(served.storage, request.namespace, request.name);
  if (current === undefined) return missing(served, request.name);
  const base = fromStorage(served, current);
  const patched = patchObject(request, served.info.type, base, options);
  if (isReply(patched)) return answered(patched);
  const wrong =
    kindErrors(patched.object, served.apiVersion, served.kind) ??
    checkName(patched.object, request.name);
  if (wrong !== undefined) return answered(wrong);
  const body = makeDraft(patched.object, served.apiVersion, served.kind);
  const mismatch = matchNamespace(body, served, request.namespace);
  if (mismatch !== undefined) return answered(mismatch);
  return admitChange(request, served, body, current, options, env, patched.warnings);
}

function missing(served: Served, name: string): Outcome {
  return { type: 'reply', reply: notFound(served.named, name), stale: true };
}

function isReply(value: object): value is ApiReply {
  return 'code' in value && 'warnings' in value && 'object' in value;
}

/** Makes the name the URL's, or says that they differ. */
function checkName(body: AnyObject, name: string): ApiReply | undefined {
  const given = body.metadata?.name;
  if (given === name) return undefined;
  if (given) {
    return badRequest(
      `the name of the object (${given}) does not match the name on the URL (${name})`,
    );
  }
  return badRequest(
    'name must be provided: the name of the object (based on the URL) was undeterminable: ' +
      'name is required',
  );
}

/** Checks the client's own guards: resourceVersion and uid. */
function guardErrors(
  served: Served,
  draft: Draft,
  current: Stored<AnyObject>,
  name: string,
): Outcome | undefined {
  const { resourceVersion: asked = '', uid } = draft.metadata;
  if (asked !== '' && !/^\d{1,19}$/.test(asked)) {
    const text = `strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`;
    const cause = invalidValue('metadata.resourceVersion', asked, text);
    return answered(invalid(served.group, served.kind, name, [cause]));
  }
  if (uid && uid !== current.metadata.uid) {
    const detail = `UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    const reply = conflict(served.named, name, `Precondition failed: ${detail}`);
    return { type: 'reply', reply, stale: true };
  }
  if (asked === '' || asked === '0') {
    if (served.strategy.allowUnconditionalUpdate !== false) return undefined;
    const cause = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    return answered(invalid(served.group, served.named.resource, name, [cause]));
  }
  if (asked === current.metadata.resourceVersion) return undefined;
  return { type: 'reply', reply: conflict(served.named, name, modifiedMessage), stale: true };
}

/** Admits the change of a stored object to a draft in the request's version. */
export function admitChange(
  request: ApiRequest,
  served: Served,
  given: Draft,
  current: Stored<AnyObject>,
  options: WriteOptions,
  env: AdmitEnv,
  givenWarnings: readonly string[] = [],
): Outcome {
  const guard = guardErrors(served, given, current, request.name);
  if (guard !== undefined) return guard;
  const stored = servedByStorage(served.storage) ?? served;
  const old = withoutRevision(current);
  const own = served.storage === 'core/services' ? cloneJson(given) : given;
  const wanted = toStorage(served, own) as Draft;
  if (request.subresource !== 'status') stored.strategy.defaults?.(wanted);
  keepMetadata(wanted, old);
  const draft = mergeSubresource(stored, request.subresource, wanted, old) as Draft;
  const attributes: Attributes = {
    request,
    served,
    operation: 'update',
    namespace: request.namespace,
    name: request.name,
    object: draft,
    old,
    env,
    writes: [],
    warnings: [],
  };
  const refusal = admitObject(attributes);
  if (refusal !== undefined) return refusedOutcome(refusal);
  const causes = prepareAndValidate(stored, request.subresource, draft, old, env);
  if (causes.length > 0) {
    return answered(invalid(served.group, served.kind, request.name, causes));
  }
  const warnings = [
    ...givenWarnings,
    ...attributes.warnings,
    ...(request.subresource === '' ? (stored.strategy.warnings?.(draft, old) ?? []) : []),
  ];
  return writeChange(request, served, draft, current, attributes, options, warnings);
}

/** Puts back what an update may not change. */
function keepMetadata(draft: Draft, old: AnyObject): void {
  const meta = draft.metadata;
  const before = old.metadata ?? {};
  meta.uid = before.uid;
  meta.creationTimestamp = before.creationTimestamp;
  meta.generation = before.generation;
  meta.deletionTimestamp = before.deletionTimestamp;
  meta.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  if (before.generateName !== undefined) meta.generateName ??= before.generateName;
  delete meta.resourceVersion;
  tidyMetadata(meta);
}

function prepareAndValidate(
  stored: Served,
  subresource: string,
  draft: Draft,
  old: AnyObject,
  env: AdmitEnv,
) {
  const { strategy } = stored;
  const changesSpec = !reports.has(subresource);
  if (subresource === '') strategy.prepareForUpdate?.(draft, old, env);
  tidyMetadata(draft.metadata);
  if (changesSpec && strategy.generation !== 'none' && isNewGeneration(stored, draft, old)) {
    draft.metadata.generation = (old.metadata?.generation ?? 0) + 1;
  }
  const rule = strategy.nameRule === 'pathSegment' ? 'pathSegment' : 'dnsSubdomain';
  const metaCauses = sameJson(draft.metadata, old.metadata)
    ? []
    : [
        ...metadataErrors(draft.metadata, stored.namespaced, rule),
        ...metadataUpdateErrors(draft.metadata, old.metadata ?? {}),
      ];
  const causes = changesSpec
    ? [
        ...(strategy.validate?.(draft, old) ?? []),
        ...(strategy.validateUpdate?.(draft, old, subresource) ?? []),
      ]
    : (strategy.validateStatusUpdate?.(draft, old) ?? []);
  return [...metaCauses, ...causes];
}

/** Subresources that change what an object reports. */
const reports = new Set(['status', 'approval']);
const notCounted = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/** True where something changed besides metadata and status. */
function isChangedSpec(draft: Draft, old: AnyObject): boolean {
  for (const field of new Set([...Object.keys(draft), ...Object.keys(old)])) {
    if (!notCounted.has(field) && !sameJson(draft[field], old[field])) return true;
  }
  return false;
}

/** True where something changed that metadata.generation counts. */
function isNewGeneration(stored: Served, draft: Draft, old: AnyObject): boolean {
  if (isChangedSpec(draft, old)) return true;
  const { generation } = stored.strategy;
  if (generation === 'specAndAnnotations') {
    return !sameJson(draft.metadata.annotations, old.metadata?.annotations);
  }
  return generation === 'specAndLabels' && !sameJson(draft.metadata.labels, old.metadata?.labels);
}

/** True where this update removes the last thing that holds an object being deleted. */
function endsObject(draft: AnyObject, old: AnyObject, storage: string): boolean {
  const before = old.metadata ?? {};
  if (before.deletionTimestamp === undefined) return false;
  if ((draft.metadata?.finalizers?.length ?? 0) > 0) return false;
  if ((before.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  if (storage !== 'core/namespaces') return true;
  const spec = draft.spec;
  const finalizers = isRecord(spec) ? spec.finalizers : undefined;
  return !Array.isArray(finalizers) || finalizers.length === 0;
}

/** A change of what is wanted, not of what is reported. */
function isAction({ subresource }: ApiRequest, draft: Draft, old: AnyObject): boolean {
  return !reports.has(subresource) && isChangedSpec(draft, old);
}

function writeChange(
  request: ApiRequest,
  served: Served,
  draft: Draft,
  current: Stored<AnyObject>,
  attributes: Attributes,
  options: WriteOptions,
  warnings: readonly string[],
): Outcome {
  const old = attributes.old as AnyObject;
  const key = storeKey(served.storage, request.namespace, request.name);
  const expected = revisionOf(current);
  const ends = endsObject(draft, old, served.storage);
  if (!ends && attributes.writes.length === 0 && sameJson(draft, old)) {
    return answeredWhereFresh(objectReply(200, fromStorage(served, current)), warnings);
  }
  if (options.dryRun) {
    const metadata = { ...draft.metadata, resourceVersion: current.metadata.resourceVersion };
    const object = fromStorage(served, { ...draft, metadata });
    return answered(objectReply(200, object), warnings);
  }
  if (!ends && isAction(request, draft, old)) {
    noteTrace(draft.metadata, old.metadata, served.storage, attributes.env.traceparent);
  }
  const write = ends
    ? { key, operation: 'delete' as const, object: old, expected }
    : { key, operation: 'put' as const, object: draft, expected, ...ttlOf(served, attributes.env) };
  return {
    type: 'write',
    writes: [write, ...attributes.writes],
    answer: { kind: 'object', code: 200, object: draft },
    warnings,
  };
}
