/**
 * One task of a search: a scenario under a seed, run once, or compared with its twin without faults, or run twice to
 * compare the traces. Plain data in and out, so that it can be done in another thread.
 */

import { drawScenario } from '../../machines/chaos/draw-scenario.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import type { Violation } from '../../machines/checks/check.ts';
import { compareEndStates } from '../../machines/checks/end-state.ts';
import { streamOf } from './random.ts';
import { type SimOptions, type SimOutcome, simulate } from './runner.ts';

/** What to run. */
export interface SimTask {
  /** Undefined: the seed draws the scenario too. */
  readonly scenario: Scenario | undefined;
  readonly seed: number;
  readonly version: string;
  /** Asked for on the command line, in place of what the scenario says. */
  readonly nodes?: number | undefined;
  readonly forMs?: number | undefined;
  /** Compare the end with that of the same workload without faults. */
  readonly differential: boolean;
  /** Run twice and compare the traces. */
  readonly determinism: boolean;
}

/** What came of it. */
export interface SimReport {
  readonly result: RunResult;
  readonly faultSteps: number;
  /** What was run, with what the seed has drawn. */
  readonly scenario: Scenario;
}

/** The name of the rule that compares with the twin without faults. */
export const SAME_END = 'same-end-state';
const DIFFERENCES_MAX = 20;

/** The scenario of a task. */
export function scenarioOf({ scenario, seed, nodes, forMs }: SimTask): Scenario {
  if (scenario === undefined) {
    return drawScenario(streamOf(seed, 'scenario').draw, { nodes, forMs, name: `seed-${seed}` });
  }
  const cluster = nodes === undefined ? scenario.cluster : { ...scenario.cluster, nodes };
  return { ...scenario, cluster, forMs: forMs ?? scenario.forMs };
}

/** Runs a task. `more` is for those who listen in this thread. */
export async function runTask(task: SimTask, more: Partial<SimOptions> = {}): Promise<SimReport> {
  const scenario = scenarioOf(task);
  const options: SimOptions = { seed: task.seed, version: task.version, ...more };
  const first = task.determinism
    ? await runTwice(scenario, options)
    : await simulate(scenario, options);
  const { faultSteps, result } = first;
  // A run in which no fault began is its own twin.
  const hasTwin = task.differential && result.verdict === 'held' && result.injections.length > 0;
  if (!hasTwin) return { result, faultSteps, scenario };
  const twin = await simulate(scenario, { ...options, ...SILENT, withoutFaults: true });
  return { result: compared(first, twin), faultSteps, scenario };
}

const SILENT = {
  onTrace: undefined,
  onObservation: undefined,
  onStep: undefined,
} as unknown as Partial<SimOptions>;

function compared(run: SimOutcome, twin: SimOutcome): RunResult {
  const { result } = run;
  if (twin.result.verdict !== 'held') {
    const reasons = ['the same workload fails without faults:', ...reasonsOf(twin.result)];
    return { ...result, verdict: twin.result.verdict, reasons };
  }
  const differences = compareEndStates(twin.end, run.end).slice(0, DIFFERENCES_MAX);
  if (differences.length === 0) return result;
  const atMs = result.timeline.at(-1)?.atMs ?? 0;
  const violations = differences.map(
    (message): Violation => ({
      ...{ rule: SAME_END, message, objects: [], revision: 0, atMs },
    }),
  );
  return { ...result, verdict: 'unsafe', violations };
}

/** Why a run failed, a line each. */
export function reasonsOf({ violations, reasons }: RunResult): readonly string[] {
  return [...violations.map(({ rule, message }) => `${rule}: ${message}`), ...reasons];
}

/** Runs twice; the verdict is `crashed` where the traces differ, with the first line that does. */
async function runTwice(scenario: Scenario, options: SimOptions): Promise<SimOutcome> {
  const lines: string[] = [];
  const first = await simulate(scenario, {
    ...options,
    onTrace(line) {
      lines.push(line);
      options.onTrace?.(line);
    },
  });
  let at = 0;
  let differs: string | undefined;
  const { onObservation: _, onStep: __, ...rest } = options;
  const second = await simulate(scenario, {
    ...rest,
    onTrace(line) {
      if (differs === undefined && line !== lines[at]) {
        differs = `line ${at + 1}:\n  first   ${lines[at] ?? '(the end)'}\n  second  ${line}`;
      }
      at += 1;
    },
  });
  if (differs === undefined && at < lines.length) differs = `line ${at + 1}: the second run ends`;
  if (differs === undefined && first.result.traceHash !== second.result.traceHash) {
    differs = 'the hashes of what the traces leave out';
  }
  if (differs === undefined) return first;
  const reasons = [`the same seed gave another run: ${differs}`];
  return { ...first, result: { ...first.result, verdict: 'crashed', reasons } };
}
