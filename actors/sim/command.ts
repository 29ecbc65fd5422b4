/**
 * What `kabuki sim` does: one run, a search over seeds, the systematic search, and what is printed and written of them.
 * Reads and writes files; knows nothing of flags or terminals.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EveryStep } from '../../machines/chaos/every-step.ts';
import { parseScenario } from '../../machines/chaos/parse-scenario.ts';
import { renderScenarioError } from '../../machines/chaos/parse-scenario-source.ts';
import { renderHtml } from '../../machines/chaos/report/report-html.ts';
import { renderJson } from '../../machines/chaos/report/report-json.ts';
import { renderText, renderTimeline } from '../../machines/chaos/report/report-text.ts';
import type { Verdict } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { writeScenario } from '../../machines/chaos/write-scenario.ts';
import { RULES } from '../../machines/checks/rules.ts';
import { CommandError, EXIT, EXIT_OF_VERDICT } from '../cluster/command-error.ts';
import { openPool, type Pool } from './pool.ts';
import { everyStepTasks, type SearchTotals, search, seedTasks, shrink } from './search.ts';
import { SimTrace } from './sim-trace.ts';
import { reasonsOf, runTask, SAME_END, type SimReport, type SimTask, scenarioOf } from './task.ts';

/** What is asked for. */
export interface SimCommand {
  /** Undefined: each seed draws a scenario of its own. */
  readonly file: string | undefined;
  readonly seed: number | undefined;
  readonly seeds: { readonly from: number; readonly to: number } | undefined;
  readonly nodes: number | undefined;
  readonly forMs: number | undefined;
  readonly jobs: number;
  readonly everyStep: readonly EveryStep[] | undefined;
  readonly checkDeterminism: boolean;
  readonly differential: boolean;
  readonly shrink: boolean;
  /** Where shrunk scenarios are written. */
  readonly out: string;
  readonly output: 'text' | 'json';
  readonly color: boolean;
  readonly timeline: boolean;
  readonly trace: string | undefined;
  readonly record: string | undefined;
  /** A trace file, as `kabuki trace record` writes it. */
  readonly ktrace: string | undefined;
  readonly report: string | undefined;
  readonly version: string;
  /** Results, on standard output. */
  readonly print: (text: string) => void;
  /** Progress, on standard error. */
  readonly note: (line: string) => void;
}

/** The seed where none is given. */
const SEED = 1;
/** A search tells how far it is after so many runs. */
const NOTE_EVERY = 50;

/** Runs the command; gives the exit code. Throws CommandError for what the user can mend. */
export async function sim(command: SimCommand): Promise<number> {
  const scenario = command.file === undefined ? undefined : readScenario(command.file);
  const task: SimTask = {
    ...{ scenario, nodes: command.nodes, forMs: command.forMs, version: command.version },
    seed: command.seed ?? scenario?.seed ?? SEED,
    differential: command.differential,
    determinism: command.checkDeterminism,
  };
  if (command.everyStep !== undefined) return everyStep(command, task, command.everyStep);
  if (command.seeds !== undefined) return manySeeds(command, task, command.seeds);
  return oneRun(command, task);
}

/** Reads a scenario; every error with its line. */
export function readScenario(file: string): Scenario {
  const read = (path: string): string => readFileSync(resolve(dirname(file), path), 'utf8');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as Error).message}`, EXIT.usage);
  }
  const parsed = parseScenario(text, file, {
    readFile: read,
    rules: [...RULES.map(({ name }) => name), SAME_END],
  });
  if (parsed.ok) return parsed.scenario;
  const lines = parsed.errors.map(renderScenarioError);
  throw new CommandError(`${file} is no scenario that can be run`, EXIT.usage, lines.join('\n'));
}

async function oneRun(command: SimCommand, task: SimTask): Promise<number> {
  const trace = opened(command.trace);
  const record = opened(command.record);
  const ktrace =
    command.ktrace === undefined ? undefined : new SimTrace(command.ktrace, command.version);
  const report = await runTask(task, {
    ...(trace === undefined ? {} : { onTrace: (line) => trace.write(`${line}\n`) }),
    ...(record === undefined && ktrace === undefined
      ? {}
      : {
          onObservation: (seen) => {
            record?.write(`${JSON.stringify(seen)}\n`);
            ktrace?.observe(seen);
          },
        }),
    ...(ktrace === undefined ? {} : { onStep: (...step) => ktrace.step(...step) }),
  });
  await Promise.all([trace?.end(), record?.end()]);
  ktrace?.end();
  const { result } = report;
  const settings = { file: command.file, replay: replayOf(command, task), color: command.color };
  if (command.output === 'json') command.print(renderJson(result, settings));
  else {
    if (command.timeline) command.print(renderTimeline(result, settings));
    command.print(renderText(result, settings));
    if (command.checkDeterminism && result.verdict !== 'crashed') {
      command.print(`the second run was the same, to the last byte (trace ${result.traceHash})\n`);
    }
  }
  if (command.report !== undefined) writeFileSync(command.report, renderHtml(result, settings));
  if (result.verdict !== 'held' && command.shrink) {
    const pool = openPool(1);
    await shrinkOne(command, pool, task, report);
  }
  return EXIT_OF_VERDICT[result.verdict];
}

function replayOf(command: SimCommand, { seed, nodes, forMs }: SimTask): string {
  const words = ['kabuki sim', command.file ?? '', `--seed ${seed}`];
  if (nodes !== undefined) words.push(`--nodes ${nodes}`);
  if (forMs !== undefined) words.push(`--for ${forMs}ms`);
  return words.filter((word) => word !== '').join(' ');
}

function opened(path: string | undefined) {
  if (path === undefined) return undefined;
  const stream = createWriteStream(path);
  return {
    write: (text: string) => stream.write(text),
    end: () => new Promise<void>((done) => stream.end(() => done())),
  };
}

async function manySeeds(
  command: SimCommand,
  task: SimTask,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  return searchAll(command, task, seedTasks(task, from, to), `seeds ${from} to ${to}`);
}

async function everyStep(
  command: SimCommand,
  task: SimTask,
  ways: readonly EveryStep[],
): Promise<number> {
  const scenario = { ...scenarioOf(task), faults: [] };
  const { result, faultSteps } = await runTask({ ...task, scenario, differential: false });
  if (result.verdict !== 'held') {
    command.print(renderText(result, { replay: replayOf(command, task) }));
    return EXIT_OF_VERDICT[result.verdict];
  }
  command.note(`${faultSteps} steps, each with ${ways.join(', ')}`);
  const base = { ...task, scenario, nodes: undefined, forMs: undefined };
  const tasks = everyStepTasks(base, ways, faultSteps);
  return searchAll(command, task, tasks, `${ways.join(', ')} at each of ${faultSteps} steps`);
}

async function searchAll(
  command: SimCommand,
  task: SimTask,
  tasks: Iterable<SimTask>,
  what: string,
): Promise<number> {
  const startedMs = performance.now();
  const pool = openPool(command.jobs);
  try {
    const totals = await search(pool, command.jobs, tasks, (report, { runs }) => {
      const { result, scenario } = report;
      if (result.verdict !== 'held') {
        const why = reasonsOf(result)[0]?.split('\n')[0] ?? '';
        command.note(`${scenario.name} seed ${result.seed}: ${result.verdict}: ${why}`);
      } else if (runs % NOTE_EVERY === 0) command.note(`${runs} runs`);
    });
    const tookMs = performance.now() - startedMs;
    if (command.output === 'json') command.print(`${JSON.stringify(jsonOf(totals, tookMs))}\n`);
    else command.print(textOf(what, totals, tookMs));
    if (command.shrink) await shrinkKinds(command, pool, task, totals.failures);
    return EXIT_OF_VERDICT[worst(totals)];
  } finally {
    await pool.close();
  }
}

function worst({ verdicts }: SearchTotals): Verdict {
  const order: readonly Verdict[] = ['unsafe', 'crashed', 'stuck'];
  return order.find((verdict) => verdicts[verdict] > 0) ?? 'held';
}

/** The first failure of each kind is shrunk. */
async function shrinkKinds(
  command: SimCommand,
  pool: Pool,
  task: SimTask,
  failures: readonly SimReport[],
): Promise<void> {
  const seen = new Set<string>();
  for (const report of failures) {
    const { verdict, violations } = report.result;
    const kind = `${verdict} ${violations[0]?.rule}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    await shrinkOne(command, pool, { ...task, seed: report.result.seed }, report);
  }
}

async function shrinkOne(
  command: SimCommand,
  pool: Pool,
  task: SimTask,
  report: SimReport,
): Promise<void> {
  command.note(`shrinking ${report.scenario.name} (seed ${task.seed})`);
  const small = await shrink(pool, task, report, () => {});
  const { scenario, result } = small;
  mkdirSync(command.out, { recursive: true });
  const rule = result.violations[0]?.rule ?? result.verdict;
  const path = freePath(command.out, `${rule}-${task.seed}`);
  const why = reasonsOf(result)[0]?.split('\n')[0] ?? '';
  const comment = `${result.verdict}: ${why}\nFound by seed ${task.seed}, version ${task.version}.`;
  writeFileSync(path, writeScenario(scenario, comment));
  command.note(`written to ${path}: ${scenario.faults.length} faults, ${why}`);
}

function freePath(directory: string, name: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(directory, `${name}${number === 1 ? '' : `-${number}`}.yaml`);
    if (!existsSync(path)) return path;
  }
}

function jsonOf(totals: SearchTotals, tookMs: number) {
  const { failures, recoveriesMs, ...sums } = totals;
  return {
    schema: 1,
    ...sums,
    tookMs,
    recoveryMs: quantiles(recoveriesMs),
    failures: failures.map(({ result, scenario }) => ({
      ...{ scenario: scenario.name, seed: result.seed, verdict: result.verdict },
      reasons: reasonsOf(result),
    })),
  };
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

function textOf(what: string, totals: SearchTotals, tookMs: number): string {
  const { runs, steps, simulatedMs, faults, verdicts, recoveriesMs } = totals;
  const { p50, p99, max } = quantiles(recoveriesMs);
  const seconds = tookMs / 1_000;
  const bad = (['unsafe', 'stuck', 'crashed'] as const)
    .filter((verdict) => verdicts[verdict] > 0)
    .map((verdict) => `${verdicts[verdict]} ${verdict}`);
  const rows: readonly (readonly [string, string])[] = [
    ['searched', what],
    ['runs', `${runs} in ${seconds.toFixed(1)} s`],
    ['steps', `${steps} (${Math.round(steps / seconds)} a second)`],
    ['simulated', `${Math.round(simulatedMs / 1_000)} s`],
    ['faults', `${faults}`],
    ['recovery', `p50 ${p50 / 1_000} s, p99 ${p99 / 1_000} s, longest ${max / 1_000} s`],
    ['verdict', [`${verdicts.held} held`, ...bad].join(', ')],
  ];
  return `${rows.map(([name, text]) => `${name.padEnd(10)}${text}`).join('\n')}\n`;
}
