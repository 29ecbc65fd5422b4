/**
 * A small cluster at rest, as a log: every kind of object that `unsettled` looks at, all as they should be.
 */
import { Log, object, ownedBy, ready } from './log.ts';

type Parts = { readonly [field: string]: unknown };
type Made = ReturnType<typeof object>;

const ONE = { metadata: { labels: { app: 'web' } } };

/** A running pod of a controller, with its address. */
export function podOf(kind: string, owner: string, name: string, ip: string, parts: Parts = {}) {
  const { meta = {}, ...rest } = parts as { meta?: Parts };
  return object('core/pods', name, {
    meta: {
      labels: { app: owner },
      generateName: name.replace(/[^-]*$/, ''),
      ...ownedBy(kind, owner, undefined, kind === 'Job' ? 'batch/v1' : 'apps/v1'),
      ...meta,
    },
    spec: { nodeName: 'n1' },
    status: { phase: 'Running', podIP: ip, ...ready() },
    ...rest,
  });
}

export const deployment = (status: Parts = {}, spec: Parts = {}, generation = 1): Made =>
  object('apps/deployments', 'web', {
    meta: { generation },
    spec: { replicas: 2, template: ONE, ...spec },
    status: {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      conditions: [{ type: 'Available', status: 'True' }],
      ...status,
    },
  });

export const replicaSet = (status: Parts = {}): Made =>
  object('apps/replicasets', 'web-1', {
    meta: { generation: 1, ...ownedBy('Deployment', 'web') },
    spec: { replicas: 2, template: ONE },
    status: {
      observedGeneration: 1,
      replicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      ...status,
    },
  });

const webPod = (name: string, ip: string, parts: Parts = {}) =>
  podOf('ReplicaSet', 'web-1', name, ip, {
    ...parts,
    meta: { labels: { app: 'web' }, ...(parts.meta as Parts) },
  });
export const podA = (parts: Parts = {}): Made => webPod('web-1-a', '10.0.0.1', parts);
export const podB = (parts: Parts = {}): Made => webPod('web-1-b', '10.0.0.2', parts);

export const endpoint = (name: string, ip: string, isReady = true) => ({
  addresses: [ip],
  conditions: { ready: isReady, serving: isReady },
  targetRef: { kind: 'Pod', name, uid: `u-${name}` },
});

export const slice = (...endpoints: readonly Parts[]): Made =>
  object('discovery.k8s.io/endpointslices', 'web-s', {
    meta: {
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'web',
      },
      ...ownedBy('Service', 'web', undefined, 'v1'),
    },
    endpoints,
  });

export const node = (parts: Parts = {}): Made =>
  object('core/nodes', 'n1', {
    spec: {},
    status: { allocatable: { cpu: '4', pods: '10' }, ...ready() },
    ...parts,
  });

export const statefulSet = (status: Parts = {}): Made =>
  object('apps/statefulsets', 'db', {
    meta: { generation: 2 },
    spec: { replicas: 1 },
    status: {
      observedGeneration: 2,
      replicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      updatedReplicas: 1,
      currentRevision: 'db-1',
      updateRevision: 'db-1',
      ...status,
    },
  });

export const daemonSet = (status: Parts = {}): Made =>
  object('apps/daemonsets', 'log', {
    meta: { generation: 1 },
    spec: { template: { spec: {} } },
    status: {
      observedGeneration: 1,
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      numberReady: 1,
      numberAvailable: 1,
      updatedNumberScheduled: 1,
      ...status,
    },
  });

export const job = (status: Parts = {}): Made =>
  object('batch/jobs', 'j', {
    spec: { completions: 1, parallelism: 1 },
    status: { succeeded: 1, ...done, ...status },
  });
const done = { conditions: [{ type: 'Complete', status: 'True' }] };

export const budget = (status: Parts = {}): Made =>
  object('policy/poddisruptionbudgets', 'web', {
    meta: { generation: 1 },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    status: {
      observedGeneration: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
      disruptionsAllowed: 1,
      ...status,
    },
  });

export const quota = (pods: string): Made =>
  object('core/resourcequotas', 'q', {
    spec: { hard: { pods: '10' } },
    status: { hard: { pods: '10' }, used: { pods } },
  });

export const endpoints = (...ips: readonly string[]): Made =>
  object('core/endpoints', 'web', { subsets: [{ addresses: ips.map((ip) => ({ ip })) }] });

export const lease = (holderIdentity: string): Made =>
  object('coordination.k8s.io/leases', 'kube-scheduler', {
    meta: { namespace: 'kube-system' },
    spec: { holderIdentity, leaseDurationSeconds: 15 },
  });

export const namespace = (phase = 'Active', meta: Parts = {}): Made =>
  object('core/namespaces', 'default', { meta, status: { phase } });

/** The whole of it. */
export function settledCluster(): Log {
  return new Log().put(
    namespace(),
    node(),
    deployment(),
    replicaSet(),
    podA(),
    podB(),
    object('core/services', 'web', {
      spec: { clusterIP: '10.1.0.1', selector: { app: 'web' }, ports: [{ port: 80 }] },
    }),
    slice(endpoint('web-1-a', '10.0.0.1'), endpoint('web-1-b', '10.0.0.2')),
    endpoints('10.0.0.1', '10.0.0.2'),
    statefulSet(),
    podOf('StatefulSet', 'db', 'db-0', '10.0.0.3'),
    daemonSet(),
    podOf('DaemonSet', 'log', 'log-x', '10.0.0.4'),
    job(),
    podOf('Job', 'j', 'j-a', '10.0.0.5', { status: { phase: 'Succeeded' } }),
    budget(),
    quota('4'),
    lease('scheduler-1'),
  );
}
