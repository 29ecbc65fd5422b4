import { beforeEach, expect, test } from 'vitest';
import { assign, enqueueActions, setup } from 'xstate';
import { createVirtualClock, type VirtualClock } from '../../actors/clock.ts';
import { createHost, type Host, type MachineKind, type Self } from '../../actors/host.ts';
import type { Bus } from '../../bus/bus.ts';
import type { HostEffect } from '../../machines/effect.ts';
import { renderStep, type StepRecord } from '../../machines/step-record.ts';

type Event = { nowMs: number } & (
  | { type: 'poke'; key?: string; n?: number }
  | { type: 'sleep'; forMs: number }
  | { type: 'timer.fired'; timer: string }
  | { type: 'explode' }
  | { type: 'finish' }
  | { type: 'start.other'; id: string }
  | { type: 'answer'; n: number }
);
type Effect = HostEffect | { type: 'ask'; n: number };

const machine = setup({
  types: {
    context: {} as { seen: (number | string)[] },
    events: {} as Event,
    emitted: {} as Effect,
    input: {} as { nowMs: number; seen?: string[] },
  },
  actions: {
    seen: assign(({ context, event }) => ({
      seen: [...context.seen, 'n' in event && event.n !== undefined ? event.n : event.type],
    })),
    ask: enqueueActions(({ enqueue, event }) => {
      if (event.type === 'poke' && event.n !== undefined) enqueue.emit({ type: 'ask', n: event.n });
    }),
    sleep: enqueueActions(({ enqueue, event }) => {
      if (event.type !== 'sleep') return;
      enqueue.emit({ type: 'timer.set', timer: 'nap', atMs: event.nowMs + event.forMs });
    }),
    explode: assign(() => {
      throw new Error('boom');
    }),
    startOther: enqueueActions(({ enqueue, event }) => {
      if (event.type !== 'start.other') return;
      enqueue.emit({ type: 'machine.start', kind: 'sample', id: event.id, input: {} });
      enqueue.emit({ type: 'machine.tell', kind: 'sample', id: event.id, event: { type: 'poke' } });
    }),
  },
}).createMachine({
  context: ({ input }) => ({ seen: input.seen ?? [] }),
  initial: 'awake',
  states: {
    awake: {
      on: {
        poke: { actions: ['seen', 'ask'] },
        answer: { actions: 'seen' },
        sleep: { target: 'asleep', actions: 'sleep' },
        explode: { actions: 'explode' },
        'start.other': { actions: 'startOther' },
        finish: 'gone',
      },
    },
    asleep: { on: { 'timer.fired': { target: 'awake', actions: 'seen' } } },
    gone: { type: 'final' },
  },
});

const silentBus = { tell() {} } as unknown as Bus;

let clock: VirtualClock;
let queue: (() => void)[];
let host: Host;
let records: StepRecord[];
let escalated: unknown;
let asked: { n: number; self: Self }[];

function settle(): void {
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) run();
}

function create(kind: Partial<MachineKind> = {}): void {
  let next = 0;
  clock = createVirtualClock(1_000);
  queue = [];
  records = [];
  asked = [];
  escalated = undefined;
  host = createHost({
    clock,
    bus: silentBus,
    ids: { messageId: () => `m${next++}`, traceparent: (parent) => parent ?? '00-a-b-01' },
    schedule: (run) => queue.push(run),
    onStep: (record) => records.push(record),
    onEscalate: (error) => {
      escalated = error;
    },
  });
  host.register({
    name: 'sample',
    machine,
    execute: (effect, self) => {
      const { n } = effect as { n: number };
      asked.push({ n, self });
      self.tell({ type: 'answer', n: n * 10 } as never);
    },
    ...kind,
  });
}

const seen = (id: string) =>
  (host.state('sample', id)?.context as { seen: unknown[] } | undefined)?.seen ?? [];

beforeEach(() => create());

test('events are handled in order and results of effects come back as events', () => {
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'poke', n: 1 } as never);
  host.tell('sample', 'a', { type: 'poke', n: 2 } as never);
  settle();
  expect(seen('a')).toEqual([1, 2, 10, 20]);
});

test('a started instance is not started again', () => {
  expect(host.start('sample', 'a', {})).toBe(true);
  expect(host.start('sample', 'a', {})).toBe(false);
});

test('messages name what caused them', () => {
  const first = host.envelope('test');
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'poke', n: 1 } as never, first);
  settle();
  const [start, poke, answer] = records;
  expect(poke?.messageId).toBe(first.id);
  // The start made it do nothing, so what it does next is because of it too.
  expect(answer?.causes).toEqual([start?.messageId, first.id]);
  expect(asked[0]?.self.envelope().causes).toEqual([start?.messageId, first.id]);
});

test('a message names at most sixteen messages that led to it', () => {
  host.start('sample', 'a', {});
  const dozed = Array.from({ length: 20 }, () => host.envelope('test'));
  for (const cause of dozed) host.tell('sample', 'a', { type: 'poke' } as never, cause);
  const poke = host.envelope('test');
  host.tell('sample', 'a', { type: 'poke', n: 1 } as never, poke);
  settle();
  const ids = dozed.slice(5).map(({ id }) => id);
  expect(asked[0]?.self.envelope().causes).toEqual([...ids, poke.id]);
});

test('a timer fires at its deadline, and never before', () => {
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'sleep', forMs: 500 } as never);
  settle();
  clock.advanceTo(1_499);
  settle();
  expect(host.state('sample', 'a')?.value).toBe('asleep');
  clock.advanceTo(1_500);
  settle();
  expect(host.state('sample', 'a')?.value).toBe('awake');
});

test('a snapshot restored in another host goes on, timers included', () => {
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'sleep', forMs: 500 } as never);
  settle();
  const snapshot = JSON.parse(JSON.stringify(host.snapshot('sample', 'a')));
  create();
  expect(host.restore(snapshot)).toBe(true);
  expect(host.restore(snapshot)).toBe(false);
  clock.advanceTo(1_500);
  settle();
  expect(host.state('sample', 'a')?.value).toBe('awake');
});

test('a full mailbox refuses, and says so', () => {
  create({ mailboxMax: 2 });
  host.start('sample', 'a', {});
  const told = [1, 2, 3].map((n) => host.tell('sample', 'a', { type: 'poke', n } as never));
  expect(told).toEqual(['accepted', 'accepted', 'full']);
  expect(host.counters.refused).toBe(1);
  settle();
  expect(seen('a').slice(0, 2)).toEqual([1, 2]);
});

test('events with one key coalesce while they wait; the last one and all causes remain', () => {
  create({ coalesce: (event) => (event as { key?: string }).key });
  host.start('sample', 'a', {});
  const causes = [1, 2, 3].map(() => host.envelope('test'));
  const told = causes.map((cause, n) =>
    host.tell('sample', 'a', { type: 'poke', key: 'x', n } as never, cause),
  );
  expect(told).toEqual(['accepted', 'coalesced', 'coalesced']);
  settle();
  expect(seen('a')).toEqual([2, 20]);
  expect(records[1]?.causes).toEqual([causes[0]?.id, causes[1]?.id]);
});

test('an unknown receiver is a dead letter', () => {
  expect(host.tell('sample', 'nobody', { type: 'poke' })).toBe('unknown');
  expect(host.counters.deadLetters).toBe(1);
});

test('an instance that ends is dropped with its timers and mailbox', () => {
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'finish' });
  host.tell('sample', 'a', { type: 'poke' });
  settle();
  expect(host.has('sample', 'a')).toBe(false);
  expect(host.status()).toMatchObject([
    { kind: 'sample', instances: 0, states: {}, mailboxDepthMax: 0 },
  ]);
});

test('a machine starts and tells another through effects', () => {
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'start.other', id: 'b' } as never);
  settle();
  expect(seen('b')).toEqual(['poke']);
});

test('a step that throws drops that instance alone, which is rebuilt with back-off', () => {
  create({ rebuild: () => ({ seen: ['rebuilt'] }) });
  host.start('sample', 'a', {});
  host.start('sample', 'b', {});
  host.tell('sample', 'a', { type: 'explode' });
  settle();
  expect(host.has('sample', 'a')).toBe(false);
  expect(host.has('sample', 'b')).toBe(true);
  clock.advanceTo(1_100);
  settle();
  expect(seen('a')).toEqual(['rebuilt']);
});

test('more than five crashes in thirty seconds escalate', () => {
  create({ rebuild: () => ({}) });
  host.start('sample', 'a', {});
  for (let crash = 0; crash < 5; crash++) {
    host.tell('sample', 'a', { type: 'explode' });
    settle();
    clock.advanceTo(clock.nowMs() + 2_000);
    expect(host.has('sample', 'a')).toBe(true);
  }
  expect(escalated).toBeUndefined();
  host.tell('sample', 'a', { type: 'explode' });
  settle();
  expect(escalated).toBeInstanceOf(Error);
});

test('a step is rendered in one line', () => {
  host.start('sample', 'a', {});
  host.tell('sample', 'a', { type: 'sleep', forMs: 5 } as never);
  settle();
  expect(records.map(renderStep)).toEqual([
    'sample/a  (new) -> awake  <- (start)',
    'sample/a  awake -> asleep  <- sleep  ! timer.set nap',
  ]);
});
