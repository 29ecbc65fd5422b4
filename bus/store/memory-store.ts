/**
 * The store in memory: the same contract as the JetStream store, for simulation and tests.
 *
 * Writes apply at once and in call order; sinks hear of them later, through the injected scheduler, in revision
 * order. Never reads the machine's clock: lifetimes run on the injected one.
 */
import type { Clock } from '../clock.ts';
import type { Envelope } from '../envelope.ts';
import { keyToTokens } from '../subjects.ts';
import { keyBelow } from './keys.ts';
import {
  type Following,
  type LogSink,
  type Store,
  type StoredEntry,
  type StoreEvent,
  StoreUnavailable,
  TRANSACTION_WRITES_MAX,
  VALUE_BYTES_MAX,
  type Write,
  type WriteResult,
} from './store.ts';

/** How a memory store is made. */
export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Runs a delivery later; a simulator passes its own. Microtasks where absent. */
  readonly schedule?: (run: () => void) => void;
  /** The revision of the first write. */
  readonly firstRevision?: number;
}

const PROGRESS_EVERY_MS = 1000;

interface Live {
  readonly entry: StoredEntry;
  readonly cancelExpiry: (() => void) | undefined;
}

interface Follower {
  readonly sink: LogSink;
  readonly prefixes: readonly string[] | undefined;
  started: boolean;
}

/** A store in this process's memory; gone when the process is. */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  return new MemoryStore(options);
}

class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #schedule: (run: () => void) => void;
  readonly #live = new Map<string, Live>();
  readonly #followers = new Set<Follower>();
  #undelivered: StoreEvent[] = [];
  #deliveryDue = false;
  #revision: number;
  #delivered: number;
  #closed = false;
  #cancelProgress: (() => void) | undefined;

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock;
    this.#schedule = options.schedule ?? queueMicrotask;
    this.#revision = (options.firstRevision ?? 1) - 1;
    this.#delivered = this.#revision;
  }

  write(write: Write, envelope: Envelope): Promise<WriteResult> {
    return this.transact([write], envelope);
  }

  async transact(
    writes: readonly Write[],
    envelope: Envelope,
    mayGoOut?: () => boolean,
  ): Promise<WriteResult> {
    if (this.#closed) return { ok: false, reason: 'unavailable', detail: 'the store is closed' };
    assertTransaction(writes);
    if (mayGoOut?.() === false) return { ok: false, reason: 'conflict', key: writes[0]!.key };
    for (const write of writes) {
      if (write.value.length > VALUE_BYTES_MAX) {
        const detail = `${write.key}: ${write.value.length} bytes exceed ${VALUE_BYTES_MAX}`;
        return { ok: false, reason: 'tooLarge', detail };
      }
    }
    for (const write of writes) {
      if (!this.#guardHolds(write)) return { ok: false, reason: 'conflict', key: write.key };
    }
    for (const write of writes) this.#apply(write, envelope);
    return { ok: true, revision: this.#revision };
  }

  #guardHolds(write: Write): boolean {
    const revision = this.#live.get(write.key)?.entry.revision ?? 0;
    if (write.operation === 'delete' && revision === 0) return false;
    return write.expected === undefined || write.expected === revision;
  }

  #apply(write: Write, envelope: Envelope | undefined): void {
    this.#live.get(write.key)?.cancelExpiry?.();
    this.#revision += 1;
    const { key, value, operation, ttlSeconds } = write;
    const entry: StoredEntry = { key, value, revision: this.#revision, envelope };
    if (operation === 'delete') this.#live.delete(key);
    else this.#live.set(key, { entry, cancelExpiry: this.#startExpiry(key, ttlSeconds) });
    this.#undelivered.push({ ...entry, operation });
    this.#deliverSoon();
  }

  #startExpiry(key: string, ttlSeconds: number | undefined): (() => void) | undefined {
    if (ttlSeconds === undefined) return undefined;
    return this.#clock.setTimer(ttlSeconds * 1000, () => {
      const value = new Uint8Array(0);
      this.#apply({ key, operation: 'delete', value, expected: undefined }, undefined);
    });
  }

  #deliverSoon(): void {
    if (this.#deliveryDue) return;
    this.#deliveryDue = true;
    this.#schedule(() => this.#deliver());
  }

  #deliver(): void {
    this.#deliveryDue = false;
    if (this.#closed) return;
    const events = this.#undelivered;
    this.#undelivered = [];
    for (const event of events) {
      this.#delivered = event.revision;
      for (const { sink, prefixes, started } of this.#followers) {
        if (started && keyBelow(event.key, prefixes)) sink.onEvent(event);
      }
    }
    for (const follower of this.#followers) {
      if (follower.started) follower.sink.onProgress(this.#delivered);
      else this.#start(follower);
    }
  }

  /** Starts a follower from a state that all others have seen; where sinks have just written, a little later. */
  #start(follower: Follower): void {
    if (this.#undelivered.length > 0) return;
    follower.started = true;
    const entries = Array.from(this.#live.values(), (live) => live.entry);
    const below = entries.filter((entry) => keyBelow(entry.key, follower.prefixes));
    follower.sink.onSnapshot(below, this.#revision);
  }

  async read(key: string): Promise<StoredEntry | undefined> {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    return this.#live.get(key)?.entry;
  }

  async lastRevision(): Promise<number> {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    return this.#revision;
  }

  follow(sink: LogSink, prefixes?: readonly string[]): Following {
    const follower: Follower = { sink, prefixes, started: false };
    this.#followers.add(follower);
    this.#deliverSoon();
    this.#progressLater();
    return {
      poll: () => this.#deliverSoon(),
      close: () => {
        this.#followers.delete(follower);
      },
    };
  }

  /** Followers hear every second how far they are, as those of a stream do. */
  #progressLater(): void {
    this.#cancelProgress ??= this.#clock.setTimer(PROGRESS_EVERY_MS, () => {
      this.#cancelProgress = undefined;
      this.#deliverSoon();
      if (this.#followers.size > 0) this.#progressLater();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#followers.clear();
    this.#cancelProgress?.();
    for (const { cancelExpiry } of this.#live.values()) cancelExpiry?.();
  }
}

/** Asserts what only a bug can break: keys well formed, each once, no more writes than the bound. */
export function assertTransaction(writes: readonly Write[]): void {
  if (writes.length === 0) throw new Error('a transaction must have a write');
  if (writes.length > TRANSACTION_WRITES_MAX) {
    throw new Error(`a transaction has ${writes.length} writes, at most ${TRANSACTION_WRITES_MAX}`);
  }
  for (const write of writes) keyToTokens(write.key);
  if (writes.length > 1 && new Set(writes.map((write) => write.key)).size < writes.length) {
    throw new Error('a transaction must write each key once');
  }
}
