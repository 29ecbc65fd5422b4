/**
 * The configuration file of one embedded server, as data. Loopback listeners only; no monitoring port.
 * The server reads JSON as a form of its own language.
 */
import { type BusUser, userConfig } from './users.ts';

/** When an acknowledged write is on the disk: at once, or within a second. */
export type Durability = 'always' | 'interval';

/** The host that every listener is bound to. */
export const loopback = '127.0.0.1';

/** The user of the system account, which asks servers about themselves and reloads them. */
export const systemUser: BusUser = { name: 'system', publish: ['>'], subscribe: ['>'] };

const maxPayloadBytes = 4 * 1024 * 1024;
const maxMemoryStoreBytes = 1024 ** 3;
const logBytesMax = 10_000_000;
const logFilesMax = 3;
const batchesInFlightPerStreamMax = 500;
const batchesInFlightMax = 1_000;
/** How often a silent client is asked for a sign of life; after two without one it is cut off. */
const pingInterval = '10s';

/** What differs between servers, clusters and users. */
export interface ServerConfig {
  readonly name: string;
  readonly port: number;
  readonly durability: Durability;
  readonly storeDir: string;
  readonly logFile: string;
  readonly pidFile: string;
  readonly users: readonly { readonly user: BusUser; readonly seed: string }[];
  readonly systemSeed: string;
  readonly cluster?: {
    readonly name: string;
    readonly port: number;
    readonly routePorts: readonly number[];
    readonly password: string;
  };
}

/** The text of the configuration file. */
export function renderServerConfig(config: ServerConfig): string {
  const { cluster } = config;
  return JSON.stringify(
    {
      server_name: config.name,
      host: loopback,
      port: config.port,
      max_payload: maxPayloadBytes,
      ping_interval: pingInterval,
      log_file: config.logFile,
      logfile_size_limit: logBytesMax,
      logfile_max_num: logFilesMax,
      pid_file: config.pidFile,
      jetstream: {
        store_dir: config.storeDir,
        sync_interval: config.durability === 'always' ? 'always' : '1s',
        max_memory_store: maxMemoryStoreBytes,
        limits: {
          batch: {
            max_inflight_per_stream: batchesInFlightPerStreamMax,
            max_inflight_total: batchesInFlightMax,
          },
        },
      },
      accounts: {
        KABUKI: {
          jetstream: 'enabled',
          users: config.users.map(({ user, seed }) => userConfig(user, seed)),
        },
        SYS: { users: [userConfig(systemUser, config.systemSeed)] },
      },
      system_account: 'SYS',
      ...(cluster === undefined ? {} : { cluster: clusterConfig(cluster) }),
    },
    null,
    2,
  );
}

function clusterConfig(cluster: NonNullable<ServerConfig['cluster']>): object {
  const login = `route:${cluster.password}`;
  return {
    name: cluster.name,
    host: loopback,
    port: cluster.port,
    authorization: { user: 'route', password: cluster.password },
    routes: cluster.routePorts.map((port) => `nats-route://${login}@${loopback}:${port}`),
  };
}
