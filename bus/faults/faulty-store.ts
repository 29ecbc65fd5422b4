/**
 * A store with faults: slow, unavailable, silent about outcomes, contended, or with a log that lags, skips or
 * begins in the past. Stands between one process and its store.
 *
 * Never breaks the contract of a store: each fault is something that the contract allows. Without a fault every
 * call is passed on as it is. Draws only where a fault with chance or a range is set.
 */
import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import type { Envelope } from '../envelope.ts';
import {
  type Following,
  type LogSink,
  type Store,
  type StoredEntry,
  StoreUnavailable,
  type Write,
  type WriteResult,
} from '../store/store.ts';
import { FaultyFollower, type LogFaults, type StaleStart } from './faulty-log.ts';
import type { LogHistory } from './log-history.ts';

/** One fault of a store. Probabilities are 0 to 1, for each call by itself. */
export type StoreFault =
  /** Writes and reads take so much longer; they keep their order. */
  | { readonly kind: 'slow'; readonly minMs: number; readonly maxMs: number }
  /** Writes are refused as `unavailable`, reads throw. */
  | { readonly kind: 'unavailable' }
  /** No answer: `unknown` after a while; `applied` is the probability that the write is stored all the same. */
  | { readonly kind: 'unknown'; readonly probability: number; readonly applied: number }
  /** Somebody else writes the key just before, so that the guard of an update or a delete does not hold. */
  | { readonly kind: 'conflict'; readonly probability: number }
  /** Followers hear of everything so much later; Infinity holds it until the fault is removed. */
  | { readonly kind: 'lag'; readonly ms: number }
  /** Followers hear of nothing; then, when the fault is removed, of a reset and the present state. */
  | { readonly kind: 'skip' };

/** A store, and the faults a test may set. */
export interface FaultyStore extends Store {
  /** Adds a fault, or replaces the one of this name. */
  set(name: string, fault: StoreFault): void;
  remove(name: string): void;
  clear(): void;
  list(): readonly { readonly name: string; readonly fault: StoreFault }[];
  /** History is cut away at once: every follower is told of a reset and the present state. */
  compact(): void;
  /**
   * The next `follow` begins with the state so many revisions ago (or the oldest known) and hears of what came since
   * spread over `catchUpMs` (500 where absent).
   */
  startBehind(revisions: number, catchUpMs?: number): void;
}

/** How a faulty store is made. */
export interface FaultyStoreOptions {
  readonly clock: Clock;
  /** Numbers from 0 to below 1. */
  readonly draw: () => number;
  /** Needed by `startBehind`. */
  readonly history?: LogHistory;
  /** When a write without an answer is given up; 5,000 where absent. */
  readonly unknownAfterMs?: number;
  /** The inner store is shared with others: `close` leaves it open. */
  readonly shared?: boolean;
  /** Told of each call that a fault hits. */
  readonly onFault?: (fault: StoreFault, key: string) => void;
}

const UNKNOWN_AFTER_MS = 5000;
const CATCH_UP_MS = 500;
const UNAVAILABLE = 'the store is made unavailable';

/** Puts faults in front of a store. */
export function createFaultyStore(inner: Store, options: FaultyStoreOptions): FaultyStore {
  return new Faulty(inner, options);
}

class Faulty implements FaultyStore, LogFaults {
  readonly #inner: Store;
  readonly #options: FaultyStoreOptions;
  readonly #faults = new Map<string, StoreFault>();
  readonly #followers = new Set<FaultyFollower>();
  #behind: { readonly revisions: number; readonly catchUpMs: number } | undefined;
  #slowUntilMs = 0;
  #conflicts = 0;
  #closed = false;
  lagMs = 0;
  skipping = false;

  constructor(inner: Store, options: FaultyStoreOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  set(name: string, fault: StoreFault): void {
    this.#faults.set(name, fault);
    this.#changed();
  }

  remove(name: string): void {
    if (this.#faults.delete(name)) this.#changed();
  }

  clear(): void {
    this.#faults.clear();
    this.#changed();
  }

  list(): readonly { readonly name: string; readonly fault: StoreFault }[] {
    return Array.from(this.#faults, ([name, fault]) => ({ name, fault }));
  }

  #changed(): void {
    const { lagMs: lagged, skipping: skipped } = this;
    this.lagMs = this.#all('lag').reduce((sum, { ms }) => sum + ms, 0);
    this.skipping = this.#all('skip').length > 0;
    if (skipped && !this.skipping) this.compact();
    else if (this.lagMs < lagged) for (const one of [...this.#followers]) one.hurry(this.lagMs);
  }

  #all<K extends StoreFault['kind']>(kind: K): Extract<StoreFault, { readonly kind: K }>[] {
    return [...this.#faults.values()].filter(
      (fault): fault is Extract<StoreFault, { readonly kind: K }> => fault.kind === kind,
    );
  }

  compact(): void {
    for (const follower of [...this.#followers]) follower.restart();
  }

  startBehind(revisions: number, catchUpMs: number = CATCH_UP_MS): void {
    if (this.#options.history === undefined) {
      throw new Error('a store that starts behind must have a history');
    }
    this.#behind = { revisions, catchUpMs };
  }

  write(write: Write, envelope: Envelope): Promise<WriteResult> {
    if (this.#faults.size === 0 && !this.#closed) return this.#inner.write(write, envelope);
    return this.#faulty([write], envelope, () => this.#inner.write(write, envelope));
  }

  transact(
    writes: readonly Write[],
    envelope: Envelope,
    mayGoOut?: () => boolean,
  ): Promise<WriteResult> {
    const store = () => this.#inner.transact(writes, envelope, mayGoOut);
    if (this.#faults.size === 0 && !this.#closed) return store();
    return this.#faulty(writes, envelope, store);
  }

  async #faulty(
    writes: readonly Write[],
    envelope: Envelope,
    store: () => Promise<WriteResult>,
  ): Promise<WriteResult> {
    const key = writes[0]?.key ?? '';
    await this.#slow(key);
    if (this.#refuses(key)) return { ok: false, reason: 'unavailable', detail: UNAVAILABLE };
    for (const fault of this.#all('conflict')) {
      if (await this.#overtake(fault, writes, envelope)) break;
    }
    for (const fault of this.#all('unknown')) {
      if (!this.#happens(fault.probability)) continue;
      this.#options.onFault?.(fault, key);
      if (this.#happens(fault.applied)) await store();
      await sleep(this.#options.clock, this.#options.unknownAfterMs ?? UNKNOWN_AFTER_MS);
      return { ok: false, reason: 'unknown', detail: `no answer came for ${key}` };
    }
    return store();
  }

  async #slow(key: string): Promise<void> {
    let delayMs = 0;
    for (const fault of this.#all('slow')) {
      const { minMs, maxMs } = fault;
      const spreadMs = maxMs > minMs ? Math.floor(this.#options.draw() * (maxMs - minMs + 1)) : 0;
      delayMs += minMs + spreadMs;
      this.#options.onFault?.(fault, key);
    }
    const nowMs = this.#options.clock.nowMs();
    // A connection keeps order: nobody overtakes who came before.
    this.#slowUntilMs = Math.max(this.#slowUntilMs, nowMs + delayMs);
    if (this.#slowUntilMs > nowMs) await sleep(this.#options.clock, this.#slowUntilMs - nowMs);
  }

  /** True where the store cannot be reached now. */
  #refuses(key: string): boolean {
    if (this.#closed) return true;
    const [fault] = this.#all('unavailable');
    if (fault !== undefined) this.#options.onFault?.(fault, key);
    return fault !== undefined;
  }

  #happens(probability: number): boolean {
    return probability >= 1 || (probability > 0 && this.#options.draw() < probability);
  }

  /** Stores the present value of a guarded key once more, and so moves its revision. */
  async #overtake(
    fault: StoreFault & { readonly kind: 'conflict' },
    writes: readonly Write[],
    envelope: Envelope,
  ): Promise<boolean> {
    const guarded = writes.find(({ expected }) => expected !== undefined && expected > 0);
    if (guarded === undefined || !this.#happens(fault.probability)) return false;
    const { key, ttlSeconds } = guarded;
    const current = await this.#inner.read(key).catch(unreachable);
    if (current === undefined) return false;
    // Guarded itself: where a third writer comes between, its value must not be undone.
    const lifetime = ttlSeconds === undefined ? {} : { ttlSeconds };
    const { value, revision: expected } = current;
    const again: Write = { key, operation: 'put', value, expected, ...lifetime };
    this.#conflicts += 1;
    const id = `${envelope.id}-overtaken-${this.#conflicts}`;
    const { ok } = await this.#inner.write(again, {
      id,
      from: 'faults/store',
      causes: [envelope.id],
      traceparent: envelope.traceparent,
    });
    if (ok) this.#options.onFault?.(fault, key);
    return ok;
  }

  async read(key: string): Promise<StoredEntry | undefined> {
    await this.#reach(key);
    return this.#inner.read(key);
  }

  async lastRevision(): Promise<number> {
    await this.#reach('');
    return this.#inner.lastRevision();
  }

  async #reach(key: string): Promise<void> {
    if (this.#faults.size === 0 && !this.#closed) return;
    await this.#slow(key);
    if (this.#refuses(key)) throw new StoreUnavailable(UNAVAILABLE);
  }

  follow(sink: LogSink, prefixes?: readonly string[]): Following {
    const follower: FaultyFollower = new FaultyFollower(
      this.#inner,
      this.#options.clock,
      this,
      sink,
      prefixes,
      () => this.#followers.delete(follower),
    );
    this.#followers.add(follower);
    follower.start(this.#takeStaleStart());
    return follower;
  }

  #takeStaleStart(): StaleStart | undefined {
    const { history } = this.#options;
    const behind = this.#behind;
    this.#behind = undefined;
    return behind && history && { ...behind, history };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const follower of [...this.#followers]) follower.close();
    if (this.#options.shared !== true) await this.#inner.close();
  }
}

function unreachable(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable)) throw error;
  return undefined;
}
