/**
 * ChaosExperiments of a live cluster: follows the objects, hosts one machine for each, gives turns, starts and ends
 * runs, and records events for the machines.
 *
 * One run at a time. Never writes an object itself: `experiment-writer.ts` does.
 */
import type { Replica, ReplicaWatch } from '../../bus/store/replica.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { assertNever } from '../../machines/assert.ts';
import { experimentMachine, firstInLine } from '../../machines/chaos/experiment.ts';
import type {
  ExperimentEffect,
  ExperimentEvent,
} from '../../machines/chaos/experiment-protocol.ts';
import { EXPERIMENTS } from '../../machines/chaos/experiment-status.ts';
import type { Untimed } from '../../machines/effect.ts';
import type { ApiClient } from '../api-client.ts';
import { createEventRecorder } from '../event-recorder.ts';
import { follow } from '../follow.ts';
import type { Host, Self } from '../host.ts';
import { keyOf } from '../view.ts';
import { createdMsOf, type Experiment, experimentOf, idOf, inputOf } from './experiment-object.ts';
import { ExperimentRuns, type RunScenario } from './experiment-runs.ts';
import { ExperimentTurns } from './experiment-turns.ts';
import { type ExperimentWriter, STATUS_EVERY_MS, writeExperiment } from './experiment-writer.ts';
import type { RunTurn } from './run-turn.ts';

export interface ExperimentsOptions {
  readonly host: Host;
  /** Has the experiments, and is ready. */
  readonly replica: Replica<AnyObject>;
  readonly client: Pick<ApiClient, 'change' | 'get'>;
  readonly run: RunScenario;
  /** Shared with whoever else runs scenarios. */
  readonly turn: RunTurn;
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

interface Known {
  readonly name: string;
  readonly createdMs: number;
  readonly writer: ExperimentWriter;
}

class ExperimentActor implements Experiments {
  readonly #options: ExperimentsOptions;
  readonly #recorder: ReturnType<typeof createEventRecorder>;
  readonly #known = new Map<string, Known>();
  readonly #turns: ExperimentTurns;
  readonly #runs: ExperimentRuns;
  readonly #watch: ReplicaWatch;

  constructor(options: ExperimentsOptions) {
    this.#options = options;
    const { host, replica, client, instance } = options;
    this.#runs = new ExperimentRuns(options.run);
    this.#turns = new ExperimentTurns({
      next: (waiting) => {
        const line = waiting.map((id) => ({ id, ...(this.#known.get(id) as Known) }));
        return firstInLine(line)?.id;
      },
      onGiven: (id) => this.#tell(id, { type: 'turn.given', seed: options.draw() }),
      onTaken: (id, by) => this.#tell(id, { type: 'turn.taken', by }),
      turn: options.turn,
      runnerOf: (id) => ({
        who: this.#known.get(id)?.name ?? id,
        stop: () => this.stop('Stopped', 'Everything was undone by `kabuki chaos stop`.'),
      }),
    });
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
    for (const id of this.#turns.holding) this.#tell(id, { type: 'run.stopped', reason, message });
  }

  async close(): Promise<void> {
    const { clock } = this.#options.host;
    this.#turns.close();
    this.stop('SupervisorEnded', 'The cluster was ended while it ran. All faults are undone.');
    const done = async (): Promise<void> => {
      await this.#turns.idle();
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
    const { name, uid } = object.metadata;
    const envelope = () => host.envelope(`${KIND}/${id}`);
    const writer = writeExperiment({
      client,
      clock: host.clock,
      envelope,
      name,
      uid,
      statusEveryMs,
    });
    this.#known.set(id, { name, createdMs: createdMsOf(object), writer });
    host.start(KIND, id, inputOf(object));
  }

  #tell(id: string, event: Untimed<ExperimentEvent>): void {
    this.#options.host.tell(KIND, id, event);
  }

  /** The machine crashed: it begins from what the object says, and what it ran is undone. */
  #rebuild(id: string): object | undefined {
    const object = this.#object(id);
    void this.#runs.abort(id);
    this.#turns.leave(id);
    if (object !== undefined) return inputOf(object);
    this.#known.delete(id);
    return undefined;
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
        this.#turns.want(id);
        return;
      case 'turn.hold':
        this.#turns.hold(id);
        return;
      case 'turn.leave':
        this.#turns.leave(id);
        return;
      case 'finalizer.add':
        void known.writer.addFinalizer(self.envelope()).then((event) => self.tell(event));
        return;
      case 'finalizer.remove':
        void known.writer.removeFinalizer(self.envelope());
        return;
      case 'run.start':
        this.#runs.start(id, this.#object(id)?.spec.scenario, effect.seed, self.tell);
        return;
      case 'run.abort':
        void this.#runs.abort(id);
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

  /** Undoes everything; ends a run of an earlier life of the machine too, if it still goes on. */
  async #heal(self: Self): Promise<void> {
    await this.#runs.abort(self.id);
    const { heal, onBug, host } = this.#options;
    while (!(await heal().then(() => true, onBug)) && self.alive()) {
      await new Promise<void>((done) => void host.clock.at(host.clock.nowMs() + AGAIN_MS, done));
    }
    self.tell({ type: 'faults.healed' });
  }
}
