/**
 * Embedded nats-servers: one, or three as a cluster, on loopback, with their data, keys, configuration
 * and logs in one data directory, which this process then holds until `stop`.
 *
 *     <data>/lock             who holds the directory
 *     <data>/nats/state.json  ports, names, users added later
 *     <data>/nats/keys/*.nk   one seed per user, readable by its owner alone
 *     <data>/nats/n1.*        configuration, log, pid of a server; n1/ is its store
 *
 * A server that ends by itself is reported, not restarted: that is its owner's decision.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lockDataDirectory } from './data-lock.ts';
import { choosePorts } from './ports.ts';
import { type Durability, loopback, renderServerConfig, systemUser } from './server-config.ts';
import {
  type ServerExit,
  type ServerFiles,
  ServerProcess,
  ServerStartError,
  stopLeftover,
} from './server-process.ts';
import { reloadServer, waitForCluster } from './system-account.ts';
import { type BusUser, readSeed, userSeed } from './users.ts';

const startAttemptsMax = 3;

/** What embedded servers are started with. */
export interface EmbeddedOptions {
  /** The path of a nats-server, as `findNatsServer` gives it. */
  readonly binary: string;
  readonly dataDir: string;
  readonly replicas?: 1 | 3;
  readonly durability?: Durability;
  /** Client ports, one for each server; by default those of the last start, else free ones. */
  readonly ports?: readonly number[];
  readonly users: readonly BusUser[];
  readonly onLog?: (line: string) => void;
  /** Called when a server ends without `stop` having been called. */
  readonly onExit?: (exit: ServerExit) => void;
}

/** One of the servers. */
export interface EmbeddedServer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly running: boolean;
  /** Starts the server again on its port and data after it ended, or ends it first. */
  restart(): Promise<void>;
}

/** Running servers. */
export interface Embedded {
  readonly urls: readonly string[];
  /** The NKey seed of every user, by name. */
  readonly credentials: ReadonlyMap<string, string>;
  readonly servers: readonly EmbeddedServer[];
  readonly pids: readonly number[];
  /** Adds or changes a user without a restart; returns its seed. Added users survive restarts. */
  addUser(user: BusUser): Promise<string>;
  /** Ends all servers and gives the data directory free. */
  stop(): Promise<void>;
}

/** The data directory was made for another number of servers, which would lose the streams in it. */
export class ReplicasChangedError extends Error {
  constructor(dataDir: string, before: number, now: number) {
    super(`the data directory ${dataDir} was made for ${before} servers and cannot serve ${now}`);
    this.name = 'ReplicasChangedError';
  }
}

/** What the next start must know. */
interface State {
  readonly id: string;
  readonly replicas: number;
  readonly ports: readonly number[];
  readonly routePorts: readonly number[];
  readonly routePassword: string;
  readonly addedUsers: readonly BusUser[];
}

/**
 * Starts the servers and waits until they take clients (three: until they have elected a leader).
 * Throws DataDirectoryInUseError, ReplicasChangedError, ServerStartError.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const lock = await lockDataDirectory(options.dataDir);
  const servers = new EmbeddedServers(options);
  try {
    await servers.start();
  } catch (error) {
    await servers.stopAll();
    await lock.release();
    throw error;
  }
  return {
    get urls() {
      return servers.urls();
    },
    get servers() {
      return servers.views();
    },
    get pids() {
      return servers.views().map(({ pid }) => pid);
    },
    credentials: servers.seeds,
    addUser: (user) => servers.addUser(user),
    stop: async () => {
      await servers.stopAll();
      await lock.release();
    },
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

class EmbeddedServers {
  readonly seeds = new Map<string, string>();
  readonly #options: EmbeddedOptions;
  readonly #dir: string;
  readonly #replicas: number;
  readonly #processes: ServerProcess[] = [];
  #state: State;
  #systemSeed = '';
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    // Absolute, since a leftover server is known by the path on its command line.
    this.#dir = join(resolve(options.dataDir), 'nats');
    this.#replicas = options.replicas ?? 1;
    this.#state = {
      id: randomBytes(4).toString('hex'),
      replicas: this.#replicas,
      ports: [],
      routePorts: [],
      routePassword: randomBytes(16).toString('hex'),
      addedUsers: [],
    };
  }

  async start(): Promise<void> {
    const startMs = Date.now();
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await this.#stopLeftovers();
    const keys = join(this.#dir, 'keys');
    this.#systemSeed = await userSeed(keys, systemUser.name);
    await this.#restoreState();
    for (const user of this.#users()) this.seeds.set(user.name, await userSeed(keys, user.name));
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#startOnce();
        break;
      } catch (error) {
        await this.stopAll();
        const again = error instanceof ServerStartError && error.portTaken;
        if (!again || attempt === startAttemptsMax || this.#options.ports !== undefined)
          throw error;
        this.#state = { ...this.#state, ports: [], routePorts: [] };
      }
    }
    for (const server of this.views()) this.#log(`nats-server ${server.name} on ${server.url}`);
    this.#log(`nats-server ready after ${Date.now() - startMs} ms`);
  }

  async #restoreState(): Promise<void> {
    const state = await readState(this.#dir);
    if (state === undefined) return;
    if (state.replicas !== this.#replicas) {
      throw new ReplicasChangedError(this.#options.dataDir, state.replicas, this.#replicas);
    }
    const given = new Set(this.#options.users.map(({ name }) => name));
    const addedUsers = state.addedUsers.filter(({ name }) => !given.has(name));
    this.#state = { ...state, addedUsers };
  }

  async #startOnce(): Promise<void> {
    const count = this.#replicas;
    const clientPorts = this.#options.ports ?? this.#state.ports.slice(0, count);
    const wanted = Array.from({ length: count }, (_, index) => clientPorts[index] ?? 0);
    const routes = count === 1 ? [] : this.#state.routePorts;
    const ports = await choosePorts(count === 1 ? 1 : 2 * count, [...wanted, ...routes]);
    const fixed = this.#options.ports;
    if (fixed?.some((port, index) => port !== ports[index]) === true) {
      throw new ServerStartError('', `port ${fixed.join(', ')}: address already in use`);
    }
    this.#state = { ...this.#state, ports: ports.slice(0, count), routePorts: ports.slice(count) };
    await this.#writeFiles();
    const starts = this.#state.ports.map(async (_, index) => {
      this.#processes[index] = await this.#startServer(index);
    });
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    if (count > 1) await waitForCluster(this.urls()[0] ?? '', this.#systemSeed, count);
  }

  #startServer(index: number): Promise<ServerProcess> {
    return ServerProcess.start(this.#files(index), (exit) => {
      this.#log(`nats-server ${exit.server} ended: ${exit.signal ?? exit.code}`);
      this.#options.onExit?.(exit);
    });
  }

  async stopAll(): Promise<void> {
    const ending = this.#processes.splice(0);
    await Promise.all(ending.map((server) => server.stop()));
  }

  /** One change at a time: two at once would write the same files. */
  addUser(user: BusUser): Promise<string> {
    const change = this.#changing.then(() => this.#addUser(user));
    this.#changing = change.catch(() => undefined);
    return change;
  }

  async #addUser(user: BusUser): Promise<string> {
    const seed = await userSeed(join(this.#dir, 'keys'), user.name);
    this.seeds.set(user.name, seed);
    const others = this.#state.addedUsers.filter(({ name }) => name !== user.name);
    this.#state = { ...this.#state, addedUsers: [...others, user] };
    await this.#writeFiles();
    for (const server of this.views()) {
      if (server.running) await reloadServer(server.url, this.#systemSeed);
    }
    return seed;
  }

  urls(): string[] {
    return this.#state.ports.map(clientUrl);
  }

  views(): EmbeddedServer[] {
    return this.#processes.map((server, index) => ({
      name: server.files.name,
      url: clientUrl(server.files.port),
      pid: server.pid,
      running: server.running,
      restart: async () => {
        await this.#processes[index]?.stop();
        this.#processes[index] = await this.#startServer(index);
      },
    }));
  }

  #users(): BusUser[] {
    const added = new Set(this.#state.addedUsers.map(({ name }) => name));
    return [
      ...this.#options.users.filter(({ name }) => !added.has(name)),
      ...this.#state.addedUsers,
    ];
  }

  async #writeFiles(): Promise<void> {
    const { id, ports, routePorts, routePassword } = this.#state;
    const users = this.#users().map((user) => ({ user, seed: this.seeds.get(user.name) ?? '' }));
    await writeWhole(join(this.#dir, 'state.json'), JSON.stringify(this.#state, null, 2));
    for (const [index, port] of ports.entries()) {
      const files = this.#files(index);
      const routePort = routePorts[index];
      const text = renderServerConfig({
        ...files,
        port,
        durability: this.#options.durability ?? 'always',
        storeDir: join(this.#dir, `n${index + 1}`),
        users,
        systemSeed: this.#systemSeed,
        ...(routePort === undefined
          ? {}
          : {
              cluster: { name: id, port: routePort, routePorts, password: routePassword },
            }),
      });
      await writeWhole(files.configFile, text);
    }
  }

  #files(index: number): ServerFiles {
    const path = (ending: string): string => join(this.#dir, `n${index + 1}.${ending}`);
    return {
      binary: this.#options.binary,
      name: `${this.#state.id}-n${index + 1}`,
      port: this.#state.ports[index] ?? 0,
      configFile: path('conf'),
      logFile: path('log'),
      errorFile: path('stderr'),
      pidFile: path('pid'),
    };
  }

  async #stopLeftovers(): Promise<void> {
    for (let index = 0; index < 3; index++) {
      const { pidFile, configFile } = this.#files(index);
      const pid = await stopLeftover(pidFile, configFile);
      if (pid !== undefined) this.#log(`stopped nats-server ${pid}, left behind by a dead owner`);
    }
  }

  #log(line: string): void {
    this.#options.onLog?.(line);
  }
}

function clientUrl(port: number): string {
  return `nats://${loopback}:${port}`;
}

async function readState(directory: string): Promise<State | undefined> {
  const text = await readFile(join(directory, 'state.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as State);
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
