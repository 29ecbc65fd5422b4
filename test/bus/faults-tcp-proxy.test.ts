/** The TCP proxy between a bus and a real nats-server, and what it hides of what a server says. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { InfoFilter } from '../../bus/faults/nats-info.ts';
import { type ProxyFault, startTcpProxy, type TcpProxy } from '../../bus/faults/tcp-proxy.ts';
import { createNatsBus, type NatsBus } from '../../bus/nats-bus.ts';
import { startTestServer, type TestServer, until } from '../store/server.ts';
import { envelopeFrom } from './contract.ts';

const said = envelopeFrom('test/proxy');

async function proxyTo(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  return startTcpProxy({ target: { host: hostname, port: Number(port) } });
}

describe('what a server says', () => {
  const hello = 'INFO {"server_id":"x","connect_urls":["1.2.3.4:1"],"ws_connect_urls":[]}\r\n';
  const body = 'INFO {"connect_urls":["not ours"]}\r\nINFO';
  const bytes = Buffer.byteLength(body);
  const stream =
    `${hello}+OK\r\nMSG a.b 1 ${bytes}\r\n${body}\r\nPING\r\n` +
    `HMSG a 2 _R.x 12 ${bytes + 12}\r\nNATS/1.0\r\n\r\n${body}\r\n${hello}MSG a 1 0\r\n\r\nPONG\r\n`;
  const wanted = stream.replaceAll(hello, 'INFO {"server_id":"x"}\r\n');

  test('INFO loses the other servers and bodies stay, wherever the chunks end', () => {
    const property = fc.property(fc.array(fc.nat(stream.length), { maxLength: 30 }), (cuts) => {
      const filter = new InfoFilter();
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const chunks = at.slice(1).map((end, i) => Buffer.from(stream.slice(at[i], end)));
      expect(Buffer.concat(chunks.map((chunk) => filter.filter(chunk))).toString()).toBe(wanted);
    });
    fc.assert(property, { numRuns: 300 });
    const single = new InfoFilter();
    const out = [...stream].map((char) => single.filter(Buffer.from(char)).toString()).join('');
    expect(out).toBe(wanted);
  });

  test('what is encrypted or is not of NATS passes', () => {
    const filter = new InfoFilter();
    expect(filter.filter(Buffer.from('INFO nonsense\r\n')).toString()).toBe('INFO nonsense\r\n');
    filter.pass();
    expect(filter.filter(Buffer.from(hello)).toString()).toBe(hello);
  });
});

describe('between a bus and one server', () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let near: NatsBus;
  let far: NatsBus;
  const got = { near: [] as unknown[], far: [] as unknown[] };

  beforeAll(async () => {
    server = await startTestServer();
    proxy = await proxyTo(server.url);
    near = createNatsBus(await server.connect({ url: proxy.url }));
    far = createNatsBus(await server.connect());
    near.subscribe('to.near', ({ body }, respond) => {
      got.near.push(body);
      respond(body, said);
    });
    far.subscribe('to.far', ({ body }, respond) => {
      got.far.push(body);
      respond(body, said);
    });
    await works();
  }, 60_000);
  afterEach(async () => {
    proxy.clear();
    await until(works, 'the connection works again');
    got.near.length = 0;
    got.far.length = 0;
  });
  afterAll(async () => {
    await near.close();
    await far.close();
    await proxy.close();
    await server.stop();
  });

  async function works(): Promise<boolean> {
    if (near.link.state !== 'connected') return false;
    const [there, here] = await Promise.all([
      near.request('to.far', 'probe', said, 1000),
      far.request('to.near', 'probe', said, 1000),
    ]);
    return there.ok && here.ok;
  }

  test('a short partition holds back, and healing delivers in order', async () => {
    proxy.set({ kind: 'blackhole', direction: 'both' });
    for (let i = 0; i < 50; i += 1) {
      near.tell('to.far', i, said);
      far.tell('to.near', i, said);
    }
    expect(await near.request('to.far', 'lost', said, 300)).toEqual({
      ok: false,
      error: 'timeout',
    });
    expect([got.far.includes(0), got.near.includes(0)]).toEqual([false, false]);
    expect([near.link.state, proxy.connections]).toEqual(['connected', 1]);
    proxy.clear();
    await until(() => got.far.length >= 51 && got.near.length >= 50, 'all is delivered');
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    expect(got.far.filter((body) => typeof body === 'number')).toEqual(numbers);
    expect(got.near.filter((body) => typeof body === 'number')).toEqual(numbers);
  });

  test.each([
    { direction: 'toTarget', passes: 'near', held: 'far' },
    { direction: 'toClient', passes: 'far', held: 'near' },
  ] as const)('one way only: $direction is held, the other passes', async (way) => {
    proxy.set({ kind: 'blackhole', direction: way.direction });
    near.tell('to.far', 'one way', said);
    far.tell('to.near', 'one way', said);
    await until(() => got[way.passes].includes('one way'), 'the free direction delivers');
    expect(await near.request('to.far', 'asked', said, 300)).toMatchObject({ error: 'timeout' });
    expect(got[way.held]).not.toContain('one way');
    proxy.clear();
    await until(() => got[way.held].includes('one way'), 'the other delivers after healing');
  });

  test('a long partition is noticed, keeps out new connections, and heals', async () => {
    const states: string[] = [];
    const watching = near.onConnection((state) => states.push(state));
    proxy.set({ kind: 'blackhole', direction: 'both' });
    await until(() => states.includes('disconnected'), 'silence is noticed', 30_000);
    await until(() => proxy.connections > 1, 'it tries to connect anew');
    expect(await near.request('to.far', 0, said, 100)).toMatchObject({ error: 'disconnected' });
    proxy.clear();
    await until(() => states.at(-1) === 'connected', 'it is connected again', 30_000);
    await until(works, 'it works again');
    watching.close();
  }, 60_000);

  test('cut: connections are reset and new ones too, until it is cleared', async () => {
    const states: string[] = [];
    const watching = near.onConnection((state) => states.push(state));
    proxy.set({ kind: 'cut' });
    await until(() => states.includes('disconnected'), 'the cut is seen');
    const code = await new Promise((resolve) => {
      const socket = connect(proxy.port, '127.0.0.1');
      socket.on('error', ({ message }) => resolve(message));
      socket.on('data', () => resolve('an answer'));
    });
    expect(code).toContain('ECONNRESET');
    expect([near.link.state, proxy.connections]).toEqual(['disconnected', 0]);
    proxy.clear();
    await until(() => states.at(-1) === 'connected', 'it is connected again');
    watching.close();
  });

  test('latency: every way takes so much longer, in order', async () => {
    proxy.set({ kind: 'latency', ms: 60, jitterMs: 20 });
    const begun = performance.now();
    expect(await near.request('to.far', 0, said, 5000)).toMatchObject({ ok: true });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(119);
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    for (const i of numbers) near.tell('to.far', `n${i}`, said);
    await until(() => got.far.includes('n199'), 'all is in');
    expect(got.far.filter((body) => String(body).startsWith('n'))).toEqual(
      numbers.map((i) => `n${i}`),
    );
    proxy.set({ kind: 'latency', ms: 100, direction: 'toClient' });
    const again = performance.now();
    await near.request('to.far', 0, said, 5000);
    expect(performance.now() - again).toBeGreaterThanOrEqual(99);
  });

  test('bandwidth: bytes take their time', async () => {
    proxy.set({ kind: 'bandwidth', bytesPerSecond: 1_000_000, direction: 'toTarget' });
    const begun = performance.now();
    expect(await near.request('to.far', new Uint8Array(300_000), said, 5000)).toMatchObject({
      ok: true,
    });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
  });
});

test('three servers: a client never goes round the proxy to another server', async () => {
  const server = await startTestServer({ replicas: 3 });
  const proxy = await proxyTo(server.url);
  const near = createNatsBus(await server.connect({ url: proxy.url }));
  const direct = createNatsBus(await server.connect({ url: server.url }));
  try {
    const states: string[] = [];
    near.onConnection((state) => states.push(state));
    direct.subscribe('to.far', ({ body }, respond) => respond(body, said));
    await direct.link.flush();
    proxy.set({ kind: 'cut' });
    await until(() => states.includes('disconnected'), 'the cut is seen');
    // Long enough for many tries: a client that knew the others would be there at the first.
    const tries = new Promise<void>((resolve) => near.link.clock.setTimer(1500, resolve));
    await tries;
    expect(states).toEqual(['disconnected']);
    proxy.clear();
    await until(() => states.at(-1) === 'connected', 'it is connected again');
    const answer = () => near.request('to.far', 1, said, 1000);
    await until(async () => (await answer()).ok, 'it works again');
    expect(proxy.connections).toBe(1);
  } finally {
    await near.close();
    await direct.close();
    await proxy.close();
    await server.stop();
  }
}, 90_000);

describe('between plain sockets', () => {
  const pieceBytes = 64 * 1024;
  const megabytes = 640 * pieceBytes;

  /** A server that notes how many bytes come and how the connections end. */
  async function listener() {
    const seen = { bytes: 0, ends: [] as string[] };
    const sockets = new Set<Socket>();
    const listening = createServer((socket) => {
      sockets.add(socket);
      socket.on('data', (bytes) => {
        seen.bytes += bytes.length;
      });
      socket.on('end', () => seen.ends.push('end'));
      socket.on('error', ({ message }) => seen.ends.push(message));
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as AddressInfo;
    const close = () => {
      for (const socket of sockets) socket.destroy();
      listening.close();
    };
    return { seen, url: `tcp://127.0.0.1:${port}`, close };
  }

  const table: readonly (readonly [string, ProxyFault])[] = [
    ['a partition', { kind: 'blackhole', direction: 'both' }],
    ['latency', { kind: 'latency', ms: 1000 }],
  ];
  test.each(table)('%s: all bytes arrive after healing, and then the end', async (_, fault) => {
    const { seen, url, close } = await listener();
    const proxy = await proxyTo(url);
    const client = connect(proxy.port, '127.0.0.1');
    client.write('x');
    await until(() => seen.bytes === 1, 'connected');
    proxy.set(fault);
    for (let sent = 0; sent < megabytes; sent += pieceBytes)
      client.write(Buffer.alloc(pieceBytes, 7));
    client.end();
    await until(() => client.writableLength < megabytes, 'the bytes are under way');
    expect(seen.bytes).toBeLessThan(megabytes);
    expect(seen.ends).toEqual([]);
    proxy.clear();
    await until(() => seen.ends.length > 0, 'the end is in');
    expect(seen).toEqual({ bytes: megabytes + 1, ends: ['end'] });
    await until(() => proxy.connections === 0, 'the connection is over');
    await proxy.close();
    close();
  });

  test('a reset is not heard through a partition, but when it is healed', async () => {
    const { seen, url, close } = await listener();
    const proxy = await proxyTo(url);
    const client = connect(proxy.port, '127.0.0.1');
    client.write('x');
    await until(() => seen.bytes === 1, 'connected');
    proxy.set({ kind: 'blackhole', direction: 'toTarget' });
    client.resetAndDestroy();
    await until(() => client.destroyed, 'the client is gone');
    expect([seen.ends, proxy.connections]).toEqual([[], 1]);
    proxy.clear();
    await until(() => seen.ends.length > 0, 'the reset is heard');
    await until(() => proxy.connections === 0, 'the connection is over');
    await proxy.close();
    close();
  });
});
