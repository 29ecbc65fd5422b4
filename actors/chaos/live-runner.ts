/**
 * Runs a scenario on a live cluster: prepares the workload, lets the faults loose, heals everything and waits until all
 * is as it should be, with every rule checked over what is seen. The same phases and verdicts as in the simulation, in
 * real time and not deterministic.
 *
 * Whatever happens, everything is healed before this ends. Refuses what the cluster cannot do before touching anything.
 */
import type { Bus } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import type { Store } from '../../bus/store/store.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { liveProblems } from '../../machines/chaos/scenario-sense.ts';
import { unsettled } from '../../machines/checks/settled.ts';
import type { ApiClient } from '../api-client.ts';
import type { Clock } from '../clock.ts';
import { CommandError } from '../cluster/command-error.ts';
import { streamOf } from '../sim/random.ts';
import { drawWork, WORK_NAMESPACE } from '../sim/random-work.ts';
import type { Done } from './client.ts';
import { LiveFaults } from './live-faults.ts';
import { type Listen, type Observer, observe } from './live-observer.ts';
import { LiveRecord } from './live-record.ts';
import { refuseScenario } from './live-refusal.ts';
import { LiveUser } from './live-user.ts';
import { LiveWait, type Rest } from './live-wait.ts';
import type { ChaosCommand, HitLimits } from './protocol.ts';

/** What a live run works with. */
export interface LiveOptions {
  readonly seed: number;
  /** Version of this program, part of the result. */
  readonly version: string;
  readonly cluster: string;
  /** For triggers that wait for a message. */
  readonly bus: Bus;
  readonly listen: Listen;
  /** Read alone. */
  readonly store: Store;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly envelope: () => Envelope;
  /** Asks the supervisor; throws CommandError where it refuses. */
  readonly ask: (command: ChaosCommand) => Promise<Done>;
  /** Steps that all processes have taken. */
  readonly stepsTaken: () => Promise<number>;
  /** How much may be hit at once, where the scenario does not say. */
  readonly limits: HitLimits;
  /** Leave what the workload made. */
  readonly keep: boolean;
  /** Aborted: heal everything and end. */
  readonly ended: AbortSignal;
  /** Reads every observation in the order in which it is checked: the recording. */
  readonly onObservation?: (seen: Observation) => void;
  /** A phase begins. */
  readonly onPhase?: (phase: 'prepare' | 'faults' | 'heal' | 'end') => void;
  /** A line of progress. */
  readonly onProgress?: (line: string) => void;
}

const PREPARE_MS = 120_000;
/** How long children tell of the store after the run should be over. */
const WATCH_SLACK_MS = 60_000;
const LATE_MS = 500;

/** Runs one scenario. Throws CommandError where it cannot be run on this cluster, or was interrupted. */
export async function runLive(scenario: Scenario, options: LiveOptions): Promise<RunResult> {
  const { processes } = await options.ask({ do: 'status' });
  const run = new LiveRun(scenario, options, processes);
  await run.refuse();
  try {
    return await run.run();
  } finally {
    await run.heal();
    await run.close();
  }
}

class LiveRun {
  readonly #scenario: Scenario;
  readonly #options: LiveOptions;
  readonly #processes: Done['processes'];
  readonly #record: LiveRecord;
  readonly #faults: LiveFaults;
  readonly #user: LiveUser;
  readonly #wait: LiveWait;
  readonly #startedMs: number;
  #observer: Observer | undefined;

  constructor(scenario: Scenario, options: LiveOptions, processes: Done['processes']) {
    this.#scenario = scenario;
    this.#options = options;
    this.#processes = processes;
    const { clock, bus, cluster, seed } = options;
    this.#startedMs = clock.nowMs();
    this.#record = new LiveRecord(scenario, this.#startedMs);
    this.#faults = new LiveFaults({
      ...{ scenario, bus, cluster, clock, processes },
      draw: streamOf(seed, 'triggers').draw,
      limits: {
        nodes: scenario.blastRadius.nodes ?? options.limits.nodes,
        processes: scenario.blastRadius.processes ?? options.limits.processes,
      },
      inject: (command) => this.#ask(command),
      onRefused: (fault, why) => this.#note('note', fault, `was not begun: ${why}`),
    });
    this.#user = new LiveUser({
      ...{ client: options.client, clock, envelope: options.envelope },
      real: processes.some(({ role, name }) => role === 'node' && name !== 'hollow'),
      onWork: (text, refused) => this.#note(refused ? 'note' : 'workload', 'user', text),
    });
    this.#wait = new LiveWait({
      ...{ clock, ended: options.ended },
      isOver: () => this.#record.bugs.length > 0,
      onSecond: (nowMs) => this.#record.timeline.sample(nowMs, this.#record.checks.picture),
      onWaiting: (reason) => options.onProgress?.(`  waiting: ${reason}`),
    });
  }

  /** Throws where it cannot run here; touches nothing. */
  refuse(): Promise<void> {
    return refuseScenario(this.#scenario, this.#processes, (fault) =>
      this.#ask(this.#faults.commandOf(fault, true)),
    );
  }

  /** Why a command was refused, if it was. */
  async #ask(command: ChaosCommand): Promise<string | undefined> {
    try {
      await this.#options.ask(command);
      return undefined;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return error.advice === '' ? error.message : `${error.message}. ${error.advice}`;
    }
  }

  async run(): Promise<RunResult> {
    const { ask, stepsTaken } = this.#options;
    const untilMs = this.#startedMs + PREPARE_MS + this.#scenario.forMs + WATCH_SLACK_MS;
    for (const problem of liveProblems(this.#scenario)) this.#options.onProgress?.(problem);
    const stepsBefore = await stepsTaken();
    this.#observer = this.#observe();
    this.#tell({ type: 'phase', phase: 'prepare', atMs: this.#nowMs });
    await this.#observer.ready;
    // Only now: a write whose beginning is told of must not be among what the log's state holds already.
    const watching = { steps: this.#faults.wantsSteps, store: true };
    await ask({ do: 'watch', watching: { ...watching, untilMs: untilMs + this.#budgetMs } });
    const { reasons, recoveryMs } = await this.#phases();
    this.#tell({ type: 'phase', phase: 'end', atMs: this.#nowMs });
    const endMs = this.#nowMs;
    const steps = Math.max(0, (await stepsTaken()) - stepsBefore);
    await this.#closeObserver();
    const { seed, version } = this.#options;
    const { messages } = this.#faults;
    return this.#record.result({ seed, version, reasons, steps, messages, recoveryMs, endMs });
  }

  get #budgetMs(): number {
    return this.#scenario.hold.recoverWithinMs;
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #observe(): Observer {
    const { listen, store, clock, onObservation } = this.#options;
    return observe({
      ...{ listen, store, clock },
      onSeen: (seen) => this.#faults.observe(seen),
      onOrdered: (seen) => {
        onObservation?.(seen);
        this.#record.take(seen);
      },
    });
  }

  #tell(seen: Observation): void {
    this.#observer?.tell(seen);
    if (seen.type !== 'phase') return;
    this.#options.onPhase?.(seen.phase);
    this.#options.onProgress?.(PHASES[seen.phase]);
  }

  #note(kind: 'note' | 'workload', subject: string, text: string): void {
    this.#record.timeline.note(this.#nowMs, kind, subject, text);
    if (kind === 'note') this.#options.onProgress?.(`${subject}: ${text}`);
  }

  async #phases(): Promise<{ reasons: readonly string[]; recoveryMs: number | undefined }> {
    const before = await this.#prepare();
    if (before.length > 0) {
      return { reasons: ['before any fault:', ...before], recoveryMs: undefined };
    }
    this.#record.timeline.startMs = this.#nowMs;
    this.#tell({ type: 'phase', phase: 'faults', atMs: this.#nowMs });
    await this.#letLoose();
    await this.heal();
    const healMs = this.#nowMs;
    await this.#wait.pause(LATE_MS);
    const begun = new Set(this.#record.timeline.injections.map(({ fault }) => fault));
    for (const { name } of this.#scenario.faults) {
      if (!begun.has(name)) this.#note('note', name, 'never began: nothing set it off');
    }
    this.#tell({ type: 'phase', phase: 'heal', atMs: this.#nowMs });
    const { reasons, sinceMs } = await this.#rest(this.#budgetMs);
    return { reasons, recoveryMs: sinceMs === undefined ? undefined : sinceMs - healMs };
  }

  async #prepare(): Promise<readonly string[]> {
    const { workload } = this.#scenario;
    const metadata = { name: WORK_NAMESPACE };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata };
    const needed = workload.random !== undefined || workload.steps.length > 0;
    const named = workload.manifests.some(
      (one) => one.kind === 'Namespace' && one.metadata?.name === WORK_NAMESPACE,
    );
    const objects = needed && !named ? [namespace, ...workload.manifests] : workload.manifests;
    for (const object of objects) this.#user.begin({ atMs: 0, do: 'apply', object });
    return (await this.#rest(PREPARE_MS)).reasons;
  }

  async #letLoose(): Promise<void> {
    const { workload, forMs } = this.#scenario;
    const { clock, seed } = this.#options;
    const startMs = this.#nowMs;
    const stream = streamOf(seed, 'work');
    const drawn = workload.random === undefined ? [] : drawWork(workload.random, stream, forMs);
    const cancels = [...workload.steps, ...drawn].map((step) =>
      clock.at(startMs + step.atMs, () => this.#user.begin(step)),
    );
    await this.#options.ask({ do: 'arm', crashes: this.#faults.armed });
    this.#faults.letLoose();
    try {
      await this.#wait.until(forMs, () => false);
    } finally {
      for (const cancel of cancels) cancel();
    }
  }

  #rest(withinMs: number): Promise<Rest> {
    return this.#wait.rest(withinMs, () => this.#reasons());
  }

  #reasons(): readonly string[] {
    const { pending } = this.#user;
    if (pending > 0) return [`${pending} pieces of the user's work are not done`];
    return unsettled(this.#record.checks.picture);
  }

  /** Undoes everything; nothing is begun any more. */
  async heal(): Promise<void> {
    this.#faults.close();
    await this.#options.ask({ do: 'stop' });
  }

  async #closeObserver(): Promise<void> {
    // Observations still on their way are waited for a little.
    await this.#wait.pause(LATE_MS);
    this.#observer?.close();
    this.#observer = undefined;
  }

  async close(): Promise<void> {
    this.#user.end();
    this.#observer?.close();
    await this.#options.ask({ do: 'watch', watching: { steps: false, store: false, untilMs: 0 } });
    if (!this.#options.keep) await this.#user.removeAll();
  }
}

const PHASES = {
  prepare: 'preparing the workload',
  faults: 'faults are loose',
  heal: 'everything healed; waiting until all is as it should be',
  end: 'over',
} as const;
