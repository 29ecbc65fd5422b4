/**
 * The recent events of one resource, so that a watcher can resume from a revision it saw.
 *
 * Bounded by a count, by bytes and by age; what is dropped raises the floor, below which a watch is
 * `gone`. Never holds two events of one revision, and never out of order.
 */
import type { ReplicaEvent } from './replica.ts';

/** How much a ring may hold. */
export interface RingLimits {
  /** Events. */
  readonly max: number;
  /** Bytes of stored values; the newest event stays whatever its size. */
  readonly bytesMax: number;
}

/** A bounded queue of events in revision order. */
export class Ring<T> {
  #floor: number;
  #events: (ReplicaEvent<T> | undefined)[] = [];
  #times: number[] = [];
  #start = 0;
  #bytes = 0;
  readonly #limits: RingLimits;

  /** `floor` is the revision up to which the ring never knew anything. */
  constructor(floor: number, limits: RingLimits) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** A watch may resume from this revision or a later one. */
  get floor(): number {
    return this.#floor;
  }

  push(event: ReplicaEvent<T>, nowMs: number): void {
    this.#events.push(event);
    this.#times.push(nowMs);
    this.#bytes += event.entry.bytes.length;
    const { max, bytesMax } = this.#limits;
    while (this.#length > max || (this.#bytes > bytesMax && this.#length > 1)) this.#dropFirst();
  }

  get #length(): number {
    return this.#events.length - this.#start;
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
    const { entry } = this.#events[this.#start]!;
    this.#floor = entry.revision;
    this.#bytes -= entry.bytes.length;
    this.#events[this.#start] = undefined;
    this.#start += 1;
    if (this.#start > this.#limits.max) {
      this.#events = this.#events.slice(this.#start);
      this.#times = this.#times.slice(this.#start);
      this.#start = 0;
    }
  }
}
