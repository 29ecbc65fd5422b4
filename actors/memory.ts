/**
 * Gives memory back to the system: V8 keeps the heap of its busiest hour until somebody asks. When the process has
 * been idle for a while and is much larger than it was the last time it rested, everything is collected once.
 *
 * Never collects while there is work, and never twice for the same growth.
 */
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** How often the process looks at itself. */
export const CHECK_MS = 10_000;
/** The share of the time that its event loop was busy, up to which it is idle. */
export const IDLE_MAX = 0.1;
/** How much larger than at its last rest it must be to collect. */
export const GROWTH_MIN = 1.3;

/** What is looked at, and the collection; tests hand in others. */
export interface Heap {
  /** The busy share of the event loop since the last call. */
  utilization(): number;
  rssBytes(): number;
  collect(): Promise<void>;
}

/** Watches over the memory of this process until the returned function is called. */
export function giveMemoryBack(clock: Clock, heap: Heap = thisProcess()): () => void {
  let restBytes = 0;
  let collected = false;
  let cancel = (): void => {};
  const check = (): void => {
    cancel = clock.at(clock.nowMs() + CHECK_MS, check);
    const idle = heap.utilization() <= IDLE_MAX;
    const bytes = heap.rssBytes();
    // What a collection frees is unmapped by and by: the size of the rest is read at the next look.
    if (collected) restBytes = bytes;
    collected = idle && !collected && bytes > restBytes * GROWTH_MIN;
    if (collected) void heap.collect();
  };
  cancel = clock.at(clock.nowMs() + CHECK_MS, check);
  return () => cancel();
}

function thisProcess(): Heap {
  let last = performance.eventLoopUtilization();
  return {
    utilization() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    rssBytes: () => process.memoryUsage.rss(),
    async collect() {
      const session = new Session();
      session.connect();
      await session.post('HeapProfiler.collectGarbage');
      session.disconnect();
    },
  };
}
