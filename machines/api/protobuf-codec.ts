/**
 * Protobuf codecs compiled from the facts table, one per type, on first use. They map between the
 * JSON form of an object and its wire form, as Go's generated code and its JSON encoder together
 * would: what omitempty drops there is dropped here. Knows nothing of envelopes or kinds.
 *
 * Never writes a field that the object lacks; never reads deeper than `depthMax`.
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
  skip,
  writeBytes,
  writeDouble,
  writeInt,
  writeTag,
  writeText,
} from './protobuf-wire.ts';
import { type FieldInfo, messageType, type TypeInfo, type ValueType } from './schema.ts';
import { formatMicroTime, formatTime, parseTimestamp } from './timestamp.ts';

/** How deeply messages may nest. */
export const depthMax = 128;

type JsonObject = Record<string, unknown>;

/** Reads and writes the payload of one value; wire type 2 payloads are without their length. */
interface Codec {
  readonly wire: 0 | 1 | 2;
  write(sink: Sink, value: unknown): void;
  read(cursor: Cursor, depth: number, before: unknown): unknown;
}

interface FieldCodec {
  readonly name: string;
  readonly number: number;
  readonly codec: Codec;
  readonly kind: 'single' | 'list' | 'map' | 'inline';
  /** Go's JSON encoder leaves the zero value out. */
  readonly dropZero: boolean;
}

interface MessageCodec {
  /** In descending order of number, because the sink is filled from its end. */
  readonly descending: readonly FieldCodec[];
  readonly byNumber: readonly (FieldCodec | undefined)[];
}

const messages = new Map<string, MessageCodec>();

/** Writes the fields of `object` as a message of this type, without a length. */
export function writeMessage(sink: Sink, type: TypeInfo, object: JsonObject): void {
  writeFields(sink, messageCodec(type), object);
}

/** Reads a message of this type from the rest of the cursor into `object`. */
export function readMessage(
  cursor: Cursor,
  type: TypeInfo,
  object: JsonObject,
  depth = 0,
): JsonObject {
  return readFields(cursor, messageCodec(type), object, depth);
}

function messageCodec(type: TypeInfo): MessageCodec {
  const known = messages.get(type.name);
  if (known !== undefined) return known;
  const byNumber: (FieldCodec | undefined)[] = [];
  const codec: MessageCodec = { byNumber, descending: [] };
  messages.set(type.name, codec);
  for (const field of type.ownFields) {
    if (field.number > 0) byNumber[field.number] = fieldCodec(field);
  }
  const fields = byNumber.filter((field) => field !== undefined);
  (codec.descending as FieldCodec[]).push(...fields.reverse());
  return codec;
}

function fieldCodec(field: FieldInfo): FieldCodec {
  const { shape, item } = field.type;
  const repeated = shape === 'list' || shape === 'map' ? shape : undefined;
  return {
    name: field.name,
    number: field.number,
    codec: repeated === undefined ? valueCodec(field.type) : valueCodec(item!),
    kind: field.inline ? 'inline' : (repeated ?? 'single'),
    dropZero: field.omitEmpty && !field.pointer && repeated === undefined,
  };
}

function writeFields(sink: Sink, message: MessageCodec, object: JsonObject): void {
  for (const field of message.descending) {
    if (field.kind === 'inline') {
      const end = sink.bytes.length - sink.at;
      field.codec.write(sink, object);
      const length = sink.bytes.length - sink.at - end;
      if (length > 0) {
        writeInt(sink, length);
        writeTag(sink, field.number, 2);
      }
      continue;
    }
    const value = object[field.name];
    if (value === undefined || value === null) continue;
    if (field.kind === 'single') writeField(sink, field.number, field.codec, value);
    else if (field.kind === 'list') {
      if (!Array.isArray(value)) continue;
      for (let index = value.length - 1; index >= 0; index--) {
        writeField(sink, field.number, field.codec, value[index]);
      }
    } else if (typeof value === 'object') writeMap(sink, field, value as JsonObject);
  }
}

function writeField(sink: Sink, number: number, codec: Codec, value: unknown): void {
  const end = sink.bytes.length - sink.at;
  codec.write(sink, value);
  if (codec.wire === 2) writeInt(sink, sink.bytes.length - sink.at - end);
  writeTag(sink, number, codec.wire);
}

function writeMap(sink: Sink, field: FieldCodec, value: JsonObject): void {
  for (const key of Object.keys(value).sort(byUtf8).reverse()) {
    const end = sink.bytes.length - sink.at;
    writeField(sink, 2, field.codec, value[key] ?? '');
    writeField(sink, 1, textCodec, key);
    writeInt(sink, sink.bytes.length - sink.at - end);
    writeTag(sink, field.number, 2);
  }
}

/** Go sorts keys by their UTF-8 bytes, which is the order of code points. */
function byUtf8(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = a[index]!.codePointAt(0)! - b[index]!.codePointAt(0)!;
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function readFields(
  cursor: Cursor,
  message: MessageCodec,
  object: JsonObject,
  depth: number,
): JsonObject {
  if (depth > depthMax) throw new ProtobufError('malformed', 'proto: nested too deeply');
  while (cursor.at < cursor.end) {
    const tag = readInt64(cursor);
    const wire = tag % 8;
    const number = Math.floor(tag / 8);
    if (tag < 8) throw new ProtobufError('malformed', `proto: illegal tag ${number}`);
    const field = message.byNumber[number];
    if (field === undefined) skip(cursor, wire);
    else readField(cursor, field, wire, object, depth);
  }
  return object;
}

function readField(
  cursor: Cursor,
  field: FieldCodec,
  wire: number,
  object: JsonObject,
  depth: number,
): void {
  const { name, codec } = field;
  if (field.kind === 'map') {
    if (wire !== 2) throw wrongWireType(wire, field.name);
    readMapEntry(cursor, field, object, depth);
    return;
  }
  if (field.kind === 'list') {
    const list = (object[name] as unknown[] | undefined) ?? [];
    object[name] = list;
    if (wire === 2 && codec.wire !== 2) {
      const outer = enter(cursor);
      while (cursor.at < cursor.end) list.push(codec.read(cursor, depth, undefined));
      leave(cursor, outer);
    } else list.push(readValue(cursor, codec, wire, name, depth, undefined));
    return;
  }
  if (field.kind === 'inline') {
    readValue(cursor, codec, wire, name, depth, object);
    return;
  }
  const value = readValue(cursor, codec, wire, name, depth, object[name]);
  const zero = value === '' || value === 0 || value === false || value === null;
  if (value === undefined || (zero && field.dropZero && codec !== intOrStringCodec)) {
    delete object[name];
  } else object[name] = value;
}

function readValue(
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

function readMapEntry(cursor: Cursor, field: FieldCodec, object: JsonObject, depth: number): void {
  const map = (object[field.name] as JsonObject | undefined) ?? {};
  object[field.name] = map;
  const outer = enter(cursor);
  let key = '';
  let value: unknown;
  while (cursor.at < cursor.end) {
    const tag = readInt64(cursor);
    if (tag >> 3 === 1)
      key = readValue(cursor, textCodec, tag & 7, 'key', depth, undefined) as string;
    else if (tag >> 3 === 2)
      value = readValue(cursor, field.codec, tag & 7, field.name, depth, value);
    else skip(cursor, tag & 7);
  }
  leave(cursor, outer);
  value ??= field.codec.wire === 2 ? emptyValue(field.codec, depth) : 0;
  if (key !== '__proto__') map[key] = value;
  else
    Object.defineProperty(map, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function emptyValue(codec: Codec, depth: number): unknown {
  return codec.read({ bytes: new Uint8Array(0), at: 0, end: 0 }, depth, undefined);
}

function wrongWireType(wire: number, name: string): ProtobufError {
  return new ProtobufError('malformed', `proto: wrong wireType = ${wire} for field ${name}`);
}

const textCodec: Codec = {
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

const intOrStringCodec: Codec = {
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

const scalarCodecs: Readonly<Partial<Record<ValueType['shape'], Codec>>> = {
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

function valueCodec(type: ValueType): Codec {
  const scalar = scalarCodecs[type.shape];
  if (scalar !== undefined) return scalar;
  if (type.shape !== 'message') {
    throw new ProtobufError('notRegistered', `proto: ${type.shape} has no wire form`);
  }
  const info = messageType(type);
  if (/^JSONSchemaPropsOr/.test(info.shortName)) return unionCodec(info);
  return {
    wire: 2,
    write: (sink, value) => {
      if (typeof value !== 'object' || value === null) return;
      writeFields(sink, messageCodec(info), value as JsonObject);
    },
    read: (cursor, depth, before) =>
      readFields(cursor, messageCodec(info), (before as JsonObject | undefined) ?? {}, depth),
  };
}

/** JSONSchemaPropsOr{Array,Bool,StringArray}: a schema, or the other form without a wrapper. */
function unionCodec(info: TypeInfo): Codec {
  const other = info.ownFields.find((field) => field.name !== 'schema')!.name;
  return {
    wire: 2,
    write: (sink, value) => {
      const plain = typeof value !== 'object' || Array.isArray(value);
      const object = plain ? { [other]: value } : { schema: value };
      if (!plain && other === 'allows') Object.assign(object, { allows: true });
      writeFields(sink, messageCodec(info), object);
    },
    read: (cursor, depth) => {
      const object = readFields(cursor, messageCodec(info), {}, depth);
      return object.schema ?? object[other] ?? (other === 'allows' ? false : []);
    },
  };
}

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
