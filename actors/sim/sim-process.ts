/**
 * One simulated process: what `actors/cluster/process.ts` gives a real one (clock, host, bus, ids, log), on virtual
 * time. It can be crashed, paused and started again; each start is a new life.
 *
 * Nothing of a dead life has any effect: its timers never fire, its messages are dropped, its promises stay open.
 */
import type { Clock as BusClock } from '../../bus/clock.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createIds } from '../../bus/ids.ts';
import type { Store } from '../../bus/store/store.ts';
import { subject } from '../../bus/subjects.ts';
import type { VirtualBus } from '../../bus/virtual-bus.ts';
import type { ProcessRole } from '../../machines/chaos/scenario.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../cluster/log.ts';
import type { KabukiProcess } from '../cluster/process.ts';
import { createHost, type StepDetail } from '../host.ts';
import type { EventQueue, Life } from './event-queue.ts';
import { type Mutations, mutateHost } from './mutations.ts';
import { streamOf } from './random.ts';

/** The name of a simulated cluster: the first token of its subjects. */
export const CLUSTER = 'kabuki';

/** What a process stands on, and tells of. */
export interface SimWorld {
  readonly seed: number;
  readonly queue: EventQueue;
  readonly bus: VirtualBus;
  /** Bugs planted by a test. */
  readonly mutations: Mutations;
  onStep(process: SimProcess, record: StepRecord, detail: StepDetail): void;
  onEffect(process: SimProcess, actor: string, done: number, effects: number): void;
  /** A process was started, crashed, paused or resumed. */
  onProcess(
    process: SimProcess,
    state: 'started' | 'crashed' | 'paused' | 'resumed',
    power: boolean,
  ): void;
  /** The code under test did what it must not. */
  onBug(process: SimProcess, what: string, error: unknown): void;
  /** A process has made its ids. */
  onIds(process: SimProcess, messageId: string): void;
  /** An apiserver was asked to change something. */
  onRequest(cause: Envelope, user: string): void;
  /** False where a fault keeps the process down. */
  mayStart(process: SimProcess): boolean;
  /** Restarts exceeded their intensity: the process must end. */
  onEscalate(process: SimProcess, running: Running): void;
  /** The stores as a process sees them, from this start on. */
  openStore(process: SimProcess, bucket: 'objects' | 'events'): Store;
}

/** A running process, as its role is started with. */
export interface Running extends KabukiProcess {
  readonly bus: VirtualBus;
  readonly busClock: BusClock;
  readonly life: Life;
  readonly mutations: Mutations;
}

/** What a process does when it is started; called anew for each life. */
export type Role = (running: Running, process: SimProcess) => void;

/** See the file comment. */
export class SimProcess {
  readonly name: string;
  readonly role: ProcessRole | 'user';
  starts = 0;
  /** How far its clock is off, milliseconds. Deadlines that were set before it jumped stay where they are. */
  skewMs = 0;
  /** The next start begins with a view that is so many revisions old. */
  staleRevisions = 0;
  running: Running | undefined;
  readonly #world: SimWorld;
  readonly #run: Role;

  constructor(world: SimWorld, role: ProcessRole | 'user', name: string, run: Role) {
    this.#world = world;
    this.role = role;
    this.name = name;
    this.#run = run;
  }

  get state(): 'up' | 'paused' | 'down' {
    if (this.running === undefined) return 'down';
    return this.running.life.paused ? 'paused' : 'up';
  }

  start(): void {
    if (this.running !== undefined) return;
    this.starts += 1;
    const running = this.#open();
    this.running = running;
    this.#world.onProcess(this, 'started', false);
    this.#run(running, this);
  }

  /** Ends it without a word. `power`: the machine under it dies too. */
  crash(power: boolean): void {
    const { running } = this;
    if (running === undefined) return;
    running.life.alive = false;
    this.running = undefined;
    running.host.close();
    running.bus.vanish();
    for (const end of running.life.ends) end();
    this.#world.onProcess(this, 'crashed', power);
  }

  pause(): void {
    if (this.state !== 'up') return;
    (this.running as Running).life.paused = true;
    this.#world.onProcess(this, 'paused', false);
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.#world.queue.resume((this.running as Running).life);
    this.#world.onProcess(this, 'resumed', false);
  }

  #open(): Running {
    const world = this.#world;
    const { queue, seed } = world;
    const life: Life = { alive: true, paused: false, waiting: [], ends: [] };
    const stream = streamOf(seed, `process ${this.name} ${this.starts}`);
    const ids = createIds(stream.uint32);
    world.onIds(this, ids.messageId());
    const clock = this.#clock(life);
    const busClock: BusClock = {
      nowMs: clock.nowMs,
      setTimer: (delayMs, fire) => clock.at(clock.nowMs() + delayMs, fire),
    };
    const bus = world.bus.connect(this.name, { clock: busClock, ids });
    const bug = (what: string, error: unknown): void => {
      if (life.alive) world.onBug(this, what, error);
    };
    const host = createHost({
      clock,
      bus,
      ids,
      deadSubject: subject(CLUSTER, 'dead'),
      stopwatch: () => 0,
      schedule: (run) => void queue.at(queue.nowMs, run, life),
      onStep: (record, detail) => world.onStep(this, record, detail),
      onEffect: (actor, done, effects) => world.onEffect(this, actor, done, effects),
      onCrash: (actor, error) => bug(`${actor} threw`, error),
      onEscalate: () => world.onEscalate(this, running),
    });
    const { mutations } = world;
    if (mutations.machine !== undefined) mutateHost(host, this.name, mutations.machine);
    const running: Running = {
      ...{
        cluster: CLUSTER,
        role: this.role,
        name: this.name,
        bus,
        busClock,
        clock,
        host,
        ids,
        life,
        mutations,
        faults: undefined,
      },
      random: stream.uint32,
      log: logOf(bug),
      addDetail() {},
      async close() {},
    };
    return running;
  }

  #clock(life: Life): Clock {
    const { queue } = this.#world;
    return {
      nowMs: () => Math.floor(queue.nowMs + this.skewMs),
      at: (deadlineMs, callback) => {
        const item = queue.at(deadlineMs - this.skewMs, callback, life);
        return () => {
          item.run = undefined;
        };
      },
    };
  }
}

/** A log that only bugs are written to. */
function logOf(bug: (what: string, error: unknown) => void): Logger {
  const nothing = (): void => {};
  return {
    error: (fields: { err?: unknown }, message: string) => bug(message, fields.err),
    fatal: (fields: { err?: unknown }, message: string) => bug(message, fields.err),
    warn: nothing,
    info: nothing,
    debug: nothing,
    trace: nothing,
    isLevelEnabled: () => false,
  } as unknown as Logger;
}
