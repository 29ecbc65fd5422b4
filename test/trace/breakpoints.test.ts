/** Breakpoints on a real host with a virtual clock: what they hold, let through, and let go by themselves. */
import { beforeEach, expect, test } from 'vitest';
import { assign, enqueueActions, setup } from 'xstate';
import { createVirtualClock, type VirtualClock } from '../../actors/clock.ts';
import { createHost, type Gate, type Host } from '../../actors/host.ts';
import { BREAKPOINTS_MAX, Breakpoints } from '../../actors/trace/breakpoints.ts';
import type { HoldTold } from '../../actors/trace/debug-protocol.ts';
import type { Bus } from '../../bus/bus.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';

type Event = { nowMs: number } & (
  | { type: 'poke'; n?: number }
  | { type: 'sleep' }
  | { type: 'timer.fired'; timer: string }
  | { type: 'finish' }
  | { type: 'explode' }
);

const machine = setup({
  types: { context: {} as { seen: readonly string[] }, events: {} as Event },
  actions: {
    seen: assign(({ context, event }) => ({ seen: [...context.seen, event.type] })),
    sleep: enqueueActions(({ enqueue, event }) => {
      enqueue.emit({ type: 'timer.set', timer: 'nap', atMs: event.nowMs + 50 } as never);
    }),
    explode: assign(() => {
      throw new Error('boom');
    }),
  },
}).createMachine({
  context: { seen: [] },
  initial: 'awake',
  states: {
    awake: {
      on: {
        poke: { actions: 'seen' },
        sleep: { target: 'asleep', actions: ['seen', 'sleep'] },
        finish: 'gone',
        explode: { actions: 'explode' },
      },
    },
    asleep: {
      on: { 'timer.fired': { target: 'awake', actions: 'seen' }, poke: { actions: 'seen' } },
    },
    gone: { type: 'final' },
  },
});

const FOR_MS = 1_000;
let clock: VirtualClock;
let queue: (() => void)[];
let host: Host;
let breakpoints: Breakpoints;
let told: HoldTold[];
/** What the host asks now; undefined while it asks nobody. */
let gate: Gate | undefined;

function settle(): void {
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) run();
}

function pass(ms: number): void {
  clock.advanceTo(clock.nowMs() + ms);
  settle();
}

beforeEach(() => {
  clock = createVirtualClock(0);
  queue = [];
  told = [];
  gate = undefined;
  const ids = createIds(systemRandom());
  host = createHost({
    clock,
    bus: { tell() {} } as unknown as Bus,
    ids,
    schedule: (run) => void queue.push(run),
    stopwatch: () => 0,
  });
  const setGate = host.setGate.bind(host);
  host.setGate = (given) => {
    gate = given;
    setGate(given);
  };
  host.register({ name: 'sample', machine, execute: () => {}, mailboxMax: 3 });
  breakpoints = new Breakpoints({ name: 'here', host, clock, tell: (one) => told.push(one) });
  host.start('sample', 'a', {});
  host.start('sample', 'b', {});
});

const tell = (id: string, ...types: string[]) => {
  const outcomes = types.map((type) => host.tell('sample', id, { type }));
  settle();
  return outcomes;
};
const seen = (id: string) =>
  (host.state('sample', id) as { context: { seen: string[] } }).context.seen.join(' ');
const set = (filter: string, wish: object = {}, id = 'break-1') =>
  breakpoints.set(id, { filter, forMs: FOR_MS, count: 1, heldMax: 1, ...wish });
const held = () =>
  breakpoints.list().flatMap(({ hits }) => hits.filter(({ ended }) => ended === undefined));

test('before a message is taken: it stays in the mailbox, and others go on', () => {
  set('actor=sample/a event=poke');
  tell('a', 'sleep', 'poke', 'timer.fired');
  tell('b', 'poke');
  expect([seen('a'), seen('b')]).toEqual(['sleep', 'poke']);
  expect(host.waiting('sample', 'a').map(({ event }) => event.type)).toEqual([
    'poke',
    'timer.fired',
  ]);
  expect(held()).toMatchObject([
    { actor: 'sample/a', process: 'here', steps: 0, message: { event: 'poke' }, untilMs: FOR_MS },
  ]);
});

test('after a step that entered a state: its effects are carried out, and timers wait in the mailbox', () => {
  set('enters=asleep');
  tell('a', 'sleep', 'poke');
  expect(seen('a')).toBe('sleep');
  pass(60);
  expect(host.waiting('sample', 'a').map(({ event }) => event.type)).toEqual([
    'poke',
    'timer.fired',
  ]);
  expect(held()).toMatchObject([{ last: 'sample/a  awake -> asleep  <- sleep  ! timer.set nap' }]);
  breakpoints.letGo('sample/a');
  settle();
  expect(seen('a')).toBe('sleep poke timer.fired');
});

test('a step lets one message through, also one that comes later', () => {
  set('event=sleep');
  tell('a', 'sleep', 'poke', 'poke');
  expect(breakpoints.step('sample/a')).toBe(true);
  settle();
  expect(seen('a')).toBe('sleep');
  expect(held()).toMatchObject([{ steps: 1, message: { event: 'sleep' } }]);
  breakpoints.step('sample/a');
  breakpoints.step('sample/a');
  breakpoints.step('sample/a');
  settle();
  expect(seen('a')).toBe('sleep poke poke');
  tell('a', 'poke', 'poke');
  expect(seen('a')).toBe('sleep poke poke poke');
  expect(breakpoints.step('sample/b')).toBe(false);
});

test('what goes on takes the message that it was held at, and is held again at the next', () => {
  set('actor=sample/a event=poke', { count: 2 });
  tell('a', 'poke', 'poke');
  expect(seen('a')).toBe('');
  breakpoints.letGo('sample/a');
  settle();
  expect(seen('a')).toBe('poke');
  expect(held()).toHaveLength(1);
  breakpoints.letGo('sample/a');
  settle();
  expect(seen('a')).toBe('poke poke');
  tell('a', 'poke');
  expect(seen('a')).toBe('poke poke poke');
});

test('a full mailbox refuses, held or not', () => {
  set('event=poke');
  expect(tell('a', 'poke', 'poke', 'poke', 'poke')).toEqual([
    ...['accepted', 'accepted', 'accepted', 'full'],
  ]);
});

test('so many at a time and so many in all', () => {
  set('event=poke', { count: 3, heldMax: 1 });
  tell('a', 'poke');
  tell('b', 'poke');
  expect(seen('b')).toBe('poke');
  breakpoints.letGo('sample/a');
  settle();
  tell('b', 'poke');
  expect(held()).toMatchObject([{ actor: 'sample/b' }]);
  breakpoints.letGo('sample/b');
  settle();
  tell('a', 'poke');
  breakpoints.letGo('sample/a');
  settle();
  tell('a', 'poke');
  expect(held()).toEqual([]);
  expect(seen('a')).toBe('poke poke poke');
});

test('a forgotten one lets go by itself; a step keeps it', () => {
  set('event=poke');
  tell('a', 'poke', 'poke');
  pass(FOR_MS - 1);
  breakpoints.step('sample/a');
  pass(FOR_MS - 1);
  expect(seen('a')).toBe('poke');
  pass(1);
  expect(seen('a')).toBe('poke poke');
  expect(held()).toEqual([]);
  expect(gate).toBeUndefined();
});

test('one that nothing meets is over after its time, and costs nothing then', () => {
  expect(gate).toBeUndefined();
  set('event=poke');
  expect(gate).toBe(breakpoints);
  pass(FOR_MS);
  expect(gate).toBeUndefined();
  tell('a', 'poke');
  expect(seen('a')).toBe('poke');
});

test('one that was set elsewhere before is over when it is over there', () => {
  set('event=poke', { untilMs: 100 });
  pass(99);
  expect(gate).toBe(breakpoints);
  pass(1);
  expect(gate).toBeUndefined();
});

test('setting one again changes nothing: what it has held counts, and it ends when it was to end', () => {
  set('event=poke');
  tell('a', 'poke');
  pass(FOR_MS - 1);
  expect(set('event=poke')).toBeUndefined();
  tell('b', 'poke');
  expect(seen('b')).toBe('poke');
  expect(held()).toMatchObject([{ actor: 'sample/a' }]);
  pass(1);
  expect(gate).toBeUndefined();
});

test('one that was removed is not set again by who still waits for it', () => {
  set('event=poke');
  breakpoints.remove();
  breakpoints.remove('break-2');
  expect(set('event=poke')).toBe('the breakpoint was removed');
  expect(set('event=poke', {}, 'break-2')).toBe('the breakpoint was removed');
  expect(gate).toBeUndefined();
});

test('an actor that is stopped, crashes or ends while it is held is not held any more', () => {
  for (const how of ['stop', 'crash', 'step'] as const) {
    set('event=finish actor=sample/a', {}, how);
    tell('a', 'finish');
    expect(held()).toHaveLength(1);
    if (how === 'stop') host.stop('sample', 'a');
    if (how === 'crash') host.crash('sample', 'a', new Error('boom'));
    if (how === 'step') breakpoints.step('sample/a');
    settle();
    expect(host.has('sample', 'a')).toBe(false);
    const [hit] = breakpoints.list().find(({ id }) => id === how)?.hits ?? [];
    expect(hit?.ended).toBe('the actor has ended');
    expect(hit?.last).toBe(how === 'step' ? 'sample/a  awake -> gone  <- finish' : undefined);
    // Another under its name is its own.
    host.start('sample', 'a', {});
    tell('a', 'poke');
    expect(seen('a')).toBe('poke');
    host.stop('sample', 'a');
    host.start('sample', 'a', {});
  }
});

test('removing one lets go of what it holds', () => {
  set('event=poke');
  tell('a', 'poke');
  expect(breakpoints.remove()).toBe(1);
  settle();
  expect(seen('a')).toBe('poke');
  expect(breakpoints.list()).toEqual([]);
});

test('whoever came first in the cluster holds; the other goes on', () => {
  set('event=poke');
  pass(10);
  tell('a', 'poke');
  expect(told).toMatchObject([
    { breakpoint: 'break-1', process: 'here', isHeld: true, gone: false },
  ]);
  const other = {
    breakpoint: 'break-1',
    hit: 'there#1',
    process: 'there',
    isHeld: true,
    gone: false,
  };
  breakpoints.hear({ ...other, atMs: 11 });
  settle();
  expect(seen('a')).toBe('');
  breakpoints.hear({ ...other, atMs: 9 });
  settle();
  expect(seen('a')).toBe('poke');
  expect(told.at(-1)).toMatchObject({ hit: 'here#1', gone: true });
  tell('b', 'poke');
  expect(seen('b')).toBe('poke');
});

test('what another process holds counts, until it does not', () => {
  set('event=poke', { count: 5 });
  const other = { breakpoint: 'break-1', hit: 'there#1', process: 'there', atMs: 0, gone: false };
  breakpoints.hear({ ...other, isHeld: true });
  tell('a', 'poke');
  expect(seen('a')).toBe('poke');
  breakpoints.hear({ ...other, isHeld: false });
  tell('a', 'poke');
  expect(seen('a')).toBe('poke');
  expect(held()).toHaveLength(1);
});

test('there is a bound on breakpoints; those that are over make room', () => {
  for (let number = 1; number <= BREAKPOINTS_MAX; number += 1) {
    expect(set('event=never', {}, `break-${number}`)).toBeUndefined();
  }
  expect(set('event=never', {}, 'more')).toBe(`${BREAKPOINTS_MAX} breakpoints are set already`);
  pass(FOR_MS);
  expect(set('event=never', {}, 'more')).toBeUndefined();
  expect(set('evnt=never')).toBe('there is no field evnt; did you mean "event"?');
});

test('a host that is closed holds nothing', () => {
  set('event=poke');
  tell('a', 'poke');
  host.close();
  breakpoints.close();
  settle();
  expect(breakpoints.list()).toEqual([]);
});
