/** Runs of the simulation as trace files: replayed, compared, and with a bug planted into a machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { assign } from 'xstate';
import { EXIT } from '../../actors/cluster/command-error.ts';
import { readScenario } from '../../actors/sim/command.ts';
import type { Mutations } from '../../actors/sim/mutations.ts';
import { SimTrace } from '../../actors/sim/sim-trace.ts';
import { runTask } from '../../actors/sim/task.ts';
import { diffFiles } from '../../actors/trace/diff-command.ts';
import { replayFile } from '../../actors/trace/replay-command.ts';
import { readTraceFile } from '../../actors/trace/trace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kabuki-sim-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const examples = join(import.meta.dirname, '../../examples/chaos');
const small = readScenario(join(examples, 'small.yaml'));

/** Runs the scenario and gives its file, with the hash of the run. */
async function traced(name: string, seed: number, mutations: Mutations = {}, scenario = small) {
  const file = join(folder, `${name}.ktrace`);
  const trace = new SimTrace(file, 'test');
  const task = { scenario, seed, version: 'test', differential: false, determinism: false };
  const { result } = await runTask(task, {
    mutations,
    onStep: (...step) => trace.step(...step),
    onObservation: (seen) => trace.observe(seen),
  });
  trace.end();
  return { file, hash: result.traceHash };
}

const replayed = (file: string) =>
  replayFile({
    ...{ file, selection: { actor: undefined, process: undefined }, until: undefined },
    ...{ inspect: false, onInspector: () => {}, onStep: undefined, version: 'test' },
  });

/** A scheduler that counts every attempt twice. */
const counting: Mutations = {
  machine: (kind) =>
    kind.name !== 'pendingPod'
      ? kind
      : {
          ...kind,
          machine: kind.machine.provide({
            actions: {
              choose: assign({
                node: ({ event }) => (event as unknown as { node: string }).node,
                attempts: ({ context }) => context.attempts + 2,
              }),
            },
          }),
        },
};

test('a run is recorded without being changed, and every step of it comes out the same', async () => {
  const { file, hash } = await traced('one', 3);
  const task = {
    scenario: small,
    seed: 3,
    version: 'test',
    differential: false,
    determinism: false,
  };
  expect((await runTask(task)).result.traceHash).toBe(hash);
  const { report, exitCode, of } = replayed(file);
  expect(report.steps).toBeGreaterThan(500);
  expect(report.same).toBe(report.steps);
  expect(exitCode).toBe(0);
  expect(of.warnings).toEqual([]);
  const writes = readTraceFile(file).records.filter(({ type }) => type === 'write');
  expect(writes.length).toBeGreaterThan(20);
});

test('the same seed gives the same trace', async () => {
  const [one, other] = [await traced('first', 3), await traced('second', 3)];
  expect(diffFiles([one.file, other.file], undefined).exitCode).toBe(0);
});

test('what a fault did is where two runs of one seed part', async () => {
  const killed = readScenario(join(examples, 'node-killed.yaml'));
  const calm = { ...killed, faults: [] };
  const bad = await traced('bad', 42, {}, killed);
  const good = await traced('good', 42, {}, calm);
  const { exitCode, text } = diffFiles([good.file, bad.file], undefined);
  expect(exitCode).toBe(EXIT.differs);
  expect(text).toMatch(/^The runs part at nodeHealth\/node-\d/);
  expect(text).toMatch(/^ {2}> .* heard -> silent {2}<- beat\.checked/m);
});

test('a machine that ran otherwise than it is written is caught, at the step and field', async () => {
  const { file } = await traced('mutated', 3, counting);
  const { report, exitCode } = replayed(file);
  expect(exitCode).toBe(EXIT.differs);
  expect(report.differences[0]).toMatchObject({
    record: { event: 'node.chosen' },
    difference: { fields: expect.arrayContaining(['attempts']) },
  });
  expect(report.kinds.filter(({ different }) => different > 0).map(({ kind }) => kind)).toEqual([
    'pendingPod',
  ]);
});
