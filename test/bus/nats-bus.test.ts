/** The bus contract over a real nats-server, with a proxy before the near bus to break its connection. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PEER_LOST_MS } from '../../bus/channels.ts';
import { type Clock, systemClock } from '../../bus/clock.ts';
import { createNatsBus } from '../../bus/nats-bus.ts';
import { connectNats } from '../../bus/nats-link.ts';
import { inboxPrefix } from '../../bus/server/users.ts';
import { startProxy } from '../store/proxy.ts';
import { startTestServer, type TestServer, until } from '../store/server.ts';
import { busContract, envelopeFrom, note } from './contract.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

busContract('NATS bus', async () => {
  const proxy = await startProxy(server.url);
  const near = createNatsBus(await server.connect({ url: proxy.url, name: 'near' }));
  const far = createNatsBus(await server.connect({ name: 'far' }));
  return {
    near,
    far,
    silenceNear: () => proxy.blackHole('both'),
    bounceNear: async () => proxy.cut(),
    settle: async () => {
      await near.link.flush();
      await far.link.flush();
    },
    stop: async () => {
      await far.close();
      await proxy.close();
      await near.close();
    },
  };
});

test('what others publish without an envelope, or unreadable, reaches nobody and breaks nothing', async () => {
  const link = await server.connect();
  const bus = createNatsBus(link);
  const got: unknown[] = [];
  bus.subscribe('mixed', ({ body }) => got.push(body));
  bus.serve('mixed', (opening) => got.push(opening));
  for (const bytes of [[], [0x93, 1], [0x93, 1, 2, 3], [0x93, 0, 1, 2], [0xff, 0xff]]) {
    link.publish('mixed', '', new Uint8Array(bytes));
    link.publish('mixed', 'Kabuki-Channel: open x y z\r\n', new Uint8Array(bytes));
    link.publish('mixed', 'Kabuki-Id: x\r\n', new Uint8Array([0xda, 0xff]));
  }
  bus.tell('mixed', 'good', envelopeFrom('test'));
  await link.flush();
  await bus.request('mixed.none', 0, envelopeFrom('test'), 1000);
  expect(got).toEqual(['good']);
  await bus.close();
});

/** A clock on which seconds are tenths: no faster, as a busy machine stands still for longer than a hundredth. */
const fast: Clock = {
  nowMs: () => performance.now() * 10,
  setTimer: (delayMs, fire) => systemClock.setTimer(delayMs / 10, fire),
};

test('a user who may only serve its own subjects and answer can stream, ask and be asked', async () => {
  const node = {
    name: 'node',
    publish: ['k.api.node.>'],
    subscribe: ['k.node.n1.>'],
    answer: true,
  };
  const api = { name: 'api', publish: ['k.node.>'], subscribe: ['k.api.>'], answer: true };
  const guarded = await startTestServer({ users: [node, api] });
  onTestFinished(() => guarded.stop());
  const refused: string[] = [];
  const connect = async (name: string) => {
    const link = await connectNats({
      servers: guarded.embedded.urls,
      name,
      seed: guarded.embedded.credentials.get(name) ?? '',
      inboxPrefix: inboxPrefix(name),
      clock: fast,
      onError: (error) => refused.push(error.message),
    });
    return createNatsBus(link);
  };
  const [near, far] = [await connect('node'), await connect('api')];
  near.serve('k.node.n1.logs', (opening) => {
    const channel = opening.accept();
    channel.onMessage = (body) => channel.send(['from node', body]);
  });
  far.serve('k.api.*.watch', (opening) => {
    const channel = opening.accept();
    channel.onMessage = (body) => channel.send(['from api', body]);
  });
  near.subscribe('k.node.n1.ask', ({ body }, respond) => respond(body, envelopeFrom('node')));
  await near.link.flush();
  await far.link.flush();
  const logs = await far.open('k.node.n1.logs', 0, envelopeFrom('api'), 500_000);
  const watch = await near.open('k.api.node.watch', 0, envelopeFrom('node'), 500_000);
  if (!logs.ok || !watch.ok) throw new Error('not opened');
  const [fromNode, fromApi] = [note(logs.channel), note(watch.channel)];
  for (let i = 0; i < 1000; i += 1) {
    logs.channel.send(i);
    watch.channel.send(i);
  }
  await until(
    () => fromNode.messages.length === 1000 && fromApi.messages.length === 1000,
    'echoes',
  );
  expect(fromNode.messages[999]).toEqual(['from node', 999]);
  const lostAtMs = fast.nowMs() + 2 * PEER_LOST_MS;
  await until(() => fast.nowMs() > lostAtMs, 'peers without answered pings would be lost by now');
  expect([fromNode.end, fromApi.end]).toEqual([undefined, undefined]);
  const reply = await far.request('k.node.n1.ask', 'hello', envelopeFrom('api'), 500_000);
  expect(reply).toMatchObject({ ok: true, body: 'hello' });
  expect(refused).toEqual([]);
  near.tell('k.node.n2.logs', 0, envelopeFrom('node'));
  await until(() => refused.length === 1, 'the refusal is told');
  expect(refused[0]).toMatch(/permissions violation/i);
  await Promise.all([near.close(), far.close()]);
});
