/**
 * The protobuf wire format: a reader over a range of bytes and a writer that fills its buffer from
 * the end, so that a length is known when it is written. Knows no Kubernetes type. Never reads
 * outside its range, never loops without consuming a byte.
 */

/** Why bytes could not be decoded or an object could not be encoded. */
export class ProtobufError extends Error {
  /** `malformed`: not valid protobuf; `notRegistered`: the kind has no protobuf form here. */
  readonly code: 'malformed' | 'notRegistered';

  constructor(code: 'malformed' | 'notRegistered', message: string) {
    super(message);
    this.name = 'ProtobufError';
    this.code = code;
  }
}

/** A position in bytes that are being read; reading stops at `end`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
}

/** Bytes that are being written backwards; `at` is the first byte in use. */
export interface Sink {
  bytes: Uint8Array;
  at: number;
}

// A string may begin with U+FEFF, and keeps it: a decoder drops it as a mark unless told not to.
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

function malformed(message: string): ProtobufError {
  return new ProtobufError('malformed', message);
}

/** A cursor over all of `bytes`. */
export function cursorOf(bytes: Uint8Array): Cursor {
  return { bytes, at: 0, end: bytes.length };
}

/** Reads a varint as a signed 64-bit integer; values beyond 2^53 lose precision. */
export function readInt64(cursor: Cursor): number {
  const { bytes } = cursor;
  let low = 0;
  let high = 0;
  for (let index = 0; index < 10; index++) {
    if (cursor.at >= cursor.end) throw malformed('unexpected EOF');
    const byte = bytes[cursor.at++]!;
    const part = byte & 0x7f;
    if (index < 4) low |= part << (7 * index);
    else if (index === 4) {
      low |= part << 28;
      high = part >> 4;
    } else high |= part << (7 * index - 32);
    if (byte < 0x80) return (high | 0) * 4_294_967_296 + (low >>> 0);
  }
  throw malformed('proto: integer overflow');
}

/** Reads a varint as a signed 32-bit integer, dropping higher bits. */
export function readInt32(cursor: Cursor): number {
  const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at]! : 0x80;
  if (byte < 0x80) {
    cursor.at++;
    return byte;
  }
  return readInt64(cursor) | 0;
}

/** Reads a little-endian IEEE 754 double. */
export function readDouble(cursor: Cursor): number {
  if (cursor.end - cursor.at < 8) throw malformed('unexpected EOF');
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset + cursor.at, 8);
  cursor.at += 8;
  return view.getFloat64(0, true);
}

/** Reads a length and narrows the cursor to that many bytes; returns the end to restore. */
export function enter(cursor: Cursor): number {
  const length = readInt64(cursor);
  if (length < 0) throw malformed('proto: negative length found during unmarshaling');
  if (length > cursor.end - cursor.at) throw malformed('unexpected EOF');
  const outer = cursor.end;
  cursor.end = cursor.at + length;
  return outer;
}

/** Goes to the end of the narrowed range and widens the cursor again. */
export function leave(cursor: Cursor, outer: number): void {
  cursor.at = cursor.end;
  cursor.end = outer;
}

/** The rest of the cursor's range as text; short ASCII is the common case. */
export function restAsText(cursor: Cursor): string {
  const { bytes, at, end } = cursor;
  if (end - at > 24) return utf8Decoder.decode(bytes.subarray(at, end));
  let text = '';
  for (let index = at; index < end; index++) {
    const byte = bytes[index]!;
    if (byte >= 0x80) return utf8Decoder.decode(bytes.subarray(at, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** The rest of the cursor's range, as a view and not a copy. */
export function restAsBytes(cursor: Cursor): Uint8Array {
  return cursor.bytes.subarray(cursor.at, cursor.end);
}

/** Skips the value of a field that is not known, groups included. */
export function skip(cursor: Cursor, wireType: number): void {
  let groups = 0;
  let wire = wireType;
  do {
    if (wire === 0) readInt64(cursor);
    else if (wire === 1 || wire === 5) {
      cursor.at += wire === 1 ? 8 : 4;
      if (cursor.at > cursor.end) throw malformed('unexpected EOF');
    } else if (wire === 2) leave(cursor, enter(cursor));
    else if (wire === 3) groups++;
    else if (wire === 4) {
      if (groups === 0) throw malformed('proto: unexpected end of group');
      groups--;
    } else throw malformed(`proto: illegal wireType ${wire}`);
    if (groups > 0) wire = readInt32(cursor) & 7;
  } while (groups > 0);
}

/** An empty sink. */
export function makeSink(capacity = 512): Sink {
  return { bytes: new Uint8Array(capacity), at: capacity };
}

/** What the sink holds, as a copy of its own. */
export function sinkBytes(sink: Sink): Uint8Array {
  return sink.bytes.slice(sink.at);
}

/** How many bytes the sink holds. */
export function sinkLength(sink: Sink): number {
  return sink.bytes.length - sink.at;
}

function reserve(sink: Sink, length: number): void {
  if (sink.at >= length) return;
  const used = sinkLength(sink);
  const bytes = new Uint8Array(Math.max(sink.bytes.length * 2, used + length + 512));
  bytes.set(sink.bytes.subarray(sink.at), bytes.length - used);
  sink.at = bytes.length - used;
  sink.bytes = bytes;
}

/** Writes an integer as a varint; negative ones take ten bytes, as protobuf has it. */
export function writeInt(sink: Sink, value: number): void {
  reserve(sink, 10);
  if (value >= 0 && value < 128) {
    sink.bytes[--sink.at] = value;
    return;
  }
  let high = Math.floor(value / 4_294_967_296);
  let low = value - high * 4_294_967_296;
  high >>>= 0;
  const parts: number[] = [];
  do {
    parts.push(low % 128);
    low = Math.floor(low / 128) + (high % 128) * 33_554_432;
    high = Math.floor(high / 128);
  } while (low > 0 || high > 0);
  const last = parts.length - 1;
  for (let index = last; index >= 0; index--) {
    sink.bytes[--sink.at] = index === last ? parts[index]! : parts[index]! | 0x80;
  }
}

/** Writes a little-endian IEEE 754 double. */
export function writeDouble(sink: Sink, value: number): void {
  reserve(sink, 8);
  sink.at -= 8;
  new DataView(sink.bytes.buffer, sink.bytes.byteOffset + sink.at, 8).setFloat64(0, value, true);
}

/** Writes bytes as they are. */
export function writeBytes(sink: Sink, bytes: Uint8Array): void {
  reserve(sink, bytes.length);
  sink.at -= bytes.length;
  sink.bytes.set(bytes, sink.at);
}

/** Writes a text as UTF-8, without its length. */
export function writeText(sink: Sink, text: string): void {
  const length = text.length;
  if (length > 64) {
    writeBytes(sink, utf8Encoder.encode(text));
    return;
  }
  reserve(sink, length);
  const start = sink.at - length;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) {
      writeBytes(sink, utf8Encoder.encode(text));
      return;
    }
    sink.bytes[start + index] = code;
  }
  sink.at = start;
}

/** Writes the tag of a field. */
export function writeTag(sink: Sink, field: number, wireType: number): void {
  writeInt(sink, field * 8 + wireType);
}
