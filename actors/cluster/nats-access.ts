/**
 * How processes reach the cluster's NATS: an address and a user's key, of embedded servers or of somebody else's.
 * Starts no server; kept apart from what does, so that a node loads nothing of it.
 */
import { readFile } from 'node:fs/promises';
import type { LinkFaultsOptions } from '../../bus/faults/link-faults.ts';
import { connectNatsBus, type NatsBus } from '../../bus/nats-bus.ts';
import { embeddedConnection } from '../../bus/server/server-state.ts';
import { inboxPrefix } from '../../bus/server/users.ts';
import { isNewEnough, natsServerVersionMin } from '../../bus/server/version.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { ClusterState } from './layout.ts';

/** How a process reaches NATS as one user. */
export interface NatsAccess {
  readonly urls: readonly string[];
  readonly user: string;
  readonly seed?: string;
  readonly credentials?: string;
}

/** One of the cluster's own servers. */
export interface NatsServer {
  /** `nats-1`. */
  readonly name: string;
  readonly url: string;
  /** The name it has among its peers, as the stream's leader is told. */
  readonly serverName: string;
  readonly pid: number;
  readonly running: boolean;
  restart(): Promise<void>;
}

/** The cluster's NATS, as `up` holds it. */
export interface ClusterNats {
  readonly urls: readonly string[];
  /** None where somebody else runs them. */
  readonly servers: readonly NatsServer[];
  /** For example `nats-server 2.15.1 (cache)`. */
  readonly description: string;
  readonly pids: readonly number[];
  access(user: string): NatsAccess;
  stop(): Promise<void>;
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
    servers: [],
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

/** How a command reaches the NATS of a running cluster as one of its users. */
export async function clusterAccess(
  dataDir: string,
  { natsUrls, foreignNats }: Pick<ClusterState, 'natsUrls' | 'foreignNats'>,
  user: string,
): Promise<NatsAccess> {
  if (foreignNats === undefined) return ownNatsAccess(dataDir, user);
  return (await existingNats(natsUrls.join(','), foreignNats.credentials)).access(user);
}

/**
 * Connects one process; a typed failure says whether NATS is away or too old. With the faults of its messages, where it
 * was started for chaos.
 */
export async function connectAs(
  access: NatsAccess,
  name: string,
  faults?: LinkFaultsOptions,
): Promise<NatsBus> {
  const { urls, user, seed, credentials } = access;
  const bus = await connectNatsBus({
    servers: urls,
    name,
    ...(seed === undefined ? {} : { seed, inboxPrefix: inboxPrefix(user) }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(faults === undefined ? {} : { faults }),
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
