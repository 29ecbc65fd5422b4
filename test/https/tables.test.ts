/** Table cells as `kubectl get -o wide` prints them, each beside the object it comes from. */
import { describe, expect, test } from 'vitest';
import { resources } from '../../machines/api/schema.ts';
import { humanDuration } from '../../machines/api/table/duration.ts';
import { tableShape } from '../../machines/api/table/table.ts';
import type { AnyObject } from '../../machines/api/view.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

/** The timestamp this many seconds before now. */
function ago(seconds: number): string {
  return new Date(nowMs - seconds * 1000).toISOString().replace('.000', '');
}

const meta = { name: 'x', namespace: 'default', creationTimestamp: ago(90) };

function object(fields: object, more: object = {}): AnyObject {
  return { metadata: { ...meta, ...more }, ...fields } as AnyObject;
}

function cells(group: string, kind: string, fields: object, more: object = {}): string {
  return tableShape(group, kind).cells(object(fields, more), nowMs).join(' | ');
}

describe('pods', () => {
  const container = { name: 'a', image: 'i' };
  const running = { name: 'a', ready: true, restartCount: 0, state: { running: {} } };
  const waiting = (reason: string) => ({
    ...running,
    ready: false,
    state: { waiting: { reason } },
  });
  const done = (exitCode: number, reason?: string, signal?: number) => ({
    ...running,
    ready: false,
    state: { terminated: { exitCode, ...(reason && { reason }), ...(signal && { signal }) } },
  });
  const lastEnded = (seconds: number) => ({
    lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) } },
  });
  const pod = (status: object, spec: object = {}) => ({
    spec: { containers: [container], ...spec },
    status: { phase: 'Running', ...status },
  });
  const inits = (count: number) => ({
    initContainers: Array.from({ length: count }, (_, index) => ({
      name: `i${index}`,
      image: 'i',
    })),
  });
  const sidecar = { initContainers: [{ name: 'i0', image: 'i', restartPolicy: 'Always' }] };
  const deleted = { deletionTimestamp: ago(1) };
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  /** What, object, READY STATUS RESTARTS. */
  const table: readonly (readonly [string, object, string, object?])[] = [
    ['pending', pod({ phase: 'Pending' }), '0/1 | Pending | 0'],
    ['running', pod({ containerStatuses: [running] }), '1/1 | Running | 0'],
    ['not ready', pod({ containerStatuses: [{ ...running, ready: false }] }), '0/1 | Running | 0'],
    [
      'creating',
      pod({ containerStatuses: [waiting('ContainerCreating')] }),
      '0/1 | ContainerCreating | 0',
    ],
    [
      'crashing',
      pod({
        containerStatuses: [{ ...waiting('CrashLoopBackOff'), restartCount: 3, ...lastEnded(300) }],
      }),
      '0/1 | CrashLoopBackOff | 3 (5m ago)',
    ],
    [
      'restarted long ago',
      pod({ containerStatuses: [{ ...running, restartCount: 1, ...lastEnded(7200) }] }),
      '1/1 | Running | 1 (120m ago)',
    ],
    [
      'completed',
      pod({ phase: 'Succeeded', containerStatuses: [done(0, 'Completed')] }),
      '0/1 | Completed | 0',
    ],
    ['error', pod({ phase: 'Failed', containerStatuses: [done(1, 'Error')] }), '0/1 | Error | 0'],
    ['exit code', pod({ containerStatuses: [done(3)] }), '0/1 | ExitCode:3 | 0'],
    ['signal', pod({ containerStatuses: [done(137, undefined, 9)] }), '0/1 | Signal:9 | 0'],
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), '0/1 | Evicted | 0'],
    [
      'gated',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
      '0/1 | SchedulingGated | 0',
    ],
    ['terminating', pod({ containerStatuses: [running] }), '1/1 | Terminating | 0', deleted],
    [
      'deleted when done',
      pod({ phase: 'Succeeded', containerStatuses: [done(0, 'Completed')] }),
      '0/1 | Completed | 0',
      deleted,
    ],
    [
      'node lost',
      pod({ reason: 'NodeLost', containerStatuses: [running] }),
      '1/1 | Unknown | 0',
      deleted,
    ],
    [
      'first init runs',
      pod(
        { phase: 'Pending', initContainerStatuses: [{ ...running, name: 'i0', ready: false }] },
        inits(2),
      ),
      '0/1 | Init:0/2 | 0',
    ],
    [
      'second init runs',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [
            { ...done(0), name: 'i0' },
            { ...running, name: 'i1', ready: false },
          ],
        },
        inits(2),
      ),
      '0/1 | Init:1/2 | 0',
    ],
    [
      'init waits',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [{ ...waiting('PodInitializing'), name: 'i0' }],
        },
        inits(1),
      ),
      '0/1 | Init:0/1 | 0',
    ],
    [
      'init crashes',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [
            { ...waiting('CrashLoopBackOff'), name: 'i0', restartCount: 2, ...lastEnded(10) },
          ],
        },
        inits(1),
      ),
      '0/1 | Init:CrashLoopBackOff | 2 (10s ago)',
    ],
    [
      'init failed',
      pod(
        { phase: 'Pending', initContainerStatuses: [{ ...done(1, 'Error'), name: 'i0' }] },
        inits(1),
      ),
      '0/1 | Init:Error | 0',
    ],
    [
      'init exit code',
      pod({ phase: 'Pending', initContainerStatuses: [{ ...done(2), name: 'i0' }] }, inits(1)),
      '0/1 | Init:ExitCode:2 | 0',
    ],
    [
      'restarts of inits do not count when initialized',
      pod(
        {
          initContainerStatuses: [{ ...done(0), name: 'i0', restartCount: 4 }],
          containerStatuses: [running],
        },
        inits(1),
      ),
      '1/1 | Running | 0',
    ],
    [
      'sidecar',
      pod(
        {
          initContainerStatuses: [
            { ...running, name: 'i0', started: true, restartCount: 1, ...lastEnded(60) },
          ],
          containerStatuses: [running],
        },
        sidecar,
      ),
      '2/2 | Running | 1 (60s ago)',
    ],
    [
      'sidecar starts',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [{ ...running, name: 'i0', started: false, ready: false }],
        },
        sidecar,
      ),
      '0/2 | Init:0/1 | 0',
    ],
    [
      'one of two done',
      pod(
        { ...ready, containerStatuses: [done(0, 'Completed'), { ...running, name: 'b' }] },
        { containers: [container, { ...container, name: 'b' }] },
      ),
      '1/2 | Running | 0',
    ],
    [
      'one done, not ready',
      pod(
        { containerStatuses: [done(0, 'Completed'), { ...running, name: 'b' }] },
        { containers: [container, { ...container, name: 'b' }] },
      ),
      '1/2 | NotReady | 0',
    ],
  ];
  for (const [what, fields, expected, more] of table) {
    test(what, () => {
      const shown = cells('', 'Pod', fields, more);
      expect(shown).toBe(`x | ${expected} | 90s | <none> | <none> | <none> | <none>`);
    });
  }

  test('wide cells', () => {
    const fields = pod(
      {
        podIP: '10.0.0.1',
        podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
        nominatedNodeName: 'n2',
        conditions: [{ type: 'gate', status: 'True' }],
      },
      { nodeName: 'n1', readinessGates: [{ conditionType: 'gate' }, { conditionType: 'other' }] },
    );
    expect(cells('', 'Pod', fields)).toBe('x | 0/1 | Running | 0 | 90s | 10.0.0.1 | n1 | n2 | 1/2');
  });

  test('rows of finished pods say so', () => {
    const conditions = (phase: string) =>
      tableShape('', 'Pod')
        .conditions?.(object({ status: { phase } }))
        ?.map((one) => one.reason);
    expect(conditions('Succeeded')).toEqual(['Succeeded']);
    expect(conditions('Failed')).toEqual(['Failed']);
    expect(conditions('Running')).toBeUndefined();
  });
});

describe('other kinds', () => {
  const template = {
    spec: {
      containers: [
        { name: 'a', image: 'i:1' },
        { name: 'b', image: 'j' },
      ],
    },
  };
  const selector = {
    matchLabels: { z: '1', app: 'web' },
    matchExpressions: [{ key: 'm', operator: 'In', values: ['b', 'a'] }],
  };
  const metric = (name: string, value: number) => ({
    type: 'Resource',
    resource: { name, target: { type: 'Utilization', averageUtilization: value } },
  });
  const table: readonly (readonly [string, string, object, string, object?])[] = [
    [
      'apps',
      'Deployment',
      {
        spec: { replicas: 3, selector, template },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
      },
      'x | 2/3 | 3 | 1 | 90s | a,b | i:1,j | app=web,m in (a,b),z=1',
    ],
    [
      'apps',
      'ReplicaSet',
      { spec: { replicas: 3, selector, template }, status: { replicas: 2 } },
      'x | 3 | 2 | 0 | 90s | a,b | i:1,j | app=web,m in (a,b),z=1',
    ],
    [
      '',
      'ReplicationController',
      { spec: { replicas: 1, selector: { b: '2', a: '1' } } },
      'x | 1 | 0 | 0 | 90s |  |  | a=1,b=2',
    ],
    [
      'apps',
      'StatefulSet',
      { spec: { replicas: 3, template }, status: { readyReplicas: 3 } },
      'x | 3/3 | 90s | a,b | i:1,j',
    ],
    [
      'apps',
      'DaemonSet',
      {
        spec: {
          selector: {},
          template: { spec: { ...template.spec, nodeSelector: { d: 'ssd' } } },
        },
        status: { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 },
      },
      'x | 3 | 2 | 1 | 0 | 0 | d=ssd | 90s | a,b | i:1,j | <none>',
    ],
    [
      'apps',
      'ControllerRevision',
      { revision: 4 },
      'x | statefulset.apps/web | 4 | 90s',
      {
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true },
        ],
      },
    ],
    [
      'batch',
      'Job',
      { spec: { completions: 3 }, status: { succeeded: 1, startTime: ago(80) } },
      'x | Running | 1/3 | 80s | 90s |  |  | <none>',
    ],
    [
      'batch',
      'Job',
      {
        spec: { completions: 1 },
        status: {
          succeeded: 1,
          startTime: ago(80),
          completionTime: ago(70),
          conditions: [{ type: 'Complete', status: 'True' }],
        },
      },
      'x | Complete | 1/1 | 10s | 90s |  |  | <none>',
    ],
    [
      'batch',
      'Job',
      { spec: { parallelism: 2 }, status: { conditions: [{ type: 'Failed', status: 'True' }] } },
      'x | Failed | 0/1 of 2 |  | 90s |  |  | <none>',
    ],
    [
      'batch',
      'Job',
      { spec: { completions: 1 }, status: { conditions: [{ type: 'Suspended', status: 'True' }] } },
      'x | Suspended | 0/1 |  | 90s |  |  | <none>',
    ],
    [
      'batch',
      'CronJob',
      {
        spec: { schedule: '*/5 * * * *', suspend: false, jobTemplate: { spec: { template } } },
        status: { active: [{}], lastScheduleTime: ago(30) },
      },
      'x | */5 * * * * | <none> | False | 1 | 30s | 90s | a,b | i:1,j | <none>',
    ],
    [
      'autoscaling',
      'HorizontalPodAutoscaler',
      {
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'web' },
          minReplicas: 2,
          maxReplicas: 5,
          metrics: [metric('cpu', 80), metric('memory', 50), metric('gpu', 1)],
        },
        status: {
          currentReplicas: 2,
          currentMetrics: [
            { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 41 } } },
          ],
        },
      },
      'x | Deployment/web | cpu: 41%/80%, memory: <unknown>/50% + 1 more... | 2 | 5 | 2 | 90s',
    ],
    [
      'autoscaling',
      'HorizontalPodAutoscaler',
      {
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'web' },
          maxReplicas: 5,
          targetCPUUtilizationPercentage: 80,
        },
      },
      'x | Deployment/web | cpu: <unknown>/80% | <unset> | 5 | 0 | 90s',
    ],
    [
      'policy',
      'PodDisruptionBudget',
      { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
      'x | 50% | N/A | 1 | 90s',
    ],
    [
      '',
      'Service',
      {
        spec: {
          type: 'ClusterIP',
          clusterIP: '127.96.0.1',
          clusterIPs: ['127.96.0.1'],
          ports: [
            { port: 80, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
          selector: { app: 'web' },
        },
      },
      'x | ClusterIP | 127.96.0.1 | <none> | 80/TCP,53/UDP | 90s | app=web',
    ],
    [
      '',
      'Service',
      {
        spec: {
          type: 'NodePort',
          clusterIPs: ['127.96.0.2'],
          ports: [{ port: 80, nodePort: 30001, protocol: 'TCP' }],
        },
      },
      'x | NodePort | 127.96.0.2 | <none> | 80:30001/TCP | 90s | <none>',
    ],
    [
      '',
      'Service',
      { spec: { type: 'LoadBalancer', clusterIPs: ['127.96.0.3'] } },
      'x | LoadBalancer | 127.96.0.3 | <pending> | <none> | 90s | <none>',
    ],
    [
      '',
      'Service',
      {
        spec: { type: 'LoadBalancer', clusterIPs: ['127.96.0.3'], externalIPs: ['9.9.9.9'] },
        status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: 'a.example' }] } },
      },
      'x | LoadBalancer | 127.96.0.3 | 2.2.2.2,a.example,9.9.9.9 | <none> | 90s | <none>',
    ],
    [
      '',
      'Service',
      { spec: { type: 'ExternalName', externalName: 'a.example' } },
      'x | ExternalName | <none> | a.example | <none> | 90s | <none>',
    ],
    [
      '',
      'Service',
      { spec: { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] } },
      'x | ClusterIP | None | <none> | <none> | 90s | <none>',
    ],
    ['', 'Endpoints', {}, 'x | <none> | 90s'],
    [
      '',
      'Endpoints',
      {
        subsets: [
          {
            addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
            ports: [{ port: 80 }, { port: 81 }],
          },
        ],
      },
      'x | 10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more... | 90s',
    ],
    [
      'discovery.k8s.io',
      'EndpointSlice',
      { addressType: 'IPv4', ports: [{ port: 80 }], endpoints: [{ addresses: ['10.0.0.1'] }] },
      'x | IPv4 | 80 | 10.0.0.1 | 90s',
    ],
    [
      'discovery.k8s.io',
      'EndpointSlice',
      { addressType: 'IPv4', endpoints: [] },
      'x | IPv4 | <unset> | <unset> | 90s',
    ],
    [
      'networking.k8s.io',
      'Ingress',
      {
        spec: {
          ingressClassName: 'c',
          rules: [{ host: 'a' }, { host: 'b' }, {}, { host: 'c' }, { host: 'd' }],
          tls: [{}],
        },
      },
      'x | c | a,b,c + 2 more... |  | 80, 443 | 90s',
    ],
    ['networking.k8s.io', 'Ingress', { spec: {} }, 'x | <none> | * |  | 80 | 90s'],
    [
      'networking.k8s.io',
      'IngressClass',
      { spec: { controller: 'e/c', parameters: { apiGroup: 'k.example', kind: 'P', name: 'p' } } },
      'x | e/c | P.k.example/p | 90s',
    ],
    ['networking.k8s.io', 'NetworkPolicy', { spec: { podSelector: {} } }, 'x | <none> | 90s'],
    [
      '',
      'Node',
      {
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.1.1.1' }],
          nodeInfo: {
            kubeletVersion: 'v1.36.0',
            osImage: 'Debian',
            kernelVersion: '6.1',
            containerRuntimeVersion: 'process://1',
          },
        },
      },
      'x | Ready | a,control-plane | 90s | v1.36.0 | 10.1.1.1 | <none> | Debian | 6.1 | process://1',
      { labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'a' } },
    ],
    [
      '',
      'Node',
      {
        spec: { unschedulable: true },
        status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
      },
      'x | NotReady,SchedulingDisabled | <none> | 90s |  | <none> | <none> | <unknown> | <unknown> | <unknown>',
    ],
    ['', 'Namespace', { status: { phase: 'Active' } }, 'x | Active | 90s'],
    ['', 'Secret', { type: 'Opaque', data: { a: 'x', b: 'y' } }, 'x | Opaque | 2 | 90s'],
    ['', 'ConfigMap', { data: { a: 'x' }, binaryData: { b: 'y' } }, 'x | 2 | 90s'],
    ['', 'ServiceAccount', {}, 'x | 0 | 90s'],
    [
      '',
      'ResourceQuota',
      {
        status: {
          hard: { pods: '10', 'limits.cpu': '4', 'requests.cpu': '2' },
          used: { pods: '3', 'limits.cpu': '1' },
        },
      },
      'x | pods: 3/10, requests.cpu: 0/2 | limits.cpu: 1/4 | 90s',
    ],
    ['', 'LimitRange', {}, `x | ${ago(90)}`],
    [
      '',
      'Event',
      {
        involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{a}' },
        type: 'Normal',
        reason: 'Pulled',
        message: ' m \n',
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: ago(200),
        lastTimestamp: ago(20),
        count: 4,
      },
      '20s | Normal | Pulled | pod/p | spec.containers{a} | kubelet, n1 | m | 3m20s | 4 | x',
    ],
    [
      '',
      'Event',
      {
        involvedObject: { kind: 'Pod', name: 'p' },
        reason: 'Scheduled',
        reportingComponent: 'default-scheduler',
        reportingInstance: 's',
        eventTime: `${ago(5).slice(0, -1)}.000000Z`,
      },
      '5s |  | Scheduled | pod/p |  | default-scheduler, s |  | 5s | 1 | x',
    ],
    [
      'events.k8s.io',
      'Event',
      {
        regarding: { kind: 'Pod', name: 'p' },
        reason: 'R',
        note: 'n',
        reportingController: 'c',
        eventTime: ago(50),
        series: { count: 7, lastObservedTime: ago(3) },
      },
      '3s |  | R | pod/p |  | c | n | 50s | 7 | x',
    ],
    [
      '',
      'PersistentVolume',
      {
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: 's',
          claimRef: { namespace: 'd', name: 'c' },
        },
        status: { phase: 'Bound' },
      },
      'x | 1Gi | RWO,RWX | Retain | Bound | d/c | s | <unset> |  | 90s | <unset>',
    ],
    [
      '',
      'PersistentVolumeClaim',
      {
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 's', volumeMode: 'Filesystem' },
        status: { phase: 'Pending' },
      },
      'x | Pending |  |  |  | s | <unset> | 90s | Filesystem',
    ],
    [
      'storage.k8s.io',
      'StorageClass',
      { provisioner: 'p' },
      'x (default) | p | Delete | Immediate | false | 90s',
      { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    ],
    [
      'rbac.authorization.k8s.io',
      'RoleBinding',
      {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'ServiceAccount', namespace: 'd', name: 's' },
          { kind: 'Group', name: 'g' },
        ],
      },
      'x | Role/r | 90s | u | g | d/s',
    ],
    ['rbac.authorization.k8s.io', 'ClusterRole', {}, `x | ${ago(90)}`],
    ['coordination.k8s.io', 'Lease', { spec: { holderIdentity: 'h' } }, 'x | h | 90s'],
    [
      'scheduling.k8s.io',
      'PriorityClass',
      { value: 5, preemptionPolicy: 'Never' },
      'x | 5 | false | 90s | Never',
    ],
    ['node.k8s.io', 'RuntimeClass', { handler: 'h' }, 'x | h | 90s'],
    [
      'certificates.k8s.io',
      'CertificateSigningRequest',
      {
        spec: { signerName: 's', username: 'u', expirationSeconds: 3600 },
        status: { certificate: 'x', conditions: [{ type: 'Approved', status: 'True' }] },
      },
      'x | 90s | s | u | 60m | Approved,Issued',
    ],
    [
      'apiregistration.k8s.io',
      'APIService',
      { spec: {}, status: { conditions: [{ type: 'Available', status: 'True' }] } },
      'x | Local | True | 90s',
    ],
    [
      'resource.k8s.io',
      'ResourceClaim',
      { status: { allocation: {}, reservedFor: [{}] } },
      'x | allocated,reserved | 90s',
    ],
    ['unknown.example', 'Thing', {}, `x | ${ago(90)}`],
  ];
  for (const [index, [group, kind, fields, expected, more]] of table.entries()) {
    test(`${group}/${kind} ${index}`, () => {
      expect(cells(group, kind, fields, more)).toBe(expected);
    });
  }

  test('every built-in kind has as many cells as columns, even where the object is empty', () => {
    for (const { group, kind } of resources()) {
      const shape = tableShape(group, kind);
      for (const fields of [{}, { spec: {}, status: {} }]) {
        const row = shape.cells(fields as AnyObject, nowMs);
        expect([group, kind, row.length]).toEqual([group, kind, shape.columns.length]);
        expect(row.join(' ')).not.toMatch(/undefined|null|NaN|\[object/);
      }
    }
  });
});

describe('durations', () => {
  const minute = 60;
  const hour = 60 * minute;
  const day = 24 * hour;
  const table: readonly (readonly [number, string])[] = [
    [-3, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [125, '2m5s'],
    [10 * minute, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + minute, '3h1m'],
    [8 * hour + minute, '8h'],
    [47 * hour, '47h'],
    [48 * hour, '2d'],
    [50 * hour, '2d2h'],
    [8 * day, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [760 * day, '2y30d'],
    [9 * 365 * day, '9y'],
  ];
  test.each(table)('%d s is %s', (seconds, expected) => {
    expect(humanDuration(seconds * 1000)).toBe(expected);
  });
});
