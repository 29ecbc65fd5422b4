/** Each fault of a faulty store, on the virtual clock. */
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../actors/clock.ts';
import type { Clock } from '../../bus/clock.ts';
import { decode } from '../../bus/codec.ts';
import {
  createFaultyStore,
  type FaultyStoreOptions,
  type StoreFault,
} from '../../bus/faults/faulty-store.ts';
import { joinPast } from '../../bus/faults/handed-past.ts';
import { createLogHistory, type PastState } from '../../bus/faults/log-history.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import { del, envelope, put, revisionOf } from './contract.ts';
import { noteLog } from './log-notes.ts';

/** A memory store behind a faulty one, on a clock that the test moves. */
function setup(options: Partial<FaultyStoreOptions> & { readonly historyMax?: number } = {}) {
  const virtual = createVirtualClock(0);
  const clock: Clock = {
    nowMs: () => virtual.nowMs(),
    setTimer: (delayMs, fire) => virtual.at(virtual.nowMs() + delayMs, fire),
  };
  const inner = createMemoryStore({ clock });
  const history = createLogHistory(inner, { max: options.historyMax ?? 100 });
  const hits: string[] = [];
  const store = createFaultyStore(inner, {
    clock,
    draw: () => 0.5,
    history,
    onFault: ({ kind }, key) => hits.push(`${kind} ${key}`),
    ...options,
  });
  /** Moves the clock on from deadline to deadline, promises settling between them. */
  const pass = async (ms: number) => {
    const end = virtual.nowMs() + ms;
    const next = () => virtual.nextMs() ?? Number.POSITIVE_INFINITY;
    await settled();
    for (; next() <= end; await settled()) virtual.advanceTo(next());
    virtual.advanceTo(end);
  };
  return { store, inner, history, hits, pass, clock, nowMs: () => virtual.nowMs() };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

/** Notes a promise's outcome and when it came. */
function noteOutcome<T>(promise: Promise<T>, nowMs: () => number) {
  const note: { outcome?: T | Error; atMs?: number } = {};
  promise.then(
    (outcome) => Object.assign(note, { outcome, atMs: nowMs() }),
    (outcome: Error) => Object.assign(note, { outcome, atMs: nowMs() }),
  );
  return note;
}

const events = (notes: ReturnType<typeof noteLog>) =>
  notes.events.map((e) => `${e.revision} ${e.operation} ${e.key}=${decode(e.value)}`);

describe('writes and reads', () => {
  test('slow: calls take so much longer, in order, and are stored then', async () => {
    const draws = [0.9, 0, 0];
    const { store, inner, pass, nowMs } = setup({ draw: () => draws.shift()! });
    store.set('f', { kind: 'slow', minMs: 10, maxMs: 29 });
    const first = noteOutcome(store.write(put('a/b', 1, 0), envelope), nowMs);
    const second = noteOutcome(store.write(put('a/b', 2, 1), envelope), nowMs);
    const read = noteOutcome(store.read('a/b'), nowMs);
    expect(await inner.read('a/b')).toBeUndefined();
    await pass(100);
    expect([first.atMs, second.atMs]).toEqual([28, 28]);
    expect([first.outcome, second.outcome]).toMatchObject([{ revision: 1 }, { revision: 2 }]);
    expect(read).toMatchObject({ atMs: 28, outcome: { revision: 2 } });
  });

  test('unavailable: nothing is stored and nothing read, until it is removed', async () => {
    const { store, inner, hits } = setup();
    revisionOf(await store.write(put('a/b', 1, 0), envelope));
    store.set('f', { kind: 'unavailable' });
    const refused = { ok: false, reason: 'unavailable' };
    expect(await store.write(put('a/b', 2), envelope)).toMatchObject(refused);
    expect(await store.transact([put('a/b', 2), put('a/c', 2)], envelope)).toMatchObject(refused);
    await expect(store.read('a/b')).rejects.toThrow(StoreUnavailable);
    await expect(store.lastRevision()).rejects.toThrow(StoreUnavailable);
    expect(await inner.lastRevision()).toBe(1);
    expect(hits[0]).toBe('unavailable a/b');
    store.remove('f');
    expect(await store.lastRevision()).toBe(1);
    expect(await store.write(put('a/b', 2), envelope)).toMatchObject({ ok: true });
  });

  test.each([
    { applied: 1, stored: true },
    { applied: 0, stored: false },
    { applied: 0.6, stored: true },
    { applied: 0.4, stored: false },
  ])('unknown: no answer, applied $applied', async ({ applied, stored }) => {
    const { store, inner, pass, nowMs } = setup({ unknownAfterMs: 300 });
    store.set('f', { kind: 'unknown', probability: 1, applied });
    const note = noteOutcome(store.write(put('a/b', 1, 0), envelope), nowMs);
    await settled();
    expect((await inner.read('a/b')) !== undefined).toBe(stored);
    await pass(299);
    expect(note.outcome).toBeUndefined();
    await pass(1);
    expect(note).toMatchObject({ atMs: 300, outcome: { ok: false, reason: 'unknown' } });
    expect((await inner.read('a/b')) !== undefined).toBe(stored);
  });

  test('chance: drawn for each write by itself, and for nothing else', async () => {
    const draws = [0.2, 0.1, 0.3];
    const { store, pass, nowMs } = setup({ draw: () => draws.shift()! });
    store.set('f', { kind: 'unknown', probability: 0.3, applied: 0.5 });
    await store.read('a/b');
    const first = noteOutcome(store.write(put('a/b', 1, 0), envelope), nowMs);
    await pass(6000);
    expect(first.outcome).toMatchObject({ reason: 'unknown' });
    expect(await store.write(put('a/b', 2, 0), envelope)).toMatchObject({ reason: 'conflict' });
    expect(draws).toEqual([]);
  });

  test('conflict: an update or a delete comes too late, a create does not', async () => {
    const { store, inner, hits, pass } = setup();
    const notes = noteLog(inner);
    store.set('f', { kind: 'conflict', probability: 1 });
    const made = revisionOf(await store.write(put('a/b', 'one', 0), envelope));
    const conflict = { ok: false, reason: 'conflict', key: 'a/b' };
    expect(await store.write(put('a/b', 'two', made), envelope)).toEqual(conflict);
    const { revision } = (await inner.read('a/b'))!;
    expect(revision).toBe(made + 1);
    const both = [put('a/c', 1, 0), del('a/b', 'one', revision)];
    expect(await store.transact(both, envelope)).toEqual(conflict);
    expect(await store.write(put('a/b', 'three'), envelope)).toMatchObject({ ok: true });
    await pass(0);
    expect(events(notes)).toEqual([
      '1 put a/b=one',
      '2 put a/b=one',
      '3 put a/b=one',
      '4 put a/b=three',
    ]);
    expect(notes.events[1]!.envelope).toMatchObject({ from: 'faults/store', causes: ['write-1'] });
    expect(new Set(notes.events.slice(1, 3).map((e) => e.envelope?.id)).size).toBe(2);
    expect(hits).toEqual(['conflict a/b', 'conflict a/b']);
  });

  test('conflict: a stale guard moves nothing further than the present value', async () => {
    const { store, inner } = setup();
    await inner.write(put('a/b', 'one'), envelope);
    await inner.write(put('a/b', 'two'), envelope);
    store.set('f', { kind: 'conflict', probability: 1 });
    expect(await store.write(put('a/b', 'x', 1), envelope)).toMatchObject({ reason: 'conflict' });
    expect(decode((await inner.read('a/b'))!.value)).toBe('two');
  });
});

describe('the log', () => {
  test('lag: all is told so much later, in order; less lag tells it sooner', async () => {
    const { store, inner, pass } = setup();
    const notes = noteLog(store, ['a']);
    await pass(0);
    expect(notes.snapshots).toHaveLength(1);
    store.set('f', { kind: 'lag', ms: 100 });
    for (let i = 0; i < 3; i += 1) {
      await inner.transact([put('a/b', i), put('b/b', i), put('a/c', i)], envelope);
      await pass(20);
    }
    await pass(39);
    expect(notes.events).toEqual([]);
    await pass(1);
    expect(events(notes)).toEqual(['1 put a/b=0', '3 put a/c=0']);
    store.remove('f');
    await inner.write(put('a/d', 9), envelope);
    await pass(1);
    expect(notes.events.map((event) => event.revision)).toEqual([1, 3, 4, 6, 7, 9, 10]);
    expect(notes.revision).toBe(10);
  });

  test('lag without end: all is held, and told when the fault is removed', async () => {
    const { store, inner, pass } = setup();
    const notes = noteLog(store);
    await pass(0);
    store.set('f', { kind: 'lag', ms: Number.POSITIVE_INFINITY });
    await inner.write(put('a/b', 1), envelope);
    await pass(60_000);
    expect([notes.events.length, notes.revision]).toEqual([0, 0]);
    store.clear();
    await pass(1);
    expect(events(notes)).toEqual(['1 put a/b=1']);
    expect(notes.resets).toEqual([]);
  });

  test('skip: nothing is told; then a reset and the present state', async () => {
    const { store, inner, pass } = setup();
    const notes = noteLog(store);
    await inner.write(put('a/b', 1), envelope);
    await pass(0);
    store.set('f', { kind: 'skip' });
    await inner.write(put('a/c', 1), envelope);
    await inner.write(del('a/b', 1), envelope);
    await pass(5000);
    expect([notes.revision, notes.resets]).toEqual([1, []]);
    store.remove('f');
    await inner.write(put('a/d', 1), envelope);
    await pass(10);
    expect([notes.resets, notes.snapshots.length]).toEqual([[1], 2]);
    expect(notes.state().map(([key]) => key)).toEqual(['a/c', 'a/d']);
    expect(notes.events.filter((event) => event.key !== 'a/d')).toEqual([]);
  });

  test('compact: every follower hears of a reset and the present state at once', async () => {
    const { store, inner, pass } = setup();
    const all = noteLog(store);
    const some = noteLog(store, ['a']);
    const closed = noteLog(store);
    await pass(0);
    closed.close();
    await inner.write(put('a/b', 1), envelope);
    await inner.write(put('b/b', 1), envelope);
    await pass(0);
    store.compact();
    await pass(0);
    for (const notes of [all, some]) {
      expect([notes.resets, notes.snapshots.length]).toEqual([[2], 2]);
    }
    expect(some.snapshots[1]!.entries.map(({ key }) => key)).toEqual(['a/b']);
    expect([closed.resets, closed.snapshots.length]).toEqual([[], 1]);
    await inner.write(put('a/c', 1), envelope);
    await pass(0);
    expect(events(some)).toEqual(['1 put a/b=1', '3 put a/c=1']);
  });

  test('compact: what lags is dropped, since the new state has it', async () => {
    const { store, inner, pass } = setup();
    const notes = noteLog(store);
    await pass(0);
    store.set('f', { kind: 'lag', ms: 50 });
    await inner.write(put('a/b', 1), envelope);
    await pass(10);
    store.compact();
    await pass(100);
    expect([notes.events, notes.resets, notes.state()]).toEqual([[], [0], [['a/b', 1]]]);
  });
});

describe('a start in the past', () => {
  test('a follower begins so many revisions ago and then hears of all that came since', async () => {
    const { store, inner, pass } = setup();
    await inner.write(put('a/b', 1), envelope);
    await inner.write(put('b/x', 1), envelope);
    await inner.write(put('a/b', 2), envelope);
    await inner.write(put('a/c', 1), envelope);
    await inner.write(del('a/b', 2), envelope);
    await pass(0);
    store.startBehind(3, 100);
    const notes = noteLog(store, ['a']);
    const second = noteLog(store);
    await pass(5);
    expect(notes.state()).toEqual([['a/b', 1]]);
    expect(second.snapshots[0]!.revision).toBe(5);
    await inner.write(put('a/d', 1), envelope);
    await pass(30);
    expect(events(notes)).toEqual(['3 put a/b=2']);
    await pass(100);
    expect(events(notes)).toEqual(['3 put a/b=2', '4 put a/c=1', '5 delete a/b=2', '6 put a/d=1']);
    await inner.write(put('a/e', 1), envelope);
    await pass(1000);
    expect([notes.revision, notes.snapshots.length, notes.resets]).toEqual([7, 1, []]);
    store.compact();
    await pass(0);
    expect([notes.snapshots.length, notes.resets]).toEqual([2, [7]]);
    expect(notes.state().map(([key]) => key)).toEqual(['a/c', 'a/d', 'a/e']);
  });

  test('a state inside a transaction was never seen, nor is it now', async () => {
    const { store, inner, pass } = setup();
    await inner.write(put('a/a', 0), envelope);
    await pass(0);
    await inner.transact([put('a/a', 1), put('a/b', 1), put('a/c', 1)], envelope);
    await pass(0);
    store.startBehind(1, 10);
    const notes = noteLog(store);
    await pass(0);
    expect(notes.state()).toEqual([['a/a', 1]]);
    await pass(10);
    expect(notes.state().map(([, revision]) => revision)).toEqual([2, 3, 4]);
  });

  test('further back than is known, it begins with the oldest state', async () => {
    const { store, inner, history, pass } = setup({ historyMax: 10 });
    for (let i = 1; i <= 57; i += 1) {
      await inner.write(put(`a/k${i % 5}`, i), envelope);
      await pass(0);
    }
    expect(history.last - history.floor).toBeGreaterThanOrEqual(10);
    expect(history.last - history.floor).toBeLessThan(20);
    expect(history.stateAt(history.floor - 1)).toBeUndefined();
    expect(history.stateAt(history.last + 1)).toBeUndefined();
    for (let at = history.floor; at <= history.last; at += 1) {
      const values = history.stateAt(at)!.map(({ value, revision }) => [decode(value), revision]);
      const latest = Array.from({ length: 5 }, (_, i) => [at - i, at - i]);
      expect(values.sort(([a], [b]) => Number(b) - Number(a))).toEqual(latest);
    }
    store.startBehind(1000);
    const notes = noteLog(store);
    await pass(0);
    expect(notes.snapshots[0]!.revision).toBe(history.floor);
    await pass(500);
    expect(notes.revision).toBe(57);
  });

  test('who was away begins in a past that another hands over, and misses nothing of the way', async () => {
    const { inner, history, pass, clock } = setup();
    for (const [key, value] of [
      ['a/b', 1],
      ['a/b', 2],
      ['a/c', 1],
    ] as const) {
      await inner.write(put(key, value), envelope);
      await pass(0);
    }
    const own = createLogHistory(inner);
    await pass(0);
    await inner.transact([put('a/d', 1), put('a/e', 1)], envelope);
    await pass(0);
    // Handed over later than asked for: what is newer than the own beginning is known by then.
    const joined = joinPast(own, history.past(4) as PastState);
    const store = createFaultyStore(inner, { clock, draw: () => 0, history: joined });
    store.startBehind(4, 0);
    const notes = noteLog(store);
    await pass(0);
    expect(notes.snapshots[0]!.revision).toBe(1);
    await inner.write(put('a/b', 3), envelope);
    await pass(0);
    expect(events(notes)).toEqual([
      ...['2 put a/b=2', '3 put a/c=1', '4 put a/d=1', '5 put a/e=1', '6 put a/b=3'],
    ]);
    expect(notes.resets).toEqual([]);
  });

  test('it needs a history', () => {
    const { inner } = setup();
    const options = { clock: { nowMs: () => 0, setTimer: () => () => {} }, draw: () => 0 };
    expect(() => createFaultyStore(inner, options).startBehind(1)).toThrow(/history/);
  });
});

describe('faults by name', () => {
  test('set, replaced, listed, removed', () => {
    const { store } = setup();
    const one: StoreFault = { kind: 'lag', ms: 1 };
    const two: StoreFault = { kind: 'unavailable' };
    store.set('x', one);
    store.set('y', one);
    store.set('x', two);
    expect(store.list()).toEqual([
      { name: 'x', fault: two },
      { name: 'y', fault: one },
    ]);
    store.remove('x');
    store.clear();
    expect(store.list()).toEqual([]);
  });

  test('closed: a shared inner store stays open, and the own handle answers no more', async () => {
    const { store, inner, pass } = setup({ shared: true });
    const notes = noteLog(store);
    await pass(0);
    await store.close();
    expect(await store.write(put('a/b', 1), envelope)).toMatchObject({ reason: 'unavailable' });
    await expect(store.read('a/b')).rejects.toThrow(StoreUnavailable);
    expect(await inner.write(put('a/b', 1), envelope)).toMatchObject({ ok: true });
    await pass(0);
    expect(notes.events).toEqual([]);
  });
});
