/**
 * The way of one process to NATS: a TCP proxy in the supervisor for each server, so that it can be cut off without
 * root. The proxies outlive the process: one that starts anew is cut off as the one before was.
 */
import { startTcpProxy, type TcpProxy } from '../../bus/faults/tcp-proxy.ts';
import type { Direction } from './hittable.ts';

/** The links of one process. */
export interface Links {
  /** Where the process finds NATS. */
  readonly urls: readonly string[];
  /** Cuts all of them silently; undefined heals them. */
  partition(direction: Direction | undefined): void;
  close(): Promise<void>;
}

/** Opens a link to each server. */
export async function openLinks(servers: readonly string[]): Promise<Links> {
  const proxies: readonly TcpProxy[] = await Promise.all(
    servers.map((url) => {
      const { hostname, port } = new URL(url);
      return startTcpProxy({ target: { host: hostname, port: Number(port) } });
    }),
  );
  let now: Direction | undefined;
  return {
    urls: proxies.map(({ url }) => url),
    partition(direction) {
      if (direction === now) return;
      now = direction;
      for (const proxy of proxies) {
        if (direction === undefined) proxy.clear();
        else proxy.set({ kind: 'blackhole', direction: DIRECTIONS[direction] });
      }
    },
    close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
  };
}

/** `to` the process is what comes from the server. */
const DIRECTIONS = { both: 'both', to: 'toClient', from: 'toTarget' } as const;
