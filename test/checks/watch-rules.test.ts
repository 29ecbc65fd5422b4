/**
 * Rules of watches: each finds the bug it is there for, and none complains of a watch that is
 * right.
 */
import { expect, test } from 'vitest';
import { LOG_LENGTH_MAX } from '../../machines/checks/watch-log.ts';
import { A, B, C, del, type Planted, put, type Seen, told, violationsOf } from './store-doctor.ts';

/** The log all runs here have; `C` is not below what the watch asks for. */
const LOG: readonly Seen[] = [
  put(1, A),
  put(2, B),
  put(3, C),
  put(4, A),
  del(5, B),
  put(6, C),
  put(7, A),
  put(8, B),
];

const CLEAN: readonly Seen[] = [
  told('start', 1),
  told('event', 2, B),
  told('progress', 3),
  told('event', 4),
  told('progress', 4),
  told('event', 5, B, 'delete'),
  told('reset', 5),
  told('start', 7),
  told('progress', 7),
  told('event', 8, B),
];

const PLANTED: readonly Planted[] = [
  {
    name: 'two events change places',
    rule: 'watch-ordered',
    seen: [told('start', 1), told('event', 2, B), told('event', 5, B, 'delete'), told('event', 4)],
    names: [A, 'revision 4 after revision 5'],
  },
  {
    name: 'an event comes twice',
    rule: 'watch-unique',
    seen: [told('start', 1), told('event', 2, B), told('event', 2, B)],
    names: [B, 'twice', 'revision 2'],
  },
  {
    name: 'an event is left out',
    rule: 'watch-reliable',
    seen: [told('start', 1), told('event', 2, B), told('event', 5, B, 'delete')],
    names: [A, 'revision 5 after 2', `never of put ${A} at revision 4`],
  },
  {
    name: 'an event is left out before a progress',
    rule: 'watch-reliable',
    seen: [
      told('start', 1),
      told('event', 2, B),
      told('progress', 4),
      told('event', 5, B, 'delete'),
    ],
    names: [`put ${A} at revision 4`],
  },
  {
    name: 'the first event after a start is left out',
    rule: 'watch-resumable',
    seen: [told('start', 1), told('event', 4), told('event', 5, B, 'delete')],
    names: [B, 'started at revision 1', `put ${B} at revision 2`],
  },
  {
    name: 'what the start had is told again',
    rule: 'watch-resumable',
    seen: [told('start', 4), told('event', 4)],
    names: [A, 'started at revision 4', 'at 4'],
  },
  {
    name: 'a watch goes on over a hole',
    rule: 'watch-resumable',
    seen: [told('start', 1), told('event', 2, B), told('reset', 2), told('event', 5, B, 'delete')],
    names: [B, 'after a hole'],
  },
  {
    name: 'a watch starts anew in the past',
    rule: 'watch-resumable',
    seen: [told('start', 4), told('event', 5, B, 'delete'), told('reset', 5), told('start', 4)],
    names: ['revision 4', 'told of 5'],
  },
  {
    name: 'an event comes after a progress that passed it',
    rule: 'watch-bookmarkable',
    seen: [told('start', 1), told('event', 2, B), told('progress', 4), told('event', 4)],
    names: [A, 'revision 4', 'progress to 4'],
  },
  {
    name: 'a progress goes back',
    rule: 'watch-bookmarkable',
    seen: [told('start', 1), told('event', 2, B), told('progress', 3), told('progress', 2)],
    names: ['from progress 3 to 2'],
  },
  {
    name: 'an event has another operation',
    rule: 'watch-matches-log',
    seen: [told('start', 4), told('event', 5, B, 'put')],
    names: [`put ${B} at revision 5`, `delete ${B}`],
  },
  {
    name: 'an event has another key',
    rule: 'watch-matches-log',
    seen: [told('start', 1), told('event', 2, A)],
    names: [`put ${A} at revision 2`, `put ${B}`],
  },
  {
    name: 'an event is of no change',
    rule: 'watch-matches-log',
    seen: [told('start', 8), told('event', 9, A)],
    names: [`put ${A} at revision 9`, 'no change'],
  },
  {
    name: 'an event was not asked for',
    rule: 'watch-matches-log',
    seen: [told('start', 2), told('event', 3, C), told('event', 4)],
    names: [C, 'core/configmaps'],
  },
];

test('a watch that is right breaks no rule', () => {
  expect(violationsOf([...LOG, ...CLEAN])).toEqual([]);
});

test.each(PLANTED)('$rule: $name', ({ rule, seen, names }) => {
  const violations = violationsOf([...LOG, ...seen]);
  expect(violations.map((violation) => violation.rule)).toEqual([rule]);
  for (const name of names) expect(violations[0]?.message).toContain(name);
});

test('a watch of a process that began again begins anew', () => {
  const crash: Seen = {
    type: 'process',
    process: 'scheduler-1',
    role: 'scheduler',
    state: 'crashed',
    power: false,
  };
  expect(violationsOf([...LOG, told('start', 8), crash, told('start', 1)])).toEqual([]);
});

test('changes that are forgotten are not missed, those that are not are', () => {
  const length = 2 * LOG_LENGTH_MAX + 10;
  const log = Array.from({ length }, (_, index) => put(index + 1, A));
  const early = [told('start', 1), told('event', 3)];
  const late = [told('start', length - 9), told('event', length)];
  expect(violationsOf([...log, ...early])).toEqual([]);
  const violations = violationsOf([...log, ...late]);
  expect(violations.map(({ rule }) => rule)).toEqual(['watch-resumable']);
  expect(violations[0]?.message).toContain('and 3 more');
});
