/**
 * The simulator's one queue: everything that will happen, in order of virtual time and then of when it was queued.
 * Whatever belongs to a process dies and stands still with it. Never reads the machine's clock.
 */
import TinyQueue from 'tinyqueue';

/** One incarnation of a process: what is queued for it is dropped once it is dead, and waits while it is paused. */
export interface Life {
  alive: boolean;
  paused: boolean;
  /** What came due while it was paused, in order. */
  readonly waiting: Scheduled[];
  /** Lets go of what it holds outside itself, once it is dead. */
  readonly ends: (() => void)[];
}

/** Something that will happen. */
export interface Scheduled {
  atMs: number;
  readonly order: number;
  readonly life: Life | undefined;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
}

const before = (a: Scheduled, b: Scheduled): number => a.atMs - b.atMs || a.order - b.order;

/** Things at one instant after which the run is taken for an endless loop. */
export const INSTANT_EVENTS_MAX = 2_000_000;

/** See the file comment. */
export class EventQueue {
  readonly #heap: TinyQueue<Scheduled> = new TinyQueue([], before);
  #order = 0;
  #nowMs: number;
  #atThisInstant = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Virtual time, milliseconds since the epoch, with a fraction. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs something at a time, or now where the time has passed. */
  at(atMs: number, run: () => void, life?: Life): Scheduled {
    const item = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, life, run };
    this.#heap.push(item);
    return item;
  }

  /** When the next thing happens; undefined where nothing ever will. */
  nextMs(): number | undefined {
    for (;;) {
      const item = this.#heap.peek();
      if (item === undefined) return undefined;
      if (item.run !== undefined && item.life?.alive !== false) return item.atMs;
      this.#heap.pop();
    }
  }

  /** Lets the next thing happen; false where there is none until then. */
  next(untilMs: number): boolean {
    const atMs = this.nextMs();
    if (atMs === undefined || atMs > untilMs) {
      if (untilMs > this.#nowMs) this.#nowMs = untilMs;
      return false;
    }
    const item = this.#heap.pop() as Scheduled;
    this.#advance(item.atMs);
    if (item.life?.paused) item.life.waiting.push(item);
    else item.run?.();
    return true;
  }

  #advance(atMs: number): void {
    if (atMs > this.#nowMs) {
      this.#nowMs = atMs;
      this.#atThisInstant = 0;
    }
    this.#atThisInstant += 1;
    if (this.#atThisInstant > INSTANT_EVENTS_MAX) {
      throw new Error(`virtual time stands still at ${atMs}: an endless loop`);
    }
  }

  /** Lets a paused life go on: what waited happens now, in order. */
  resume(life: Life): void {
    life.paused = false;
    for (const { run } of life.waiting.splice(0)) {
      if (run !== undefined) this.at(this.#nowMs, run, life);
    }
  }
}
