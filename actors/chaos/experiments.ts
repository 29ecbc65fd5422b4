/**
 * ChaosExperiments of a live cluster: follows the objects, hosts one machine for each, gives turns, starts and ends
 * runs, and records events for the machines.
 *
 * One run at a time. Never writes an object itself: `experiment-writer.ts` does.
 */
import type { Replica, ReplicaEntry, ReplicaWatch } from '../../bus/store/replica.ts';
import { parseTimestamp } from '../../machines/api/timestamp.ts';
import type { ChaosExperiment } from '../../machines/api/types.ts';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import { assertNever } from '../../machines/assert.ts';
import { experimentMachine, firstInLine } from '../../machines/chaos/experiment.ts';
import type {
  ExperimentEffect,
  ExperimentEvent,
  ExperimentInput,
} from '../../machines/chaos/experiment-protocol.ts';
import { EXPERIMENTS } from '../../machines/chaos/experiment-status.ts';
import { parseScenarioObject } from '../../machines/chaos/parse-scenario.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import type { Untimed } from '../../machines/effect.ts';
import type { ApiClient } from '../api-client.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { createEventRecorder } from '../event-recorder.ts';
import { follow } from '../follow.ts';
import type { Host, Self } from '../host.ts';
import { keyOf } from '../view.ts';
import { type ExperimentWriter, STATUS_EVERY_MS, writeExperiment } from './experiment-writer.ts';

/** What a run tells of while it goes on. */
export interface RunProgress {
  onPhase(phase: 'prepare' | 'faults' | 'heal' | 'end'): void;
  /** A fault was begun: which, on whom. */
  onFault(note: string): void;
}

/**
 * Runs a scenario; when it resolves or rejects, everything is undone. Rejects with a CommandError whose code is
 * `EXIT.chaosRefused` where it cannot be run, and with any error where the signal was aborted.
 */
export type RunScenario = (
  scenario: Scenario,
  options: { readonly seed: number; readonly signal: AbortSignal; readonly progress: RunProgress },
) => Promise<RunResult>;

export interface ExperimentsOptions {
  readonly host: Host;
  /** Has the experiments, and is ready. */
  readonly replica: Replica<AnyObject>;
  readonly client: Pick<ApiClient, 'change' | 'get'>;
  readonly run: RunScenario;
  /** Undoes every fault at work. */
  readonly heal: () => Promise<void>;
  /** Told of failures that should not be. */
  readonly onBug: (error: unknown) => void;
  /** Gives unsigned 32-bit numbers: seeds where nobody names one. */
  readonly draw: () => number;
  /** Pause between updates of a status; `STATUS_EVERY_MS` where absent. */
  readonly statusEveryMs?: number;
  /** Name of this recorder of events. */
  readonly instance: string;
}

/** Experiments at work. */
export interface Experiments {
  /** Ends the one that runs, if one does: it is healed, and Failed for this reason. */
  stop(reason: string, message: string): void;
  /** Begins nothing any more; resolves when what runs is undone and said so, or after `CLOSE_MS`. */
  close(): Promise<void>;
}

/** Pause before undoing is tried again. */
const AGAIN_MS = 1_000;
/** How long an end of the cluster waits for what runs to be undone. */
const CLOSE_MS = 8_000;

const KIND = 'experiment';

/** Begins to follow the experiments. */
export function startExperiments(options: ExperimentsOptions): Experiments {
  return new ExperimentActor(options);
}

type Experiment = Stored<ChaosExperiment>;

interface Known {
  readonly name: string;
  readonly createdMs: number;
  readonly writer: ExperimentWriter;
}

class ExperimentActor implements Experiments {
  readonly #options: ExperimentsOptions;
  readonly #recorder: ReturnType<typeof createEventRecorder>;
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Set<string>();
  readonly #holding = new Set<string>();
  readonly #runs = new Map<string, { readonly abort: AbortController; ended: Promise<void> }>();
  readonly #watch: ReplicaWatch;
  /** Told when nothing runs. */
  readonly #onIdle: (() => void)[] = [];
  #closed = false;

  constructor(options: ExperimentsOptions) {
    this.#options = options;
    const { host, replica, client, instance } = options;
    this.#recorder = createEventRecorder(client, host.clock, { component: 'chaos', instance });
    host.register({
      name: KIND,
      machine: experimentMachine,
      execute: ((effect: ExperimentEffect, self: Self) => this.#execute(effect, self)) as never,
      rebuild: (id) => this.#rebuild(id),
    });
    this.#watch = follow(replica, EXPERIMENTS, host.clock, {
      onStart: () => this.#seeAll(),
      onEvent: ({ operation, entry }) => {
        const object = experimentOf(entry);
        if (operation === 'put') this.#see(object);
        else this.#tell(idOf(object), { type: 'experiment.gone' });
      },
    });
  }

  stop(reason: string, message: string): void {
    for (const id of this.#holding) this.#tell(id, { type: 'run.stopped', reason, message });
  }

  async close(): Promise<void> {
    const { clock } = this.#options.host;
    this.#closed = true;
    this.stop('SupervisorEnded', 'The cluster was ended while it ran. All faults are undone.');
    const done = async (): Promise<void> => {
      if (this.#holding.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
      await Promise.all([...this.#known.values()].map(({ writer }) => writer.idle()));
    };
    await Promise.race([
      done(),
      new Promise<void>((resolve) => void clock.at(clock.nowMs() + CLOSE_MS, resolve)),
    ]);
    this.#watch.close();
    for (const { writer } of this.#known.values()) writer.close();
  }

  #seeAll(): void {
    const objects = [...this.#options.replica.entries(EXPERIMENTS)].map(experimentOf);
    const live = new Set(objects.map((one) => idOf(one)));
    for (const [id] of this.#known) if (!live.has(id)) this.#tell(id, { type: 'experiment.gone' });
    for (const object of objects) this.#see(object);
  }

  #see(object: Experiment): void {
    const { host, client, statusEveryMs = STATUS_EVERY_MS } = this.#options;
    const id = idOf(object);
    if (this.#known.has(id)) {
      const { suspend, deleted, generation } = inputOf(object);
      this.#tell(id, { type: 'experiment.seen', suspend, deleted, generation });
      return;
    }
    const { name, uid, creationTimestamp } = object.metadata;
    const envelope = () => host.envelope(`${KIND}/${id}`);
    const writer = writeExperiment({
      client,
      clock: host.clock,
      envelope,
      name,
      uid,
      statusEveryMs,
    });
    const createdMs = (parseTimestamp(creationTimestamp)?.seconds ?? 0) * 1000;
    this.#known.set(id, { name, createdMs, writer });
    host.start(KIND, id, inputOf(object));
  }

  #tell(id: string, event: Untimed<ExperimentEvent>): void {
    this.#options.host.tell(KIND, id, event);
  }

  /** The machine crashed: it begins from what the object says, and what it ran is undone. */
  #rebuild(id: string): object | undefined {
    const object = this.#object(id);
    this.#runs.get(id)?.abort.abort();
    this.#leave(id);
    if (object !== undefined) return inputOf(object);
    this.#known.delete(id);
    return undefined;
  }

  #leave(id: string): void {
    this.#waiting.delete(id);
    this.#holding.delete(id);
    if (this.#holding.size === 0) for (const tell of this.#onIdle.splice(0)) tell();
    this.#giveTurn();
  }

  /** The object as the log has it, where it is still the same one. */
  #object(id: string): Experiment | undefined {
    const name = this.#known.get(id)?.name ?? '';
    const entry = this.#options.replica.get(keyOf(EXPERIMENTS, '', name));
    const object = entry === undefined ? undefined : experimentOf(entry);
    return object !== undefined && idOf(object) === id ? object : undefined;
  }

  #execute(effect: ExperimentEffect, self: Self): void {
    const { id } = self;
    const known = this.#known.get(id);
    if (known === undefined) return;
    switch (effect.type) {
      case 'turn.want':
        this.#waiting.add(id);
        this.#giveTurn();
        return;
      case 'turn.hold':
        this.#holding.add(id);
        return;
      case 'turn.leave':
        this.#leave(id);
        return;
      case 'finalizer.add':
        void known.writer.addFinalizer(self.envelope()).then((event) => self.tell(event));
        return;
      case 'finalizer.remove':
        void known.writer.removeFinalizer(self.envelope());
        return;
      case 'run.start':
        this.#start(effect.seed, self);
        return;
      case 'run.abort':
        this.#runs.get(id)?.abort.abort();
        return;
      case 'faults.heal':
        void this.#heal(self);
        return;
      case 'status.write':
        known.writer.putStatus(effect.status);
        return;
      case 'event.record':
        this.#recorder.record(effect.record, self.envelope());
        return;
      case 'experiment.forget':
        known.writer.close();
        this.#known.delete(id);
        return;
      default:
        assertNever(effect);
    }
  }

  /** Soon, so that all that are seen together are in line before the first is chosen. */
  #giveTurn(): void {
    queueMicrotask(() => {
      if (this.#closed) return;
      if (this.#holding.size === 0) {
        const line = [...this.#waiting].map((id) => ({ id, ...(this.#known.get(id) as Known) }));
        const next = firstInLine(line);
        if (next === undefined) return;
        this.#waiting.delete(next.id);
        this.#holding.add(next.id);
        this.#tell(next.id, { type: 'turn.given', seed: this.#options.draw() });
      }
      const [holder = ''] = this.#holding;
      const by = this.#known.get(holder)?.name ?? '';
      for (const id of this.#waiting) this.#tell(id, { type: 'turn.taken', by });
    });
  }

  #start(seed: number, self: Self): void {
    const object = this.#object(self.id);
    const parsed = parseScenarioObject(object?.spec.scenario);
    if (!parsed.ok) {
      // Admission takes none that is wrong; an object written by an older version may be.
      const message = parsed.errors.map((one) => `${one.path}: ${one.message}`).join('; ');
      self.tell({ type: 'run.refused', message } as { type: string });
      return;
    }
    const abort = new AbortController();
    const tell = (event: Untimed<ExperimentEvent>): void => self.tell(event);
    const progress: RunProgress = {
      onPhase: (phase) => tell({ type: 'run.phased', phase }),
      onFault: (note) => tell({ type: 'fault.begun', note }),
    };
    const ended = this.#options
      .run(parsed.scenario, { seed, signal: abort.signal, progress })
      .then(
        (result) => {
          const { verdict, violations, reasons, rulesChecked, recoveryMs, injections } = result;
          const facts = { verdict, violations, reasons, rulesChecked, recoveryMs };
          tell({ type: 'run.ended', run: { ...facts, faults: injections.length } });
        },
        (error: Error) => tell({ type: how(error), message: wordsOf(error) }),
      )
      .finally(() => this.#runs.delete(self.id));
    this.#runs.set(self.id, { abort, ended });
  }

  /** Ends a run of an earlier life of the machine too, if it still goes on. */
  async #heal(self: Self): Promise<void> {
    const run = this.#runs.get(self.id);
    run?.abort.abort();
    await run?.ended;
    const { heal, onBug, host } = this.#options;
    while (!(await heal().then(() => true, onBug)) && self.alive()) {
      await new Promise<void>((done) => void host.clock.at(host.clock.nowMs() + AGAIN_MS, done));
    }
    self.tell({ type: 'faults.healed' });
  }
}

const experimentOf = ({ value }: ReplicaEntry<AnyObject>): Experiment =>
  value as unknown as Experiment;

const idOf = ({ metadata: { name, uid } }: Experiment): string => `${name}/${uid}`;

function inputOf({ metadata, spec, status }: Experiment): Omit<ExperimentInput, 'nowMs'> {
  const {
    name,
    uid,
    generation = 0,
    deletionTimestamp,
  } = metadata as typeof metadata & {
    readonly generation?: number;
    readonly deletionTimestamp?: string;
  };
  const { seed: own } = spec.scenario;
  const startSeconds = parseTimestamp(status?.startTime ?? '')?.seconds;
  return {
    ...{ name, uid, generation, deleted: deletionTimestamp !== undefined },
    suspend: spec.suspend === true,
    seed: spec.seed ?? (typeof own === 'number' ? own : undefined),
    phase: status?.phase ?? 'Pending',
    startMs: startSeconds === undefined ? undefined : startSeconds * 1000,
    faults: status?.faultsInjected,
  };
}

const how = (error: Error): 'run.refused' | 'run.broke' =>
  error instanceof CommandError && error.exitCode === EXIT.chaosRefused
    ? 'run.refused'
    : 'run.broke';

const wordsOf = (error: Error): string =>
  error instanceof CommandError && error.advice !== ''
    ? `${error.message}. ${error.advice}`
    : error.message;
