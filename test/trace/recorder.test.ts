/** The recorder: what it sends when, what it holds and drops, and what it must never tell. */
import { beforeEach, describe, expect, test } from 'vitest';
import { decodeObject, encodeObject } from '../../actors/apiserver/object-codec.ts';
import { createVirtualClock, type VirtualClock } from '../../actors/clock.ts';
import type { StepDetail } from '../../actors/host.ts';
import { Recorder } from '../../actors/trace/recorder.ts';
import { FLUSH_MS } from '../../actors/trace/row-sender.ts';
import { systemClock } from '../../bus/clock.ts';
import { decode } from '../../bus/codec.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { createVirtualBus, type VirtualBus } from '../../bus/virtual-bus.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { readBatch } from '../../machines/trace/rows.ts';

let clock: VirtualClock;
let bus: VirtualBus;
let recorder: Recorder;
let sent: TraceRecord[][];
let waiting: (() => void)[];

/** Delivers what was sent. */
function settle(): void {
  for (const deliver of waiting) deliver();
  waiting = [];
}

beforeEach(() => {
  clock = createVirtualClock(1_000);
  waiting = [];
  bus = createVirtualBus({ schedule: (deliver) => void waiting.push(deliver) });
  sent = [];
  bus.connect('reader').subscribe('kabuki.trace.*', ({ body }) => {
    sent.push(readBatch(body, { decode: decodeObject, unpack: decode }) ?? []);
  });
  recorder = new Recorder({ bus, clock, cluster: 'kabuki', role: 'apiserver', name: 'p1' });
});

const TRACE = `00-${'8'.repeat(32)}-${'1'.repeat(16)}-00`;
const EARLY_TRACE = `00-${'0'.repeat(31)}1-${'1'.repeat(16)}-00`;

const detail = (traceparent = TRACE): StepDetail => ({
  envelope: { id: 'm1', from: 'a/1', causes: ['m0'], traceparent },
  ...{ event: { type: 'poke' }, before: undefined, effects: [], input: undefined, done: false },
  ...{ after: { value: 'awake', context: { n: 1 } }, nowMs: 1_000 },
});

const taken: StepRecord = {
  ...{ actor: 'sample/a', messageId: 'm1', causes: ['m0'], event: 'poke', before: undefined },
  ...{ after: 'awake', effects: ['ask'], handled: true, waitMs: 1, tookMs: 0.5 },
};

const steps = () => sent.flat().filter((one) => one.type === 'step');

test('records go together, after a while', () => {
  recorder.step(taken, detail());
  recorder.step(taken, detail());
  settle();
  expect(sent).toEqual([]);
  clock.advanceTo(1_000 + FLUSH_MS);
  settle();
  expect(sent).toHaveLength(1);
  expect(steps()).toMatchObject([
    { ...taken, process: 'p1', from: 'a/1', traceparent: TRACE, done: false, full: undefined },
    { actor: 'sample/a' },
  ]);
});

test('a full batch goes at once', () => {
  for (let n = 0; n < 300; n += 1) recorder.step(taken, detail());
  settle();
  expect(sent.map(({ length }) => length)).toEqual([256]);
});

describe('what the policy says is recorded', () => {
  const rows: readonly (readonly [number, Record<string, number>, string, number])[] = [
    [1, {}, TRACE, 1],
    [0, {}, TRACE, 0],
    [0, { sample: 1 }, TRACE, 1],
    [1, { sample: 0 }, TRACE, 0],
    // A trace is taken whole or left: the first half of all trace ids is below a share of one half.
    [0.6, {}, TRACE, 1],
    [0.5, {}, TRACE, 0],
    [0.5, {}, EARLY_TRACE, 1],
  ];
  test.each(rows)('share %s, of kinds %o, trace %s: %s', (share, kinds, traceparent, count) => {
    recorder.setPolicy({ share, kinds });
    recorder.step(taken, detail(traceparent));
    recorder.flush();
    settle();
    expect(steps()).toHaveLength(count);
  });
});

test('while NATS is away records wait, the oldest of too many are dropped, and that is said', () => {
  bus.setConnected(false);
  for (let n = 0; n < 10_500; n += 1) recorder.step({ ...taken, messageId: `m${n}` }, detail());
  bus.setConnected(true);
  settle();
  const lost = sent.flat().filter((one) => one.type === 'lost');
  expect(lost).toMatchObject([{ count: 5_001 }]);
  expect(steps()).toHaveLength(5_499);
  expect(steps().at(-1)).toMatchObject({ messageId: 'm10499' });
});

const SECRET: AnyObject = {
  ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque' },
  metadata: {
    ...{ name: 's', namespace: 'default', uid: 'u' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"pw":"aHVudGVyMg=="}}',
      plain: 'stays',
    },
  },
  data: { pw: 'aHVudGVyMg==', same: 'aHVudGVyMg==', other: 'eA==' },
  stringData: { raw: 'hunter2' },
};

describe('the value of a Secret', () => {
  const words = () => JSON.stringify(sent);
  const expectHidden = () => {
    expect(words()).toContain('Secret');
    for (const told of ['aHVudGVyMg', 'hunter2', 'eA==']) expect(words()).not.toContain(told);
  };

  test('is not in the record of a write, and equal values are still equal', async () => {
    const store = recorder.watch(createMemoryStore({ clock: systemClock }));
    const key = 'core/secrets/default/s';
    const value = encodeObject(SECRET);
    const envelope = detail().envelope;
    await store.write({ key, operation: 'put', value, expected: 0 }, envelope);
    recorder.flush();
    settle();
    expectHidden();
    const [write] = sent.flat();
    const { object } = write as unknown as {
      object: { data: Record<string, string>; metadata: object };
    };
    expect(object.data.pw).toBe(object.data.same);
    expect(object.data.pw).not.toBe(object.data.other);
    expect(object.metadata).toMatchObject({ name: 's', annotations: { plain: 'stays' } });
    expect((await store.read(key))?.value).toEqual(value);
  });

  test('is not in events, effects and states, wherever it is in them', () => {
    const deep = { outcome: { writes: [{ key: 'k', object: SECRET }] } };
    const event = { type: 'request.admitted', ...deep };
    const after = { value: 'writing', context: deep };
    const host = { names: () => ['api-request/1'], state: () => after } as never;
    recorder.recordFull(host, 5_000);
    recorder.step(taken, { ...detail(), event, after, effects: [{ type: 'x', ...deep }] as never });
    recorder.flush();
    settle();
    expectHidden();
    expect(sent.flat().map(({ type }) => type)).toEqual(['state', 'step']);
  });
});

test('writes are recorded with the revisions they got, refused ones not at all', async () => {
  const store = recorder.watch(createMemoryStore({ clock: systemClock }));
  const put = (key: string, expected: number) => ({
    ...{ key, operation: 'put' as const, expected, value: encodeObject({ kind: 'X' }) },
  });
  const { envelope } = detail();
  await store.transact([put('a/b/_/one', 0), put('a/b/_/two', 0)], envelope);
  await store.write(put('a/b/_/one', 0), envelope);
  recorder.flush();
  settle();
  const writes = sent.flat().map((one) => one.type === 'write' && [one.key, one.revision]);
  expect(writes).toEqual([
    ['a/b/_/one', 1],
    ['a/b/_/two', 2],
  ]);
});
