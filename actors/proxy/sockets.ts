/**
 * The sockets of the user-space proxy: TCP connections and UDP flows from a listening address to backends.
 *
 * Carries bytes and remembers flows; which backend comes first is decided in `machines/proxy/balance.ts`. A TCP
 * connection whose backend refuses goes to the next one; with none left it is closed, as a refused one would be.
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type BalanceState, choose, connected, newBalance } from '../../machines/proxy/balance.ts';
import type { Backend, ProxyRule } from '../../machines/proxy/rules.ts';
import type { Clock } from '../clock.ts';

/** One open address. */
export interface OpenSocket {
  update(rule: ProxyRule): void;
  close(): void;
}

export interface OpenResult {
  listening(): void;
  failed(code: string, message: string): void;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** An idle UDP flow is forgotten after this long (kube-proxy's udp idle timeout was 250 ms to minutes). */
const UDP_IDLE_MS = 60_000;
const UDP_FLOWS_MAX = 4_096;

/** Opens the address of a rule; `result` is called once. */
export function openSocket(rule: ProxyRule, clock: Clock, result: OpenResult): OpenSocket {
  return rule.protocol === 'UDP' ? openUdp(rule, clock, result) : openTcp(rule, clock, result);
}

function openTcp(first: ProxyRule, clock: Clock, result: OpenResult): OpenSocket {
  let rule = first;
  const balance: BalanceState = newBalance();
  const open = new Map<Socket, Backend>();
  const server: Server = createServer({ pauseOnConnect: true }, (client) => {
    const from = client.remoteAddress ?? '';
    client.on('error', () => client.destroy());
    forward(client, choose(rule, balance, from, clock.nowMs()), (backend) => {
      connected(rule, balance, from, backend, clock.nowMs());
      open.set(client, backend);
      client.once('close', () => open.delete(client));
    });
  });
  server.on('error', (error: NodeJS.ErrnoException) =>
    result.failed(error.code ?? 'UNKNOWN', error.message),
  );
  server.listen(rule.port, rule.address, () => result.listening());
  return {
    update(next) {
      rule = next;
    },
    close() {
      server.close();
      for (const client of open.keys()) client.destroy();
    },
  };
}

/** Connects to the first backend that answers and pipes both ways. */
function forward(
  client: Socket,
  order: readonly Backend[],
  onBackend: (one: Backend) => void,
): void {
  const [backend, ...rest] = order;
  if (backend === undefined || client.destroyed) {
    client.resetAndDestroy();
    return;
  }
  const upstream = connect({ host: backend.address, port: backend.port, noDelay: true });
  upstream.setTimeout(CONNECT_TIMEOUT_MS, () => upstream.destroy(new Error('connect timed out')));
  const next = () => forward(client, rest, onBackend);
  upstream.once('error', next);
  upstream.once('connect', () => {
    upstream.setTimeout(0);
    upstream.off('error', next);
    upstream.on('error', () => client.destroy());
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    client.setNoDelay(true);
    onBackend(backend);
    client.pipe(upstream);
    upstream.pipe(client);
  });
}

interface Flow {
  readonly backend: Backend;
  readonly socket: UdpSocket;
  usedMs: number;
}

function openUdp(first: ProxyRule, clock: Clock, result: OpenResult): OpenSocket {
  let rule = first;
  let closed = false;
  let cancelSweep = (): void => {};
  const balance: BalanceState = newBalance();
  const flows = new Map<string, Flow>();
  const server = createSocket('udp4');

  function drop(key: string): void {
    flows.get(key)?.socket.close();
    flows.delete(key);
  }

  function flowOf(from: RemoteInfo): Flow | undefined {
    const key = `${from.address}:${from.port}`;
    const known = flows.get(key);
    if (known !== undefined) return known;
    const [backend] = choose(rule, balance, from.address, clock.nowMs());
    if (backend === undefined) return undefined;
    connected(rule, balance, from.address, backend, clock.nowMs());
    const socket = createSocket('udp4');
    socket.on('message', (data) => {
      if (!closed) server.send(data, from.port, from.address);
    });
    socket.on('error', () => drop(key));
    const flow: Flow = { backend, socket, usedMs: clock.nowMs() };
    if (flows.size >= UDP_FLOWS_MAX) drop(flows.keys().next().value as string);
    flows.set(key, flow);
    return flow;
  }

  function sweep(): void {
    const idleMs = clock.nowMs() - UDP_IDLE_MS;
    for (const [key, flow] of flows) if (flow.usedMs <= idleMs) drop(key);
    cancelSweep = clock.at(clock.nowMs() + UDP_IDLE_MS, sweep);
  }

  server.on('message', (data, from) => {
    const flow = flowOf(from);
    if (flow === undefined) return;
    flow.usedMs = clock.nowMs();
    flow.socket.send(data, flow.backend.port, flow.backend.address);
  });
  server.on('error', (error: NodeJS.ErrnoException) =>
    result.failed(error.code ?? 'UNKNOWN', error.message),
  );
  server.bind(rule.port, rule.address, () => {
    cancelSweep = clock.at(clock.nowMs() + UDP_IDLE_MS, sweep);
    result.listening();
  });
  return {
    update(next) {
      rule = next;
      const live = new Set(next.backends.map(({ address, port }) => `${address}:${port}`));
      for (const [key, { backend }] of flows) {
        if (!live.has(`${backend.address}:${backend.port}`)) drop(key);
      }
    },
    close() {
      closed = true;
      cancelSweep();
      for (const key of [...flows.keys()]) drop(key);
      server.close();
    },
  };
}
