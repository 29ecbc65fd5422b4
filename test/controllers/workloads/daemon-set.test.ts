/**
 * DaemonSets: on which nodes their pods are, how they are updated there, and what they tolerate.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetSpec,
  Taint,
} from '../../../machines/api/types.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { daemonSetController } from '../../../machines/controllers/daemon-set.ts';
import { daemonTolerations, targetOf } from '../../../machines/controllers/daemon-set-pods.ts';
import { isPodReady } from '../../../machines/controllers/pods.ts';
import { describePlan, envOf, settle, World } from '../view.ts';
import { advance, end, makeReady, podsOf, type TestPod } from './kubelet.ts';

const labels = { app: 'agent' };

function template(image: string, spec: object = {}) {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image }], ...spec } };
}

function setOf(spec: Partial<DaemonSetSpec> = {}): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'ds',
      namespace: 'default',
      uid: 'ds',
      generation: 1,
      annotations: { 'deprecated.daemonset.template.generation': '1' },
    },
    spec: {
      selector: { matchLabels: labels },
      template: template('v1'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

function nodeOf(name: string, taints: Taint[] = [], nodeLabels: object = {}): AnyObject {
  const metadata = { name, labels: { 'kubernetes.io/hostname': name, ...nodeLabels } };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec: { taints } } as AnyObject;
}

const nodes = (count: number) => Array.from({ length: count }, (_, i) => nodeOf(`n${i}`));
const run = (world: World) => settle(world, daemonSetController, 'default/ds');
const statusOf = (world: World) =>
  world.get<DaemonSet & AnyObject>('apps/daemonsets', 'default', 'ds').status;
const live = (world: World) => podsOf(world).filter((pod) => !pod.metadata.deletionTimestamp);
const where = (world: World) =>
  live(world)
    .map((pod) => `${targetOf(pod)}=${pod.spec?.containers[0]?.image}`)
    .sort()
    .join(' ');

/** Does the next thing to a pod, on the node it is meant for. */
function go(world: World, pod: TestPod): boolean {
  if (pod.metadata.deletionTimestamp || isPodReady(pod)) return advance(world, pod);
  makeReady(world, pod, targetOf(pod));
  return true;
}

function converge(world: World): void {
  for (let round = 0; round < 60; round++) {
    const before = world.revision;
    run(world);
    while (podsOf(world).filter((pod) => go(world, pod)).length > 0);
    if (world.revision === before) return;
  }
  throw new Error('does not converge');
}

function change(world: World, spec: Partial<DaemonSetSpec>): void {
  world.edit<DaemonSet & AnyObject>('apps/daemonsets', 'default', 'ds', (old) => ({
    ...old,
    spec: { ...old.spec, ...spec },
  }));
}

const plain = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/ds-[bcdfghjklmnpqrstvwxz2456789]{6,10}/g, 'ds-HASH'));

it('puts a pod on each node, which asks for that node alone', () => {
  const world = new World([setOf(), ...nodes(2)]);
  expect(plain(run(world))).toEqual([
    'create apps/controllerrevisions ds-HASH',
    'patch apps/daemonsets ds status={currentNumberScheduled:0 numberMisscheduled:0 desiredNumberScheduled:2 numberReady:0 observedGeneration:1 numberUnavailable:2}',
    'create core/pods ds-aaaa0',
    'event Normal SuccessfulCreate Created pod: ds-aaaa0',
    'create core/pods ds-aaaa1',
    'event Normal SuccessfulCreate Created pod: ds-aaaa1',
    'patch apps/daemonsets ds status={currentNumberScheduled:2 updatedNumberScheduled:2}',
  ]);
  const [pod] = podsOf(world);
  const revision = world.all<ControllerRevision & AnyObject>('apps/controllerrevisions')[0];
  const hash = revision?.metadata.labels?.['controller-revision-hash'];
  expect(revision?.metadata.name).toBe(`ds-${hash}`);
  expect(pod?.metadata.labels).toEqual({
    app: 'agent',
    'controller-revision-hash': hash,
    'pod-template-generation': '1',
  });
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['n0'] }];
  expect(pod?.spec?.affinity).toEqual({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  });
  expect(pod?.spec?.nodeName).toBeUndefined();
  converge(world);
  expect(statusOf(world)).toMatchObject({ numberReady: 2, numberAvailable: 2 });
});

it('tolerates what nodes may go through', () => {
  const keys = daemonTolerations({ containers: [], hostNetwork: true }).map(
    ({ key, effect, operator }) => `${key} ${operator} ${effect}`,
  );
  expect(keys).toEqual([
    'node.kubernetes.io/not-ready Exists NoExecute',
    'node.kubernetes.io/unreachable Exists NoExecute',
    'node.kubernetes.io/disk-pressure Exists NoSchedule',
    'node.kubernetes.io/memory-pressure Exists NoSchedule',
    'node.kubernetes.io/pid-pressure Exists NoSchedule',
    'node.kubernetes.io/unschedulable Exists NoSchedule',
    'node.kubernetes.io/network-unavailable Exists NoSchedule',
  ]);
});

describe('a node', () => {
  const taint = (key: string, effect: Taint['effect']) => [{ key, effect }];
  const cases: [string, AnyObject, object, boolean, boolean][] = [
    ['without anything', nodeOf('n'), {}, true, true],
    [
      'that is not ready',
      nodeOf('n', taint('node.kubernetes.io/not-ready', 'NoExecute')),
      {},
      true,
      true,
    ],
    ['tainted NoSchedule', nodeOf('n', taint('x', 'NoSchedule')), {}, false, true],
    ['tainted NoExecute', nodeOf('n', taint('x', 'NoExecute')), {}, false, false],
    ['tainted PreferNoSchedule', nodeOf('n', taint('x', 'PreferNoSchedule')), {}, true, true],
    ['not selected', nodeOf('n'), { nodeSelector: { disk: 'ssd' } }, false, false],
    ['selected', nodeOf('n', [], { disk: 'ssd' }), { nodeSelector: { disk: 'ssd' } }, true, true],
    ['not named', nodeOf('n'), { nodeName: 'other' }, false, false],
    [
      'tolerated',
      nodeOf('n', taint('x', 'NoSchedule')),
      { tolerations: [{ operator: 'Exists' }] },
      true,
      true,
    ],
  ];
  it.each(cases)('%s', (_, node, spec, getsPod, keepsPod) => {
    const fresh = new World([setOf({ template: template('v1', spec) }), node]);
    run(fresh);
    expect(podsOf(fresh).length > 0).toBe(getsPod);
    const kept = new World([setOf(), nodeOf('n')]);
    converge(kept);
    kept.put({ ...node, metadata: { ...node.metadata, uid: 'n' } });
    change(kept, { template: template('v1', spec), updateStrategy: { type: 'OnDelete' } });
    run(kept);
    expect(live(kept).length > 0).toBe(keepsPod);
    expect(statusOf(kept)?.numberMisscheduled).toBe(getsPod ? 0 : 1);
  });

  it('that comes or goes is noticed, a heartbeat is not', () => {
    const world = new World([setOf()]);
    const node = world.put(nodeOf('n'));
    const enqueue = daemonSetController.watches['core/nodes'];
    const keys = (before: typeof node | undefined, after: typeof node, deleted = false) =>
      enqueue?.(after, before, world.view(), deleted, 'core/nodes');
    expect(keys(undefined, node)).toEqual(['default/ds']);
    expect(keys(node, { ...node, status: { phase: 'Running' } })).toEqual([]);
    const spec = { taints: [{ key: 'x', effect: 'NoSchedule' }] };
    expect(keys(node, { ...node, spec })).toEqual(['default/ds']);
    expect(keys(node, node, true)).toEqual(['default/ds']);
  });

  it('that is gone lets go of the pod that was meant for it', () => {
    const world = new World([setOf(), nodeOf('n')]);
    run(world);
    world.remove('core/nodes', '', 'n');
    run(world);
    expect(podsOf(world)).toEqual([]);
  });
});

describe('pods that end', () => {
  it('are replaced, with an event that tells why', () => {
    const world = new World([setOf(), nodeOf('n')]);
    converge(world);
    world.nowMs += 60_000;
    end(world, podsOf(world)[0]!, 'Failed');
    expect(run(world).filter((line) => line.startsWith('event'))).toEqual([
      'event Warning FailedDaemonPod Found failed daemon pod default/ds-aaaa0 on node n, will try to kill it',
      'event Normal SuccessfulDelete Deleted pod: ds-aaaa0',
      'event Normal SuccessfulCreate Created pod: ds-aaaa1',
    ]);
  });

  it('right after they were made are left a while', () => {
    const world = new World([setOf(), nodeOf('n')]);
    converge(world);
    end(world, podsOf(world)[0]!, 'Failed');
    const plan = daemonSetController.plan('default/ds', world.view(), envOf(world));
    expect(describePlan(plan)).not.toContain('delete');
    expect(plan.againAtMs).toBe(world.nowMs + 10_000);
  });
});

describe('a rolling update', () => {
  it('replaces maxUnavailable pods at a time', () => {
    const rollingUpdate = { maxUnavailable: '50%' };
    const world = new World([setOf({ updateStrategy: { rollingUpdate } }), ...nodes(4)]);
    converge(world);
    change(world, { template: template('v2') });
    run(world);
    expect(live(world)).toHaveLength(2);
    converge(world);
    expect(where(world)).toBe('n0=v2 n1=v2 n2=v2 n3=v2');
    expect(statusOf(world)).toMatchObject({ updatedNumberScheduled: 4, numberAvailable: 4 });
  });

  it('with maxSurge puts the new pod beside the old one, and deletes the old when it is available', () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
    const world = new World([setOf({ updateStrategy: { rollingUpdate } }), ...nodes(2)]);
    converge(world);
    change(world, { template: template('v2') });
    run(world);
    expect(where(world)).toBe('n0=v1 n0=v2 n1=v1');
    for (const pod of podsOf(world)) go(world, pod);
    run(world);
    expect(where(world)).toContain('n0=v2');
    expect(where(world)).not.toContain('n0=v1');
    converge(world);
    expect(where(world)).toBe('n0=v2 n1=v2');
  });

  it('with OnDelete leaves pods alone until somebody deletes them', () => {
    const world = new World([setOf({ updateStrategy: { type: 'OnDelete' } }), ...nodes(2)]);
    converge(world);
    change(world, { template: template('v2') });
    converge(world);
    expect(where(world)).toBe('n0=v1 n1=v1');
    world.remove('core/pods', 'default', podsOf(world)[0]?.metadata.name ?? '');
    converge(world);
    expect(where(world)).toBe('n0=v2 n1=v1');
  });

  it('keeps a history of revisions, within its limit', () => {
    const world = new World([setOf({ revisionHistoryLimit: 1 }), nodeOf('n')]);
    for (const image of ['v1', 'v2', 'v3']) {
      change(world, { template: template(image) });
      converge(world);
    }
    const found = world.all<ControllerRevision & AnyObject>('apps/controllerrevisions');
    expect(found.map(({ revision }) => revision).sort()).toEqual([2, 3]);
  });
});

it('never has two pods on a node without surge, nor more than allowed unavailable', () => {
  const step = fc.record({ what: fc.constantFrom('plan', 'go', 'go', 'image'), n: fc.nat(8) });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (steps, limit, surges) => {
        const rollingUpdate = surges
          ? { maxSurge: limit, maxUnavailable: 0 }
          : { maxSurge: 0, maxUnavailable: limit };
        const world = new World([setOf({ updateStrategy: { rollingUpdate } }), ...nodes(5)]);
        converge(world);
        let image = 'v1';
        for (const { what, n } of steps) {
          const pod = podsOf(world)[n];
          if (what === 'image') {
            image = `v${n % 3}`;
            change(world, { template: template(image) });
          } else if (what === 'plan') {
            world.apply(daemonSetController.plan('default/ds', world.view(), envOf(world)));
          } else if (pod) go(world, pod);
          const counts = nodes(5).map(({ metadata }) => {
            const pods = live(world).filter((one) => targetOf(one) === metadata?.name);
            return { all: pods.length, ready: pods.filter(isPodReady).length };
          });
          expect(Math.max(...counts.map(({ all }) => all))).toBeLessThanOrEqual(surges ? 2 : 1);
          expect(counts.filter(({ ready }) => ready === 0).length).toBeLessThanOrEqual(
            surges ? 0 : limit,
          );
        }
        converge(world);
        expect(where(world)).toBe([0, 1, 2, 3, 4].map((i) => `n${i}=${image}`).join(' '));
      },
    ),
    { numRuns: 60 },
  );
});
