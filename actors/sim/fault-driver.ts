/**
 * Listens to a simulated cluster, tells the triggers of what happens, and begins the faults they name. Turns steps into
 * observations on the way. Never undoes a fault before its end but when everything is healed.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { FaultyStore } from '../../bus/faults/faulty-store.ts';
import type { Write } from '../../bus/store/store.ts';
import type { Hop } from '../../bus/virtual-bus.ts';
import type { Fault, Scenario } from '../../machines/chaos/scenario.ts';
import { createTriggers, type Triggers } from '../../machines/chaos/triggers.ts';
import type { Picture } from '../../machines/checks/check.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import { InjectedCrash } from '../chaos/injected-crash.ts';
import type { StepDetail } from '../host.ts';
import type { Asker } from './askers.ts';
import { SimFaults } from './faults.ts';
import { streamOf } from './random.ts';
import type { Untimed } from './recorder.ts';
import type { SimCluster, SimListener } from './sim-cluster.ts';
import { CLUSTER, type SimProcess } from './sim-process.ts';

export interface FaultDriverOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly picture: Picture;
  readonly observe: (observation: Untimed) => void;
  readonly onBug: (process: SimProcess, what: string, error: unknown) => void;
  /** Told of every step, before its effects are carried out. */
  readonly onStep?: SimOnStep | undefined;
}

/** Reads the steps of a simulation with all that they were given and gave. */
export type SimOnStep = (process: string, record: StepRecord, detail: StepDetail) => void;

/** A fault and what it waits for. */
interface Waiting {
  readonly fault: Fault;
  readonly triggers: Triggers;
}

/** A crash that waits for some effects of a step to be carried out. */
interface Armed {
  readonly waiting: Waiting;
  readonly process: SimProcess;
  readonly actor: string;
  readonly after: number;
}

const SUBJECT_START = CLUSTER.length + 1;

/** See the file comment. */
export class FaultDriver implements SimListener {
  /** Steps since the faults were let loose. */
  steps = 0;
  readonly #options: FaultDriverOptions;
  #waiting: readonly Waiting[] = [];
  #faults: SimFaults | undefined;
  #cluster: SimCluster | undefined;
  #armed: Armed | undefined;
  #startMs = 0;
  #loose = false;

  constructor(options: FaultDriverOptions) {
    this.#options = options;
  }

  /** The cluster, which is made after its listener. */
  set cluster(cluster: SimCluster) {
    this.#cluster = cluster;
    const { picture, observe, seed, scenario } = this.#options;
    const { blastRadius } = scenario;
    this.#faults = new SimFaults({ cluster, picture, observe, blastRadius, seed });
  }

  /** From now on what the triggers wait for has its fault. */
  letLoose(): void {
    const { scenario, seed } = this.#options;
    // Each fault draws by itself, so that leaving one out changes nothing of the others.
    this.#waiting = scenario.faults.map((fault) => ({
      fault,
      triggers: createTriggers([fault], streamOf(seed, `trigger ${fault.name}`).draw),
    }));
    this.#startMs = this.#cluster?.queue.nowMs ?? 0;
    this.#loose = true;
    for (const waiting of this.#waiting) this.#awaitTime(waiting);
  }

  /** No more faults, and nothing left of those there were. */
  healAll(): void {
    this.#waiting = [];
    this.#armed = undefined;
    this.#loose = false;
    this.#faults?.healAll();
  }

  #awaitTime(waiting: Waiting): void {
    const nextMs = waiting.triggers.nextTimeMs();
    if (nextMs === undefined) return;
    this.#cluster?.queue.at(this.#startMs + nextMs, () => {
      if (!this.#waiting.includes(waiting)) return;
      for (const _ of waiting.triggers.onTime(nextMs)) this.#begin(waiting);
      this.#awaitTime(waiting);
    });
  }

  #begin({ fault, triggers }: Waiting, stepping?: SimProcess, actor?: string): void {
    if (this.#faults?.begin(fault, stepping, actor) !== true) triggers.putBack(fault.name);
  }

  observe(observation: Untimed): void {
    this.#options.observe(observation);
  }

  onStep(process: SimProcess, record: StepRecord, detail: StepDetail): void {
    this.#options.onStep?.(process.name, record, detail);
    this.#options.observe({ type: 'step', process: process.name, record });
    if (record.actor.startsWith('leader/')) this.#leadership(process, record);
    if (!this.#loose) return;
    this.steps += 1;
    for (const waiting of this.#waiting) {
      const { triggers } = waiting;
      const { steps, counts } = triggers.hears;
      const fired =
        (steps && triggers.onStep(process.name, record).length > 0) ||
        (counts && triggers.onStepCount(this.steps).length > 0);
      if (fired) this.#onFired(waiting, process, record);
    }
  }

  /** Crashes wait for the effects of the step that they are to let through; everything else begins now. */
  #onFired(waiting: Waiting, process: SimProcess, record: StepRecord): void {
    const { what } = waiting.fault;
    const effects = record.effects.length;
    const after = what.fault === 'crash' ? Math.min(what.afterEffects ?? effects, effects) : 0;
    if (after === 0) this.#begin(waiting, process, record.actor);
    else this.#armed = { waiting, process, actor: record.actor, after };
  }

  onEffect(process: SimProcess, actor: string, done: number): void {
    const armed = this.#armed;
    if (armed === undefined || armed.process !== process || armed.actor !== actor) return;
    if (done < armed.after) return;
    this.#armed = undefined;
    this.#begin(armed.waiting, process, actor);
  }

  #leadership(process: SimProcess, { actor, effects }: StepRecord): void {
    for (const effect of effects) {
      if (effect !== 'leadership.gained' && effect !== 'leadership.lost') continue;
      const lease = actor.slice('leader/'.length);
      const state = process.running?.host.state('leader', lease);
      const token = (state?.context as { token?: number } | undefined)?.token ?? 0;
      const leads = effect === 'leadership.gained';
      this.#options.observe({ type: 'leadership', process: process.name, lease, leads, token });
    }
  }

  onMessage(hop: Hop): void {
    for (const waiting of this.#waiting) {
      if (!waiting.triggers.hears.messages) continue;
      const subject = hop.subject.startsWith(`${CLUSTER}.`)
        ? hop.subject.slice(SUBJECT_START)
        : hop.subject;
      const from = this.#cluster?.processes.get(hop.from);
      const fired = waiting.triggers.onMessage({ subject, from: hop.from, to: hop.to });
      if (fired.length > 0) this.#begin(waiting, from);
    }
  }

  onWrite(
    when: 'before' | 'after',
    process: SimProcess,
    writes: readonly Write[],
    { id, causes }: Envelope,
    asker: Asker,
  ): void {
    for (const waiting of this.#waiting) {
      if (!waiting.triggers.hears.writes) continue;
      for (const { key, operation, expected } of writes) {
        const kind = operation === 'delete' ? 'delete' : expected === 0 ? 'create' : 'update';
        const { from, user } = asker;
        const seen = { key, operation: kind, from, user, causes, messageId: id } as const;
        if (waiting.triggers.onWrite(when, seen).length === 0) continue;
        this.#begin(waiting, this.#cluster?.processes.get(asker.client ?? '') ?? process);
      }
    }
  }

  onBug(process: SimProcess, what: string, error: unknown): void {
    if (!(error instanceof InjectedCrash)) this.#options.onBug(process, what, error);
  }

  onStore(process: SimProcess, store: FaultyStore): void {
    this.#faults?.onStore(process, store);
  }

  onStoreFault(process: SimProcess): void {
    this.#faults?.onStoreFault(process);
  }

  mayStart(process: SimProcess): boolean {
    return this.#faults?.mayStart(process) ?? true;
  }
}
