/** Trails on a real nats-server: what is kept, how it is read, and that it comes back after its server forgot it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNatsBus } from '../../bus/nats-bus.ts';
import type { NatsLink } from '../../bus/nats-link.ts';
import { keepTrail, openTrail, readTrail, trailBody, trailState } from '../../bus/trail.ts';
import { startTestServer, type TestServer, until } from '../store/server.ts';

let server: TestServer;
let link: NatsLink;
beforeAll(async () => {
  server = await startTestServer();
  link = await server.connect({ name: 'trail' });
});
afterAll(async () => {
  await link.close();
  await server.stop();
});

const options = (name: string) => ({
  ...{ name, subjects: [`${name}.>`], bytesMax: 4096, ageMsMax: 60_000, replicas: 1 },
});
const envelope = { id: 'm1', from: 'a/b', causes: ['m0'], traceparent: '' };

async function bodies(name: string, from = 1): Promise<{ next: number; bodies: unknown[] }> {
  const found: unknown[] = [];
  const next = await readTrail(link, name, from, (message) => {
    found.push(trailBody(message));
  });
  return { next, bodies: found };
}

test('what is said is kept and read in order, and a reader goes on where it was', async () => {
  await openTrail(link, options('plain'));
  const bus = createNatsBus(link);
  for (let n = 1; n <= 3; n += 1) bus.tell('plain.a', { n }, envelope);
  await link.flush();
  const first = await bodies('plain');
  expect(first.bodies).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(await bodies('plain', first.next)).toEqual({ next: 4, bodies: [] });
  bus.tell('plain.b', { n: 4 }, envelope);
  await link.flush();
  expect(await bodies('plain', first.next)).toEqual({ next: 5, bodies: [{ n: 4 }] });
});

test('a message brings its subject, time and envelope', async () => {
  await openTrail(link, options('whole'));
  createNatsBus(link).tell('whole.x', 1, envelope);
  await link.flush();
  const found: unknown[] = [];
  await readTrail(link, 'whole', 1, ({ subject, sequence, atMs, envelope: of }) => {
    found.push({ subject, sequence, of, isRecent: Math.abs(Date.now() - atMs) < 60_000 });
  });
  expect(found).toEqual([{ subject: 'whole.x', sequence: 1, of: envelope, isRecent: true }]);
});

test('the oldest goes when there is too much', async () => {
  await openTrail(link, options('small'));
  const bus = createNatsBus(link);
  for (let n = 1; n <= 40; n += 1) bus.tell('small.a', { n, text: 'x'.repeat(200) }, envelope);
  await link.flush();
  const state = await trailState(link, 'small');
  expect(state?.bytes).toBeLessThanOrEqual(4096);
  expect(state?.first).toBeGreaterThan(20);
  const { bodies: found } = await bodies('small');
  expect(found.at(-1)).toMatchObject({ n: 40 });
  expect(found.length).toBe(40 - (state?.first ?? 0) + 1);
});

test('limits can be changed, and one that is not kept says so', async () => {
  await openTrail(link, options('changed'));
  await openTrail(link, { ...options('changed'), bytesMax: 8192 });
  expect(await trailState(link, 'changed')).toMatchObject({ first: 0, last: 0 });
  expect(await trailState(link, 'absent')).toBeUndefined();
  await expect(bodies('absent')).rejects.toThrow();
});

test('what is no message of ours is kept and has no body', async () => {
  await openTrail(link, options('strange'));
  link.publish('strange.a', '', Buffer.from([0xd9, 0x05, 0x61]));
  link.publish('strange.a', '', new Uint8Array(0));
  await link.flush();
  expect((await bodies('strange')).bodies).toEqual([undefined, undefined]);
});

test('it is there again after its server has lost it', async () => {
  const stop = keepTrail(link, options('kept'));
  const isKept = async () => (await trailState(link, 'kept').catch(() => undefined)) !== undefined;
  await until(isKept, 'the trail is kept');
  await server.kill();
  await server.embedded.servers[0]?.restart();
  await until(isKept, 'the trail is kept again');
  stop();
});
