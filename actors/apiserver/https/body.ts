/**
 * Reads request bodies, bounded in size and time, and decodes them from JSON, YAML or protobuf.
 *
 * What a client sent wrong comes back as the `Status` Kubernetes answers. Never judges an object
 * beyond its shape.
 */
import type { Http2ServerRequest } from 'node:http2';
import {
  decodeFields,
  type ParsedJson,
  strictJsonParse,
  undecodable,
} from '../../../machines/api/fields.ts';
import { isRecord } from '../../../machines/api/json.ts';
import { decodeProtobuf, ProtobufError } from '../../../machines/api/protobuf.ts';
import type { ApiReply, PatchType } from '../../../machines/api/request.ts';
import { findApiVersionKind } from '../../../machines/api/schema.ts';
import {
  badRequest,
  failure,
  tooLarge,
  unsupportedMediaType,
} from '../../../machines/api/status.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { contentTypes, type Encoding, mediaTypes } from './negotiation.ts';

/** Bodies larger than this are refused with 413, as in Kubernetes. */
export const bodyBytesMax = 3 * 1024 * 1024;
/** A client that goes on sending a refused body is cut after this much. */
const droppedBytesMax = 16 * 1024 * 1024;
/** A body must have arrived within this time. */
export const bodyWaitMs = 60_000;

/** The kind a path implies, used where the body names none. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Reads the whole body, or says what to answer instead. */
export function readBody(request: Http2ServerRequest): Promise<Buffer | ApiReply> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bodyBytesMax) return Promise.resolve(refusedBody(request));
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => done(slowBody()), bodyWaitMs);
    const done = (result: Buffer | ApiReply) => {
      clearTimeout(timer);
      request.off('data', take);
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyBytesMax) done(refusedBody(request));
      else chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () =>
      done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)),
    );
    for (const event of ['error', 'aborted', 'close']) {
      request.once(event, () => done(badRequest('the request body could not be read')));
    }
  });
}

/** The rest of a refused body is dropped, within bounds, so that the client sees the answer. */
function refusedBody(request: Http2ServerRequest): ApiReply {
  let dropped = 0;
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > droppedBytesMax) request.destroy();
  });
  return tooLarge(`limit is ${bodyBytesMax}`);
}

function slowBody(): ApiReply {
  return failure(504, 'Timeout', 'Timeout: request did not complete within the allotted duration');
}

/** The encoding of a body; JSON where the client names none. */
export function bodyEncoding(contentType: string | undefined): Encoding | ApiReply {
  const type = mediaTypeOf(contentType);
  if (type === '') return 'json';
  const found = Object.entries(contentTypes).find(([, value]) => value === type);
  if (found !== undefined) return found[0] as Encoding;
  return unknownFormat(mediaTypes);
}

/** The 415 of a body in none of these media types. */
export function unknownFormat(accepted: readonly string[]): ApiReply {
  const list = accepted.join(', ');
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${list}`,
  );
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
  'application/apply-patch+cbor': 'apply',
};

/** The type of a PATCH body by its content type. */
export function patchType(contentType: string | undefined): PatchType | ApiReply {
  const type = patchTypes[mediaTypeOf(contentType)];
  if (type !== undefined) return type;
  return unknownFormat(Object.keys(patchTypes).filter((name) => patchTypes[name] !== 'apply'));
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase();
}

/** A decoded body, and what a strict decoder found in it. */
export interface DecodedBody {
  readonly object: AnyObject;
  readonly findings: { readonly unknown: readonly string[]; readonly duplicate: readonly string[] };
}

const noFindings = { unknown: [], duplicate: [] };

/**
 * Decodes a body to an object, or says why it is none. Its kind may still be another than expected.
 */
export async function decodeObject(
  body: Buffer,
  encoding: Encoding,
  expected: ExpectedKind,
): Promise<DecodedBody | ApiReply> {
  if (encoding === 'protobuf') return decodeEnvelope(body, expected);
  const parsed = await parse(body, encoding);
  if (!parsed.ok) return unrecognized(expected.kind, parsed.error, body);
  const { value, duplicate } = parsed;
  if (!isRecord(value)) {
    const error = `couldn't get version/kind; json parse error: ${goTypeError(value)}`;
    return unrecognized(expected.kind, error, body);
  }
  for (const field of ['apiVersion', 'kind'] as const) {
    const given = value[field] ?? '';
    if (typeof given === 'string') continue;
    const what = `${goTypeName(given)} into Go struct field .${field} of type string`;
    const error = `couldn't get version/kind; json parse error: json: cannot unmarshal ${what}`;
    return unrecognized(expected.kind, error, body);
  }
  const apiVersion = value.apiVersion || expected.apiVersion;
  const kind = value.kind || expected.kind;
  const type = findApiVersionKind(expected.apiVersion, expected.kind);
  const other = apiVersion !== expected.apiVersion || kind !== expected.kind;
  if (type === undefined || other) {
    return { object: { ...value, apiVersion, kind } as AnyObject, findings: noFindings };
  }
  const { object, unknown, error } = decodeFields(type, { ...value, apiVersion, kind });
  if (error === undefined) return { object, findings: { unknown, duplicate } };
  return badRequest(undecodable(versionOf(expected.apiVersion), expected.kind, error));
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

/** Parses JSON or YAML text; `error` is in the decoder's words. */
export async function parse(body: Buffer, encoding: 'json' | 'yaml'): Promise<ParsedJson> {
  const text = body.toString('utf8');
  if (encoding === 'json') {
    const parsed = strictJsonParse(text);
    if (parsed.ok) return parsed;
    return { ok: false, error: `couldn't get version/kind; json parse error: ${parsed.error}` };
  }
  const yaml = await import('yaml');
  const options = {
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  } as const;
  try {
    const document = yaml.parseDocument(text, options);
    // As in Kubernetes what follows the first document is not looked at.
    const wrong = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
    if (wrong !== undefined) throw wrong;
    return { ok: true, value: document.toJS({ maxAliasCount: yamlAliasesMax }), duplicate: [] };
  } catch (error) {
    const detail = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    return { ok: false, error: `error converting YAML to JSON: yaml: ${detail}` };
  }
}

/** A YAML body may use this many aliases, so that a small body cannot unfold to a huge one. */
const yamlAliasesMax = 100;

function goTypeName(value: unknown): string {
  const type = Array.isArray(value) ? 'array' : typeof value;
  return type === 'boolean' ? 'bool' : value === null ? 'null' : type;
}

function goTypeError(value: unknown): string {
  return (
    `json: cannot unmarshal ${goTypeName(value)} into Go value of type struct ` +
    '{ APIVersion string "json:\\"apiVersion,omitempty\\""; ' +
    'Kind string "json:\\"kind,omitempty\\"" }'
  );
}

function unrecognized(kind: string, error: string, body: Buffer): ApiReply {
  const summary = summarize(body);
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${error} (${summary})`,
  );
}

/** The beginning of a body as messages show it: text where it looks like JSON, hex otherwise. */
function summarize(body: Buffer): string {
  const lengthMax = 30;
  if (body.length === 0) return '<empty>';
  const text = body[0] === 0x7b;
  const head = body.subarray(0, lengthMax).toString(text ? 'utf8' : 'hex');
  return body.length > lengthMax ? `${head} ...` : head;
}

function decodeEnvelope(body: Buffer, expected: ExpectedKind): DecodedBody | ApiReply {
  try {
    return { object: decodeProtobuf(body, expected), findings: noFindings };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return unrecognized(expected.kind, error.message, body);
  }
}
