/**
 * Carries out the faults of a scenario on a simulated cluster, and undoes each at its end. When one begins is told by
 * the triggers, what it does is in `fault-actions.ts`.
 *
 * Everything begun is undone by `healAll`; never hits more than the blast radius allows.
 */
import type { FaultyStore } from '../../bus/faults/faulty-store.ts';
import type { Pod } from '../../machines/api/types.ts';
import { NEXT_ONE_MS, STEPPING_PROCESS } from '../../machines/chaos/every-step.ts';
import { pickTargets, selectsPod } from '../../machines/chaos/match.ts';
import type { BlastRadius, Fault, Target } from '../../machines/chaos/scenario.ts';
import { FAULTS, type ScenarioProcess } from '../../machines/chaos/scenario-fields.ts';
import type { Picture } from '../../machines/checks/check.ts';
import { FaultActions } from './fault-actions.ts';
import { STORE } from './network.ts';
import { type Stream, streamOf } from './random.ts';
import type { Untimed } from './recorder.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimProcess } from './sim-process.ts';

/** A fault that has begun and has not ended. */
interface Active {
  readonly injection: number;
  readonly fault: Fault;
  readonly targets: readonly SimProcess[];
  readonly undo: () => void;
  ended: boolean;
}

/** Faults that take their targets away from the cluster, and count for the blast radius. */
const TAKES_AWAY: ReadonlySet<string> = new Set([
  'crash',
  'pause',
  'partition',
  'lose-heartbeats',
  'pressure',
]);

export interface SimFaultsOptions {
  readonly cluster: SimCluster;
  readonly picture: Picture;
  readonly blastRadius: BlastRadius;
  readonly seed: number;
  readonly observe: (observation: Untimed) => void;
}

/** See the file comment. */
export class SimFaults {
  injected = 0;
  readonly #options: SimFaultsOptions;
  readonly #actions: FaultActions;
  readonly #active = new Set<Active>();
  readonly #streams = new Map<string, Stream>();

  constructor(options: SimFaultsOptions) {
    this.#options = options;
    this.#actions = new FaultActions(options.cluster);
  }

  /** Begins a fault now; false where that hits nothing, or too much. `stepping` took the step that fired it. */
  begin(fault: Fault, stepping?: SimProcess, actor?: string): boolean {
    const { cluster } = this.#options;
    const { draw } = this.#streamOf(fault);
    const targets = this.#pick(fault.target, stepping, draw);
    if (targets.length === 0 || !this.#within(fault, targets)) return false;
    this.injected += 1;
    const injection = this.injected;
    const name = `${fault.name}#${injection}`;
    const once = fault.forMs === NEXT_ONE_MS;
    const others =
      fault.what.fault === 'partition' && fault.what.from !== undefined
        ? this.#pick(fault.what.from, stepping, draw).map((other) => other.name)
        : undefined;
    const hit = { name, targets, others, once, actor, done: () => this.#end(active) };
    const active: Active = {
      ...{ injection, fault, targets, ended: false },
      undo: () => undo(),
    };
    this.#active.add(active);
    this.#tell(active, 'begun');
    const undo = this.#actions.act(fault, hit);
    if (FAULTS[fault.what.fault].instant) this.#end(active);
    if (active.ended || fault.forMs === undefined || once) return true;
    cluster.queue.at(cluster.queue.nowMs + fault.forMs, () => this.#end(active));
    return true;
  }

  /** Each fault draws by itself. */
  #streamOf({ name }: Fault): Stream {
    const stream = this.#streams.get(name) ?? streamOf(this.#options.seed, `fault ${name}`);
    this.#streams.set(name, stream);
    return stream;
  }

  #pick(
    target: Target,
    stepping: SimProcess | undefined,
    draw: () => number,
  ): readonly SimProcess[] {
    const { cluster, picture } = this.#options;
    const named = target.process === STEPPING_PROCESS ? stepping?.name : target.process;
    const processes = [...cluster.processes.values()].filter(
      (one): one is SimProcess & ScenarioProcess => one.role !== 'user',
    );
    // The store is no process here: what hits it hits all who read its log or write it.
    if (target.role === 'store' || target.process === STORE) {
      return processes.filter(({ role }) => role !== 'node');
    }
    return pickTargets({ ...target, process: named }, processes, draw, (node, selector) => {
      for (const { object } of picture.list('core/pods')) {
        const { spec } = object as Pod;
        if (spec?.nodeName === node && selectsPod(selector, object)) return true;
      }
      return false;
    });
  }

  #within(fault: Fault, targets: readonly SimProcess[]): boolean {
    if (!TAKES_AWAY.has(fault.what.fault) || fault.target.actor !== undefined) return true;
    const hit = new Set(targets);
    for (const active of this.#active) {
      if (TAKES_AWAY.has(active.fault.what.fault)) for (const one of active.targets) hit.add(one);
    }
    const { nodes, processes } = this.#options.blastRadius;
    const nodesHit = [...hit].filter(({ role }) => role === 'node').length;
    return nodesHit <= (nodes ?? nodesHit) && hit.size <= (processes ?? hit.size);
  }

  #end(active: Active): void {
    if (active.ended) return;
    active.ended = true;
    this.#active.delete(active);
    active.undo();
    this.#tell(active, 'ended');
  }

  #tell({ fault, injection, targets }: Active, state: 'begun' | 'ended'): void {
    const names = targets.map(({ name }) => name);
    const what = fault.what.fault;
    this.#options.observe({
      ...{ type: 'fault', name: fault.name, injection, what, targets: names, state },
    } as Untimed);
  }

  /** A process has opened the store again: what is wrong with it stays wrong. */
  onStore(process: SimProcess, store: FaultyStore): void {
    this.#actions.onStore(process, store);
  }

  /** False where a fault keeps a process down. */
  mayStart(process: SimProcess): boolean {
    return this.#actions.mayStart(process);
  }

  /** A fault has hit a call of the store. */
  onStoreFault(process: SimProcess): void {
    this.#actions.onStoreFault(process);
  }

  /** Undoes everything; the last begun first. */
  healAll(): void {
    for (const active of [...this.#active].reverse()) this.#end(active);
    this.#actions.reviveAll();
  }
}
