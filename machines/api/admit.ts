/**
 * The way of a mutating request from what was asked to what is written: decoding, options, and the
 * semantics of its verb and subresource. One pure function of the (already authorized) request and
 * the view.
 *
 * Never writes and never throws on what a client sent; the outcome is data.
 */
import type { AdmitEnv } from './admission/attributes.ts';
import { admitBinding } from './binding.ts';
import { admitEviction } from './eviction.ts';
import { decodeFields, fieldWarnings, strictError, undecodable } from './fields.ts';
import { isRecord } from './json.ts';
import { nameErrors } from './metadata.ts';
import { applyRefusal } from './patch-request.ts';
import { answered, type Outcome } from './registry.ts';
import { admitCreate } from './registry-create.ts';
import { admitDelete } from './registry-delete.ts';
import { admitPatch, admitUpdate } from './registry-update.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import { deleteOptions, type WriteOptions, writeOptions } from './request-options.ts';
import { findServed, type Served } from './resources.ts';
import { answerReview, reviewResources } from './reviews.ts';
import { admitScale } from './scale.ts';
import { findKind, type TypeInfo } from './schema.ts';
import { badRequest, methodNotAllowed, methodNotSupported, noSuchResource } from './status.ts';
import type { AnyObject } from './view.ts';

/** Admits any mutating request but deletecollection and tokens. */
export function admit(request: ApiRequest, env: AdmitEnv): Outcome {
  const served = findServed(request.group, request.version, request.resource);
  if (served === undefined) return answered(noSuchResource());
  const wrong = checkTarget(request, served);
  if (wrong !== undefined) return answered(wrong);
  if (request.verb === 'delete') {
    const options = deleteOptions(request);
    if ('code' in options) return answered(options);
    return admitDelete(request, served, options, env);
  }
  const options = writeOptions(request);
  if ('code' in options) return answered(options);
  // Whether there is such an object or not, so that nobody looks for it.
  if (request.patch?.type === 'apply') return answered(applyRefusal());
  const decoded = decodeRequest(request, served, options);
  if ('code' in decoded) return answered(decoded);
  const outcome = admitWrite(decoded.request, served, options, env);
  return decoded.warnings.length === 0 ? outcome : withWarnings(outcome, decoded.warnings);
}

function admitWrite(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const { verb, subresource } = request;
  if (subresource === 'scale') return admitScale(request, served, options, env);
  switch (verb) {
    case 'create':
      if (subresource === 'binding' || served.storage === 'core/bindings') {
        return admitBinding(request, options, env);
      }
      if (subresource === 'eviction') return admitEviction(request, served, options, env);
      if (reviewResources.has(`${request.group}/${request.resource}`)) {
        return answered(answerReview(request, env.view, env.nowMs));
      }
      return admitCreate(request, served, options, env);
    case 'update':
      return admitUpdate(request, served, options, env);
    case 'patch':
      return admitPatch(request, served, options, env);
    default:
      return answered(methodNotAllowed());
  }
}

function withWarnings(outcome: Outcome, warnings: readonly string[]): Outcome {
  if (outcome.type === 'write') return { ...outcome, warnings: [...warnings, ...outcome.warnings] };
  const { reply } = outcome;
  return { ...outcome, reply: { ...reply, warnings: [...warnings, ...reply.warnings] } };
}

/**
 * The refusal of a request whose verb, scope or name this resource does not take; undefined where
 * it fits.
 */
export function checkTarget(request: ApiRequest, served: Served): ApiReply | undefined {
  const { verb, subresource, namespace, name } = request;
  const sub = served.subresources.get(subresource);
  if (subresource !== '' && sub === undefined) return noSuchResource();
  const verbs: readonly string[] = sub === undefined ? served.info.verbs : sub.verbs;
  if (!verbs.includes(verb)) return methodNotSupported(served.named, verb);
  if (served.namespaced ? namespace === '' && needsNamespace(verb) : namespace !== '') {
    return served.namespaced
      ? badRequest('an empty namespace may not be set during creation')
      : noSuchResource();
  }
  const named = subresource !== '' || ['get', 'update', 'patch', 'delete'].includes(verb);
  if (!named) return undefined;
  if (name === '') return badRequest('Name parameter required.');
  const errors = nameErrors('pathSegment', name);
  if (errors.length === 0) return undefined;
  return badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${errors.join(';')}`);
}

function needsNamespace(verb: string): boolean {
  return verb !== 'list' && verb !== 'watch';
}

/** The type of the body that an endpoint takes. */
export function bodyType(request: ApiRequest, served: Served): TypeInfo | undefined {
  const sub = served.subresources.get(request.subresource);
  if (request.verb === 'delete' || request.verb === 'deletecollection') {
    return findKind('', 'v1', 'DeleteOptions');
  }
  return sub === undefined ? served.info.type : findKind(sub.group, sub.version, sub.kind);
}

/** A request whose body has its type. */
export interface DecodedRequest {
  readonly request: ApiRequest;
  readonly warnings: readonly string[];
}

/**
 * Checks the body against its type (where the front has not), and judges what a strict decoder
 * found.
 */
export function decodeRequest(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
): DecodedRequest | ApiReply {
  let { body, findings } = request;
  if (body === undefined || body === null || request.verb === 'patch') {
    return { request, warnings: [] };
  }
  if (findings === undefined) {
    const type = bodyType(request, served);
    const kind = type?.shortName ?? served.kind;
    if (!isRecord(body)) {
      return badRequest(`the object provided is unrecognized (must be of type ${kind})`);
    }
    if (type === undefined) return { request, warnings: [] };
    const decoded = decodeFields(type, body);
    if (decoded.error !== undefined) {
      return badRequest(undecodable(served.version, type.shortName, decoded.error));
    }
    body = decoded.object as AnyObject;
    findings = { unknown: decoded.unknown, duplicate: [] };
  }
  const { unknown, duplicate } = findings;
  const asked = { ...request, body, findings };
  if (unknown.length === 0 && duplicate.length === 0) return { request: asked, warnings: [] };
  if (options.fieldValidation === 'Strict') {
    const kind = bodyType(request, served)?.shortName ?? served.kind;
    const error = strictError(unknown, duplicate) ?? 'strict decoding error';
    return badRequest(undecodable(served.version, kind, error));
  }
  const warn = options.fieldValidation === 'Warn';
  return { request: asked, warnings: warn ? fieldWarnings(unknown, duplicate) : [] };
}
