/**
 * What the server fills in, kind by kind, as Kubernetes does; and that filling in twice changes nothing.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaults } from '../../machines/api/defaults/table.ts';
import { cloneJson } from '../../machines/api/json.ts';
import { resources, typeOf } from '../../machines/api/schema.ts';
import { objectOf } from '../api-schema/arbitrary.ts';

type Fields = Record<string, unknown>;

function defaulted(resource: string, object: Fields): Fields {
  const copy = cloneJson(object);
  defaults[resource]?.defaults?.(copy);
  return JSON.parse(JSON.stringify(copy)) as Fields;
}

const container = { name: 'a', image: 'nginx' };
const fullContainer = {
  name: 'a',
  image: 'nginx',
  imagePullPolicy: 'Always',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const fullPodSpec = {
  containers: [fullContainer],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};
const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [container] } };
const fullTemplate = { metadata: { labels: { app: 'a' } }, spec: fullPodSpec };
const meta = { name: 'x' };

/** Resource, what a client sends, what is stored. */
const cases: readonly (readonly [string, string, Fields, Fields])[] = [
  [
    'core/pods',
    'a plain pod',
    { metadata: meta, spec: { containers: [container] } },
    { metadata: meta, spec: { ...fullPodSpec, enableServiceLinks: true } },
  ],
  [
    'core/pods',
    'requests from limits, canonical quantities',
    {
      spec: {
        containers: [
          { ...container, resources: { limits: { cpu: '1000m', memory: '1024Mi' } } },
          { ...container, resources: { limits: { cpu: '2' }, requests: { cpu: '0.5' } } },
        ],
      },
    },
    {
      spec: {
        ...fullPodSpec,
        containers: [
          {
            ...fullContainer,
            resources: {
              limits: { cpu: '1', memory: '1Gi' },
              requests: { cpu: '1', memory: '1Gi' },
            },
          },
          { ...fullContainer, resources: { limits: { cpu: '2' }, requests: { cpu: '500m' } } },
        ],
        enableServiceLinks: true,
      },
    },
  ],
  [
    'core/pods',
    'ports of the host network, probes, environment, lifecycle',
    {
      spec: {
        hostNetwork: true,
        serviceAccountName: 'me',
        containers: [
          {
            ...container,
            image: 'nginx:1.2',
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 80 } },
            readinessProbe: { grpc: { port: 1 }, periodSeconds: 5 },
            lifecycle: { preStop: { httpGet: { port: 'web', path: '/stop' } } },
            env: [
              { name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            ],
          },
        ],
      },
    },
    {
      spec: {
        ...fullPodSpec,
        hostNetwork: true,
        serviceAccountName: 'me',
        serviceAccount: 'me',
        enableServiceLinks: true,
        containers: [
          {
            ...fullContainer,
            image: 'nginx:1.2',
            imagePullPolicy: 'IfNotPresent',
            ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
            livenessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            readinessProbe: {
              grpc: { port: 1, service: '' },
              timeoutSeconds: 1,
              periodSeconds: 5,
              successThreshold: 1,
              failureThreshold: 3,
            },
            lifecycle: { preStop: { httpGet: { port: 'web', path: '/stop', scheme: 'HTTP' } } },
            env: [
              {
                name: 'N',
                valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
              },
              {
                name: 'C',
                valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } },
              },
            ],
          },
        ],
      },
    },
  ],
  [
    'core/pods',
    'volumes',
    {
      spec: {
        containers: [],
        volumes: [
          { name: 'a' },
          { name: 'b', configMap: { name: 'c' } },
          { name: 'c', secret: { secretName: 's', defaultMode: 256 } },
          { name: 'd', hostPath: { path: '/x' } },
          {
            name: 'e',
            projected: {
              sources: [
                { serviceAccountToken: { path: 't' } },
                {
                  downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] },
                },
              ],
            },
          },
          { name: 'f', emptyDir: { sizeLimit: '1024Ki' } },
          { name: 'g', ephemeral: { volumeClaimTemplate: { spec: {} } } },
        ],
      },
    },
    {
      spec: {
        ...fullPodSpec,
        enableServiceLinks: true,
        containers: [],
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', configMap: { name: 'c', defaultMode: 420 } },
          { name: 'c', secret: { secretName: 's', defaultMode: 256 } },
          { name: 'd', hostPath: { path: '/x', type: '' } },
          {
            name: 'e',
            projected: {
              defaultMode: 420,
              sources: [
                { serviceAccountToken: { path: 't', expirationSeconds: 3600 } },
                {
                  downwardAPI: {
                    items: [
                      { path: 'n', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
                    ],
                  },
                },
              ],
            },
          },
          { name: 'f', emptyDir: { sizeLimit: '1Mi' } },
          {
            name: 'g',
            ephemeral: {
              volumeClaimTemplate: { spec: { volumeMode: 'Filesystem', resources: {} } },
            },
          },
        ],
      },
    },
  ],
  [
    'apps/deployments',
    'a plain deployment',
    { spec: { selector: { matchLabels: { app: 'a' } }, template } },
    {
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: fullTemplate,
        replicas: 1,
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
        },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
    },
  ],
  [
    'apps/deployments',
    'one that recreates',
    { spec: { template, strategy: { type: 'Recreate' }, replicas: 0 } },
    {
      spec: {
        template: fullTemplate,
        replicas: 0,
        strategy: { type: 'Recreate' },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
    },
  ],
  [
    'apps/replicasets',
    '',
    { spec: { template } },
    { spec: { template: fullTemplate, replicas: 1 } },
  ],
  [
    'core/replicationcontrollers',
    'selector and labels of the template',
    { spec: { template } },
    {
      metadata: { labels: { app: 'a' } },
      spec: { template: fullTemplate, replicas: 1, selector: { app: 'a' } },
    },
  ],
  [
    'apps/daemonsets',
    '',
    { spec: { template } },
    {
      spec: {
        template: fullTemplate,
        updateStrategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
        },
        revisionHistoryLimit: 10,
      },
    },
  ],
  [
    'apps/statefulsets',
    '',
    {
      spec: {
        template,
        volumeClaimTemplates: [
          { metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'] } },
        ],
      },
    },
    {
      spec: {
        template: fullTemplate,
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: {
          type: 'RollingUpdate',
          rollingUpdate: { partition: 0, maxUnavailable: 1 },
        },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        revisionHistoryLimit: 10,
        volumeClaimTemplates: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: { name: 'd' },
            spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', resources: {} },
            status: { phase: 'Pending' },
          },
        ],
      },
    },
  ],
  [
    'batch/jobs',
    '',
    { metadata: meta, spec: { template } },
    {
      metadata: { name: 'x', labels: { app: 'a' } },
      spec: {
        template: fullTemplate,
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        manualSelector: false,
      },
    },
  ],
  [
    'batch/jobs',
    'a work queue keeps completions unset',
    { metadata: { name: 'x', labels: { b: 'c' } }, spec: { template, parallelism: 3 } },
    {
      metadata: { name: 'x', labels: { b: 'c' } },
      spec: {
        template: fullTemplate,
        parallelism: 3,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        manualSelector: false,
      },
    },
  ],
  [
    'batch/cronjobs',
    'the job template itself is left alone',
    { spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } } },
    {
      spec: {
        schedule: '* * * * *',
        jobTemplate: { metadata: {}, spec: { template: fullTemplate } },
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      },
    },
  ],
  [
    'core/services',
    '',
    { spec: { ports: [{ port: 80 }], selector: { app: 'a' } } },
    {
      spec: {
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        selector: { app: 'a' },
        sessionAffinity: 'None',
        type: 'ClusterIP',
        internalTrafficPolicy: 'Cluster',
      },
      status: { loadBalancer: {} },
    },
  ],
  [
    'core/services',
    'a load balancer with affinity',
    { spec: { type: 'LoadBalancer', sessionAffinity: 'ClientIP' } },
    {
      spec: {
        type: 'LoadBalancer',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
        externalTrafficPolicy: 'Cluster',
        internalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: true,
      },
      status: { loadBalancer: {} },
    },
  ],
  [
    'core/services',
    'an external name',
    { spec: { type: 'ExternalName', externalName: 'a.b' } },
    {
      spec: { type: 'ExternalName', externalName: 'a.b', sessionAffinity: 'None' },
      status: { loadBalancer: {} },
    },
  ],
  [
    'core/secrets',
    'text wins over data',
    { data: { a: 'AAA=', c: 'Yw==' }, stringData: { a: 'häl€o😀', b: '' } },
    { type: 'Opaque', data: { a: 'aMOkbOKCrG/wn5iA', b: '', c: 'Yw==' } },
  ],
  [
    'core/namespaces',
    'its name as a label',
    { metadata: { name: 'n', labels: { a: 'b' } } },
    { metadata: { name: 'n', labels: { a: 'b', 'kubernetes.io/metadata.name': 'n' } } },
  ],
  [
    'core/nodes',
    '',
    { status: { capacity: { cpu: '4000m', pods: '110' } } },
    {
      spec: {},
      status: { capacity: { cpu: '4', pods: '110' }, allocatable: { cpu: '4', pods: '110' } },
    },
  ],
  [
    'core/persistentvolumeclaims',
    '',
    { spec: { resources: { requests: { storage: '1024Mi' } } } },
    {
      spec: { resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    },
  ],
  [
    'core/limitranges',
    '',
    { spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] } },
    {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2' },
            min: { memory: '1Mi' },
            default: { cpu: '2' },
            defaultRequest: { cpu: '2', memory: '1Mi' },
          },
        ],
      },
    },
  ],
  [
    'autoscaling/horizontalpodautoscalers',
    '',
    { spec: { maxReplicas: 3, behavior: { scaleDown: { stabilizationWindowSeconds: 9 } } } },
    {
      spec: {
        maxReplicas: 3,
        minReplicas: 1,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
          },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 15 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: 9,
            selectPolicy: 'Max',
            policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
          },
        },
      },
    },
  ],
  [
    'networking.k8s.io/networkpolicies',
    '',
    { spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } },
    {
      spec: {
        podSelector: {},
        egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
        policyTypes: ['Ingress', 'Egress'],
      },
    },
  ],
  [
    'rbac.authorization.k8s.io/rolebindings',
    '',
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    },
    {
      roleRef: { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [
        { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    },
  ],
  [
    'discovery.k8s.io/endpointslices',
    '',
    { endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
    {
      endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }],
      ports: [{ port: 80, name: '', protocol: 'TCP' }],
    },
  ],
  [
    'scheduling.k8s.io/priorityclasses',
    '',
    { value: 1 },
    { value: 1, preemptionPolicy: 'PreemptLowerPriority' },
  ],
  [
    'storage.k8s.io/storageclasses',
    '',
    { provisioner: 'p' },
    { provisioner: 'p', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  ],
];

describe('defaults', () => {
  test.each(cases)('%s: %s', (resource, _, given, expected) => {
    expect(defaulted(resource, given)).toEqual(expected);
  });

  test('a pod made from a template never changes the template', () => {
    const limits = { cpu: '1' };
    const shared = defaulted('apps/replicasets', {
      spec: { template: { spec: { containers: [{ ...container, resources: { limits } }] } } },
    });
    const before = JSON.stringify(shared);
    const spec = (shared.spec as { template: { spec: Fields } }).template.spec;
    defaults['core/pods']?.defaults?.({ metadata: { name: 'p' }, spec });
    expect(JSON.stringify(shared)).toBe(before);
  });

  const pull = (image: string) => {
    const object = defaulted('core/pods', { spec: { containers: [{ name: 'a', image }] } });
    return (object.spec as { containers: Fields[] }).containers[0]!.imagePullPolicy;
  };
  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    ['host:5000/a/b', 'Always'],
    ['host:5000/a/b:2', 'IfNotPresent'],
    ['nginx@sha256:00', 'IfNotPresent'],
    ['Bad Image', 'IfNotPresent'],
    ['', 'IfNotPresent'],
  ])('pull policy of %j is %s', (image, policy) => {
    expect(pull(image)).toBe(policy);
  });

  const kinds = resources().filter(({ storage }) => defaults[storage] !== undefined);
  test.each(kinds.map(({ storage, type }) => [storage, type.name]))('%s twice', (storage, name) => {
    fc.assert(
      fc.property(objectOf(typeOf(name)!), (object) => {
        const once = defaulted(storage, object);
        expect(defaulted(storage, once)).toEqual(once);
      }),
      { numRuns: 25 },
    );
  });
});
