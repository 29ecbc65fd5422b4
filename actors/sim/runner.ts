/**
 * Runs a scenario in the simulation: prepares the cluster, lets the faults loose, heals everything and waits until all
 * is as it should be, with every rule checked after every step. One thread, virtual time; the same scenario, seed and
 * version give the same run.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { RunResult, Verdict } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import type { Rule, Violation } from '../../machines/checks/check.ts';
import { type EndState, endState } from '../../machines/checks/end-state.ts';
import { RULES } from '../../machines/checks/rules.ts';
import { type Checks, createChecks } from '../../machines/checks/run-checks.ts';
import { unsettled } from '../../machines/checks/settled.ts';
import { FaultDriver, type SimOnStep } from './fault-driver.ts';
import type { Mutations } from './mutations.ts';
import { streamOf } from './random.ts';
import { drawWork, WORK_NAMESPACE } from './random-work.ts';
import type { Untimed } from './recorder.ts';
import { SimCluster, START_MS } from './sim-cluster.ts';
import { SimUser } from './sim-user.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

/** How a simulation is run. */
export interface SimOptions {
  readonly seed: number;
  /** Version of this program, part of the result. */
  readonly version: string;
  /** Reads the trace, a line at a time. */
  readonly onTrace?: (line: string) => void;
  /** Reads every observation. */
  readonly onObservation?: (observation: Observation) => void;
  /** Reads every step, with its data. */
  readonly onStep?: SimOnStep;
  /** Rules to check in place of all of them. */
  readonly rules?: readonly Rule[];
  /** Begins no fault: the twin for the differential oracle. */
  readonly withoutFaults?: boolean;
  /** Steps after which a run is given up as endless. */
  readonly stepsMax?: number;
  /** Bugs planted into the code under test, to see that the rules catch them. */
  readonly mutations?: Mutations;
}

/** What a simulated run gives besides its result. */
export interface SimOutcome {
  readonly result: RunResult;
  /** How everything was at the end, for comparing runs. */
  readonly end: EndState;
  /** Steps taken while faults were loose: what a systematic search visits. */
  readonly faultSteps: number;
}

/** Virtual time that a cluster has to come up and take its manifests. */
const PREPARE_MS = 180_000;
/** How long everything must stay as it should be before it counts. */
const QUIET_CHECKS = 8;
const CHECK_EVERY_MS = 1_000;
const STEPS_MAX = 50_000_000;
/** Processes start within this time of each other. */
const START_WITHIN_MS = 400;
const REASONS_MAX = 20;
/** Samples of nodes and pods over the phase with faults, for reports. */
const SAMPLES = 600;
/** Things that happen before the threads and streams of this process get their turn. */
const EVENTS_A_TURN = 1_000;

/** Runs one scenario. Never rejects for what the code under test does: that is in the verdict. */
export async function simulate(scenario: Scenario, options: SimOptions): Promise<SimOutcome> {
  const run = new Run(scenario, options);
  const onUncaught = (error: unknown): void => run.bug('an error was not caught', error);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  try {
    return await run.run();
  } finally {
    process.off('uncaughtException', onUncaught);
    process.off('unhandledRejection', onUncaught);
  }
}

class Run {
  readonly #scenario: Scenario;
  readonly #options: SimOptions;
  readonly #cluster: SimCluster;
  readonly #checks: Checks;
  readonly #faults: FaultDriver;
  readonly #timeline = new Timeline(START_MS);
  readonly #trace: Trace;
  readonly #bugs: string[] = [];
  #user: SimUser | undefined;
  #sampleMs = 0;

  constructor(scenario: Scenario, options: SimOptions) {
    this.#scenario = scenario;
    this.#options = options;
    const rules = options.rules ?? RULES;
    const { except } = scenario.hold;
    this.#checks = createChecks(rules.filter(({ name }) => !except.includes(name)));
    this.#trace = new Trace(START_MS, options.onTrace);
    const observe = (seen: Untimed): void => this.#observe(seen);
    this.#faults = new FaultDriver({
      scenario,
      observe,
      seed: options.seed,
      picture: this.#checks.picture,
      onBug: (process, what, error) => this.bug(what, error, process.name),
      onStep: options.onStep,
    });
    this.#cluster = new SimCluster(options.seed, scenario.cluster, this.#faults, options.mutations);
    this.#faults.cluster = this.#cluster;
  }

  /** The code under test did what it must not. */
  bug(what: string, error: unknown, process = ''): void {
    if (this.#bugs.length >= REASONS_MAX) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error ?? '');
    const full = `${what}: ${text}`;
    this.#bugs.push(process === '' ? full : `${process}: ${full}`);
    this.#observe({ type: 'bug', process, what: full });
  }

  #observe(seen: Untimed): void {
    // Made for this call alone: its time is added in place.
    const full = Object.assign(seen, { atMs: this.#cluster.queue.nowMs }) as Observation;
    this.#checks.observe(full);
    this.#timeline.observe(full);
    this.#trace.observe(full);
    this.#options.onObservation?.(full);
  }

  async run(): Promise<SimOutcome> {
    const tookMs = stopwatch();
    const { reasons, recoveryMs } = await this.#phases();
    this.#observe({ type: 'phase', phase: 'end' });
    if (reasons.length === 0 && this.#bugs.length === 0) this.#checks.finish();
    const violations = this.#checks.violations;
    for (const one of violations) this.#timeline.note(one.atMs, 'violation', one.rule, one.message);
    const { queue, steps, writes, network } = this.#cluster;
    const end = endState(this.#checks.picture);
    const result: RunResult = {
      scenario: this.#scenario,
      world: 'simulation',
      seed: this.#options.seed,
      version: this.#options.version,
      verdict: verdictOf(this.#bugs, violations, reasons),
      violations,
      reasons: this.#bugs.length > 0 ? this.#bugs : reasons,
      ...{ steps, writes, messages: network.messages, recoveryMs },
      simulatedMs: queue.nowMs - START_MS,
      tookMs: tookMs(),
      rulesChecked: this.#checks.rulesChecked,
      injections: this.#timeline.injections,
      timeline: this.#timeline.entries,
      samples: this.#timeline.samples,
      traceHash: this.#trace.digest(),
    };
    for (const { running } of this.#cluster.processes.values()) running?.host.close();
    return { result, end, faultSteps: this.#faults.steps };
  }

  async #phases(): Promise<{ reasons: readonly string[]; recoveryMs: number | undefined }> {
    this.#observe({ type: 'phase', phase: 'prepare' });
    this.#start();
    const unready = await this.#prepare();
    if (unready.length > 0) {
      return { reasons: ['before any fault:', ...unready], recoveryMs: undefined };
    }
    this.#timeline.startMs = this.#cluster.queue.nowMs;
    this.#observe({ type: 'phase', phase: 'faults' });
    await this.#letLoose();
    this.#observe({ type: 'phase', phase: 'heal' });
    this.#faults.healAll();
    this.#user?.rest();
    const healMs = this.#cluster.queue.nowMs;
    const { reasons, sinceMs } = await this.#settle(this.#scenario.hold.recoverWithinMs);
    return { reasons, recoveryMs: sinceMs === undefined ? undefined : sinceMs - healMs };
  }

  #start(): void {
    const { queue, processes } = this.#cluster;
    const { between, draw } = streamOf(this.#options.seed, 'start');
    for (const process of processes.values()) {
      queue.at(START_MS + between(0, START_WITHIN_MS), () => process.start());
    }
    const listener = {
      observe: (seen: Untimed) => this.#observe(seen),
      onWork: (text: string, refused: boolean) => {
        this.#timeline.note(queue.nowMs, refused ? 'note' : 'workload', 'user', text);
      },
    };
    const user = this.#cluster.addUser((running) => {
      this.#user = new SimUser(running, draw, listener);
    });
    user.start();
  }

  /** Waits until every node is there, then applies the manifests and waits until they are as they should be. */
  async #prepare(): Promise<readonly string[]> {
    const { workload, cluster } = this.#scenario;
    const { picture } = this.#checks;
    await this.#until(PREPARE_MS, () => picture.count('core/nodes') === cluster.nodes);
    const metadata = { name: WORK_NAMESPACE };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata };
    const named = workload.manifests.some(
      (one) => one.kind === 'Namespace' && one.metadata?.name === WORK_NAMESPACE,
    );
    const objects = named ? workload.manifests : [namespace, ...workload.manifests];
    for (const object of objects) this.#user?.begin({ atMs: 0, do: 'apply', object });
    return (await this.#settle(PREPARE_MS)).reasons;
  }

  /** The phase with faults: work and faults as they come. */
  async #letLoose(): Promise<void> {
    const { workload, forMs } = this.#scenario;
    const { queue } = this.#cluster;
    const startMs = queue.nowMs;
    const drawn =
      workload.random === undefined
        ? []
        : drawWork(workload.random, streamOf(this.#options.seed, 'work'), forMs);
    for (const step of [...workload.steps, ...drawn]) {
      queue.at(startMs + step.atMs, () => this.#user?.begin(step));
    }
    if (this.#options.withoutFaults !== true) this.#faults.letLoose();
    await this.#until(forMs, () => false);
  }

  /** Waits until all is as it should be, and stays so; why it is not, where it does not come to that in time. */
  async #settle(
    withinMs: number,
  ): Promise<{ readonly reasons: readonly string[]; readonly sinceMs: number | undefined }> {
    let quiet = 0;
    let sinceMs: number | undefined;
    let reasons: readonly string[] = [];
    const settled = await this.#until(withinMs + QUIET_CHECKS * CHECK_EVERY_MS, () => {
      reasons = this.#reasons();
      if (reasons.length > 0) {
        quiet = 0;
        return false;
      }
      quiet += 1;
      if (quiet === 1) sinceMs = this.#cluster.queue.nowMs;
      return quiet >= QUIET_CHECKS;
    });
    if (settled) return { reasons: [], sinceMs };
    if (reasons.length === 0) reasons = ['it came to rest too late, or not for long enough'];
    return { reasons: reasons.slice(0, REASONS_MAX), sinceMs: undefined };
  }

  #reasons(): readonly string[] {
    const pending = this.#user?.pending ?? 0;
    if (pending > 0) return [`${pending} pieces of the user's work are not done`];
    return unsettled(this.#checks.picture);
  }

  #next(untilMs: number): boolean {
    try {
      return this.#cluster.queue.next(untilMs);
    } catch (error) {
      this.bug('thrown out of a callback', error);
      return false;
    }
  }

  /** Lets time go on until the condition holds (asked once a virtual second), or for so long; or a bug is found. */
  async #until(forMs: number, holds: () => boolean): Promise<boolean> {
    const { queue } = this.#cluster;
    const endMs = queue.nowMs + forMs;
    while (queue.nowMs < endMs) {
      const untilMs = Math.min(endMs, queue.nowMs + CHECK_EVERY_MS);
      for (let events = 1; this.#bugs.length === 0 && this.#next(untilMs); events += 1) {
        await (events % EVENTS_A_TURN === 0 ? turn() : drained());
      }
      if (this.#cluster.steps > (this.#options.stepsMax ?? STEPS_MAX)) {
        this.bug('too many steps', undefined);
      }
      if (this.#bugs.length > 0) return false;
      if (queue.nowMs >= this.#sampleMs) {
        this.#sampleMs = queue.nowMs + Math.max(CHECK_EVERY_MS, this.#scenario.forMs / SAMPLES);
        this.#timeline.sample(queue.nowMs, this.#checks.picture);
      }
      if (holds()) return true;
    }
    return false;
  }
}

function verdictOf(
  bugs: readonly string[],
  violations: readonly Violation[],
  reasons: readonly string[],
): Verdict {
  if (bugs.length > 0) return 'crashed';
  if (violations.length > 0) return 'unsafe';
  return reasons.length > 0 ? 'stuck' : 'held';
}

/** Resolves when every promise that can go on has gone on; a hundred times cheaper than a turn of the event loop. */
function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function stopwatch(): () => number {
  const startedMs = performance.now();
  return () => performance.now() - startedMs;
}
