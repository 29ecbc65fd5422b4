/** The order of recordings: every change before what knows of it, and nothing lost. */
import { expect, test } from 'vitest';
import type { Observation } from '../../machines/chaos/observation.ts';
import { createStoreOrder, HELD_MAX, LOG_LAG_MS } from '../../machines/checks/store-order.ts';
import { A, B, begun, ended, found, put, reads, type Seen, timed, told } from './store-doctor.ts';

function ordered(...seen: readonly Seen[]): { readonly now: string[]; readonly all: string[] } {
  const names: string[] = [];
  const order = createStoreOrder((observation) => names.push(nameOf(observation)));
  for (const observation of timed(seen)) order.take(observation);
  const now = [...names];
  order.flush();
  return { now, all: names };
}

function nameOf(observation: Observation): string {
  const about = 'op' in observation ? observation.op : '';
  const revision = 'revision' in observation ? observation.revision : '';
  return `${observation.type} ${about}${revision}`;
}

test('an answer, and what came after it, waits for its change', () => {
  const { now, all } = ordered(
    begun('m1', ['put', A, 0]),
    ended('m1', 'ok', 1),
    begun('m2', ['put', A, 1]),
    ended('m3', 'conflict'),
    put(1, A, 'm1'),
    put(2, A, 'm2'),
  );
  const expected = [
    'write.begun m1',
    'committed 1',
    'write.ended m11',
    'write.begun m2',
    'write.ended m30',
    'committed 2',
  ];
  expect(now).toEqual(expected);
  expect(all).toEqual(expected);
});

test('what a watch was told waits for its change', () => {
  expect(ordered(told('start', 0), told('event', 1), put(1, A)).now).toEqual([
    'watched 0',
    'committed 1',
    'watched 1',
  ]);
});

test("what began behind a revision that is nobody's began before the next change", () => {
  // A barrier of several servers has revision 2, and nobody is told of it.
  expect(
    ordered(
      put(1, A),
      told('progress', 2),
      begun('m3', ['put', A, 1]),
      put(3, A, 'm3'),
      ended('m3', 'ok', 3),
    ).now,
  ).toEqual(['committed 1', 'watched 2', 'write.begun m3', 'committed 3', 'write.ended m33']);
});

test('an answer to a read waits for as long as the log may be late', () => {
  const { now, all } = ordered(
    reads('r1', A),
    { ...found('r1', 0), atMs: 100 },
    { ...put(1, B), atMs: 99 + LOG_LAG_MS },
    { ...reads('r2', B), atMs: 100 + LOG_LAG_MS },
    { ...found('r2', 1), atMs: 101 + LOG_LAG_MS },
  );
  const before = ['read.begun r1', 'committed 1', 'read.begun r2', 'read.ended r10'];
  expect(now.toSorted()).toEqual(before.toSorted());
  expect(all).toEqual([...now, 'read.ended r21']);
});

test('an answer whose change never comes goes on all the same', () => {
  const late: Seen = { ...reads('r1', A), atMs: 20 + LOG_LAG_MS };
  expect(ordered(begun('m1', ['put', A, 0]), ended('m1', 'ok', 1), late).now).toEqual([
    'write.begun m1',
    'write.ended m11',
    'read.begun r1',
  ]);
});

test('no more than the bound is held back', () => {
  const waiting = Array.from({ length: HELD_MAX + 2 }, () => ({ ...told('event', 9), atMs: 1 }));
  const { now, all } = ordered(...waiting);
  expect(now).toHaveLength(2);
  expect(all).toHaveLength(HELD_MAX + 2);
});
