/**
 * The store under faults of the network and of the server, on a real nats-server: every acknowledged write is
 * accounted for, none lost, none twice, none out of order.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { encode } from '../../bus/codec.ts';
import type { NatsLink } from '../../bus/nats-link.ts';
import { openJetStreamStore } from '../../bus/store/jetstream-store.ts';
import { HISTORY_PER_KEY } from '../../bus/store/jetstream-stream.ts';
import type { Store, StoreEvent, WriteResult } from '../../bus/store/store.ts';
import { del, envelope, put, revisionOf } from './contract.ts';
import { type LogNotes, noteLog } from './log-notes.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { startTestServer, type TestServer, until } from './server.ts';

/** Writes a second while a fault lasts are few; this many writers keep the stream busy. */
const WRITERS = 16;

/**
 * Writers that make keys, change each three times, delete some where `deletes`, and remember what they were told.
 * A deletion trims the key's history, so that followers which were away may have to start over.
 */
class Writers {
  readonly acknowledged = new Map<number, string>();
  readonly failures: WriteResult[] = [];
  readonly #deletes: boolean;
  #running = true;
  readonly #done: Promise<unknown>;

  constructor(store: Store, name: string, deletes = false) {
    this.#deletes = deletes;
    this.#done = Promise.all(
      Array.from({ length: WRITERS }, (_, i) => this.#write(store, `${name}${i}`)),
    );
  }

  async #write(store: Store, name: string): Promise<void> {
    for (let n = 0; this.#running; n += 1) {
      const key = `core/pods/default/${name}-${n}`;
      let revision = 0;
      for (const step of [0, 1, 2, 3]) {
        const last = this.#deletes && step === 3 && n % 3 === 0;
        const write = last ? del(key, step, revision) : put(key, step, revision);
        const result = await store.write(write, envelope);
        if (!result.ok) {
          this.failures.push(result);
          break;
        }
        if (this.acknowledged.has(result.revision)) throw new Error(`twice: ${result.revision}`);
        this.acknowledged.set(result.revision, `${write.operation} ${key} ${step}`);
        revision = result.revision;
      }
      if (n % 8 === 7) {
        const keys = ['x', 'y', 'z'].map((part) => `apps/sets/default/${name}-${n}-${part}`);
        const result = await store.transact(
          keys.map((each) => put(each, 0, 0)),
          envelope,
        );
        if (!result.ok) this.failures.push(result);
        else {
          for (const [i, each] of keys.entries()) {
            this.acknowledged.set(result.revision - 2 + i, `put ${each} 0`);
          }
        }
      }
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }
}

/** What a follower was told, in the words of `Writers`; the body of a step is its number. */
function told(events: readonly StoreEvent[]): [number, string][] {
  return events.map((e) => [e.revision, `${e.operation} ${e.key} ${e.value[0]}`]);
}

/** Every acknowledged write was told once, in order; and every key went through its steps without a repeat. */
function expectAccounted(notes: LogNotes, writers: readonly Writers[]): void {
  expect(notes.resets).toEqual([]);
  const seen = new Map(told(notes.events));
  for (const { acknowledged } of writers) {
    for (const [revision, what] of acknowledged)
      expect([revision, seen.get(revision)]).toEqual([revision, what]);
  }
  const revisions = [...seen.keys()];
  expect(revisions).toEqual(revisions.map((_, i) => revisions[0]! + i));
  const steps = new Map<string, number[]>();
  for (const { key, value } of notes.events) {
    steps.set(key, [...(steps.get(key) ?? []), value[0]!]);
  }
  for (const [key, list] of steps) {
    expect([key, list]).toEqual([key, [0, 1, 2, 3].slice(0, list.length)]);
  }
}

let server: TestServer;
let direct: NatsLink;
let proxy: TcpProxy;
let buckets = 0;
beforeAll(async () => {
  server = await startTestServer();
  direct = await server.connect({ name: 'direct' });
  proxy = await startProxy(server.url);
});
afterAll(async () => {
  await direct.close();
  await proxy.close();
  await server.stop();
});

/** A bucket seen through a good connection and through the proxy. */
async function openPair(options: { historyPerKey?: number } = {}) {
  buckets += 1;
  const bucket = `faults${buckets}`;
  const through = await server.connect({ url: proxy.url, name: 'through' });
  const bucketOptions = {
    bucket,
    clusterName: bucket,
    storage: 'file',
    replicas: 1,
    ...options,
  } as const;
  const near = await openJetStreamStore({ ...bucketOptions, connection: direct });
  const far = await openJetStreamStore({ ...bucketOptions, connection: through });
  onTestFinished(async () => {
    await near.close();
    await through.close();
  });
  return { near, far, through };
}

async function follow(store: Store, prefixes?: readonly string[]): Promise<LogNotes> {
  const notes = noteLog(store, prefixes);
  await until(() => notes.snapshots.length === 1, 'the follower starts');
  return notes;
}

interface StreamInfo {
  readonly state?: { readonly subjects?: { readonly [subject: string]: number } };
  readonly cluster: { readonly leader: string };
  readonly config: { readonly num_replicas: number };
}

async function infoOf(link: NatsLink, stream: string, query = ''): Promise<StreamInfo> {
  const info = await link.request(`$JS.API.STREAM.INFO.${stream}`, '', Buffer.from(query), 5000);
  if (typeof info === 'string') throw new Error(info);
  return JSON.parse(info.string()) as StreamInfo;
}

async function caughtUp(store: Store, ...all: LogNotes[]): Promise<void> {
  const last = await store.lastRevision();
  for (const notes of all) await until(() => notes.revision >= last, `revision ${last} is told`);
}

const more = (writers: Writers, count: number) => {
  const goal = writers.acknowledged.size + count;
  return until(() => writers.acknowledged.size >= goal, `${count} more writes`);
};

describe('a broken connection', () => {
  test('F1 cut in the middle of a watch, again and again: nothing is missed, repeated or reordered', async () => {
    const { near, far, through } = await openPair({ historyPerKey: 64 });
    const watch = await follow(far);
    const control = await follow(near);
    let losses = 0;
    through.onState((state) => {
      if (state === 'disconnected') losses += 1;
    });
    const writers = new Writers(near, 'w');
    for (let i = 1; i <= 5; i += 1) {
      await more(writers, 100);
      proxy.cut();
      await until(() => losses === i && through.state === 'connected', 'the connection is back');
    }
    await more(writers, 100);
    await writers.stop();
    await caughtUp(near, control);
    expectAccounted(control, [writers]);
    await until(() => watch.revision >= control.revision, 'the watch has caught up');
    expectAccounted(watch, [writers]);
    expect(watch.state()).toEqual(control.state());
    expect(writers.failures).toEqual([]);
  });

  test('F2 black hole in the middle of a watch, then a reset: the tail is not lost', async () => {
    const { near, far, through } = await openPair();
    const watch = await follow(far);
    const writers = new Writers(near, 'w');
    await more(writers, 100);
    await caughtUp(near, watch);
    proxy.blackHole('fromServer');
    const swallowed = proxy.swallowed;
    const made: number[] = [];
    await writers.stop();
    for (let i = 0; i < 20; i += 1) {
      made.push(revisionOf(await near.write(put(`core/tail/default/t${i}`, 0, 0), envelope)));
    }
    await until(() => proxy.swallowed > swallowed, 'the hole has swallowed something');
    const before = watch.revision;
    expect(before).toBeLessThan(made[0]!);
    proxy.heal();
    proxy.cut();
    await until(() => through.state === 'disconnected', 'the loss is seen');
    await until(() => watch.revision >= made.at(-1)!, 'the tail is told', 5000);
    const tail = watch.events.filter((event) => event.key.startsWith('core/tail/'));
    expect(tail.map((event) => event.revision)).toEqual(made);
    expectAccounted(watch, [writers]);
  });

  test('F3 black hole that nobody resets: the silence itself is noticed', async () => {
    const { near, far, through } = await openPair();
    const watch = await follow(far);
    proxy.blackHole('fromServer');
    const made = revisionOf(await near.write(put('core/tail/default/t', 0, 0), envelope));
    await until(() => through.state === 'disconnected', 'the silence is noticed', 10_000);
    proxy.heal();
    await until(() => watch.revision >= made, 'the change is told');
    expect(watch.events.map((event) => event.revision)).toEqual([made]);
    expect(watch.resets).toEqual([]);
  });

  test('F4 cut and black hole under writers: each write is answered truly, and stored once', async () => {
    const { near, far, through } = await openPair();
    const control = await follow(near);
    const own = await follow(far);
    const writers = new Writers(far, 'w', true);
    const other = new Writers(near, 'o', true);
    for (let i = 0; i < 4; i += 1) {
      await more(writers, 60);
      proxy.blackHole('fromServer');
      const swallowed = proxy.swallowed;
      await until(() => proxy.swallowed > swallowed + 1000, 'answers are swallowed');
      proxy.heal();
      proxy.cut();
      await until(() => through.state === 'connected', 'the connection is back');
    }
    await more(writers, 60);
    await Promise.all([writers.stop(), other.stop()]);
    await caughtUp(near, control);
    expectAccounted(control, [writers, other]);
    expect(writers.failures).toEqual([]);
    await until(() => own.revision >= control.revision, 'the own watch has caught up');
    expect(own.state()).toEqual(control.state());
  });

  test('F15 a write that was not answered is not sent again once it may not go out', async () => {
    const { near, far, through } = await openPair();
    await far.write(put('core/pods/default/first', 0, 0), envelope);
    proxy.blackHole('both');
    let asked = 0;
    const mayGoOut = () => {
      asked += 1;
      return asked === 1;
    };
    const late = far.transact([put('core/pods/default/late', 1, 0)], envelope, mayGoOut);
    await until(() => asked === 1, 'it was sent');
    proxy.cut();
    proxy.heal();
    await until(() => through.state === 'connected', 'the connection is back');
    expect(await late).toMatchObject({ ok: false, reason: 'unknown' });
    expect(asked).toBe(2);
    expect(await near.read('core/pods/default/late')).toBeUndefined();
  });

  test('F5 a write without a guard whose answer is lost is never stored twice', async () => {
    const { near, far, through } = await openPair();
    const control = await follow(near);
    const results: WriteResult[] = [];
    for (let i = 0; i < 5; i += 1) {
      proxy.blackHole('fromServer');
      const swallowed = proxy.swallowed;
      const writing = far.write(put(`core/pods/default/u${i}`, i), envelope);
      await until(() => proxy.swallowed > swallowed, 'the answer is swallowed');
      proxy.heal();
      proxy.cut();
      results.push(await writing);
      await until(() => through.state === 'connected', 'the connection is back');
    }
    await caughtUp(near, control);
    const keys = control.events.map((event) => event.key);
    expect(keys).toEqual([0, 1, 2, 3, 4].map((i) => `core/pods/default/u${i}`));
    expect(results.map((result) => result.ok && result.revision)).toEqual(
      control.events.map((event) => event.revision),
    );
  });

  test('F14 a connection that is closed under writes ends them at once, truly', async () => {
    const { near } = await openPair();
    const link = await server.connect();
    const bucket = `faults${buckets}`;
    const options = { bucket, clusterName: bucket, storage: 'file', replicas: 1 } as const;
    const store = await openJetStreamStore({ ...options, connection: link });
    const control = await follow(near);
    const watch = await follow(store);
    const writing = Array.from({ length: 50 }, (_, i) =>
      store.write(put(`a/k${i}`, i, 0), envelope),
    );
    const closing = link.close();
    const results = await Promise.all(writing);
    await closing;
    expect(await store.write(put('a/late', 1, 0), envelope)).toMatchObject({
      ok: false,
      reason: 'unavailable',
    });
    await expect(store.read('a/late')).rejects.toThrow();
    await caughtUp(near, control);
    const stored = new Set(control.events.map((event) => event.revision));
    for (const result of results) {
      if (result.ok) expect(stored).toContain(result.revision);
      else expect(result.reason).toBe('unknown');
    }
    expect(watch.events.length).toBeLessThanOrEqual(50);
  });

  test('F6 history trimmed while the watch was away: it starts over, and never skips', async () => {
    const { near, far } = await openPair();
    const watch = await follow(far);
    proxy.blackHole('fromServer');
    for (let i = 0; i < 20; i += 1) await near.write(put('core/pods/default/hot', i), envelope);
    const made = revisionOf(await near.write(put('core/pods/default/cold', 0, 0), envelope));
    proxy.heal();
    proxy.cut();
    await until(() => watch.snapshots.length === 2, 'the watch has started over');
    expect(watch.events).toEqual([]);
    expect(watch.resets).toHaveLength(1);
    expect(watch.snapshots[1]!.revision).toBe(made);
    expect(watch.snapshots[1]!.entries.map((entry) => entry.key).sort()).toEqual([
      'core/pods/default/cold',
      'core/pods/default/hot',
    ]);
  });
});

/** A connection whose republished messages a test hands on, late or never, as routes between servers may. */
function tampered(
  link: NatsLink,
  logPrefix: string,
  handOn: (run: () => void, n: number) => void,
): NatsLink {
  let n = 0;
  return new Proxy(link, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'subscribe') return typeof value === 'function' ? value.bind(target) : value;
      return (...[subject, queue, receive]: Parameters<NatsLink['subscribe']>) =>
        target.subscribe(subject, queue, (message) => {
          if (!subject.startsWith(logPrefix)) receive(message);
          else {
            n += 1;
            handOn(() => receive(message), n);
          }
        });
    },
  });
}

/**
 * A connection on which a stream's state is told as while its last records are being stored: `lacking` of them are not
 * in it yet. A server answers so by itself, rarely.
 */
function early(link: NatsLink, lacking: () => number): NatsLink {
  return new Proxy(link, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'request') return typeof value === 'function' ? value.bind(target) : value;
      return async (...args: Parameters<NatsLink['request']>) => {
        const answer = await target.request(...args);
        if (!args[0].startsWith('$JS.API.STREAM.INFO.') || typeof answer === 'string')
          return answer;
        const info = JSON.parse(answer.string());
        info.state.last_seq -= lacking();
        return { string: () => JSON.stringify(info) };
      };
    },
  });
}

/** A second store of the pair's bucket, on a tampered connection. */
const openTampered = (handOn: (run: () => void, n: number) => void): Promise<Store> =>
  openOn(tampered(direct, `faults${buckets}.log.`, handOn));

async function openOn(connection: NatsLink): Promise<Store> {
  const bucket = `faults${buckets}`;
  const store = await openJetStreamStore({
    bucket,
    clusterName: bucket,
    storage: 'file',
    replicas: 1,
    historyPerKey: 64,
    connection,
  });
  onTestFinished(() => store.close());
  return store;
}

describe('messages lost without any loss of connection', () => {
  const patterns: [string, (n: number) => boolean][] = [
    ['every second', (n) => n % 2 === 0],
    ['long runs', (n) => n % 100 > 60],
    ['all', () => true],
  ];
  test.each(patterns)('F7 %s: a follower of the whole bucket misses nothing', async (_, lose) => {
    const { near } = await openPair({ historyPerKey: 64 });
    const far = await openTampered((run, n) => !lose(n) && run());
    const control = await follow(near);
    const watch = await follow(far);
    const writers = new Writers(near, 'w');
    await more(writers, 400);
    await writers.stop();
    await caughtUp(near, control, watch);
    expectAccounted(control, [writers]);
    expectAccounted(watch, [writers]);
    expect(watch.state()).toEqual(control.state());
  });

  test.each(patterns)(
    'F8 %s: a follower of prefixes misses nothing or starts over',
    async (_, lose) => {
      const { near } = await openPair({ historyPerKey: 64 });
      const far = await openTampered((run, n) => !lose(n) && run());
      const prefixes = ['core/pods', 'apps/sets'];
      const control = await follow(near);
      const watch = await follow(far, prefixes);
      const writers = new Writers(near, 'w');
      await more(writers, 400);
      await writers.stop();
      await near.write(put('other/thing', 1), envelope);
      await caughtUp(near, control, watch);
      const filtered = control.events.filter(({ key }) =>
        prefixes.some((p) => key.startsWith(`${p}/`)),
      );
      const since = watch.snapshots.at(-1)!.revision;
      const expected = told(filtered.filter((event) => event.revision > since));
      expect(told(watch.events.filter((event) => event.revision > since))).toEqual(expected);
      expect(watch.state()).toEqual(control.state().filter(([key]) => key !== 'other/thing'));
    },
  );

  test('F12 a lost change of a key is seen with its next one, and told before it', async () => {
    const { near } = await openPair({ historyPerKey: 64 });
    const far = await openTampered((run, n) => n % 2 === 1 && run());
    const watch = await follow(far, ['core/pods']);
    for (let i = 0; i < 5; i += 1) await near.write(put('core/pods/default/p', i), envelope);
    await until(() => watch.events.length === 5, 'all changes are told');
    expect(watch.events.map((event) => event.value[0])).toEqual([0, 1, 2, 3, 4]);
    expect(watch.resets).toEqual([]);
  });

  test.each([1, 2, 3])(
    'F22 a transaction is told whole, whatever the state of the stream lacks of it: %s',
    async (lacking) => {
      const { near } = await openPair({ historyPerKey: 64 });
      let answers = 0;
      const far = await openOn(early(direct, () => (++answers % 3 === 0 ? 0 : lacking)));
      const filtered = await follow(far, ['core/sets']);
      let torn = 0;
      for (let i = 0; i < 20; i += 1) {
        const writes = ['a', 'b', 'c', 'd'].map((part) =>
          put(`core/sets/default/${i}${part}`, 0, 0),
        );
        await near.transact(writes, envelope);
        await until(() => {
          if (filtered.events.length % 4 !== 0) torn += 1;
          return filtered.events.length === 4 * (i + 1);
        }, 'all is told');
      }
      expect(torn).toBe(0);
      expect(filtered.resets).toEqual([]);
    },
  );

  test('F13 messages that come late: changes wait for their turn, transactions for all of theirs', async () => {
    const { near } = await openPair({ historyPerKey: 64 });
    const far = await openTampered((run, n) => {
      if (n % 3 === 0) setTimeout(run, 10);
      else run();
    });
    const whole = await follow(far);
    const filtered = await follow(far, ['core/sets']);
    let torn = 0;
    const check = setInterval(() => {
      if (whole.events.length % 4 !== 0 || filtered.events.length % 4 !== 0) torn += 1;
    }, 0);
    for (let i = 0; i < 20; i += 1) {
      const writes = ['a', 'b', 'c', 'd'].map((part) => put(`core/sets/default/${i}${part}`, 0, 0));
      await near.transact(writes, envelope);
    }
    await until(() => whole.events.length === 80 && filtered.events.length === 80, 'all is told');
    clearInterval(check);
    expect(torn).toBe(0);
    expect([...whole.resets, ...filtered.resets]).toEqual([]);
  });
});

describe('a killed server', () => {
  test('F9 SIGKILL during writes, restarted on its data: every acknowledged write is there, once', async () => {
    const crashing = await startTestServer();
    onTestFinished(() => crashing.stop());
    const one = await crashing.connect({ name: 'one' });
    const two = await crashing.connect({ name: 'two' });
    const options = {
      bucket: 'crash',
      clusterName: 'crash',
      storage: 'file',
      replicas: 1,
    } as const;
    const near = await openJetStreamStore({ ...options, connection: one });
    const far = await openJetStreamStore({ ...options, connection: two });
    const own = await follow(near);
    const watch = await follow(far);
    const writers = new Writers(near, 'w');
    const deleters = new Writers(near, 'd', true);
    for (let i = 0; i < 3; i += 1) {
      await more(writers, 300);
      await crashing.kill();
      await crashing.embedded.servers[0]!.restart();
    }
    await more(writers, 300);
    await Promise.all([writers.stop(), deleters.stop()]);
    expect([...writers.failures, ...deleters.failures]).toEqual([]);
    await caughtUp(near, own, watch);
    expectAccounted(own, [writers, deleters]);
    expect(watch.state()).toEqual(own.state());
    const fresh = await follow(far);
    expect(fresh.state()).toEqual(own.state());
    for (const store of [near, far]) await store.close();
    for (const link of [one, two]) await link.close();
  });

  test('F16 SIGKILL after deletions: nothing lies below their tombstones, to come back when they expire', async () => {
    const crashing = await startTestServer();
    onTestFinished(() => crashing.stop());
    const link = await crashing.connect();
    const options = { bucket: 'gone', clusterName: 'gone', storage: 'file', replicas: 1 } as const;
    const store = await openJetStreamStore({ ...options, connection: link });
    const notes = await follow(store);
    // More versions than are kept: those beyond are dropped, which a killed server has forgotten.
    let revision = 0;
    for (let i = 0; i < HISTORY_PER_KEY + 4; i += 1) {
      revision = revisionOf(await store.write(put('a/gone', i, revision), envelope));
      await store.write(put('a/stays', i), envelope);
    }
    await store.write(del('a/gone', revision), envelope);
    await crashing.kill();
    await crashing.embedded.servers[0]!.restart();
    const messagesOf = async (key: string): Promise<number | undefined> => {
      const filter = JSON.stringify({ subjects_filter: '$KV.gone.>' });
      const { state } = await infoOf(link, 'KV_gone', filter).catch(() => ({ state: undefined }));
      return state?.subjects?.[`$KV.gone.${key}`];
    };
    await until(async () => (await messagesOf('a.gone')) === 1, 'the tombstone alone is left');
    expect(await messagesOf('a.stays')).toBe(HISTORY_PER_KEY);
    // The same once more: what was taken away is gone for good.
    await crashing.kill();
    await crashing.embedded.servers[0]!.restart();
    await until(async () => (await messagesOf('a.gone')) !== undefined, 'it is back');
    expect(await messagesOf('a.gone')).toBe(1);
    expect(notes.resets).toEqual([]);
    await store.close();
    await link.close();
  });

  test('F10 SIGKILL of a server with a bucket in memory: it is made again, revisions go on', async () => {
    const crashing = await startTestServer();
    onTestFinished(() => crashing.stop());
    const link = await crashing.connect();
    const store = await openJetStreamStore({
      bucket: 'events',
      clusterName: 'crash',
      logSubject: 'crash.events-log',
      storage: 'memory',
      replicas: 1,
      expiring: true,
      connection: link,
    });
    const notes = await follow(store);
    const before = revisionOf(await store.write(put('e/a', 1, 0), envelope));
    await until(() => notes.revision >= before, 'the change is told');
    await crashing.kill();
    const writing = store.write(
      { key: 'e/b', operation: 'put', value: encode(2), expected: 0 },
      envelope,
    );
    await crashing.embedded.servers[0]!.restart();
    const after = revisionOf(await writing);
    expect(after).toBeGreaterThan(before);
    await until(() => notes.revision >= after && notes.resets.length > 0, 'it has started over');
    expect(notes.state()).toEqual([['e/b', after]]);
    await store.close();
    await link.close();
  });

  test('F11 SIGKILL of the leader of three: writes go on, every acknowledged one is there, once', async () => {
    const cluster = await startTestServer({ replicas: 3 });
    onTestFinished(() => cluster.stop());
    const one = await cluster.connect({ name: 'one' });
    const two = await cluster.connect({ name: 'two' });
    const options = {
      bucket: 'three',
      clusterName: 'three',
      storage: 'file',
      replicas: 3,
    } as const;
    const near = await openJetStreamStore({ ...options, connection: one });
    // Who only reads does not say how many servers there are, and leaves them as they are.
    const far = await openJetStreamStore({ ...options, replicas: undefined, connection: two });
    expect((await infoOf(two, 'KV_three')).config.num_replicas).toBe(3);
    const own = await follow(near);
    const watch = await follow(far);
    const filtered = await follow(far, ['core/pods']);
    const writers = new Writers(near, 'w');
    await more(writers, 200);
    const leader = (await infoOf(one, 'KV_three')).cluster.leader;
    const victim = cluster.embedded.servers.find(({ name }) => name === leader);
    process.kill(victim!.pid, 'SIGKILL');
    await more(writers, 200);
    await victim!.restart();
    await more(writers, 200);
    await writers.stop();
    expect(writers.failures).toEqual([]);
    await caughtUp(near, own, watch, filtered);
    expectAccounted(own, [writers]);
    expect(watch.state()).toEqual(own.state());
    expect(filtered.state()).toEqual(own.state().filter(([key]) => key.startsWith('core/pods/')));
    for (const store of [near, far]) await store.close();
    for (const link of [one, two]) await link.close();
  }, 90_000);
});
