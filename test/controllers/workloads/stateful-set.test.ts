/** StatefulSets: order, identity, claims, revisions; and that no name is ever held twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  ControllerRevision,
  PersistentVolumeClaim,
  StatefulSet,
  StatefulSetSpec,
} from '../../../machines/api/types.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { isPodReady } from '../../../machines/controllers/pods.ts';
import { statefulSetController } from '../../../machines/controllers/stateful-set.ts';
import { envOf, namesOf, settle, World } from '../view.ts';
import { advance, advanceAll, makeReady, makeUnready, podsOf } from './kubelet.ts';

const labels = { app: 'db' };

function template(image: string) {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
}

function setOf(spec: Partial<StatefulSetSpec> = {}): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default', uid: 'sts', generation: 1 },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: template('v1'),
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

const run = (world: World) => settle(world, statefulSetController, 'default/db');
const set = (world: World) =>
  world.get<StatefulSet & AnyObject>('apps/statefulsets', 'default', 'db');
const revisions = (world: World) =>
  world.all<ControllerRevision & AnyObject>('apps/controllerrevisions');
const claims = (world: World) =>
  world.all<PersistentVolumeClaim & AnyObject>('core/persistentvolumeclaims');
const pod = (world: World, name: string) => {
  const found = podsOf(world).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`no pod ${name}`);
  return found;
};
const images = (world: World) =>
  podsOf(world)
    .map(({ metadata, spec }) => `${metadata.name}=${spec?.containers[0]?.image}`)
    .join(' ');

function converge(world: World): void {
  for (let round = 0; round < 60; round++) {
    const before = world.revision;
    run(world);
    advanceAll(world);
    if (world.revision === before) return;
  }
  throw new Error('does not converge');
}

function change(world: World, spec: Partial<StatefulSetSpec>): void {
  world.edit<StatefulSet & AnyObject>('apps/statefulsets', 'default', 'db', (old) => ({
    ...old,
    spec: { ...old.spec, ...spec },
  }));
}

const plain = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/db-[bcdfghjklmnpqrstvwxz2456789]{6,10}/g, 'db-HASH'));

describe('in order', () => {
  it('makes one pod after the other, each when the one before is ready', () => {
    const world = new World([setOf({ replicas: 2 })]);
    expect(plain(run(world))).toEqual([
      'create apps/controllerrevisions db-HASH',
      'patch apps/statefulsets db status={observedGeneration:1 replicas:0 availableReplicas:0 currentRevision:db-HASH updateRevision:db-HASH collisionCount:0}',
      'create core/pods db-0',
      'event Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful',
      'patch apps/statefulsets db status={replicas:1 currentReplicas:1 updatedReplicas:1}',
    ]);
    makeReady(world, pod(world, 'db-0'));
    expect(run(world)).toContain('create core/pods db-1');
  });

  it('gives each pod its identity', () => {
    const world = new World([setOf({ ordinals: { start: 5 }, replicas: 1 })]);
    run(world);
    const made = pod(world, 'db-5');
    expect(made.metadata.labels).toEqual({
      app: 'db',
      'controller-revision-hash': revisions(world)[0]?.metadata.name,
      'statefulset.kubernetes.io/pod-name': 'db-5',
      'apps.kubernetes.io/pod-index': '5',
    });
    expect(made.spec).toMatchObject({ hostname: 'db-5', subdomain: 'db' });
    expect(made.metadata.ownerReferences?.[0]).toMatchObject({ name: 'db', controller: true });
  });

  it('scales down from the highest, one at a time, only while all others are well', () => {
    const world = new World([setOf()]);
    converge(world);
    change(world, { replicas: 1 });
    run(world);
    const going = () =>
      podsOf(world)
        .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
        .map(({ metadata }) => metadata.name);
    expect(going()).toEqual(['db-2']);
    advance(world, pod(world, 'db-2'));
    makeUnready(world, pod(world, 'db-0'));
    run(world);
    expect(going()).toEqual([]);
    makeReady(world, pod(world, 'db-0'));
    run(world);
    expect(going()).toEqual(['db-1']);
  });

  it('replaces a pod that has ended, by the same name', () => {
    const world = new World([setOf({ replicas: 1 })]);
    converge(world);
    const { uid } = pod(world, 'db-0').metadata;
    world.edit('core/pods', 'default', 'db-0', (old: AnyObject) => ({
      ...old,
      status: { phase: 'Failed' },
    }));
    converge(world);
    expect(pod(world, 'db-0').metadata.uid).not.toBe(uid);
  });

  it('waits until a pod has been available for minReadySeconds', () => {
    const world = new World([setOf({ minReadySeconds: 10 })]);
    run(world);
    makeReady(world, pod(world, 'db-0'));
    run(world);
    expect(namesOf(world, 'core/pods')).toEqual(['db-0']);
    const plan = statefulSetController.plan('default/db', world.view(), envOf(world));
    expect(plan.againAtMs).toBe(world.nowMs + 10_000);
    world.nowMs += 10_000;
    run(world);
    expect(namesOf(world, 'core/pods')).toEqual(['db-0', 'db-1']);
  });
});

it('in parallel makes and deletes all pods at once', () => {
  const world = new World([setOf({ podManagementPolicy: 'Parallel' })]);
  run(world);
  expect(namesOf(world, 'core/pods')).toEqual(['db-0', 'db-1', 'db-2']);
  converge(world);
  change(world, { replicas: 0 });
  run(world);
  expect(podsOf(world).every(({ metadata }) => metadata.deletionTimestamp)).toBe(true);
});

describe('a rolling update', () => {
  it('goes from the highest ordinal down and ends with the new revision current', () => {
    const world = new World([setOf()]);
    converge(world);
    const [first] = revisions(world);
    change(world, { template: template('v2') });
    const seen: string[] = [];
    for (let round = 0; round < 20; round++) {
      run(world);
      if (seen.at(-1) !== images(world)) seen.push(images(world));
      const next = podsOf(world).find((one) => advance(world, one));
      if (next === undefined) break;
    }
    expect(seen).toEqual([
      'db-0=v1 db-1=v1 db-2=v1',
      'db-0=v1 db-1=v1 db-2=v2',
      'db-0=v1 db-1=v2 db-2=v2',
      'db-0=v2 db-1=v2 db-2=v2',
    ]);
    const { status } = set(world);
    expect(status?.currentRevision).toBe(status?.updateRevision);
    expect(status?.currentRevision).not.toBe(first?.metadata.name);
    expect(status).toMatchObject({ currentReplicas: 3, updatedReplicas: 3, readyReplicas: 3 });
  });

  it('stops at the partition, and remakes pods below it of the old revision', () => {
    const world = new World([setOf()]);
    converge(world);
    const updateStrategy = { rollingUpdate: { partition: 2 } };
    change(world, { template: template('v2'), updateStrategy });
    converge(world);
    expect(images(world)).toBe('db-0=v1 db-1=v1 db-2=v2');
    world.remove('core/pods', 'default', 'db-1');
    converge(world);
    expect(images(world)).toBe('db-0=v1 db-1=v1 db-2=v2');
    const { status } = set(world);
    expect(status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
    expect(status?.currentRevision).not.toBe(status?.updateRevision);
  });

  it('with OnDelete changes only pods that somebody deletes', () => {
    const world = new World([setOf({ updateStrategy: { type: 'OnDelete' } })]);
    converge(world);
    change(world, { template: template('v2') });
    converge(world);
    expect(images(world)).toBe('db-0=v1 db-1=v1 db-2=v1');
    world.remove('core/pods', 'default', 'db-1');
    converge(world);
    expect(images(world)).toBe('db-0=v1 db-1=v2 db-2=v1');
  });

  it('takes maxUnavailable pods at a time', () => {
    const updateStrategy = { rollingUpdate: { maxUnavailable: 2 } };
    const world = new World([setOf({ podManagementPolicy: 'Parallel', updateStrategy })]);
    converge(world);
    change(world, { template: template('v2') });
    run(world);
    const going = podsOf(world).filter(({ metadata }) => metadata.deletionTimestamp);
    expect(going.map(({ metadata }) => metadata.name)).toEqual(['db-1', 'db-2']);
  });

  it('leaves a revision whose pods never become ready', () => {
    const world = new World([setOf({ podManagementPolicy: 'Parallel' })]);
    run(world);
    change(world, { template: template('v2') });
    converge(world);
    expect(images(world)).toBe('db-0=v2 db-1=v2 db-2=v2');
  });
});

describe('the history', () => {
  it('keeps a patch that puts a template back, and renumbers a revision that is used again', () => {
    const world = new World([setOf({ replicas: 1 })]);
    converge(world);
    change(world, { template: template('v2') });
    converge(world);
    change(world, { template: template('v1') });
    converge(world);
    const found = revisions(world).map(({ revision, data }) => ({ revision, data }));
    expect(found.sort((a, b) => a.revision - b.revision)).toEqual([
      { revision: 2, data: { spec: { template: { ...template('v2'), $patch: 'replace' } } } },
      { revision: 3, data: { spec: { template: { ...template('v1'), $patch: 'replace' } } } },
    ]);
    const hash = revisions(world)[0]?.metadata.labels?.['controller.kubernetes.io/hash'];
    expect(revisions(world)[0]?.metadata.name).toBe(`db-${hash}`);
  });

  it('keeps revisionHistoryLimit revisions besides those in use', () => {
    const world = new World([setOf({ replicas: 1, revisionHistoryLimit: 1 })]);
    for (const image of ['v1', 'v2', 'v3', 'v4']) {
      change(world, { template: template(image) });
      converge(world);
    }
    expect(
      revisions(world)
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([3, 4]);
  });
});

describe('claims', () => {
  const volumeClaimTemplates = [
    {
      metadata: { name: 'data', labels: { tier: 'x' } },
      spec: { accessModes: ['ReadWriteOnce' as const] },
    },
  ];
  const withClaims = (spec: Partial<StatefulSetSpec> = {}) =>
    new World([setOf({ volumeClaimTemplates, ...spec })]);

  it('are made before their pod, which mounts them', () => {
    const world = withClaims({ replicas: 1 });
    expect(run(world).filter((line) => !/apps/.test(line))).toEqual([
      'create core/persistentvolumeclaims data-db-0',
      'event Normal SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success',
      'create core/pods db-0',
      'event Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful',
    ]);
    expect(pod(world, 'db-0').spec?.volumes).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
    ]);
    expect(claims(world)[0]?.metadata).toMatchObject({ labels: { tier: 'x', app: 'db' } });
  });

  it('are kept unless asked otherwise', () => {
    const world = withClaims();
    converge(world);
    change(world, { replicas: 1 });
    converge(world);
    expect(claims(world).map(({ metadata }) => metadata.ownerReferences)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('belong to what takes them along when it goes', () => {
    const policy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
    const world = withClaims({ replicas: 2, persistentVolumeClaimRetentionPolicy: policy });
    converge(world);
    const owners = () =>
      claims(world).map(({ metadata }) => metadata.ownerReferences?.map(({ name }) => name));
    expect(owners()).toEqual([['db'], ['db']]);
    change(world, { replicas: 1 });
    run(world);
    expect(owners()).toEqual([['db'], ['db-1']]);
    change(world, { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } });
    converge(world);
    expect(owners()[0] ?? []).toEqual([]);
  });

  it('of a former pod that are going away are waited for', () => {
    const policy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
    const world = withClaims({ replicas: 1, persistentVolumeClaimRetentionPolicy: policy });
    converge(world);
    change(world, { replicas: 0 });
    converge(world);
    change(world, { replicas: 1 });
    run(world);
    expect(podsOf(world)).toEqual([]);
    world.remove('core/persistentvolumeclaims', 'default', 'data-db-0');
    run(world);
    expect(namesOf(world, 'core/pods')).toEqual(['db-0']);
  });
});

it('does nothing but count while it is being deleted', () => {
  const base = setOf();
  const metadata = { ...base.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' };
  const world = new World([{ ...base, metadata }]);
  run(world);
  expect(podsOf(world)).toEqual([]);
});

it('never holds an identity twice, keeps order, and converges, whatever happens', () => {
  const step = fc.record({
    what: fc.constantFrom('plan', 'plan', 'go', 'go', 'scale', 'image', 'unready', 'lose'),
    n: fc.nat(4),
  });
  const policy = fc.constantFrom('OrderedReady' as const, 'Parallel' as const);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), policy, (steps, podManagementPolicy) => {
      const world = new World([setOf({ podManagementPolicy })]);
      let [replicas, image] = [3, 'v1'];
      for (const { what, n } of steps) {
        const one = podsOf(world)[n];
        if (what === 'plan') {
          const before = new Map(podsOf(world).map((p) => [p.metadata.name, p]));
          const plan = statefulSetController.plan('default/db', world.view(), envOf(world));
          world.apply(plan);
          const made = podsOf(world).filter((p) => !before.has(p.metadata.name));
          if (podManagementPolicy === 'OrderedReady') {
            expect(made.length).toBeLessThanOrEqual(1);
            const ordinal = Number(made[0]?.metadata.name.slice(3) ?? 0);
            for (let lower = 0; lower < ordinal; lower++) {
              const below = before.get(`db-${lower}`);
              expect(below && isPodReady(below) && !below.metadata.deletionTimestamp).toBe(true);
            }
          }
          for (const now of podsOf(world)) {
            const then = before.get(now.metadata.name);
            expect(then === undefined || then.metadata.uid === now.metadata.uid).toBe(true);
          }
        } else if (what === 'scale') {
          replicas = n;
          change(world, { replicas });
        } else if (what === 'image') {
          image = `v${n}`;
          change(world, { template: template(image) });
        } else if (one && what === 'go') advance(world, one);
        else if (one && what === 'unready' && !one.metadata.deletionTimestamp)
          makeUnready(world, one);
        else if (one && what === 'lose') world.remove('core/pods', 'default', one.metadata.name);
      }
      converge(world);
      const wanted = Array.from({ length: replicas }, (_, i) => `db-${i}=${image}`);
      expect(images(world)).toBe(wanted.join(' '));
      expect(podsOf(world).every(isPodReady)).toBe(true);
    }),
    { numRuns: 100 },
  );
});
