/**
 * The recent past of a store's log: what the state was some revisions ago, and what came since.
 *
 * Bounded: keeps the last changes alone, each with the entry it replaced. Never writes to the store.
 */
import type { LogSink, Store, StoredEntry, StoreEvent } from '../store/store.ts';

/** A state in the past and the way from there to now. */
export interface PastState {
  readonly entries: readonly StoredEntry[];
  readonly revision: number;
  /** The changes since, grouped as they became visible: a transaction is never torn. */
  readonly since: readonly (readonly StoreEvent[])[];
}

/** See the file comment. */
export interface LogHistory {
  /** The oldest revision whose state is known; Infinity before the log has begun. */
  readonly floor: number;
  /** The last revision seen. */
  readonly last: number;
  /** The state at a revision, or undefined where that is not known (any more, or yet). */
  stateAt(revision: number): readonly StoredEntry[] | undefined;
  /** The state so many revisions ago, or the oldest known; undefined before the log has begun. */
  past(revisions: number): PastState | undefined;
  /** Hears what comes from now on, with a hole in the log as the log tells it; returns how to stop. */
  listen(sink: LogSink): () => void;
  /** Asks the store for what was missed, as a follower may. */
  poll(): void;
  close(): void;
}

/** Changes kept where nothing else is asked. */
export const HISTORY_EVENTS_MAX = 5000;

/** Follows a store and records. */
export function createLogHistory(
  store: Store,
  options: { readonly max?: number } = {},
): LogHistory {
  const recorder = new Recorder(options.max ?? HISTORY_EVENTS_MAX);
  const following = store.follow(recorder);
  recorder.poll = () => following.poll();
  recorder.close = () => following.close();
  return recorder;
}

interface Change {
  readonly event: StoreEvent;
  readonly previous: StoredEntry | undefined;
  /** Changes told in one go have the same number. */
  readonly burst: number;
}

class Recorder implements LogHistory, LogSink {
  readonly #max: number;
  readonly #live = new Map<string, StoredEntry>();
  readonly #listeners = new Set<LogSink>();
  #changes: Change[] = [];
  #floor = Number.POSITIVE_INFINITY;
  #last = 0;
  #burst = 0;
  #inBurst = false;
  poll = () => {};
  close = () => {};

  constructor(max: number) {
    this.#max = max;
  }

  get floor(): number {
    return this.#floor;
  }

  get last(): number {
    return this.#last;
  }

  onSnapshot(entries: readonly StoredEntry[], revision: number): void {
    this.#live.clear();
    for (const entry of entries) this.#live.set(entry.key, entry);
    this.#changes = [];
    this.#floor = revision;
    this.#last = revision;
    for (const sink of this.#listeners) sink.onSnapshot(entries, revision);
  }

  onEvent(event: StoreEvent): void {
    if (!this.#inBurst) {
      this.#burst += 1;
      this.#inBurst = true;
      queueMicrotask(() => {
        this.#inBurst = false;
      });
    }
    this.#changes.push({ event, previous: this.#live.get(event.key), burst: this.#burst });
    if (event.operation === 'delete') this.#live.delete(event.key);
    else this.#live.set(event.key, event);
    this.#last = event.revision;
    // Trimmed in large pieces, since taking one from the front of a list moves all the others.
    if (this.#changes.length >= this.#max * 2) {
      let cut = this.#changes.length - this.#max;
      while (this.#changes[cut]?.burst === this.#changes[cut - 1]?.burst) cut += 1;
      const gone = this.#changes.splice(0, cut);
      this.#floor = gone.at(-1)!.event.revision;
    }
    for (const sink of this.#listeners) sink.onEvent(event);
  }

  onProgress(revision: number): void {
    this.#last = revision;
    for (const sink of this.#listeners) sink.onProgress(revision);
  }

  onReset(fromRevision: number): void {
    this.#floor = Number.POSITIVE_INFINITY;
    for (const sink of this.#listeners) sink.onReset(fromRevision);
  }

  stateAt(revision: number): readonly StoredEntry[] | undefined {
    if (revision < this.#floor || revision > this.#last) return undefined;
    const state = new Map(this.#live);
    for (let i = this.#changes.length - 1; i >= 0; i -= 1) {
      const { event, previous } = this.#changes[i]!;
      if (event.revision <= revision) break;
      if (previous === undefined) state.delete(event.key);
      else state.set(event.key, previous);
    }
    return [...state.values()];
  }

  past(revisions: number): PastState | undefined {
    if (this.#floor === Number.POSITIVE_INFINITY) return undefined;
    const wanted = Math.max(this.#floor, this.#last - revisions);
    let from = this.#changes.length;
    while (from > 0 && this.#changes[from - 1]!.event.revision > wanted) from -= 1;
    // The state within a transaction was never visible: begin before its first change.
    while (from > 0 && this.#changes[from - 1]!.burst === this.#changes[from]?.burst) from -= 1;
    const oldest = from === 0 ? this.#floor : this.#changes[from - 1]!.event.revision;
    const revision = from === this.#changes.length ? wanted : oldest;
    const since: StoreEvent[][] = [];
    for (let i = from; i < this.#changes.length; i += 1) {
      const { event, burst } = this.#changes[i]!;
      if (i > from && burst === this.#changes[i - 1]!.burst) since.at(-1)!.push(event);
      else since.push([event]);
    }
    return { entries: this.stateAt(revision) ?? [], revision, since };
  }

  listen(sink: LogSink): () => void {
    this.#listeners.add(sink);
    return () => {
      this.#listeners.delete(sink);
    };
  }
}
