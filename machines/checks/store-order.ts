/**
 * Brings recorded observations into an order in which every change is told before anything that
 * knows of it. In a simulation it is so by itself; in a live cluster the one who reads the log may
 * hear of a change after its writer.
 *
 * Never puts anything before a change that it came after: only answers wait, and what came after an
 * answer waits with it. An answer to a read waits for the log a little, since what it knows of (a
 * deletion) need not show.
 */
import type { Observation } from '../chaos/observation.ts';

/**
 * How far the reader of the log may be behind everybody else: where the server it reads from dies, it notices that after
 * some seconds, reads what it missed from another, and may meet one that does not answer.
 */
export const LOG_LAG_MS = 15_000;
/** Observations held back at most; beyond it the oldest go on as they are. */
export const HELD_MAX = 100_000;

/** Puts observations in order. */
export interface StoreOrder {
  take(observation: Observation): void;
  /** Hands on all that is held back: the recording is over. */
  flush(): void;
}

/** `next` gets every observation once. */
export function createStoreOrder(next: (observation: Observation) => void): StoreOrder {
  /** What waits for the log, in order of arrival; the head waits, the others behind it. */
  const held = new Line();
  /** Answers to reads, waiting for the log's reader to be surely as far. */
  const reads = new Line();
  let last = 0;

  function release(nowMs: number): void {
    held.release(
      (head) => revisionKnown(head) <= last || head.atMs + LOG_LAG_MS <= nowMs,
      (head) => (head.type === 'read.ended' ? reads.push(head) : next(head)),
    );
    reads.release((head) => head.atMs + LOG_LAG_MS <= nowMs, next);
  }

  return {
    take(observation) {
      if (observation.type === 'committed') {
        const { revision, atMs } = observation;
        // Changes come in order: what is missing before this one is nobody's, as the barriers of several servers are.
        // Whoever waited for that has waited for nothing, and what began meanwhile began before this change.
        last = Math.max(last, revision - 1);
        release(atMs);
        last = Math.max(last, revision);
        next(observation);
      } else {
        held.push(observation);
      }
      release(observation.atMs);
    },
    flush() {
      release(Number.POSITIVE_INFINITY);
    },
  };
}

/** A queue whose head alone decides whether it goes on. */
class Line {
  #items: Observation[] = [];
  #head = 0;

  push(observation: Observation): void {
    this.#items.push(observation);
  }

  release(may: (head: Observation) => boolean, pass: (head: Observation) => void): void {
    while (this.#head < this.#items.length) {
      const head = this.#items[this.#head] as Observation;
      if (this.#items.length - this.#head <= HELD_MAX && !may(head)) break;
      this.#head += 1;
      pass(head);
    }
    if (this.#head * 2 <= this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}

/** The revision that must have been told before this. */
function revisionKnown(observation: Observation): number {
  if (observation.type === 'write.ended')
    return observation.outcome === 'ok' ? observation.revision : 0;
  return observation.type === 'watched' && observation.what !== 'reset' ? observation.revision : 0;
}
