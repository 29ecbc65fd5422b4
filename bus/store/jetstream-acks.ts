/** The answers JetStream gives to a publish, and what they mean for a write. */

/** Codes of JetStream's errors that mean something here. */
export const CODE = {
  messageTooLarge: 10054,
  wrongLastSequence: 10071,
  wrongLastSequenceNow: 10164,
  batchIncomplete: 10176,
  batchesInFlight: 10210,
} as const;

/** What became of one try of a write; `unanswered` may or may not be stored. */
export type Answer =
  | { readonly kind: 'stored'; readonly revision: number }
  | { readonly kind: 'refused'; readonly code: number; readonly detail: string }
  | { readonly kind: 'notStored'; readonly detail: string }
  | { readonly kind: 'unanswered'; readonly detail: string };

/** A try that got no answer from JetStream. */
export function failed(error: 'timeout' | 'no responders' | 'disconnected'): Answer {
  const kind = error === 'no responders' ? 'notStored' : 'unanswered';
  return { kind, detail: error };
}

/** The answer to a publish; JetStream gives JSON. */
export function parseAck(data: Uint8Array): Answer {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  const { seq, error } = JSON.parse(text) as {
    seq?: number;
    error?: { err_code: number; description: string };
  };
  if (error !== undefined) {
    return { kind: 'refused', code: error.err_code, detail: error.description };
  }
  return { kind: 'stored', revision: seq ?? 0 };
}
