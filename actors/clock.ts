/**
 * The clock: the time, and one heap of deadlines. The real one arms a single timer for the earliest deadline;
 * the virtual one advances only when told. Never fires early, and fires equal deadlines in the order they were set.
 *
 * A deadline is as far away as it was when it was set, whatever becomes of the time: a clock that is set back stops
 * nothing.
 */
import TinyQueue from 'tinyqueue';

/** A source of time that can call back. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Calls back at or after the deadline; returns a function that cancels. */
  at(deadlineMs: number, callback: () => void): () => void;
}

interface Deadline {
  readonly atMs: number;
  readonly order: number;
  /** Undefined once fired or cancelled. */
  callback: (() => void) | undefined;
}

/** The heap both clocks share. Cancelled deadlines are swept when they outnumber the live ones. */
class Deadlines {
  #heap = new TinyQueue<Deadline>([], (a, b) => a.atMs - b.atMs || a.order - b.order);
  #order = 0;
  #dead = 0;

  add(atMs: number, callback: () => void): Deadline {
    const deadline: Deadline = { atMs, order: this.#order++, callback };
    this.#heap.push(deadline);
    return deadline;
  }

  cancel(deadline: Deadline): void {
    if (deadline.callback === undefined) return;
    deadline.callback = undefined;
    this.#dead += 1;
    if (this.#dead > 1_000 && this.#dead * 2 > this.#heap.length) this.#sweep();
  }

  /** The earliest live deadline. */
  peek(): Deadline | undefined {
    let top = this.#heap.peek();
    while (top !== undefined && top.callback === undefined) {
      this.#heap.pop();
      this.#dead -= 1;
      top = this.#heap.peek();
    }
    return top;
  }

  /** Takes the earliest callback that is due. */
  due(nowMs: number): (() => void) | undefined {
    const top = this.peek();
    if (top === undefined || top.atMs > nowMs) return undefined;
    this.#heap.pop();
    const { callback } = top;
    top.callback = undefined;
    return callback;
  }

  #sweep(): void {
    const live = this.#heap.data.filter((deadline) => deadline.callback !== undefined);
    this.#heap = new TinyQueue(live, (a, b) => a.atMs - b.atMs || a.order - b.order);
    this.#dead = 0;
  }
}

/** Node refuses longer timers; an early wake-up only looks at the heap again. */
const SLEEP_MAX_MS = 2 ** 31 - 1;

/** The time and the machine's uptime drift apart by more than this: the time was set. */
const SET_MS = 5;

/** The real clock: one Node timer, armed for the earliest deadline. Deadlines are kept in uptime, which never jumps. */
export function createClock(): Clock {
  const deadlines = new Deadlines();
  let armedFor = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  /** The time at which the uptime began. */
  let originMs = Date.now() - performance.now();

  function uptimeOf(timeMs: number): number {
    const nowMs = Date.now() - performance.now();
    if (Math.abs(nowMs - originMs) > SET_MS) originMs = nowMs;
    return timeMs - originMs;
  }

  function arm(): void {
    const next = deadlines.peek();
    if (next === undefined) return;
    if (next.atMs >= armedFor) return;
    if (timer !== undefined) clearTimeout(timer);
    armedFor = next.atMs;
    const sleepMs = Math.max(0, Math.ceil(next.atMs - performance.now()));
    timer = setTimeout(wake, Math.min(sleepMs, SLEEP_MAX_MS));
  }

  function wake(): void {
    timer = undefined;
    armedFor = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    for (let run = deadlines.due(nowMs); run !== undefined; run = deadlines.due(nowMs)) run();
    arm();
  }

  return {
    nowMs: () => Date.now(),
    at(deadlineMs, callback) {
      const deadline = deadlines.add(uptimeOf(deadlineMs), callback);
      arm();
      return () => deadlines.cancel(deadline);
    },
  };
}

/** A clock that advances only when told. */
export interface VirtualClock extends Clock {
  /** Runs everything due up to this time, in order, the clock standing at each deadline in turn. */
  advanceTo(timeMs: number): void;
  /** The earliest deadline, or undefined where nothing is waiting. */
  nextMs(): number | undefined;
}

/** The simulator's clock. */
export function createVirtualClock(startMs: number): VirtualClock {
  const deadlines = new Deadlines();
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    at(deadlineMs, callback) {
      const deadline = deadlines.add(deadlineMs, callback);
      return () => deadlines.cancel(deadline);
    },
    advanceTo(timeMs) {
      for (let next = deadlines.peek(); next && next.atMs <= timeMs; next = deadlines.peek()) {
        nowMs = Math.max(nowMs, next.atMs);
        deadlines.due(nowMs)?.();
      }
      nowMs = Math.max(nowMs, timeMs);
    },
    nextMs: () => deadlines.peek()?.atMs,
  };
}
