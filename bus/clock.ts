/**
 * Time as the bus sees it: handed in, so that a simulation owns it.
 *
 * Nothing else in `bus/` reads the clock or starts a timer.
 */

/** A source of time and timers; simulation passes its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Calls back once after a delay; the returned function cancels and is idempotent. */
  setTimer(delayMs: number, fire: () => void): () => void;
}

/** The machine's own clock. Its timers keep the process alive, as an open connection does. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after a delay of the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
