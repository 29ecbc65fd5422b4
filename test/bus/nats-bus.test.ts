/** The bus contract over a real nats-server, with a proxy before the near bus to break its connection. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNatsBus } from '../../bus/nats-bus.ts';
import { startProxy } from '../store/proxy.ts';
import { startTestServer, type TestServer } from '../store/server.ts';
import { busContract, envelopeFrom } from './contract.ts';

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
