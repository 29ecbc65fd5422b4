/**
 * The recent events of one resource, so that a watcher can resume from a revision it saw.
 *
 * Bounded by a count and by age; what is dropped raises the floor, below which a watch is `gone`. Never holds two
 * events of one revision, and never out of order.
 */
import type { ReplicaEvent } from './replica.ts';

/** A bounded queue of events in revision order. */
export class Ring<T> {
  #floor: number;
  #events: (ReplicaEvent<T> | undefined)[] = [];
  #times: number[] = [];
  #start = 0;
  readonly #max: number;

  /** `floor` is the revision up to which the ring never knew anything. */
  constructor(floor: number, max: number) {
    this.#floor = floor;
    this.#max = max;
  }

  /** A watch may resume from this revision or a later one. */
  get floor(): number {
    return this.#floor;
  }

  push(event: ReplicaEvent<T>, nowMs: number): void {
    this.#events.push(event);
    this.#times.push(nowMs);
    if (this.#events.length - this.#start > this.#max) this.#dropFirst();
  }

  /** Drops events older than a time. */
  trim(beforeMs: number): void {
    while (this.#start < this.#events.length && this.#times[this.#start]! < beforeMs) {
      this.#dropFirst();
    }
  }

  /** Events after a revision, oldest first. */
  after(revision: number): ReplicaEvent<T>[] {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.entry.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low) as ReplicaEvent<T>[];
  }

  #dropFirst(): void {
    this.#floor = this.#events[this.#start]!.entry.revision;
    this.#events[this.#start] = undefined;
    this.#start += 1;
    if (this.#start > this.#max) {
      this.#events = this.#events.slice(this.#start);
      this.#times = this.#times.slice(this.#start);
      this.#start = 0;
    }
  }
}
