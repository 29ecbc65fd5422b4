/**
 * What each fault does to a simulated cluster, and how it is undone. Processes that several faults hold down come back
 * when the last of them ends. Never decides when, or whom.
 */
import type { FaultyStore, StoreFault } from '../../bus/faults/faulty-store.ts';
import type { MessageEffect } from '../../bus/faults/message-rules.ts';
import { assertNever } from '../../machines/assert.ts';
import { like } from '../../machines/chaos/match.ts';
import type { Fault, FaultAction } from '../../machines/chaos/scenario.ts';
import { InjectedCrash } from '../chaos/injected-crash.ts';
import type { RuntimeFault } from '../kubelet/faulty-runtime.ts';
import type { SimCluster } from './sim-cluster.ts';
import { CLUSTER, type SimProcess } from './sim-process.ts';

/** One injection. */
export interface Hit {
  /** Unique among the injections of a run. */
  readonly name: string;
  readonly targets: readonly SimProcess[];
  /** The other side of a partition; undefined: everybody else. */
  readonly others: readonly string[] | undefined;
  /** Only the next message or write. */
  readonly once: boolean;
  /** The machine that took the step. */
  readonly actor: string | undefined;
  /** The fault has done all it does. */
  readonly done: () => void;
}

/** A process that hears nothing takes its connection for lost after this, milliseconds. */
const CONNECTION_LOST_MS = 4_000;
/** A store of three servers has a new leader after this. */
const ELECTION_MS = 2_500;
const DUPLICATE_WITHIN_MS = 50;

type Of<K extends FaultAction['fault']> = Extract<FaultAction, { fault: K }>;
type Undo = () => void;

/** See the file comment. */
export class FaultActions {
  readonly #cluster: SimCluster;
  /** Names of the injections that keep a process down, or standing. */
  readonly #down = new Map<SimProcess, Set<string>>();
  readonly #paused = new Map<SimProcess, Set<string>>();
  /** What is wrong with the store, by process and injection. */
  readonly #stores = new Map<string, Map<string, StoreFault>>();
  /** Injections that end with the first write they hit. */
  readonly #once = new Map<string, () => void>();

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
  }

  /** Does it, and returns how to undo it. */
  act(fault: Fault, hit: Hit): Undo {
    const { what } = fault;
    switch (what.fault) {
      case 'crash':
        return fault.target.actor === undefined
          ? this.#crash(what, hit)
          : this.#crashMachines(fault.target.actor, hit);
      case 'pause':
        return this.#pause(hit);
      case 'partition':
        return this.#partition(what, hit);
      case 'delay':
      case 'drop':
      case 'duplicate':
      case 'reorder':
        return this.#messages(fault, what, hit);
      case 'stale-view':
        return this.#store(hit, { kind: 'lag', ms: what.lagMs });
      case 'skip-events':
        return this.#store(hit, { kind: 'skip' });
      case 'store-slow':
        return this.#store(hit, { kind: 'slow', minMs: what.minMs, maxMs: what.maxMs });
      case 'store-unavailable':
        return this.#store(hit, { kind: 'unavailable' });
      case 'store-unknown': {
        const { probability, applied } = what;
        return this.#store(hit, { kind: 'unknown', probability, applied });
      }
      case 'store-conflict':
        return this.#store(hit, { kind: 'conflict', probability: what.probability });
      case 'store-compact':
        for (const { name } of hit.targets) this.#cluster.stores.get(name)?.compact();
        return () => {};
      case 'store-server':
        return this.#storeServer(hit);
      case 'clock-skew':
        for (const process of hit.targets) process.skewMs = what.byMs;
        return () => {
          for (const process of hit.targets) process.skewMs = 0;
        };
      case 'lose-heartbeats':
        return this.#loseHeartbeats(hit);
      case 'pressure':
        return this.#pressure(what, hit);
      case 'crash-containers':
      case 'slow-start':
      case 'slow-stop':
      case 'runtime-error':
        return this.#runtime(fault, what, hit);
      default:
        return assertNever(what);
    }
  }

  #crash(what: Of<'crash'>, { name, targets }: Hit): Undo {
    for (const process of targets) {
      holdersOf(this.#down, process).add(name);
      this.#paused.delete(process);
      process.crash(what.power);
    }
    return () => {
      for (const process of targets) {
        process.staleRevisions = what.staleRevisions;
        this.#release(process, name);
      }
    };
  }

  #release(process: SimProcess, name: string): void {
    const holders = holdersOf(this.#down, process);
    holders.delete(name);
    if (holders.size === 0) process.start();
  }

  /** True where no fault keeps a process down: one that ended by itself may start again. */
  mayStart(process: SimProcess): boolean {
    return holdersOf(this.#down, process).size === 0;
  }

  #crashMachines(pattern: string, { targets }: Hit): Undo {
    for (const { running } of targets) {
      for (const name of running?.host.names() ?? []) {
        if (!like(pattern, name)) continue;
        const slash = name.indexOf('/');
        const error = new InjectedCrash('a fault');
        running?.host.crash(name.slice(0, slash), name.slice(slash + 1), error);
      }
    }
    return () => {};
  }

  #pause({ name, targets }: Hit): Undo {
    for (const process of targets) {
      holdersOf(this.#paused, process).add(name);
      process.pause();
    }
    return () => {
      for (const process of targets) {
        const holders = holdersOf(this.#paused, process);
        holders.delete(name);
        if (holders.size === 0) process.resume();
      }
    };
  }

  #partition({ direction }: Of<'partition'>, { name, targets, others }: Hit): Undo {
    const { network, queue } = this.#cluster;
    const inside = new Set(targets.map((process) => process.name));
    const outside = others === undefined ? undefined : new Set(others);
    if (direction !== 'from') network.cut(`${name}>`, { from: outside, to: inside });
    if (direction !== 'to') network.cut(`${name}<`, { from: inside, to: outside });
    const lives = targets.map(({ running }) => running);
    let healed = false;
    const whole = direction === 'both' && others === undefined;
    const connect = (connected: boolean): void => {
      for (const running of lives) if (running?.life.alive) running.bus.setConnected(connected);
    };
    if (whole) queue.at(queue.nowMs + CONNECTION_LOST_MS, () => !healed && connect(false));
    return () => {
      healed = true;
      network.heal(`${name}>`);
      network.heal(`${name}<`);
      if (whole) connect(true);
    };
  }

  #messages(fault: Fault, what: Of<'delay' | 'drop' | 'duplicate' | 'reorder'>, hit: Hit): Undo {
    const { network } = this.#cluster;
    const { process, role, pods } = fault.target;
    const names = hit.targets.map((one) => one.name);
    if (hit.once) {
      for (const name of names) network.loseNext(name, hit.done);
      return () => {
        for (const name of names) network.loseNext(name, undefined);
      };
    }
    const subject = `${CLUSTER}.${fault.target.subject ?? '>'}`;
    const rule = {
      subject: fault.target.subject === undefined ? undefined : subject,
      effect: effectOf(what),
      probability: what.probability,
    };
    const everybody = process === undefined && role === undefined && pods === undefined;
    if (everybody) network.rules.set(hit.name, rule);
    else {
      network.rules.set(`${hit.name}>`, { ...rule, from: names });
      network.rules.set(`${hit.name}<`, { ...rule, to: names });
    }
    return () => {
      for (const suffix of ['', '>', '<']) network.rules.remove(hit.name + suffix);
    };
  }

  #store({ name, targets, once, done }: Hit, fault: StoreFault): Undo {
    for (const process of targets) {
      const faults = this.#stores.get(process.name) ?? new Map<string, StoreFault>();
      this.#stores.set(process.name, faults.set(name, fault));
      this.#cluster.stores.get(process.name)?.set(name, fault);
    }
    if (once) this.#once.set(name, done);
    return () => {
      this.#once.delete(name);
      for (const process of targets) {
        this.#stores.get(process.name)?.delete(name);
        this.#cluster.stores.get(process.name)?.remove(name);
      }
    };
  }

  /** A process has opened the store: its faults are set again. */
  onStore(process: SimProcess, store: FaultyStore): void {
    for (const [name, fault] of this.#stores.get(process.name) ?? []) store.set(name, fault);
  }

  /** A fault of the store has hit a call. */
  onStoreFault(process: SimProcess): void {
    for (const name of [...(this.#stores.get(process.name)?.keys() ?? [])]) {
      this.#once.get(name)?.();
    }
  }

  /** With one server everything stands, messages too; with three a new leader is chosen soon. */
  #storeServer(hit: Hit): Undo {
    const { processes, network, storeReplicas, queue } = this.#cluster;
    const undoStore = this.#store(hit, { kind: 'unavailable' });
    if (storeReplicas === 3) {
      let undone = false;
      const undo = (): void => {
        if (!undone) undoStore();
        undone = true;
      };
      queue.at(queue.nowMs + ELECTION_MS, undo);
      return undo;
    }
    network.cut(hit.name, { from: undefined, to: undefined });
    const lives = [...processes.values()].map(({ running }) => running);
    for (const running of lives) if (running?.life.alive) running.bus.setConnected(false);
    return () => {
      undoStore();
      network.heal(hit.name);
      for (const { running } of processes.values()) running?.bus.setConnected(true);
    };
  }

  #loseHeartbeats({ name, targets }: Hit): Undo {
    const { network, nodes } = this.#cluster;
    const mute = (on: boolean): void => {
      for (const process of targets) {
        const node = nodes.get(process.name);
        if (node !== undefined) node.mute = on;
      }
    };
    mute(true);
    const effect = { kind: 'drop' } as const;
    const from = targets.map((process) => process.name);
    network.rules.set(name, { subject: `${CLUSTER}.beat.*`, from, effect });
    return () => {
      mute(false);
      network.rules.remove(name);
    };
  }

  #pressure({ resource }: Of<'pressure'>, { targets }: Hit): Undo {
    const set = (under: boolean): void => {
      for (const { name } of targets) this.#cluster.nodes.get(name)?.setPressure(resource, under);
    };
    set(true);
    return () => set(false);
  }

  #runtime(
    { target }: Fault,
    what: Of<'crash-containers' | 'slow-start' | 'slow-stop' | 'runtime-error'>,
    { name, targets }: Hit,
  ): Undo {
    const fault: RuntimeFault = { ...what, pods: target.pods };
    for (const process of targets) this.#cluster.nodes.get(process.name)?.setFault(name, fault);
    return () => {
      for (const process of targets) this.#cluster.nodes.get(process.name)?.removeFault(name);
    };
  }

  /** Starts what is down though nothing holds it down. */
  reviveAll(): void {
    this.#down.clear();
    this.#paused.clear();
    for (const process of this.#cluster.processes.values()) {
      process.resume();
      process.start();
    }
  }
}

function holdersOf(map: Map<SimProcess, Set<string>>, process: SimProcess): Set<string> {
  const known = map.get(process);
  if (known !== undefined) return known;
  const holders = new Set<string>();
  map.set(process, holders);
  return holders;
}

function effectOf(what: Of<'delay' | 'drop' | 'duplicate' | 'reorder'>): MessageEffect {
  switch (what.fault) {
    case 'delay':
      return { kind: 'delay', minMs: what.minMs, maxMs: what.maxMs };
    case 'drop':
      return { kind: 'drop' };
    case 'duplicate':
      return { kind: 'duplicate', withinMs: DUPLICATE_WITHIN_MS };
    case 'reorder':
      return { kind: 'reorder', windowMs: what.windowMs };
  }
}
