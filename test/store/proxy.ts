/** A TCP proxy between a client and a server that a test can cut or turn into a black hole. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** See the file comment. */
export interface TcpProxy {
  readonly url: string;
  /** Bytes that came from the server and were swallowed. */
  readonly swallowed: number;
  /** Ends every connection with a reset. */
  cut(): void;
  /** Forwards nothing any more in one or both directions; connections stay open. */
  blackHole(direction: 'fromServer' | 'both'): void;
  /** Forwards again; what was swallowed is gone. */
  heal(): void;
  close(): Promise<void>;
}

/** Starts a proxy to the server at a NATS address. */
export async function startProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let swallowing: 'fromServer' | 'both' | undefined;
  let swallowed = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        const swallow = swallowing === 'both' || (swallowing === 'fromServer' && from === upstream);
        if (!swallow) to.write(bytes);
        else swallowed += bytes.length;
      });
      // Either end may go at any time: that is what the proxy is for.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `nats://127.0.0.1:${address.port}`,
    get swallowed() {
      return swallowed;
    },
    cut,
    blackHole: (direction) => {
      swallowing = direction;
    },
    heal: () => {
      swallowing = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
