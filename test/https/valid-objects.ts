/**
 * The least valid object of each kind that is validated, by its name in the store (or, where
 * versions differ, by group, version and plural). Names are given where a kind prescribes them.
 */
type Fields = Record<string, unknown>;

const container = { name: 'main', image: 'echo' };
const labels = { app: 'web' };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: { containers: [container] } };
const jobSpec = { template: { spec: { containers: [container], restartPolicy: 'Never' } } };
const webhook = {
  name: 'hook.example.com',
  clientConfig: { url: 'https://example.com/hook' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const cause = { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' } };

/** Least valid objects. */
export const validObjects: Readonly<Record<string, Fields>> = {
  'core/v1/events': { ...cause, reason: 'Started', message: 'started', type: 'Normal' },
  'events.k8s.io/v1/events': {
    regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    action: 'Start',
    reason: 'Started',
    note: 'started',
    type: 'Normal',
    reportingController: 'example.com/test',
    reportingInstance: 'test-1',
  },
  'core/configmaps': { data: { a: 'b' }, binaryData: { c: 'AQI=' } },
  'core/endpoints': {
    subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80, protocol: 'TCP' }] }],
  },
  'core/limitranges': { spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } },
  'core/namespaces': {},
  'core/nodes': { spec: { podCIDR: '10.0.0.0/24' }, status: { capacity: { cpu: '4' } } },
  'core/persistentvolumeclaims': {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  'core/persistentvolumes': {
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/tmp' },
    },
  },
  'core/pods': { spec: { containers: [container] } },
  'core/podtemplates': { template },
  'core/replicationcontrollers': { spec: { selector: labels, template } },
  'core/resourcequotas': { spec: { hard: { pods: '10' } } },
  'core/secrets': { data: { password: 'c2VjcmV0' }, type: 'Opaque' },
  'core/serviceaccounts': { automountServiceAccountToken: false },
  'core/services': { spec: { selector: labels, ports: [{ port: 80 }] } },
  'apps/controllerrevisions': { data: { spec: { a: [1] } }, revision: 1 },
  'apps/daemonsets': { spec: { selector, template } },
  'apps/deployments': { spec: { selector, template, replicas: 2 } },
  'apps/replicasets': { spec: { selector, template } },
  'apps/statefulsets': { spec: { selector, template, serviceName: 'web' } },
  'autoscaling/v2/horizontalpodautoscalers': {
    spec: {
      scaleTargetRef: target,
      maxReplicas: 3,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
        },
      ],
    },
  },
  'autoscaling/v1/horizontalpodautoscalers': {
    spec: { scaleTargetRef: target, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
  },
  'batch/cronjobs': { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: jobSpec } } },
  'batch/jobs': { spec: jobSpec },
  'certificates.k8s.io/certificatesigningrequests': {
    spec: { request: 'Q1NS', signerName: 'example.com/signer', usages: ['client auth'] },
  },
  'networking.k8s.io/ingressclasses': { spec: { controller: 'example.com/controller' } },
  'networking.k8s.io/ingresses': {
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  },
  'networking.k8s.io/networkpolicies': { spec: { podSelector: selector } },
  'networking.k8s.io/ipaddresses': {
    metadata: { name: '10.1.2.3' },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
  },
  'networking.k8s.io/servicecidrs': { spec: { cidrs: ['10.8.0.0/24'] } },
  'policy/poddisruptionbudgets': { spec: { minAvailable: 1, selector } },
  'rbac.authorization.k8s.io/clusterrolebindings': { roleRef },
  'rbac.authorization.k8s.io/clusterroles': {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  },
  'rbac.authorization.k8s.io/rolebindings': { roleRef },
  'rbac.authorization.k8s.io/roles': {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  },
  'storage.k8s.io/csidrivers': { spec: { attachRequired: false } },
  'storage.k8s.io/storageclasses': { provisioner: 'example.com/disk' },
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': { webhooks: [webhook] },
  'admissionregistration.k8s.io/validatingwebhookconfigurations': { webhooks: [webhook] },
  'apiextensions.k8s.io/customresourcedefinitions': {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'widgets', kind: 'Widget', singular: 'widget', listKind: 'WidgetList' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  },
  'apiregistration.k8s.io/apiservices': {
    metadata: { name: 'v1.example.com' },
    spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 15 },
  },
  'scheduling.k8s.io/priorityclasses': { value: 10, description: 'ten' },
  'coordination.k8s.io/leases': {
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      renewTime: '2026-01-01T00:00:00.500000Z',
    },
  },
  'node.k8s.io/runtimeclasses': { handler: 'runc' },
  'discovery.k8s.io/endpointslices': {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  },
  'flowcontrol.apiserver.k8s.io/flowschemas': {
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 100,
      distinguisherMethod: { type: 'ByUser' },
    },
  },
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': {
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  },
};
