/** Hollow nodes: many in one process, on a script. */
import { expect, test } from 'vitest';
import { createClock } from '../../actors/clock.ts';
import { createHost } from '../../actors/host.ts';
import { createHollowRuntime } from '../../actors/kubelet/hollow/runtime.ts';
import { createKubelet, type Kubelet } from '../../actors/kubelet/kubelet.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import type { Pod } from '../../machines/api/types.ts';
import type { HollowScript } from '../../machines/kubelet/script.ts';
import { isReady, MemoryApi, nodeConfig, onEnd, statusOf, until } from './support.ts';

/** Starts hollow nodes `n0`, `n1`, ... over one API in one host. */
function startHollow(count: number, script?: HollowScript, api = new MemoryApi()) {
  const bus = createVirtualBus();
  const clock = createClock();
  const crashes: unknown[] = [];
  const host = createHost({
    clock,
    bus,
    ids: createIds(systemRandom()),
    onCrash: (actor, error) => void crashes.push(`${actor}: ${(error as Error).stack}`),
  });
  const kubelets: Kubelet[] = [];
  for (let n = 0; n < count; n++) {
    const node = nodeConfig(`n${n}`, `10.${64 + Math.floor(n / 250)}.${n % 250}.0/24`);
    const { podCidr, hostIp, name } = node;
    const runtime = createHollowRuntime({
      ...{ clock, node: name, podCidr, hostIp, version: '1' },
      ...(script === undefined ? {} : { script }),
    });
    const kubelet = createKubelet({ host, bus, api, runtime, node, dataDir: '', cluster: 'test' });
    kubelet.start();
    kubelets.push(kubelet);
  }
  onEnd(async () => {
    for (const kubelet of kubelets) await kubelet.stop('leave');
    host.close();
    await bus.close();
  });
  return { api, host, kubelets, crashes };
}

function pods(api: MemoryApi): Pod[] {
  return [...api.objects].flatMap(([key, object]) =>
    key.startsWith('core/pods/') ? [object as Pod] : [],
  );
}

test('hundreds of pods on dozens of hollow nodes become ready, and go, with few writes', async () => {
  const { api, crashes, host } = startHollow(20);
  for (let n = 0; n < 300; n++) {
    api.createPod(`p${n}`, {
      nodeName: `n${n % 20}`,
      containers: [{ name: 'main', image: 'app', readinessProbe: { httpGet: { port: 80 } } }],
    });
  }
  await until(() => pods(api).filter(isReady).length === 300, 'all ready');
  const ips = new Set(pods(api).map(({ status }) => status?.podIP));
  expect(ips.size).toBe(300);
  const statuses = api.writes.filter((w) => w.type === 'patch' && w.key.resource === 'core/pods');
  expect(statuses.length).toBeLessThanOrEqual(600);
  for (let n = 0; n < 300; n++) api.deletePod(`p${n}`);
  await until(() => pods(api).length === 0, 'all gone');
  await until(
    () => host.status().find(({ kind }) => kind === 'pod')?.instances === 0,
    'no machine',
  );
  expect(crashes).toEqual([]);
});

test('a script makes hollow containers slow, short-lived and crash', async () => {
  const { api } = startHollow(1, {
    seed: 1,
    rules: [
      { match: { image: 'job' }, runMs: 50, exitCode: 0 },
      { match: { image: 'slow' }, pullMs: 30, startMs: 30 },
      { match: { image: 'broken' }, pullError: 'no such image' },
    ],
  });
  const pod = (image: string, restartPolicy: 'Always' | 'Never') =>
    api.createPod(image, { nodeName: 'n0', restartPolicy, containers: [{ name: 'main', image }] });
  pod('job', 'Never');
  pod('slow', 'Always');
  pod('broken', 'Always');
  await until(() => api.pod('job')?.status?.phase === 'Succeeded', 'the job');
  await until(() => isReady(api.pod('slow')), 'the slow one');
  const waiting = () => statusOf(api.pod('broken'))?.state?.waiting?.reason;
  await until(() => waiting() === 'ErrImagePull', 'the broken one');
  expect(api.events).toContain('slow Normal Pulling Pulling image "slow"');
});

test('a hollow kubelet that is started again takes statuses at their word', async () => {
  const first = startHollow(1);
  const { api } = first;
  api.createPod('p', { nodeName: 'n0', containers: [{ name: 'main', image: 'app' }] });
  await until(() => isReady(api.pod('p')), 'ready');
  const before = api.pod('p')?.status;
  await first.kubelets[0]?.stop('leave');
  const { host } = startHollow(1, undefined, api);
  await until(() => host.state('pod', 'default/p')?.value === 'running', 'taken over');
  expect(api.pod('p')?.status).toEqual(before);
  api.createPod('q', { nodeName: 'n0', containers: [{ name: 'main', image: 'app' }] });
  await until(() => isReady(api.pod('q')), 'ready');
  expect(api.pod('q')?.status?.podIP).not.toBe(before?.podIP);
});

test('a node takes no more pods than it may', async () => {
  const { api } = startHollow(1);
  for (let n = 0; n < 111; n++) {
    api.createPod(`p${n}`, { nodeName: 'n0', containers: [{ name: 'main', image: 'app' }] });
  }
  await until(() => pods(api).filter(isReady).length === 110, 'the others');
  const rejected = await until(() => pods(api).find((p) => p.status?.phase === 'Failed'), 'one');
  expect(rejected.status).toMatchObject({
    reason: 'OutOfpods',
    message:
      "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 110, capacity: 110",
  });
});

test('pods that a lost watch did not tell of are found at the next sync', async () => {
  const { api, host } = startHollow(1);
  api.createPod('p', { nodeName: 'n0', containers: [{ name: 'main', image: 'app' }] });
  await until(() => isReady(api.pod('p')), 'ready');
  api.objects.delete('core/pods/default/p');
  api.sync('n0');
  await until(() => !host.has('pod', 'default/p'), 'ended');
});
