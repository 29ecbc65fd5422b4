/**
 * What a data directory keeps about its embedded servers between starts, so that clients find them on
 * the same ports and with the same keys. Files are replaced whole, never written in place.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopback } from './server-config.ts';
import { type BusUser, readSeed } from './users.ts';

/** The data directory was made for another number of servers, which would lose the streams in it. */
export class ReplicasChangedError extends Error {
  constructor(dataDir: string, before: number, now: number) {
    super(`the data directory ${dataDir} was made for ${before} servers and cannot serve ${now}`);
    this.name = 'ReplicasChangedError';
  }
}

/** What the next start must know. */
export interface ServerState {
  readonly id: string;
  readonly replicas: number;
  readonly ports: readonly number[];
  readonly routePorts: readonly number[];
  readonly routePassword: string;
  readonly addedUsers: readonly BusUser[];
}

/** The state of servers that have never run. */
export function newState(replicas: number): ServerState {
  return {
    id: randomBytes(4).toString('hex'),
    replicas,
    ports: [],
    routePorts: [],
    routePassword: randomBytes(16).toString('hex'),
    addedUsers: [],
  };
}

/** How a process of its own reaches the servers of a data directory as `user`. */
export async function embeddedConnection(
  dataDir: string,
  user: string,
): Promise<{ urls: string[]; seed: string }> {
  const state = await readState(join(dataDir, 'nats'));
  if (state === undefined) throw new Error(`no embedded server was started in ${dataDir}`);
  const seed = await readSeed(join(dataDir, 'nats', 'keys'), user);
  return { urls: state.ports.map(clientUrl), seed };
}

/** The address of a server for its clients. */
export function clientUrl(port: number): string {
  return `nats://${loopback}:${port}`;
}

/** Reads the state from the directory of the servers; undefined where none has run. */
export async function readState(directory: string): Promise<ServerState | undefined> {
  const text = await readFile(join(directory, 'state.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ServerState);
}

/** Replaces a file that only its owner may read. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Writes the state into the directory of the servers. */
export async function writeState(directory: string, state: ServerState): Promise<void> {
  await writeWhole(join(directory, 'state.json'), JSON.stringify(state, null, 2));
}
