import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createClock } from '../../actors/clock.ts';
import { type OpenSocket, openSocket } from '../../actors/proxy/sockets.ts';
import type { Backend, ProxyRule } from '../../machines/proxy/rules.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A backend that answers every connection with its name and closes. */
async function backend(name: string): Promise<Backend> {
  const server = createServer((socket) => socket.end(name));
  cleanups.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A port nobody listens on. */
async function freePort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function ruleOf(port: number, backends: Backend[], protocol: 'TCP' | 'UDP' = 'TCP'): ProxyRule {
  return {
    id: `x/127.0.0.1:${port}`,
    servicePort: 'default/web',
    protocol,
    address: '127.0.0.1',
    port,
    backends,
    affinityMs: 0,
  };
}

function open(rule: ProxyRule): Promise<{ socket: OpenSocket; failed?: string }> {
  return new Promise((done) => {
    const socket = openSocket(rule, createClock(), {
      listening: () => {
        cleanups.push(() => socket.close());
        done({ socket });
      },
      failed: (code) => done({ socket, failed: code }),
    });
  });
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return text;
}

test('connections reach the backends in turn, and a dead one is passed over', async () => {
  const port = await freePort();
  const [a, b] = [await backend('a'), await backend('b')];
  const dead = { address: '127.0.0.1', port: await freePort() };
  const { socket } = await open(ruleOf(port, [a, dead, b]));
  const answers = [await ask(port), await ask(port), await ask(port), await ask(port)];
  expect(new Set(answers)).toEqual(new Set(['a', 'b']));
  socket.update(ruleOf(port, [b]));
  expect(await ask(port)).toBe('b');
});

test('an address that is taken is reported as such', async () => {
  const port = await freePort();
  const one = await backend('a');
  await open(ruleOf(port, [one]));
  expect((await open(ruleOf(port, [one]))).failed).toBe('EADDRINUSE');
});

test('datagrams go to one backend and answers come back', async () => {
  const echo = createSocket('udp4');
  echo.on('message', (data, from) => echo.send(`re ${data}`, from.port, from.address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  cleanups.push(() => echo.close());
  const port = await freePort();
  await open(ruleOf(port, [{ address: '127.0.0.1', port: echo.address().port }], 'UDP'));
  const client = createSocket('udp4');
  cleanups.push(() => client.close());
  client.send('hello', port, '127.0.0.1');
  const [answer] = await once(client, 'message');
  expect(String(answer)).toBe('re hello');
});
