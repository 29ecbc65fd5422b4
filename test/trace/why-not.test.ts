/** What objects wait for, by the objects and steps that a test gives. */
import { expect, test } from 'vitest';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { StepTraced } from '../../machines/trace/record.ts';
import { explain } from '../../machines/trace/why-not.ts';
import { explanationText } from '../../machines/trace/why-not-text.ts';
import { resourceOf, viewOf } from '../controllers/view.ts';
import { START_MS, step } from './timed-records.ts';

const NOW_MS = START_MS + 60_000;
const time = (secondsAgo: number): string =>
  `${new Date(NOW_MS - secondsAgo * 1_000).toISOString().slice(0, 19)}Z`;

/** What is printed of the first object. */
function told(
  objects: readonly AnyObject[],
  condition?: string,
  steps: readonly StepTraced[] = [],
): string {
  const view = viewOf(objects);
  const [first] = objects;
  if (first === undefined) return '';
  const storage = resourceOf(first);
  const { namespace = '', name = '' } = first.metadata ?? {};
  const object = view.getAny(storage, namespace, name) as Stored<AnyObject>;
  const s = {
    objects: view,
    nowMs: NOW_MS,
    steps: (actor: string) => steps.filter((one) => one.actor === actor),
  };
  const explanation = explain(storage, object, condition, s);
  if (!explanation.ok) return `no such condition; it has ${explanation.conditions.join(' ')}`;
  return explanationText(name, explanation, s).trimEnd();
}

const owner = (kind: string, name: string, apiVersion = 'apps/v1') => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true }],
});

const node = (
  name: string,
  ready = 'True',
  reason = 'KubeletReady',
  message = 'kubelet is ready',
): AnyObject => ({
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name } },
  status: {
    conditions: [{ type: 'Ready', status: ready, reason, message, lastTransitionTime: time(20) }],
  },
});

const condition = (type: string, status: string, reason = '', message = '') => ({
  ...{ type, status, lastTransitionTime: time(12) },
  ...(reason === '' ? {} : { reason }),
  ...(message === '' ? {} : { message }),
});

/** A pod on node-1 whose one container has this status. */
function running(
  name: string,
  status: object,
  more: { spec?: object; metadata?: object; status?: object } = {},
): AnyObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { namespace: 'default', name, uid: `uid-${name}`, ...more.metadata },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'echo' }], ...more.spec },
    status: {
      ...{ phase: 'Running', startTime: time(30), conditions: [condition('Ready', 'False')] },
      containerStatuses: [
        { name: 'web', ready: false, restartCount: 0, image: '', imageID: '', ...status },
      ],
      ...more.status,
    },
  };
}

const waiting = (reason: string, message: string) => ({ state: { waiting: { reason, message } } });
const NODE = node('node-1');

const unschedulable = (name: string, more: object = {}): AnyObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { namespace: 'default', name, ...more },
  spec: { containers: [] },
  status: {
    phase: 'Pending',
    conditions: [
      condition(
        'PodScheduled',
        'False',
        'Unschedulable',
        '0/1 nodes are available: 1 Insufficient cpu.',
      ),
    ],
  },
});

const POD_CASES: readonly (readonly [
  string,
  readonly AnyObject[],
  string,
  (readonly StepTraced[])?,
])[] = [
  [
    'a pod that cannot be scheduled',
    [unschedulable('web')],
    `web waits for:
- Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.
    on the user, or whatever makes room: the scheduler (pendingPod/default/web is unschedulable for 50 s) tries again when the cluster changes, at the latest in 4 min 10 s`,
    [step('pendingPod/default/web', 'unschedulable', { atMs: NOW_MS - 50_000 })],
  ],
  [
    'a pod with gates',
    [
      {
        ...unschedulable('web'),
        spec: { containers: [], schedulingGates: [{ name: 'a.com/x' }] },
        status: {
          conditions: [
            condition('PodScheduled', 'False', 'SchedulingGated', 'Scheduling is blocked'),
          ],
        },
      },
    ],
    `web waits for:
- SchedulingGated: Scheduling is blocked
    on whoever is to remove its scheduling gates: a.com/x`,
  ],
  [
    'a pod of another scheduler',
    [{ ...unschedulable('web'), spec: { containers: [], schedulerName: 'mine' }, status: {} }],
    `web waits for:
- the scheduler has not tried it yet
    on the scheduler named mine, which is none of this cluster's own`,
  ],
  [
    'a scheduler whose Lease has run out',
    [
      { ...unschedulable('web'), status: {} },
      {
        ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
        metadata: { namespace: 'kube-system', name: 'kube-scheduler' },
        spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: time(40) },
      },
    ],
    `web waits for:
- the scheduler has not tried it yet
    on the scheduler; nobody holds the Lease kube-scheduler, last renewed 40 s ago`,
  ],
  [
    'a pod that its kubelet has not taken up',
    [running('web', {}, { status: { startTime: undefined } }), NODE],
    `web waits for:
- node-1 has not taken it up yet
    on the kubelet of node-1 (pod/default/web is preparing for 3 s)`,
    [step('pod/default/web', 'preparing', { atMs: NOW_MS - 3_000 })],
  ],
  [
    'an image that cannot be pulled, and when it is tried again',
    [running('web', waiting('ImagePullBackOff', 'Back-off pulling image "x"')), NODE],
    `web waits for:
- container web: ImagePullBackOff: Back-off pulling image "x"
    on the user, to mend that, and the kubelet of node-1 (pod/default/web is running for 30 s), which tries again in 15 s`,
    [
      step('pod/default/web', 'running', { atMs: NOW_MS - 30_000, event: 'image.failed' }),
      step('pod/default/web', 'running', { atMs: NOW_MS - 5_000, event: 'image.failed' }),
    ],
  ],
  [
    'an actor whose record begins when it was long in its state',
    [running('web', waiting('ImagePullBackOff', 'Back-off pulling image "x"')), NODE],
    `web waits for:
- container web: ImagePullBackOff: Back-off pulling image "x"
    on the user, to mend that, and the kubelet of node-1 (pod/default/web is running for at least 4 s)`,
    [step('pod/default/web', 'running', { atMs: NOW_MS - 4_000, before: 'running' })],
  ],
  [
    'a container that crashes, and when it is started again',
    [
      running('web', {
        ...waiting('CrashLoopBackOff', 'back-off 1m20s restarting failed container=web pod=web'),
        lastState: { terminated: { exitCode: 3, reason: 'Error', finishedAt: time(20) } },
      }),
      NODE,
    ],
    `web waits for:
- container web: CrashLoopBackOff: back-off 1m20s restarting failed container=web pod=web; it ended with code 3 (Error)
    on the kubelet of node-1, which tries again in 1 min, and the container, not to end`,
  ],
  [
    'a readiness probe that fails',
    [
      running(
        'web',
        { state: { running: { startedAt: time(25) } }, started: true },
        {
          spec: {
            containers: [
              {
                name: 'web',
                readinessProbe: { periodSeconds: 2, httpGet: { port: 80, path: '/ok' } },
              },
            ],
          },
        },
      ),
      NODE,
    ],
    `web waits for:
- container web runs for 25 s, and its readiness probe has not succeeded: GET http://:80/ok; last failure 1 s ago, its output is in the pod's events
    on the container, to pass the probe; the kubelet of node-1 (pod/default/web is running for 1 s) probes every 2 s`,
    [
      step('pod/default/web', 'running', {
        atMs: NOW_MS - 1_000,
        event: 'probe.result',
        effects: ['event.record Unhealthy'],
      }),
    ],
  ],
  [
    'a startup probe, with its output where all is recorded',
    [
      running(
        'web',
        { state: { running: { startedAt: time(25) } }, started: false },
        {
          spec: {
            containers: [{ name: 'web', startupProbe: { exec: { command: ['cat', '/x'] } } }],
          },
        },
      ),
      NODE,
    ],
    `web waits for:
- container web runs for 25 s, and its startup probe has not succeeded: exec cat /x; last failure 1 s ago: no such file
    on the container, to pass the probe; the kubelet of node-1 (pod/default/web is running for 1 s) probes every 10 s`,
    [
      step('pod/default/web', 'running', {
        ...{ atMs: NOW_MS - 1_000, event: 'probe.result' },
        full: { event: { outcome: 'failure', output: 'no such file' }, effects: [], context: {} },
      }),
    ],
  ],
  [
    'volumes that lack something',
    [
      running('web', waiting('ContainerCreating', ''), {
        spec: {
          volumes: [
            { name: 'a', configMap: { name: 'cfg' } },
            { name: 'b', secret: { secretName: 'any', optional: true } },
            { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
          ],
        },
      }),
      NODE,
    ],
    `web waits for:
- volume a names ConfigMap cfg, which does not exist
    on the user, to make it
- claim data does not exist
    on the user, to make it`,
  ],
  [
    'an init container that runs',
    [
      running(
        'web',
        {},
        {
          spec: { initContainers: [{ name: 'init' }] },
          status: {
            initContainerStatuses: [{ name: 'init', state: { running: { startedAt: time(9) } } }],
          },
        },
      ),
      NODE,
    ],
    `web waits for:
- init container init runs for 9 s
    on that container: it is to end with code 0`,
  ],
  [
    'a readiness gate',
    [
      running(
        'web',
        { ready: true },
        { spec: { readinessGates: [{ conditionType: 'a.com/lb' }] } },
      ),
      NODE,
    ],
    `web waits for:
- readiness gate a.com/lb is not set
    on whoever is to set the condition a.com/lb`,
  ],
  [
    'a pod on a node that is not heard',
    [
      running('web', { ready: true }),
      node('node-1', 'Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'),
    ],
    `web waits for:
- its node node-1 is not Ready
  - NodeStatusUnknown: Kubelet stopped posting node status. (Ready is Unknown for 20 s); nodeHealth/node-1 is silent for 25 s
      on the kubelet of node-1, to be heard again`,
    [step('nodeHealth/node-1', 'silent', { atMs: NOW_MS - 25_000 })],
  ],
  [
    'a pod that is being deleted',
    [
      running(
        'web',
        {},
        { metadata: { deletionTimestamp: time(-18), deletionGracePeriodSeconds: 30 } },
      ),
      NODE,
    ],
    `web waits for:
- Terminating for 12 s, its grace ends in 18 s
    on the kubelet of node-1 (pod/default/web is stopping for 12 s)`,
    [step('pod/default/web', 'stopping', { atMs: NOW_MS - 12_000 })],
  ],
  [
    'a pod whose deletion a finalizer holds',
    [
      running(
        'web',
        {},
        {
          metadata: {
            deletionTimestamp: time(5),
            deletionGracePeriodSeconds: 0,
            finalizers: ['a.com/x'],
          },
          status: { phase: 'Failed' },
        },
      ),
    ],
    `web waits for:
- Terminating for 5 s, its grace ended 5 s ago, held by finalizers: a.com/x
    on whoever is to remove a.com/x`,
  ],
  [
    'a pod that has ended',
    [
      running(
        'web',
        {},
        { status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } },
      ),
    ],
    `web waits for:
- it has ended: Failed: Evicted: low on memory
    on nobody: a pod that has ended does not become ready again`,
  ],
];

test.each(POD_CASES.map((row) => [...row] as const))('%s', (_, objects, text, steps) => {
  expect(told(objects, undefined, steps)).toBe(text);
});

const SET = {
  ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  metadata: {
    namespace: 'default',
    name: 'web-1',
    uid: 'uid-web-1',
    ...owner('Deployment', 'web'),
  },
  spec: { replicas: 4 },
  status: { replicas: 4, availableReplicas: 1, observedGeneration: 1 },
};
const DEPLOYMENT = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
  metadata: { namespace: 'default', name: 'web', uid: 'uid-web' },
  spec: { replicas: 4 },
  status: {
    observedGeneration: 1,
    conditions: [
      condition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
      ),
    ],
  },
};
const READY = { state: { running: { startedAt: time(9) } }, ready: true };
const isReady = { status: { conditions: [condition('Ready', 'True')] } };

test('pods with the same trouble are told as one, down to whoever must act', () => {
  const own = owner('ReplicaSet', 'web-1');
  const pods = [
    unschedulable('web-1-a', own),
    unschedulable('web-1-b', own),
    running('web-1-c', waiting('ImagePullBackOff', 'no'), { metadata: own }),
    running('web-1-d', READY, { metadata: own, ...isReady }),
  ];
  expect(told([DEPLOYMENT, SET, NODE, ...pods], 'available')).toBe(`\
web: Available is False for 12 s (MinimumReplicasUnavailable: Deployment does not have minimum availability.)
it waits for:
- replicaset web-1 has 1 of 4 pods available
  - 2 pods (web-1-a, web-1-b): Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.
      on the scheduler
  - pod web-1-c: container web: ImagePullBackOff: no
      on the user, to mend that, and the kubelet of node-1`);
});

test('pods that cannot be made, with the controller that backs off', () => {
  const set = {
    ...SET,
    status: {
      ...SET.status,
      conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota: q')],
    },
  };
  const actor = 'reconciler/replicaset-controller/default/web-1';
  const steps = [
    step(actor, 'backingOff', { before: 'changing', atMs: NOW_MS - 10 }),
    step(actor, 'gathering', { before: 'backingOff', atMs: NOW_MS - 5 }),
    step(actor, 'backingOff', { before: 'changing', atMs: NOW_MS }),
  ];
  expect(told([set], undefined, steps)).toBe(`\
web-1 waits for:
- 4 pods cannot be made: FailedCreate: exceeded quota: q
    on the user, to mend that; the replicaset-controller (reconciler/replicaset-controller/default/web-1 is backingOff for 0 s after 2 failures, and tries again in 0 s) goes on trying`);
});

const job = (spec: object, status: object): AnyObject => ({
  ...{
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace: 'default', name: 'work', uid: 'uid-work' },
  },
  spec: { template: {}, completions: 2, ...spec },
  status: { startTime: time(30), ...status },
});

const statefulSet: AnyObject = {
  ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
  metadata: { namespace: 'default', name: 'db', uid: 'uid-db' },
  spec: { replicas: 3, serviceName: 'db', template: {} },
  status: { observedGeneration: 1 },
};

const service = (spec: object): AnyObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'default', name: 'web' } },
  spec,
});

const CASES: readonly (readonly [string, readonly AnyObject[], string | undefined, string])[] = [
  [
    'a condition that is True',
    [
      {
        ...DEPLOYMENT,
        status: { conditions: [condition('Available', 'True', 'MinimumReplicasAvailable')] },
      },
    ],
    'Available',
    'web: Available is True for 12 s (MinimumReplicasAvailable)',
  ],
  [
    'a trouble that is not there',
    [DEPLOYMENT],
    'ReplicaFailure',
    'web: it has no condition ReplicaFailure now',
  ],
  [
    'a condition that it does not know',
    [DEPLOYMENT],
    'Ready',
    'no such condition; it has Available Progressing ReplicaFailure',
  ],
  [
    'a Deployment that its controller has not seen, paused',
    [
      {
        ...DEPLOYMENT,
        metadata: { ...DEPLOYMENT.metadata, generation: 2 },
        spec: { replicas: 0, paused: true },
      },
      { ...SET, spec: { replicas: 0 }, status: { observedGeneration: 1 } },
    ],
    undefined,
    `web waits for:
- its controller has seen generation 1, and it has generation 2
    on the deployment-controller
- its rollout is paused
    on the user: kubectl rollout resume`,
  ],
  [
    'pods that must be ready for a while',
    [
      { ...SET, spec: { replicas: 1, minReadySeconds: 30 }, status: { observedGeneration: 1 } },
      NODE,
      running('a', READY, { metadata: owner('ReplicaSet', 'web-1'), ...isReady }),
    ],
    undefined,
    `web-1 waits for:
- pod a: it is Ready, and available in 18 s (minReadySeconds 30)
    on nobody: time must pass`,
  ],
  [
    'a StatefulSet, in order',
    [
      statefulSet,
      NODE,
      running('db-0', waiting('ContainerCreating', ''), { metadata: owner('StatefulSet', 'db') }),
    ],
    undefined,
    `db waits for:
- pod db-0: container web: ContainerCreating
    on the kubelet of node-1
- 2 pods after it not made yet: it is OrderedReady
    on pod db-0, to be Ready`,
  ],
  [
    'a DaemonSet that no node is for',
    [
      {
        ...{
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { namespace: 'default', name: 'log', uid: 'uid-log' },
        },
        spec: { template: { spec: { nodeSelector: { disk: 'ssd' }, containers: [] } } },
        status: { observedGeneration: 1 },
      },
      NODE,
    ],
    undefined,
    `log waits for:
- it is for none of 1 node: its nodeSelector is {"disk":"ssd"}
    on the user, to label a node or to change its template`,
  ],
  [
    'a Job whose pods fail',
    [
      job({}, { failed: 1 }),
      running(
        'work-a',
        { state: { terminated: { exitCode: 1, reason: 'Error' } } },
        { metadata: owner('Job', 'work', 'batch/v1'), status: { phase: 'Failed' } },
      ),
    ],
    undefined,
    `work waits for:
- 0 of 2 pods have succeeded, 1 failed (backoffLimit 6), at work for 30 s
    on the job-controller, which makes the next pod after a back-off
  - 1 pod failed: container web ended with code 1 (Error)
      on the container, to end with code 0`,
  ],
  [
    'a Job that has failed',
    [
      job(
        {},
        {
          conditions: [
            condition(
              'Failed',
              'True',
              'BackoffLimitExceeded',
              'Job has reached the specified backoff limit',
            ),
          ],
        },
      ),
    ],
    'Complete',
    `work: it has no condition Complete now
it waits for:
- BackoffLimitExceeded: Job has reached the specified backoff limit
    on nobody: a Job that has failed is not tried again`,
  ],
  [
    'a Job that is suspended',
    [job({ suspend: true }, {})],
    undefined,
    'work waits for:\n- it is suspended\n    on whoever is to set .spec.suspend to false',
  ],
  [
    'a Service whose selector matches nothing',
    [service({ selector: { app: 'x' } })],
    undefined,
    `web waits for:
- its selector app=x matches none of the namespace's pods
    on the user, to make such pods or to change the selector`,
  ],
  [
    'a Service without a ready pod',
    [
      service({ selector: { app: 'x' } }),
      NODE,
      running('a', waiting('ContainerCreating', ''), { metadata: { labels: { app: 'x' } } }),
    ],
    undefined,
    `web waits for:
- of 1 pod with app=x, 0 are Ready
  - pod a: container web: ContainerCreating
      on the kubelet of node-1`,
  ],
  [
    'a claim',
    [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { namespace: 'default', name: 'data' },
        spec: { storageClassName: 'fast' },
        status: { phase: 'Pending' },
      },
    ],
    undefined,
    `data waits for:
- it is Pending, with StorageClass fast
    on whoever provisions and binds volumes: no controller of this cluster does`,
  ],
  [
    'a PodDisruptionBudget',
    [
      {
        ...{
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { namespace: 'default', name: 'pdb' },
        },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
        status: {
          disruptionsAllowed: 0,
          currentHealthy: 1,
          desiredHealthy: 1,
          conditions: [condition('DisruptionAllowed', 'False', 'InsufficientPods')],
        },
      },
    ],
    'DisruptionAllowed',
    `pdb: DisruptionAllowed is False for 12 s (InsufficientPods)
it waits for:
- InsufficientPods; 1 of its pods are healthy, and 1 must be
    on the user, to have more pods or to ask for fewer healthy ones`,
  ],
  [
    'a namespace that is being deleted',
    [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'old', deletionTimestamp: time(9) },
        spec: { finalizers: ['kubernetes'] },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          namespace: 'old',
          name: 'held',
          deletionTimestamp: time(8),
          finalizers: ['a.com/x'],
        },
      },
      { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'old', name: 's' } },
    ],
    undefined,
    `old waits for:
- 1 configmap left: held
  - held: it is being deleted for 8 s, and held by finalizers: a.com/x
      on whoever is to remove a.com/x
- 1 secret left: s
    on the namespace-controller, to delete them`,
  ],
  [
    'anything that finalizers hold',
    [
      {
        ...DEPLOYMENT,
        metadata: {
          ...DEPLOYMENT.metadata,
          deletionTimestamp: time(8),
          finalizers: ['foregroundDeletion'],
        },
      },
    ],
    undefined,
    `web waits for:
- it is being deleted for 8 s, and held by finalizers: foregroundDeletion
    on the garbage-collector, and what it deletes first`,
  ],
  ['a node that is ready', [NODE], undefined, 'node-1 waits for nothing'],
  [
    'a kind of which conditions alone are known',
    [
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1.x' },
        status: { conditions: [condition('Available', 'False', 'ServiceNotFound', 'no')] },
      },
    ],
    undefined,
    `v1.x waits for:
- Available is False: ServiceNotFound: no
    on whoever writes that condition`,
  ],
];

test.each(CASES)('%s', (_, objects, named, text) => {
  expect(told(objects, named)).toBe(text);
});
