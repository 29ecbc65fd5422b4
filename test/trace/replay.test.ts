import { expect, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { createStepper } from '../../machines/step.ts';
import type { StepTraced, TraceRecord } from '../../machines/trace/record.ts';
import { type ReplayReport, replayAll } from '../../machines/trace/replay-report.ts';
import { renderReplay } from '../../machines/trace/replay-text.ts';
import { recordedHost } from './recorded-host.ts';

/** Counts pokes, answers every second one, and ends when told to. */
const counter = setup({
  types: {
    context: {} as { readonly pokes: number; readonly last: unknown; readonly startedMs: number },
    input: {} as { readonly nowMs: number },
    events: {} as
      | { readonly type: 'poke'; readonly nowMs: number; readonly data?: unknown }
      | { readonly type: 'end'; readonly nowMs: number },
    emitted: {} as { readonly type: 'told'; readonly pokes: number; readonly atMs: number },
  },
  guards: { isSecond: ({ context }) => context.pokes % 2 === 1 },
  actions: {
    count: assign(({ context, event }) => ({
      pokes: context.pokes + 1,
      last: event.type === 'poke' ? event.data : undefined,
    })),
    tell: emit(({ context, event }) => ({
      type: 'told' as const,
      pokes: context.pokes,
      atMs: event.nowMs,
    })),
  },
}).createMachine({
  id: 'counter',
  context: ({ input }) => ({ pokes: 0, last: undefined, startedMs: input.nowMs }),
  initial: 'odd',
  states: {
    odd: { on: { poke: { target: 'even', actions: 'count' }, end: 'over' } },
    even: { on: { poke: { target: 'odd', actions: ['count', 'tell'] }, end: 'over' } },
    over: { type: 'final' },
  },
});

/** A host with two counters that have been poked some times, all of it recorded. */
function world(isFull = true) {
  const world = recordedHost({ counter });
  const { host, recorder, clock } = world;
  if (isFull) recorder.recordFull(host, clock.nowMs() + 600_000);
  const poke = (id: string, data?: unknown): void => {
    clock.advanceTo(clock.nowMs() + 7);
    host.tell('counter', id, { type: 'poke', data } as { type: string });
    world.settle();
  };
  for (const id of ['a', 'b']) host.start('counter', id, {});
  return { ...world, poke, records: () => world.records() };
}

function replayed(
  records: readonly TraceRecord[],
  machine = counter,
  actor?: string,
): ReplayReport {
  return replayAll(records, {
    selection: { actor, process: undefined },
    stepperOf: (kind) => (kind === 'counter' ? createStepper(machine) : undefined),
  });
}

/** Records with one step changed. */
function doctored(
  records: readonly TraceRecord[],
  event: string,
  change: (step: StepTraced) => StepTraced,
): TraceRecord[] {
  const at = records.findLastIndex((record) => record.type === 'step' && record.event === event);
  return records.map((record, index) => (index === at ? change(record as StepTraced) : record));
}

const counts = ({ steps, same, different }: ReplayReport) => ({ steps, same, different });

test('every step comes out as it was recorded, whatever its event holds', () => {
  const { poke, records } = world();
  const data = [
    ...[undefined, null, '', 0, -0, 1.5, 2 ** 40, -(2 ** 31), 'ä'.repeat(300)],
    ...[[], {}, [undefined, { a: undefined }], new Uint8Array([0, 1, 255]), { deep: [[{ x: 1 }]] }],
  ];
  for (const one of data) poke('a', one);
  const report = replayed(records());
  expect(counts(report)).toEqual({ steps: 2 + data.length, same: 2 + data.length, different: 0 });
  expect(renderReplay(report)).toMatch(
    /^Replayed 16 steps of 16 steps: every one came out the same/,
  );
});

test('a machine that runs on goes on from the state that was recorded when recording began', () => {
  const { poke, records, host, recorder, clock } = world(false);
  poke('a');
  poke('a');
  recorder.recordFull(host, clock.nowMs() + 1_000);
  poke('a', 'later');
  const report = replayed(records());
  expect(counts(report)).toEqual({ steps: 5, same: 1, different: 0 });
  expect(report.kinds[0]?.beyond).toEqual({ light: 4 });
});

test('who comes later is told the states of all although everything is recorded already', () => {
  const { poke, records, host, recorder, clock, sent } = world();
  poke('a');
  recorder.flush();
  recorder.recordFull(host, clock.nowMs() + 60_000, true);
  sent.length = 0;
  poke('a');
  expect(counts(replayed(records()))).toEqual({ steps: 1, same: 1, different: 0 });
});

test('recording in full ends by itself, and what comes then is told to be without data', () => {
  const { poke, records, clock } = world();
  poke('a');
  clock.advanceTo(clock.nowMs() + 601_000);
  poke('a');
  const report = replayed(records());
  expect(counts(report)).toEqual({ steps: 4, same: 3, different: 0 });
  expect(report.kinds[0]?.beyond).toEqual({ light: 1 });
});

test('one name may have many lives', () => {
  const { poke, records, host } = world();
  for (let life = 0; life < 3; life += 1) {
    poke('a');
    host.stop('counter', 'a');
    host.start('counter', 'a', {});
  }
  expect(counts(replayed(records()))).toEqual({ steps: 8, same: 8, different: 0 });
});

test('after lost records nothing is guessed', () => {
  const { poke, records, sent, recorder } = world();
  poke('a');
  recorder.flush();
  poke('a');
  recorder.flush();
  poke('a');
  recorder.flush();
  sent.splice(1, 1);
  poke('a');
  const report = replayed(records());
  expect(counts(report)).toEqual({ steps: 5, same: 3, different: 0 });
  expect(report.kinds[0]?.beyond).toEqual({ afterLoss: 2 });
});

test('of what was dropped while NATS was away the loss stands where it was', () => {
  const { poke, records, connection } = world();
  poke('a');
  connection('disconnected');
  for (let count = 0; count < 10_100; count += 1) poke('a');
  connection('connected');
  poke('a');
  const found = records();
  const loss = found.findIndex(({ type }) => type === 'lost');
  expect(loss).toBeGreaterThanOrEqual(0);
  expect(found.slice(0, loss).some(({ type }) => type === 'step')).toBe(false);
  const report = replayed(found);
  expect(report.different).toBe(0);
  expect(report.kinds[0]?.beyond.unknownState).toBeGreaterThan(4_000);
});

test('a step too large for one message is recorded without its data', () => {
  const world_ = world();
  const { poke, records, recorder } = world_;
  poke('a', 'x'.repeat(600_000));
  poke('a', 'small');
  poke('b');
  recorder.flush();
  const report = replayed(records());
  expect(counts(report)).toEqual({ steps: 5, same: 3, different: 0 });
  expect(report.kinds[0]?.beyond).toEqual({ light: 1, unknownState: 1 });
});

test('what a step holds is what it held when it was taken', () => {
  const { poke, records } = world();
  const data = { value: 1 };
  poke('a', data);
  data.value = 2;
  const step = records().find((record) => record.type === 'step' && record.event === 'poke');
  expect((step as StepTraced).full?.event).toMatchObject({ data: { value: 1 } });
});

test('a step that cannot be packed hurts nobody', () => {
  const { poke, records } = world();
  poke('a', { big: 10n ** 30n, symbol: Symbol('x') });
  const loop: { self?: unknown } = {};
  loop.self = loop;
  poke('a', loop);
  poke('a');
  expect(replayed(records()).steps).toBe(5);
});

const changes: readonly (readonly [string, (step: StepTraced) => StepTraced, string])[] = [
  ['another state', (step) => ({ ...step, after: 'over' }), 'after'],
  ['another state before', (step) => ({ ...step, before: 'over' }), 'before'],
  ['an end that was none', (step) => ({ ...step, done: true }), 'done'],
  ['ignored although it was not', (step) => ({ ...step, handled: false }), 'handled'],
  ['an effect less', (step) => ({ ...step, full: { ...full(step), effects: [] } }), 'effects'],
  [
    'another context',
    (step) => ({
      ...step,
      full: { ...full(step), context: { ...full(step).context, pokes: '0' } },
    }),
    'context',
  ],
  [
    'another time',
    (step) => ({ ...step, full: { ...full(step), event: { type: 'poke', nowMs: 1 } } }),
    'effects',
  ],
];

function full({ full }: StepTraced) {
  if (full === undefined) throw new Error('it has no data');
  return full;
}

test.each(changes)('a doctored record is caught: %s', (_, change, part) => {
  const { poke, records } = world();
  poke('a');
  poke('a', 'data');
  const report = replayed(doctored(records(), 'poke', change));
  expect(report.different).toBe(1);
  expect(report.differences[0]?.difference.parts).toContain(part);
  expect(renderReplay(report)).toContain('The first difference:');
});

test('after a difference of state the rest of that life is not compared, and the next life is', () => {
  const { poke, records, host } = world();
  for (let count = 0; count < 4; count += 1) poke('a');
  host.stop('counter', 'a');
  host.start('counter', 'a', {});
  const found = records();
  const first = found.findIndex((record) => record.type === 'step' && record.event === 'poke');
  const bent = found.map((record, index) =>
    index === first ? { ...(record as StepTraced), after: 'over' } : record,
  );
  const report = replayed(bent);
  expect(counts(report)).toEqual({ steps: 7, same: 3, different: 1 });
  expect(report.kinds[0]?.beyond).toEqual({ afterDifference: 3 });
});

test('a changed machine is caught, and the fields of its context that differ are named', () => {
  const { poke, records } = world();
  for (let count = 0; count < 3; count += 1) poke('a');
  const changed = counter.provide({
    actions: { count: assign({ pokes: ({ context }) => context.pokes + 2 }) },
  });
  const report = replayed(records(), changed);
  expect(report.different).toBe(1);
  expect(report.differences[0]?.difference.fields).toEqual(['pokes']);
  expect(renderReplay(report)).toMatch(/differs in pokes; now\n {4}pokes: 2/);
});

test('a machine that throws where it did not is caught', () => {
  const { poke, records } = world();
  poke('a');
  const broken = counter.provide({
    actions: {
      count: assign(() => {
        throw new Error('boom');
      }),
    },
  });
  const report = replayed(records(), broken);
  expect(report.different).toBe(1);
  expect(renderReplay(report)).toContain('the machine threw: Error: boom');
});

test('a machine that asks something else than its events is caught', () => {
  let outside = 0;
  const impure = counter.provide({
    actions: {
      count: assign({ pokes: () => (outside += 1) }),
    },
  });
  const world = recordedHost({ counter: impure });
  world.recorder.recordFull(world.host, world.clock.nowMs() + 1_000);
  world.host.start('counter', 'a', {});
  world.host.tell('counter', 'a', { type: 'poke' });
  world.settle();
  expect(replayed(world.records(), impure).different).toBe(1);
});

test('kinds that this program does not have are told, and selections are kept to', () => {
  const { poke, records } = world();
  poke('a');
  poke('b');
  const unknown = records().map((record) =>
    record.type === 'step'
      ? { ...record, actor: record.actor.replace('counter', 'other') }
      : record,
  );
  expect(replayed(unknown).kinds[0]?.beyond).toEqual({ unknownMachine: 4 });
  expect(renderReplay(replayed(unknown))).toMatch(
    /^None of 4 steps can be replayed: no such machine/,
  );
  expect(replayed(records(), counter, 'counter/a').steps).toBe(2);
  expect(replayed(records(), counter, 'counter').steps).toBe(4);
  expect(replayed(records(), counter, 'count').steps).toBe(0);
});
