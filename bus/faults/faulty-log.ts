/**
 * One follower of a faulty store: what the log tells it comes late, is skipped, or begins in the past.
 *
 * Keeps the contract of a log all the same: revision order, each change once, no gap without a reset, transactions
 * whole. Without a fault every call is passed on at once.
 */
import type { Clock } from '../clock.ts';
import { keyBelow } from '../store/keys.ts';
import type { Following, LogSink, Store, StoredEntry, StoreEvent } from '../store/store.ts';
import type { LogHistory } from './log-history.ts';

/** What the store's faults mean for its followers; read at each call. */
export interface LogFaults {
  /** Milliseconds by which calls come later; Infinity holds them until it is less again. */
  readonly lagMs: number;
  readonly skipping: boolean;
}

/** A beginning in the past, and how long the way to the present takes. */
export interface StaleStart {
  readonly history: LogHistory;
  readonly revisions: number;
  readonly catchUpMs: number;
}

/** Calls that may wait for one follower; with more, it is told of a hole and begins again. */
export const WAITING_CALLS_MAX = 100_000;

interface Waiting {
  dueMs: number;
  readonly call: () => void;
}

/** See the file comment. */
export class FaultyFollower implements Following {
  readonly #inner: Store;
  readonly #clock: Clock;
  readonly #faults: LogFaults;
  readonly #sink: LogSink;
  readonly #prefixes: readonly string[] | undefined;
  readonly #forget: () => void;
  #waiting: Waiting[] = [];
  /** While waiting calls are made, what comes meanwhile queues behind them. */
  #draining = false;
  #cancelTimer: (() => void) | undefined;
  #poll = () => {};
  #stop = () => {};
  /** Calls of an earlier beginning do nothing. */
  #generation = 0;
  #started = false;
  #cursor = 0;
  #burstDueMs: number | undefined;
  #closed = false;

  constructor(
    inner: Store,
    clock: Clock,
    faults: LogFaults,
    sink: LogSink,
    prefixes: readonly string[] | undefined,
    forget: () => void,
  ) {
    this.#inner = inner;
    this.#clock = clock;
    this.#faults = faults;
    this.#sink = sink;
    this.#prefixes = prefixes;
    this.#forget = forget;
  }

  /** Begins to follow; where a past is given, there. */
  start(stale: StaleStart | undefined): void {
    if (stale !== undefined && this.#startInThePast(stale)) return;
    const following = this.#inner.follow(this.#source(), this.#prefixes);
    this.#poll = () => following.poll();
    this.#stop = () => following.close();
  }

  poll(): void {
    this.#poll();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopSource();
    this.#forget();
  }

  /** As a hole in history: the sink is told of a reset, then of the present state. */
  restart(): void {
    if (this.#closed) return;
    this.#stopSource();
    if (this.#started) {
      this.#started = false;
      this.#sink.onReset(this.#cursor);
    }
    if (!this.#closed) this.start(undefined);
  }

  /** Calls that wait come after this long from now at the latest. */
  hurry(lagMs: number): void {
    const dueMs = this.#clock.nowMs() + lagMs;
    for (const waiting of this.#waiting) waiting.dueMs = Math.min(waiting.dueMs, dueMs);
    this.#arm();
  }

  #stopSource(): void {
    this.#generation += 1;
    this.#stop();
    this.#waiting = [];
    this.#burstDueMs = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #startInThePast({ history, revisions, catchUpMs }: StaleStart): boolean {
    const past = history.past(revisions);
    if (past === undefined) return false;
    const source = this.#source();
    const begunMs = this.#clock.nowMs();
    this.#deliver(() => this.#snapshot(past.entries, past.revision), begunMs);
    for (const [i, events] of past.since.entries()) {
      const dueMs = begunMs + Math.ceil((catchUpMs * (i + 1)) / past.since.length);
      for (const event of events) this.#deliver(() => this.#event(event), dueMs);
    }
    const { last } = history;
    this.#deliver(() => this.#progress(last), begunMs + catchUpMs);
    this.#stop = history.listen(source);
    this.#poll = () => history.poll();
    return true;
  }

  /** The sink that the log behind this follower calls. */
  #source(): LogSink {
    const generation = this.#generation;
    const deliver = (call: () => void) => {
      if (generation === this.#generation) this.#deliver(call);
    };
    return {
      onSnapshot: (entries, revision) => deliver(() => this.#snapshot(entries, revision)),
      onEvent: (event) => deliver(() => this.#event(event)),
      onProgress: (revision) => deliver(() => this.#progress(revision)),
      onReset: (from) =>
        deliver(() => {
          this.#started = false;
          this.#sink.onReset(from);
        }),
    };
  }

  #snapshot(entries: readonly StoredEntry[], revision: number): void {
    this.#started = true;
    this.#cursor = revision;
    const below = entries.filter(({ key }) => keyBelow(key, this.#prefixes));
    this.#sink.onSnapshot(below, revision);
  }

  #event(event: StoreEvent): void {
    if (this.#faults.skipping || !keyBelow(event.key, this.#prefixes)) return;
    this.#cursor = event.revision;
    this.#sink.onEvent(event);
  }

  #progress(revision: number): void {
    if (this.#faults.skipping || revision < this.#cursor) return;
    this.#cursor = revision;
    this.#sink.onProgress(revision);
  }

  #deliver(call: () => void, notBeforeMs?: number): void {
    const { lagMs } = this.#faults;
    const queued = this.#draining || this.#waiting.length > 0;
    if (lagMs === 0 && notBeforeMs === undefined && !queued) {
      call();
      return;
    }
    if (this.#waiting.length >= WAITING_CALLS_MAX) {
      this.restart();
      return;
    }
    const lastMs = this.#waiting.at(-1)?.dueMs ?? 0;
    this.#waiting.push({ dueMs: Math.max(lastMs, notBeforeMs ?? 0, this.#burstDue(lagMs)), call });
    this.#arm();
  }

  /** What is told in one go, such as a transaction, stays together. */
  #burstDue(lagMs: number): number {
    if (this.#burstDueMs === undefined) {
      this.#burstDueMs = this.#clock.nowMs() + lagMs;
      queueMicrotask(() => {
        this.#burstDueMs = undefined;
      });
    }
    return this.#burstDueMs;
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const dueMs = this.#waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#drain();
    });
  }

  #drain(): void {
    const generation = this.#generation;
    const nowMs = this.#clock.nowMs();
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.dueMs <= nowMs) count += 1;
    const due = this.#waiting.splice(0, count);
    let told = 0;
    this.#draining = true;
    try {
      while (told < count && generation === this.#generation) due[told++]!.call();
    } finally {
      this.#draining = false;
      if (generation === this.#generation) {
        if (told < count) this.#waiting = [...due.slice(told), ...this.#waiting];
        this.#arm();
      }
    }
  }
}
