/**
 * A replica that follows a store. State first, watchers second: whoever hears of a change already reads it.
 *
 * Never writes, and never decodes a value that nobody asked for.
 */
import type { Clock } from '../clock.ts';
import type { Envelope } from '../envelope.ts';
import { isBelow, ringOf } from './keys.ts';
import type {
  Replica,
  ReplicaEntry,
  ReplicaEvent,
  ReplicaOptions,
  ReplicaSnapshot,
  ReplicaWatch,
  ReplicaWatchHandler,
} from './replica.ts';
import { ReplicaIndex } from './replica-index.ts';
import { Ring } from './ring.ts';
import { SortedEntries } from './sorted-entries.ts';
import type { Following, LogSink, Store, StoredEntry, StoreEvent } from './store.ts';

/** Events a ring keeps where `ringMax` is absent. */
export const RING_MAX = 2048;
/** Bytes of values a ring keeps: large objects that change often must not fill the memory. */
export const RING_BYTES_MAX = 32 * 1024 * 1024;
/** Snapshots kept where `snapshotMax` is absent. */
export const SNAPSHOT_MAX = 128;
/** How long history is kept where `historyMs` is absent: as long as etcd's compaction usually leaves it. */
export const HISTORY_MS = 5 * 60 * 1000;

const FORGET_EVERY_MS = 1000;

class Entry<T> implements ReplicaEntry<T> {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Uint8Array;
  readonly envelope: Envelope | undefined;
  readonly #decoder: ReplicaOptions<T>['decode'];
  #decoded = false;
  #value: T | undefined;

  constructor(
    stored: Omit<StoredEntry, 'value'>,
    bytes: Uint8Array,
    decode: ReplicaOptions<T>['decode'],
  ) {
    this.key = stored.key;
    this.revision = stored.revision;
    this.bytes = bytes;
    this.envelope = stored.envelope;
    this.#decoder = decode;
  }

  get value(): T {
    if (!this.#decoded) {
      this.#value = this.#decoder(this.bytes, this.revision, this.key);
      this.#decoded = true;
    }
    return this.#value as T;
  }

  /** The same state not yet decoded: history keeps bytes, and lets go of values and what hangs on them. */
  undecoded(): Entry<T> {
    return new Entry(this, this.bytes, this.#decoder);
  }
}

const undecoded = <T>(entry: ReplicaEntry<T>): ReplicaEntry<T> => (entry as Entry<T>).undecoded();

interface Watcher<T> {
  readonly prefix: string;
  readonly handler: ReplicaWatchHandler<T>;
  last: number;
}

interface Waiter {
  readonly revision: number;
  readonly settle: (reached: boolean) => void;
}

interface KeptSnapshot<T> {
  readonly snapshot: ReplicaSnapshot<T>;
  readonly keptMs: number;
}

/** See the file comment; made by `createReplica`. */
export class StoreReplica<T> implements Replica<T>, LogSink {
  readonly ready: Promise<void>;
  readonly #options: ReplicaOptions<T>;
  readonly #clock: Clock;
  readonly #following: Following;
  readonly #rings = new Map<string, Ring<T>>();
  readonly #indexes = new Map<string, ReplicaIndex<T>>();
  readonly #watchers = new Map<string, Set<Watcher<T>>>();
  readonly #waiters = new Set<Waiter>();
  readonly #kept = new Map<number, KeptSnapshot<T>>();
  #entries = new SortedEntries<T>();
  #revision = 0;
  /** What came before this revision was never seen here. */
  #floor = 0;
  #latest: ReplicaSnapshot<T> | undefined;
  #forgotMs = 0;
  #becomeReady: () => void = () => {};

  constructor(store: Store, options: ReplicaOptions<T>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#following = store.follow(this, options.prefixes);
  }

  get revision(): number {
    return this.#revision;
  }

  onSnapshot(entries: readonly StoredEntry[], revision: number): void {
    const { decode } = this.#options;
    this.#entries = SortedEntries.of(entries.map((e) => new Entry(e, e.value, decode)));
    for (const index of this.#indexes.values()) {
      index.clear();
      for (const entry of this.#entries.below('')) index.set(entry);
    }
    this.#floor = revision;
    this.#reach(revision);
    this.#becomeReady();
  }

  onEvent(event: StoreEvent): void {
    const previous = this.#entries.get(event.key);
    const gone = event.operation === 'delete';
    // The store itself deletes what outlived its time, and then has no last state to give.
    const bytes =
      gone && event.value.length === 0 && previous !== undefined ? previous.bytes : event.value;
    const entry = new Entry(event, bytes, this.#options.decode);
    if (gone) this.#entries.delete(event.key);
    else this.#entries.set(entry);
    for (const index of this.#indexes.values()) {
      if (gone) index.delete(event.key);
      else index.set(entry);
    }
    if (gone && previous === undefined) this.#reach(event.revision);
    else this.#tell({ operation: event.operation, entry, previous });
  }

  #tell(event: ReplicaEvent<T>): void {
    const { key, revision } = event.entry;
    const { operation, entry, previous } = event;
    const past = { operation, entry: undecoded(entry), previous: previous && undecoded(previous) };
    this.#ring(ringOf(key)).push(past, this.#clock.nowMs());
    this.#reach(revision);
    for (let end = 0; end >= 0; end = key.indexOf('/', end + 1)) {
      this.#tellBelow(key.slice(0, end), event);
    }
    this.#tellBelow(key, event);
  }

  #tellBelow(prefix: string, event: ReplicaEvent<T>): void {
    const watchers = this.#watchers.get(prefix);
    if (watchers === undefined) return;
    for (const watcher of watchers) {
      if (watcher.last >= event.entry.revision) continue;
      watcher.last = event.entry.revision;
      watcher.handler.onEvent(event);
    }
  }

  onProgress(revision: number): void {
    if (revision > this.#revision) this.#reach(revision);
    this.#forget(this.#clock.nowMs());
    for (const watchers of this.#watchers.values()) {
      for (const watcher of watchers) watcher.handler.onProgress?.(revision);
    }
  }

  #forget(nowMs: number): void {
    if (nowMs < this.#forgotMs + FORGET_EVERY_MS) return;
    this.#forgotMs = nowMs;
    const old = nowMs - (this.#options.historyMs ?? HISTORY_MS);
    for (const ring of this.#rings.values()) ring.trim(old);
    for (const [kept, { keptMs }] of this.#kept) if (keptMs < old) this.#kept.delete(kept);
  }

  onReset(): void {
    this.#rings.clear();
    this.#kept.clear();
    this.#latest = undefined;
    this.#floor = Number.POSITIVE_INFINITY;
    const over = [...this.#watchers.values()].flatMap((watchers) => [...watchers]);
    this.#watchers.clear();
    for (const watcher of over) watcher.handler.onReset?.();
  }

  #reach(revision: number): void {
    this.#revision = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision <= revision) waiter.settle(true);
    }
  }

  #ring(name: string): Ring<T> {
    let ring = this.#rings.get(name);
    if (ring === undefined) {
      const max = this.#options.ringMax ?? RING_MAX;
      ring = new Ring<T>(this.#floor, { max, bytesMax: RING_BYTES_MAX });
      this.#rings.set(name, ring);
    }
    return ring;
  }

  get(key: string): ReplicaEntry<T> | undefined {
    return this.#entries.get(key);
  }

  entries(prefix: string, afterKey?: string): IterableIterator<ReplicaEntry<T>> {
    return this.#entries.below(prefix, afterKey);
  }

  count(prefix: string): number {
    return this.#entries.count(prefix);
  }

  snapshot(keep = false): ReplicaSnapshot<T> {
    if (this.#latest?.revision !== this.#revision) {
      this.#latest = snapshotOf(this.#entries.clone(), this.#revision);
    }
    const latest = this.#latest;
    if (keep) {
      this.#kept.delete(latest.revision);
      this.#kept.set(latest.revision, { snapshot: latest, keptMs: this.#clock.nowMs() });
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= (this.#options.snapshotMax ?? SNAPSHOT_MAX)) break;
        this.#kept.delete(oldest);
      }
    }
    return latest;
  }

  snapshotAt(revision: number): ReplicaSnapshot<T> | undefined {
    return this.#kept.get(revision)?.snapshot;
  }

  index(name: string, prefix: string, keysOf: (value: T) => readonly string[]): void {
    const index = new ReplicaIndex<T>(prefix, keysOf);
    for (const entry of this.#entries.below(prefix)) index.set(entry);
    this.#indexes.set(name, index);
  }

  byIndex(name: string, indexKey: string): readonly ReplicaEntry<T>[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`no index named ${name}`);
    return index.get(indexKey);
  }

  watch(
    prefix: string,
    fromRevision: number,
    handler: ReplicaWatchHandler<T>,
  ): ReplicaWatch | 'gone' | 'tooNew' {
    if (fromRevision < this.#floor) return 'gone';
    if (fromRevision > this.#revision) return 'tooNew';
    const history = this.#history(prefix, fromRevision);
    if (history === 'gone') return 'gone';
    const watcher: Watcher<T> = { prefix, handler, last: this.#revision };
    let closed = false;
    // Registered before history is told: what a handler causes comes after it, because stores tell later.
    const watchers = this.#watchers.get(prefix) ?? new Set();
    this.#watchers.set(prefix, watchers.add(watcher));
    const close = () => {
      closed = true;
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(prefix) === watchers) {
        this.#watchers.delete(prefix);
      }
    };
    for (const event of history) {
      if (closed) break;
      handler.onEvent(event);
    }
    return { close };
  }

  #history(prefix: string, fromRevision: number): ReplicaEvent<T>[] | 'gone' {
    const found: ReplicaEvent<T>[] = [];
    let rings = 0;
    for (const [name, ring] of this.#rings) {
      if (!isBelow(name, prefix) && !isBelow(prefix, name)) continue;
      if (fromRevision < ring.floor) return 'gone';
      rings += 1;
      for (const event of ring.after(fromRevision)) {
        if (isBelow(event.entry.key, prefix)) found.push(event);
      }
    }
    return rings > 1 ? found.sort((a, b) => a.entry.revision - b.entry.revision) : found;
  }

  waitFor(revision: number, timeoutMs: number): Promise<boolean> {
    if (revision <= this.#revision) return Promise.resolve(true);
    this.#following.poll();
    return new Promise((resolve) => {
      const settle = (reached: boolean) => {
        this.#waiters.delete(waiter);
        cancel();
        resolve(reached);
      };
      const waiter: Waiter = { revision, settle };
      const cancel = this.#clock.setTimer(timeoutMs, () => settle(false));
      this.#waiters.add(waiter);
    });
  }

  close(): void {
    this.#following.close();
    for (const waiter of this.#waiters) waiter.settle(false);
    this.#watchers.clear();
  }
}

function snapshotOf<T>(entries: SortedEntries<T>, revision: number): ReplicaSnapshot<T> {
  return {
    revision,
    get: (key) => entries.get(key),
    entries: (prefix, afterKey) => entries.below(prefix, afterKey),
    count: (prefix, afterKey) => entries.count(prefix, afterKey),
  };
}
