/**
 * Same seed, same run: line for line in one process, and to the last byte of the trace in processes that share nothing
 * but the program.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../actors/sim/command.ts';
import type { Mutations } from '../../actors/sim/mutations.ts';
import { openPool } from '../../actors/sim/pool.ts';
import { runTask, type SimTask, scenarioOf } from '../../actors/sim/task.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { run } from '../e2e/cluster.ts';
import { plans } from './plants.ts';
import { directory, kabuki, ROOT } from './program.ts';
import { small } from './small-scenarios.ts';

const EXAMPLES = join(ROOT, 'examples/chaos');

function taskOf(scenario: Scenario | undefined, seed: number): SimTask {
  return { scenario, seed, version: 'test', differential: false, determinism: false };
}

async function traceOf(task: SimTask, mutations: Mutations = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  await runTask(task, { mutations, onTrace: (line) => lines.push(line) });
  return lines;
}

/** Fails with the first line that differs, not with thousands. */
function expectSame(one: readonly string[], other: readonly string[]): void {
  const at = one.findIndex((line, index) => line !== other[index]);
  expect(at < 0 ? undefined : [`line ${at + 1}`, one[at], other[at]]).toBeUndefined();
  expect(other.length).toBe(one.length);
}

const TWICE: readonly (readonly [name: string, task: () => SimTask])[] = [
  ...[11, 23, 58].map((seed) => [`drawn by seed ${seed}`, () => taskOf(undefined, seed)] as const),
  ...['node-partitioned.yaml', 'scheduler-crash-at-bind.yaml'].map(
    (file) => [file, () => taskOf(readScenario(join(EXAMPLES, file)), 5)] as const,
  ),
];

describe('twice in one process', () => {
  it.each(TWICE)('%s: the same trace, line for line', async (_, task) => {
    const first = await traceOf(task());
    expect(first.length).toBeGreaterThan(500);
    expectSame(first, await traceOf(task()));
  });

  it('another seed gives another run of the same scenario', async () => {
    const scenario = scenarioOf(taskOf(undefined, 11));
    const [one, other] = [await traceOf(taskOf(scenario, 1)), await traceOf(taskOf(scenario, 2))];
    expect(one).not.toEqual(other);
  });
});

describe('in processes of their own', () => {
  const at = directory();
  const seed = 23;

  it('environment, time zone and directory change nothing', async () => {
    const traces = ['one', 'two'].map((name) => join(at, `${name}.trace`));
    const args = (trace: string) => ['sim', '--seed', `${seed}`, '-o', 'json', '--trace', trace];
    const { HOME, PATH } = process.env;
    const [one, two] = await Promise.all([
      kabuki(args(traces[0] as string), { cwd: ROOT }),
      kabuki(args(traces[1] as string), {
        cwd: at,
        env: {
          PATH,
          HOME,
          TZ: 'Asia/Kathmandu',
          LANG: 'tr_TR.UTF-8',
          LC_ALL: 'tr_TR.UTF-8',
          X: 'y',
        },
      }),
    ]);
    const [hash, other] = [one, two].map(({ stdout }) => JSON.parse(stdout).traceHash);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(other).toBe(hash);
    const [lines = [], others = []] = traces.map((path) => readFileSync(path, 'utf8').split('\n'));
    expectSame(lines, others);
  });

  it('threads change nothing', async () => {
    // Threads need the built program; this one runs the sources.
    const script = `
      import { openPool } from ${JSON.stringify(join(ROOT, 'dist/actors/sim/pool.js'))};
      const task = { scenario: undefined, version: 'test', differential: false, determinism: false };
      for (const jobs of [1, 2]) {
        const pool = openPool(jobs);
        const seeds = [11, ${seed}, 58];
        const reports = await Promise.all(seeds.map((seed) => pool.run({ ...task, seed })));
        console.log(reports.map(({ result }) => result.traceHash).join(' '));
        await pool.close();
      }`;
    const file = join(at, 'threads.mjs');
    writeFileSync(file, script);
    const { stdout } = await run(process.execPath, [file]);
    const [inThread, inThreads] = stdout.trim().split('\n');
    expect(inThread).toMatch(/^([0-9a-f]{16} ?){3}$/);
    expect(inThreads).toBe(inThread);
    const pool = openPool(1);
    const { result } = await pool.run(taskOf(undefined, seed));
    expect(inThread?.split(' ')[1]).toBe(result.traceHash);
  });
});

/** Plans that look at what they must not look at. */
const NONDETERMINISTIC: readonly (readonly [name: string, draw: () => number])[] = [
  ['Math.random', () => Math.random()],
  ['Date.now and a performance counter', () => Date.now() + performance.now()],
];

describe('the mode that runs twice', () => {
  it.each(NONDETERMINISTIC)('catches a plan that asks %s', async (_, draw) => {
    const mutations = plans('deployment-controller', (plan, _key, nowMs) => ({
      ...plan,
      againAtMs: nowMs + 100 + Math.floor((draw() * 1_000) % 1_000),
    }));
    const task = { ...taskOf(small('rollout'), 1), determinism: true };
    const { result } = await runTask(task, { mutations });
    expect(result.verdict).toBe('crashed');
    expect(result.reasons.join('\n')).toMatch(
      /the same seed gave another run: line \d+:\n {2}first .+\n {2}second .+/,
    );
  });

  it('finds nothing where there is nothing', async () => {
    const { result } = await runTask({ ...taskOf(small('rollout'), 1), determinism: true });
    expect(result.verdict).toBe('held');
  });

  it('says so on the command line', async () => {
    const file = join(EXAMPLES, 'small.yaml');
    const { stdout, code } = await kabuki(['sim', file, '--check-determinism']);
    expect(stdout).toContain('the second run was the same, to the last byte');
    expect(code).toBe(0);
  });
});
