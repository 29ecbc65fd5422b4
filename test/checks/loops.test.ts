/**
 * The rule of loops: finds objects that do not come to rest, and leaves heartbeats and work alone.
 */
import { expect, test } from 'vitest';
import { FIGHT_WITHIN_MS, RETURNS_MAX } from '../../machines/checks/loops.ts';
import { A, del, put, type Seen, violationsOf } from './store-doctor.ts';

const MAX = 8;
const HEAL: Seen = { type: 'phase', phase: 'heal' };
const FAULTS: Seen = { type: 'phase', phase: 'faults' };
const NODE = 'core/nodes/_/node-1';
const LEASE = 'coordination.k8s.io/leases/kube-node-lease/node-1';

/** Writes of one key with these contents, from a revision on, by these users in turn. */
function writes(
  key: string,
  contents: readonly object[],
  first = 100,
  users: readonly string[] = ['system:node:node-1', 'system:kube-controller-manager'],
): Seen[] {
  return contents.map((content, index) => {
    const user = users[index % users.length];
    return put(first + index, key, undefined, content, user === undefined ? {} : { user });
  });
}

const growing = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ status: { replicas: index } }));

const flipping = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ spec: { paused: index % 2 === 0 } }));

const beating = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: `${index}` }] },
  }));

const CLEAN: Readonly<Record<string, readonly Seen[]>> = {
  'as many writes as may be': [HEAL, ...writes(A, growing(MAX))],
  'many writes while there are faults': [FAULTS, ...writes(A, growing(3 * MAX)), HEAL],
  'a new object of the same name': [
    HEAL,
    ...writes(A, growing(MAX)),
    del(150, A),
    ...writes(A, growing(MAX), 200),
  ],
  'a lease is renewed': [HEAL, ...writes(LEASE, growing(3 * MAX))],
  'a node tells that it lives': [HEAL, ...writes(NODE, beating(3 * MAX))],
  'back and forth once': [HEAL, ...writes(A, flipping(3))],
  'what one user counts goes up and down': [HEAL, ...writes(A, flipping(MAX), 100, ['one'])],
  'back and forth with the faults': [
    FAULTS,
    ...writes(A, flipping(4 * RETURNS_MAX)).map((seen, index) => ({
      ...seen,
      atMs: 100 + (index * FIGHT_WITHIN_MS) / RETURNS_MAX + index,
    })),
  ],
};

test.each(Object.entries(CLEAN))('no rule complains: %s', (_name, seen) => {
  expect(violationsOf(seen, { writesPerObjectMax: MAX })).toEqual([]);
});

function check(seen: readonly Seen[], ...names: string[]): void {
  const violations = violationsOf(seen, { writesPerObjectMax: MAX });
  expect(violations.map((violation) => violation.rule)).toEqual(['no-loops']);
  for (const name of names) expect(violations[0]?.message).toContain(name);
}

test('no-loops: an object is written more often than it may', () => {
  check([HEAL, ...writes(A, growing(2 * MAX))], A, `${MAX + 1} times`, `revision ${100 + MAX}`);
});

test('no-loops: an object is written again and again without any change', () => {
  const same = growing(2 * MAX).map(() => ({ spec: {} }));
  check([HEAL, ...writes(A, same)], A, `${MAX + 1} times`);
});

test('no-loops: the status of a node changes without end', () => {
  check([HEAL, ...writes(NODE, growing(2 * MAX))], NODE);
});

test('no-loops: two controllers undo each other', () => {
  const contents = flipping(RETURNS_MAX + 2).map((content, index) => ({
    status: { observedGeneration: index },
    ...content,
  }));
  check([HEAL, ...writes(A, contents)], A, 'back and forth', `revision ${99 + contents.length}`);
});

test('no-loops: two undo each other, and nobody knows who', () => {
  check([HEAL, ...writes(A, flipping(RETURNS_MAX + 2), 100, [])], A, 'back and forth');
});

test('no-loops: two controllers undo each other fast, while there are faults', () => {
  check([FAULTS, ...writes(A, flipping(RETURNS_MAX + 2))], A, 'back and forth');
});

test('no-loops: the state before the healing is the first of those gone back to', () => {
  const contents = flipping(RETURNS_MAX + 2);
  const [first = {}, ...rest] = contents;
  check([put(1, A, undefined, first), HEAL, ...writes(A, rest)], A, 'back and forth');
});
