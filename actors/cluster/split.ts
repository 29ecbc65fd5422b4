/**
 * A cluster started for chaos: every component and every node is a process of its own, kept running by this one, which
 * holds the store's servers and the chaos controller alone. Each process reaches NATS through proxies of its own.
 */
import { choosePorts } from '../../bus/server/ports.ts';
import { killContainers } from '../chaos/containers.ts';
import type { Experiments } from '../chaos/experiments.ts';
import type { Hittable } from '../chaos/hittable.ts';
import { markOf, undoJournal } from '../chaos/journal.ts';
import { type Links, openLinks } from '../chaos/links.ts';
import { type RulesMessage, type SeenMessage, UNWATCHED } from '../chaos/protocol.ts';
import { type Supervisor, startSupervisor } from '../chaos/supervisor.ts';
import type { Pki } from '../pki/pki.ts';
import { childSpecs } from './child-specs.ts';
import { EXIT } from './command-error.ts';
import type { Layout, ProcessEntry } from './layout.ts';
import type { Logger } from './log.ts';
import { type ClusterNats, connectAs, type NatsServer } from './nats-access.ts';
import { type KabukiProcess, startProcess } from './process.ts';
import { Supervised } from './supervised.ts';
import type { UpOptions } from './up.ts';
import { CHAOS, CHAOS_RUNNER } from './users.ts';

/** A running cluster of processes. */
export interface Split {
  readonly server: string;
  readonly nodesReady: Promise<void>;
  processes(): readonly ProcessEntry[];
  /** A server of the store ended; false where it is not to be started again yet. */
  mayRestart(server: string): boolean;
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
/** What a child is told before there is a controller. */
const NO_RULES: RulesMessage = { chaos: [], watching: UNWATCHED };

/** Starts the processes; resolves when the first apiserver answers. */
export async function startSplit(options: SplitOptions): Promise<Split> {
  const { up, layout, nats, log } = options;
  await undoJournal(layout.data);
  const bus = await connectAs(nats.access(CHAOS), `${up.cluster} supervisor`);
  const own = startProcess({
    ...{ cluster: up.cluster, role: 'supervisor', name: 'supervisor', bus, log },
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
  let experiments: Experiments | undefined;
  const supervisor = startSupervisor({
    ...{ pki: options.pki, server: () => server },
    self: self ?? { name: 'supervisor', pid: process.pid, startTime: '' },
    ...{ process: own, bus, dataDir: layout.data, blastRadius: up.chaos?.blastRadius },
    processes: [...children.all, ...servers],
    storeNames: new Map(nats.servers.map(({ serverName, name }) => [serverName, name])),
    onStop: () => experiments?.stop('Stopped', 'Everything was undone by `kabuki chaos stop`.'),
  });
  children.supervisor = supervisor;
  const stop = async (): Promise<void> => {
    children.ending = true;
    await experiments?.close();
    const healed = supervisor.close();
    await children.stop(own.clock.nowMs() + STOP_MS);
    await healed;
    await own.close();
  };
  try {
    await children.start(['apiserver'], 1);
    const { openExperiments } = await import('../chaos/open-experiments.ts');
    experiments = await openExperiments({
      ...{ process: own, controller: supervisor.controller, access: nats.access(CHAOS_RUNNER) },
      ...{ pki: options.pki, server: () => server, version: up.version },
      processes: () => ['supervisor', ...children.all.map(({ name }) => name)],
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server,
    nodesReady: children.start(['apiserver', 'scheduler', 'controllers', 'node', 'hollow-nodes']),
    processes: () => [
      { role: 'supervisor', name: 'supervisor', pid: process.pid },
      ...nats.servers.map(({ name, pid }) => ({ role: 'nats-server', name, pid })),
      ...children.all.map(({ role, name, pid }) => ({ role, name, pid })),
    ],
    mayRestart: (name) => servers.find((server) => server.name === name)?.held !== true,
    stop,
  };
}

/** A child as chaos hits it: the process, and its links. */
class ChaosChild implements Hittable {
  readonly name: string;
  readonly role: string;
  readonly nodes: number;
  readonly supervised: Supervised;
  readonly #links: Links;
  readonly #nodeDir: string | undefined;

  constructor(supervised: Supervised, links: Links, nodes: number, nodeDir: string | undefined) {
    this.name = supervised.name;
    this.role = nodes > 0 ? 'node' : supervised.role;
    this.nodes = nodes;
    this.supervised = supervised;
    this.#links = links;
    this.#nodeDir = nodeDir;
  }

  get pid(): number {
    return this.supervised.pid;
  }

  get restarts(): number {
    return this.supervised.restarts;
  }

  hold(power: boolean): void {
    this.supervised.hold();
    if (power && this.#nodeDir !== undefined) killContainers(this.#nodeDir);
  }

  release(): void {
    this.supervised.release();
  }

  partition(direction: Parameters<Links['partition']>[0]): void {
    this.#links.partition(direction);
  }

  tell(message: RulesMessage): void {
    this.supervised.send(message);
  }

  close(): Promise<void> {
    return this.#links.close();
  }
}

class Children {
  readonly all: ChaosChild[] = [];
  supervisor: Supervisor | undefined;
  /** Nothing that comes or goes is told any more. */
  ending = false;
  readonly #options: SplitOptions;
  readonly #own: KabukiProcess;

  constructor(options: SplitOptions, own: KabukiProcess) {
    this.#options = options;
    this.#own = own;
  }

  /** Makes the children and their links; starts none. */
  async open(apiserverPorts: readonly number[]): Promise<void> {
    const { up, layout, nats, identity } = this.#options;
    for (const spec of childSpecs(up, layout, apiserverPorts, identity)) {
      const links = await openLinks(nats.urls);
      const supervised = new Supervised({
        ...{ ...spec, env: up.env, clock: this.#own.clock },
        args: [up.script, ...spec.args, '--nats', links.urls.join(',')],
        onStarted: (child) => this.#started(child),
        onEnded: (child, how, held) => this.#ended(child, how, held),
        onSaid: (said) => this.supervisor?.see((said as SeenMessage).seen),
      });
      this.all.push(new ChaosChild(supervised, links, spec.nodes, spec.nodeDir));
    }
  }

  /** Starts the children of these roles that do not run yet, at most so many; resolves when all are ready. */
  async start(roles: readonly string[], max = this.all.length): Promise<void> {
    const chosen = this.all.filter(
      ({ supervised, pid }) => roles.includes(supervised.role) && pid === 0,
    );
    await Promise.all(chosen.slice(0, max).map(({ supervised }) => supervised.start()));
  }

  async stop(deadlineMs: number): Promise<void> {
    this.ending = true;
    for (const { supervised } of this.all) supervised.retire();
    const [last, first] = [this.#of(true), this.#of(false)];
    await Promise.all(first.map(({ supervised }) => supervised.stop(deadlineMs)));
    await Promise.all(last.map(({ supervised }) => supervised.stop(deadlineMs)));
    await Promise.all(this.all.map((child) => child.close()));
  }

  #of(apiservers: boolean): readonly ChaosChild[] {
    return this.all.filter(({ role }) => (role === 'apiserver') === apiservers);
  }

  #started(child: Supervised): void {
    if (this.supervisor === undefined) child.send(NO_RULES);
    else this.supervisor.controller.started(child.name);
    this.#tell(child, 'started');
  }

  #ended(child: Supervised, how: string, held: boolean): void {
    const { log, up } = this.#options;
    log.info({ name: child.name, how, held }, 'a process ended');
    if (held) return;
    up.onLoss(`${child.role} ${child.name} ended (${how}); starting it again`);
    this.#tell(child, 'crashed');
  }

  #tell({ name, role }: Supervised, state: 'started' | 'crashed'): void {
    if (this.ending) return;
    const atMs = this.#own.clock.nowMs();
    this.supervisor?.see([{ type: 'process', process: name, role, state, power: false, atMs }]);
    this.#options.onProcesses();
  }
}

/** A server of the store as chaos hits it. */
class StoreServer implements Hittable {
  readonly role = 'store';
  readonly nodes = 0;
  readonly name: string;
  readonly restarts = 0;
  held = false;
  readonly #server: NatsServer;

  constructor(server: NatsServer) {
    this.#server = server;
    this.name = server.name;
  }

  get pid(): number {
    return this.#server.running ? this.#server.pid : 0;
  }

  hold(): void {
    this.held = true;
    if (this.pid > 1) process.kill(this.pid, 'SIGKILL');
  }

  release(): void {
    this.held = false;
    // A server that cannot start is reported by whoever started the cluster; the next command tells it is down.
    this.#server.restart().catch(() => {});
  }

  partition(): void {}

  tell(): void {}
}
