/**
 * Rules of the store: each finds the bug it is there for, and none complains of a run that is
 * right.
 */
import { expect, test } from 'vitest';
import {
  A,
  B,
  begun,
  C,
  del,
  ended,
  found,
  type Planted,
  put,
  reads,
  type Seen,
  violationsOf,
  wrote,
} from './store-doctor.ts';

const CLEAN: readonly Seen[] = [
  ...wrote('m1', 1, A, 0),
  ...wrote('m2', 2, A, 1),
  // A transaction, with a read that may see either state.
  reads('r1', A),
  begun('m3', ['put', A, 2], ['put', B, 0], ['put', C, undefined]),
  put(3, A, 'm3'),
  put(4, B, 'm3'),
  found('r1', 2),
  put(5, C, 'm3'),
  ended('m3', 'ok', 5),
  // Refused, unknown and never answered writes; unknown ones may come late.
  begun('m4', ['put', A, 1]),
  ended('m4', 'conflict'),
  begun('m5', ['put', A, 3]),
  ended('m5', 'unknown'),
  begun('m6', ['delete', B, 4]),
  begun('m7', ['put', A, 3]),
  ended('m7', 'unknown'),
  { type: 'process', process: 'apiserver-1', role: 'apiserver', state: 'crashed', power: false },
  del(6, B, 'm6'),
  put(7, A, 'm5'),
  reads('r2', B),
  reads('r3', ''),
  reads('r4', A),
  ...wrote('m8', 8, B, 0),
  found('r2', 8),
  found('r3', 7),
  { type: 'read.ended', op: 'r4', ok: false, revision: 0 },
  // The store deleted it by itself.
  del(9, B),
  reads('r5', B),
  found('r5', 0),
];

const PLANTED: readonly Planted[] = [
  {
    name: 'a revision is given twice',
    rule: 'revisions-grow',
    seen: [...wrote('m1', 5, A, 0), put(5, B)],
    names: [B, 'revision 5 after revision 5'],
  },
  {
    name: 'a revision goes back',
    rule: 'revisions-grow',
    seen: [put(5, A), put(4, B)],
    names: [B, 'revision 4 after revision 5'],
  },
  {
    name: 'a write goes over one it did not see',
    rule: 'cas-chain',
    seen: [...wrote('m1', 1, A, 0), ...wrote('m2', 2, A, 1), ...wrote('m3', 3, A, 1)],
    names: [A, 'at revision 3 (message m3)', 'replaced revision 2', 'guard was revision 1'],
  },
  {
    name: 'a key that exists is created',
    rule: 'cas-chain',
    seen: [...wrote('m1', 1, A, 0), ...wrote('m2', 2, A, 0)],
    names: [A, 'replaced revision 1', 'guard was nothing'],
  },
  {
    name: 'an update revives a deleted key',
    rule: 'cas-chain',
    seen: [...wrote('m1', 1, A, 0), del(2, A), ...wrote('m2', 3, A, 1)],
    names: [A, 'replaced nothing', 'guard was revision 1'],
  },
  {
    name: 'a late write of unknown outcome passes a guard that holds no more',
    rule: 'cas-chain',
    seen: [
      ...wrote('m1', 1, A, 0),
      begun('m2', ['put', A, 1]),
      ended('m2', 'unknown'),
      ...wrote('m3', 2, A, 1),
      put(3, A, 'm2'),
    ],
    names: [A, 'message m2', 'replaced revision 2'],
  },
  {
    name: 'a key is stored that nobody asked for',
    rule: 'cas-chain',
    seen: [begun('m1', ['put', A, 0]), put(1, A, 'm1'), put(2, B, 'm1'), ended('m1', 'ok', 1)],
    names: [B, 'asked for put', A],
  },
  {
    name: 'an acknowledged write is lost',
    rule: 'acked-is-stored',
    seen: [begun('m1', ['put', A, 0]), put(1, B), ended('m1', 'ok', 2)],
    names: [A, 'ok with revision 2', 'not stored', 'begun at 10 ms'],
  },
  {
    name: 'an acknowledged write has another revision',
    rule: 'acked-is-stored',
    seen: [begun('m1', ['put', A, 0]), put(1, A, 'm1'), put(2, B), ended('m1', 'ok', 2)],
    names: [A, 'ok with revision 2', 'at revision 1'],
  },
  {
    name: 'a refused write is stored',
    rule: 'acked-is-stored',
    seen: [begun('m1', ['put', A, 0]), put(1, A, 'm1'), ended('m1', 'conflict')],
    names: [A, 'answered conflict', 'revision 1'],
  },
  {
    name: 'a write that was surely not stored is stored later',
    rule: 'acked-is-stored',
    seen: [begun('m1', ['put', A, undefined]), ended('m1', 'unavailable'), put(1, A, 'm1')],
    names: [A, 'revision 1', 'answered unavailable at 20 ms'],
  },
  {
    name: 'a write is applied twice',
    rule: 'stored-once',
    seen: [
      begun('m1', ['put', A, undefined]),
      put(1, A, 'm1'),
      ended('m1', 'ok', 1),
      put(2, A, 'm1'),
    ],
    names: [A, 'revision 2', 'm1', 'revision 1 already'],
  },
  {
    name: 'a transaction is stored with another write in between',
    rule: 'atomic',
    seen: [
      begun('m1', ['put', A, 0], ['put', B, 0]),
      put(1, A, 'm1'),
      put(2, C),
      put(3, B, 'm1'),
      ended('m1', 'unknown'),
    ],
    names: [A, 'm1', `then ${C} at revision 2`, `${B} is missing`],
  },
  {
    name: 'half of a transaction is stored',
    rule: 'atomic',
    seen: [begun('m1', ['put', A, 0], ['put', B, 0]), ended('m1', 'unknown'), put(1, A, 'm1')],
    names: [A, 'then the log ended', `${B} is missing`],
  },
  {
    name: 'a transaction has a hole',
    rule: 'atomic',
    seen: [
      begun('m1', ['put', A, 0], ['put', B, 0]),
      put(1, A, 'm1'),
      put(3, B, 'm1'),
      ended('m1', 'ok', 3),
    ],
    names: [`${B} at revision 3`, 'm1'],
  },
  {
    name: 'a read gives a state that was replaced before it began',
    rule: 'linearizable',
    seen: [...wrote('m1', 1, A, 0), ...wrote('m2', 2, A, 1), reads('r1', A), found('r1', 1)],
    names: [A, 'r1 by apiserver-1', 'gave revision 1', 'had revision 2', 'from 70 to 80 ms'],
  },
  {
    name: 'a read does not see what was created before it began',
    rule: 'linearizable',
    seen: [...wrote('m1', 1, A, 0), reads('r1', A), found('r1', 0)],
    names: [A, 'gave nothing', 'had revision 1'],
  },
  {
    name: 'a read sees what was deleted before it began',
    rule: 'linearizable',
    seen: [...wrote('m1', 1, A, 0), del(2, A), reads('r1', A), found('r1', 1)],
    names: [A, 'gave revision 1', 'had nothing'],
  },
  {
    name: 'a read sees the future',
    rule: 'linearizable',
    seen: [...wrote('m1', 1, A, 0), reads('r1', A), found('r1', 2), ...wrote('m2', 2, A, 1)],
    names: [A, 'gave revision 2', 'had revision 1'],
  },
  {
    name: 'the last revision is an older one',
    rule: 'linearizable',
    seen: [...wrote('m1', 1, A, 0), ...wrote('m2', 2, B, 0), reads('r1', ''), found('r1', 1)],
    names: ['gave 1', '2 had been committed'],
  },
  {
    name: 'the last revision is one that is not there yet',
    rule: 'linearizable',
    seen: [...wrote('m1', 1, A, 0), ...wrote('m2', 2, B, 0), reads('r1', ''), found('r1', 3)],
    names: ['gave 3', 'no more than 2'],
  },
  {
    name: 'a write is acknowledged with a revision from before it began',
    rule: 'linearizable',
    seen: [put(1, A, 'm2'), put(2, B), begun('m2', ['put', A, 0]), ended('m2', 'ok', 1)],
    names: [A, 'm2', 'after revision 2', 'earlier revision 1'],
  },
];

test('a run that is right breaks no rule', () => {
  expect(violationsOf(CLEAN)).toEqual([]);
});

test.each(PLANTED)('$rule: $name', ({ rule, seen, names, settings }) => {
  const violations = violationsOf(seen, settings);
  expect(violations.map((violation) => violation.rule)).toEqual([rule]);
  for (const name of names) expect(violations[0]?.message).toContain(name);
});
