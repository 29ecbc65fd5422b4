/** The store contract over a real nats-server, and what only buckets have. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../bus/codec.ts';
import type { NatsLink } from '../../bus/nats-link.ts';
import { openJetStreamStore } from '../../bus/store/jetstream-store.ts';
import { del, envelope, put, revisionOf, storeContract } from './contract.ts';
import { noteLog } from './log-notes.ts';
import { startTestServer, type TestServer, until } from './server.ts';

let server: TestServer;
let links: NatsLink[];
let count = 0;
beforeAll(async () => {
  server = await startTestServer();
  links = [await server.connect({ name: 'one' }), await server.connect({ name: 'two' })];
});
afterAll(async () => {
  for (const link of links) await link.close();
  await server.stop();
});

function openBucket(link: NatsLink, bucket: string, more: { expiring?: boolean } = {}) {
  return openJetStreamStore({
    connection: link,
    bucket,
    clusterName: bucket,
    storage: more.expiring === true ? 'memory' : 'file',
    replicas: 1,
    ...more,
  });
}

storeContract('JetStream store', async () => {
  count += 1;
  const [one, two] = links as [NatsLink, NatsLink];
  const bucket = `contract${count}`;
  const store = await openBucket(one, bucket);
  const other = await openBucket(two, bucket);
  const expiring = await openBucket(one, `${bucket}-events`, { expiring: true });
  return {
    store,
    other,
    expiring,
    dropTombstones: async () => {
      const filter = JSON.stringify({ filter: `$KV.${bucket}.a.b` });
      const purge = `$JS.API.STREAM.PURGE.KV_${bucket}`;
      await one.request(purge, '', Buffer.from(filter), 5000);
    },
    stop: async () => {
      for (const each of [store, other, expiring]) await each.close();
      for (const name of [bucket, `${bucket}-events`]) {
        await one.request(`$JS.API.STREAM.DELETE.KV_${name}`, '', new Uint8Array(0), 5000);
      }
    },
  };
});

describe('buckets', () => {
  test('opening twice is harmless, changed options are brought in, impossible ones are refused', async () => {
    const [one] = links as [NatsLink];
    const bucket = 'options';
    const base = { connection: one, bucket, clusterName: bucket, replicas: 1 } as const;
    const store = await openJetStreamStore({ ...base, storage: 'file' });
    const revision = revisionOf(await store.write(put('a/b', 1, 0), envelope));
    const again = await openJetStreamStore({ ...base, storage: 'file', historyPerKey: 3 });
    expect((await again.read('a/b'))?.revision).toBe(revision);
    const info = await one.request(`$JS.API.STREAM.INFO.KV_${bucket}`, '', encode(''), 5000);
    const { config } = JSON.parse(typeof info === 'string' ? info : info.string()) as {
      config: Record<string, unknown>;
    };
    expect(config).toMatchObject({ max_msgs_per_subject: 3, storage: 'file', discard: 'new' });
    await expect(openJetStreamStore({ ...base, storage: 'memory' })).rejects.toThrow(
      /bucket options: .*storage/,
    );
  });

  test('a writer learns of a tombstone that somebody else left, and of one that has gone', async () => {
    const [one, two] = links as [NatsLink, NatsLink];
    const here = await openBucket(one, 'tombs');
    const there = await openBucket(two, 'tombs');
    for (let i = 0; i < 5; i += 1) {
      const made = revisionOf(await here.write(put('a/b', i, 0), envelope));
      revisionOf(await there.write(del('a/b', i, made), envelope));
      const writes = [put('a/b', i, 0), put('a/c', i)];
      const both = revisionOf(await here.transact(writes, envelope));
      revisionOf(await there.write(del('a/b', i, both - 1), envelope));
    }
    expect(await here.read('a/b')).toBeUndefined();
  });

  test('a follower of a large bucket starts from the newest versions, while it is written', async () => {
    const [one, two] = links as [NatsLink, NatsLink];
    const store = await openBucket(one, 'large');
    const other = await openBucket(two, 'large');
    const control = noteLog(store);
    await until(() => control.snapshots.length === 1, 'the control starts');
    const keys = Array.from({ length: 700 }, (_, i) => `core/${i % 2 ? 'pods' : 'nodes'}/a/k${i}`);
    const write = (key: string, i: number) =>
      store.write(i % 5 === 0 ? del(key, i) : put(key, i), envelope);
    for (const round of [1, 2, 3, 4]) {
      await Promise.all(keys.map((key, i) => write(key, i * round)));
    }
    const writing = Promise.all(keys.map((key, i) => write(key, i + 1)));
    const whole = noteLog(other);
    const filtered = noteLog(other, ['core/pods', 'core/none']);
    await writing;
    const last = revisionOf(await store.write(put('core/pods/a/last', 1), envelope));
    for (const notes of [control, whole, filtered]) {
      await until(() => notes.revision >= last, 'the last change is in');
    }
    expect(whole.state()).toEqual(control.state());
    expect(filtered.state()).toEqual(
      control.state().filter(([key]) => key.startsWith('core/pods/')),
    );
    expect(control.state().length).toBeGreaterThan(300);
    const state = await one.request('$JS.API.STREAM.INFO.KV_large', '', new Uint8Array(0), 5000);
    expect(JSON.parse(typeof state === 'string' ? state : state.string())).toMatchObject({
      state: { consumer_count: 0 },
    });
    for (const notes of [control, whole, filtered]) notes.close();
    await Promise.all([store.close(), other.close()]);
  });

  test('a bucket in memory that its server forgot is made again, with later revisions', async () => {
    const [one] = links as [NatsLink];
    const store = await openBucket(one, 'forgotten', { expiring: true });
    const notes = noteLog(store);
    const before = revisionOf(await store.write(put('e/a', 1, 0), envelope));
    await until(() => notes.revision >= before, 'the change is in');
    await one.request('$JS.API.STREAM.DELETE.KV_forgotten', '', new Uint8Array(0), 5000);
    const after = revisionOf(await store.write(put('e/b', 2, 0), envelope));
    expect(after).toBeGreaterThan(before);
    await until(() => notes.revision >= after, 'the follower has started over');
    expect(notes.resets).toHaveLength(1);
    expect(notes.state()).toEqual([['e/b', after]]);
    notes.close();
    await store.close();
  });
});
