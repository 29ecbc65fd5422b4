/**
 * Gives memory back after a burst: V8 keeps a grown heap for as long as nothing allocates, so an idle process that
 * has grown is told to collect once. Never collects while the process is busy, and never twice without growth.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

const LOOK_EVERY_MS = 10_000;
/** Idle: less than this part of a core since the last look. */
const IDLE_CPU = 0.1;
/** Growth since the last collection that is worth one. */
const GROWTH_BYTES_MIN = 64 * 2 ** 20;

/** Watches this process from now on; returns a function that stops it. */
export function giveMemoryBack(clock: Clock): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let restingBytes = process.memoryUsage.rss();
  let cpu = process.cpuUsage();
  let cancel = clock.at(clock.nowMs() + LOOK_EVERY_MS, look);

  function look(): void {
    const spent = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const idle = (spent.user + spent.system) / 1_000 < LOOK_EVERY_MS * IDLE_CPU;
    const bytes = process.memoryUsage.rss();
    if (idle && bytes - restingBytes > GROWTH_BYTES_MIN) {
      collect();
      restingBytes = process.memoryUsage.rss();
    } else {
      restingBytes = Math.min(restingBytes, bytes);
    }
    cancel = clock.at(clock.nowMs() + LOOK_EVERY_MS, look);
  }

  return () => cancel();
}
