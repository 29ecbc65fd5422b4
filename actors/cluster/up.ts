/**
 * `kabuki up`: starts a whole cluster (NATS, the control plane in this process, every node in its own; for chaos every
 * component in its own) and ends it in order. Reports progress line by line; knows nothing of terminals or flags.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataDirectoryInUseError, lockDataDirectory } from '../../bus/server/data-lock.ts';
import { mergeKubeconfig, writeKubeconfig } from '../pki/kubeconfig.ts';
import { loadPki, type Pki } from '../pki/pki.ts';
import { type Child, LARGE_PROCESS, SMALL_PROCESS, startChild } from './children.ts';
import { CommandError, EXIT } from './command-error.ts';
import { startControlPlane, type TraceLimits } from './control-plane.ts';
import {
  type ClusterState,
  holderIdentity,
  type Layout,
  layoutOf,
  logFile,
  type ProcessEntry,
  removeState,
  writeState,
} from './layout.ts';
import { type Logger, openLog } from './log.ts';
import { startOwnNats } from './nats.ts';
import { type ClusterNats, connectAs, existingNats } from './nats-access.ts';
import { type KabukiProcess, startProcess } from './process.ts';
import type { Split } from './split.ts';
import {
  ADMIN,
  APISERVER,
  chaosUsers,
  controlUsers,
  hollowBusUser,
  nodeBusUser,
  OTLP_EXPORTER,
} from './users.ts';

/** What `kabuki up` is told; every field has a default in `cmd/`. */
export interface UpOptions {
  readonly cluster: string;
  /** Version of this program. */
  readonly version: string;
  readonly nodes: number;
  readonly hollowNodes: number;
  readonly storeReplicas: 1 | 3;
  readonly durability: 'always' | 'interval';
  readonly natsUrl: string | undefined;
  readonly natsCredentials: string | undefined;
  readonly port: number;
  readonly dataDir: string;
  readonly ephemeral: boolean;
  /** Write the kubeconfig entry into this file too. */
  readonly kubeconfig: string | undefined;
  readonly logLevel: string;
  readonly defaultTolerationSeconds: number;
  readonly trace: TraceLimits;
  /** Address of an OTLP receiver of spans; undefined: none are sent. */
  readonly otlp: string | undefined;
  /** The port its page is served on, 0 takes a free one; undefined: it serves none. */
  readonly pagePort: number | undefined;
  readonly nodeMonitorGraceMs: number;
  /** Start it so that it can be broken on purpose: every component in a process of its own. */
  readonly chaos: ChaosSettings | undefined;
  /** The script that children run: the `kabuki` command itself. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  /** Called when a process of the cluster ends by itself. */
  readonly onLoss: (line: string) => void;
}

/** How a cluster for chaos is started. */
export interface ChaosSettings {
  readonly apiservers: number;
  readonly schedulers: number;
  readonly controllers: number;
  /** Nodes that may be hit at the same time, whatever a command says; undefined: one, unless it says more. */
  readonly blastRadius: number | undefined;
}

/** A running cluster. */
export interface Cluster {
  readonly server: string;
  readonly kubeconfig: string;
  readonly data: string;
  /** The link to its page. */
  readonly page: string | undefined;
  readonly startedInMs: number;
  readonly processes: readonly ProcessEntry[];
  /** Resolves when all nodes are up. */
  readonly nodesReady: Promise<void>;
  /** Ends everything in order; the data stays, unless it is ephemeral. */
  stop(): Promise<void>;
}

/** How long children and servers are given to end, milliseconds. */
const STOP_MS = 10_000;
const NATS_RESTART_MS = 200;

/** Starts a cluster. Throws CommandError for what a user can mend. */
export async function up(options: UpOptions): Promise<Cluster> {
  const startedMs = performance.now();
  if (options.otlp !== undefined) await checkReceiver(options.otlp, options.env);
  const dataDir = options.ephemeral ? mkdtempSync(join(tmpdir(), 'kabuki-')) : options.dataDir;
  const layout = layoutOf(dataDir);
  const undo: (() => Promise<void> | void)[] = [];
  const rollBack = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  if (options.ephemeral) undo.push(() => rmSync(dataDir, { recursive: true, force: true }));
  try {
    return await start(options, layout, startedMs, undo, rollBack);
  } catch (error) {
    await rollBack();
    throw error;
  }
}

/** A wrong address is said before anything is started; whether somebody is there is not asked. */
async function checkReceiver(otlp: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { otlpTarget } = await import('../trace/otlp-sender.ts');
  otlpTarget(otlp, env);
}

async function start(
  options: UpOptions,
  layout: Layout,
  startedMs: number,
  undo: (() => Promise<void> | void)[],
  rollBack: () => Promise<void>,
): Promise<Cluster> {
  const { cluster, onProgress } = options;
  const lock = await lockDataDirectory(layout.data).catch((error: unknown) => {
    if (!(error instanceof DataDirectoryInUseError)) throw error;
    throw new CommandError(
      `the data directory ${layout.data} is in use by process ${error.pid}`,
      EXIT.dataInUse,
      'End that cluster with `kabuki down`, or choose another --data.',
    );
  });
  undo.push(() => lock.release());
  const log = openLog('control-plane', options.logLevel, logFile(layout, 'control-plane'));
  const pki = loadPki({ directory: layout.pki, nowMs: Date.now() });
  const nodeNames = Array.from({ length: options.nodes }, (_, index) => `node-${index + 1}`);
  let split: Split | undefined;
  const nats = await openNats(options, layout, lock, nodeNames, log, (server, line) =>
    split === undefined ? true : split.serverEnded(server, line),
  );
  undo.push(() => nats.stop());
  onProgress(`${nats.description}`);
  const parts: Parts = { options, layout, nats, pki, log, undo };
  const page = await openPage(parts);
  const record = (processes: readonly ProcessEntry[], server: string): void =>
    writeState(layout, {
      ...{ cluster, server, processes, pid: globalThis.process.pid },
      ...{ kubeconfig: layout.kubeconfig, natsUrls: nats.urls },
      ...(options.chaos === undefined ? {} : { chaos: true }),
      ...(options.natsUrl === undefined ? {} : { foreignNats: foreignNats(options) }),
      ...(page === undefined ? {} : { page }),
    });
  if (options.chaos !== undefined) {
    const { startSplit } = await import('./split.ts');
    split = await startSplit({
      ...{ up: options, layout, nats, pki, log, identity: `${cluster}_${holderIdentity(layout)}` },
      onProcesses: () => split && record(split.processes(), split.server),
    });
    undo.push(split.stop);
  }
  const running: Running = split ?? (await startTogether(parts, nodeNames));
  onProgress(`apiserver ${running.server}`);
  await writeKubeconfigs(options, layout, running.server, pki);
  record(running.processes(), running.server);
  undo.push(() => removeState(layout));
  return {
    server: running.server,
    kubeconfig: layout.kubeconfig,
    data: layout.data,
    page,
    startedInMs: performance.now() - startedMs,
    processes: running.processes(),
    nodesReady: running.nodesReady,
    stop: rollBack,
  };
}

/** Where the credentials for somebody else's NATS are, as commands run elsewhere find them. */
function foreignNats({ natsCredentials }: UpOptions): NonNullable<ClusterState['foreignNats']> {
  return natsCredentials === undefined ? {} : { credentials: resolve(natsCredentials) };
}

/** What both ways to run a cluster are given. */
interface Parts {
  readonly options: UpOptions;
  readonly layout: Layout;
  readonly nats: ClusterNats;
  readonly pki: Pki;
  readonly log: Logger;
  readonly undo: (() => Promise<void> | void)[];
}

/** Serves the page in this process; whatever it reads, it reads as the administrator, once somebody looks. */
async function openPage({ options, layout, nats, undo }: Parts): Promise<string | undefined> {
  const { cluster, pagePort } = options;
  if (pagePort === undefined) return undefined;
  const [{ servePage }, { linkObserver }] = await Promise.all([
    import('../page/page-server.ts'),
    import('../page/observer-link.ts'),
  ]);
  const observed = () => ({
    cluster,
    source: { of: 'cluster' as const, access: nats.access(ADMIN), dataDir: layout.data },
  });
  const page = await servePage({ port: pagePort, observer: linkObserver(observed) });
  undo.push(() => page.close());
  return page.link;
}

type Running = Pick<Split, 'server' | 'nodesReady' | 'processes'>;

/** The control plane in this process, each node in one of its own. */
async function startTogether(parts: Parts, nodeNames: readonly string[]): Promise<Running> {
  const { options, layout, nats, pki, log, undo } = parts;
  const { cluster } = options;
  const bus = await connectAs(nats.access(APISERVER), `${cluster} control-plane`);
  const process = startProcess({
    cluster,
    role: 'control-plane',
    name: 'control-plane',
    bus,
    log,
    onEscalate: (error) => {
      log.fatal({ err: error }, 'too many restarts: the process ends');
      globalThis.process.exit(EXIT.failed);
    },
  });
  undo.push(() => process.close());
  const plane = await startControlPlane({
    process,
    bus,
    pki,
    version: options.version,
    port: options.port,
    replicas: options.storeReplicas,
    defaultTolerationSeconds: options.defaultTolerationSeconds,
    trace: options.trace,
    nodeMonitorGraceMs: options.nodeMonitorGraceMs,
    identity: `${cluster}_${holderIdentity(layout)}`,
  });
  undo.push(() => plane.stop());
  const nodes = startNodes(options, layout, nats, nodeNames);
  undo.push(() => stopNodes(nodes.children, process));
  undo.push(() => process.letGo?.());
  const processes: readonly ProcessEntry[] = [
    { role: 'control-plane', name: 'control-plane', pid: globalThis.process.pid },
    ...nats.pids.map((pid, index) => ({ role: 'nats-server', name: `nats-${index + 1}`, pid })),
    ...nodes.children.map(({ role, name, pid }) => ({ role, name, pid })),
  ];
  return { server: plane.server, nodesReady: nodes.ready, processes: () => processes };
}

function openNats(
  options: UpOptions,
  layout: Layout,
  lock: Awaited<ReturnType<typeof lockDataDirectory>>,
  nodeNames: readonly string[],
  log: Logger,
  mayRestart: (server: string, line: string) => boolean,
): Promise<ClusterNats> {
  const { cluster, natsUrl } = options;
  if (natsUrl !== undefined) return existingNats(natsUrl, options.natsCredentials);
  return startOwnNats({
    dataDir: layout.data,
    lock,
    replicas: options.storeReplicas,
    durability: options.durability,
    users: [
      ...controlUsers(cluster),
      ...nodeNames.map((node) => nodeBusUser(cluster, node)),
      hollowBusUser(cluster),
      ...(options.chaos === undefined ? [] : chaosUsers(cluster)),
    ],
    env: options.env,
    onProgress: options.onProgress,
    onExit: (line, restart, server) => {
      log.error(line);
      if (!mayRestart(server, line)) return;
      options.onLoss(`${line}; starting it again`);
      setTimeout(() => {
        restart().catch((error: unknown) => log.error({ err: error }, 'nats-server did not start'));
      }, NATS_RESTART_MS);
    },
  });
}

async function writeKubeconfigs(
  options: UpOptions,
  layout: Layout,
  server: string,
  pki: Pki,
): Promise<void> {
  const entry = {
    name: options.cluster,
    server,
    caCertificate: pki.caCertificate,
    client: pki.admin,
  };
  writeKubeconfig(layout.kubeconfig, entry);
  if (options.kubeconfig !== undefined) await mergeKubeconfig(options.kubeconfig, entry);
}

function startNodes(
  options: UpOptions,
  layout: Layout,
  nats: ClusterNats,
  names: readonly string[],
): { readonly children: readonly Child[]; readonly ready: Promise<void> } {
  const common = [
    ...['--cluster', options.cluster, '--nats', nats.urls.join(','), '--data', layout.data],
    ...['--log-level', options.logLevel],
    ...(options.natsUrl !== undefined && options.natsCredentials !== undefined
      ? ['--nats-credentials', options.natsCredentials]
      : []),
    ...(options.natsUrl === undefined ? ['--own-nats'] : []),
  ];
  const onExit = (entry: ProcessEntry, how: string) =>
    options.onLoss(`${entry.role} ${entry.name} (process ${entry.pid}) ended: ${how}`);
  const start = (role: string, name: string, flags: readonly string[], args: readonly string[]) =>
    startChild({
      role,
      name,
      flags,
      args: [options.script, ...args, ...common],
      env: options.env,
      onExit,
    });
  const started = names.map((name, index) =>
    start('node', name, SMALL_PROCESS, ['node', '--name', name, '--index', String(index + 1)]),
  );
  if (options.otlp !== undefined) {
    started.push(start(OTLP_EXPORTER, OTLP_EXPORTER, [], [OTLP_EXPORTER, '--otlp', options.otlp]));
  }
  if (options.hollowNodes > 0) {
    const count = String(options.hollowNodes);
    started.push(start('hollow-nodes', 'hollow', LARGE_PROCESS, ['node', '--hollow', count]));
  }
  return {
    children: started.map(({ child }) => child),
    ready: Promise.all(started.map(({ ready }) => ready)).then(() => undefined),
  };
}

async function stopNodes(children: readonly Child[], process: KabukiProcess): Promise<void> {
  const deadlineMs = process.clock.nowMs() + STOP_MS;
  await Promise.all(children.map((child) => child.stop(process.clock, deadlineMs)));
}
