/**
 * Runs a scenario on a live cluster: prepares the workload, lets the faults loose, heals everything and waits until all
 * is as it should be, with every rule checked over what is seen. The same phases and verdicts as in the simulation, in
 * real time and not deterministic.
 *
 * Whatever happens, everything is healed before this ends. Refuses what the cluster cannot do before touching anything.
 */
import type { Bus } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { Store } from '../../bus/store/store.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { RunResult, Verdict } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { RULES } from '../../machines/checks/rules.ts';
import { type Checks, createChecks } from '../../machines/checks/run-checks.ts';
import { unsettled } from '../../machines/checks/settled.ts';
import type { ApiClient } from '../api-client.ts';
import type { Clock } from '../clock.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { streamOf } from '../sim/random.ts';
import { drawWork, WORK_NAMESPACE } from '../sim/random-work.ts';
import { Timeline } from '../sim/timeline.ts';
import type { Done } from './client.ts';
import { LiveFaults } from './live-faults.ts';
import { type Observer, observe } from './live-observer.ts';
import { LiveUser } from './live-user.ts';
import type { ChaosCommand } from './protocol.ts';

/** What a live run works with. */
export interface LiveOptions {
  readonly seed: number;
  /** Version of this program, part of the result. */
  readonly version: string;
  readonly cluster: string;
  readonly bus: NatsBus;
  /** Read alone. */
  readonly store: Store;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly envelope: () => Envelope;
  /** Asks the supervisor; throws CommandError where it refuses. */
  readonly ask: (command: ChaosCommand) => Promise<Done>;
  /** Steps that all processes have taken. */
  readonly stepsTaken: () => Promise<number>;
  /** Nodes hit at once, where the scenario does not say. */
  readonly maxNodes: number | undefined;
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
const CHECK_EVERY_MS = 250;
/** How often in a row all must be as it should be before it counts. */
const QUIET_CHECKS = 8;
/** How long children tell of the store after the run should be over. */
const WATCH_SLACK_MS = 60_000;
const REASONS_MAX = 20;

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
  readonly #checks: Checks;
  readonly #timeline: Timeline;
  readonly #faults: LiveFaults;
  readonly #user: LiveUser;
  readonly #startedMs: number;
  #observer: Observer | undefined;
  #writes = 0;

  constructor(scenario: Scenario, options: LiveOptions, processes: Done['processes']) {
    this.#scenario = scenario;
    this.#options = options;
    this.#processes = processes;
    const { except } = scenario.hold;
    this.#checks = createChecks(RULES.filter(({ name }) => !except.includes(name)));
    const { clock, bus, cluster, seed } = options;
    this.#startedMs = clock.nowMs();
    this.#timeline = new Timeline(this.#startedMs);
    this.#faults = new LiveFaults({
      ...{ scenario, bus: bus as Bus, cluster, clock, processes },
      draw: streamOf(seed, 'triggers').draw,
      maxNodes: scenario.blastRadius.nodes ?? options.maxNodes,
      inject: (command) => this.#ask(command),
      onRefused: (fault, why) => this.#note('note', fault, `was not begun: ${why}`),
    });
    this.#user = new LiveUser({
      ...{ client: options.client, clock, envelope: options.envelope },
      real: processes.some(({ role, name }) => role === 'node' && name !== 'hollow'),
      onWork: (text, refused) => this.#note(refused ? 'note' : 'workload', 'user', text),
    });
  }

  /** All reasons not to run that can be known before anything is touched. */
  async refuse(): Promise<void> {
    const { cluster, faults } = this.#scenario;
    const count = (role: string) => this.#processes.filter((one) => one.role === role).length;
    const wanted = [
      ['--nodes', cluster.nodes, count('node')],
      ['--apiservers', cluster.apiservers, count('apiserver')],
      ['--schedulers', cluster.schedulers, count('scheduler')],
      ['--controllers', cluster.controllers, count('controllers')],
      ['--store-replicas', cluster.storeReplicas, count('store')],
    ] as const;
    const missing = wanted.filter(([, want, have]) => have < want);
    if (missing.length > 0 && !this.#processes.some(({ name }) => name === 'hollow')) {
      throw new CommandError(
        `the cluster is smaller than the scenario ${this.#scenario.name} needs`,
        EXIT.chaosRefused,
        `Start it with \`kabuki up --chaos ${missing.map(([flag, want]) => `${flag} ${want}`).join(' ')}\`.`,
      );
    }
    for (const fault of faults) {
      // Which pods there are is known when the workload runs.
      if (fault.target.pods !== undefined) continue;
      const refused = await this.#ask(this.#faults.commandOf(fault, true));
      if (refused === undefined) continue;
      throw new CommandError(`the fault ${fault.name} cannot be: ${refused}`, EXIT.chaosRefused);
    }
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
    const stepsBefore = await stepsTaken();
    const watching = { steps: this.#faults.wantsSteps, store: true };
    await ask({ do: 'watch', watching: { ...watching, untilMs: untilMs + this.#budgetMs } });
    this.#observer = this.#observe();
    this.#tell({ type: 'phase', phase: 'prepare', atMs: this.#nowMs });
    await this.#observer.ready;
    const { reasons, recoveryMs } = await this.#phases();
    this.#tell({ type: 'phase', phase: 'end', atMs: this.#nowMs });
    const endMs = this.#nowMs;
    const steps = Math.max(0, (await stepsTaken()) - stepsBefore);
    await this.#closeObserver();
    if (reasons.length === 0) this.#checks.finish();
    const { violations, rulesChecked } = this.#checks;
    for (const one of violations) this.#timeline.note(one.atMs, 'violation', one.rule, one.message);
    return {
      ...{ scenario: this.#scenario, world: 'live', seed: this.#options.seed },
      version: this.#options.version,
      verdict: verdictOf(violations.length, reasons.length),
      ...{ violations, reasons, steps, writes: this.#writes, messages: this.#faults.messages },
      ...{ simulatedMs: endMs - this.#startedMs, tookMs: endMs - this.#startedMs, recoveryMs },
      rulesChecked,
      injections: this.#timeline.injections,
      timeline: this.#timeline.entries,
      samples: this.#timeline.samples,
      traceHash: '',
    };
  }

  get #budgetMs(): number {
    return this.#scenario.hold.recoverWithinMs;
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #observe(): Observer {
    const { bus, store, cluster, clock, onObservation } = this.#options;
    return observe({
      ...{ bus, store, cluster, clock },
      onSeen: (seen) => {
        if (seen.type === 'committed') this.#writes += 1;
        this.#faults.observe(seen);
      },
      onOrdered: (seen) => {
        onObservation?.(seen);
        this.#checks.observe(seen);
        this.#timeline.observe(seen);
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
    this.#timeline.note(this.#nowMs, kind, subject, text);
    if (kind === 'note') this.#options.onProgress?.(`${subject}: ${text}`);
  }

  async #phases(): Promise<{ reasons: readonly string[]; recoveryMs: number | undefined }> {
    const before = await this.#prepare();
    if (before.length > 0) {
      return { reasons: ['before any fault:', ...before], recoveryMs: undefined };
    }
    this.#timeline.startMs = this.#nowMs;
    this.#tell({ type: 'phase', phase: 'faults', atMs: this.#nowMs });
    await this.#letLoose();
    await this.heal();
    const healMs = this.#nowMs;
    await this.#late();
    const begun = new Set(this.#timeline.injections.map(({ fault }) => fault));
    for (const { name } of this.#scenario.faults) {
      if (!begun.has(name)) this.#note('note', name, 'never began: nothing set it off');
    }
    this.#tell({ type: 'phase', phase: 'heal', atMs: this.#nowMs });
    const { reasons, sinceMs } = await this.#settle(this.#budgetMs);
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
    return (await this.#settle(PREPARE_MS)).reasons;
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
    this.#faults.letLoose();
    try {
      await this.#until(forMs, () => false);
    } finally {
      for (const cancel of cancels) cancel();
    }
  }

  /** Waits until all is as it should be, and stays so; why it is not, where it does not come to that in time. */
  async #settle(
    withinMs: number,
  ): Promise<{ readonly reasons: readonly string[]; readonly sinceMs: number | undefined }> {
    let quiet = 0;
    let sinceMs: number | undefined;
    let reasons: readonly string[] = [];
    let toldMs = this.#nowMs;
    const settled = await this.#until(withinMs + QUIET_CHECKS * CHECK_EVERY_MS, () => {
      reasons = this.#reasons();
      if (reasons.length > 0 && this.#nowMs - toldMs > TELL_EVERY_MS) {
        toldMs = this.#nowMs;
        this.#options.onProgress?.(`  waiting: ${reasons[0]}`);
      }
      if (reasons.length > 0) quiet = 0;
      else quiet += 1;
      if (quiet === 1) sinceMs = this.#nowMs;
      return quiet >= QUIET_CHECKS;
    });
    if (settled) return { reasons: [], sinceMs };
    if (reasons.length === 0) reasons = ['it came to rest too late, or not for long enough'];
    return { reasons: reasons.slice(0, REASONS_MAX), sinceMs: undefined };
  }

  #reasons(): readonly string[] {
    const { pending } = this.#user;
    if (pending > 0) return [`${pending} pieces of the user's work are not done`];
    return unsettled(this.#checks.picture);
  }

  /** Lets time go on until the condition holds, or for so long; throws where the run is interrupted. */
  async #until(forMs: number, holds: () => boolean): Promise<boolean> {
    const { clock, ended } = this.#options;
    const endMs = this.#nowMs + forMs;
    let sampledMs = 0;
    while (this.#nowMs < endMs) {
      const wakeMs = Math.min(endMs, this.#nowMs + CHECK_EVERY_MS);
      await new Promise<void>((resolve) => void clock.at(wakeMs, resolve));
      if (ended.aborted) throw new CommandError('interrupted; everything was healed', 130);
      if (this.#nowMs - sampledMs >= SAMPLE_EVERY_MS) {
        sampledMs = this.#nowMs;
        this.#timeline.sample(sampledMs, this.#checks.picture);
      }
      if (holds()) return true;
    }
    return false;
  }

  /** Undoes everything; nothing is begun any more. */
  async heal(): Promise<void> {
    this.#faults.close();
    await this.#options.ask({ do: 'stop' });
  }

  /** Observations still on their way are waited for a little. */
  #late(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.at(this.#nowMs + LATE_MS, resolve));
  }

  async #closeObserver(): Promise<void> {
    await this.#late();
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

const SAMPLE_EVERY_MS = 1_000;
/** How often it is said what is waited for. */
const TELL_EVERY_MS = 5_000;
const LATE_MS = 500;

const PHASES = {
  prepare: 'preparing the workload',
  faults: 'faults are loose',
  heal: 'everything healed; waiting until all is as it should be',
  end: 'over',
} as const;

function verdictOf(violations: number, reasons: number): Verdict {
  if (violations > 0) return 'unsafe';
  return reasons > 0 ? 'stuck' : 'held';
}
