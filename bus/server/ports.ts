/**
 * Free loopback ports, to listen on for long and again after a crash. A port that is free now may be taken before it is
 * used: callers must be ready to choose again.
 *
 * Never one that the system hands out by itself while there are others: the next outgoing connection might get it as
 * its own end, and a client that dials it while nobody listens might even connect to itself and keep it.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { loopback } from './server-config.ts';

/** Below the ports that systems hand out (Linux from 32768, others higher), and below Kubernetes' node ports. */
export const PORT_FIRST = 16_000;
export const PORT_LAST = 29_999;
const TRIES_MAX = 50;

/** Chooses ports: those of `wanted` that are free, and free ones in place of the rest. */
export async function choosePorts(
  count: number,
  wanted: readonly number[] = [],
): Promise<number[]> {
  const held: Server[] = [];
  try {
    const ports: number[] = [];
    for (let index = 0; index < count; index++) {
      const server = (await holdWanted(wanted[index])) ?? (await holdAny());
      if (server === undefined) throw new Error('no free loopback port');
      held.push(server);
      ports.push(portOf(server));
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

async function holdWanted(port: number | undefined): Promise<Server | undefined> {
  return port === undefined || port === 0 ? undefined : await hold(port);
}

async function holdAny(): Promise<Server | undefined> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const server = await hold(randomInt(PORT_FIRST, PORT_LAST + 1));
    if (server !== undefined) return server;
  }
  return hold(0);
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: loopback, port, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port is bound');
  return address.port;
}
