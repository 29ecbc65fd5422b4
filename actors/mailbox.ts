/**
 * A bounded mailbox: first in, first out; events with the same key replace each other while they wait.
 * Never grows beyond its bound.
 */
import type { Envelope } from '../bus/envelope.ts';

/** One event on its way to an instance. */
export interface Mail {
  readonly event: { readonly type: string };
  readonly envelope: Envelope;
  /** When it was put into the mailbox. */
  readonly sinceMs: number;
}

/** What became of a message: `unknown` is said by the host, where no such instance exists. */
export type Told = 'accepted' | 'coalesced' | 'full' | 'unknown';

export interface Mailbox {
  readonly length: number;
  put(mail: Mail): Told;
  /** What `take` would give. */
  peek(): Mail | undefined;
  /** Everything in it, in order. */
  list(): readonly Mail[];
  take(): Mail | undefined;
}

/** Causes remembered of coalesced messages; older ones are dropped. */
const CAUSES_MAX = 16;
/** Taken slots at the front that are kept before the array is shifted. */
const HOLE_MAX = 64;

/** Creates a mailbox with room for `max` events. */
export function createMailbox(
  max: number,
  keyOf?: (event: Mail['event']) => string | undefined,
): Mailbox {
  let mails: (Mail & { key?: string })[] = [];
  let first = 0;
  const byKey = keyOf === undefined ? undefined : new Map<string, number>();
  let shifted = 0;

  function coalesced(index: number, mail: Mail): void {
    const waiting = mails[index - shifted] as Mail & { key?: string };
    const causes = [...waiting.envelope.causes, waiting.envelope.id, ...mail.envelope.causes];
    mails[index - shifted] = {
      ...waiting,
      event: mail.event,
      envelope: { ...mail.envelope, causes: [...new Set(causes)].slice(-CAUSES_MAX) },
    };
  }

  return {
    get length() {
      return mails.length - first;
    },
    put(mail) {
      const key = keyOf?.(mail.event);
      const waiting = key === undefined ? undefined : byKey?.get(key);
      if (waiting !== undefined) {
        coalesced(waiting, mail);
        return 'coalesced';
      }
      if (mails.length - first >= max) return 'full';
      if (key === undefined) mails.push(mail);
      else {
        byKey?.set(key, shifted + mails.length);
        mails.push({ ...mail, key });
      }
      return 'accepted';
    },
    peek: () => mails[first],
    list: () => mails.slice(first),
    take() {
      const mail = mails[first];
      if (mail === undefined) return undefined;
      first += 1;
      if (mail.key !== undefined) byKey?.delete(mail.key);
      if (first > HOLE_MAX || first === mails.length) {
        mails = mails.slice(first);
        shifted += first;
        first = 0;
      }
      return mail;
    },
  };
}
