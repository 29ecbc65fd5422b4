import { describe, expect, test } from 'vitest';
import { createEventRecorder } from '../../../actors/event-recorder.ts';
import type { Change, ChangeResult, Record as EventRecord } from '../../../machines/api/change.ts';
import {
  CORRELATED_MAX,
  correlate,
  createCorrelator,
  SPAM_REFILL_MS,
} from '../../../machines/controllers/event-correlator.ts';

const source = { component: 'kubelet', instance: 'n1', host: 'n1' };
const T0 = 1_700_000_000_000;
const record = (note: string, name = 'web'): EventRecord => ({
  regarding: { kind: 'Pod', apiVersion: 'v1', namespace: 'default', name, uid: `uid-${name}` },
  type: 'Warning',
  reason: 'BackOff',
  note,
});

function brief(change: Change | undefined): string {
  if (change?.type === 'create') return `create ${change.object.message}`;
  if (change?.type !== 'patch') return 'dropped';
  const { count, message } = change.patch;
  return `count ${count} ${message}`;
}

describe('the correlator', () => {
  test('writes an Event as the API has it', () => {
    const change = correlate(createCorrelator(source), record('no'), T0);
    expect(change).toMatchObject({
      type: 'create',
      resource: 'core/events',
      namespace: 'default',
      object: {
        metadata: { namespace: 'default', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
        involvedObject: { name: 'web', uid: 'uid-web' },
        reason: 'BackOff',
        message: 'no',
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: '2023-11-14T22:13:20Z',
        lastTimestamp: '2023-11-14T22:13:20Z',
        count: 1,
        type: 'Warning',
        reportingComponent: 'kubelet',
        reportingInstance: 'n1',
      },
    });
  });

  test('counts equal events, and gathers those that differ in their message alone', () => {
    const correlator = createCorrelator(source);
    const lines = (notes: readonly string[]) =>
      notes.map((note) => brief(correlate(correlator, record(note), T0)));
    expect(lines(['a', 'a', 'a'])).toEqual(['create a', 'count 2 a', 'count 3 a']);
    expect(lines(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])).toEqual([
      ...['1', '2', '3', '4', '5', '6', '7', '8'].map((note) => `create ${note}`),
      'create (combined from similar events): 9',
      'count 2 (combined from similar events): 10',
    ]);
  });

  test('an event that recurs carries its series', () => {
    const correlator = createCorrelator(source);
    correlate(correlator, record('no'), T0);
    expect(correlate(correlator, record('no'), T0 + 1_500)).toMatchObject({
      type: 'patch',
      patch: {
        count: 2,
        lastTimestamp: '2023-11-14T22:13:21Z',
        series: { count: 2, lastObservedTime: '2023-11-14T22:13:21.500000Z' },
      },
    });
  });

  test('drops what is spam: 25 at once, then one each five minutes', () => {
    const correlator = createCorrelator(source);
    const at = (nowMs: number) => brief(correlate(correlator, record('a'), nowMs));
    const burst = Array.from({ length: 30 }, () => at(T0));
    expect(burst.filter((line) => line !== 'dropped')).toHaveLength(25);
    expect([at(T0 + SPAM_REFILL_MS), at(T0 + SPAM_REFILL_MS)]).toEqual(['count 26 a', 'dropped']);
    expect(brief(correlate(correlator, record('a', 'other'), T0))).toBe('create a');
  });

  test('remembers a bounded number of objects', () => {
    const correlator = createCorrelator(source);
    for (let i = 0; i < CORRELATED_MAX + 100; i++) correlate(correlator, record('a', `p${i}`), T0);
    const sizes = [correlator.spam, correlator.groups, correlator.written].map(({ size }) => size);
    expect(sizes).toEqual([CORRELATED_MAX, CORRELATED_MAX, CORRELATED_MAX]);
  });
});

test('the recorder writes in order, joins what waits, and counts what is lost', async () => {
  const written: string[] = [];
  let release: (() => void)[] = [];
  const client = {
    change: async (change: Change): Promise<ChangeResult> => {
      await new Promise<void>((resolve) => release.push(resolve));
      written.push(brief(change));
      const ok = change.type === 'create';
      return ok
        ? { ok, object: undefined, revision: 1 }
        : { ok, code: 404, reason: 'NotFound', message: 'gone' };
    },
  };
  const clock = { nowMs: () => T0, at: () => () => {} };
  const recorder = createEventRecorder(client, clock, source);
  const envelope = { id: '1', from: 'test', causes: [], traceparent: '' };
  const finish = async () => {
    while (release.length > 0) {
      const ready = release;
      release = [];
      for (const go of ready) go();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (let i = 0; i < 4; i++) recorder.record(record('a'), envelope);
  await finish();
  expect(written).toEqual(['create a', 'count 4 a']);
  expect(recorder.lost()).toBe(1);
  recorder.record(record('a'), envelope);
  await finish();
  expect(written.at(-1)).toBe('create a');
});
