/**
 * A whole cluster in one thread on virtual time: the bus, the stores, and every process. Tells what happens as
 * observations; injects nothing by itself.
 */

import type { Envelope } from '../../bus/envelope.ts';
import { createFaultyStore, type FaultyStore } from '../../bus/faults/faulty-store.ts';
import { createLogHistory } from '../../bus/faults/log-history.ts';
import { createIds } from '../../bus/ids.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import type { Store, StoreEvent, Write } from '../../bus/store/store.ts';
import { createVirtualBus, type Hop } from '../../bus/virtual-bus.ts';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { ClusterPlan } from '../../machines/chaos/scenario.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import type { StepDetail } from '../host.ts';
import { type Asker, Askers } from './askers.ts';
import { EventQueue } from './event-queue.ts';
import type { Mutations } from './mutations.ts';
import { Network } from './network.ts';
import { streamOf } from './random.ts';
import { recordStore, type Untimed } from './recorder.ts';
import { apiserverRole, controllersRole, endByItself, schedulerRole } from './roles.ts';
import { simCodec } from './sim-codec.ts';
import { nodeRole, SimNode } from './sim-node.ts';
import { type Role, type Running, SimProcess, type SimWorld } from './sim-process.ts';
import { createStoreLink } from './store-link.ts';

/** When every simulated run begins: 2026-01-01T00:00:00Z. */
export const START_MS = Date.UTC(2026, 0, 1);

/** Told of everything. */
export interface SimListener {
  observe(observation: Untimed): void;
  onStep(process: SimProcess, record: StepRecord, detail: StepDetail): void;
  onEffect(process: SimProcess, actor: string, done: number, effects: number): void;
  onMessage(hop: Hop): void;
  /** An apiserver is about to write, or was told that it has written. */
  onWrite(
    when: 'before' | 'after',
    process: SimProcess,
    writes: readonly Write[],
    envelope: Envelope,
    asker: Asker,
  ): void;
  onBug(process: SimProcess, what: string, error: unknown): void;
  /** A process has opened the store, and what is wrong with it for that process is to be set. */
  onStore(process: SimProcess, store: FaultyStore): void;
  onStoreFault(process: SimProcess): void;
  /** False where a fault keeps a process down. */
  mayStart(process: SimProcess): boolean;
}

/** See the file comment. */
export class SimCluster implements SimWorld {
  readonly seed: number;
  readonly queue = new EventQueue(START_MS);
  readonly network: Network;
  readonly bus;
  readonly storeReplicas: 1 | 3;
  readonly processes = new Map<string, SimProcess>();
  readonly nodes = new Map<string, SimNode>();
  /** The store as each running process sees it, with its faults. */
  readonly stores = new Map<string, FaultyStore>();
  steps = 0;
  writes = 0;
  readonly mutations: Mutations;
  readonly #listener: SimListener;
  readonly #objects: Store;
  readonly #events: Store;
  readonly #history;
  readonly askers = new Askers();
  /** Who asked for the writes that are on their way, by message id. */
  readonly #writing = new Map<string, Asker>();

  constructor(seed: number, plan: ClusterPlan, listener: SimListener, mutations: Mutations = {}) {
    this.seed = seed;
    this.mutations = mutations;
    this.#listener = listener;
    this.storeReplicas = plan.storeReplicas;
    const { queue } = this;
    const lifeOf = (name: string) => this.processes.get(name)?.running?.life;
    this.network = new Network(queue, streamOf(seed, 'network'), lifeOf);
    this.network.onMessage = (hop) => listener.onMessage(hop);
    const clock = {
      nowMs: () => Math.floor(queue.nowMs),
      setTimer: (delayMs: number, fire: () => void) => {
        const item = queue.at(queue.nowMs + delayMs, fire);
        return () => {
          item.run = undefined;
        };
      },
    };
    this.bus = createVirtualBus({
      ...{ clock, schedule: this.network.schedule, name: 'network', isolate: false },
      ids: createIds(streamOf(seed, 'network ids').uint32),
    });
    const schedule = (run: () => void): void => void queue.at(queue.nowMs, run);
    const objects = createMemoryStore({ clock, schedule });
    this.#objects = mutations.store?.(objects) ?? objects;
    this.#events = createMemoryStore({ clock, schedule });
    this.#follow();
    this.#history = createLogHistory(this.#objects);
    this.#build(plan);
  }

  /** Adds the one who uses the cluster. */
  addUser(run: Role): SimProcess {
    const user = new SimProcess(this, 'user', 'user', run);
    this.#add(user);
    return user;
  }

  #build(plan: ClusterPlan): void {
    const numbered = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
    for (const name of numbered(plan.apiservers, 'apiserver'))
      this.#add(new SimProcess(this, 'apiserver', name, apiserverRole(this, plan)));
    for (const name of numbered(plan.schedulers, 'scheduler'))
      this.#add(new SimProcess(this, 'scheduler', name, schedulerRole(this)));
    for (const name of numbered(plan.controllers, 'controllers'))
      this.#add(new SimProcess(this, 'controllers', name, controllersRole(this, plan)));
    for (const [index, name] of numbered(plan.nodes, 'node').entries()) {
      const { draw } = streamOf(this.seed, `machine ${name}`);
      const node = new SimNode({
        ...{ name, number: index + 1, clock: this, draw },
        observe: (change) => this.#listener.observe({ type: 'container', node: name, ...change }),
      });
      this.nodes.set(name, node);
      this.#add(new SimProcess(this, 'node', name, nodeRole(node)));
    }
  }

  #add(process: SimProcess): void {
    this.processes.set(process.name, process);
  }

  /** What is committed, in order, as nobody but the observer sees it. */
  #follow(): void {
    this.#objects.follow({
      onSnapshot() {},
      onProgress() {},
      onReset() {},
      onEvent: (event) => this.#committed(event),
    });
  }

  #committed({ key, operation, value, revision, envelope }: StoreEvent): void {
    this.writes += 1;
    const gone = value.length === 0;
    const asker = this.#writing.get(envelope?.id ?? '');
    this.#writing.delete(envelope?.id ?? '');
    this.#listener.observe({
      type: 'committed',
      ...{ revision, key, operation },
      object: gone ? undefined : (simCodec.decode(value, revision) as Stored<AnyObject>),
      messageId: envelope?.id,
      from: envelope?.from,
      causes: envelope?.causes ?? [],
      client: asker?.client,
      user: asker?.user,
    });
  }

  openStore(process: SimProcess, bucket: 'objects' | 'events'): Store {
    const { life, busClock } = process.running as NonNullable<SimProcess['running']>;
    const { draw, between } = streamOf(this.seed, `${bucket} ${process.name} ${process.starts}`);
    const link = createStoreLink({
      store: bucket === 'objects' ? this.#objects : this.#events,
      process: process.name,
      ...{ life, between, queue: this.queue, network: this.network },
    });
    if (bucket === 'events') return link;
    const reached = this.mutations.link?.(link, process.name) ?? link;
    const faulty = createFaultyStore(reached, {
      ...{ clock: busClock, draw, history: this.#history, shared: true },
      onFault: () => this.#listener.onStoreFault(process),
    });
    if (process.staleRevisions > 0) faulty.startBehind(process.staleRevisions);
    process.staleRevisions = 0;
    this.stores.set(process.name, faulty);
    this.#listener.onStore(process, faulty);
    const recorded = recordStore(faulty, process.name, `${bucket}#${process.starts}`, (seen) => {
      if (life.alive) this.#listener.observe(seen);
    });
    return {
      ...recorded,
      transact: (writes, envelope, mayGoOut) => {
        const asker = this.askers.of(process.name, envelope.from);
        this.#writing.set(envelope.id, asker);
        this.#listener.onWrite('before', process, writes, envelope, asker);
        return recorded.transact(writes, envelope, mayGoOut).then((result) => {
          // Where no answer came it may be stored yet.
          if (!result.ok && result.reason !== 'unknown') this.#writing.delete(envelope.id);
          if (result.ok) this.#listener.onWrite('after', process, writes, envelope, asker);
          return result;
        });
      },
    };
  }

  onIds(process: SimProcess, messageId: string): void {
    this.askers.knowIds(process.name, messageId);
  }

  onRequest(cause: Envelope, user: string): void {
    this.askers.onRequest(cause.id, user, cause.from);
  }

  mayStart(process: SimProcess): boolean {
    return this.#listener.mayStart(process);
  }

  onEscalate(process: SimProcess, running: Running): void {
    endByItself(this, running, process);
  }

  onStep(process: SimProcess, record: StepRecord, detail: StepDetail): void {
    this.steps += 1;
    this.askers.onStep(process.name, record);
    this.#listener.onStep(process, record, detail);
  }

  onEffect(process: SimProcess, actor: string, done: number, effects: number): void {
    this.#listener.onEffect(process, actor, done, effects);
  }

  onBug(process: SimProcess, what: string, error: unknown): void {
    this.#listener.onBug(process, what, error);
  }

  onProcess(
    { name, role }: SimProcess,
    state: 'started' | 'crashed' | 'paused' | 'resumed',
    power: boolean,
  ): void {
    if (state === 'crashed') {
      this.stores.delete(name);
      this.askers.forget(name);
      if (power) this.nodes.get(name)?.powerOff();
    }
    this.#listener.observe({ type: 'process', process: name, role, state, power });
  }

  /** The machines' own clock, on which containers run. */
  nowMs(): number {
    return Math.floor(this.queue.nowMs);
  }

  at(deadlineMs: number, callback: () => void): () => void {
    const item = this.queue.at(deadlineMs, callback);
    return () => {
      item.run = undefined;
    };
  }
}
