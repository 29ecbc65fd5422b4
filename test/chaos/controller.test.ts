/** The chaos controller of a live cluster: what it begins, refuses, ends, and how much it hits at once. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChaosAnswer } from '../../actors/chaos/protocol.ts';
import { createLiveWorld, type LiveWorld } from './live-world.ts';

let world: LiveWorld;

beforeEach(() => {
  world = createLiveWorld();
});

afterEach(() => world.close());

const words = (answer: ChaosAnswer): string =>
  answer.ok ? answer.did.flatMap(({ targets }) => targets).join(' ') : answer.message;

/** Lets what is due up to then be carried out. */
async function pass(ms: number): Promise<void> {
  world.clock.advanceTo(world.clock.nowMs() + ms);
  await world.controller.handle({ do: 'status' });
}

test('what is down comes back when the last fault that holds it ends', async () => {
  await world.inject('crash', { target: { process: 'scheduler-1' }, forMs: 2_000 });
  await world.inject('crash', { target: { process: 'scheduler-1' }, forMs: 5_000 });
  await pass(3_000);
  expect(world.process('scheduler-1').notes).toEqual(['hold']);
  await pass(3_000);
  expect(world.process('scheduler-1').notes).toEqual(['hold', 'release']);
});

test('a process that crashed begins in the past once, and not before every fault lets go of it', async () => {
  const target = { process: 'controllers-1' };
  const stale = { fault: 'crash', afterEffects: undefined, power: false } as const;
  await world.inject({ ...stale, staleRevisions: 20 }, { target, forMs: 1_000 });
  await world.inject({ ...stale, staleRevisions: 5 }, { target, forMs: 2_000 });
  await pass(1_500);
  expect(world.process('controllers-1').notes).toEqual(['hold']);
  await pass(1_000);
  const behind = (): number | undefined => {
    world.controller.started('controllers-1');
    return world.process('controllers-1').told?.behind;
  };
  expect([behind(), behind()]).toEqual([20, 0]);
});

test('as many processes are hit at once as may be, whatever they are', async () => {
  const limits = { nodes: undefined, processes: 2 };
  const kill = (name: string) =>
    world.inject('crash', { target: { process: name }, limits }).then(words);
  expect(await kill('scheduler-1')).toBe('scheduler-1');
  expect(await kill('node-1')).toBe('node-1');
  expect(await kill('controllers-1')).toBe(
    '3 processes would be hit at once (controllers-1, node-1, scheduler-1), and 2 may be',
  );
  // What is hit already is not counted again.
  expect(await world.inject('pause', { target: { process: 'node-1' }, limits }).then(words)).toBe(
    'node-1',
  );
  expect(world.process('controllers-1').notes).toEqual([]);
  await pass(11_000);
  expect(await kill('controllers-1')).toBe('controllers-1');
});

test('a server of the store is a process that is hit, a slow store is not', async () => {
  const limits = { nodes: undefined, processes: 1 };
  const server = { fault: 'store-server', how: 'kill', leader: true } as const;
  const slow = { fault: 'store-slow', minMs: 1, maxMs: 2 } as const;
  await world.inject('crash', { target: { process: 'scheduler-1' }, limits });
  expect(words(await world.inject(slow, { target: { role: 'apiserver' }, limits }))).toBe(
    'apiserver-1',
  );
  expect(words(await world.inject(server, { limits }))).toContain('2 processes would be hit');
});

test('a node whose heartbeats are lost is hit, others are not', async () => {
  const drop = { fault: 'drop', probability: 1 } as const;
  const beats = (target: object) =>
    world.inject(drop, { target: { subject: 'beat.*', ...target } });
  expect(words(await beats({}))).toContain('3 nodes would be hit at once');
  expect(words(await beats({ process: 'node-2' }))).toBe('node-2');
  expect(words(await beats({ process: 'node-1' }))).toContain('(node-1, node-2)');
});

test('the store is a target of its own name: its servers, or all who use it', async () => {
  const hit = async (fault: 'pause' | 'store-unavailable', target: object) =>
    words(await world.inject(fault, { target, dryRun: true }));
  expect(await hit('pause', { process: 'store' })).toBe('nats-1');
  expect(await hit('pause', { role: 'store' })).toBe('nats-1');
  for (const target of [{ process: 'store' }, { role: 'store' }]) {
    const all = 'apiserver-1 scheduler-1 controllers-1';
    expect(await hit('store-unavailable', target)).toBe(all);
  }
});

test('a dry run is refused as the real one would be, and touches nothing', async () => {
  const target = { role: 'node', count: 2 } as const;
  const tried = (nodes: number, processes: number) =>
    world.inject('crash', { target, limits: { nodes, processes }, dryRun: true }).then(words);
  expect(await tried(1, 9)).toContain('2 nodes would be hit at once');
  expect(await tried(9, 1)).toContain('2 processes would be hit at once');
  expect(await tried(2, 2)).toBe('node-1 node-2');
  expect(world.process('node-1').notes).toEqual([]);
  expect(world.seen).toEqual([]);
});
