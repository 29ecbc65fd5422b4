import { expect, test } from 'vitest';
import { createVirtualClock } from '../../actors/clock.ts';
import { CHECK_MS, giveMemoryBack } from '../../actors/memory.ts';

/** Looks once for each [busy share, MiB] and says at which looks it collected. */
function collections(looks: readonly (readonly [utilization: number, mib: number])[]): number[] {
  const clock = createVirtualClock(0);
  const at: number[] = [];
  let look = 0;
  const stop = giveMemoryBack(clock, {
    utilization: () => looks[look]?.[0] ?? 0,
    rssBytes: () => (looks[look]?.[1] ?? 0) * 2 ** 20,
    collect: async () => void at.push(look),
  });
  for (const _ of looks) {
    clock.advanceTo(clock.nowMs() + CHECK_MS);
    look += 1;
  }
  stop();
  clock.advanceTo(clock.nowMs() + 10 * CHECK_MS);
  return at;
}

test.each([
  [
    'a process that rests collects what starting left, once',
    [
      [0, 90],
      [0, 60],
      [0, 60],
    ],
    [0],
  ],
  [
    'a busy one does not',
    [
      [0.5, 90],
      [0.2, 900],
      [1, 900],
    ],
    [],
  ],
  [
    'after a burst it collects once, when the work is done',
    [
      [0, 90],
      [0, 60],
      [0.9, 900],
      [0.01, 900],
      [0, 300],
      [0, 300],
      [0, 310],
    ],
    [0, 3],
  ],
  [
    'little growth is left alone',
    [
      [0, 90],
      [0, 60],
      [0, 70],
      [0, 75],
    ],
    [0],
  ],
] as const)('%s', (_, looks, expected) => {
  expect(collections(looks)).toEqual(expected);
});
