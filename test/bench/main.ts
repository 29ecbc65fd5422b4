/**
 * `npm run bench`: measures a real cluster on real processes and prints each figure beside its peer's.
 *
 *     npm run bench                          everything, about six minutes
 *     npm run bench -- deploy latency        some of it
 *     npm run bench -- --json figures.json   also as JSON
 *     npm run bench -- deploy --cpu-prof DIR with a CPU profile of every process
 *
 * A measurement that fails is shown as failed and does not stop the others. docs/bench.md says how each is taken.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureDeploy } from './deploy.ts';
import { type Figure, rounded, within } from './figure.ts';
import { measureIdle } from './idle.ts';
import { measureKill } from './kill.ts';
import { measureLarge } from './large.ts';
import { measureLatency } from './latency.ts';
import { type Meaning, meanings } from './peers.ts';
import { measureStart } from './start.ts';
import { measureTrace } from './trace.ts';

const measurements: Readonly<{ [name: string]: () => Promise<readonly Figure[]> }> = {
  start: measureStart,
  idle: measureIdle,
  deploy: measureDeploy,
  trace: measureTrace,
  large: measureLarge,
  latency: measureLatency,
  kill: measureKill,
};

/** No measurement may take longer, whatever it waits for. */
const MEASUREMENT_WAIT_MS = 240_000;

interface Outcome {
  readonly name: string;
  readonly figures: readonly Figure[];
  readonly failure?: string;
  readonly seconds: number;
  /** Load average of the last minute when it began: the machine may have had other work. */
  readonly loadBefore: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, 'cpu-prof': { type: 'string' } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(measurements);
  const unknown = names.filter((name) => measurements[name] === undefined);
  if (unknown.length > 0) {
    console.error(`no such measurement: ${unknown.join(' ')}`);
    console.error(`there are: ${Object.keys(measurements).join(' ')}`);
    process.exit(2);
  }
  const profiles = values['cpu-prof'];
  if (profiles !== undefined) profileProcesses(resolve(profiles));
  const outcomes: Outcome[] = [];
  for (const name of names) {
    process.stderr.write(`${name} ...\n`);
    outcomes.push(await measure(name));
  }
  print(outcomes);
  if (values.json !== undefined) writeFileSync(values.json, json(outcomes));
  process.exit(outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0);
}

/** Every process of the clusters to come writes a profile when it ends. */
function profileProcesses(folder: string): void {
  mkdirSync(folder, { recursive: true });
  process.env.KABUKI_BENCH_PROFILES = folder;
  process.env.NODE_OPTIONS = `--import=${new URL('profile.js', import.meta.url).href}`;
}

async function measure(name: string): Promise<Outcome> {
  const startedMs = performance.now();
  const loadBefore = loadavg()[0] ?? 0;
  const common = () => ({ name, loadBefore, seconds: (performance.now() - startedMs) / 1_000 });
  const run = measurements[name];
  if (run === undefined) throw new Error(`no such measurement: ${name}`);
  try {
    const figures = await within(`${name} is measured`, MEASUREMENT_WAIT_MS, run());
    return { figures, ...common() };
  } catch (error) {
    return {
      figures: [],
      failure: error instanceof Error ? error.message : `${error}`,
      ...common(),
    };
  }
}

/** The most a figure may be, by the table. */
function aimOf({ aim, aimTimes }: Meaning, figures: readonly Figure[]): number | undefined {
  if (aimTimes === undefined) return aim;
  const base = figures.find(({ id }) => id === aimTimes.id)?.value;
  return base === undefined ? undefined : base * aimTimes.times;
}

interface Row {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly aim?: number;
  readonly met?: boolean;
  readonly peer?: string;
  readonly samples?: readonly number[];
  readonly note?: string;
}

function rows(outcomes: readonly Outcome[]): readonly Row[] {
  const figures = outcomes.flatMap((outcome) => outcome.figures);
  return meanings.flatMap((meaning) =>
    figures
      .filter(({ id }) => id === meaning.id)
      .map(({ value, samples, note }): Row => {
        const aim = aimOf(meaning, figures);
        const { id, what, unit, peer } = meaning;
        return {
          ...{ id, what, unit, value: rounded(value) },
          ...(aim === undefined ? {} : { aim: rounded(aim), met: value <= aim }),
          ...(peer === undefined ? {} : { peer }),
          ...(samples === undefined ? {} : { samples }),
          ...(note === undefined ? {} : { note }),
        };
      }),
  );
}

function print(outcomes: readonly Outcome[]): void {
  const head = ['figure', 'here', 'at least', '', 'peer', 'note'];
  const body = rows(outcomes).map((row) => [
    row.what,
    `${row.value} ${row.unit}`,
    row.aim === undefined ? '' : `${row.aim}`,
    row.met === undefined ? '' : row.met ? 'met' : 'MISSED',
    row.peer ?? '',
    [row.note ?? [], row.samples === undefined ? [] : `of ${row.samples.join(' ')}`]
      .flat()
      .join('; '),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0)),
  );
  for (const cells of [head, ...body]) {
    const line = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    console.log(line.trimEnd());
  }
  for (const { name, failure } of outcomes) {
    if (failure !== undefined) console.log(`FAILED  ${name}: ${failure}`);
  }
  const loads = outcomes.map(({ name, loadBefore }) => `${name} ${loadBefore.toFixed(1)}`);
  console.log(`load average before each: ${loads.join(', ')}; ${cpus().length} cores`);
}

function json(outcomes: readonly Outcome[]): string {
  const runs = outcomes.map(({ figures: _, ...run }) => ({
    ...run,
    seconds: rounded(run.seconds),
    loadBefore: rounded(run.loadBefore),
  }));
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? '', node: process.version };
  return `${JSON.stringify({ machine, runs, figures: rows(outcomes) }, null, 2)}\n`;
}

await main();
