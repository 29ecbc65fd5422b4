/**
 * Free loopback ports. A port that is free now may be taken before it is used: callers must be ready to
 * choose again.
 */
import { createServer, type Server } from 'node:net';
import { loopback } from './server-config.ts';

/** Chooses ports: those of `wanted` that are free, and free ones in place of the rest. */
export async function choosePorts(
  count: number,
  wanted: readonly number[] = [],
): Promise<number[]> {
  const held: Server[] = [];
  try {
    const ports: number[] = [];
    for (let index = 0; index < count; index++) {
      const server = (await hold(wanted[index] ?? 0)) ?? (await hold(0));
      if (server === undefined) throw new Error('no free loopback port');
      held.push(server);
      ports.push(portOf(server));
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
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
