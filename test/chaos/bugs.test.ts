/** What the code under test must not do is seen, recorded and told of: in the simulation, live, and by `kabuki check`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tellBugs } from '../../actors/chaos/bug-log.ts';
import { InjectedCrash } from '../../actors/chaos/injected-crash.ts';
import { LiveRecord } from '../../actors/chaos/live-record.ts';
import type { Logger } from '../../actors/cluster/log.ts';
import { checkRecording, checkVerdict, renderCheck } from '../../actors/sim/check-command.ts';
import { simulate } from '../../actors/sim/runner.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import { plans } from '../sim/plants.ts';
import { small } from '../sim/small-scenarios.ts';

const at = mkdtempSync(join(tmpdir(), 'kabuki-bugs-'));
afterAll(() => rmSync(at, { recursive: true, force: true }));

const BUG: Observation = {
  ...{ type: 'bug', process: 'node-2', what: 'ended by itself (SIGKILL)', atMs: 1_000 },
};

function recording(name: string, seen: readonly Observation[]): string {
  const file = join(at, name);
  writeFileSync(file, seen.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return file;
}

test('a recording in which a process ended by itself is one of a crash', async () => {
  const file = recording('live.jsonl', [{ type: 'phase', phase: 'faults', atMs: 0 }, BUG]);
  const report = await checkRecording(file);
  expect(checkVerdict(report)).toBe('crashed');
  expect(renderCheck(file, report)).toMatch(/crashed .*node-2: ended by itself \(SIGKILL\)/);
});

test('a simulation that crashes records why', async () => {
  const mutations = plans('deployment-controller', () => {
    throw new Error('planted');
  });
  const seen: Observation[] = [];
  const onObservation = (one: Observation) => void seen.push(one);
  const options = { seed: 1, version: 'test', mutations, onObservation };
  const { result } = await simulate(small('rollout'), options);
  expect(result.verdict).toBe('crashed');
  const report = await checkRecording(recording('sim.jsonl', seen));
  expect(checkVerdict(report)).toBe('crashed');
  expect(report.bugs[0]?.what).toContain('planted');
});

test('a live run in which one is seen has crashed, whatever else it was', () => {
  const record = new LiveRecord(small('rollout'), 0);
  record.take(BUG);
  const result = record.result({
    ...{ seed: 1, version: '', reasons: ['a node is not ready'], steps: 1, messages: 1 },
    ...{ recoveryMs: undefined, endMs: 2_000 },
  });
  expect(result).toMatchObject({
    verdict: 'crashed',
    reasons: ['node-2: ended by itself (SIGKILL)'],
  });
});

test('what a component writes as an error is a bug, unless a fault threw it', () => {
  const written: string[] = [];
  const write = (_: object, message: string) => void written.push(message);
  const told: string[] = [];
  const log = tellBugs({ error: write, fatal: write } as unknown as Logger, (what) =>
    told.push(what),
  );
  log.error({ err: new InjectedCrash('a fault') }, 'a machine crashed');
  log.error({ actor: 'pod/default/web', err: new TypeError('no') }, 'a machine crashed');
  log.fatal({ err: new InjectedCrash('a fault') }, 'too many restarts');
  expect(written).toEqual(['a machine crashed', 'a machine crashed', 'too many restarts']);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('pod/default/web: a machine crashed: TypeError: no');
});
