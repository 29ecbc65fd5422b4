/**
 * Rules of leaders: each finds the bug it is there for, and neither complains of what leases cannot
 * prevent.
 */
import { expect, test } from 'vitest';
import { EXCUSED_MS } from '../../machines/checks/leadership.ts';
import { A, B, put, type Seen, violationsOf } from './store-doctor.ts';

const LEASE = 'coordination.k8s.io/leases/kube-system/kube-scheduler';
const USER = 'system:kube-scheduler';

function process(name: string, state: 'started' | 'crashed' | 'paused' | 'resumed'): Seen {
  const role = name.replace(/-\d+$/, '');
  return { type: 'process', process: name, role, state, power: false };
}

function leads(name: string, token: number, leading = true, atMs?: number): Seen {
  return {
    type: 'leadership',
    process: name,
    lease: 'kube-scheduler',
    leads: leading,
    token,
    ...(atMs !== undefined && { atMs }),
  };
}

function fault(state: 'begun' | 'ended', ...targets: string[]): Seen {
  return { type: 'fault', name: 'cut', injection: 1, what: 'partition', targets, state };
}

const held = (revision: number, holderIdentity: string): Seen =>
  put(revision, LEASE, undefined, { spec: { holderIdentity } });

const by = (client: string, revision: number, key: string, user = USER): Seen =>
  put(revision, key, undefined, {}, { client, user });

const START: readonly Seen[] = [
  process('node-1', 'started'),
  process('scheduler-1', 'started'),
  process('scheduler-2', 'started'),
  held(1, 'one'),
  leads('scheduler-1', 1),
  by('scheduler-1', 2, A),
];
const TAKEN: readonly Seen[] = [held(5, 'two'), leads('scheduler-2', 5)];
const later = (ms: number): Seen => ({ ...put(ms, A), atMs: ms });

const CLEAN: Readonly<Record<string, readonly Seen[]>> = {
  'the lease is handed over': [
    ...START,
    leads('scheduler-1', 1, false),
    held(4, ''),
    ...TAKEN,
    by('scheduler-2', 6, A),
    leads('scheduler-2', 5, false),
    held(7, 'one'),
    leads('scheduler-1', 7),
    by('scheduler-1', 8, A),
  ],
  'the old leader crashed': [...START, process('scheduler-1', 'crashed'), ...TAKEN],
  'the old leader is paused': [
    ...START,
    process('scheduler-1', 'paused'),
    ...TAKEN,
    by('scheduler-2', 6, A),
    later(100_000),
    process('scheduler-1', 'resumed'),
    leads('scheduler-1', 1, false),
    later(200_000),
  ],
  'the old leader is cut off, and gives up in time': [
    ...START,
    fault('begun', 'scheduler-1', 'store'),
    ...TAKEN,
    fault('ended', 'scheduler-1', 'store'),
    leads('scheduler-1', 1, false),
    later(100_000),
  ],
  'the old leader writes before the new one does': [
    ...START,
    process('scheduler-1', 'paused'),
    ...TAKEN,
    by('scheduler-1', 6, B),
    by('scheduler-2', 7, A),
  ],
  'the old leader asks for its lease, tells an event, and its process writes as another user': [
    ...START,
    process('scheduler-1', 'paused'),
    ...TAKEN,
    by('scheduler-2', 6, A),
    { ...by('scheduler-1', 7, LEASE), ...held(7, 'two') } as Seen,
    by('scheduler-1', 8, 'core/events/default/a'),
    by('scheduler-1', 9, A, 'system:node:scheduler-1'),
  ],
};

test.each(Object.entries(CLEAN))('no rule complains: %s', (_name, seen) => {
  expect(violationsOf(seen)).toEqual([]);
});

function check(seen: readonly Seen[], rule: string, ...names: string[]): void {
  const violations = violationsOf(seen);
  expect(violations.map((violation) => violation.rule)).toEqual([rule]);
  for (const name of names) expect(violations[0]?.message).toContain(name);
}

test('one-leader: two lead, and nothing is wrong with either', () => {
  check([...START, ...TAKEN], 'one-leader', 'scheduler-1', 'scheduler-2', 'kube-scheduler');
});

test('one-leader: the fault that is there keeps nobody from its lease', () => {
  const seen = [...START, fault('begun', 'node-1'), ...TAKEN];
  check(seen, 'one-leader', 'scheduler-1 (since 50 ms)', 'scheduler-2 (since 90 ms)');
});

test('one-leader: the old leader goes on long after it was resumed', () => {
  const until = 120 + EXCUSED_MS;
  const seen = [
    ...START,
    process('scheduler-1', 'paused'),
    ...TAKEN,
    { ...process('scheduler-1', 'resumed'), atMs: 120 },
  ];
  expect(violationsOf([...seen, later(until)])).toEqual([]);
  check([...seen, later(until + 1)], 'one-leader', `at ${until + 1} ms`);
});

test('one-leader: the old leader goes on long after its partition was healed', () => {
  const cut = [...START, fault('begun', 'scheduler-1'), ...TAKEN, fault('ended', 'scheduler-1')];
  check([...cut, later(50_000)], 'one-leader', 'neither paused nor cut off');
});

test('fenced-leader: a write of the old leader is stored after one of the new', () => {
  const seen = [
    ...START,
    process('scheduler-1', 'paused'),
    ...TAKEN,
    by('scheduler-2', 6, A),
    by('scheduler-1', 7, B),
  ];
  check(seen, 'fenced-leader', B, 'revision 7', 'scheduler-1', 'token 1', 'two', A, 'revision 6');
});

test('fenced-leader: a leader that gave up has a write under way', () => {
  const seen = [
    ...START,
    leads('scheduler-1', 1, false),
    ...TAKEN,
    by('scheduler-2', 6, A),
    by('scheduler-1', 7, A),
  ];
  check(seen, 'fenced-leader', A, 'revision 7');
});
