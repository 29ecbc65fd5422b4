/**
 * The NATS of a cluster: embedded servers with a key for each user, or an existing one that the user named.
 * Says what it does while it finds, fetches and starts servers.
 */
import { readFile } from 'node:fs/promises';
import { connectNatsBus, type NatsBus } from '../../bus/nats-bus.ts';
import type { DataLock } from '../../bus/server/data-lock.ts';
import { type Embedded, startEmbedded } from '../../bus/server/embedded.ts';
import { findNatsServer, NatsServerNotFoundError } from '../../bus/server/find.ts';
import { ServerStartError } from '../../bus/server/server-process.ts';
import { embeddedConnection, ReplicasChangedError } from '../../bus/server/server-state.ts';
import { type BusUser, inboxPrefix } from '../../bus/server/users.ts';
import { isNewEnough, natsServerVersionMin } from '../../bus/server/version.ts';
import { CommandError, EXIT } from './command-error.ts';

/** How a process reaches NATS as one user. */
export interface NatsAccess {
  readonly urls: readonly string[];
  readonly user: string;
  readonly seed?: string;
  readonly credentials?: string;
}

/** The cluster's NATS, as `up` holds it. */
export interface ClusterNats {
  readonly urls: readonly string[];
  /** For example `nats-server 2.15.1 (cache)`. */
  readonly description: string;
  readonly pids: readonly number[];
  access(user: string): NatsAccess;
  stop(): Promise<void>;
}

export interface EmbeddedNatsOptions {
  readonly dataDir: string;
  readonly lock: DataLock;
  readonly replicas: 1 | 3;
  readonly durability: 'always' | 'interval';
  readonly users: readonly BusUser[];
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly onExit: (line: string, restart: () => Promise<void>) => void;
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
        const server = embedded.servers.find(({ name }) => name === exit.server);
        const how = exit.signal ?? `code ${exit.code}`;
        options.onExit(`nats-server ${exit.server} ended (${how})`, async () => server?.restart());
      },
    });
  } catch (error) {
    throw startFailure(error);
  }
  return {
    urls: embedded.urls,
    description: `nats-server ${found.version} (${found.source})`,
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

/** A NATS that somebody else runs; all components use the same credentials. */
export async function existingNats(
  url: string,
  credentialsFile: string | undefined,
): Promise<ClusterNats> {
  const urls = url.split(',').map((one) => (one.includes('://') ? one : `nats://${one}`));
  const credentials =
    credentialsFile === undefined ? undefined : await readCredentials(credentialsFile);
  return {
    urls,
    description: `NATS at ${urls.join(', ')}`,
    pids: [],
    access: (user) => ({ urls, user, ...credentials }),
    stop: async () => {},
  };
}

/** A credentials file as `nsc` writes it, or a file with an NKey seed alone. */
async function readCredentials(
  file: string,
): Promise<{ readonly seed: string } | { readonly credentials: string }> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandError(`cannot read the NATS credentials: ${error.message}`, EXIT.usage);
  });
  return /^SU[A-Z2-7]+$/.test(text.trim()) ? { seed: text.trim() } : { credentials: text };
}

/** How another process of this machine reaches the embedded servers of a data directory. */
export async function ownNatsAccess(dataDir: string, user: string): Promise<NatsAccess> {
  const { urls, seed } = await embeddedConnection(dataDir, user);
  return { urls, seed, user };
}

/** Connects one process; a typed failure says whether NATS is away or too old. */
export async function connectAs(access: NatsAccess, name: string): Promise<NatsBus> {
  const { urls, user, seed, credentials } = access;
  const bus = await connectNatsBus({
    servers: urls,
    name,
    ...(seed === undefined ? {} : { seed, inboxPrefix: inboxPrefix(user) }),
    ...(credentials === undefined ? {} : { credentials }),
  }).catch((error: Error) => {
    throw new CommandError(
      `NATS is not reachable at ${urls.join(', ')}: ${error.message}`,
      EXIT.natsUnreachable,
      'Check the address given with --nats, and that the server runs.',
    );
  });
  const version = bus.link.serverVersion;
  if (!isNewEnough(version)) {
    await bus.close();
    throw new CommandError(
      `the NATS server at ${urls.join(', ')} is version ${version}; ` +
        `${natsServerVersionMin} or newer is needed`,
      EXIT.versionTooOld,
    );
  }
  return bus;
}
