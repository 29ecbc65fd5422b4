/**
 * The rules over a real store: the in-memory one, used by several writers and readers at once,
 * breaks none; each of its mutants is caught by the rule that is there for it.
 */
import { expect, test } from 'vitest';
import { recordStore, type Untimed } from '../../actors/sim/recorder.ts';
import { systemClock } from '../../bus/clock.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import type { LogSink, Store, StoreEvent, Write } from '../../bus/store/store.ts';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import { STORE_RULES } from '../../machines/checks/rules.ts';
import { createChecks } from '../../machines/checks/run-checks.ts';
import { createStoreOrder } from '../../machines/checks/store-order.ts';

const WRITERS = 4;
const ROUNDS = 60;
const KEYS = ['a', 'b', 'c', 'd', 'e'].map((name) => `core/configmaps/default/${name}`);

/** A small generator of numbers below `max`, the same for the same seed. */
function numbers(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}

async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
}

/** Questions and answers take a while, so that those of several writers overlap. */
function slow(store: Store, draw: (max: number) => number): Store {
  const slowly = async <T>(ask: () => Promise<T>): Promise<T> => {
    await later(draw(20));
    const answer = await ask();
    await later(draw(20));
    return answer;
  };
  return {
    ...withSink(store, (sink) => sink),
    transact: (writes, envelope) => slowly(() => store.transact(writes, envelope)),
    write: (write, envelope) => slowly(() => store.write(write, envelope)),
    read: (key) => slowly(() => store.read(key)),
    lastRevision: () => slowly(() => store.lastRevision()),
  };
}

/** The same store, with other readers of the log. */
function withSink(store: Store, change: (sink: LogSink) => LogSink): Store {
  return {
    transact: (writes, envelope) => store.transact(writes, envelope),
    write: (write, envelope) => store.write(write, envelope),
    read: (key) => store.read(key),
    lastRevision: () => store.lastRevision(),
    follow: (sink, prefixes) => store.follow(change(sink), prefixes),
    close: () => store.close(),
  };
}

/**
 * One writer's work: reads, guarded and unguarded writes, deletions and transactions, from what it
 * last read.
 */
async function work(store: Store, name: string, draw: (max: number) => number): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const envelope: Envelope = { id: `${name}.${round}`, from: name, causes: [], traceparent: '' };
    const keys = KEYS.filter(() => draw(4) === 0);
    const writes: Write[] = [];
    for (const key of keys) {
      const found = await store.read(key);
      const operation = found !== undefined && draw(4) === 0 ? 'delete' : 'put';
      const expected = draw(5) === 0 ? undefined : (found?.revision ?? 0);
      writes.push({ key, operation, value: new Uint8Array([round]), expected });
    }
    if (writes.length > 0) await store.transact(writes, envelope);
    await store.lastRevision();
  }
}

function committed({ key, operation, revision, envelope }: StoreEvent): Untimed {
  const metadata = { name: key, uid: key, resourceVersion: `${revision}`, creationTimestamp: '' };
  const object: Stored<AnyObject> = { metadata };
  const { id: messageId, from, causes = [] } = envelope ?? {};
  return { type: 'committed', revision, key, operation, object, messageId, from, causes };
}

type Mutate = (store: Store) => Store;

/**
 * Runs the work on a store; `mutate` changes it as the writers see it. `late`: the log is observed
 * after the answers, as in a live cluster, and put in order afterwards.
 */
async function rulesBroken(mutate: Mutate = (store) => store, late = false, seed = 1) {
  const draw = numbers(seed);
  const checks = createChecks(STORE_RULES);
  const order = createStoreOrder((observation) => checks.observe(observation));
  const kinds = new Map<string, number>();
  let nowMs = 0;
  const observe = (untimed: Untimed): void => {
    nowMs += 1;
    kinds.set(untimed.type, (kinds.get(untimed.type) ?? 0) + 1);
    const observation = { ...untimed, atMs: nowMs } as Observation;
    if (late) order.take(observation);
    else checks.observe(observation);
  };
  const schedule = late ? { schedule: (run: () => void) => void later(30).then(run) } : now;
  const inner = createMemoryStore({ clock: systemClock, ...schedule });
  await new Promise<void>((started) =>
    inner.follow({
      onSnapshot: () => started(),
      onProgress() {},
      onReset() {},
      onEvent: (event) => observe(committed(event)),
    }),
  );
  const store = recordStore(mutate(slow(inner, draw)), 'apiserver-1', 'objects', observe);
  const nobody: LogSink = { onSnapshot() {}, onProgress() {}, onReset() {}, onEvent() {} };
  store.follow(nobody, ['core/configmaps']);
  store.follow(nobody);
  const writers = Array.from({ length: WRITERS }, (_, index) => work(store, `w${index}`, draw));
  await Promise.all(writers);
  await later(100);
  order.flush();
  checks.finish();
  await store.close();
  return { rules: [...checks.counts.keys()], violations: checks.violations, kinds };
}

const now = { schedule: (run: () => void) => run() };

test.each([
  [1, false],
  [2, false],
  [3, true],
  [4, true],
])('the store in memory breaks no rule (seed %i, log observed late: %s)', async (seed, late) => {
  const { violations, kinds } = await rulesBroken(undefined, late, seed);
  expect(violations).toEqual([]);
  expect(kinds.get('committed')).toBeGreaterThan(50);
  expect(kinds.get('read.ended')).toBeGreaterThan(100);
  expect(kinds.get('watched')).toBeGreaterThan(100);
});

/** Changes the `nth` transaction that is asked for. */
function onTransaction(nth: number, change: Store['transact']): Mutate {
  return (store) => {
    let count = 0;
    return {
      ...withSink(store, (sink) => sink),
      transact(writes, envelope) {
        count += 1;
        return count === nth
          ? change.call(store, writes, envelope)
          : store.transact(writes, envelope);
      },
    };
  };
}

/** Changes what readers of the log are told. */
function onEvent(change: (event: StoreEvent, count: number, sink: LogSink) => void): Mutate {
  return (store) =>
    withSink(store, (sink) => {
      let count = 0;
      return {
        onSnapshot: (entries, revision) => sink.onSnapshot(entries, revision),
        onProgress() {},
        onReset: (revision) => sink.onReset(revision),
        onEvent(event) {
          count += 1;
          change(event, count, sink);
        },
      };
    });
}

const unguarded = (writes: readonly Write[]): Write[] =>
  writes.map((write) => ({ ...write, operation: 'put', expected: undefined }));

let heldBack: StoreEvent | undefined;

const MUTANTS: readonly (readonly [name: string, rules: string, mutate: Mutate])[] = [
  [
    'acknowledges a write and loses it',
    // Another write gets the revision it made up.
    'acked-is-stored, linearizable',
    onTransaction(10, async function (this: Store) {
      return { ok: true, revision: (await this.lastRevision()) + 1 };
    }),
  ],
  [
    'stores a write and answers conflict',
    'acked-is-stored, cas-chain',
    onTransaction(10, async function (this: Store, writes, envelope) {
      const plain = unguarded(writes);
      await this.transact(plain, envelope);
      return { ok: false, reason: 'conflict', key: plain[0]?.key ?? '' };
    }),
  ],
  [
    'applies a write twice',
    'cas-chain, stored-once',
    onTransaction(10, async function (this: Store, writes, envelope) {
      await this.transact(unguarded(writes), envelope);
      return this.transact(unguarded(writes), envelope);
    }),
  ],
  [
    'ignores guards',
    'cas-chain',
    (store) => ({
      ...withSink(store, (sink) => sink),
      transact: (writes, envelope) =>
        store.transact(
          writes.map((write) =>
            write.operation === 'put' ? { ...write, expected: undefined } : write,
          ),
          envelope,
        ),
    }),
  ],
  [
    'stores transactions one by one',
    // A later guard does not hold when the first write is stored already: answered conflict.
    'acked-is-stored, atomic',
    (store) => ({
      ...withSink(store, (sink) => sink),
      async transact(writes, envelope) {
        let result = await store.transact(writes.slice(0, 1), envelope);
        for (const write of writes.slice(1)) {
          if (result.ok) result = await store.transact([write], envelope);
        }
        return result;
      },
    }),
  ],
  [
    'reads what it read before',
    'linearizable',
    (store) => {
      const known = new Map<string, ReturnType<Store['read']>>();
      return {
        ...withSink(store, (sink) => sink),
        read(key) {
          const found = known.get(key) ?? store.read(key);
          known.set(key, found);
          return found;
        },
      };
    },
  ],
  [
    'gives an old last revision',
    'linearizable',
    (store) => ({ ...withSink(store, (sink) => sink), lastRevision: async () => 1 }),
  ],
  [
    'tells two events in the wrong order',
    'watch-ordered',
    onEvent((event, count, sink) => {
      if (count === 20) heldBack = event;
      else sink.onEvent(event);
      if (count === 21 && heldBack !== undefined) sink.onEvent(heldBack);
    }),
  ],
  [
    'tells an event twice',
    'watch-unique',
    onEvent((event, count, sink) => {
      sink.onEvent(event);
      if (count === 20) sink.onEvent(event);
    }),
  ],
  [
    'leaves an event out',
    'watch-reliable',
    onEvent((event, count, sink) => {
      if (count !== 20) sink.onEvent(event);
    }),
  ],
  [
    'leaves the first event out',
    'watch-resumable',
    onEvent((event, count, sink) => {
      if (count > 1) sink.onEvent(event);
    }),
  ],
  [
    'tells of progress before the event',
    'watch-bookmarkable',
    onEvent((event, _count, sink) => {
      sink.onProgress(event.revision);
      sink.onEvent(event);
    }),
  ],
  [
    'tells deletions as puts',
    'watch-matches-log',
    onEvent((event, _count, sink) => sink.onEvent({ ...event, operation: 'put' })),
  ],
];

test.each(MUTANTS)('a store that %s breaks %s', async (_name, rules, mutate) => {
  expect((await rulesBroken(mutate)).rules.sort()).toEqual(rules.split(', '));
});
