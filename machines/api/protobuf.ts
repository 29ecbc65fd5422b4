/**
 * Kubernetes' protobuf content type: the `k8s\0` envelope (runtime.Unknown), and the frames of
 * watches. Objects go in and out in their JSON form. Malformed bytes throw a ProtobufError and
 * nothing else. Kinds outside the facts table (custom resources, Table) have no protobuf form.
 */
import { readMessage, writeMessage } from './protobuf-codec.ts';
import {
  type Cursor,
  cursorOf,
  enter,
  leave,
  makeSink,
  ProtobufError,
  readInt64,
  restAsBytes,
  restAsText,
  type Sink,
  sinkBytes,
  sinkLength,
  skip,
  writeBytes,
  writeInt,
  writeTag,
  writeText,
} from './protobuf-wire.ts';
import { findApiVersionKind, type TypeInfo } from './schema.ts';

export { ProtobufError } from './protobuf-wire.ts';

/** An object in its JSON form. */
export type JsonObject = Record<string, unknown>;

/** What the envelope says about its content. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
  readonly contentType: string;
}

/** The kind that a request's path implies, used where the envelope names none. */
export interface KindDefaults {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The media type of a protobuf body. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0);

/** True where objects of this kind can be sent and received as protobuf. */
export function hasProtobuf(apiVersion: string, kind: string): boolean {
  const type = findApiVersionKind(apiVersion, kind);
  return type?.ownFields.some((field) => field.number > 0) ?? false;
}

/** Opens the envelope without decoding what is in it. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length < magic.length || magic.some((byte, index) => bytes[index] !== byte)) {
    throw new ProtobufError(
      'malformed',
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  const cursor = cursorOf(bytes);
  cursor.at = magic.length;
  let raw = bytes.subarray(0, 0);
  const envelope = { apiVersion: '', kind: '', contentType: '' };
  eachBytesField(cursor, (number) => {
    if (number === 1) {
      eachBytesField(cursor, (inner) => {
        if (inner === 1) envelope.apiVersion = restAsText(cursor);
        if (inner === 2) envelope.kind = restAsText(cursor);
      });
    }
    if (number === 2) raw = restAsBytes(cursor);
    if (number === 4) envelope.contentType = restAsText(cursor);
  });
  return { ...envelope, raw };
}

/** Calls `visit` with the cursor narrowed to each length-delimited field in turn. */
function eachBytesField(cursor: Cursor, visit: (number: number) => void): void {
  while (cursor.at < cursor.end) {
    const tag = readInt64(cursor);
    if ((tag & 7) !== 2) {
      skip(cursor, tag & 7);
      continue;
    }
    const outer = enter(cursor);
    visit(tag >> 3);
    leave(cursor, outer);
  }
}

/** Decodes an enveloped object, with apiVersion and kind set. */
export function decodeProtobuf(bytes: Uint8Array, defaults?: KindDefaults): JsonObject {
  const envelope = readEnvelope(bytes);
  const apiVersion = envelope.apiVersion || (defaults?.apiVersion ?? '');
  const kind = envelope.kind || (defaults?.kind ?? '');
  if (envelope.contentType === 'application/json') return parseJson(envelope.raw);
  const type = registered(apiVersion, kind);
  return readMessage(cursorOf(envelope.raw), type, { apiVersion, kind });
}

function parseJson(raw: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(raw));
    if (typeof value === 'object' && value !== null) return value as JsonObject;
  } catch {
    // Falls through to the error below, which says as much as the parser's own would.
  }
  throw new ProtobufError('malformed', 'the enveloped JSON is not an object');
}

/** Encodes an object, envelope included; its apiVersion and kind say how. */
export function encodeProtobuf(object: JsonObject): Uint8Array {
  const apiVersion = String(object.apiVersion ?? '');
  const kind = String(object.kind ?? '');
  const type = registered(apiVersion, kind);
  const sink = makeSink();
  openEnvelope(sink);
  writeMessage(sink, type, object);
  closeEnvelope(sink, apiVersion, kind);
  return sinkBytes(sink);
}

/** Encodes an object as a bare message, as it stands among the items of a list. */
export function encodeItem(type: TypeInfo, object: JsonObject): Uint8Array {
  const sink = makeSink();
  writeMessage(sink, type, object);
  return sinkBytes(sink);
}

/** Encodes a list from items that are encoded already. */
export function encodeList(
  apiVersion: string,
  kind: string,
  metadata: JsonObject,
  items: readonly Uint8Array[],
): Uint8Array {
  const type = registered(apiVersion, kind);
  const length = items.reduce((sum, item) => sum + item.length + 8, 512);
  const sink = makeSink(length);
  openEnvelope(sink);
  for (let index = items.length - 1; index >= 0; index--) writePart(sink, 2, items[index]!);
  writeMessage(sink, type, { metadata });
  closeEnvelope(sink, apiVersion, kind);
  return sinkBytes(sink);
}

/**
 * One event of a watch with its frame: four bytes of length, then metav1.WatchEvent with the
 * enveloped object in it. `object` may be enveloped bytes, so that many watchers share them.
 */
export function encodeWatchEvent(type: string, object: JsonObject | Uint8Array): Uint8Array {
  const bytes = object instanceof Uint8Array ? object : encodeProtobuf(object);
  const sink = makeSink(bytes.length + type.length + 64);
  writePart(sink, 1, bytes);
  writeInt(sink, sinkLength(sink));
  writeTag(sink, 2, 2);
  writeText(sink, type);
  writeInt(sink, type.length);
  writeTag(sink, 1, 2);
  const length = sinkLength(sink);
  writeBytes(sink, Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length));
  return sinkBytes(sink);
}

function registered(apiVersion: string, kind: string): TypeInfo {
  const type = hasProtobuf(apiVersion, kind) ? findApiVersionKind(apiVersion, kind) : undefined;
  if (type !== undefined) return type;
  throw new ProtobufError(
    'notRegistered',
    `no kind "${kind}" is registered for version "${apiVersion}"`,
  );
}

/** Written first, it comes last: no content encoding, no content type. */
function openEnvelope(sink: Sink): void {
  writeText(sink, '\x1a\0"\0');
}

function closeEnvelope(sink: Sink, apiVersion: string, kind: string): void {
  const rawLength = sinkLength(sink) - 4;
  writeInt(sink, rawLength);
  writeTag(sink, 2, 2);
  const before = sinkLength(sink);
  writePart(sink, 2, kind);
  writePart(sink, 1, apiVersion);
  writeInt(sink, sinkLength(sink) - before);
  writeTag(sink, 1, 2);
  writeBytes(sink, magic);
}

function writePart(sink: Sink, number: number, part: string | Uint8Array): void {
  const before = sinkLength(sink);
  if (typeof part === 'string') writeText(sink, part);
  else writeBytes(sink, part);
  writeInt(sink, sinkLength(sink) - before);
  writeTag(sink, number, 2);
}
