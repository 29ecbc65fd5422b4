/** Crashes at exact steps: where a process stands still, and what is decided of it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { ArmedCrash } from '../../actors/chaos/protocol.ts';
import { StepGate } from '../../actors/chaos/step-gate.ts';
import { STEPPING_PROCESS } from '../../machines/chaos/every-step.ts';
import type { StepPattern } from '../../machines/chaos/scenario.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import { createLiveWorld, type LiveWorld } from './live-world.ts';

const ANY_STEP: StepPattern = {
  ...{ actor: undefined, process: undefined, event: undefined, enters: undefined },
};

function step(actor: string, effects: number, more: Partial<StepRecord> = {}): StepRecord {
  return {
    ...{ actor, messageId: 'm', causes: [], event: 'go', before: 'a', after: 'b' },
    ...{ effects: Array.from({ length: effects }, () => 'do'), handled: true },
    ...{ waitMs: 0, tookMs: 0 },
    ...more,
  };
}

/** Takes a step with all its effects; where it stood still, as `name after n`. */
function stands(gate: { asked: string[] } & { gate: StepGate }, record: StepRecord): string[] {
  gate.asked.splice(0);
  const at: string[] = [];
  const note = (done: string): void => void at.push(...gate.asked.splice(0).map((n) => n + done));
  gate.gate.onStep(record);
  note(' before');
  for (let done = 0; done <= record.effects.length; done += 1) {
    if (record.effects.length === 0) break;
    gate.gate.onEffect(record.actor, done);
    note(` after ${done}`);
  }
  return at;
}

function gateOf(...afterEffects: (number | undefined)[]) {
  const asked: string[] = [];
  const gate = new StepGate('node-1', (name) => void asked.push(name));
  const arm = (pattern: Partial<StepPattern>) =>
    gate.set(
      afterEffects.map((after) => ({
        ...{ name: `${after}`, step: { ...ANY_STEP, ...pattern }, afterEffects: after },
      })),
    );
  return { gate, asked, arm };
}

test('a process stands still after so many effects, all of them where nothing is said', () => {
  const gate = gateOf(0, 2, 9, undefined);
  gate.arm({});
  expect(stands(gate, step('pod/default/web', 3))).toEqual([
    ...['0 before', '2 after 2', '9 after 3', 'undefined after 3'],
  ]);
  expect(stands(gate, step('pod/default/web', 0))).toHaveLength(4);
  gate.gate.set([]);
  expect(stands(gate, step('pod/default/web', 3))).toEqual([]);
});

test('it stands still at steps that match, of its own process', () => {
  const gate = gateOf(0);
  gate.arm({ actor: 'pod/*', enters: 'b' });
  expect(stands(gate, step('pod/default/web', 1))).toHaveLength(1);
  expect(stands(gate, step('node/node-1', 1))).toHaveLength(0);
  expect(stands(gate, step('pod/default/web', 1, { after: 'c' }))).toHaveLength(0);
  gate.arm({ process: 'node-2' });
  expect(stands(gate, step('pod/default/web', 1))).toHaveLength(0);
});

test('effects of a machine that a step starts are not those of the step', () => {
  const gate = gateOf(1);
  gate.arm({ actor: 'pod/a' });
  gate.gate.onStep(step('pod/a', 2));
  gate.gate.onStep(step('pod/b', 5));
  for (let done = 0; done <= 5; done += 1) gate.gate.onEffect('pod/b', done);
  expect(gate.asked).toEqual([]);
  gate.gate.onEffect('pod/a', 1);
  expect(gate.asked).toEqual(['1']);
});

async function armed(world: LiveWorld, more: Partial<ArmedCrash>): Promise<void> {
  const target = { process: STEPPING_PROCESS, role: undefined, actor: undefined };
  const crash: ArmedCrash = {
    ...{ name: 'at-step', step: ANY_STEP, nth: 1, times: 1, forMs: 1_000 },
    fault: { fault: 'crash', afterEffects: 0, power: false, staleRevisions: 0 },
    target: { ...target, subject: undefined, pods: undefined, count: undefined },
    untilMs: world.clock.nowMs() + 60_000,
    limits: { nodes: 1, processes: undefined },
    ...more,
  };
  await world.controller.handle({ do: 'arm', crashes: [crash] });
}

test('the process that reaches the nth such step dies, so often and no more', async () => {
  const world = createLiveWorld();
  await armed(world, { nth: 3, times: 2 });
  const { controller } = world;
  expect(world.process('scheduler-1').told?.armed).toHaveLength(1);
  for (const name of ['node-1', 'scheduler-1']) await controller.reached('at-step', name);
  expect(world.seen).toEqual([]);
  await controller.reached('at-step', 'scheduler-1');
  expect(world.process('scheduler-1').notes).toEqual(['hold']);
  await controller.reached('at-step', 'controllers-1');
  expect(world.process('controllers-1').notes).toEqual(['hold']);
  expect(world.process('apiserver-1').told?.armed).toEqual([]);
  await controller.reached('at-step', 'apiserver-1');
  expect(world.process('apiserver-1').notes).toEqual([]);
  await world.close();
});

test('what would hit too much goes on, and may die the next time', async () => {
  const world = createLiveWorld();
  await armed(world, { times: 9 });
  const { controller, clock } = world;
  await controller.reached('at-step', 'node-1');
  await controller.reached('at-step', 'node-2');
  expect(world.process('node-2').notes).toEqual([]);
  clock.advanceTo(clock.nowMs() + 2_000);
  await controller.reached('at-step', 'node-2');
  expect(world.process('node-2').notes).toEqual(['hold']);
  await world.close();
});

test('nobody dies at a step once everything is healed, or the time is over', async () => {
  const world = createLiveWorld();
  await armed(world, { untilMs: world.clock.nowMs() });
  await world.controller.reached('at-step', 'scheduler-1');
  await armed(world, {});
  await world.controller.handle({ do: 'stop' });
  expect(world.process('scheduler-1').told?.armed).toEqual([]);
  await world.controller.reached('at-step', 'scheduler-1');
  expect(world.process('scheduler-1').notes).toEqual([]);
  await world.close();
});

test('a process really stands still until it is answered, and goes on where nobody can', async () => {
  const root = join(import.meta.dirname, '../..');
  const dir = mkdtempSync(join(tmpdir(), 'kabuki-gate-'));
  const answered = join(dir, 'answered');
  const script = `
    const { askAtGate } = await import('${root}/dist/actors/chaos/step-gate.js');
    const { existsSync } = await import('node:fs');
    askAtGate('first');
    console.log(existsSync('${answered}') ? 'waited' : 'did not wait');
    askAtGate('second');
    console.log('went on');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc', 'pipe'],
  });
  let out = '';
  child.stdout?.on('data', (text) => {
    out += text;
  });
  const gate = child.stdio[4] as Duplex;
  const asked = (): Promise<string> =>
    new Promise((resolve) => gate.once('data', (text) => resolve(String(text))));
  expect(await asked()).toBe('first\n');
  writeFileSync(answered, '');
  const again = asked();
  gate.write('.');
  expect(await again).toBe('second\n');
  // As if the supervisor had died.
  gate.destroy();
  await new Promise((resolve) => child.once('exit', resolve));
  expect(out).toBe('waited\nwent on\n');
  rmSync(dir, { recursive: true });
});
