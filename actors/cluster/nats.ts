/**
 * A cluster's own NATS: embedded servers with a key for each user.
 * Says what it does while it finds, fetches and starts servers.
 */
import type { DataLock } from '../../bus/server/data-lock.ts';
import { type Embedded, startEmbedded } from '../../bus/server/embedded.ts';
import { findNatsServer, NatsServerNotFoundError } from '../../bus/server/find.ts';
import { ServerStartError } from '../../bus/server/server-process.ts';
import { ReplicasChangedError } from '../../bus/server/server-state.ts';
import type { BusUser } from '../../bus/server/users.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { ClusterNats } from './nats-access.ts';

export interface EmbeddedNatsOptions {
  readonly dataDir: string;
  readonly lock: DataLock;
  readonly replicas: 1 | 3;
  readonly durability: 'always' | 'interval';
  readonly users: readonly BusUser[];
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  /** `server` is its name in the cluster: `nats-1`. */
  readonly onExit: (line: string, restart: () => Promise<void>, server: string) => void;
}

/** Finds or fetches a nats-server and starts the cluster's own. */
export async function startOwnNats(options: EmbeddedNatsOptions): Promise<ClusterNats> {
  const { env, onProgress } = options;
  const found = await findNatsServer({ env, onProgress }).catch((error: unknown) => {
    if (error instanceof NatsServerNotFoundError) throw new CommandError(error.message);
    throw error;
  });
  let embedded: Embedded;
  try {
    embedded = await startEmbedded({
      binary: found.path,
      dataDir: options.dataDir,
      lock: options.lock,
      replicas: options.replicas,
      durability: options.durability,
      users: options.users,
      onExit: (exit) => {
        const index = embedded.servers.findIndex(({ name }) => name === exit.server);
        const how = exit.signal ?? `code ${exit.code}`;
        options.onExit(
          `nats-server ${exit.server} ended (${how})`,
          async () => embedded.servers[index]?.restart(),
          `nats-${index + 1}`,
        );
      },
    });
  } catch (error) {
    throw startFailure(error);
  }
  return {
    urls: embedded.urls,
    description: `nats-server ${found.version} (${found.source})`,
    servers: embedded.servers.map((server, index) => ({
      name: `nats-${index + 1}`,
      serverName: server.name,
      url: server.url,
      get pid() {
        return server.pid;
      },
      get running() {
        return server.running;
      },
      restart: () => server.restart(),
    })),
    pids: embedded.pids,
    access: (user) => ({
      urls: embedded.urls,
      user,
      seed: embedded.credentials.get(user) as string,
    }),
    stop: () => embedded.stop(),
  };
}

function startFailure(error: unknown): unknown {
  if (error instanceof ReplicasChangedError) {
    return new CommandError(error.message, EXIT.usage, 'Use another --data, or the number it has.');
  }
  if (error instanceof ServerStartError) {
    return new CommandError(error.message, error.portTaken ? EXIT.portTaken : EXIT.failed);
  }
  return error;
}
