/**
 * Applies the patch of a request to an object in its own version, and checks the types of what it
 * changed.
 *
 * Pure; the object given is never changed.
 */
import { decodeFields, fieldWarnings, strictError } from './fields.ts';
import { cloneJson } from './json.ts';
import { isOwnGroup } from './own-kinds.ts';
import { applyPatch } from './patch.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { WriteOptions } from './request-options.ts';
import type { Served } from './resources.ts';
import { badRequest, failure, invalid, invalidValue, unsupportedMediaType } from './status.ts';
import type { AnyObject } from './view.ts';

/** A patched object and the warnings about it. */
export interface Patched {
  readonly object: AnyObject;
  readonly warnings: readonly string[];
}

/** The answer to an apply, whose managers would need managedFields, which are not kept. */
export function applyRefusal(): ApiReply {
  return unsupportedMediaType(
    'server-side apply is not served: apply on the client (kubectl apply without --server-side, ' +
      'helm with --server-side=false), or send a PATCH of type application/json-patch+json, ' +
      'application/merge-patch+json or application/strategic-merge-patch+json',
  );
}

/** The answer to a strategic merge patch of a kind whose merge keys clients do not know. */
function strategicRefusal(): ApiReply {
  return unsupportedMediaType(
    'the body of the request was in an unknown format - accepted media types include: ' +
      'application/json-patch+json, application/merge-patch+json',
  );
}

/**
 * Applies the request's patch to an object in its own version; a reply where that is not possible.
 */
export function patchObject(
  request: ApiRequest,
  type: Served['info']['type'] | undefined,
  base: AnyObject,
  options: WriteOptions,
): Patched | ApiReply {
  const patch = request.patch;
  if (patch === undefined) return badRequest('error decoding patch: unexpected end of JSON input');
  if (patch.type === 'apply') return applyRefusal();
  if (patch.type === 'strategic' && isOwnGroup(request.group)) return strategicRefusal();
  const result = applyPatch(patch.type, type, base as Record<string, unknown>, patch.body);
  if (!result.ok) {
    return failure(result.code, result.reason, result.message);
  }
  if (type === undefined) return { object: result.object as AnyObject, warnings: [] };
  const { changed, unchanged } = splitChanged(request, base, result.object);
  const decoded = decodeFields(type, changed);
  if (decoded.error !== undefined) return patchInvalid(result.object, decoded.error);
  const object = { ...unchanged, ...decoded.object } as AnyObject;
  if (decoded.unknown.length === 0) return { object, warnings: [] };
  if (options.fieldValidation === 'Strict') {
    return patchInvalid(result.object, strictError(decoded.unknown, []) ?? '');
  }
  const warn = options.fieldValidation === 'Warn';
  return { object, warnings: warn ? fieldWarnings(decoded.unknown, []) : [] };
}

/**
 * Fields that the patch left alone have their types already. A status update shares them with the
 * stored object, since it keeps them as they are; any other update gets its own copy, which
 * defaulting may change in place.
 */
function splitChanged(
  { subresource }: ApiRequest,
  base: AnyObject,
  patched: Readonly<Record<string, unknown>>,
) {
  const changed: Record<string, unknown> = {};
  const unchanged: Record<string, unknown> = {};
  for (const key of Object.keys(patched)) {
    const value = patched[key];
    if (value !== base[key]) changed[key] = value;
    else unchanged[key] = subresource === 'status' ? value : cloneJson(value);
  }
  return { changed, unchanged };
}

function patchInvalid(object: unknown, detail: string): ApiReply {
  return invalid('', '', '', [invalidValue('patch', JSON.stringify(object), detail)]);
}
