/** Times keep their day: every day of four centuries is written as it was read. */
import { expect, it } from 'vitest';
import { formatTime, parseTimestamp } from '../../machines/api/timestamp.ts';

it('writes every day of four centuries as it reads it', () => {
  const dayMs = 86_400_000;
  const lastMs = Date.UTC(2101, 0, 1);
  for (let nowMs = Date.UTC(1699, 11, 31); nowMs < lastMs; nowMs += dayMs) {
    const text = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
    const { seconds } = parseTimestamp(text) ?? { seconds: Number.NaN };
    if (seconds !== nowMs / 1000 || formatTime(seconds) !== text) {
      expect([text, seconds, formatTime(seconds)]).toEqual([text, nowMs / 1000, text]);
    }
  }
  expect(formatTime(951_782_400)).toBe('2000-02-29T00:00:00Z');
});
