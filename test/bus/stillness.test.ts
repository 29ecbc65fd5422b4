/** A process that stood still is told from one that nobody asked, and knows when what arrives is new again. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../actors/clock.ts';
import type { Clock } from '../../bus/clock.ts';
import { STILL_MS, Stillness } from '../../bus/stillness.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import { envelopeFrom } from './contract.ts';

const busClock = (virtual: ReturnType<typeof createVirtualClock>): Clock => ({
  nowMs: virtual.nowMs,
  setTimer: (delayMs, fire) => virtual.at(virtual.nowMs() + delayMs, fire),
});

test('a process that nobody asks does not stand still', () => {
  const virtual = createVirtualClock(0);
  const sent: string[] = [];
  const stillness = new Stillness(busClock(virtual), (token) => sent.push(token));
  virtual.advanceTo(60_000);
  expect(stillness.isStale).toBe(false);
  expect(sent).toEqual([]);
});

test('what arrives is old until a message to itself has come round, which is sent until it does', () => {
  const virtual = createVirtualClock(0);
  let nowMs = 0;
  const clock = { ...busClock(virtual), nowMs: () => nowMs };
  const sent: string[] = [];
  const stillness = new Stillness(clock, (token) => sent.push(token));
  nowMs = STILL_MS + 1;
  expect(stillness.isStale).toBe(true);
  expect(sent).toHaveLength(1);
  expect(stillness.isStale).toBe(true);
  virtual.advanceTo(600);
  expect(sent).toEqual([sent[0], sent[0]]);
  stillness.cameRound('still-0');
  expect(stillness.isStale).toBe(true);
  stillness.cameRound(sent[0] as string);
  expect(stillness.isStale).toBe(false);
  stillness.close();
  nowMs += 10_000;
  virtual.advanceTo(10_000);
  expect(sent).toHaveLength(2);
});

test('requests that lay unread while an answerer stood still are not awaited, the next one is', async () => {
  const virtual = createVirtualClock(0);
  const queued: (() => void)[] = [];
  const near = createVirtualBus({
    name: 'near',
    clock: busClock(virtual),
    schedule: (deliver) => queued.push(deliver),
  });
  // The far one's clock is not looked at while it stands still.
  let stoodMs = 0;
  const far = near.connect('far', {
    clock: { nowMs: () => virtual.nowMs() + stoodMs, setTimer: () => () => {} },
  });
  const awaited: boolean[] = [];
  far.subscribe('k.ask', ({ isAwaited }) => awaited.push(isAwaited?.() === true), {
    assures: true,
  });
  const ask = () => void near.request('k.ask', 0, envelopeFrom('test'), 60_000);
  const deliver = () => {
    for (const one of queued.splice(0)) one();
  };
  ask();
  deliver();
  expect(awaited).toEqual([true]);
  ask();
  ask();
  stoodMs = 10_000;
  deliver();
  expect(awaited).toEqual([true, false, false]);
  deliver(); // its own message comes round
  ask();
  deliver();
  expect(awaited).toEqual([true, false, false, true]);
});
