/**
 * The envelope every message and every stored write carries: who sent it, and which message caused it.
 *
 * The host makes envelopes; nothing else does, so that a cause is never forged or forgotten.
 * Never reads the clock and never draws randomness: ids come from the caller.
 */

/** Who sent a message and why. Travels as headers, next to the body and never inside it. */
export interface Envelope {
  /** Unique id of this message. */
  readonly id: string;
  /** The sending actor, as `kind/id`, for example `pod/default/web`. */
  readonly from: string;
  /** Ids of the messages being handled when this one was sent; several where a mailbox coalesced. */
  readonly causes: readonly string[];
  /** W3C trace context, `00-<32 hex>-<16 hex>-<2 hex>`. */
  readonly traceparent: string;
}

/** Header names used on the wire and on stored messages. */
export const HEADER = {
  id: 'Kabuki-Id',
  from: 'Kabuki-From',
  cause: 'Kabuki-Cause',
  traceparent: 'traceparent',
} as const;
