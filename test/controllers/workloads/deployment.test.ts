/** Deployments: what each step of a rollout does, the words it uses, and the bounds it keeps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, DeploymentSpec, ReplicaSet } from '../../../machines/api/types.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { deploymentController } from '../../../machines/controllers/deployment.ts';
import { fenceposts } from '../../../machines/controllers/deployment-sets.ts';
import { isPodActive, isPodReady } from '../../../machines/controllers/pods.ts';
import { replicaSetController } from '../../../machines/controllers/replica-set.ts';
import { describePlan, envOf, settle, World } from '../view.ts';
import { advance, advanceAll, podsOf } from './kubelet.ts';

const labels = { app: 'web' };

function template(image: string) {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
}

function deploymentOf(spec: Partial<DeploymentSpec> = {}, metadata: object = {}): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1, ...metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: template('v1'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

const sets = (world: World) => world.all<ReplicaSet & AnyObject>('apps/replicasets');
const setOfImage = (world: World, image: string) =>
  sets(world).find((set) => set.spec?.template?.spec?.containers[0]?.image === image);
const deployment = (world: World) =>
  world.get<Deployment & AnyObject>('apps/deployments', 'default', 'web');
const sizes = (world: World) =>
  sets(world)
    .map((set) => `${set.spec?.template?.spec?.containers[0]?.image}=${set.spec?.replicas}`)
    .sort()
    .join(' ');

function planDeployment(world: World): string[] {
  return settle(world, deploymentController, 'default/web');
}

function planSets(world: World): void {
  for (const set of sets(world))
    settle(world, replicaSetController, `default/${set.metadata.name}`);
}

/** Everything acts until nothing changes. */
function converge(world: World): void {
  for (let round = 0; round < 60; round++) {
    const before = world.revision;
    planDeployment(world);
    planSets(world);
    advanceAll(world);
    if (world.revision === before) return;
  }
  throw new Error('does not converge');
}

function change(world: World, spec: Partial<DeploymentSpec>): void {
  world.nowMs += 1000;
  world.edit<Deployment & AnyObject>('apps/deployments', 'default', 'web', (old) => ({
    ...old,
    spec: { ...old.spec, ...spec },
  }));
}

const condition = (world: World, type: string) => {
  const found = deployment(world).status?.conditions?.find((c) => c.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

/** Hides the hash in names, which is of no interest. */
const plain = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/web-[bcdfghjklmnpqrstvwxz2456789]{6,10}/g, 'web-HASH'));

describe('a rollout', () => {
  it('starts with a ReplicaSet, its revision and conditions', () => {
    const world = new World([deploymentOf({}, { annotations: { note: 'x' } })]);
    expect(plain(planDeployment(world))).toEqual([
      'create apps/replicasets web-HASH replicas=3',
      'event Normal ScalingReplicaSet Scaled up replica set web-HASH from 0 to 3',
      'patch apps/deployments web annotations={deployment.kubernetes.io/revision:1} status={observedGeneration:1 unavailableReplicas:3 terminatingReplicas:0 conditions:[Available=False/MinimumReplicasUnavailable Progressing=True/NewReplicaSetCreated]}',
    ]);
    const [set] = sets(world);
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec?.selector).toEqual({ matchLabels: { ...labels, 'pod-template-hash': hash } });
    expect(set?.spec?.template?.metadata?.labels).toEqual({ ...labels, 'pod-template-hash': hash });
    expect(set?.metadata.annotations).toEqual({
      note: 'x',
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
    expect(condition(world, 'Progressing')).toBe(
      `True NewReplicaSetCreated: Created new replica set "web-${hash}"`,
    );
  });

  it('ends complete, and then does nothing more', () => {
    const world = new World([deploymentOf()]);
    converge(world);
    expect(deployment(world).status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    const name = sets(world)[0]?.metadata.name;
    expect(condition(world, 'Progressing')).toBe(
      `True NewReplicaSetAvailable: ReplicaSet "${name}" has successfully progressed.`,
    );
    expect(condition(world, 'Available')).toBe(
      'True MinimumReplicasAvailable: Deployment has minimum availability.',
    );
    const plan = deploymentController.plan('default/web', world.view(), envOf(world));
    expect(plan).toEqual({ stages: [] });
  });

  it('goes step by step with surge 1 and none unavailable', () => {
    const world = new World([deploymentOf()]);
    converge(world);
    change(world, { template: template('v2') });
    const seen: string[] = [];
    for (let round = 0; round < 20; round++) {
      planDeployment(world);
      if (seen.at(-1) !== sizes(world)) seen.push(sizes(world));
      planSets(world);
      const next = podsOf(world).find((pod) => advance(world, pod));
      planSets(world);
      if (next === undefined && deploymentIsQuiet(world)) break;
    }
    expect(seen).toEqual([
      'v1=3 v2=1',
      'v1=2 v2=1',
      'v1=2 v2=2',
      'v1=1 v2=2',
      'v1=1 v2=3',
      'v1=0 v2=3',
    ]);
    expect(deployment(world).metadata.annotations).toEqual({
      'deployment.kubernetes.io/revision': '2',
    });
  });

  it('gives an old template its ReplicaSet back, with a new revision and its history', () => {
    const world = new World([deploymentOf()]);
    converge(world);
    change(world, { template: template('v2') });
    converge(world);
    change(world, { template: template('v1') });
    converge(world);
    expect(sizes(world)).toBe('v1=3 v2=0');
    expect(setOfImage(world, 'v1')?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(deployment(world).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  it('keeps revisionHistoryLimit old ReplicaSets', () => {
    const world = new World([deploymentOf({ revisionHistoryLimit: 1 })]);
    for (const image of ['v1', 'v2', 'v3', 'v4']) {
      change(world, { template: template(image) });
      converge(world);
    }
    expect(sizes(world)).toBe('v3=0 v4=3');
  });

  it('recreates only when the last old pod has ended', () => {
    const world = new World([deploymentOf({ strategy: { type: 'Recreate' } })]);
    converge(world);
    change(world, { template: template('v2') });
    planDeployment(world);
    planSets(world);
    planDeployment(world);
    expect(sizes(world)).toBe('v1=0');
    const old = podsOf(world);
    expect(old.every((pod) => pod.metadata.deletionTimestamp !== undefined)).toBe(true);
    for (const pod of old) {
      planDeployment(world);
      expect(sizes(world)).toBe('v1=0');
      advance(world, pod);
    }
    planDeployment(world);
    expect(sizes(world)).toBe('v1=0 v2=3');
  });

  it('passes changed annotations and minReadySeconds on to the ReplicaSet', () => {
    const world = new World([deploymentOf()]);
    converge(world);
    world.edit('apps/deployments', 'default', 'web', (old: AnyObject) => ({
      ...old,
      metadata: {
        ...old.metadata,
        annotations: {
          ...old.metadata?.annotations,
          'kubernetes.io/change-cause': 'because',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      },
    }));
    change(world, { minReadySeconds: 5 });
    expect(plain(planDeployment(world))).toContain(
      'patch apps/replicasets web-HASH annotations={kubernetes.io/change-cause:because} spec={minReadySeconds:5}',
    );
  });
});

function deploymentIsQuiet(world: World): boolean {
  return deploymentController.plan('default/web', world.view(), envOf(world)).stages.length === 0;
}

describe('scaling', () => {
  it('scales the only active ReplicaSet without a rollout', () => {
    const world = new World([deploymentOf()]);
    converge(world);
    change(world, { replicas: 5 });
    expect(plain(planDeployment(world))).toContain(
      'event Normal ScalingReplicaSet Scaled up replica set web-HASH from 3 to 5',
    );
  });

  it('spreads over the ReplicaSets of a rollout in proportion', () => {
    const strategy = { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    const world = new World([deploymentOf({ replicas: 10, strategy })]);
    converge(world);
    change(world, { template: template('broken') });
    planDeployment(world);
    planSets(world);
    planDeployment(world);
    expect(sizes(world)).toBe('broken=5 v1=8');
    change(world, { replicas: 15 });
    planDeployment(world);
    expect(sizes(world)).toBe('broken=7 v1=11');
  });

  it('at zero asks nothing and is complete', () => {
    const world = new World([deploymentOf({ replicas: 0 })]);
    converge(world);
    expect(condition(world, 'Progressing')).toContain('True NewReplicaSetAvailable');
    expect(condition(world, 'Available')).toContain('True');
  });
});

describe('pausing', () => {
  it('holds a rollout, tells so, and goes on when resumed', () => {
    const world = new World([deploymentOf()]);
    converge(world);
    change(world, { paused: true, template: template('v2') });
    converge(world);
    expect(sizes(world)).toBe('v1=3');
    expect(condition(world, 'Progressing')).toBe('Unknown DeploymentPaused: Deployment is paused');
    change(world, { replicas: 2 });
    converge(world);
    expect(sizes(world)).toBe('v1=2');
    change(world, { paused: false });
    planDeployment(world);
    expect(sizes(world)).toBe('v1=2 v2=1');
    converge(world);
    expect(sizes(world)).toBe('v1=0 v2=2');
  });
});

describe('failure', () => {
  it('times out after progressDeadlineSeconds without progress', () => {
    const world = new World([deploymentOf({ progressDeadlineSeconds: 60 })]);
    planDeployment(world);
    planSets(world);
    planDeployment(world);
    world.nowMs += 5000;
    planDeployment(world);
    const plan = deploymentController.plan('default/web', world.view(), envOf(world));
    world.nowMs = plan.againAtMs ?? 0;
    planDeployment(world);
    const name = sets(world)[0]?.metadata.name;
    expect(condition(world, 'Progressing')).toBe(
      `False ProgressDeadlineExceeded: ReplicaSet "${name}" has timed out progressing.`,
    );
    expect(deploymentIsQuiet(world)).toBe(true);
  });

  it('shows why a ReplicaSet cannot make pods', () => {
    const world = new World([deploymentOf()]);
    planDeployment(world);
    world.fault = (made) =>
      made.type === 'create' ? { reason: 'Forbidden', message: 'quota' } : undefined;
    planSets(world);
    planDeployment(world);
    expect(condition(world, 'ReplicaFailure')).toBe('True FailedCreate: quota');
    world.fault = undefined;
    converge(world);
    expect(condition(world, 'ReplicaFailure')).toBeUndefined();
  });

  it('tells why its ReplicaSet could not be made', () => {
    const world = new World([deploymentOf()]);
    world.fault = (made) =>
      made.type === 'create' ? { reason: 'Forbidden', message: 'no' } : undefined;
    expect(plain(planDeployment(world))[1]).toBe(
      'event Warning ReplicaSetCreateError Failed to create new replica set "web-HASH": no',
    );
    expect(plain([condition(world, 'Progressing') ?? ''])).toEqual([
      'False ReplicaSetCreateError: Failed to create new replica set "web-HASH": no',
    ]);
  });

  it('takes another name where its own is taken', () => {
    const probe = new World([deploymentOf()]);
    planDeployment(probe);
    const name = sets(probe)[0]?.metadata.name ?? '';
    const world = new World([
      deploymentOf(),
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name, namespace: 'default', labels: { other: 'x' } },
        spec: { replicas: 0, selector: { matchLabels: { other: 'x' } } },
      },
    ]);
    planDeployment(world);
    expect(deployment(world).status?.collisionCount).toBe(1);
    expect(sets(world)).toHaveLength(2);
  });

  it('refuses to select everything', () => {
    const world = new World([deploymentOf({ selector: {} })]);
    const plan = deploymentController.plan('default/web', world.view(), envOf(world));
    expect(describePlan(plan)).toBe(
      'event Warning SelectingAll This deployment is selecting all pods. A non-empty selector is required.\n' +
        'patch apps/deployments web status={observedGeneration:1}',
    );
  });
});

it('adopts the ReplicaSets left by a Deployment deleted without them', () => {
  const world = new World([deploymentOf()]);
  converge(world);
  const name = sets(world)[0]?.metadata.name ?? '';
  world.edit('apps/replicasets', 'default', name, (set: AnyObject) => ({
    ...set,
    metadata: { ...set.metadata, ownerReferences: [] },
  }));
  world.remove('apps/deployments', 'default', 'web');
  world.put(deploymentOf({}, { uid: 'd2' }));
  expect(plain(planDeployment(world))[0]).toBe(
    'patch apps/replicasets web-HASH ownerReferences=[web]',
  );
  converge(world);
  expect(sets(world)).toHaveLength(1);
});

describe('fenceposts', () => {
  const cases: [number | string, number | string, number, number, number][] = [
    ['25%', '25%', 1, 1, 0],
    ['25%', '25%', 3, 1, 0],
    ['25%', '25%', 4, 1, 1],
    ['25%', '25%', 10, 3, 2],
    [0, 0, 10, 0, 1],
    ['0%', '1%', 10, 0, 1],
    [2, '50%', 5, 2, 2],
    ['100%', 0, 5, 5, 0],
  ];
  it.each(cases)('%s and %s of %i', (surge, unavailable, desired, maxSurge, maxUnavailable) => {
    const fence = fenceposts(surge, unavailable, desired);
    expect(fence).toEqual({ surge: maxSurge, unavailable: maxUnavailable });
  });
});

it('never has more pods than allowed nor fewer available than promised, in any order of events', () => {
  const order = fc.array(fc.record({ who: fc.constantFrom('d', 's', 'p', 'p'), n: fc.nat(20) }), {
    maxLength: 120,
  });
  const limits = fc.record({
    surge: fc.nat(3),
    unavailable: fc.nat(3),
    replicas: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(order, limits, (steps, { surge, unavailable, replicas }) => {
      const maxUnavailable = surge + unavailable === 0 ? 1 : Math.min(unavailable, replicas);
      const strategy = { rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } };
      const world = new World([deploymentOf({ replicas, strategy })]);
      converge(world);
      change(world, { template: template('v2') });
      for (const { who, n } of steps) {
        if (who === 'd') {
          const plan = deploymentController.plan('default/web', world.view(), envOf(world));
          world.apply(plan);
        } else if (who === 's') {
          const set = sets(world)[n % sets(world).length];
          const key = `default/${set?.metadata.name}`;
          world.apply(replicaSetController.plan(key, world.view(), envOf(world)));
        } else {
          const pod = podsOf(world)[n];
          if (pod) advance(world, pod);
        }
        const active = podsOf(world).filter(isPodActive);
        expect(active.length).toBeLessThanOrEqual(replicas + surge);
        expect(active.filter(isPodReady).length).toBeGreaterThanOrEqual(replicas - maxUnavailable);
      }
      converge(world);
      expect(sizes(world)).toBe(`v1=0 v2=${replicas}`);
    }),
    { numRuns: 100 },
  );
});
