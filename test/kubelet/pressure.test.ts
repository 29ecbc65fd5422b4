/** What a node that is short of something says, refuses and ends. */
import { expect, test } from 'vitest';
import type { Node, Pod } from '../../machines/api/types.ts';
import { nextEvicted, type Pressure, rejectionOf } from '../../machines/kubelet/eviction.ts';
import { podOf } from './drive.ts';
import { isReady, statusOf } from './support.ts';
import { VirtualNode } from './virtual-node.ts';

const MAIN = { name: 'main', image: 'app' };
const requesting = (requests: { [resource: string]: string }) => ({
  containers: [{ ...MAIN, resources: { requests } }],
});
const CRITICAL = 2_000_000_000;

function conditions(node: VirtualNode): readonly string[] {
  const object = node.api.objects.get('core/nodes//n1') as Node | undefined;
  const all = object?.status?.conditions ?? [];
  return all
    .filter(({ status }) => status === 'True')
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

const READY = 'Ready KubeletReady: kubelet is posting ready status';

const SAID: readonly (readonly [Pressure, string, string, string, string])[] = [
  [
    'memory',
    'MemoryPressure KubeletHasInsufficientMemory: kubelet has insufficient memory available',
    'NodeHasInsufficientMemory',
    'NodeHasSufficientMemory',
    'memory',
  ],
  [
    'disk',
    'DiskPressure KubeletHasDiskPressure: kubelet has disk pressure',
    'NodeHasDiskPressure',
    'NodeHasNoDiskPressure',
    'ephemeral-storage',
  ],
  [
    'pid',
    'PIDPressure KubeletHasInsufficientPID: kubelet has insufficient PID available',
    'NodeHasInsufficientPID',
    'NodeHasSufficientPID',
    'pids',
  ],
];

for (const [resource, condition, begun, over, low] of SAID) {
  test(`${resource}: the condition comes at once, and stays for a while`, async () => {
    const node = new VirtualNode();
    await node.pass(1_000);
    expect(conditions(node)).toEqual([READY]);
    node.api.events.length = 0;
    node.kubelet.pressure(resource, true);
    await node.pass(100);
    expect(conditions(node)).toEqual([condition, READY]);
    expect(node.api.events).toEqual([
      `n1 Normal ${begun} Node n1 status is now: ${begun}`,
      `n1 Warning EvictionThresholdMet Attempting to reclaim ${low}`,
    ]);
    node.kubelet.pressure(resource, false);
    await node.pass(299_000);
    expect(conditions(node)).toEqual([condition, READY]);
    await node.pass(2_000);
    expect(conditions(node)).toEqual([READY]);
    expect(node.api.events.slice(2)).toEqual([`n1 Normal ${over} Node n1 status is now: ${over}`]);
    expect(node.crashes).toEqual([]);
  });
}

test('a pressure that returns before its condition is over makes it last', async () => {
  const node = new VirtualNode({ config: { pressureTransitionMs: 20_000 } });
  await node.pass(1_000);
  node.kubelet.pressure('memory', true);
  await node.pass(1_000);
  node.kubelet.pressure('memory', false);
  await node.pass(10_000);
  node.kubelet.pressure('memory', true);
  await node.pass(60_000);
  expect(conditions(node).length).toBe(2);
  node.kubelet.pressure('memory', false);
  await node.pass(21_000);
  expect(conditions(node)).toEqual([READY]);
});

test('a status that cannot be written is written when it can be', async () => {
  const node = new VirtualNode();
  await node.pass(1_000);
  const { api } = node;
  const change = api.change.bind(api);
  api.change = async () => ({ ok: false, code: 504, reason: 'Timeout', message: '' });
  node.kubelet.pressure('disk', true);
  await node.pass(5_000);
  expect(conditions(node)).toEqual([READY]);
  api.change = change;
  await node.pass(2_000);
  expect(conditions(node).length).toBe(2);
});

test('while it lasts one pod after the other is ended, the least dear first', async () => {
  const node = new VirtualNode();
  const { api } = node;
  api.createPod('burstable', requesting({ memory: '64Mi' }));
  api.createPod('critical', { containers: [MAIN], priority: CRITICAL });
  api.createPod('dear', { containers: [MAIN], priority: 1000 });
  api.createPod('cheap', { containers: [MAIN], restartPolicy: 'Always' });
  await node.pass(5_000);
  node.kubelet.pressure('memory', true);
  const alive = () =>
    ['burstable', 'critical', 'dear', 'cheap'].filter((name) => isReady(api.pod(name)));
  await node.pass(4_000);
  expect(alive()).toEqual(['burstable', 'critical', 'dear']);
  expect(api.pod('cheap')?.status).toMatchObject({
    phase: 'Failed',
    reason: 'Evicted',
    message: 'The node was low on resource: memory. ',
  });
  const disrupted = api
    .pod('cheap')
    ?.status?.conditions?.find((c) => c.type === 'DisruptionTarget');
  expect(disrupted).toMatchObject({
    status: 'True',
    reason: 'TerminationByKubelet',
    message: 'The node was low on resource: memory. ',
  });
  expect(api.events).toContain('cheap Warning Evicted The node was low on resource: memory. ');
  expect(statusOf(api.pod('cheap'))?.state?.terminated?.exitCode).toBe(0);
  await node.pass(10_000);
  expect(alive()).toEqual(['burstable', 'critical']);
  await node.pass(10_000);
  expect(alive()).toEqual(['critical']);
  await node.pass(60_000);
  expect(alive()).toEqual(['critical']);
});

test('no pod is ended any more once the pressure is over, and none is begun until its condition is', async () => {
  const node = new VirtualNode({ config: { pressureTransitionMs: 30_000 } });
  const { api } = node;
  for (const name of ['p', 'q', 'r']) api.createPod(name, { containers: [MAIN] });
  await node.pass(5_000);
  node.kubelet.pressure('memory', true);
  await node.pass(5_000);
  node.kubelet.pressure('memory', false);
  await node.pass(20_000);
  const alive = () => ['p', 'q', 'r', 'late', 'rich'].filter((name) => isReady(api.pod(name)));
  expect(alive().length).toBe(2);
  api.createPod('refused', { containers: [MAIN] });
  api.createPod('rich', requesting({ cpu: '1' }));
  await node.pass(2_000);
  expect(api.pod('refused')?.status).toMatchObject({
    phase: 'Failed',
    reason: 'Evicted',
    message: 'Pod was rejected: The node had condition: [MemoryPressure]. ',
    qosClass: 'BestEffort',
  });
  expect(api.events).toContain(
    'refused Warning Evicted The node had condition: [MemoryPressure]. ',
  );
  await node.pass(20_000);
  api.createPod('late', { containers: [MAIN] });
  await node.pass(2_000);
  expect(alive().slice(2)).toEqual(['late', 'rich']);
});

const TOLERANT = [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' as const }];

/** Pods that a node refuses: under which pressures, of how many pods. */
const ADMITTED: readonly (readonly [string, Partial<Pod['spec'] & object>, Pressure[], string])[] =
  [
    ['no pressure', {}, [], ''],
    ['BestEffort', {}, ['memory'], '[MemoryPressure]'],
    ['Burstable', requesting({ cpu: '1m' }), ['memory'], ''],
    ['Burstable, disk', requesting({ cpu: '1m' }), ['disk'], '[DiskPressure]'],
    [
      'Burstable, both',
      requesting({ cpu: '1' }),
      ['memory', 'disk'],
      '[MemoryPressure DiskPressure]',
    ],
    ['tolerant', { tolerations: TOLERANT }, ['memory'], ''],
    ['tolerant, pids', { tolerations: TOLERANT }, ['pid'], '[PIDPressure]'],
    ['tolerates all', { tolerations: [{ operator: 'Exists' }] }, ['memory'], ''],
    ['critical', { priority: CRITICAL }, ['memory', 'disk', 'pid'], ''],
  ];

for (const [name, spec, pressures, told] of ADMITTED) {
  test(`refused or not: ${name}`, () => {
    const message =
      told === '' ? null : { reason: 'Evicted', message: `The node had condition: ${told}. ` };
    expect(rejectionOf(podOf(spec), pressures, 0, 110)).toEqual(message);
  });
}

test('the order of eviction: requests, priority, age, name', () => {
  const one = (name: string, spec: object, startedAtMs = 0, ending: null | object = null) => ({
    pod: { ...podOf(spec), metadata: { name, namespace: 'd' } },
    ...{ startedAtMs, ended: false, ending: ending as null },
  });
  const pods = [
    one('requests', {
      ...requesting({ memory: '1Mi', 'ephemeral-storage': '1Mi' }),
      priority: -2,
    }),
    one('zero', requesting({ memory: '0' }), 5),
    one('younger', {}, 10),
    one('b', { priority: -1 }),
    one('a', { priority: -1 }),
    one('ending', { priority: -9 }, 0, { cause: 'deleted' }),
    one('critical', { priority: CRITICAL }),
  ];
  const order = (pressure: Pressure) => {
    const left = [...pods];
    const names: string[] = [];
    for (;;) {
      const next = nextEvicted(left, pressure);
      if (next === undefined) return names;
      names.push(next.pod.metadata?.name ?? '');
      left.splice(left.indexOf(next), 1);
    }
  };
  expect(order('memory')).toEqual(['a', 'b', 'younger', 'zero', 'requests']);
  expect(order('disk')).toEqual(['a', 'b', 'younger', 'zero', 'requests']);
  expect(order('pid')).toEqual(['requests', 'a', 'b', 'younger', 'zero']);
});
