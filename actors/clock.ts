/**
 * The clock: the time, and one heap of deadlines. The real one arms a single timer for the earliest deadline;
 * the virtual one advances only when told. Never fires early, and fires equal deadlines in the order they were set.
 */

/** A source of time that can call back. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Calls back at or after the deadline; returns a function that cancels. */
  at(deadlineMs: number, callback: () => void): () => void;
}
