/**
 * Searches for failures: many seeds, or one thing going wrong at every step in turn; and shrinks what it finds to the
 * smallest scenario that still fails in the same way.
 */
import { type EveryStep, everyStepScenarios } from '../../machines/chaos/every-step.ts';
import type { RunResult, Verdict } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { createShrinker } from '../../machines/chaos/shrink.ts';
import type { Pool } from './pool.ts';
import type { SimReport, SimTask } from './task.ts';

/** Sums over a search. */
export interface SearchTotals {
  runs: number;
  steps: number;
  simulatedMs: number;
  faults: number;
  /** Recovery times of the runs that held, milliseconds. */
  readonly recoveriesMs: number[];
  readonly verdicts: { [verdict in Verdict]: number };
  readonly failures: SimReport[];
}

/** Failures kept whole; more are counted alone. */
const FAILURES_MAX = 200;
/** Tasks handed to the pool beyond those that run. */
const AHEAD = 4;

/** Runs tasks until there are no more; `onReport` hears of each as it ends. */
export async function search(
  pool: Pool,
  jobs: number,
  tasks: Iterable<SimTask>,
  onReport: (report: SimReport, totals: SearchTotals) => void,
): Promise<SearchTotals> {
  const totals: SearchTotals = {
    ...{ runs: 0, steps: 0, simulatedMs: 0, faults: 0, recoveriesMs: [], failures: [] },
    verdicts: { held: 0, unsafe: 0, stuck: 0, crashed: 0 },
  };
  const running = new Set<Promise<void>>();
  for (const task of tasks) {
    const done: Promise<void> = pool.run(task).then((report) => {
      running.delete(done);
      add(totals, report);
      onReport(report, totals);
    });
    running.add(done);
    if (running.size >= jobs + AHEAD) await Promise.race(running);
  }
  await Promise.all(running);
  return totals;
}

function add(totals: SearchTotals, report: SimReport): void {
  const { result } = report;
  totals.runs += 1;
  totals.steps += result.steps;
  totals.simulatedMs += result.simulatedMs;
  totals.faults += result.injections.length;
  totals.verdicts[result.verdict] += 1;
  if (result.verdict === 'held') {
    if (result.recoveryMs !== undefined) totals.recoveriesMs.push(result.recoveryMs);
  } else if (totals.failures.length < FAILURES_MAX) totals.failures.push(report);
}

/** A task for each seed. */
export function* seedTasks(
  base: Omit<SimTask, 'seed'>,
  from: number,
  to: number,
): Iterable<SimTask> {
  for (let seed = from; seed <= to; seed += 1) yield { ...base, seed };
}

/** A task for each step of the base run, and each way in which something goes wrong at it. */
export function* everyStepTasks(
  base: SimTask & { readonly scenario: Scenario },
  ways: readonly EveryStep[],
  steps: number,
): Iterable<SimTask> {
  for (let step = 1; step <= steps; step += 1) {
    for (const way of ways) {
      for (const scenario of everyStepScenarios(base.scenario, way, step))
        yield { ...base, scenario };
    }
  }
}

/** Two runs fail in the same way: the same verdict, the same first rule, the same kind of first reason. */
export function failsAlike(one: RunResult, other: RunResult): boolean {
  return (
    one.verdict === other.verdict &&
    one.violations[0]?.rule === other.violations[0]?.rule &&
    kindOf(one.reasons[0]) === kindOf(other.reasons[0])
  );
}

/** A reason without the names and numbers in it. */
function kindOf(reason = ''): string {
  const [line = ''] = reason.split('\n');
  return line.replace(/[\w-]*[-/\d][\w./-]*/g, '#');
}

/** The smallest scenario found that fails as the report does; its seed is pinned in it. */
export async function shrink(
  pool: Pool,
  task: SimTask,
  report: SimReport,
  onAttempt: (attempts: number, best: Scenario) => void,
): Promise<SimReport> {
  const shrinker = createShrinker(report.scenario, { injections: report.result.injections });
  let best = report;
  let attempts = 0;
  for (let next = shrinker.next(); next !== undefined; next = shrinker.next()) {
    const tried = await pool.run({ ...task, scenario: next, nodes: undefined, forMs: undefined });
    const alike = failsAlike(tried.result, report.result);
    shrinker.report(alike);
    if (alike) best = tried;
    attempts += 1;
    onAttempt(attempts, shrinker.best);
  }
  return { ...best, scenario: { ...shrinker.best, seed: task.seed } };
}
