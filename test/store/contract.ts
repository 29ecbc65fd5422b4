/**
 * The store contract: one suite, run over every kind of store. Rules are numbered after etcd's guarantees
 * (https://etcd.io/docs/v3.5/learning/api_guarantees/) and each title starts with its rule.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from '../../bus/codec.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createReplica, type Replica, type ReplicaEvent } from '../../bus/store/replica.ts';
import type { Store, Write, WriteResult } from '../../bus/store/store.ts';
import { type LogNotes, noteLog } from './log-notes.ts';
import { until } from './server.ts';

/** Handles on one bucket: two stores as two processes have them, and one bucket with lifetimes. */
export interface StoreSetup {
  readonly store: Store;
  readonly other: Store;
  readonly expiring: Store;
  /** Makes tombstones go as after their time, where the store has any. */
  dropTombstones(): Promise<void>;
  stop(): Promise<void>;
}

/** An envelope of a test's write. */
export const envelope: Envelope = {
  id: 'write-1',
  from: 'test/contract',
  causes: ['cause-1', 'cause-2'],
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** A put; without a guard unless given. */
export function put(key: string, value: unknown, expected?: number): Write {
  return { key, operation: 'put', value: encode(value), expected };
}

/** A deletion with the last state. */
export function del(key: string, value: unknown, expected?: number): Write {
  return { key, operation: 'delete', value: encode(value), expected };
}

/** The revision of a write that must have been stored. */
export function revisionOf(result: WriteResult): number {
  if (!result.ok) throw new Error(`not stored: ${JSON.stringify(result)}`);
  return result.revision;
}

type Get = () => StoreSetup;

/** Runs the suite over stores made by `make`. */
export function storeContract(name: string, make: () => Promise<StoreSetup>): void {
  describe(name, () => {
    let setup: StoreSetup;
    beforeEach(async () => {
      setup = await make();
    });
    afterEach(() => setup.stop());
    const get = () => setup;
    writeRules(get);
    transactionRules(get);
    logRules(get);
    tombstoneRules(get);
    replicaRules(get);
    listRules(get);
    lifetimeRules(get);
  });
}

function writeRules(get: Get): void {
  test('R1 revisions: one counter for all keys, each write one more', async () => {
    const { store } = get();
    const first = revisionOf(await store.write(put('a/b', 1, 0), envelope));
    expect(revisionOf(await store.write(put('c/d/e', 1, 0), envelope))).toBe(first + 1);
    expect(revisionOf(await store.write(put('a/b', 2, first), envelope))).toBe(first + 2);
    expect(await store.lastRevision()).toBe(first + 2);
    expect(revisionOf(await store.write(del('a/b', 2), envelope))).toBe(first + 3);
    expect(await store.lastRevision()).toBe(first + 3);
  });

  test('R2 compare and set: create, update and delete store only what their guard allows', async () => {
    const { store } = get();
    const key = 'apps/deployments/default/web';
    const conflict = { ok: false, reason: 'conflict', key };
    expect(await store.write(put(key, 'x', 7), envelope)).toEqual(conflict);
    expect(await store.write(del(key, 'x', 7), envelope)).toEqual(conflict);
    expect(await store.write(del(key, 'x'), envelope)).toEqual(conflict);
    const created = revisionOf(await store.write(put(key, 'one', 0), envelope));
    expect(await store.write(put(key, 'x', 0), envelope)).toEqual(conflict);
    const updated = revisionOf(await store.write(put(key, 'two', created), envelope));
    expect(await store.write(put(key, 'x', created), envelope)).toEqual(conflict);
    expect(await store.write(del(key, 'x', created), envelope)).toEqual(conflict);
    expect(decode((await store.read(key))!.value)).toBe('two');
    const deleted = revisionOf(await store.write(del(key, 'two', updated), envelope));
    expect(await store.read(key)).toBeUndefined();
    expect(await store.write(put(key, 'x', updated), envelope)).toEqual(conflict);
    expect(await store.write(put(key, 'x', deleted), envelope)).toEqual(conflict);
    expect(await store.lastRevision()).toBe(deleted);
  });

  test('R2 compare and set: of many writers with one guard, one wins', async () => {
    const { store, other } = get();
    const created = revisionOf(await store.write(put('a/b/c/d', 0, 0), envelope));
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 === 0 ? store : other).write(put('a/b/c/d', i, created), envelope),
      ),
    );
    const winners = results.flatMap((result, i) => (result.ok ? [i] : []));
    expect(winners).toHaveLength(1);
    expect(decode((await other.read('a/b/c/d'))!.value)).toBe(winners[0]);
    for (const result of results) {
      if (!result.ok) expect(result).toMatchObject({ reason: 'conflict', key: 'a/b/c/d' });
    }
  });

  test('R3 reads: value, revision and envelope of the last write; any key characters', async () => {
    const { store, other } = get();
    for (const key of [
      'rbac.authorization.k8s.io/roles/kube-system/system:node=1',
      'core/pods/ns/a*b>c',
      'a/ü€😀/ /$',
    ]) {
      const revision = revisionOf(await store.write(put(key, { key }, 0), envelope));
      const { value, ...rest } = (await other.read(key))!;
      expect(rest).toEqual({ key, revision, envelope });
      expect(decode(value)).toEqual({ key });
    }
    expect(await store.read('core/pods/ns/none')).toBeUndefined();
  });

  test('R4 limits: a value too large is refused for good, and malformed keys are a bug', async () => {
    const { store } = get();
    const value = new Uint8Array(5 * 1024 * 1024);
    const write: Write = { key: 'a/b', operation: 'put', value, expected: 0 };
    expect(await store.write(write, envelope)).toMatchObject({ ok: false, reason: 'tooLarge' });
    const large = { ...write, value: new Uint8Array(3 * 1024 * 1024).fill(7) };
    expect(await store.write(large, envelope)).toMatchObject({ ok: true });
    for (const key of ['', 'a//b', '/a', 'a/', 'a/b/c/d/e/f/g']) {
      await expect(store.write(put(key, 1), envelope)).rejects.toThrow();
    }
  });
}

function transactionRules(get: Get): void {
  test('R5 transactions: all guards hold and all is stored, or nothing is', async () => {
    const { store } = get();
    const a = revisionOf(await store.write(put('t/a', 1, 0), envelope));
    const b = revisionOf(await store.write(put('t/b', 1, 0), envelope));
    const stale = [put('t/a', 2, a), put('t/c', 2, 0), put('t/b', 2, a)];
    expect(await store.transact(stale, envelope)).toEqual({
      ok: false,
      reason: 'conflict',
      key: 't/b',
    });
    expect(await store.lastRevision()).toBe(b);
    const writes = [put('t/a', 2, a), put('t/c', 2, 0), del('t/b', 1, b), put('t/d', 2)];
    expect(revisionOf(await store.transact(writes, envelope))).toBe(b + 4);
    expect(await store.read('t/b')).toBeUndefined();
    expect((await store.read('t/a'))!.revision).toBe(b + 1);
    expect((await store.read('t/d'))!.revision).toBe(b + 4);
    const again = [put('t/b', 3, 0), put('t/a', 3, b + 1)];
    expect(revisionOf(await store.transact(again, envelope))).toBe(b + 6);
  });

  test('R5 transactions: what may not go out any more is not stored', async () => {
    const { store } = get();
    const asked: string[] = [];
    const say = (answer: boolean) => () => {
      asked.push(String(answer));
      return answer;
    };
    const first = revisionOf(await store.transact([put('g/a', 1, 0)], envelope, say(true)));
    const late = await store.transact([put('g/a', 2, first), put('g/b', 1)], envelope, say(false));
    expect(late).toEqual({ ok: false, reason: 'conflict', key: 'g/a' });
    expect(asked).toEqual(['true', 'false']);
    expect(await store.lastRevision()).toBe(first);
  });

  test('R5 transactions: 500 writes at once; the same key twice is a bug', async () => {
    const { store } = get();
    const before = await store.lastRevision();
    const writes = Array.from({ length: 500 }, (_, i) => put(`many/k${i}`, i, 0));
    expect(revisionOf(await store.transact(writes, envelope))).toBe(before + 500);
    await expect(store.transact([...writes, put('many/x', 0, 0)], envelope)).rejects.toThrow();
    await expect(store.transact([put('x/y', 1), put('x/y', 2)], envelope)).rejects.toThrow();
  });

  test('R6 atomic: between two of its calls a follower never sees half a transaction', async () => {
    const { store, other } = get();
    const notes = noteLog(other);
    await until(() => notes.snapshots.length === 1, 'the follower starts');
    let torn = 0;
    const watch = setInterval(() => {
      if (notes.events.length % 3 !== 0) torn += 1;
    }, 0);
    for (let i = 0; i < 50; i += 1) {
      await store.transact([put(`t/a${i}`, i), put(`t/b${i}`, i), put(`t/c${i}`, i)], envelope);
    }
    await until(() => notes.events.length === 150, 'all events are in');
    clearInterval(watch);
    expect(torn).toBe(0);
    notes.close();
  });
}

/** Writes that touch a few keys over and over, from two handles at once; returns those stored. */
async function traffic({ store, other }: StoreSetup, count: number): Promise<Map<number, string>> {
  const stored = new Map<number, string>();
  const writer = async (handle: Store, name: string) => {
    for (let i = 0; i < count; i += 1) {
      const key = `core/pods/default/${name}${i % 7}`;
      const kind = i % 5 === 4 ? del(key, i) : put(key, i);
      const result = await handle.write(kind, envelope);
      if (result.ok) stored.set(result.revision, key);
    }
  };
  await Promise.all([writer(store, 'a'), writer(store, 'b'), writer(other, 'c')]);
  return stored;
}

function expectWhole(notes: LogNotes, stored: ReadonlyMap<number, string>): void {
  const after = notes.snapshots.at(-1)!.revision;
  const expected = [...stored].filter(([r]) => r > after).sort(([a], [b]) => a - b);
  expect(notes.events.map((e) => [e.revision, e.key])).toEqual(expected);
  expect(notes.resets).toEqual([]);
}

function logRules(get: Get): void {
  test('R7 ordered, R8 unique, R9 reliable: every change, once, in revision order', async () => {
    const setup = get();
    const early = [noteLog(setup.store), noteLog(setup.other)];
    await until(() => early.every((n) => n.snapshots.length === 1), 'followers start');
    const running = traffic(setup, 100);
    const late = noteLog(setup.other);
    const stored = await running;
    const last = Math.max(...stored.keys());
    for (const notes of [...early, late]) {
      await until(() => notes.revision >= last, 'the last change is in');
      expectWhole(notes, stored);
      expect(notes.state()).toEqual(early[0]!.state());
      notes.close();
    }
    expect(early[0]!.events[0]).toMatchObject({ envelope });
  });

  test('R7 ordered: a follower that writes while it is told hears of that later, in order', async () => {
    const { store } = get();
    const seen: number[] = [];
    store.follow({
      onSnapshot: () => {},
      onEvent: ({ revision, key }) => {
        seen.push(revision);
        if (key === 'loop/start') void store.write(put('loop/next', 1), envelope);
      },
      onProgress: () => {},
      onReset: () => seen.push(-1),
    });
    const notes = noteLog(store);
    await until(() => notes.snapshots.length === 1, 'the follower starts');
    const first = revisionOf(await store.write(put('loop/start', 1), envelope));
    await until(() => seen.length === 2 && notes.events.length === 2, 'both changes are in');
    expect(seen).toEqual([first, first + 1]);
    expect(notes.events.map((event) => event.revision)).toEqual(seen);
    notes.close();
  });

  test('R10 filtered: a follower of prefixes sees their changes alone, whole tokens', async () => {
    const { store, other } = get();
    await store.write(put('core/pods/a/x', 0), envelope);
    await store.write(put('core/podsets/a/x', 0), envelope);
    const notes = noteLog(other, ['core/pods', 'apps/deployments/a', 'core/pods/a']);
    await until(() => notes.snapshots.length === 1, 'the follower starts');
    expect(notes.snapshots[0]!.entries.map((entry) => entry.key)).toEqual(['core/pods/a/x']);
    const keys = ['core/pods/b/y', 'core/nodes/_/n', 'apps/deployments/ab/d', 'core/podsets/a/y'];
    for (const key of [...keys, 'apps/deployments/a/d', 'core/pods/a/x']) {
      await store.write(put(key, 1), envelope);
    }
    const last = revisionOf(await store.write(del('core/pods/a/x', 2), envelope));
    await until(() => notes.revision >= last, 'the last change is in');
    expect(notes.events.map(({ key, operation }) => `${operation} ${key}`)).toEqual([
      'put core/pods/b/y',
      'put apps/deployments/a/d',
      'put core/pods/a/x',
      'delete core/pods/a/x',
    ]);
    const unseen = revisionOf(await store.write(put('core/nodes/_/m', 1), envelope));
    await until(() => notes.progress.includes(unseen), 'progress covers what is filtered out');
    notes.close();
  });

  test('R11 bookmarkable: progress tells how far nothing was missed, without any change', async () => {
    const { store, other } = get();
    const revision = revisionOf(await store.write(put('a/b', 1), envelope));
    const notes = noteLog(other);
    await until(() => notes.progress.includes(revision), 'progress is told');
    expect(notes.events).toEqual([]);
    notes.close();
  });

  test('R12 linearizable: the last revision is never older than the question', async () => {
    const { store, other } = get();
    for (let i = 0; i < 30; i += 1) {
      const before = other.lastRevision();
      const written = revisionOf(await store.write(put('a/b', i), envelope));
      const [together, again] = await Promise.all([other.lastRevision(), other.lastRevision()]);
      expect(together).toBeGreaterThanOrEqual(written);
      expect(again).toBeGreaterThanOrEqual(written);
      expect(await before).toBeLessThanOrEqual(written);
    }
  });
}

function tombstoneRules(get: Get): void {
  test('R13 tombstones: a deletion tells the last state, and a deleted key can be made again', async () => {
    const setup = get();
    const { store, other } = setup;
    const notes = noteLog(other);
    await until(() => notes.snapshots.length === 1, 'the follower starts');
    const made = revisionOf(await store.write(put('a/b', 'one', 0), envelope));
    const gone = revisionOf(await store.write(del('a/b', 'last state', made), envelope));
    await until(() => notes.revision >= gone, 'the deletion is in');
    expect(notes.events.map(({ operation, value }) => [operation, decode(value)])).toEqual([
      ['put', 'one'],
      ['delete', 'last state'],
    ]);
    expect(notes.state()).toEqual([]);
    expect(await other.write(del('a/b', 'x'), envelope)).toMatchObject({ reason: 'conflict' });
    const again = revisionOf(await other.write(put('a/b', 'two', 0), envelope));
    const second = revisionOf(await other.write(del('a/b', 'two', again), envelope));
    await setup.dropTombstones();
    expect(await store.read('a/b')).toBeUndefined();
    const third = revisionOf(await other.write(put('a/b', 'three', 0), envelope));
    expect(third).toBeGreaterThan(second);
    expect(await store.write(put('a/b', 'x', 0), envelope)).toMatchObject({ reason: 'conflict' });
    const fresh = noteLog(store);
    await until(() => fresh.snapshots.length === 1, 'a new follower starts');
    expect(fresh.snapshots[0]!.entries.map((e) => [e.key, decode(e.value)])).toEqual([
      ['a/b', 'three'],
    ]);
    notes.close();
    fresh.close();
  });
}

type Numbers = Replica<number>;

/** A replica of plain numbers, ready. */
export async function numbersOf(store: Store, ringMax?: number): Promise<Numbers> {
  const replica = createReplica<number>(store, {
    decode: (bytes) => decode(bytes) as number,
    ...(ringMax === undefined ? {} : { ringMax }),
  });
  await replica.ready;
  return replica;
}

function line({ operation, entry, previous }: ReplicaEvent<number>): string {
  return `${entry.revision} ${operation} ${entry.key}=${entry.value} was ${previous?.value}`;
}

function replicaRules(get: Get): void {
  test('R14 resumable: a watch from any revision tells exactly what came after it', async () => {
    const setup = get();
    const replica = await numbersOf(setup.other);
    const start = replica.revision;
    const all: string[] = [];
    replica.watch('core/pods', start, { onEvent: (event) => all.push(line(event)) });
    const stored = await traffic(setup, 40);
    const last = Math.max(...stored.keys());
    expect(await replica.waitFor(last, 10_000)).toBe(true);
    for (let from = start; from <= last; from += 7) {
      const lines: string[] = [];
      const watch = replica.watch('core/pods', from, { onEvent: (e) => lines.push(line(e)) });
      expect(lines).toEqual(all.filter((text) => Number(text.split(' ')[0]) > from));
      if (typeof watch !== 'string') watch.close();
    }
    const late = replica.watch('core/pods', last + 1, { onEvent: () => {} });
    expect(late).toBe('tooNew');
    replica.close();
  });

  test('R15 previous value: each event tells the state it replaced', async () => {
    const { store, other } = get();
    const replica = await numbersOf(other);
    const lines: string[] = [];
    replica.watch('', replica.revision, { onEvent: (event) => lines.push(line(event)) });
    const first = revisionOf(await store.write(put('a/b', 1), envelope));
    await store.write(put('a/b', 2), envelope);
    await store.write(del('a/b', 3), envelope);
    const last = revisionOf(await store.write(put('a/b', 4, 0), envelope));
    await replica.waitFor(last, 10_000);
    expect(lines).toEqual([
      `${first} put a/b=1 was undefined`,
      `${first + 1} put a/b=2 was 1`,
      `${first + 2} delete a/b=3 was 2`,
      `${first + 3} put a/b=4 was undefined`,
    ]);
    replica.close();
  });

  test('R16 compaction: a watch from before the kept events is gone, in its resource alone', async () => {
    const { store, other } = get();
    const replica = await numbersOf(other, 10);
    const start = replica.revision;
    const quiet = revisionOf(await store.write(put('core/nodes/_/n', 1), envelope));
    for (let i = 0; i < 30; i += 1) await store.write(put('core/pods/a/p', i), envelope);
    await replica.waitFor(quiet + 30, 10_000);
    const told: string[] = [];
    const handler = { onEvent: (event: ReplicaEvent<number>) => told.push(line(event)) };
    expect(replica.watch('core/pods', quiet + 19, handler)).toBe('gone');
    expect(replica.watch('', quiet + 19, handler)).toBe('gone');
    expect(replica.watch('core/pods', start - 1, handler)).toBe('gone');
    expect(told).toEqual([]);
    expect(replica.watch('core/nodes', start, handler)).not.toBe('gone');
    expect(told).toHaveLength(1);
    expect(replica.watch('core/pods', quiet + 20, handler)).not.toBe('gone');
    expect(told).toHaveLength(11);
    replica.close();
  });
}

function listRules(get: Get): void {
  test('R17 list at a revision: pages of one list agree, whatever is written between them', async () => {
    const { store, other } = get();
    const names = Array.from(
      { length: 50 },
      (_, i) => `core/pods/a/p${String(i).padStart(2, '0')}`,
    );
    for (const key of names) await store.write(put(key, 0), envelope);
    const replica = await numbersOf(other);
    const { revision } = replica.snapshot(true);
    const listed: string[] = [];
    for (let page = 0; page < 10; page += 1) {
      const snapshot = replica.snapshotAt(revision)!;
      for (const entry of snapshot.entries('core/pods', listed.at(-1))) {
        if (listed.length === (page + 1) * 5) break;
        expect(entry.value).toBe(0);
        listed.push(entry.key);
      }
      expect(snapshot.count('core/pods', listed.at(-1))).toBe(50 - listed.length);
      await store.write(del(names[49 - page]!, 0), envelope);
      await store.write(put(names[page]!, 1), envelope);
      const last = revisionOf(await store.write(put(`core/pods/a/q${page}`, 1), envelope));
      await replica.waitFor(last, 10_000);
    }
    expect(listed).toEqual(names);
    expect(replica.count('core/pods')).toBe(50);
    expect(replica.snapshotAt(revision - 1)).toBeUndefined();
    replica.close();
  });
}

function lifetimeRules(get: Get): void {
  test('R18 lifetimes: what outlives its time is deleted, and watchers hear of it with its last state', async () => {
    const { expiring } = get();
    const replica = await numbersOf(expiring);
    const lines: string[] = [];
    replica.watch('', replica.revision, { onEvent: (event) => lines.push(line(event)) });
    const short = { ...put('events/a', 1, 0), ttlSeconds: 1 };
    const first = revisionOf(await expiring.write(short, envelope));
    await expiring.write({ ...put('events/b', 2, 0), ttlSeconds: 3600 }, envelope);
    const again = { ...put('events/c', 3, 0), ttlSeconds: 1 };
    const made = revisionOf(await expiring.write(again, envelope));
    await expiring.write({ ...put('events/c', 4, made), ttlSeconds: 3600 }, envelope);
    await expiring.write(del('events/b', 5), envelope);
    await until(() => lines.length === 6, 'the deletion is told');
    expect(lines).toEqual([
      `${first} put events/a=1 was undefined`,
      `${first + 1} put events/b=2 was undefined`,
      `${first + 2} put events/c=3 was undefined`,
      `${first + 3} put events/c=4 was 3`,
      `${first + 4} delete events/b=5 was 2`,
      `${first + 5} delete events/a=1 was 1`,
    ]);
    expect(await expiring.read('events/a')).toBeUndefined();
    expect(revisionOf(await expiring.write(put('events/a', 6, 0), envelope))).toBe(first + 6);
    await replica.waitFor(first + 6, 10_000);
    expect([...replica.entries('')].map(({ key, value }) => `${key}=${value}`)).toEqual([
      'events/a=6',
      'events/c=4',
    ]);
    replica.close();
  });
}
