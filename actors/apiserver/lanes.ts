/**
 * Lanes: work of one lane runs one at a time, in order; different lanes do not wait for each other.
 *
 * Bounded by whoever enters work. A lane without work is forgotten.
 */

export interface Lanes {
  /** Runs the work when all earlier work of the lane is done; settles as the work does. */
  enter<T>(lane: string, work: () => Promise<T>): Promise<T>;
  /** Work that waits. */
  waiting(): number;
}

export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  let waiting = 0;
  return {
    async enter<T>(lane: string, work: () => Promise<T>): Promise<T> {
      const before = tails.get(lane);
      waiting += 1;
      const mine = (before ?? Promise.resolve()).then(() => {
        waiting -= 1;
        return work();
      });
      const tail = mine.catch(() => undefined);
      tails.set(lane, tail);
      try {
        return await mine;
      } finally {
        if (tails.get(lane) === tail) tails.delete(lane);
      }
    },
    waiting: () => waiting,
  };
}
