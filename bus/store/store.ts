/**
 * The store contract: etcd's guarantees, kept by a JetStream stream (`jetstream-store.ts`) or in memory
 * (`memory-store.ts`). One contract suite runs over both; its rules are numbered after etcd's guarantees.
 *
 * A key is one to six tokens joined by `/` (`apps/deployments/default/web`); a token is any non-empty string
 * without `/`. Values are opaque bytes. A revision is the stream sequence: one counter for all keys.
 * Never knows what a value means.
 */
import type { Envelope } from '../envelope.ts';

/** One live key at one revision. */
export interface StoredEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the write that stored this value. */
  readonly revision: number;
  readonly envelope: Envelope | undefined;
}

/** One committed change, in revision order. A delete carries the last state as its value. */
export interface StoreEvent extends StoredEntry {
  readonly operation: 'put' | 'delete';
}

/** One guarded write. */
export interface Write {
  readonly key: string;
  readonly operation: 'put' | 'delete';
  /** The new value; for a delete the last state, as watchers get it. */
  readonly value: Uint8Array;
  /** Revision the key must have: 0 means "must not exist"; undefined means unconditional. */
  readonly expected: number | undefined;
  /** Lifetime after which the store deletes the key by itself, in seconds (only where the bucket allows it). */
  readonly ttlSeconds?: number;
}

/**
 * The outcome of a write. `conflict`: a guard did not hold, nothing was stored. `unknown`: no answer came, and
 * the write may or may not be stored (read back to know). `unavailable`: surely not stored, try again.
 * `tooLarge`: surely not stored, and never will be.
 */
export type WriteResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly reason: 'conflict'; readonly key: string }
  | {
      readonly ok: false;
      readonly reason: 'unknown' | 'unavailable' | 'tooLarge';
      readonly detail: string;
    };

/** Receives the log. Calls come in revision order, each change once, without a gap. */
export interface LogSink {
  /** A consistent start: every live key at `revision`. Called first, and again only after a `reset`. */
  onSnapshot(entries: readonly StoredEntry[], revision: number): void;
  /** One change, in revision order. */
  onEvent(event: StoreEvent): void;
  /** The log is known to be complete up to this revision (nothing newer was missed); for bookmarks. */
  onProgress(revision: number): void;
  /** Versions between `fromRevision` and now were trimmed before they could be read: history has a hole. */
  onReset(fromRevision: number): void;
}

/** A followed log. */
export interface Following {
  /** Asks at once whether anything was missed, where otherwise the next regular look would tell. */
  poll(): void;
  close(): void;
}

/** Writes a transaction may have. */
export const TRANSACTION_WRITES_MAX = 500;

/** Bytes a value may have: etcd's request limit, well below a NATS server's largest `max_payload`. */
export const VALUE_BYTES_MAX = 3 * 1024 * 1024;

/** Etcd's semantics on one bucket. */
export interface Store {
  /** Writes one key. */
  write(write: Write, envelope: Envelope): Promise<WriteResult>;
  /**
   * Writes all or nothing, up to 500 writes; each guard is checked against the state before the transaction.
   * `mayGoOut` is asked before every try, so that nothing is sent late; where it says no, and no earlier try may have
   * been stored, the answer is `conflict`.
   */
  transact(
    writes: readonly Write[],
    envelope: Envelope,
    mayGoOut?: () => boolean,
  ): Promise<WriteResult>;
  /** Reads one key from the leader; undefined where it does not exist. Throws `StoreUnavailable`. */
  read(key: string): Promise<StoredEntry | undefined>;
  /** The last committed revision, for linearizable reads; concurrent callers share one question. */
  lastRevision(): Promise<number>;
  /** Follows the log of the whole bucket, or of the keys below one of the prefixes (whole tokens). */
  follow(sink: LogSink, prefixes?: readonly string[]): Following;
  close(): Promise<void>;
}

/** Thrown by reads while the store cannot be reached. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
