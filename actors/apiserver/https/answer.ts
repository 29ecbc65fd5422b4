/**
 * Sends objects in the representation that was negotiated: JSON, YAML or protobuf, transformed
 * where asked.
 *
 * Encodes each stored object once and keeps the bytes with its entry. Never decides about a
 * request.
 */
import { encodeProtobuf, hasProtobuf } from '../../../machines/api/protobuf.ts';
import type { ApiReply } from '../../../machines/api/request.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { type ApiEntry, encodingsPerEntryMax } from '../api.ts';
import { type Exchange, type Headers, sendBytes } from './exchange.ts';
import {
  contentTypes,
  type Encoding,
  prettyByDefault,
  type Representation,
} from './negotiation.ts';

/**
 * The representation of refusals whose request is not negotiated: JSON, for people's tools
 * indented.
 */
export function refusalForm(exchange: Exchange): Representation {
  return { encoding: 'json', as: '', asVersion: '', pretty: prettyByDefault(exchange.userAgent) };
}

/** The bytes of an object alone; JSON ends with a line feed, as Kubernetes' does. */
export async function encode(
  object: AnyObject,
  encoding: Encoding,
  pretty: boolean,
): Promise<Uint8Array> {
  if (encoding === 'protobuf') return encodeProtobuf({ ...object });
  if (encoding === 'yaml') {
    const { stringify } = await import('yaml');
    return Buffer.from(stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }));
  }
  return Buffer.from(`${JSON.stringify(object, undefined, pretty ? 2 : undefined)}\n`);
}

/** An entry's JSON without a line feed, made once. */
export function entryJson(entry: ApiEntry): Uint8Array {
  return cached(entry, 'json', () => Buffer.from(JSON.stringify(entry.object)));
}

/** An entry's enveloped protobuf, made once. */
export function entryProtobuf(entry: ApiEntry): Uint8Array {
  return cached(entry, 'protobuf', () => encodeProtobuf({ ...entry.object }));
}

/** The entry's encoding of this name, made where it is missing. */
export function cached(entry: ApiEntry, name: string, make: () => Uint8Array): Uint8Array {
  const known = entry.encodings.get(name);
  if (known !== undefined) return known;
  const made = make();
  if (entry.encodings.size < encodingsPerEntryMax) entry.encodings.set(name, made);
  return made;
}

/** Sends one object with its warnings; protobuf falls back to JSON for kinds that have none. */
export async function sendObject(
  exchange: Exchange,
  code: number,
  object: AnyObject,
  representation: Representation,
  headers: Headers = {},
): Promise<void> {
  const { apiVersion = '', kind = '' } = object;
  const protobuf = representation.encoding === 'protobuf';
  const encoding = protobuf && !hasProtobuf(apiVersion, kind) ? 'json' : representation.encoding;
  const bytes = await encode(object, encoding, representation.pretty);
  await sendBytes(exchange, code, { 'content-type': contentTypes[encoding], ...headers }, bytes);
}

/** Sends a reply as it is: mostly refusals. */
export function sendReply(
  exchange: Exchange,
  reply: ApiReply,
  representation: Representation,
): Promise<void> {
  return sendObject(exchange, reply.code, reply.object, representation, replyHeaders(reply));
}

/** Warnings and Retry-After. A 401 has no WWW-Authenticate: Kubernetes sends none. */
export function replyHeaders(reply: ApiReply): Headers {
  const headers: { [name: string]: string | readonly string[] } = warningHeaders(reply.warnings);
  const details = reply.object.details as { retryAfterSeconds?: number } | undefined;
  if (reply.code >= 400 && details?.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(details.retryAfterSeconds);
  }
  return headers;
}

/** `Warning: 299 - "text"` headers; more than Kubernetes' bound of 4 KiB in all are dropped. */
export function warningHeaders(warnings: readonly string[]): {
  [name: string]: string | readonly string[];
} {
  const texts: string[] = [];
  let length = 0;
  for (const warning of new Set(warnings)) {
    const clean = warning.replace(/[^\t\x20-\x7e\u00a1-\u00ff]/g, ' ');
    const text = `299 - "${clean.replace(/["\\]/g, '\\$&')}"`;
    length += text.length;
    if (length > warningBytesMax) break;
    texts.push(text);
  }
  return texts.length === 0 ? {} : { warning: texts };
}

/** Bound of all Warning headers of one answer, in bytes. */
const warningBytesMax = 4096;
