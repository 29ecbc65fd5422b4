/**
 * Bodies on the wire and values in the store: MessagePack with plain records.
 *
 * Plain records, never msgpackr's shared structures: bytes must be readable by another version and another
 * process. Never knows what a body means.
 */
import { Packr } from 'msgpackr';

const packr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  int64AsType: 'number',
  copyBuffers: true,
});

/** Encodes plain data: records, arrays, strings, numbers, booleans, null, undefined, Uint8Array. */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** Decodes what `encode` made. Throws on bytes that are not MessagePack. */
export function decode(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

/** The same bytes in memory of their own, so that a small value never keeps a large read buffer alive. */
export function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
