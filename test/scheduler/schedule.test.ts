import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Node, Pod, PodSpec } from '../../machines/api/types.ts';
import type { Stored } from '../../machines/api/view.ts';
import { Cluster } from '../../machines/scheduler/cluster.ts';
import { type PodInfo, podInfoOf } from '../../machines/scheduler/pod-info.ts';
import { preempt } from '../../machines/scheduler/preempt.ts';
import { amountOf, asAsked, requestsOf } from '../../machines/scheduler/resources.ts';
import { feasibleEnough, refusalMessage, schedule } from '../../machines/scheduler/schedule.ts';
import { node, pod } from './objects.ts';

type Placed = readonly [on: string, pod: Stored<Pod>];

function clusterOf(nodes: readonly Stored<Node>[], placed: readonly Placed[] = []): Cluster {
  const cluster = new Cluster();
  for (const one of nodes) cluster.setNode(one);
  for (const [on, one] of placed) cluster.addPod(podInfoOf(one), on);
  return cluster;
}

/** Where a pod goes, or why nowhere. */
function place(asked: Stored<Pod>, cluster: Cluster, draw = 0): string {
  const info = podInfoOf(asked);
  const result = schedule(info, cluster, { start: 0, draw });
  if (result.ok) return result.node;
  const found = preempt(info, cluster, result.diagnosis, [], 0);
  return refusalMessage(result.diagnosis, found.ok ? `-> ${found.node}` : found.message);
}

const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
const taint = (effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule') => ({
  taints: [{ key: 'dedicated', value: 'gpu', effect }],
});
const affinity = (kind: 'podAffinity' | 'podAntiAffinity', topologyKey: string, app: string) =>
  ({
    affinity: {
      [kind]: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey, labelSelector: { matchLabels: { app } } },
        ],
      },
    },
  }) as Partial<PodSpec>;
const HOST = 'kubernetes.io/hostname';
const NOT_HELPFUL = '0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
const nodeAffinity = (key: string, operator: string, values: string[], field = false) =>
  ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { [field ? 'matchFields' : 'matchExpressions']: [{ key, operator, values }] },
          ],
        },
      },
    },
  }) as Partial<PodSpec>;
const spread = (more: object = {}) =>
  ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
        ...more,
      },
    ],
  }) as Partial<PodSpec>;

const web = { app: 'web' };
const two = [node('a', zone('z1')), node('b', zone('z2'))];
const cases: readonly [string, readonly Stored<Node>[], readonly Placed[], Stored<Pod>, string][] =
  [
    ['no nodes', [], [], pod('p'), 'no nodes available to schedule pods'],
    [
      'every filter has its reason, sorted as texts',
      [
        node('a', {}, taint('NoSchedule')),
        node('b', {}, { unschedulable: true }),
        node('c', {}, {}, { cpu: '1', memory: '1Gi' }),
        node('d', {}, {}, { pods: '0' }),
      ],
      [],
      pod('p', { cpu: '2', memory: '2Gi' }),
      '0/4 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods, ' +
        '1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ' +
        '0/4 nodes are available: 1 No preemption victims found for incoming pod, ' +
        '3 Preemption is not helpful for scheduling.',
    ],
    [
      'a tolerated taint',
      [node('a', {}, taint('NoExecute'))],
      [],
      pod('p', {}, { tolerations: [{ key: 'dedicated', operator: 'Exists' }] }),
      'a',
    ],
    [
      'PreferNoSchedule only weighs',
      [node('a', {}, taint('PreferNoSchedule')), node('b')],
      [],
      pod('p'),
      'b',
    ],
    [
      'a cordoned node, tolerated',
      [node('a', {}, { unschedulable: true })],
      [],
      pod('p', {}, { tolerations: [{ operator: 'Exists' }] }),
      'a',
    ],
    ['node selector', two, [], pod('p', {}, { nodeSelector: zone('z2') }), 'b'],
    [
      'node selector without a match',
      two,
      [],
      pod('p', {}, { nodeSelector: zone('z3') }),
      `0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL}`,
    ],
    [
      'node affinity In',
      two,
      [],
      pod('p', {}, nodeAffinity('topology.kubernetes.io/zone', 'In', ['z2'])),
      'b',
    ],
    [
      'node affinity NotIn',
      two,
      [],
      pod('p', {}, nodeAffinity('topology.kubernetes.io/zone', 'NotIn', ['z2'])),
      'a',
    ],
    [
      'node affinity by name, as daemons have it',
      two,
      [],
      pod('p', {}, nodeAffinity('metadata.name', 'In', ['b'], true)),
      'b',
    ],
    [
      'node affinity by the name of a full node',
      [node('a'), node('b', {}, {}, { cpu: '0' })],
      [],
      pod('p', { cpu: '1' }, nodeAffinity('metadata.name', 'In', ['b'], true)),
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. " +
        NOT_HELPFUL,
    ],
    [
      'extended resources',
      [node('a'), node('b', {}, {}, { 'example.com/gpu': '2' })],
      [],
      pod('p', { 'example.com/gpu': '1' }),
      'b',
    ],
    [
      'host ports',
      two,
      [
        ['a', hostPort('q', 80)],
        ['b', hostPort('r', 80)],
      ],
      hostPort('p', 80),
      "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. " +
        '0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ],
    [
      'another host port',
      two,
      [
        ['a', hostPort('q', 80)],
        ['b', hostPort('r', 81)],
      ],
      hostPort('p', 80),
      'b',
    ],
    ['the emptier node', two, [['a', pod('q', { cpu: '1' })]], pod('p', { cpu: '1' }), 'b'],
    [
      'pod affinity',
      two,
      [['b', pod('q', {}, {}, web)]],
      pod('p', {}, affinity('podAffinity', HOST, 'web')),
      'b',
    ],
    [
      'pod affinity to itself, as the first',
      two,
      [],
      pod('p', {}, affinity('podAffinity', HOST, 'web'), web),
      'a',
    ],
    [
      'pod affinity without a match',
      two,
      [],
      pod('p', {}, affinity('podAffinity', HOST, 'web')),
      `0/2 nodes are available: 2 node(s) didn't match pod affinity rules. ${NOT_HELPFUL}`,
    ],
    [
      'pod anti-affinity',
      two,
      [['a', pod('q', {}, {}, web)]],
      pod('p', {}, affinity('podAntiAffinity', HOST, 'web'), web),
      'b',
    ],
    [
      'anti-affinity of placed pods counts as well',
      two,
      [['a', pod('q', {}, affinity('podAntiAffinity', 'topology.kubernetes.io/zone', 'web'))]],
      pod('p', {}, {}, web),
      'b',
    ],
    [
      'anti-affinity everywhere',
      two,
      [
        ['a', pod('q', {}, affinity('podAntiAffinity', HOST, 'web'), web)],
        ['b', pod('r', {}, {}, web)],
      ],
      pod('p', {}, affinity('podAntiAffinity', HOST, 'web'), web),
      "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. " +
        '0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ],
    ['topology spread', two, [['a', pod('q', {}, {}, web)]], pod('p', {}, spread(), web), 'b'],
    [
      'topology spread that cannot be kept',
      [node('a', zone('z1')), node('b', zone('z2'), { unschedulable: true })],
      [['a', pod('q', {}, {}, web)]],
      pod('p', {}, spread(), web),
      "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable. " +
        '0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    ],
    [
      'topology spread that ignores tainted nodes',
      [node('a', zone('z1')), node('b', zone('z2'), taint('NoSchedule'))],
      [['a', pod('q', {}, {}, web)]],
      pod('p', {}, spread({ nodeTaintsPolicy: 'Honor' }), web),
      'a',
    ],
    [
      'topology spread with too few domains',
      [node('a', zone('z1'))],
      [['a', pod('q', {}, {}, web)]],
      pod('p', {}, spread({ minDomains: 2 }), web),
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints. 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
    [
      'a node without the label',
      [node('a')],
      [],
      pod('p', {}, spread(), web),
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label). 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ],
    [
      'soft topology spread',
      two,
      [['a', pod('q', {}, {}, web)]],
      pod('p', {}, spread({ whenUnsatisfiable: 'ScheduleAnyway' }), web),
      'b',
    ],
    [
      'preemption',
      [node('a')],
      [['a', pod('q', { cpu: '4' })]],
      pod('p', { cpu: '4' }, { priority: 5 }),
      '0/1 nodes are available: 1 Insufficient cpu. -> a',
    ],
    [
      'no preemption where the pod does not want it',
      [node('a')],
      [['a', pod('q', { cpu: '4' })]],
      pod('p', { cpu: '4' }, { priority: 5, preemptionPolicy: 'Never' }),
      '0/1 nodes are available: 1 Insufficient cpu. not eligible due to preemptionPolicy=Never.',
    ],
  ];

function hostPort(name: string, port: number): Stored<Pod> {
  const container = { name: 'main', ports: [{ containerPort: 80, hostPort: port }] };
  return pod(name, {}, { containers: [container] });
}

describe('schedule', () => {
  test.each(cases)('%s', (_, nodes, placed, asked, expected) => {
    expect(place(asked, clusterOf(nodes, placed))).toBe(expected);
  });

  test('large clusters are searched in part', () => {
    expect([3, 99, 100, 1000, 5000, 10_000].map(feasibleEnough)).toEqual([
      3, 99, 100, 420, 500, 500,
    ]);
  });
});

describe('requests', () => {
  test.each([
    ['100m', 'milli', 100],
    ['1.5', 'milli', 1500],
    ['0.0001', 'milli', 1],
    ['128Mi', 'whole', 134_217_728],
    ['1e3', 'whole', 1000],
    ['1500m', 'whole', 2],
  ] as const)('%s in %s units', (text, unit, expected) => {
    expect(amountOf(text, unit)).toBe(expected);
  });

  test('of init containers and sidecars', () => {
    const container = (cpu: string, restartPolicy?: string) => ({
      name: cpu,
      resources: { requests: { cpu } },
      ...(restartPolicy && { restartPolicy }),
    });
    const asked = pod('p', {}, {
      containers: [container('1'), container('500m')],
      initContainers: [container('3'), container('1', 'Always'), container('2500m')],
      overhead: { cpu: '100m' },
    } as Partial<PodSpec>);
    expect(requestsOf(asked, asAsked).cpu).toBe(3500 + 100);
  });
});

describe('preemption', () => {
  const victimsOf = (
    asked: Stored<Pod>,
    cluster: Cluster,
    budgets: Parameters<typeof preempt>[3] = [],
  ) => {
    const info = podInfoOf(asked);
    const result = schedule(info, cluster, { start: 0, draw: 0 });
    if (result.ok) return result.node;
    const found = preempt(info, cluster, result.diagnosis, budgets, 0);
    return found.ok
      ? `${found.node}: ${found.victims.map(({ name }) => name).join()}`
      : found.message;
  };
  const at = (name: string, cpu: string, priority: number, labels = {}) =>
    pod(name, { cpu }, { priority }, labels);

  test('takes the fewest and least important pods', () => {
    const cluster = clusterOf(
      [node('a'), node('b')],
      [
        ['a', at('a1', '2', 1)],
        ['a', at('a2', '2', 3)],
        ['b', at('b1', '2', 2)],
        ['b', at('b2', '2', 9)],
      ],
    );
    expect(victimsOf(at('p', '2', 5), cluster)).toBe('a: a1');
    expect(cluster.node('a')?.pods.size).toBe(2);
  });

  test('spares disruption budgets where it can', () => {
    const placed: Placed[] = [
      ['a', at('a1', '4', 1, web)],
      ['b', at('b1', '4', 2)],
    ];
    const budget = {
      namespace: 'default',
      matches: (labels: { [key: string]: string } | undefined) => labels?.app === 'web',
      disruptionsAllowed: 0,
    };
    const cluster = clusterOf([node('a'), node('b')], placed);
    expect(victimsOf(at('p', '4', 5), cluster)).toBe('a: a1');
    expect(victimsOf(at('p', '4', 5), cluster, [budget])).toBe('b: b1');
  });

  test('keeps the place of a nominated pod from pods of lower priority', () => {
    const cluster = clusterOf([node('a')]);
    const nominated = podInfoOf(at('first', '3', 5));
    cluster.nominated.set(nominated.key, { pod: nominated, node: 'a' });
    expect(place(at('low', '2', 1), cluster)).toContain('Insufficient cpu');
    expect(place(at('high', '2', 9), cluster)).toBe('a');
  });
});

const anyPod = fc.record({
  cpu: fc.integer({ min: 0, max: 2500 }),
  memory: fc.integer({ min: 0, max: 4096 }),
  app: fc.constantFrom('web', 'db'),
  away: fc.boolean(),
});
type AnyPod = typeof anyPod extends fc.Arbitrary<infer T> ? T : never;

function run(
  pods: readonly AnyPod[],
  nodes: number,
  draws: readonly number[],
): [string[], Cluster] {
  const cluster = clusterOf(
    Array.from({ length: nodes }, (_, i) => node(`n${i}`, zone(`z${i % 2}`))),
  );
  let start = 0;
  const chosen = pods.map((one, i) => {
    const spec = one.away ? affinity('podAntiAffinity', HOST, one.app) : {};
    const requests = { cpu: `${one.cpu}m`, memory: `${one.memory}Mi` };
    const info = podInfoOf(pod(`p${i}`, requests, spec, { app: one.app }));
    const result = schedule(info, cluster, { start, draw: draws[i % draws.length] as number });
    start = result.start;
    if (result.ok) cluster.addPod(info, result.node);
    return result.ok ? result.node : '';
  });
  return [chosen, cluster];
}

const apart = (info: PodInfo) => info.antiAffinity.length > 0;

describe('whatever the pods', () => {
  const world = [
    fc.array(anyPod, { maxLength: 60 }),
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 1,
      maxLength: 5,
    }),
  ] as const;

  test('no node holds more than it has, and anti-affinity is kept', () => {
    fc.assert(
      fc.property(...world, (pods, nodes, draws) => {
        const [, cluster] = run(pods, nodes, draws);
        for (const { allocatable, requested, pods: placed, podsMax } of cluster.nodes) {
          expect(requested.cpu).toBeLessThanOrEqual(allocatable.cpu);
          expect(requested.memory).toBeLessThanOrEqual(allocatable.memory);
          expect(placed.size).toBeLessThanOrEqual(podsMax);
          for (const info of placed.values()) {
            const others = [...placed.values()].filter(
              (other) => other !== info && other.labels.app === info.labels.app,
            );
            if (apart(info)) expect(others).toEqual([]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('equal draws choose equal nodes', () => {
    fc.assert(
      fc.property(...world, (pods, nodes, draws) => {
        expect(run(pods, nodes, draws)[0]).toEqual(run(pods, nodes, draws)[0]);
      }),
      { numRuns: 30 },
    );
  });

  test('taking every pod off again leaves nothing behind', () => {
    fc.assert(
      fc.property(...world, (pods, nodes, draws) => {
        const [, cluster] = run(pods, nodes, draws);
        for (const { pods: placed } of cluster.nodes) {
          for (const key of [...placed.keys()]) cluster.removePod(key);
        }
        const left = cluster.nodes.map(({ requested, weighted }) => [
          requested.cpu,
          weighted.memory,
        ]);
        expect(left).toEqual(cluster.nodes.map(() => [0, 0]));
        expect([cluster.groups.size, cluster.withAffinity.size]).toEqual([0, 0]);
      }),
      { numRuns: 30 },
    );
  });
});
