/** A hollow node through crashes, reboots, faults and pressure in any order: what runs is what its pods say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RuntimeFault } from '../../actors/kubelet/faulty-runtime.ts';
import type { Pod } from '../../machines/api/types.ts';
import { isReady } from './support.ts';
import { VirtualNode } from './virtual-node.ts';

type Move = (node: VirtualNode) => Promise<void> | void;

const NAMES = ['p', 'q', 'r'] as const;
const names = fc.constantFrom(...NAMES);
const millis = fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 40_000 }));

function create(node: VirtualNode, name: string): void {
  if (node.api.pod(name) !== undefined) return;
  const uid = `${name}-${node.api.writes.length}-${node.clock.nowMs()}`;
  const containers = [
    { name: 'main', image: 'app' },
    { name: 'side', image: 'slow' },
  ];
  const initContainers = name === 'q' ? [{ name: 'first', image: 'job' }] : [];
  node.api.createPod(name, { containers, initContainers }, { uid });
}

function move(name: string, act: Move): readonly [string, Move] {
  return [name, act];
}

function remove(node: VirtualNode, name: string, graceSeconds: number): void {
  if (node.api.pod(name) !== undefined) node.api.deletePod(name, graceSeconds);
}

/** The object goes without a word to the kubelet, as when a force deletion was missed. */
async function forget(node: VirtualNode, name: string): Promise<void> {
  await node.pass(0);
  node.api.objects.delete(`core/pods/default/${name}`);
  node.api.sync('n1');
}

async function downFor(node: VirtualNode, ms: number): Promise<void> {
  node.crashKubelet();
  await node.pass(ms);
  node.startKubelet();
}

const FAULTS: readonly RuntimeFault[] = [
  ...(['sandbox', 'image', 'start', 'stop'] as const).map(
    (operation) => ({ fault: 'runtime-error', operation, probability: 0.5 }) as const,
  ),
  { fault: 'slow-start', byMs: 3_000 },
  { fault: 'slow-stop', byMs: 3_000 },
  { fault: 'crash-containers', probability: 0.5 },
];

const moves = fc.oneof(
  names.map((name) => move(`create ${name}`, (n) => create(n, name))),
  fc
    .tuple(names, fc.constantFrom(0, 5, 30))
    .map(([name, grace]) => move(`delete ${name} ${grace}`, (n) => remove(n, name, grace))),
  names.map((name) => move(`forget ${name}`, (n) => forget(n, name))),
  millis.map((ms) => move(`pass ${ms}`, (n) => n.pass(ms))),
  millis.map((ms) => move(`kubelet down ${ms}`, (n) => downFor(n, ms))),
  millis.map((ms) => move(`reboot ${ms}`, (n) => n.reboot(ms))),
  fc
    .constantFrom(...FAULTS)
    .map((fault) => move(JSON.stringify(fault), (n) => n.runtime.set(fault.fault, fault))),
  fc.constant(move('no faults', (n) => n.runtime.clear())),
  fc
    .tuple(fc.constantFrom('memory' as const, 'disk' as const), fc.boolean())
    .map(([what, under]) => move(`${what} ${under}`, (n) => n.kubelet.pressure(what, under))),
);

/** Containers that run now, by what the runtime did: `uid/container` to ids. */
function running(node: VirtualNode): ReadonlyMap<string, readonly string[]> {
  const live = new Map<string, string[]>();
  for (const { podUid, container, id, state } of node.changes) {
    const key = `${podUid}/${container}`;
    const ids = live.get(key) ?? [];
    live.set(key, state === 'started' ? [...ids, id] : ids.filter((one) => one !== id));
  }
  return new Map([...live].filter(([, ids]) => ids.length > 0));
}

function checkNow(node: VirtualNode): void {
  for (const [key, ids] of running(node)) expect([key, ids.length]).toEqual([key, 1]);
}

function said(pods: readonly Pod[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    pods.flatMap(({ metadata, status }) =>
      (status?.containerStatuses ?? []).map(({ name, containerID }) => [
        `${metadata?.uid}/${name}`,
        [(containerID ?? '').replace('hollow://', '')],
      ]),
    ),
  );
}

const rules = [
  { match: { image: 'job' }, runMs: 700 },
  { match: { image: 'slow' }, startMs: 400, stopMs: 4_000, pullMs: 300 },
];

async function play(moves: readonly (readonly [string, Move])[], draws: number[]): Promise<void> {
  const node = new VirtualNode({ script: { seed: 1, rules }, draws });
  for (const [, move] of moves) {
    await move(node);
    checkNow(node);
  }
  node.runtime.clear();
  for (const what of ['memory', 'disk'] as const) node.kubelet.pressure(what, false);
  await node.pass(1_200_000);
  checkNow(node);
  const pods = NAMES.flatMap((name) => node.api.pod(name) ?? []);
  expect(pods.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined)).toEqual([]);
  const failed = pods.filter(({ status }) => status?.phase === 'Failed');
  expect(failed.filter(({ status }) => status?.reason !== 'Evicted')).toEqual([]);
  const left = pods.filter((pod) => !failed.includes(pod));
  expect(left.filter((pod) => !isReady(pod)).map(({ status }) => status)).toEqual([]);
  const byKey = (map: ReadonlyMap<string, unknown>) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(byKey(running(node))).toEqual(byKey(said(left)));
  expect(new Set(left.map(({ status }) => status?.podIP)).size).toBe(left.length);
  const uids = new Set(pods.map(({ metadata }) => metadata?.uid));
  expect(node.runtime.podUids().filter((uid) => !uids.has(uid))).toEqual([]);
  expect(node.crashes).toEqual([]);
  node.crashKubelet();
}

test('whatever happens to a node, what runs in the end is what its pods say', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(moves, { minLength: 1, maxLength: 14 }),
      fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (happenings, draws) => play(happenings, draws),
    ),
    { numRuns: 60 },
  );
}, 120_000);
