/** Which write gave a field its value, and the chain of causes behind it. */
import { expect, test } from 'vitest';
import { parsePath } from '../../machines/trace/field-path.ts';
import { TraceGraph } from '../../machines/trace/graph.ts';
import { History } from '../../machines/trace/history.ts';
import type { TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import { storyOf } from '../../machines/trace/why.ts';
import { storyJson } from '../../machines/trace/why-json.ts';
import { historyText, lastWriteText, storyText } from '../../machines/trace/why-text.ts';
import { pod, request, START_MS, step, write } from './timed-records.ts';

const KEY = 'core/pods/default/web';
const WALL = { nowMs: START_MS + 100_000, offsetMs: 0 };
const CREATE = 'api-request/1/create/core/pods/default/web';
const BIND = 'api-request/2/create/core/pods/default/web';
const PENDING = 'pendingPod/default/web';
const LATER = START_MS + 1_000;

const bound = pod('web', { spec: { nodeName: 'node-2' } });
const ready = pod('web', {
  spec: { nodeName: 'node-2', schedulerName: 'x' },
  status: { phase: 'Running' },
});

/** A pod that jane made, the scheduler bound and a kubelet reported. */
const RECORDS: readonly TraceRecord[] = [
  request('m1', { atMs: START_MS }),
  step(CREATE, 'admitting', {
    messageId: 'm1',
    from: 'apiserver',
    atMs: START_MS + 1,
    event: '(start)',
  }),
  write(1, KEY, {
    atMs: START_MS + 9,
    object: pod('web', { spec: {} }),
    messageId: 'm2',
    from: CREATE,
    causes: ['m1'],
  }),
  step(PENDING, 'active', {
    messageId: 'm2',
    from: CREATE,
    causes: ['m1'],
    atMs: START_MS + 10,
    event: '(start)',
  }),
  step('scheduler/scheduler', 'cycling', {
    messageId: 'm3',
    from: PENDING,
    causes: ['m2'],
    atMs: START_MS + 12,
    event: 'pods.waiting',
  }),
  step(PENDING, 'binding', {
    messageId: 'm4',
    from: 'scheduler/scheduler',
    causes: ['m2', 'm3'],
    before: 'active',
    atMs: START_MS + 20,
    event: 'node.chosen',
    effects: ['pod.bind'],
    waitMs: 1.5,
    tookMs: 0.25,
  }),
  step(BIND, 'admitting', {
    messageId: 'm5',
    from: PENDING,
    causes: ['m4'],
    atMs: START_MS + 21,
    event: '(start)',
  }),
  write(2, KEY, {
    atMs: START_MS + 30,
    object: bound,
    previous: 1,
    messageId: 'm6',
    from: BIND,
    causes: ['m5'],
  }),
  write(3, KEY, {
    atMs: LATER,
    object: ready,
    previous: 2,
    messageId: 'm9',
    from: 'api-request/9/patch/core/pods/default/web',
    causes: ['m8'],
  }),
];

function told(records: readonly TraceRecord[]) {
  const history = new History(records, START_MS);
  return { history, graph: new TraceGraph(records), wall: WALL };
}

function story(records: readonly TraceRecord[], path: string) {
  const parsed = parsePath(path);
  return parsed.ok ? storyOf(told(records).history, KEY, parsed.parts) : undefined;
}

const deleted: WriteTraced = write(4, KEY, { object: ready, previous: 3, operation: 'delete' });
const unset = write(4, KEY, { object: bound, previous: 3 });

test.each([
  [
    'a value that a later write gave',
    RECORDS,
    '.spec.nodeName',
    { value: 'node-2', how: 'changed', since: 2, before: undefined },
  ],
  [
    'a value since the creation',
    RECORDS,
    '.metadata.name',
    { value: 'web', how: 'created', since: 1 },
  ],
  ['a value that was never there', RECORDS, '.spec.hostname', { value: undefined, how: 'never' }],
  [
    'a value that was taken away',
    [...RECORDS, unset],
    '.status.phase',
    { value: undefined, how: 'removed', since: 4, before: 'Running' },
  ],
  [
    'a value that is older than history',
    RECORDS.slice(7),
    '.spec.nodeName',
    { value: 'node-2', how: 'older', since: 2 },
  ],
  [
    'a value that came within what is left of history',
    RECORDS.slice(7),
    '.status.phase',
    { value: 'Running', how: 'changed', since: 3 },
  ],
  [
    'the last value of an object that is gone',
    [...RECORDS, deleted],
    '.status.phase',
    { value: 'Running', how: 'changed', since: 3 },
  ],
])('%s', (_, records, path, expected) => {
  expect(story(records, path)).toMatchObject(expected);
});

function text(records: readonly TraceRecord[], path: string): string {
  const found = story(records, path);
  return found === undefined ? '' : storyText(KEY, path, found, told(records));
}

test('the chain leads from the write back to the request, one line a link', () => {
  expect(text(RECORDS, '.spec.nodeName')).toBe(`\
pod default/web  .spec.nodeName = node-2
  since revision 2, 12:00:00.030 (1 min 40 s ago); before it was (none)
  by pendingPod/default/web

because, from the write back to what began it:
       0 ms  apiserver updated pod default/web, revision 2   [took 9.0 ms]
   -10.0 ms  pendingPod/default/web  active -> binding  <- node.chosen  ! pod.bind   [waited 1.5 ms, took 0.3 ms]
   -18.0 ms  scheduler/scheduler  (new) -> cycling  <- pods.waiting   [took 0.0 ms]
   -20.0 ms  pendingPod/default/web  (new) -> active  <- (start)   [took 0.0 ms]
   -21.0 ms  apiserver created pod default/web, revision 1   [took 8.0 ms]
   -30.0 ms  POST /api/v1/namespaces/default/pods by jane with kubectl/v1.36.0 (x): 201
`);
});

test('causes that are not followed are named', () => {
  const other = write(7, 'core/nodes/_/node-2', {
    atMs: START_MS + 11,
    messageId: 'm7',
    from: 'kubelet',
  });
  const records = RECORDS.map((record) =>
    record.type === 'step' && record.messageId === 'm4'
      ? { ...record, causes: ['m7', 'm3'] }
      : record,
  );
  expect(text([...records, other], '.spec.nodeName')).toContain(
    '             also because of node node-2 at revision 7\n',
  );
});

test('what was there last is followed, and for whom it was done is told all the same', () => {
  const up = step('node/node-2', 'ready', { messageId: 'm7', atMs: START_MS + 11 });
  const records = RECORDS.map((record) =>
    record.type === 'step' && record.messageId === 'm3'
      ? { ...record, causes: ['m2', 'm7'] }
      : record,
  );
  expect(
    text([...records, up], '.spec.nodeName')
      .split('\n')
      .slice(-5),
  ).toEqual([
    '   -19.0 ms  node/node-2  (new) -> ready  <- happened   [took 0.0 ms]',
    '             host did so of its own accord',
    'for, by way of other causes:',
    '   -30.0 ms  POST /api/v1/namespaces/default/pods by jane with kubectl/v1.36.0 (x): 201',
    '',
  ]);
});

test('a chain whose beginning is not on record says so', () => {
  expect(text(RECORDS, '.status.phase')).toContain(
    'what led to this, by api-request/9/patch/core/pods/default/web, is not on record (message m8)',
  );
  expect(text(RECORDS, '.status.phase')).toContain(
    '  by a request to patch it, of which no more is on record\n',
  );
});

test('a creation is told as one, and what is older than history as such', () => {
  expect(text(RECORDS, '.metadata.name')).toContain(
    'set when the object was created, at revision 1',
  );
  expect(text(RECORDS, '.metadata.name')).toContain(
    'by the client of POST /api/v1/namespaces/default/pods by jane',
  );
  expect(text(RECORDS.slice(7), '.spec.nodeName')).toContain(
    'it had this value already at revision 2',
  );
  expect(text(RECORDS, '.spec.hostname')).toContain('it never had a value');
  expect(text([...RECORDS, deleted], '.kind')).toContain('it was deleted at revision 4');
});

test('scripts get the same', () => {
  const found = story(RECORDS, '.spec.nodeName');
  if (found === undefined) throw new Error('no story');
  const data = JSON.parse(storyJson(KEY, '.spec.nodeName', found, told(RECORDS)));
  expect(data).toMatchObject({
    ...{ value: 'node-2', how: 'changed', since: 2, origin: 'request' },
    by: { type: 'actor', name: PENDING },
  });
  expect(data.because.at(-1)).toMatchObject({ type: 'request', user: 'jane' });
});

test('the last write is told where no field is named', () => {
  expect(lastWriteText(KEY, told(RECORDS.slice(0, 8)))).toContain(
    'pod default/web was last written at revision 2, 12:00:00.030 (1 min 40 s ago)\n  by pendingPod/default/web\n',
  );
});

test('a history tells each revision: what differed, by whom, for whom', () => {
  expect(historyText(KEY, told([...RECORDS, deleted]))).toBe(`\
pod default/web: 4 revisions on record
revision 1, 12:00:00.009: created by the client of POST /api/v1/namespaces/default/pods by jane with kubectl/v1.36.0
    message m2
revision 2, 12:00:00.030: changed by pendingPod/default/web
    for POST /api/v1/namespaces/default/pods by jane with kubectl/v1.36.0
    message m6
  .spec.nodeName: (none) -> node-2
revision 3, 12:00:01.000: changed by a request to patch it, of which no more is on record
    message m9
  .spec.schedulerName: (none) -> x
  .status: (none) -> {"phase":"Running"}
revision 4, 12:00:04.000: deleted by somebody
    message w4
`);
});
