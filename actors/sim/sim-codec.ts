/**
 * Objects as bytes in the simulation: nothing is encoded. A value is one byte that holds its object, shared by everybody
 * who reads it; objects are never changed once they are written, here as in a process that holds several components.
 *
 * `test/sim/sharing.test.ts` freezes every object and sees that nobody minds.
 */
import type { AnyObject } from '../../machines/api/view.ts';
import type { ObjectCodec } from '../apiserver/object-codec.ts';

interface Holder extends Uint8Array {
  object: AnyObject;
  /** As it was read last, with the revision as its resourceVersion. */
  stored: AnyObject | undefined;
}

function hold(object: AnyObject): Uint8Array {
  const holder = new Uint8Array(1) as Holder;
  holder.object = object;
  holder.stored = undefined;
  return holder;
}

/** See the file comment. */
export const simCodec: ObjectCodec = {
  encode: hold,
  decode(bytes, revision) {
    const holder = bytes as Holder;
    const resourceVersion = String(revision);
    if (holder.stored?.metadata?.resourceVersion === resourceVersion) return holder.stored;
    const { metadata } = holder.object;
    holder.stored = { ...holder.object, metadata: { ...metadata, resourceVersion } };
    return holder.stored;
  },
  pack: hold,
  unpack: (bytes) => (bytes as Holder).object,
};
