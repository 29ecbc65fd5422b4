/** A runtime that fails on purpose, over hollow nodes and over processes. */
import { expect, test } from 'vitest';
import { createClock } from '../../actors/clock.ts';
import { type ContainerChange, createFaultyRuntime } from '../../actors/kubelet/faulty-runtime.ts';
import { createProcessRuntime } from '../../actors/kubelet/process/runtime.ts';
import {
  freshDir,
  isReady,
  MemoryApi,
  nodeConfig,
  sh,
  startNode,
  statusOf,
  until,
} from './support.ts';
import { VirtualNode } from './virtual-node.ts';

const MAIN = { containers: [{ name: 'main', image: 'app' }] };

/** What shows of each error, while it is set. */
const ERRORS = [
  ['sandbox', 'ContainerCreating', 'FailedCreatePodSandBox Failed to create pod sandbox: rpc'],
  ['image', 'ImagePullBackOff', 'Failed Failed to pull image "app": rpc error'],
  ['start', 'RunContainerError', 'Failed Error: failed to create containerd task'],
] as const;

for (const [operation, reason, event] of ERRORS) {
  test(`an error of the runtime (${operation}) is told, and made good once it is over`, async () => {
    const node = new VirtualNode();
    const { api, runtime } = node;
    runtime.set('f', { fault: 'runtime-error', operation, probability: 1 });
    api.createPod('p', MAIN);
    await node.pass(9_000);
    expect(statusOf(api.pod('p'))?.state?.waiting?.reason).toBe(reason);
    expect(api.events.some((line) => line.startsWith(`p Warning ${event}`))).toBe(true);
    expect(node.seen()).toEqual([]);
    runtime.remove('f');
    await node.pass(60_000);
    expect(isReady(api.pod('p'))).toBe(true);
  });
}

test('a stop that the runtime refuses is tried until it is taken', async () => {
  const node = new VirtualNode();
  const { api, runtime } = node;
  api.createPod('p', MAIN);
  await node.pass(5_000);
  runtime.set('f', { fault: 'runtime-error', operation: 'stop', probability: 1 });
  api.deletePod('p', 5);
  await node.pass(20_000);
  expect(api.pod('p')).toBeDefined();
  expect(node.seen()).toEqual(['p/main started']);
  runtime.clear();
  await node.pass(5_000);
  expect(api.pod('p')).toBeUndefined();
  expect(node.seen()).toEqual(['p/main started', 'p/main exited 137']);
});

test('starts and stops are slow where they are told to be, and the grace is kept', async () => {
  const node = new VirtualNode();
  const { api, runtime } = node;
  runtime.set('start', { fault: 'slow-start', byMs: 10_000, pods: { name: 'slow-*' } });
  runtime.set('stop', { fault: 'slow-stop', byMs: 10_000, pods: { labels: { app: 'x' } } });
  api.createPod('slow-p', MAIN, { labels: { app: 'x' } });
  api.createPod('q', MAIN);
  await node.pass(9_000);
  expect(node.seen()).toEqual(['q/main started']);
  await node.pass(3_000);
  expect(node.seen()).toEqual(['q/main started', 'slow-p/main started']);
  api.deletePod('slow-p', 30);
  api.deletePod('q', 30);
  await node.pass(9_000);
  expect(node.seen().slice(2)).toEqual(['q/main exited 0']);
  await node.pass(2_000);
  expect(node.seen().slice(3)).toEqual(['slow-p/main exited 0']);
  api.createPod('slow-r', MAIN, { labels: { app: 'x' } });
  await node.pass(15_000);
  api.deletePod('slow-r', 4);
  await node.pass(5_000);
  expect(node.seen().at(-1)).toBe('slow-r/main exited 137');
});

test('containers crash when told to: those that run, and those that start meanwhile', async () => {
  const node = new VirtualNode({ draws: [0, 0.9, 0, 0.5] });
  const { api, runtime } = node;
  api.createPod('p', MAIN);
  api.createPod('q', MAIN);
  await node.pass(5_000);
  runtime.set('f', { fault: 'crash-containers', probability: 0.5 });
  await node.pass(10_000);
  expect(node.seen().slice(2)).toEqual(['p/main exited 1', 'p/main started']);
  expect(statusOf(api.pod('p'))).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
  await node.pass(10_000);
  expect(node.seen().slice(4)).toEqual(['p/main exited 1']);
  runtime.clear();
  await node.pass(60_000);
  expect(isReady(api.pod('p'))).toBe(true);
});

test('no container crashes once the fault is over', async () => {
  // The one that starts meanwhile is drawn to crash late.
  const node = new VirtualNode({ draws: [0, 0, 0.9] });
  const { api, runtime } = node;
  api.createPod('p', MAIN);
  await node.pass(5_000);
  runtime.set('f', { fault: 'crash-containers', probability: 0.5 });
  await node.pass(10_000);
  runtime.remove('f');
  await node.pass(60_000);
  expect(node.seen()).toEqual(['p/main started', 'p/main exited 1', 'p/main started']);
});

test('a machine that is switched off has nothing more to tell', async () => {
  const node = new VirtualNode({
    script: { seed: 1, rules: [{ match: { image: 'app' }, runMs: 20_000, exitCode: 1 }] },
  });
  node.api.createPod('p', MAIN);
  await node.pass(5_000);
  node.crashKubelet();
  await node.runtime.close();
  await node.pass(60_000);
  expect(node.seen()).toEqual(['p/main started']);
});

test('processes crash and are observed as hollow containers are', async () => {
  const config = nodeConfig('n1');
  const { podCidr, hostIp, name } = config;
  const dataDir = freshDir();
  const changes: ContainerChange[] = [];
  const inner = createProcessRuntime({ dataDir, podCidr, hostIp, nodeName: name, version: '1' });
  const runtime = createFaultyRuntime(inner, {
    ...{ clock: createClock(), draw: () => 0 },
    observe: (change) => void changes.push(change),
  });
  const api = new MemoryApi();
  startNode({ api, runtime, dataDir, config });
  const builtin = { name: 'builtin', image: 'pause:1' };
  api.createPod('web', { containers: [sh('main', 'sleep 1000'), builtin] });
  await until(() => isReady(api.pod('web')), 'ready');
  runtime.set('f', { fault: 'crash-containers', probability: 1 });
  runtime.clear();
  const restarted = (container: string) => statusOf(api.pod('web'), container)?.restartCount === 1;
  await until(() => restarted('main') && restarted('builtin'), 'started again');
  await until(() => isReady(api.pod('web')), 'ready again');
  api.deletePod('web', 1);
  await until(() => api.pod('web') === undefined, 'gone');
  for (const name of ['main', 'builtin']) {
    const own = changes.filter(({ container }) => container === name);
    const seen = own.map(({ state, exitCode }) => `${state} ${exitCode}`);
    expect(seen.slice(0, 3)).toEqual(['started 0', 'exited 137', 'started 0']);
    expect(seen.length).toBe(4);
  }
});
