/** A real nats-server for tests, on a free port with its own data; found as users' servers are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, type NatsLink } from '../../bus/nats-link.ts';
import { type Embedded, type EmbeddedOptions, startEmbedded } from '../../bus/server/embedded.ts';
import { findNatsServer } from '../../bus/server/find.ts';
import { inboxPrefix } from '../../bus/server/users.ts';

const user = { name: 'test', publish: ['>'], subscribe: ['>'] };

/** A running server, and how to reach it. */
export interface TestServer {
  readonly embedded: Embedded;
  readonly url: string;
  /** Connects as a user who may do anything; through another address where given. */
  connect(options?: { readonly url?: string; readonly name?: string }): Promise<NatsLink>;
  /** Kills the server as a crash would, and resolves when it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one server, or several as a cluster. */
export async function startTestServer(options: Partial<EmbeddedOptions> = {}): Promise<TestServer> {
  const { path } = await findNatsServer({ env: process.env, onProgress: () => {} });
  const dataDir = await mkdtemp(join(tmpdir(), 'kabuki-store-'));
  const embedded = await startEmbedded({ binary: path, dataDir, users: [user], ...options });
  const seed = embedded.credentials.get(user.name) ?? '';
  return {
    embedded,
    url: embedded.urls[0] ?? '',
    connect: ({ url, name } = {}) =>
      connectNats({
        servers: url === undefined ? embedded.urls : [url],
        name: name ?? 'test',
        seed,
        inboxPrefix: inboxPrefix(user.name),
      }),
    kill: async () => {
      const [server] = embedded.servers;
      process.kill(server!.pid, 'SIGKILL');
      await until(() => !server!.running, 'the server ends');
    },
    stop: async () => {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const UNTIL_MS = 20_000;

/** Waits for a condition; says what did not come true at the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = UNTIL_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
