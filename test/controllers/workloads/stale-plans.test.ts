/**
 * A plan that is carried out late, when what it was made from has changed: none of its writes may
 * take back what is newer. Kubernetes' controllers write with the resourceVersion they have read.
 */
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../machines/api/view.ts';
import type { Controller } from '../../../machines/controllers/controller.ts';
import { cronJobController } from '../../../machines/controllers/cron-job.ts';
import { daemonSetController } from '../../../machines/controllers/daemon-set.ts';
import { deploymentController } from '../../../machines/controllers/deployment.ts';
import { jobController } from '../../../machines/controllers/job.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../machines/controllers/replica-set.ts';
import { statefulSetController } from '../../../machines/controllers/stateful-set.ts';
import { envOf, resourceOf, settle, World } from '../view.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'v1' }] } };
const selector = { matchLabels: labels };
const jobTemplate = { spec: { template } };

const CASES: readonly (readonly [string, string, Controller, object])[] = [
  ['Deployment', 'apps/v1', deploymentController, { replicas: 2, selector, template }],
  ['ReplicaSet', 'apps/v1', replicaSetController, { replicas: 2, selector, template }],
  ['StatefulSet', 'apps/v1', statefulSetController, { replicas: 2, selector, template }],
  ['DaemonSet', 'apps/v1', daemonSetController, { selector, template }],
  [
    'ReplicationController',
    'v1',
    replicationControllerController,
    { replicas: 2, selector: labels, template },
  ],
  ['Job', 'batch/v1', jobController, { parallelism: 1, completions: 1, selector, template }],
  ['CronJob', 'batch/v1', cronJobController, { schedule: '* * * * *', jobTemplate }],
];

function worldOf(kind: string, apiVersion: string, spec: object): World {
  const metadata = { name: 'web', namespace: 'default', uid: 'u', generation: 1 };
  return new World([{ apiVersion, kind, metadata, spec } as AnyObject]);
}

describe('a plan made on an old view', () => {
  it.each(CASES)('of a %s leaves a newer status as it is', (kind, apiVersion, controller, spec) => {
    const world = worldOf(kind, apiVersion, spec);
    const resource = resourceOf({ apiVersion, kind } as AnyObject);
    const newer = { observedGeneration: 7 };
    let statuses = 0;
    for (let round = 0; round < 5; round++) {
      const env = envOf({ nowMs: world.nowMs + round * 60_000 });
      const plan = controller.plan('default/web', world.view(), env);
      const late = { stages: plan.stages.map((stage) => stage.filter(isStatus)) };
      statuses += late.stages.flat().length;
      const before = world.get(resource as never, 'default', 'web');
      world.edit(resource as never, 'default', 'web', (object) => ({ ...object, status: newer }));
      world.apply(late);
      expect(world.get(resource as never, 'default', 'web').status).toEqual(newer);
      world.edit(resource as never, 'default', 'web', () => before);
      settle(world, controller, 'default/web');
      world.edit(resource as never, 'default', 'web', ({ status: _, ...object }) => object);
    }
    expect(statuses).toBeGreaterThan(0);
  });

  it('of a Deployment does not scale what was scaled since', () => {
    const spec = { replicas: 2, selector, template };
    const world = worldOf('Deployment', 'apps/v1', spec);
    settle(world, deploymentController, 'default/web');
    world.edit('apps/deployments', 'default', 'web', (object) => ({
      ...object,
      spec: { ...spec, replicas: 5 },
    }));
    const plan = deploymentController.plan('default/web', world.view(), envOf(world));
    const [set] = world.all('apps/replicasets');
    const name = set!.metadata.name;
    world.edit('apps/replicasets', 'default', name, (object) => ({
      ...object,
      spec: { ...(set!.spec as object), replicas: 9 },
    }));
    expect(world.apply(plan).map(({ reason }) => reason)).toContain('Conflict');
    expect(world.get('apps/replicasets', 'default', name).spec).toMatchObject({ replicas: 9 });
    settle(world, deploymentController, 'default/web');
    expect(world.get('apps/replicasets', 'default', name).spec).toMatchObject({ replicas: 5 });
  });
});

function isStatus(change: Parameters<World['apply']>[0]['stages'][number][number]): boolean {
  return change.type === 'patch' && change.subresource === 'status';
}
