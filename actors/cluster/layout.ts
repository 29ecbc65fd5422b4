/**
 * Where a cluster keeps its files, and the state file by which commands of other processes find it.
 *
 *     <data>/state.json      the running cluster: pids, addresses; removed at the end
 *     <data>/kubeconfig      for kubectl
 *     <data>/pki/            CA, certificates, token key
 *     <data>/nats/           servers, their data and keys
 *     <data>/nodes/<node>/   a node's pods
 *     <data>/logs/           one log a process
 *     <data>/chaos.json      faults at work, where it was started for chaos
 *     <data>/chaos.sock      where its supervisor takes commands
 *
 * Never deletes a cluster's data.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The paths below one data directory. */
export interface Layout {
  readonly data: string;
  readonly state: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly nodes: string;
  readonly logs: string;
}

/** The default data directory of a cluster: below `XDG_DATA_HOME` or `~/.local/share`. */
export function defaultDataDir(env: NodeJS.ProcessEnv, cluster: string): string {
  const base = env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return join(base, 'kabuki', cluster);
}

/** The layout of a data directory. */
export function layoutOf(dataDir: string): Layout {
  const data = resolve(dataDir);
  return {
    data,
    state: join(data, 'state.json'),
    kubeconfig: join(data, 'kubeconfig'),
    pki: join(data, 'pki'),
    nodes: join(data, 'nodes'),
    logs: join(data, 'logs'),
  };
}

/** One process of a running cluster. */
export interface ProcessEntry {
  readonly role: string;
  readonly name: string;
  readonly pid: number;
}

/** What `status` and `down` need to know of a running cluster. */
export interface ClusterState {
  readonly cluster: string;
  /** The process of `kabuki up`. */
  readonly pid: number;
  readonly server: string;
  readonly kubeconfig: string;
  readonly natsUrls: readonly string[];
  readonly processes: readonly ProcessEntry[];
  /** It was started for chaos. */
  readonly chaos?: boolean;
  /** Its NATS is somebody else's; where its credentials are. */
  readonly foreignNats?: { readonly credentials?: string };
  /** The link to its page, with the token in it; absent where it serves none. */
  readonly page?: string;
}

/** Writes the state file whole, or not at all. */
export function writeState(layout: Layout, state: ClusterState): void {
  mkdirSync(layout.data, { recursive: true, mode: 0o700 });
  const draft = `${layout.state}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, layout.state);
}

/** The running cluster of a data directory; undefined where there is none (a stale file counts as none). */
export function readState(layout: Layout): ClusterState | undefined {
  let text: string;
  try {
    text = readFileSync(layout.state, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const state = JSON.parse(text) as ClusterState;
  return isAlive(state.pid) ? state : undefined;
}

/**
 * A name that only the holder of this data directory has, the same at every start: a cluster that is started again
 * after a crash takes its own leases back at once.
 */
export function holderIdentity(layout: Layout): string {
  const file = join(layout.data, 'identity');
  const known = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
  if (known !== '') return known;
  const fresh = randomUUID();
  writeFileSync(file, fresh, { mode: 0o600 });
  return fresh;
}

export function removeState(layout: Layout): void {
  rmSync(layout.state, { force: true });
}

/** True where a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A log above this size is moved to `.1` when its process starts. */
const LOG_BYTES_MAX = 16 * 2 ** 20;

/** The path of a process's log, rotated where it has grown. */
export function logFile(layout: Layout, name: string): string {
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  const path = join(layout.logs, `${name}.log`);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  return path;
}
