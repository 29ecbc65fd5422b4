/**
 * What is held for one breakpoint in the whole cluster, as far as a process has heard. All processes put it in the same
 * order, so that they agree on who was first without asking anybody.
 */
import type { HoldTold } from './debug-protocol.ts';

/** One hold, here or elsewhere. */
export type Hit = Omit<HoldTold, 'breakpoint' | 'gone'>;

const HITS_MAX = 2_000;

/** See the file comment. */
export class HitList {
  readonly #count: number;
  readonly #heldMax: number;
  readonly #hits = new Map<string, Hit>();

  /** So many in all, and so many at a time. */
  constructor(count: number, heldMax: number) {
    this.#count = count;
    this.#heldMax = heldMax;
  }

  /** Takes what is told; of more than anybody sets, nothing. */
  put(hit: Hit): void {
    if (this.#hits.size < HITS_MAX || this.#hits.has(hit.hit)) this.#hits.set(hit.hit, hit);
  }

  delete(hit: string): void {
    this.#hits.delete(hit);
  }

  /** True where one more may be held. */
  get hasRoom(): boolean {
    if (this.#hits.size >= this.#count) return false;
    let held = 0;
    for (const { isHeld } of this.#hits.values()) if (isHeld) held += 1;
    return held < this.#heldMax;
  }

  /** True of a hold that others have left no room for: they were first. */
  isTooLate(hit: string): boolean {
    const order = [...this.#hits.values()].sort(
      (one, other) => one.atMs - other.atMs || (one.hit < other.hit ? -1 : 1),
    );
    const placeIn = (of: readonly Hit[]): number => of.findIndex((one) => one.hit === hit);
    const held = order.filter(({ isHeld }) => isHeld);
    return placeIn(order) >= this.#count || placeIn(held) >= this.#heldMax;
  }
}
