import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { createClock, createVirtualClock } from '../../actors/clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('deadlines fire in order of time, then of setting; cancelled ones never', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 50 }), cancel: fc.boolean() })),
      (list) => {
        const clock = createVirtualClock(0);
        const fired: number[] = [];
        const cancels = list.map(({ atMs }, index) => clock.at(atMs, () => fired.push(index)));
        list.forEach(({ cancel }, index) => {
          if (cancel) cancels[index]?.();
        });
        clock.advanceTo(100);
        const expected = list
          .map((one, index) => ({ ...one, index }))
          .filter((one) => !one.cancel)
          .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
          .map(({ index }) => index);
        expect(fired).toEqual(expected);
      },
    ),
  );
});

test('a callback set while firing fires in the same advance where it is due', () => {
  const clock = createVirtualClock(0);
  const times: number[] = [];
  clock.at(10, () => clock.at(20, () => times.push(clock.nowMs())));
  clock.advanceTo(30);
  expect(times).toEqual([20]);
  expect(clock.nowMs()).toBe(30);
});

test('the real clock never fires early, and an earlier deadline set later fires first', async () => {
  const clock = createClock();
  const start = clock.nowMs();
  const fired: string[] = [];
  await new Promise<void>((done) => {
    clock.at(start + 30, () => {
      fired.push('late');
      done();
    });
    clock.at(start + 5, () => fired.push('early'));
  });
  expect(fired).toEqual(['early', 'late']);
  expect(clock.nowMs()).toBeGreaterThanOrEqual(start + 30);
});

test.each([-3_600_000, 3_600_000])(
  'a clock that is set by %i ms moves no deadline that was set before, and all that are set after',
  async (byMs) => {
    const clock = createClock();
    const { now } = Date;
    const fired: string[] = [];
    const started = performance.now();
    await new Promise<void>((done) => {
      clock.at(clock.nowMs() + 40, () => fired.push('before'));
      vi.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
      clock.at(clock.nowMs() + 80, () => {
        fired.push('after');
        done();
      });
    });
    expect(fired).toEqual(['before', 'after']);
    expect(performance.now() - started).toBeGreaterThanOrEqual(79);
  },
);
