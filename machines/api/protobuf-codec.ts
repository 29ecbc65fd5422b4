/**
 * Protobuf codecs compiled from the facts table, one per type, on first use. They map between the
 * JSON form of an object and its wire form, as Go's generated code and its JSON encoder together
 * would: what omitempty drops there is dropped here. Knows nothing of envelopes or kinds.
 *
 * Never writes a field that the object lacks; never reads deeper than `depthMax`.
 */
import {
  type Codec,
  intOrStringCodec,
  readValue,
  scalarCodecs,
  textCodec,
  writeField,
  wrongWireType,
} from './protobuf-values.ts';
import {
  type Cursor,
  enter,
  leave,
  ProtobufError,
  readInt64,
  type Sink,
  sinkLength,
  skip,
  writeInt,
  writeTag,
} from './protobuf-wire.ts';
import { type FieldInfo, messageType, type TypeInfo, type ValueType } from './schema.ts';

/** How deeply messages may nest. */
export const depthMax = 128;

type JsonObject = Record<string, unknown>;

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
      const end = sinkLength(sink);
      field.codec.write(sink, object);
      const length = sinkLength(sink) - end;
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

function writeMap(sink: Sink, field: FieldCodec, value: JsonObject): void {
  for (const key of Object.keys(value).sort(byUtf8).reverse()) {
    const end = sinkLength(sink);
    writeField(sink, 2, field.codec, value[key] ?? '');
    writeField(sink, 1, textCodec, key);
    writeInt(sink, sinkLength(sink) - end);
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
