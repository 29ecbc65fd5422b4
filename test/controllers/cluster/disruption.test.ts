/** Budgets: how many pods may be evicted, by what their controllers ask for. */
import { describe, expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../../../machines/api/types.ts';
import type { AnyObject, Stored } from '../../../machines/api/view.ts';
import { disruptionController } from '../../../machines/controllers/disruption.ts';
import { envOf, settle, World } from '../view.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

const named = (kind: string, apiVersion: string, name: string, rest: object): AnyObject =>
  ({ apiVersion, kind, metadata: { name, namespace: 'default', uid: name }, ...rest }) as AnyObject;
const ownedBy = (object: AnyObject, kind: string, name: string): AnyObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name, controller: true }],
  },
});
const pod = (name: string, ready = true): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name, labels: { app: 'web' } },
  spec: { nodeName: 'node-1' },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const budget = (spec: object, status?: object): AnyObject =>
  named('PodDisruptionBudget', 'policy/v1', 'web', {
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    ...(status && { status }),
  });
/** A Deployment of `replicas`, its set, and pods of it, of which some are ready. */
const deployment = (replicas: number, pods: readonly boolean[]): AnyObject[] => [
  named('Deployment', 'apps/v1', 'web', { spec: { replicas } }),
  ownedBy(named('ReplicaSet', 'apps/v1', 'web-1', { spec: { replicas: 1 } }), 'Deployment', 'web'),
  ...pods.map((ready, index) => ownedBy(pod(`web-1-${index}`, ready), 'ReplicaSet', 'web-1')),
];

function statusOf(world: World) {
  return world.get<PodDisruptionBudget & Stored<AnyObject>>(BUDGETS, 'default', 'web').status;
}

function numbers(objects: readonly AnyObject[]): string {
  const world = new World(objects);
  settle(world, disruptionController, 'default/web');
  const status = statusOf(world);
  const condition = status?.conditions?.[0];
  return (
    `${status?.disruptionsAllowed} allowed, ${status?.currentHealthy} of ` +
    `${status?.desiredHealthy} healthy, ${status?.expectedPods} expected, ` +
    `${condition?.status} ${condition?.reason}`
  );
}

describe('what may be evicted', () => {
  const yes = [true, true, true];
  test.each<[string, object, AnyObject[], string]>([
    [
      'a number',
      { minAvailable: 2 },
      deployment(3, yes),
      '1 allowed, 3 of 2 healthy, 3 expected, True SufficientPods',
    ],
    [
      'a share',
      { minAvailable: '50%' },
      deployment(3, yes),
      '1 allowed, 3 of 2 healthy, 3 expected, True SufficientPods',
    ],
    [
      'a share of what is asked for',
      { minAvailable: '50%' },
      deployment(8, yes),
      '0 allowed, 3 of 4 healthy, 8 expected, False InsufficientPods',
    ],
    [
      'a number that may be missing',
      { maxUnavailable: 1 },
      deployment(3, yes),
      '1 allowed, 3 of 2 healthy, 3 expected, True SufficientPods',
    ],
    [
      'a share that may be missing, rounded up',
      { maxUnavailable: '34%' },
      deployment(3, yes),
      '2 allowed, 3 of 1 healthy, 3 expected, True SufficientPods',
    ],
    [
      'a pod that is not ready',
      { maxUnavailable: 1 },
      deployment(3, [true, false, true]),
      '0 allowed, 2 of 2 healthy, 3 expected, False InsufficientPods',
    ],
    [
      'no pods',
      { minAvailable: 0 },
      [],
      '0 allowed, 0 of 0 healthy, 0 expected, False InsufficientPods',
    ],
    [
      'pods of nobody, by number',
      { minAvailable: 1 },
      [pod('a'), pod('b')],
      '1 allowed, 2 of 1 healthy, 2 expected, True SufficientPods',
    ],
    [
      'pods of nobody, by share',
      { maxUnavailable: '50%' },
      [pod('a'), pod('b')],
      '0 allowed, 2 of 0 healthy, 0 expected, False InsufficientPods',
    ],
    [
      'every pod',
      { selector: {}, minAvailable: 1 },
      [pod('a'), pod('b')],
      '1 allowed, 2 of 1 healthy, 2 expected, True SufficientPods',
    ],
    [
      'pods of something without a size',
      { maxUnavailable: 1 },
      [ownedBy(pod('a'), 'Job', 'sum')],
      '0 allowed, 0 of 0 healthy, 0 expected, False SyncFailed',
    ],
  ])('%s', (_, spec, objects, expected) => {
    expect(numbers([budget(spec), ...objects])).toBe(expected);
  });
});

describe('evictions that were granted', () => {
  test('count as disrupted until the pod is gone, or for two minutes', () => {
    const world = new World(deployment(3, [true, true, true]));
    const disruptedPods = { 'web-1-0': world.time(), 'long-gone': world.time() };
    world.put(budget({ minAvailable: 1 }, { disruptedPods }));
    settle(world, disruptionController, 'default/web');
    expect(statusOf(world)).toMatchObject({
      disruptedPods: { 'web-1-0': world.time() },
      currentHealthy: 2,
      disruptionsAllowed: 1,
    });
    const plan = disruptionController.plan('default/web', world.view(), envOf(world));
    expect(plan).toEqual({ stages: [], againAtMs: world.nowMs + 120_000 });
    world.nowMs += 120_000;
    settle(world, disruptionController, 'default/web');
    expect(statusOf(world)).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 2 });
    expect(Object.keys(statusOf(world)?.disruptedPods ?? {})).toEqual([]);
  });

  test('are not written over', () => {
    const world = new World([...deployment(2, [true, true]), budget({ minAvailable: 1 })]);
    const plan = disruptionController.plan('default/web', world.view(), envOf(world));
    world.edit(BUDGETS, 'default', 'web', (object) => ({ ...object, status: { granted: true } }));
    expect(world.apply(plan)).toMatchObject([{ reason: 'Conflict' }]);
  });
});

test('budgets hear of their pods and of the sizes that are asked for', () => {
  const world = new World([...deployment(2, [true, true]), budget({ minAvailable: 1 })]);
  const keys = (resource: string, object: AnyObject, previous?: AnyObject) =>
    disruptionController.watches[resource]?.(
      object as never,
      previous as never,
      world.view(),
      false,
      resource,
    );
  expect(keys('core/pods', pod('new'))).toEqual(['default/web']);
  expect(keys('core/pods', pod('a'), pod('a', false))).toEqual(['default/web']);
  expect(keys('core/pods', pod('a'), pod('a'))).toEqual([]);
  const [larger] = deployment(5, []);
  const [smaller] = deployment(2, []);
  expect(keys('apps/deployments', larger!, smaller)).toEqual(['default/web']);
  expect(keys('apps/deployments', larger!, larger)).toEqual([]);
});

describe('an eviction that came to nothing', () => {
  const target = (reason: string, status = 'True') => ({
    ...pod('a'),
    status: {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DisruptionTarget', status, reason, lastTransitionTime: '2023-11-14T22:13:20Z' },
      ],
    },
  });
  const conditionOf = (world: World) =>
    world
      .get<Pod & Stored<AnyObject>>('core/pods', 'default', 'a')
      .status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  const plan = (world: World) =>
    disruptionController.plan('pod/default/a', world.view(), envOf(world));
  const enqueue = disruptionController.watches['core/pods'];
  const keysOf = (object: AnyObject) => {
    const world = new World([object]);
    const view = world.view();
    return enqueue?.(world.get('core/pods', 'default', 'a'), undefined, view, false, 'core/pods');
  };

  test('is said to be over after two minutes', () => {
    const world = new World([target('PreemptionByScheduler')]);
    expect(plan(world)).toEqual({ stages: [], againAtMs: world.nowMs + 120_000 });
    world.nowMs += 120_000;
    world.apply(plan(world));
    expect(conditionOf(world)).toMatchObject({ status: 'False', observedGeneration: 1 });
    expect(conditionOf(world)?.reason).toBeUndefined();
    expect(plan(world).stages).toEqual([]);
  });

  test.each<[string, AnyObject, string[]]>([
    ['is looked after', target('DeletionByTaintManager'), ['pod/default/a']],
    ['is left alone where a kubelet announced it', target('TerminationByKubelet'), []],
    ['is over', target('', 'False'), []],
    ['is none where the pod is being deleted', deleted(target('PreemptionByScheduler')), []],
    ['is none where the pod has ended', ended(target('PreemptionByScheduler')), []],
  ])('%s', (_, object, keys) => {
    expect(keysOf(object)).toEqual(keys);
  });
});

function deleted(object: AnyObject): AnyObject {
  const deletionTimestamp = '2023-11-14T22:13:20Z';
  return { ...object, metadata: { ...object.metadata, deletionTimestamp } };
}

function ended(object: AnyObject): AnyObject {
  return { ...object, status: { ...(object.status as object), phase: 'Failed' } };
}
