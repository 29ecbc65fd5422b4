/** What is known of the past, and what is not. */
import { expect, test } from 'vitest';
import { History } from '../../machines/trace/history.ts';
import { formatMoment, parseMoment, type Wall } from '../../machines/trace/moment.ts';
import { parseWords } from '../../machines/trace/object-words.ts';
import { locate, readPast } from '../../machines/trace/past.ts';
import { pastTable } from '../../machines/trace/past-table.ts';
import type { WriteTraced } from '../../machines/trace/record.ts';
import { pod, START_MS, write } from './timed-records.ts';

const KEY = 'core/pods/default/web';
const WALL: Wall = { nowMs: START_MS + 100_000, offsetMs: 0 };
const at = (version: string) => pod('web', { spec: { version } });

/** `from-until state version`, a span each. */
function spansOf(writes: readonly WriteTraced[]): readonly string[] {
  return new History(writes, START_MS).spans(KEY).map(({ from, until, state, object }) => {
    const version = (object?.spec as { version?: string } | undefined)?.version ?? '';
    return `${from}-${until === Infinity ? '' : until} ${state} ${version}`.trim();
  });
}

const CASES: readonly {
  readonly name: string;
  readonly writes: readonly WriteTraced[];
  readonly spans: readonly string[];
}[] = [
  {
    name: 'created, changed, deleted: all of it',
    writes: [
      write(3, KEY, { object: at('a') }),
      write(5, KEY, { object: at('b'), previous: 3 }),
      write(8, KEY, { object: at('b'), previous: 5, operation: 'delete' }),
    ],
    spans: ['0-3 absent', '3-5 present a', '5-8 present b', '8- absent'],
  },
  {
    name: 'what was before the first version on record is unknown',
    writes: [write(9, KEY, { object: at('c'), previous: 5 })],
    spans: ['0-9 unknown', '9- present c'],
  },
  {
    name: 'a deletion tells what it deleted',
    writes: [write(9, KEY, { object: at('c'), previous: 5, operation: 'delete' })],
    spans: ['0-5 unknown', '5-9 present c', '9- absent'],
  },
  {
    name: 'a version that is missing in the middle is not stood in for by an older one',
    writes: [write(3, KEY, { object: at('a') }), write(9, KEY, { object: at('c'), previous: 6 })],
    spans: ['0-3 absent', '3-4 present a', '4-9 unknown', '9- present c'],
  },
  {
    name: 'a deletion after a gap fills what it can',
    writes: [
      write(3, KEY, { object: at('a') }),
      write(9, KEY, { object: at('c'), previous: 6, operation: 'delete' }),
    ],
    spans: ['0-3 absent', '3-4 present a', '4-6 unknown', '6-9 present c', '9- absent'],
  },
  {
    name: 'an object made again under its name',
    writes: [
      write(3, KEY, { object: at('a') }),
      write(5, KEY, { object: at('a'), previous: 3, operation: 'delete' }),
      write(7, KEY, { object: at('b'), previous: 0 }),
    ],
    spans: ['0-3 absent', '3-5 present a', '5-7 absent', '7- present b'],
  },
  {
    name: 'a deletion that is missing: unknown until it was made again',
    writes: [write(3, KEY, { object: at('a') }), write(7, KEY, { object: at('b') })],
    spans: ['0-3 absent', '3-4 present a', '4-7 unknown', '7- present b'],
  },
  {
    name: 'the record of the apiserver goes before what the store has of the same write',
    writes: [
      write(3, KEY, { object: at('store'), process: '', previous: 2 }),
      write(3, KEY, { object: at('told') }),
    ],
    spans: ['0-3 absent', '3- present told'],
  },
];

test.each(CASES)('$name', ({ writes, spans }) => {
  expect(spansOf(writes)).toEqual(spans);
});

/** A version that the store alone knows, made in the second of its write, in place of another at 5. */
const stored = (from: string, more: object = {}, metadata: object = {}): WriteTraced => {
  const times = { creationTimestamp: '2026-01-31T12:00:09Z', ...metadata };
  const object = { ...at('a'), metadata: { ...at('a').metadata, ...times }, ...more };
  return write(9, KEY, { object, process: '', previous: 5, from });
};

test.each([
  [
    'made in place of one whose deletion is gone',
    stored('api-request/7/create/core/pods/default/'),
    'absent',
  ],
  [
    'changed as soon as it was made',
    stored('api-request/7/patch/core/pods/default/web'),
    'unknown',
  ],
  [
    'bound as soon as it was made',
    stored('api-request/7/create/core/pods/default/web', { spec: { nodeName: 'n' } }),
    'unknown',
  ],
  [
    'evicted as soon as it was made',
    stored(
      'api-request/7/create/core/pods/default/web',
      {},
      { deletionTimestamp: '2026-01-31T12:00:09Z' },
    ),
    'unknown',
  ],
  [
    'changed later',
    stored(
      'api-request/7/create/core/pods/default/web',
      {},
      { creationTimestamp: '2026-01-31T12:00:08Z' },
    ),
    'unknown',
  ],
])('what was before a version that was %s', (_, one, state) => {
  expect(new History([one], START_MS).at(KEY, 8).state).toBe(state);
});

const MOMENTS: readonly (readonly [string, number | undefined])[] = [
  ['-30s', WALL.nowMs - 30_000],
  ['-1m30s', WALL.nowMs - 90_000],
  ['2m ago', WALL.nowMs - 120_000],
  ['now', WALL.nowMs],
  ['12:01:00', START_MS + 60_000],
  ['12:01', START_MS + 60_000],
  ['12:01:00.250', START_MS + 60_250],
  // Later than now: yesterday's.
  ['12:03:41', START_MS + 221_000 - 86_400_000],
  ['2026-01-31T12:00:05Z', START_MS + 5_000],
  ['2026-01-31T14:00:05+02:00', START_MS + 5_000],
  ['2026-01-31T12:00:05', START_MS + 5_000],
  ['25:00', undefined],
  ['-30x', undefined],
  ['yesterday', undefined],
  ['', undefined],
];

test.each(MOMENTS)('the moment %j', (text, atMs) => {
  const moment = parseMoment(text, WALL);
  expect(moment?.type === 'time' ? moment.atMs : undefined).toBe(atMs);
});

test('a moment in another zone is read and told in it', () => {
  const wall = { ...WALL, offsetMs: 2 * 3_600_000 };
  expect(parseMoment('14:01:00', wall)).toEqual({ type: 'time', atMs: START_MS + 60_000 });
  expect(formatMoment(START_MS + 60_250, wall)).toBe('14:01:00.250');
  expect(formatMoment(START_MS - 86_400_000, WALL)).toBe('2026-01-30 12:00:00.000');
});

/** Two pods and a Service, of which one pod is deleted at 8; the trail begins at revision 4. */
const history = new History(
  [
    write(2, 'core/services/default/web', {
      object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
      process: '',
    }),
    write(4, 'core/pods/default/a', { object: pod('a', {}, { app: 'web' }) }),
    write(5, 'core/pods/default/b', { object: pod('b') }),
    write(6, 'core/pods/other/c', { object: pod('c') }),
    write(8, 'core/pods/default/a', {
      object: pod('a', {}, { app: 'web' }),
      previous: 4,
      operation: 'delete',
    }),
  ],
  START_MS + 4_000,
);

/** The names that are found, or the error. */
function ask(revision: number, words: string, more: object = {}): string {
  const parsed = parseWords(words.split(' '));
  if (!parsed.ok) return parsed.error;
  const query = { asked: parsed.asked, namespace: 'default', requirements: [], ...more };
  const past = readPast(history, revision, query, WALL);
  if (!past.ok) return past.error;
  return past.found
    .flatMap(({ objects }) => objects.map(({ metadata }) => metadata?.name))
    .join(' ');
}

test.each([
  [5, 'pods', {}, 'a b'],
  [4, 'po', {}, 'a'],
  [8, 'Pod', {}, 'b'],
  [7, 'pods', { namespace: undefined }, 'a b c'],
  [7, 'pods', { requirements: [{ key: 'app', operator: '=', values: ['web'] }] }, 'a'],
  [7, 'po,svc', {}, 'a b web'],
  [7, 'all', {}, 'a b web'],
  [7, 'pod/a svc/web', {}, 'a web'],
  [7, 'pods a b', {}, 'a b'],
  [8, 'pod/a', {}, 'pods "a" not found at revision 8'],
  [3, 'pod/a', {}, 'pods "a" not found at revision 3'],
  [7, 'pod/a', { namespace: undefined }, 'a name is asked for in one namespace, not in all'],
  [3, 'pods', {}, 'history of pods begins at revision 4, 12:00:04.000; ask for that or later'],
  [
    3,
    'pod/nobody',
    {},
    'history of pods begins at revision 4, 12:00:04.000; ask for that or later',
  ],
  [7, 'podz', {}, 'the cluster has no resource type "podz"; did you mean "pod"?'],
  [
    7,
    'deployments.foo',
    {},
    'the cluster has no resource type "deployments.foo"; did you mean "deployments"?',
  ],
  [
    7,
    'events',
    {},
    'events are not recorded: they are kept apart, for an hour; ask `kubectl get events`',
  ],
  [7, 'pod/a/b', {}, 'an object is written as its resource and name: pod/web; "pod/a/b" is not'],
  [7, 'pods a/b', {}, 'an object is written as its resource and name: pod/web; "pods" is not'],
])('at revision %i, get %s %j', (revision, words, more, answer) => {
  expect(ask(revision, words, more)).toBe(answer);
});

test('moments are found in what is on record', () => {
  const of = (text: string) => {
    const moment = parseMoment(text, WALL);
    return moment === undefined ? undefined : locate(history, moment, WALL);
  };
  expect(of('7')).toEqual({ ok: true, revision: 7, atMs: START_MS + 6_000 });
  expect(of('12:00:05.500')).toEqual({ ok: true, revision: 5, atMs: START_MS + 5_500 });
  expect(of('99')).toEqual({
    ok: false,
    error: 'revision 99 is not written yet: the newest revision is 8, 12:00:08.000',
  });
  expect(of('2026-02-01T12:00:00Z')).toMatchObject({ ok: false });
});

test('tables are as kubectl prints them, with ages of then', () => {
  const object = {
    ...pod('web-1', { spec: { containers: [{ name: 'c' }] }, status: { phase: 'Pending' } }),
  };
  const created = {
    ...object,
    metadata: { ...object.metadata, creationTimestamp: '2026-01-31T12:00:00Z' },
  };
  const found = [
    { storage: 'core/pods', objects: [created] },
    { storage: 'apps/deployments', objects: [] },
  ];
  const format = { atMs: START_MS + 42_000, wide: false, namespaces: true, kinds: true };
  expect(pastTable(found, format)).toBe(
    [
      'NAMESPACE   NAME        READY   STATUS    RESTARTS   AGE',
      'default     pod/web-1   0/1     Pending   0          42s',
      '',
    ].join('\n'),
  );
});
