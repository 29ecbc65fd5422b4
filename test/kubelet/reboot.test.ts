/** What a node makes of its pods after its kubelet crashed, and after its machine was rebooted. */
import { expect, test } from 'vitest';
import type { Pod } from '../../machines/api/types.ts';
import { isReady, nodeConfig, statusOf } from './support.ts';
import { VirtualNode } from './virtual-node.ts';

const MAIN = { containers: [{ name: 'main', image: 'app' }] };
const ASKING = { requests: { 'ephemeral-storage': '1Gi' } };
const ips = (...pods: (Pod | undefined)[]) => pods.map((pod) => pod?.status?.podIP);

test('a kubelet that crashes leaves its containers to the next, which changes nothing', async () => {
  const node = new VirtualNode();
  const { api } = node;
  api.createPod('p', MAIN);
  api.createPod('q', { ...MAIN, hostNetwork: true });
  api.createPod('r', { ...MAIN, hostNetwork: true });
  await node.pass(5_000);
  const before = ['p', 'q', 'r'].map((name) => api.pod(name)?.status);
  expect(before.every((status) => status?.phase === 'Running')).toBe(true);
  node.crashKubelet();
  await node.pass(60_000);
  node.startKubelet();
  await node.pass(60_000);
  expect(['p', 'q', 'r'].map((name) => api.pod(name)?.status)).toEqual(before);
  expect(node.seen()).toEqual(['p/main started', 'q/main started', 'r/main started']);
  expect(node.crashes).toEqual([]);
});

test('what ended while no kubelet ran is told by the next, with its exit code', async () => {
  const rules = [
    { match: { image: 'crashes' }, runMs: 20_000, exitCode: 3 },
    { match: { image: 'works' }, runMs: 20_000, exitCode: 0 },
  ];
  const node = new VirtualNode({ script: { seed: 1, rules } });
  const { api } = node;
  const one = (image: string) => ({ containers: [{ name: 'main', image }] });
  api.createPod('p', one('crashes'));
  api.createPod('job', { ...one('works'), restartPolicy: 'Never' });
  await node.pass(5_000);
  node.crashKubelet();
  await node.pass(60_000);
  expect(node.seen()).toContain('p/main exited 3');
  expect(api.pod('job')?.status?.phase).toBe('Running');
  node.startKubelet();
  await node.pass(5_000);
  expect(api.pod('job')?.status?.phase).toBe('Succeeded');
  expect(statusOf(api.pod('p'))).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    state: { running: {} },
  });
});

test('a pod that nobody asks for any more is removed by the kubelet that follows', async () => {
  const node = new VirtualNode();
  const { api } = node;
  api.createPod('p', MAIN);
  await node.pass(5_000);
  node.crashKubelet();
  api.objects.delete('core/pods/default/p');
  node.startKubelet();
  await node.pass(5_000);
  expect(node.seen()).toEqual(['p/main started', 'p/main exited 137']);
  expect(node.runtime.podUids()).toEqual([]);
});

test('a start that a crashed kubelet asked for happens at most once', async () => {
  const rules = [
    { match: { image: 'app' }, startMs: 10_000 },
    { match: { image: 'pulled' }, pullMs: 10_000 },
  ];
  const node = new VirtualNode({ script: { seed: 1, rules } });
  node.api.createPod('p', MAIN);
  node.api.createPod('q', { containers: [{ name: 'main', image: 'pulled' }] });
  await node.pass(5_000);
  node.crashKubelet();
  node.startKubelet();
  await node.pass(30_000);
  expect(node.seen()).toEqual(['p/main started', 'q/main started']);
  expect(isReady(node.api.pod('p'))).toBe(true);
});

test('a pod that runs is not refused by a kubelet that comes back to a node under pressure', async () => {
  const node = new VirtualNode();
  const { api } = node;
  api.createPod('p', { ...MAIN, priority: 2_000_000_000 });
  api.createPod('q', { containers: [{ ...MAIN.containers[0], resources: ASKING }] } as never);
  await node.pass(5_000);
  node.crashKubelet();
  node.startKubelet();
  node.kubelet.pressure('disk', true);
  await node.pass(2_000);
  expect(isReady(api.pod('p'))).toBe(true);
  expect(api.pod('q')?.status?.message).toBe('The node was low on resource: ephemeral-storage. ');
});

test('a kubelet that finds what is left of a pod that has failed clears it away', async () => {
  const node = new VirtualNode();
  const { api } = node;
  const pod = api.createPod('p', MAIN);
  await node.pass(5_000);
  node.crashKubelet();
  const status = { ...api.pod('p')?.status, phase: 'Failed' };
  api.put({ resource: 'core/pods', namespace: 'default', name: 'p' }, { ...pod, status } as never);
  node.startKubelet();
  await node.pass(5_000);
  expect(node.seen()).toEqual(['p/main started', 'p/main exited 0']);
  expect(api.pod('p')?.status?.phase).toBe('Failed');
});

test('a node whose machine was started anew says so', async () => {
  const node = new VirtualNode({ config: { info: { ...nodeConfig('n1').info, bootID: 'one' } } });
  await node.pass(1_000);
  node.crashKubelet();
  node.startKubelet();
  await node.pass(1_000);
  expect(node.api.events.filter((line) => line.includes('Rebooted'))).toEqual([]);
  Object.assign(node.config, { info: { ...node.config.info, bootID: 'two' } });
  await node.reboot();
  await node.pass(1_000);
  expect(node.api.events).toContain('n1 Warning Rebooted Node n1 has been rebooted, boot id: two');
});

test('after a reboot containers start again in a new sandbox, counted as restarts', async () => {
  const node = new VirtualNode();
  const { api } = node;
  api.createPod('p', MAIN);
  api.createPod('q', { ...MAIN, hostNetwork: true });
  await node.pass(5_000);
  const before = ips(api.pod('p'));
  api.events.length = 0;
  await node.reboot();
  api.createPod('a', MAIN);
  await node.pass(5_000);
  expect(statusOf(api.pod('p'))).toMatchObject({
    restartCount: 1,
    state: { running: {} },
    lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
  });
  expect(api.events).toContain(
    'p Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.',
  );
  expect(isReady(api.pod('p'))).toBe(true);
  expect(isReady(api.pod('q'))).toBe(true);
  expect(ips(api.pod('p'))).not.toEqual(before);
  expect(new Set(ips(api.pod('p'), api.pod('a'))).size).toBe(2);
  expect(node.seen().filter((line) => line.includes('exited'))).toEqual([]);
});

test('after a reboot pods that are never restarted have failed, and jobs go on', async () => {
  const rules = [
    { match: { pod: 'once' }, runMs: 100, exitCode: 0 },
    { match: { image: 'first' }, runMs: 100, exitCode: 0 },
  ];
  const node = new VirtualNode({ script: { seed: 1, rules } });
  const { api } = node;
  api.createPod('never', {
    ...MAIN,
    restartPolicy: 'Never',
    initContainers: [{ name: 'first', image: 'first' }],
  });
  api.createPod('never-init', {
    ...MAIN,
    restartPolicy: 'Never',
    initContainers: [{ name: 'slow', image: 'slow' }],
  });
  api.createPod('on-failure', { ...MAIN, restartPolicy: 'OnFailure' });
  api.createPod('once', { ...MAIN, restartPolicy: 'OnFailure' });
  await node.pass(5_000);
  const done = api.pod('once')?.status;
  expect(done?.phase).toBe('Succeeded');
  await node.reboot();
  node.changes.length = 0;
  await node.pass(60_000);
  expect(node.seen()).toEqual(['on-failure/main started']);
  expect(api.pod('once')?.status).toEqual(done);
  expect(statusOf(api.pod('on-failure'))).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
  });
  expect(api.pod('never')?.status?.phase).toBe('Failed');
  expect(statusOf(api.pod('never'), 'main')).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 255, reason: 'Unknown' } },
  });
  expect(api.pod('never-init')?.status?.phase).toBe('Failed');
});

test('after a reboot no pod gets an address that another still shows', async () => {
  const node = new VirtualNode();
  const { api } = node;
  for (const name of ['p', 'q', 'r']) api.createPod(name, MAIN);
  await node.pass(5_000);
  const before = ips(api.pod('p'), api.pod('q'), api.pod('r'));
  await node.reboot();
  await node.pass(5_000);
  const after = ips(api.pod('p'), api.pod('q'), api.pod('r'));
  expect(new Set([...before, ...after]).size).toBe(6);
});

test('a pod that was being deleted when its node went down is gone after the reboot', async () => {
  const rules = [{ match: { image: 'app' }, stopMs: 20_000 }];
  const node = new VirtualNode({ script: { seed: 1, rules } });
  const { api } = node;
  api.createPod('p', MAIN);
  await node.pass(5_000);
  api.deletePod('p', 30);
  await node.pass(5_000);
  await node.reboot();
  await node.pass(5_000);
  expect(api.pod('p')).toBeUndefined();
  expect(node.runtime.podUids()).toEqual([]);
});
