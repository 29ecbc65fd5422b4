/**
 * How objects are stored: plain MessagePack records in the storage version, without their
 * resourceVersion, which is the revision of the write.
 *
 * The one place that knows it; every replica of objects decodes with it. Never looks into an object
 * but metadata.
 */
import { decode, encode } from '../../bus/codec.ts';
import type { AnyObject } from '../../machines/api/view.ts';

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
