/**
 * How objects are stored: plain MessagePack records in the storage version, without their
 * resourceVersion, which is the revision of the write.
 *
 * The one place that knows it; every replica of objects decodes with it. Never looks into an object
 * but metadata.
 */
import { decode, encode } from '../../bus/codec.ts';
import type { AnyObject } from '../../machines/api/view.ts';

/** How objects become bytes and bytes objects; the simulation has another one. */
export interface ObjectCodec {
  /** An object in the store. */
  encode(object: AnyObject): Uint8Array;
  /** The object that was stored at this revision. */
  decode(bytes: Uint8Array, revision: number): AnyObject;
  /** An object in a list or a watch, with its resourceVersion. */
  pack(object: AnyObject): Uint8Array;
  unpack(bytes: Uint8Array): AnyObject;
}

/** MessagePack. */
export const objectCodec: ObjectCodec = {
  encode: encodeObject,
  decode: decodeObject,
  pack: encode,
  unpack: decode as (bytes: Uint8Array) => AnyObject,
};

/** The bytes of an object that carries no resourceVersion. */
export function encodeObject(object: AnyObject): Uint8Array {
  return encode(object);
}

/** The object that was stored at this revision; fits `ReplicaOptions.decode`. */
export function decodeObject(bytes: Uint8Array, revision: number): AnyObject {
  const object = decode(bytes) as AnyObject & { metadata?: { resourceVersion?: string } };
  const { metadata } = object;
  if (metadata !== undefined) metadata.resourceVersion = String(revision);
  return object;
}
