/**
 * Embedded nats-servers: one, or three as a cluster, on loopback, with their data, keys, configuration
 * and logs in one data directory, which this process then holds until `stop`.
 *
 *     <data>/lock             who holds the directory
 *     <data>/nats/state.json  ports, names, users added later
 *     <data>/nats/keys/*.nk   one seed per user, readable by its owner alone
 *     <data>/nats/n1.*        configuration, log, pid of a server; n1/ is its store
 *
 * Three servers on new data elect a leader in about 0.3 s (one time in twenty their votes are split and
 * it takes 6 s); with data they wait for NATS' election timeout of 4 to 9 s, which is not configurable.
 * A server that ends by itself is reported, not restarted: that is its owner's decision.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DataLock, lockDataDirectory } from './data-lock.ts';
import { choosePorts } from './ports.ts';
import { type Durability, renderServerConfig, systemUser } from './server-config.ts';
import {
  type ServerExit,
  type ServerFiles,
  ServerProcess,
  ServerStartError,
  stopLeftover,
} from './server-process.ts';
import {
  clientUrl,
  newState,
  ReplicasChangedError,
  readState,
  type ServerState,
  writeState,
  writeWhole,
} from './server-state.ts';
import { reloadServer, waitForCluster } from './system-account.ts';
import { type BusUser, userSeed } from './users.ts';

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
  /** The lock of `dataDir`, where the caller holds it already and releases it itself. */
  readonly lock?: DataLock;
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

/**
 * Starts the servers and waits until they take clients (three: until they have elected a leader).
 * Throws DataDirectoryInUseError, ReplicasChangedError, ServerStartError.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const lock = options.lock === undefined ? await lockDataDirectory(options.dataDir) : undefined;
  const servers = new EmbeddedServers(options);
  try {
    await servers.start();
  } catch (error) {
    await servers.stop();
    await lock?.release();
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
      await servers.stop();
      await lock?.release();
    },
  };
}

class EmbeddedServers {
  readonly seeds = new Map<string, string>();
  readonly #options: EmbeddedOptions;
  readonly #dir: string;
  readonly #replicas: number;
  readonly #processes: ServerProcess[] = [];
  #state: ServerState;
  #systemSeed = '';
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    // Absolute, since a leftover server is known by the path on its command line.
    this.#dir = join(resolve(options.dataDir), 'nats');
    this.#replicas = options.replicas ?? 1;
    this.#state = newState(this.#replicas);
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
        await this.#stopAll();
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
    if (count === 1) return;
    this.#log('waiting for the servers to elect a leader: 4 to 9 s where they have data already');
    await waitForCluster(this.urls()[0] ?? '', this.#systemSeed, count);
  }

  #startServer(index: number): Promise<ServerProcess> {
    return ServerProcess.start(this.#files(index), (exit) => {
      this.#log(`nats-server ${exit.server} ended: ${exit.signal ?? exit.code}`);
      this.#options.onExit?.(exit);
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    const ending = this.#processes.splice(0);
    await Promise.all(ending.map((server) => server.stop()));
  }

  addUser(user: BusUser): Promise<string> {
    return this.#inTurn(() => this.#addUser(user));
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
    return this.#processes.map((first, index) => {
      const current = (): ServerProcess => this.#processes[index] ?? first;
      return {
        name: first.files.name,
        url: clientUrl(first.files.port),
        get pid() {
          return current().pid;
        },
        get running() {
          return current().running;
        },
        restart: () => this.#inTurn(() => this.#restart(index)),
      };
    });
  }

  async #restart(index: number): Promise<void> {
    const server = this.#processes[index];
    if (server === undefined) throw new Error('the servers were stopped');
    await server.stop();
    this.#processes[index] = await this.#startServer(index);
  }

  /** One change at a time: two at once would write the same files, or start a server twice. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(change);
    this.#changing = result.catch(() => undefined);
    return result;
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
    await writeState(this.#dir, this.#state);
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
