/**
 * What a replica is: (part of) the log in memory, with sorted entries, rings of recent events, snapshots and
 * indexes. A watch cache is a replica; an informer is a replica of fewer prefixes. See `store-replica.ts`.
 */
import { type Clock, systemClock } from '../clock.ts';
import type { Envelope } from '../envelope.ts';
import type { Store } from './store.ts';
import { StoreReplica } from './store-replica.ts';

/** One live key with its decoded value; immutable. Decoding is lazy and happens once. */
export interface ReplicaEntry<T> {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Uint8Array;
  readonly value: T;
  readonly envelope: Envelope | undefined;
}

/** One change as watchers see it; `previous` is the entry it replaced. */
export interface ReplicaEvent<T> {
  readonly operation: 'put' | 'delete';
  readonly entry: ReplicaEntry<T>;
  readonly previous: ReplicaEntry<T> | undefined;
}

/** An immutable view at one revision; O(1) to take. */
export interface ReplicaSnapshot<T> {
  readonly revision: number;
  get(key: string): ReplicaEntry<T> | undefined;
  /** Entries below a prefix (whole tokens, '' for all) in key order, after `afterKey` where given. */
  entries(prefix: string, afterKey?: string): IterableIterator<ReplicaEntry<T>>;
  /** How many entries `entries` would give. */
  count(prefix: string, afterKey?: string): number;
}

/** A watch of a replica; `close` is idempotent. */
export interface ReplicaWatch {
  close(): void;
}

/** What a replica holds and how much of the past it keeps. */
export interface ReplicaOptions<T> {
  /** Decodes a stored value; called at most once for each revision of a key. */
  readonly decode: (bytes: Uint8Array, revision: number, key: string) => T;
  /** Only keys below one of these prefixes; all where absent. */
  readonly prefixes?: readonly string[];
  /**
   * Events kept for watchers that resume (per first two key tokens), of at most `RING_BYTES_MAX`;
   * older revisions answer `gone`.
   */
  readonly ringMax?: number;
  /** Snapshots kept for lists that continue; the oldest goes first. */
  readonly snapshotMax?: number;
  /** Milliseconds after which kept events and snapshots are dropped. */
  readonly historyMs?: number;
}

/** Receives the changes of a watch, in revision order, each once. */
export interface ReplicaWatchHandler<T> {
  onEvent(event: ReplicaEvent<T>): void;
  onProgress?(revision: number): void;
  onReset?(): void;
}

/** A live view of the log. Iterators over it are to be used up before the next change. */
export interface Replica<T> {
  /** Resolves when the first snapshot is in. */
  readonly ready: Promise<void>;
  /** The revision this replica has reached. */
  readonly revision: number;
  get(key: string): ReplicaEntry<T> | undefined;
  entries(prefix: string, afterKey?: string): IterableIterator<ReplicaEntry<T>>;
  count(prefix: string): number;
  /** The current state, immutable; kept for later `snapshotAt` calls where `keep`. */
  snapshot(keep?: boolean): ReplicaSnapshot<T>;
  /** A snapshot kept earlier, or undefined where it has been dropped (410). */
  snapshotAt(revision: number): ReplicaSnapshot<T> | undefined;
  /** Registers an index over a prefix: `keysOf` gives the index keys of a value; kept up to date from then on. */
  index(name: string, prefix: string, keysOf: (value: T) => readonly string[]): void;
  /** Entries an index has under a key, in key order of the store. */
  byIndex(name: string, indexKey: string): readonly ReplicaEntry<T>[];
  /**
   * Calls back for every change below the prefix after `fromRevision` (history first, synchronously, then live),
   * in order, each once. `gone` where the ring no longer reaches back that far, or `tooNew` where the replica has
   * not reached it yet. `onProgress` tells that nothing up to a revision was missed; `onReset` that the watch is
   * over because history has a hole (answer 410).
   */
  watch(
    prefix: string,
    fromRevision: number,
    handler: ReplicaWatchHandler<T>,
  ): ReplicaWatch | 'gone' | 'tooNew';
  /** Resolves true when the replica has reached the revision, false at the deadline. */
  waitFor(revision: number, timeoutMs: number): Promise<boolean>;
  close(): void;
}

/** Follows the store from now on. The clock bounds how long history is kept; it changes no answer otherwise. */
export function createReplica<T>(
  store: Store,
  options: ReplicaOptions<T>,
  clock: Clock = systemClock,
): Replica<T> {
  return new StoreReplica(store, options, clock);
}
