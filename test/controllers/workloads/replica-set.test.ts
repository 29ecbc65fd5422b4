/** ReplicaSets and ReplicationControllers: the pods they make, take, let go and delete. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplicaSet } from '../../../machines/api/types.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { isPodActive } from '../../../machines/controllers/pods.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../machines/controllers/replica-set.ts';
import { describePlan, envOf, namesOf, settle, World } from '../view.ts';
import { advance, advanceAll, end, podsOf } from './kubelet.ts';

const labels = { app: 'web' };
const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web',
  uid: 'rs',
  controller: true,
  blockOwnerDeletion: true,
};

function setOf(replicas: number, spec: object = {}): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default', uid: 'rs', generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      ...spec,
    },
    status: { replicas: 0 },
  };
}

function podOf(name: string, over: { metadata?: object; spec?: object; status?: object } = {}) {
  const metadata = { name, namespace: 'default', labels, uid: name, ownerReferences: [owner] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, ...over.metadata },
    spec: { containers: [], nodeName: 'n1', ...over.spec },
    status: { phase: 'Running', ...over.status },
  } as AnyObject;
}

const run = (world: World) => settle(world, replicaSetController, 'default/web');
const statusOf = (world: World) =>
  world.get<ReplicaSet & AnyObject>('apps/replicasets', 'default', 'web').status;

describe('a ReplicaSet', () => {
  it('creates its pods, then follows them with its status', () => {
    const world = new World([setOf(2)]);
    expect(run(world)).toEqual([
      'create core/pods web-aaaa0',
      'event Normal SuccessfulCreate Created pod: web-aaaa0',
      'create core/pods web-aaaa1',
      'event Normal SuccessfulCreate Created pod: web-aaaa1',
      'patch apps/replicasets web status={replicas:2 fullyLabeledReplicas:2 terminatingReplicas:0 observedGeneration:1}',
    ]);
    expect(podsOf(world)[0]?.metadata).toMatchObject({
      generateName: 'web-',
      labels,
      ownerReferences: [owner],
    });
    advanceAll(world);
    expect(run(world)).toEqual([
      'patch apps/replicasets web status={readyReplicas:2 availableReplicas:2}',
    ]);
    expect(run(world)).toEqual([]);
  });

  it('counts a pod that waits to end, and replaces it at once', () => {
    const world = new World([setOf(1), podOf('a')]);
    run(world);
    world.edit('core/pods', 'default', 'a', (pod: AnyObject) => ({
      ...pod,
      metadata: { ...pod.metadata, deletionTimestamp: world.time() },
    }));
    run(world);
    expect(statusOf(world)).toMatchObject({ replicas: 1, terminatingReplicas: 1 });
    expect(namesOf(world, 'core/pods')).toEqual(['a', 'web-aaaa0']);
  });

  it('tells a failure to create in events and a condition, and takes it back', () => {
    const world = new World([setOf(1)]);
    world.fault = (change) =>
      change.type === 'create' ? { reason: 'Forbidden', message: 'exceeded quota' } : undefined;
    expect(run(world)).toEqual([
      'create core/pods web-* ! Forbidden',
      'event Warning FailedCreate Error creating: exceeded quota',
      'patch apps/replicasets web status={terminatingReplicas:0 observedGeneration:1 conditions:[ReplicaFailure=True/FailedCreate]}',
    ]);
    expect(statusOf(world)?.conditions?.[0]?.message).toBe('exceeded quota');
    world.fault = undefined;
    run(world);
    expect(statusOf(world)?.conditions ?? []).toEqual([]);
  });

  it('creates nothing in a namespace that is being deleted', () => {
    const metadata = { name: 'default', deletionTimestamp: '2024-01-01T00:00:00Z' };
    const world = new World([setOf(1), { apiVersion: 'v1', kind: 'Namespace', metadata }]);
    run(world);
    expect(podsOf(world)).toEqual([]);
  });

  it('creates 500 pods in one plan at most', () => {
    const world = new World([setOf(1200)]);
    const plan = replicaSetController.plan('default/web', world.view(), envOf(world));
    expect(plan.stages.map((stage) => stage.length)).toEqual([500]);
  });

  it('adopts what it matches, releases what it does not, leaves alone what is not its', () => {
    const other = { ...owner, name: 'other', uid: 'other' };
    const world = new World([
      setOf(2),
      podOf('bare', { metadata: { ownerReferences: undefined } }),
      podOf('relabelled', { metadata: { labels: { app: 'debug' } } }),
      podOf('foreign', { metadata: { ownerReferences: [other] } }),
      podOf('ended', { metadata: { ownerReferences: undefined }, status: { phase: 'Failed' } }),
      podOf('elsewhere', { metadata: { namespace: 'x', ownerReferences: undefined } }),
    ]);
    expect(run(world).slice(0, 3)).toEqual([
      'patch core/pods relabelled ownerReferences=[]',
      'patch core/pods bare ownerReferences=[web]',
      'create core/pods web-aaaa0',
    ]);
  });

  it('neither adopts, releases nor creates while it is being deleted', () => {
    const set = setOf(2);
    const metadata = { ...set.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' };
    const bare = podOf('bare', { metadata: { ownerReferences: undefined } });
    const away = podOf('away', { metadata: { labels: {} } });
    const world = new World([{ ...set, metadata }, bare, away]);
    expect(run(world).filter((line) => !line.includes('status='))).toEqual([]);
  });

  it('waits for minReadySeconds, and asks to be called when they are over', () => {
    const world = new World([setOf(1, { minReadySeconds: 30 })]);
    run(world);
    advanceAll(world);
    run(world);
    expect(statusOf(world)).toMatchObject({ readyReplicas: 1 });
    expect(statusOf(world)?.availableReplicas).toBeUndefined();
    const plan = replicaSetController.plan('default/web', world.view(), envOf(world));
    expect(plan.againAtMs).toBe(world.nowMs + 30_000);
    world.nowMs += 30_000;
    run(world);
    expect(statusOf(world)).toMatchObject({ availableReplicas: 1 });
  });
});

describe('scaling down deletes first', () => {
  const at = (seconds: number) => new Date(1_700_000_000_000 - seconds * 1000).toISOString();
  const ready = (seconds: number) => ({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(seconds) }],
  });
  const cost = (value: string) => ({
    metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } },
  });
  const cases: [string, AnyObject[], string][] = [
    ['the unassigned', [podOf('a'), podOf('b', { spec: { nodeName: undefined } })], 'b'],
    ['the pending', [podOf('a'), podOf('b', { status: { phase: 'Pending' } })], 'b'],
    ['the unready', [podOf('a', { status: ready(9) }), podOf('b')], 'b'],
    ['the cheaper', [podOf('a', cost('1')), podOf('b', cost('-1'))], 'b'],
    ['none by a cost that is no number', [podOf('a', cost('x')), podOf('b')], 'a'],
    ['the later ready', [podOf('a', { status: ready(90) }), podOf('b', { status: ready(9) })], 'b'],
    [
      'by uid, where ages are alike',
      [podOf('b', { status: ready(90) }), podOf('a', { status: ready(91) })],
      'a',
    ],
    [
      'the one restarted more',
      [podOf('a'), podOf('b', { status: { containerStatuses: [{ restartCount: 2 }] } })],
      'b',
    ],
    [
      'the younger',
      [
        podOf('a', { metadata: { creationTimestamp: at(900) } }),
        podOf('b', { metadata: { creationTimestamp: at(9) } }),
      ],
      'b',
    ],
  ];
  it.each(cases)('%s', (_, pods, victim) => {
    const world = new World([setOf(pods.length - 1), ...pods]);
    const plan = replicaSetController.plan('default/web', world.view(), envOf(world));
    expect(describePlan(plan)).toBe(
      `delete core/pods ${victim} | SuccessfulDelete Deleted pod: ${victim}`,
    );
  });

  it('one that shares its node with others of the same Deployment', () => {
    const deployment = { ...owner, kind: 'Deployment', name: 'd', uid: 'd' };
    const set = (name: string, replicas: number) => {
      const base = setOf(replicas);
      const metadata = { ...base.metadata, name, uid: name, ownerReferences: [deployment] };
      return { ...base, metadata };
    };
    const old = { ...owner, uid: 'old' };
    const world = new World([
      set('web', 1),
      set('old', 1),
      podOf('a', { metadata: { ownerReferences: [{ ...owner, uid: 'web' }] } }),
      podOf('b', {
        metadata: { ownerReferences: [{ ...owner, uid: 'web' }] },
        spec: { nodeName: 'n2' },
      }),
      podOf('c', { metadata: { ownerReferences: [old] }, spec: { nodeName: 'n2' } }),
    ]);
    const plan = replicaSetController.plan('default/web', world.view(), envOf(world));
    expect(describePlan(plan)).toContain('delete core/pods b ');
  });
});

describe('enqueueing', () => {
  const pod = (metadata: object) => podOf('p', { metadata });
  const enqueue = replicaSetController.watches['core/pods'];
  const cases: [string, AnyObject, AnyObject | undefined, string[]][] = [
    ['an owned pod', pod({}), undefined, ['default/web']],
    [
      'a pod of a set that is gone',
      pod({ ownerReferences: [{ ...owner, uid: 'x' }] }),
      undefined,
      [],
    ],
    ['an orphan that matches', pod({ ownerReferences: [] }), undefined, ['default/web']],
    ['an orphan as before', pod({ ownerReferences: [] }), pod({ ownerReferences: [] }), []],
    ['an orphan that does not match', pod({ ownerReferences: [], labels: {} }), undefined, []],
    ['a pod just released', pod({ ownerReferences: [], labels: {} }), pod({}), ['default/web']],
  ];
  it.each(cases)('%s', (_, object, previous, keys) => {
    const world = new World([setOf(1)]);
    const stored = world.put(object);
    const before = previous && world.put(previous);
    expect(enqueue?.(stored, before, world.view(), false, 'core/pods')).toEqual(keys);
  });
});

it('a ReplicationController keeps the same rules with its own selector and status', () => {
  const world = new World([
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'rc', namespace: 'default', uid: 'rc' },
      spec: { replicas: 1, selector: labels, template: { metadata: { labels }, spec: {} } },
    },
  ]);
  expect(settle(world, replicationControllerController, 'default/rc')).toEqual([
    'create core/pods rc-aaaa0',
    'event Normal SuccessfulCreate Created pod: rc-aaaa0',
    'patch core/replicationcontrollers rc status={replicas:1 fullyLabeledReplicas:1 observedGeneration:1}',
  ]);
});

it('converges on the wanted number whatever pods do, and never exceeds it', () => {
  const step = fc.record({ what: fc.constantFrom('go', 'plan', 'scale', 'kill'), n: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World([setOf(3)]);
      let wanted = 3;
      const active = () => podsOf(world).filter(isPodActive).length;
      for (const { what, n } of steps) {
        const pod = podsOf(world)[n];
        if (what === 'scale') {
          wanted = n;
          world.edit('apps/replicasets', 'default', 'web', (set: AnyObject) => ({
            ...set,
            spec: { ...(set.spec as object), replicas: n },
          }));
        } else if (what === 'plan') {
          const before = active();
          run(world);
          expect(active()).toBe(wanted);
          expect(Math.max(before, active())).toBeLessThanOrEqual(Math.max(before, wanted));
        } else if (pod && what === 'go') advance(world, pod);
        else if (pod && isPodActive(pod)) end(world, pod, 'Failed');
      }
      run(world);
      advanceAll(world);
      run(world);
      expect(active()).toBe(wanted);
      expect(statusOf(world)?.availableReplicas ?? 0).toBe(wanted);
    }),
    { numRuns: 60 },
  );
});

it('plans a set of 500 pods in well under a millisecond each', () => {
  const world = new World([setOf(500)]);
  run(world);
  const view = world.view();
  const pods = view.list('core/pods', 'default');
  const indexed = { ...view, ownedBy: () => pods as never, orphans: () => [] as never };
  const started = performance.now();
  for (let i = 0; i < 100; i++) replicaSetController.plan('default/web', indexed, envOf(world));
  expect((performance.now() - started) / 100).toBeLessThan(5);
});
