/**
 * Protobuf codecs of single values: scalars, and the types of Kubernetes whose JSON form differs
 * from their wire form (times, quantities, IntOrString, raw JSON). Knows no struct.
 */
import {
  type Cursor,
  enter,
  leave,
  ProtobufError,
  readDouble,
  readInt32,
  readInt64,
  restAsBytes,
  restAsText,
  type Sink,
  sinkLength,
  skip,
  writeBytes,
  writeDouble,
  writeInt,
  writeTag,
  writeText,
} from './protobuf-wire.ts';
import type { ValueType } from './schema.ts';
import { formatMicroTime, formatTime, parseTimestamp } from './timestamp.ts';

/** Reads and writes the payload of one value; wire type 2 payloads are without their length. */
export interface Codec {
  readonly wire: 0 | 1 | 2;
  write(sink: Sink, value: unknown): void;
  read(cursor: Cursor, depth: number, before: unknown): unknown;
}

/** Writes a value with its length, where it has one, and its tag. */
export function writeField(sink: Sink, number: number, codec: Codec, value: unknown): void {
  const end = sinkLength(sink);
  codec.write(sink, value);
  if (codec.wire === 2) writeInt(sink, sinkLength(sink) - end);
  writeTag(sink, number, codec.wire);
}

/** Reads a value that stands after a tag of this wire type. */
export function readValue(
  cursor: Cursor,
  codec: Codec,
  wire: number,
  name: string,
  depth: number,
  before: unknown,
): unknown {
  if (wire !== codec.wire) throw wrongWireType(wire, name);
  if (wire !== 2) return codec.read(cursor, depth, before);
  const outer = enter(cursor);
  const value = codec.read(cursor, depth + 1, before);
  leave(cursor, outer);
  return value;
}

/** What Go's generated code says of a tag that does not fit its field. */
export function wrongWireType(wire: number, name: string): ProtobufError {
  return new ProtobufError('malformed', `proto: wrong wireType = ${wire} for field ${name}`);
}

/** Texts, and whatever else is one on the wire. */
export const textCodec: Codec = {
  wire: 2,
  write: (sink, value) => writeText(sink, typeof value === 'string' ? value : String(value)),
  read: restAsText,
};

const int32Codec: Codec = {
  wire: 0,
  write: (sink, value) => writeInt(sink, Math.trunc(Number(value)) || 0),
  read: readInt32,
};

const int64Codec: Codec = { ...int32Codec, read: readInt64 };

const boolCodec: Codec = {
  wire: 0,
  write: (sink, value) => writeInt(sink, value === true ? 1 : 0),
  read: (cursor) => readInt64(cursor) !== 0,
};

const doubleCodec: Codec = {
  wire: 1,
  write: (sink, value) => writeDouble(sink, Number(value)),
  read: readDouble,
};

const bytesCodec: Codec = {
  wire: 2,
  write: (sink, value) => writeBytes(sink, bytesOfBase64(String(value))),
  read: (cursor) => base64OfBytes(restAsBytes(cursor)),
};

/** Quantities travel as the text of field 1. */
const quantityCodec: Codec = {
  wire: 2,
  write: (sink, value) => writeField(sink, 1, textCodec, value),
  read: (cursor, depth) => readOnly(cursor, 1, textCodec, depth) ?? '0',
};

const timeCodec: Codec = {
  wire: 2,
  write: (sink, value) => {
    const timestamp = parseTimestamp(String(value));
    if (timestamp === undefined) return;
    writeField(sink, 2, int32Codec, 0);
    writeField(sink, 1, int64Codec, timestamp.seconds);
  },
  read: (cursor, depth) => {
    const [seconds] = readTimestamp(cursor, depth);
    return seconds === undefined ? null : formatTime(seconds);
  },
};

const microTimeCodec: Codec = {
  wire: 2,
  write: (sink, value) => {
    const timestamp = parseTimestamp(String(value));
    if (timestamp === undefined) return;
    const nanos = Math.floor(timestamp.nanos / 1000) * 1000;
    writeField(sink, 2, int32Codec, nanos);
    writeField(sink, 1, int64Codec, timestamp.seconds);
  },
  read: (cursor, depth) => {
    const [seconds, nanos] = readTimestamp(cursor, depth);
    return seconds === undefined ? null : formatMicroTime({ seconds, nanos });
  },
};

/** The latest second that RFC 3339 can write, the last of the year 9999, and the earliest. */
const secondsMax = 253_402_300_799;
const secondsMin = -62_167_219_200;

function readTimestamp(cursor: Cursor, depth: number): [number | undefined, number] {
  if (cursor.at >= cursor.end) return [undefined, 0];
  const found = readNumbered(cursor, [undefined, int64Codec, int32Codec], depth);
  const seconds = (found[1] as number | undefined) ?? 0;
  if (seconds > secondsMax || seconds < secondsMin) {
    throw new ProtobufError('malformed', 'Time: year outside of range [0,9999]');
  }
  return [seconds, Math.min(Math.max((found[2] as number | undefined) ?? 0, 0), 999_999_999)];
}

/** IntOrString: which of the two it is, and both. */
export const intOrStringCodec: Codec = {
  wire: 2,
  write: (sink, value) => {
    const text = typeof value === 'string';
    writeField(sink, 3, textCodec, text ? value : '');
    writeField(sink, 2, int32Codec, text ? 0 : value);
    writeField(sink, 1, int32Codec, text ? 1 : 0);
  },
  read: (cursor, depth) => {
    const found = readNumbered(cursor, [undefined, int64Codec, int32Codec, textCodec], depth);
    return found[1] === 1 ? (found[3] ?? '') : (found[2] ?? 0);
  },
};

/** FieldsV1, apiextensions JSON and RawExtension: JSON text in field 1. */
const jsonCodec: Codec = {
  wire: 2,
  write: (sink, value) => writeField(sink, 1, textCodec, JSON.stringify(value)),
  read: (cursor, depth) => {
    const text = readOnly(cursor, 1, textCodec, depth) as string | undefined;
    if (text === undefined || text === '') return null;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new ProtobufError('malformed', 'proto: embedded JSON is not valid');
    }
  },
};

/** ExtraValue and Verbs: a list of texts inside a message of its own. */
const stringListCodec: Codec = {
  wire: 2,
  write: (sink, value) => {
    if (!Array.isArray(value)) return;
    for (let index = value.length - 1; index >= 0; index--) {
      writeField(sink, 1, textCodec, value[index]);
    }
  },
  read: (cursor, depth) => readAll(cursor, 1, textCodec, depth),
};

function readNumbered(
  cursor: Cursor,
  codecs: readonly (Codec | undefined)[],
  depth: number,
): unknown[] {
  const found: unknown[] = [];
  while (cursor.at < cursor.end) {
    const tag = readInt64(cursor);
    const codec = codecs[tag >> 3];
    if (codec === undefined) skip(cursor, tag & 7);
    else found[tag >> 3] = readValue(cursor, codec, tag & 7, String(tag >> 3), depth, undefined);
  }
  return found;
}

function readOnly(cursor: Cursor, number: number, codec: Codec, depth: number): unknown {
  return readAll(cursor, number, codec, depth).at(-1);
}

function readAll(cursor: Cursor, number: number, codec: Codec, depth: number): unknown[] {
  const found: unknown[] = [];
  while (cursor.at < cursor.end) {
    const tag = readInt64(cursor);
    if (tag >> 3 !== number) skip(cursor, tag & 7);
    else found.push(readValue(cursor, codec, tag & 7, String(number), depth, undefined));
  }
  return found;
}

/** The codecs of all shapes but lists, maps and messages. */
export const scalarCodecs: Readonly<Partial<Record<ValueType['shape'], Codec>>> = {
  string: textCodec,
  int32: int32Codec,
  int64: int64Codec,
  bool: boolCodec,
  double: doubleCodec,
  bytes: bytesCodec,
  time: timeCodec,
  microTime: microTimeCodec,
  quantity: quantityCodec,
  intOrString: intOrStringCodec,
  fieldsV1: jsonCodec,
  rawExtension: jsonCodec,
  json: jsonCodec,
  stringList: stringListCodec,
};

function bytesOfBase64(text: string): Uint8Array {
  let binary = '';
  try {
    binary = atob(text);
  } catch {
    throw new ProtobufError('malformed', 'illegal base64 data');
  }
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** How many bytes become arguments of one call. */
const chunkLength = 8192;

function base64OfBytes(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += chunkLength) {
    binary += String.fromCharCode(...bytes.subarray(at, at + chunkLength));
  }
  return btoa(binary);
}
