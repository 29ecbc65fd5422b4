/**
 * The workload controllers over the real request path: what they write passes defaults and
 * validation, means the same when it is read back, and leaves nothing to do once a workload is as
 * it was asked for.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createControllers } from '../../../actors/controllers/controllers.ts';
import { createEventRecorder } from '../../../actors/event-recorder.ts';
import { createLocalApiClient } from '../../../actors/local-api-client.ts';
import type { Change, ChangeResult } from '../../../machines/api/change.ts';
import type { Deployment, Job, Node, Pod, StatefulSet } from '../../../machines/api/types.ts';
import type { AnyObject, Stored, View } from '../../../machines/api/view.ts';
import type { Controller } from '../../../machines/controllers/controller.ts';
import { cronJobController } from '../../../machines/controllers/cron-job.ts';
import { daemonSetController } from '../../../machines/controllers/daemon-set.ts';
import { deploymentController } from '../../../machines/controllers/deployment.ts';
import { jobController } from '../../../machines/controllers/job.ts';
import { isPodReady } from '../../../machines/controllers/pods.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../machines/controllers/replica-set.ts';
import { serviceAccountController } from '../../../machines/controllers/service-account.ts';
import { statefulSetController } from '../../../machines/controllers/stateful-set.ts';
import { type ApiWorld, createApiWorld } from '../../api/world.ts';
import { SETTINGS } from '../view.ts';

const workloads: readonly Controller[] = [
  deploymentController,
  replicaSetController,
  replicationControllerController,
  statefulSetController,
  daemonSetController,
  jobController,
  cronJobController,
];

let world: ApiWorld;
let view: View;
let running: ReturnType<typeof createControllers>;
let changed: Change[];
let refused: string[];
let change: (asked: Change) => Promise<ChangeResult>;
/** What the stand-in kubelets do with a pod that may run. */
let live: (pod: Stored<Pod>) => object | undefined;

beforeEach(async () => {
  world = await createApiWorld();
  const { host, api } = world;
  const client = createLocalApiClient(api, 'system:kube-controller-manager', {
    clock: host.clock,
    userAgent: 'test',
    envelope: () => host.envelope('test'),
  });
  view = api.state.view;
  [changed, refused] = [[], []];
  live = () => ({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
  change = (asked) => client.change(asked, host.envelope('test'));
  running = createControllers({
    host,
    replica: api.state.replica,
    view,
    client: {
      async change(asked, envelope) {
        const result = await client.change(asked, envelope);
        changed.push(asked);
        if (!result.ok && result.reason !== 'Conflict') refused.push(result.message);
        return result;
      },
    },
    controllers: [serviceAccountController, ...workloads],
    settings: SETTINGS,
    recorderFor: (component) =>
      createEventRecorder(client, host.clock, { component, instance: component }),
    onBug: (message, error) => {
      throw new Error(message, { cause: error });
    },
  });
  running.lead();
  await world.until('accounts', () => view.list('core/serviceaccounts', 'default').length === 1);
});

afterEach(() => world.close());

/** One round of what scheduler and kubelets would do; true where something changed. */
async function tendPods(): Promise<boolean> {
  let moved = false;
  for (const pod of view.list('core/pods')) {
    const { namespace = '', name, deletionTimestamp, uid } = pod.metadata;
    const key = { resource: 'core/pods', namespace, name };
    if (deletionTimestamp !== undefined) {
      if ((pod.metadata.finalizers ?? []).length > 0) continue;
      await change({ type: 'delete', key, uid, graceSeconds: 0 });
      moved = true;
      continue;
    }
    const status = isPodReady(pod) || pod.status?.phase !== 'Pending' ? undefined : live(pod);
    if (status === undefined) continue;
    const patch = { status } as AnyObject;
    await change({ type: 'patch', key, patch, strategy: 'merge', subresource: 'status' });
    moved = true;
  }
  return moved;
}

/** Lets everything act until a condition holds and nothing is under way. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const moved = await tendPods();
    if (!moved && holds() && running.count() === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`never happened: ${what}; refused: ${refused.join('; ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** No plan of any workload has anything left to do. */
function expectRest(): void {
  const env = { nowMs: Date.now(), failures: 0, lastErrors: [], settings: SETTINGS };
  for (const controller of workloads) {
    for (const [resource, enqueue] of Object.entries(controller.watches)) {
      for (const object of view.listAny(resource)) {
        for (const key of enqueue(object, undefined, view, false, resource)) {
          const { stages } = controller.plan(key, view, env);
          expect(stages, `${controller.name} ${key}`).toEqual([]);
        }
      }
    }
  }
  expect(refused).toEqual([]);
}

async function create(path: string, body: AnyObject): Promise<void> {
  await world.make({ verb: 'create', path, namespace: 'default', body });
}

const labels = { app: 'web' };
const template = (image: string, spec: object = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'c', image, resources: { requests: { cpu: '1000m' } } }], ...spec },
});
const workload = (kind: string, spec: object): AnyObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: labels }, template: template('v1'), ...spec },
});
const setImage = (resource: string, image: string) =>
  change({
    type: 'patch',
    key: { resource, namespace: 'default', name: 'web' },
    patch: { spec: { template: template(image) } } as AnyObject,
    strategy: 'strategic',
  });
const images = () =>
  view
    .list('core/pods')
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => pod.spec?.containers[0]?.image)
    .sort()
    .join(' ');

describe('over the real API', () => {
  it('a Deployment is rolled out, rolled on, scaled, and then rests', async () => {
    await create('apps/v1/deployments', workload('Deployment', { replicas: 3 }));
    const deployment = () => view.get('apps/deployments', 'default', 'web') as Stored<Deployment>;
    const isDone = () =>
      deployment().status?.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable') ===
      true;
    await until('available', isDone);
    expectRest();
    await setImage('apps/deployments', 'v2');
    await until('rolled', () => isDone() && images() === 'v2 v2 v2');
    expectRest();
    expect(deployment().metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '2' });
    expect(deployment().metadata.generation).toBe(2);
    expect(view.list('apps/replicasets')).toHaveLength(2);
    const key = { resource: 'apps/deployments', namespace: 'default', name: 'web' };
    await change({ type: 'patch', key, patch: { spec: { replicas: 1 } }, strategy: 'merge' });
    await until('scaled', () => images() === 'v2' && deployment().status?.replicas === 1);
    expectRest();
  });

  it('a StatefulSet with claims is rolled out and rolled on', async () => {
    const volumeClaimTemplates = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    const spec = { replicas: 3, serviceName: 'web', volumeClaimTemplates };
    await create('apps/v1/statefulsets', workload('StatefulSet', spec));
    const set = () => view.get('apps/statefulsets', 'default', 'web') as Stored<StatefulSet>;
    await until('ready', () => set().status?.readyReplicas === 3);
    expectRest();
    expect(view.list('core/persistentvolumeclaims').map(({ metadata }) => metadata.name)).toEqual([
      'data-web-0',
      'data-web-1',
      'data-web-2',
    ]);
    await setImage('apps/statefulsets', 'v2');
    await until('rolled', () => set().status?.updatedReplicas === 3 && images() === 'v2 v2 v2');
    expectRest();
    expect(set().status?.currentRevision).toBe(set().status?.updateRevision);
    expect(view.list('apps/controllerrevisions')).toHaveLength(2);
  });

  it('a DaemonSet is on each node, and rolled on', async () => {
    for (const name of ['a', 'b']) {
      const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
      await world.make({ verb: 'create', path: 'v1/nodes', body: node });
      const key = { resource: 'core/nodes', namespace: '', name };
      await change({ type: 'patch', key, patch: { spec: { taints: [] } }, strategy: 'merge' });
    }
    await create('apps/v1/daemonsets', workload('DaemonSet', {}));
    const status = () => view.get('apps/daemonsets', 'default', 'web')?.status;
    await until('ready', () => status()?.numberAvailable === 2);
    expectRest();
    const generations = () =>
      view.list('core/pods').map(({ metadata }) => metadata.labels?.['pod-template-generation']);
    expect(generations()).toEqual(['1', '1']);
    await setImage('apps/daemonsets', 'v2');
    await until('rolled', () => status()?.numberAvailable === 2 && images() === 'v2 v2');
    expectRest();
    expect(generations()).toEqual(['2', '2']);
  });

  it('a Job completes and its pods are let go', async () => {
    live = () => ({ phase: 'Succeeded' });
    const spec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] };
    await create('batch/v1/jobs', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'web' },
      spec: { completions: 6, parallelism: 2, completionMode: 'Indexed', template: { spec } },
    });
    const job = () => view.get('batch/jobs', 'default', 'web') as Stored<Job>;
    await until('complete', () => job().status?.completionTime !== undefined);
    expectRest();
    const own = { 'batch.kubernetes.io/controller-uid': job().metadata.uid };
    expect(job().spec?.selector).toEqual({ matchLabels: own });
    expect(job().status).toMatchObject({ succeeded: 6, completedIndexes: '0-5' });
    expect(view.list('core/pods').flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
  });

  it('a ReplicationController and a CronJob rest too', async () => {
    const spec = { replicas: 2, selector: labels, template: template('v1') };
    const metadata = { name: 'web' };
    const controller = { apiVersion: 'v1', kind: 'ReplicationController', metadata, spec };
    await create('v1/replicationcontrollers', controller);
    const jobTemplate = { spec: { template: template('v1', { restartPolicy: 'Never' }) } };
    await create('batch/v1/cronjobs', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate },
    });
    const replicas = () => view.get('core/replicationcontrollers', 'default', 'web')?.status;
    await until('ready', () => replicas()?.availableReplicas === 2);
    expectRest();
  });

  it('a bad pod template shows in events and in conditions', async () => {
    await create(
      'apps/v1/replicasets',
      workload('ReplicaSet', {
        replicas: 1,
        template: template('v1', { serviceAccountName: 'missing' }),
      }),
    );
    const set = () => view.get('apps/replicasets', 'default', 'web');
    await world.until('failure', () => set()?.status?.conditions?.[0]?.type === 'ReplicaFailure');
    expect(set()?.status?.conditions?.[0]).toMatchObject({
      reason: 'FailedCreate',
      status: 'True',
    });
    await world.until('event', () =>
      view.list('core/events').some(({ reason }) => reason === 'FailedCreate'),
    );
  });
});
