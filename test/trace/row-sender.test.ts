import { expect, test } from 'vitest';
import { createVirtualClock } from '../../actors/clock.ts';
import { RowSender, type RowSenderOptions } from '../../actors/trace/row-sender.ts';
import type { Batch, Row } from '../../machines/trace/rows.ts';

/** A sender, and the batches that came through. */
function sender(limit = { rows: Number.POSITIVE_INFINITY, cells: Number.POSITIVE_INFINITY }) {
  const batches: Batch[] = [];
  let onState: (state: string) => void = () => {};
  const clock = createVirtualClock(0);
  const bus = {
    tell(_: string, batch: Batch) {
      const isTooLarge =
        batch.rows.length > limit.rows || batch.rows.some((row) => row.length > limit.cells);
      if (isTooLarge) throw new Error('too large');
      batches.push(batch);
    },
    onConnection(handler: typeof onState) {
      onState = handler;
    },
  } as unknown as RowSenderOptions['bus'];
  const rows = new RowSender({ bus, clock, cluster: 'test', role: 'scheduler', name: 'node-1' });
  return { rows, batches, clock, connection: (state: string) => onState(state) };
}

const dead = (n: number): Row => ['d', n, 'pod/x', 'poke', 'host', []];
const rowsOf = (batches: readonly Batch[]) => batches.flatMap(({ rows }) => rows);

test('rows go together, numbered, at the latest after a while', () => {
  const { rows, batches, clock } = sender();
  rows.add(dead(1));
  rows.add(dead(2));
  expect(batches).toEqual([]);
  clock.advanceTo(100);
  rows.add(dead(3));
  rows.flush();
  expect(batches.map(({ n, rows }) => [n, rows.length])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(new Set(batches.map(({ life }) => life)).size).toBe(1);
});

test('a batch has a bounded number of rows and of bytes', () => {
  const { rows, batches } = sender();
  for (let n = 0; n < 600; n += 1) rows.add(dead(n));
  rows.flush();
  expect(batches.map(({ rows }) => rows.length)).toEqual([256, 256, 88]);
  batches.length = 0;
  for (let n = 0; n < 4; n += 1) rows.add(dead(n), 200_000);
  rows.flush();
  expect(batches.every(({ rows }) => rows.length <= 2)).toBe(true);
  expect(rowsOf(batches)).toHaveLength(4);
});

test('a message that is too large is split, and at last goes without its largest part', () => {
  const step: Row = [
    's',
    1,
    'pod/x',
    'm',
    'f',
    [],
    '',
    'poke',
    'a',
    'b',
    [],
    1,
    0,
    0,
    new Uint8Array(9),
  ];
  const { rows, batches } = sender({ rows: 1, cells: 14 });
  for (const row of [dead(1), step, dead(2)]) rows.add(row);
  rows.flush();
  expect(rowsOf(batches)).toEqual([dead(1), step.slice(0, 14), dead(2)]);
  expect(batches.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test('what cannot go at all is a loss where it would have been', () => {
  const { rows, batches } = sender({ rows: 9, cells: 6 });
  for (const row of [dead(1), [...dead(2), 'more', 'more'], dead(3)]) rows.add(row);
  rows.flush();
  expect(rowsOf(batches).map(([type]) => type)).toEqual(['d', 'l', 'd']);
});

test('while NATS is away rows are held up to a bound, and the loss comes first', () => {
  const { rows, batches, connection } = sender();
  connection('disconnected');
  for (let n = 1; n <= 10_001; n += 1) rows.add(dead(n));
  expect(batches).toEqual([]);
  connection('connected');
  const sent = rowsOf(batches);
  expect(sent[0]?.slice(0, 1)).toEqual(['l']);
  expect(sent[0]?.[2]).toBe(5_001);
  expect(sent.slice(1)).toHaveLength(5_000);
  expect(sent.at(-1)).toEqual(dead(10_001));
});

test('a sender that is closed sends what it has, and then nothing', () => {
  const { rows, batches } = sender();
  rows.add(dead(1));
  rows.close();
  rows.add(dead(2));
  rows.flush();
  expect(rowsOf(batches)).toEqual([dead(1)]);
});
