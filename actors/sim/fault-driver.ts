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
import type { Asker } from './askers.ts';
import { InjectedCrash } from './fault-actions.ts';
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
}

/** A crash that waits for some effects of a step to be carried out. */
interface Armed {
  readonly fault: Fault;
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
  readonly #byName: ReadonlyMap<string, Fault>;
  #triggers: Triggers | undefined;
  #faults: SimFaults | undefined;
  #cluster: SimCluster | undefined;
  #armed: Armed | undefined;
  #startMs = 0;
  #loose = false;

  constructor(options: FaultDriverOptions) {
    this.#options = options;
    this.#byName = new Map(options.scenario.faults.map((fault) => [fault.name, fault]));
  }

  /** The cluster, which is made after its listener. */
  set cluster(cluster: SimCluster) {
    this.#cluster = cluster;
    const { picture, observe, seed, scenario } = this.#options;
    const { draw } = streamOf(seed, 'faults');
    const { blastRadius } = scenario;
    this.#faults = new SimFaults({ cluster, picture, observe, blastRadius, draw });
  }

  /** From now on what the triggers wait for has its fault. */
  letLoose(): void {
    const { scenario, seed } = this.#options;
    this.#triggers = createTriggers(scenario.faults, streamOf(seed, 'triggers').draw);
    this.#startMs = this.#cluster?.queue.nowMs ?? 0;
    this.#loose = true;
    this.#awaitTime();
  }

  /** No more faults, and nothing left of those there were. */
  healAll(): void {
    this.#triggers = undefined;
    this.#armed = undefined;
    this.#loose = false;
    this.#faults?.healAll();
  }

  #awaitTime(): void {
    const queue = this.#cluster?.queue;
    const triggers = this.#triggers;
    const nextMs = triggers?.nextTimeMs();
    if (queue === undefined || nextMs === undefined) return;
    queue.at(this.#startMs + nextMs, () => {
      if (this.#triggers !== triggers) return;
      this.#begin(triggers?.onTime(nextMs) ?? []);
      this.#awaitTime();
    });
  }

  #begin(names: readonly string[], stepping?: SimProcess, actor?: string): void {
    for (const name of names) {
      const fault = this.#byName.get(name) as Fault;
      if (this.#faults?.begin(fault, stepping, actor) !== true) this.#triggers?.putBack(name);
    }
  }

  observe(observation: Untimed): void {
    this.#options.observe(observation);
  }

  onStep(process: SimProcess, record: StepRecord): void {
    this.#options.observe({ type: 'step', process: process.name, record });
    if (record.actor.startsWith('leader/')) this.#leadership(process, record);
    if (!this.#loose) return;
    this.steps += 1;
    const triggers = this.#triggers;
    if (triggers === undefined) return;
    const { steps, counts } = triggers.hears;
    if (steps) this.#onFired(triggers.onStep(process.name, record), process, record);
    if (counts) this.#onFired(triggers.onStepCount(this.steps), process, record);
  }

  /** Crashes wait for the effects of the step that they are to let through; everything else begins now. */
  #onFired(names: readonly string[], process: SimProcess, record: StepRecord): void {
    for (const name of names) {
      const fault = this.#byName.get(name) as Fault;
      const after = fault.what.fault === 'crash' ? (fault.what.afterEffects ?? Infinity) : 0;
      const effects = record.effects.length;
      if (Math.min(after, effects) === 0) this.#begin([name], process, record.actor);
      else this.#armed = { fault, process, actor: record.actor, after: Math.min(after, effects) };
    }
  }

  onEffect(process: SimProcess, actor: string, done: number): void {
    const armed = this.#armed;
    if (armed === undefined || armed.process !== process || armed.actor !== actor) return;
    if (done < armed.after) return;
    this.#armed = undefined;
    this.#begin([armed.fault.name], process, actor);
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
    const triggers = this.#triggers;
    if (triggers === undefined || !triggers.hears.messages) return;
    const subject = hop.subject.startsWith(`${CLUSTER}.`)
      ? hop.subject.slice(SUBJECT_START)
      : hop.subject;
    const from = this.#cluster?.processes.get(hop.from);
    this.#begin(triggers.onMessage({ subject, from: hop.from, to: hop.to }), from);
  }

  onWrite(
    when: 'before' | 'after',
    process: SimProcess,
    writes: readonly Write[],
    { id, causes }: Envelope,
    asker: Asker,
  ): void {
    const triggers = this.#triggers;
    if (triggers === undefined || !triggers.hears.writes) return;
    for (const { key, operation, expected } of writes) {
      const kind = operation === 'delete' ? 'delete' : expected === 0 ? 'create' : 'update';
      const seen = { key, operation: kind, from: asker.from, causes, messageId: id } as const;
      const client = this.#cluster?.processes.get(asker.client ?? '');
      this.#begin(triggers.onWrite(when, seen), client ?? process);
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
