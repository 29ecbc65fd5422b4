/**
 * Every refusal and every plain success the API answers, as `Status` objects in Kubernetes' exact
 * words.
 *
 * The wording follows apimachinery's api/errors package and the places in apiserver that call it.
 * Holds no decision about when to refuse; never throws.
 */
import { goJson, goQuote } from './go-format.ts';
import type { ApiReply } from './request.ts';
import type { Cause } from './strategy.ts';
import type { Status, StatusCause } from './types.ts';

/** A resource (or, in 422s, a kind) with its group, as messages name it. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** The name as Kubernetes prints it: `pods`, `deployments.apps`. */
export function qualified({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** A string as messages quote it. */
export function quoted(text: string): string {
  return goQuote(text);
}

interface Details {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A failure with this code, reason and message. */
export function failure(
  code: number,
  reason: string,
  message: string,
  details?: Details,
): ApiReply {
  const object: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details: withoutEmpty(details) }),
    code,
  };
  return { code, object: { ...object, metadata: {} }, warnings: [] };
}

function withoutEmpty(details: Details): Details {
  const kept: { [field: string]: unknown } = {};
  for (const [field, value] of Object.entries(details)) {
    if (value !== '' && value !== undefined && value !== 0) kept[field] = value;
  }
  return kept;
}

/** Status Success, as a delete answers it. */
export function success(resource: GroupResource, name: string, uid: string): ApiReply {
  const details = withoutEmpty({ name, group: resource.group, kind: resource.resource, uid });
  const object = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  return { code: 200, object, warnings: [] };
}

/** Status Success without details, with another code, as bindings and evictions answer it. */
export function plainSuccess(code: number): ApiReply {
  const object = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code };
  return { code, object, warnings: [] };
}

/** True where the reply is a `Status` Failure. */
export function isFailure(reply: ApiReply): boolean {
  return reply.code >= 400;
}

/** The reason of a refusal; '' for anything else. */
export function reasonOf(reply: ApiReply): string {
  return reply.code < 400 ? '' : ((reply.object as Status).reason ?? '');
}

/** The message of a refusal; '' for anything else. */
export function messageOf(reply: ApiReply): string {
  return reply.code < 400 ? '' : ((reply.object as Status).message ?? '');
}

const named = (resource: GroupResource, name: string): Details => ({
  name,
  group: resource.group,
  kind: resource.resource,
});

export function notFound(resource: GroupResource, name: string): ApiReply {
  const message = `${qualified(resource)} ${quoted(name)} not found`;
  return failure(404, 'NotFound', message, named(resource, name));
}

/** The 404 for a path that no resource is served at. */
export function noSuchResource(): ApiReply {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(resource: GroupResource, name: string, deleting = false): ApiReply {
  const message = `${qualified(resource)} ${quoted(name)} already exists`;
  const text = deleting ? `object is being deleted: ${message}` : message;
  return failure(409, 'AlreadyExists', text, named(resource, name));
}

/** The 409 after no free generated name was found. */
export function generateNameConflict(resource: GroupResource, name: string): ApiReply {
  const message =
    `${qualified(resource)} ${quoted(name)} already exists, ` +
    'the server was not able to generate a unique name for the object';
  return failure(409, 'AlreadyExists', message, { ...named(resource, name), retryAfterSeconds: 1 });
}

export const modifiedMessage =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: GroupResource, name: string, detail: string): ApiReply {
  const message =
    `Operation cannot be fulfilled on ${qualified(resource)} ${quoted(name)}: ` + `${detail}`;
  return failure(409, 'Conflict', message, named(resource, name));
}

export function forbidden(resource: GroupResource, name: string, detail: string): ApiReply {
  const subject = name === '' ? qualified(resource) : `${qualified(resource)} ${quoted(name)}`;
  return failure(403, 'Forbidden', `${subject} is forbidden: ${detail}`, named(resource, name));
}

/** The 403 for a path that is no resource. */
export function forbiddenPath(detail: string): ApiReply {
  return failure(403, 'Forbidden', `forbidden: ${detail}`, {});
}

export function badRequest(message: string): ApiReply {
  return failure(400, 'BadRequest', message);
}

/** 422. Kubernetes names the kind here, not the resource; causes come from field errors. */
export function invalid(
  group: string,
  kind: string,
  name: string,
  causes: readonly Cause[],
): ApiReply {
  const subject = `${qualified({ group, resource: kind })} ${quoted(name)} is invalid`;
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const detail = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const message = texts.length === 0 ? subject : `${subject}: ${detail}`;
  return failure(422, 'Invalid', message, {
    name,
    group,
    kind,
    causes: causes.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

export function methodNotSupported(resource: GroupResource, action: string): ApiReply {
  const kind = quoted(qualified(resource));
  const message = `${action} is not supported on resources of kind ${kind}`;
  return failure(405, 'MethodNotAllowed', message, {
    group: resource.group,
    kind: resource.resource,
  });
}

/** The 405 for a verb the path does not take at all. */
export function methodNotAllowed(): ApiReply {
  const message = 'the server does not allow this method on the requested resource';
  return failure(405, 'MethodNotAllowed', message, {});
}

export function unsupportedMediaType(message: string): ApiReply {
  return failure(415, 'UnsupportedMediaType', message);
}

export function expired(message: string): ApiReply {
  return failure(410, 'Expired', message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ApiReply {
  return failure(429, 'TooManyRequests', message, { retryAfterSeconds });
}

/** The 429 of a full server. */
export function overloaded(): ApiReply {
  return tooManyRequests(
    'the server has received too many requests and has asked us to try again later',
    1,
  );
}

export function tooLarge(message: string): ApiReply {
  return failure(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`);
}

/** A client that asks for a revision the server has not reached yet. */
export function tooLargeResourceVersion(asked: number, current: number): ApiReply {
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  return failure(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function timeout(message: string, retryAfterSeconds = 0): ApiReply {
  return failure(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds });
}

/** The 503 while the store cannot be reached; surely nothing was changed. */
export function unavailable(detail: string): ApiReply {
  return failure(503, 'ServiceUnavailable', detail, { retryAfterSeconds: 1 });
}

export function internalError(detail: string): ApiReply {
  return failure(500, 'InternalError', `Internal error occurred: ${detail}`, {
    causes: [{ message: detail }],
  });
}

export function unauthorized(): ApiReply {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

// Field errors, each in the words of apimachinery's field package.

export function required(field: string, detail = ''): Cause {
  return cause('FieldValueRequired', field, 'Required value', detail);
}

export function forbiddenField(field: string, detail: string): Cause {
  return cause('FieldValueForbidden', field, 'Forbidden', detail);
}

export function invalidValue(field: string, value: unknown, detail: string): Cause {
  return cause('FieldValueInvalid', field, `Invalid value: ${shown(value, field)}`, detail);
}

export function duplicateValue(field: string, value: unknown): Cause {
  return cause('FieldValueDuplicate', field, `Duplicate value: ${shown(value, field)}`, '');
}

export function notSupported(field: string, value: unknown, valid: readonly string[]): Cause {
  const detail = valid.length === 0 ? '' : `supported values: ${valid.map(quoted).join(', ')}`;
  return cause(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${shown(value, field)}`,
    detail,
  );
}

export function tooLong(field: string, max: number): Cause {
  return cause('FieldValueTooLong', field, 'Too long', `may not be more than ${max} bytes`);
}

function cause(reason: string, field: string, head: string, detail: string): Cause {
  return { reason, field, message: detail === '' ? head : `${head}: ${detail}` };
}

/** The value of a field as errors show it: a string quoted, anything else as JSON. */
export function shown(value: unknown, field: string): string {
  if (typeof value === 'string') return goQuote(value);
  return goJson(value, field.slice(field.lastIndexOf('.') + 1));
}
