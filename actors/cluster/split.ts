/**
 * A cluster started for chaos: every component and every node is a process of its own, kept running by this one, which
 * holds the store's servers and the chaos controller alone. Each process reaches NATS through proxies of its own.
 */
import { choosePorts } from '../../bus/server/ports.ts';
import { tellBugs } from '../chaos/bug-log.ts';
import type { Experiments } from '../chaos/experiments.ts';
import { createGuard } from '../chaos/guard.ts';
import { markOf, undoJournal } from '../chaos/journal.ts';
import { type LogReader, openLogReader } from '../chaos/log-reader.ts';
import { RunTurn } from '../chaos/run-turn.ts';
import { startSupervisor } from '../chaos/supervisor.ts';
import type { Pki } from '../pki/pki.ts';
import { EXIT } from './command-error.ts';
import type { Layout, ProcessEntry } from './layout.ts';
import type { Logger } from './log.ts';
import { type ClusterNats, connectAs } from './nats-access.ts';
import { startProcess } from './process.ts';
import { Children } from './split-children.ts';
import { StoreServer } from './store-server.ts';
import type { UpOptions } from './up.ts';
import { CHAOS, CHAOS_RUNNER, OTLP_EXPORTER } from './users.ts';

/** A running cluster of processes. */
export interface Split {
  readonly server: string;
  readonly nodesReady: Promise<void>;
  processes(): readonly ProcessEntry[];
  /** A server of the store ended, how is in the line; false where it is not to be started again yet. */
  serverEnded(server: string, line: string): boolean;
  stop(): Promise<void>;
}

export interface SplitOptions {
  readonly up: UpOptions;
  readonly layout: Layout;
  readonly nats: ClusterNats;
  readonly pki: Pki;
  readonly log: Logger;
  /** Name under which leases are held. */
  readonly identity: string;
  /** Called whenever processes have come or gone. */
  readonly onProcesses: () => void;
}

const LOOPBACK = '127.0.0.1';
/** How long children are given to end, milliseconds. */
const STOP_MS = 10_000;

/** Starts the processes; resolves when the first apiserver answers. */
export async function startSplit(options: SplitOptions): Promise<Split> {
  const { up, layout, nats, log } = options;
  await undoJournal(layout.data);
  const bus = await connectAs(nats.access(CHAOS), `${up.cluster} supervisor`);
  const own = startProcess({
    ...{ cluster: up.cluster, role: 'supervisor', name: 'supervisor', bus },
    log: tellBugs(log, (what) => children.bug('supervisor', what)),
    onEscalate: (error) => {
      log.fatal({ err: error }, 'too many restarts: the process ends');
      process.exit(EXIT.failed);
    },
  });
  const ports = await choosePorts(up.chaos?.apiservers ?? 1, up.port === 0 ? [] : [up.port]);
  const children = new Children(options, own);
  const servers = nats.servers.map((server) => new StoreServer(server));
  await children.open(up.port === 0 ? ports : [up.port, ...ports.slice(1)]);
  const server = `https://${LOOPBACK}:${ports[0]}`;
  const self = await markOf('supervisor', process.pid);
  const turn = new RunTurn();
  let experiments: Experiments | undefined;
  let reader: LogReader | undefined;
  const supervisor = await startSupervisor({
    ...{ pki: options.pki, server: () => server },
    self: self ?? { name: 'supervisor', pid: process.pid, startTime: '' },
    ...{ process: own, bus, dataDir: layout.data, blastRadius: up.chaos?.blastRadius },
    processes: [...children.all, ...servers],
    storeNames: new Map(nats.servers.map(({ serverName, name }) => [serverName, name])),
    turn,
    guard: createGuard({ script: up.script, dataDir: layout.data, env: up.env }),
  });
  children.supervisor = supervisor;
  const stop = async (): Promise<void> => {
    children.ending = true;
    await experiments?.close();
    const healed = supervisor.close();
    await children.stop(own.clock.nowMs() + STOP_MS);
    await healed;
    await reader?.close();
    await own.close();
  };
  try {
    await children.start(['apiserver'], 1);
    reader = await openLogReader(nats.access(CHAOS_RUNNER), up.cluster);
    children.history = reader.history;
    const { openExperiments } = await import('../chaos/open-experiments.ts');
    experiments = await openExperiments({
      ...{ process: own, supervisor, turn, reader },
      ...{ pki: options.pki, server: () => server, version: up.version },
      processes: () => ['supervisor', ...children.all.map(({ name }) => name)],
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server,
    nodesReady: children.start([
      'apiserver',
      'scheduler',
      'controllers',
      'node',
      'hollow-nodes',
      OTLP_EXPORTER,
    ]),
    processes: () => [
      { role: 'supervisor', name: 'supervisor', pid: process.pid },
      ...nats.servers.map(({ name, pid }) => ({ role: 'nats-server', name, pid })),
      ...children.all.map(({ role, name, pid }) => ({ role, name, pid })),
    ],
    serverEnded(name, line) {
      if (servers.find((server) => server.name === name)?.held === true) return false;
      children.bug(name, line);
      return true;
    },
    stop,
  };
}
