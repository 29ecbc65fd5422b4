/**
 * What the server says of wrong objects, in Kubernetes' words and order; and that validation never throws.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaults } from '../../machines/api/defaults/table.ts';
import { cloneJson } from '../../machines/api/json.ts';
import { resources, typeOf } from '../../machines/api/schema.ts';
import type { Cause } from '../../machines/api/strategy.ts';
import { validation } from '../../machines/api/validation/table.ts';
import { objectOf } from '../api-schema/arbitrary.ts';

type Fields = Record<string, unknown>;

const shown = (causes: readonly Cause[]) =>
  causes.map(({ field, message }) => `${field}: ${message}`);

function created(resource: string, object: Fields): readonly Cause[] {
  const copy = cloneJson(object);
  defaults[resource]?.defaults?.(copy);
  return validation[resource]?.validate?.(copy) ?? [];
}

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must " +
  "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for " +
  "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const container = { name: 'a', image: 'nginx' };
const meta = { name: 'x', namespace: 'default', uid: 'u' };
const labels = { app: 'a' };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: { containers: [container] } };
const pod = (spec: Fields) => ({ metadata: meta, spec: { containers: [container], ...spec } });
const podOf = (own: Fields) => pod({ containers: [{ ...container, ...own }] });
const first = 'spec.containers[0]';

const podCases: readonly (readonly [string, Fields, readonly string[]])[] = [
  ['a plain pod', pod({}), []],
  ['no containers', pod({ containers: undefined }), ['spec.containers: Required value']],
  [
    'no name, no image',
    pod({ containers: [{}] }),
    [`${first}.name: Required value`, `${first}.image: Required value`],
  ],
  ['a bad name', podOf({ name: 'Web_1' }), [`${first}.name: Invalid value: "Web_1": ${label}`]],
  [
    'a name with dots',
    podOf({ name: 'a.b' }),
    [`${first}.name: Invalid value: "a.b": must not contain dots`],
  ],
  [
    'a name twice',
    pod({ containers: [container, container] }),
    ['spec.containers[1].name: Duplicate value: "a"'],
  ],
  [
    'wrong enums',
    pod({ restartPolicy: 'Sometimes', dnsPolicy: 'x' }),
    [
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      'spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ],
  ],
  [
    'a pull policy',
    podOf({ imagePullPolicy: 'Maybe' }),
    [
      `${first}.imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"`,
    ],
  ],
  [
    'spaces around the image',
    podOf({ image: ' nginx' }),
    [`${first}.image: Invalid value: " nginx": must not have leading or trailing whitespace`],
  ],
  [
    'ports',
    podOf({ ports: [{ name: 'Web', containerPort: 70000 }, { protocol: 'X' }] }),
    [
      `${first}.ports[0].name: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${first}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
      `${first}.ports[1].containerPort: Required value`,
      `${first}.ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"`,
    ],
  ],
  [
    'a host port twice',
    podOf({
      ports: [
        { containerPort: 80, hostPort: 80 },
        { containerPort: 81, hostPort: 80 },
      ],
    }),
    [`${first}.ports[1].hostPort: Duplicate value: "TCP//80"`],
  ],
  [
    'environment',
    podOf({
      env: [
        { value: 'x' },
        { name: 'A=B' },
        { name: 'F', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } },
        { name: 'G', value: 'x', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
        { name: 'H', valueFrom: {} },
      ],
      envFrom: [{ prefix: 'P' }],
    }),
    [
      `${first}.env[0].name: Required value`,
      `${first}.env[1].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      `${first}.env[2].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x`,
      `${first}.env[3].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      `${first}.env[4].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
      `${first}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
    ],
  ],
  [
    'resources',
    podOf({
      resources: {
        requests: { cpu: '2', memory: '-1', 'example.com/gpu': '1', foo: '1' },
        limits: { cpu: '1', foo: '1' },
      },
    }),
    [
      `${first}.resources.limits[foo]: Invalid value: "foo": must be a standard resource type or fully qualified`,
      `${first}.resources.limits[foo]: Invalid value: "foo": must be a standard resource for containers`,
      `${first}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      `${first}.resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified`,
      `${first}.resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers`,
      `${first}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
      `${first}.resources.limits: Required value: Limit must be set for non overcommitable resources`,
    ],
  ],
  [
    'a mount without a volume',
    podOf({ volumeMounts: [{ name: 'v', mountPath: '/x' }] }),
    [`${first}.volumeMounts[0].name: Not found: "v"`],
  ],
  [
    'volumes',
    pod({
      volumes: [
        { name: 'a', configMap: {}, secret: { secretName: 's' } },
        { name: 'b', hostPath: { path: '/a/../b', type: 'X' } },
        { emptyDir: {} },
      ],
    }),
    [
      'spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
      'spec.volumes[1].hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      'spec.volumes[2].name: Required value',
    ],
  ],
  [
    'probes',
    podOf({
      livenessProbe: { successThreshold: 2, exec: {} },
      readinessProbe: { httpGet: { port: 0 }, tcpSocket: { port: 1 }, periodSeconds: -1 },
      startupProbe: {},
    }),
    [
      `${first}.livenessProbe.exec.command: Required value`,
      `${first}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
      `${first}.readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
      `${first}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
      `${first}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`,
      `${first}.startupProbe: Required value: must specify a handler type`,
    ],
  ],
  [
    'tolerations',
    pod({ tolerations: [{ value: 'x' }, { key: 'a', effect: 'Never', tolerationSeconds: 1 }] }),
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'spec.tolerations[1].effect: Invalid value: "Never": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'spec.tolerations[1].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ],
  [
    'ephemeral containers',
    pod({ ephemeralContainers: [{ name: 'e', image: 'i' }] }),
    ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
  ],
  [
    'an init container with a probe',
    pod({
      initContainers: [{ name: 'a', image: 'i', livenessProbe: { exec: { command: ['x'] } } }],
    }),
    [
      'spec.initContainers[0].name: Duplicate value: "a"',
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'spread and affinity',
    pod({
      topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'Never' }],
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'h' }] },
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} },
      },
    }),
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
];

/** Resource, what it is, the object, what is wrong with it. */
const cases: readonly (readonly [string, string, Fields, readonly string[]])[] = [
  ...podCases.map(([name, object, wrong]) => ['core/pods', name, object, wrong] as const),
  ['apps/deployments', 'plain', { metadata: meta, spec: { selector, template } }, []],
  [
    'apps/deployments',
    'without a selector',
    { metadata: meta, spec: { template } },
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'apps/deployments',
    'with another selector and a rolling update of nothing',
    {
      metadata: meta,
      spec: {
        selector: { matchLabels: { app: 'b' } },
        template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
        replicas: -1,
        strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } },
        minReadySeconds: 600,
      },
    },
    [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
  ],
  [
    'apps/deployments',
    'that recreates and rolls',
    {
      metadata: meta,
      spec: { selector, template, strategy: { type: 'Recreate', rollingUpdate: {} } },
    },
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
  ],
  [
    'apps/statefulsets',
    'with a bad policy; its pods are looked at later',
    {
      metadata: meta,
      spec: {
        selector,
        template: { metadata: { labels }, spec: {} },
        podManagementPolicy: 'x',
        serviceName: 's',
      },
    },
    ["spec.podManagementPolicy: Invalid value: \"x\": must be 'OrderedReady' or 'Parallel'"],
  ],
  [
    'apps/daemonsets',
    'with surge and unavailability',
    {
      metadata: meta,
      spec: { selector, template, updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
    },
    [
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
  ],
  [
    'batch/jobs',
    'that restarts always',
    { metadata: meta, spec: { template: { spec: { containers: [container] } } } },
    [
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
    ],
  ],
  [
    'batch/cronjobs',
    'with a bad schedule',
    {
      metadata: { ...meta, name: 'x'.repeat(53) },
      spec: {
        schedule: '* * *',
        concurrencyPolicy: 'Sure',
        timeZone: 'Mars/Base',
        jobTemplate: {
          spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } },
        },
      },
    },
    [
      'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
      'spec.concurrencyPolicy: Unsupported value: "Sure": supported values: "Allow", "Forbid", "Replace"',
      `metadata.name: Invalid value: "${'x'.repeat(53)}": must be no more than 52 characters`,
    ],
  ],
  [
    'core/services',
    'without ports',
    { metadata: meta, spec: { selector: labels } },
    ['spec.ports: Required value'],
  ],
  [
    'core/services',
    'with unnamed and double ports',
    {
      metadata: meta,
      spec: {
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        ports: [{ port: 80 }, { name: 'a', port: 80, nodePort: 30000 }],
      },
    },
    [
      'spec.ports[0].name: Required value',
      "spec.ports[1].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    'core/services',
    'wrong addresses and type',
    {
      metadata: meta,
      spec: { type: 'X', ports: [{ port: 0 }], externalIPs: ['169.254.0.1', 'a', '127.0.0.1'] },
    },
    [
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.externalIPs[0]: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'spec.externalIPs[1]: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'core/configmaps',
    'with bad keys',
    { metadata: meta, data: { 'a b': 'x', '..': 'y', both: 'z' }, binaryData: { both: 'AA==' } },
    [
      "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      'data[..]: Invalid value: "..": must not be \'..\'',
      'data[both]: Invalid value: "both": duplicate of key present in binaryData',
    ],
  ],
  [
    'core/configmaps',
    'that is too large',
    { metadata: meta, data: { a: 'x'.repeat(1024 * 1024 + 1) } },
    [': Too long: may not be more than 1048576 bytes'],
  ],
  [
    'core/secrets',
    'without what its type needs',
    { metadata: meta, type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    ['data[tls.key]: Required value'],
  ],
  [
    'core/nodes',
    'with bad taints',
    { metadata: meta, spec: { taints: [{ key: 'a' }, { key: 'b', effect: 'X' }] } },
    [
      'metadata.taints[0].effect: Required value',
      'metadata.taints[1].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ],
  [
    'core/persistentvolumeclaims',
    'empty',
    { metadata: meta, spec: {} },
    [
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ],
  ],
  [
    'core/resourcequotas',
    'with unknown resources',
    { metadata: meta, spec: { hard: { foo: '1', pods: '1500m' } } },
    [
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "1500m": must be an integer',
    ],
  ],
  [
    'core/limitranges',
    'with min above max',
    {
      metadata: meta,
      spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] },
    },
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
    ],
  ],
  [
    'core/endpoints',
    'without addresses',
    { metadata: meta, subsets: [{ ports: [{ port: 80 }] }] },
    ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  ],
  [
    'discovery.k8s.io/endpointslices',
    'of the wrong family',
    {
      metadata: meta,
      addressType: 'IPv6',
      endpoints: [{ addresses: ['10.0.0.1'] }, {}],
      ports: [{ name: 'a' }, { name: 'a' }],
    },
    [
      'endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be a valid IPv6 address',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
      'ports[1].name: Duplicate value: "a"',
    ],
  ],
  [
    'autoscaling/horizontalpodautoscalers',
    'with its bounds the wrong way round',
    { metadata: meta, spec: { minReplicas: 3, maxReplicas: 2, scaleTargetRef: { kind: 'a/b' } } },
    [
      'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.kind: Invalid value: "a/b": may not contain \'/\'',
      'spec.scaleTargetRef.name: Required value',
    ],
  ],
  [
    'policy/poddisruptionbudgets',
    'with a bad percentage',
    { metadata: meta, spec: { minAvailable: '101%', selector } },
    ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'networking.k8s.io/ingresses',
    'with bad rules',
    {
      metadata: meta,
      spec: {
        rules: [
          { host: '10.0.0.1', http: { paths: [{ path: 'x', pathType: 'Prefix', backend: {} }] } },
        ],
      },
    },
    [
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
    ],
  ],
  [
    'networking.k8s.io/networkpolicies',
    'with bad peers',
    {
      metadata: meta,
      spec: {
        podSelector: {},
        ingress: [
          {
            from: [{}, { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/9', '10.1.0.0/16'] } }],
            ports: [{ port: 80, endPort: 79 }],
          },
        ],
      },
    },
    [
      'spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`',
      'spec.ingress[0].from[0]: Required value: must specify a peer',
      'spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "11.0.0.0/9": must be a strict subset of `cidr`',
    ],
  ],
  [
    'rbac.authorization.k8s.io/rolebindings',
    'with bad references',
    { metadata: meta, roleRef: { kind: 'X' }, subjects: [{ kind: 'Robot', name: 'r' }] },
    [
      'roleRef.kind: Unsupported value: "X": supported values: "ClusterRole", "Role"',
      'roleRef.name: Required value',
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
  ],
  [
    'scheduling.k8s.io/priorityclasses',
    'above what users may have',
    { metadata: meta, value: 1_000_000_001 },
    ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ],
  [
    'storage.k8s.io/storageclasses',
    'without a provisioner',
    { metadata: meta },
    ['provisioner: Required value'],
  ],
  [
    'coordination.k8s.io/leases',
    'with a bad duration',
    { metadata: meta, spec: { leaseDurationSeconds: 0 } },
    ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
  ],
];

describe('validation of new objects', () => {
  test.each(cases)('%s: %s', (resource, _, object, expected) => {
    expect(shown(created(resource, object))).toEqual(expected);
  });

  test('a cause carries the machine readable reason', () => {
    const reasons = created('core/pods', podOf({ name: '', ports: [{ protocol: 'X' }] }));
    expect(reasons.map(({ reason }) => reason)).toEqual([
      'FieldValueRequired',
      'FieldValueRequired',
      'FieldValueNotSupported',
    ]);
  });
});

function full(resource: string, object: Fields): Fields {
  const copy = cloneJson(object);
  defaults[resource]?.defaults?.(copy);
  return copy;
}

function updated(resource: string, object: Fields, old: Fields, subresource = ''): string[] {
  const causes = validation[resource]?.validateUpdate?.(
    full(resource, object),
    full(resource, old),
    subresource,
  );
  return shown(causes ?? []);
}

const fixed = 'field is immutable';
const podMessage =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,' +
  '`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions ' +
  'to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was ' +
  'previously negative)\n';

/** Resource, what changes, the new object, the old one, what is wrong. */
const updates: readonly (readonly [string, string, Fields, Fields, readonly string[], string?])[] =
  [
    ['core/pods', 'the image', podOf({ image: 'b' }), pod({}), []],
    ['core/pods', 'a toleration more', pod({ tolerations: [{ operator: 'Exists' }] }), pod({}), []],
    ['core/pods', 'another field', podOf({ args: ['x'] }), pod({}), [podMessage]],
    [
      'core/pods',
      'a container more',
      pod({ containers: [container, { name: 'b', image: 'b' }] }),
      pod({}),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'core/pods',
      'a toleration less',
      pod({}),
      pod({ tolerations: [{ operator: 'Exists' }] }),
      [
        'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
      ],
    ],
    [
      'core/pods',
      'the deadline away',
      pod({}),
      pod({ activeDeadlineSeconds: 3 }),
      [
        'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
      ],
    ],
    [
      'core/pods',
      'an ephemeral container less',
      pod({}),
      pod({ ephemeralContainers: [{ name: 'e', image: 'i' }] }),
      [
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed\n',
      ],
      'ephemeralcontainers',
    ],
    [
      'core/pods',
      'cpu through resize',
      podOf({ resources: { requests: { cpu: '2' } } }),
      podOf({ resources: { requests: { cpu: '1' } } }),
      [],
      'resize',
    ],
    [
      'core/pods',
      'the class of service through resize',
      podOf({ resources: { requests: { cpu: '2' } } }),
      pod({}),
      ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing'],
      'resize',
    ],
    [
      'apps/deployments',
      'the selector',
      { spec: { selector, template } },
      { spec: { selector: { matchLabels: { app: 'b' } }, template } },
      [`spec.selector: Invalid value: {"matchLabels":{"app":"a"}}: ${fixed}`],
    ],
    [
      'apps/statefulsets',
      'the service name',
      { spec: { selector, template, serviceName: 'a', replicas: 2 } },
      { spec: { selector, template, serviceName: 'b' } },
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    [
      'batch/jobs',
      'completions and parallelism',
      { spec: { template, completions: 2, parallelism: 5 } },
      { spec: { template, completions: 1, parallelism: 1 } },
      [`spec.completions: Invalid value: 2: ${fixed}`],
    ],
    [
      'core/services',
      'the cluster IP',
      { spec: { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'], ports: [{ port: 80 }] } },
      { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ port: 80 }] } },
      ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ],
    [
      'core/configmaps',
      'data that is frozen',
      { immutable: true, data: { a: 'c' } },
      { immutable: true, data: { a: 'b' } },
      ['data: Forbidden: field is immutable when `immutable` is set'],
    ],
    ['core/secrets', 'the type', { type: 'x' }, {}, [`type: Invalid value: "x": ${fixed}`]],
    [
      'core/persistentvolumeclaims',
      'the class',
      { spec: { storageClassName: 'a', accessModes: ['ReadWriteOnce'] } },
      { spec: { storageClassName: 'b', accessModes: ['ReadWriteOnce'] } },
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ],
    ],
    [
      'core/persistentvolumeclaims',
      'the volume, once',
      { spec: { volumeName: 'v' } },
      { spec: {} },
      [],
    ],
    [
      'core/nodes',
      'its provider id',
      { spec: { providerID: 'b' } },
      { spec: { providerID: 'a' } },
      [
        'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      ],
    ],
    [
      'rbac.authorization.k8s.io/rolebindings',
      'the role',
      { roleRef: { kind: 'Role', name: 'a' } },
      { roleRef: { kind: 'Role', name: 'b' } },
      [
        'roleRef: Invalid value: {"kind":"Role","name":"a","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
      ],
    ],
    [
      'storage.k8s.io/storageclasses',
      'the provisioner',
      { provisioner: 'a' },
      { provisioner: 'b' },
      ['provisioner: Forbidden: updates to provisioner are forbidden.'],
    ],
    [
      'scheduling.k8s.io/priorityclasses',
      'the value',
      { value: 1 },
      { value: 2 },
      ['value: Forbidden: may not be changed in an update.'],
    ],
  ];

describe('validation of updates', () => {
  for (const [resource, what, object, old, expected, subresource] of updates) {
    test(`${resource}: ${what}`, () => {
      expect(updated(resource, object, old, subresource)).toEqual(expected);
    });
  }
});

/** Resource, what happens, the new status, the old one, what is wrong. */
const statuses: readonly (readonly [string, string, Fields, Fields, readonly string[]])[] = [
  [
    'core/pods',
    'a container comes back from the dead',
    {
      spec: { restartPolicy: 'Never' },
      status: { containerStatuses: [{ name: 'a', state: { running: {} } }] },
    },
    {
      spec: { restartPolicy: 'Never' },
      status: { containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 0 } } }] },
    },
    [
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ],
  ],
  [
    'core/pods',
    'the quality of service changes',
    { status: { qosClass: 'Burstable', podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] } },
    { status: { qosClass: 'BestEffort' } },
    [
      `status.qosClass: Invalid value: "Burstable": ${fixed}`,
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ],
  ],
  [
    'apps/replicasets',
    'more ready than there are',
    { status: { replicas: 1, readyReplicas: 2 } },
    {},
    ['status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas'],
  ],
  [
    'batch/jobs',
    'complete and failed',
    {
      status: {
        startTime: 't',
        completionTime: 't',
        conditions: [
          { type: 'Complete', status: 'True' },
          { type: 'Failed', status: 'True' },
        ],
      },
    },
    {},
    ['status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions'],
  ],
  [
    'core/namespaces',
    'terminating without being deleted',
    { status: { phase: 'Terminating' } },
    { status: { phase: 'Active' } },
    [
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ],
  ],
];

describe('validation of statuses', () => {
  test.each(statuses)('%s: %s', (resource, _, object, old, expected) => {
    const causes = validation[resource]?.validateStatusUpdate?.(object, old) ?? [];
    expect(shown(causes)).toEqual(expected);
  });
});

describe('validation of anything of the right shape', () => {
  const kinds = resources().filter(({ storage }) => validation[storage] !== undefined);
  test.each(kinds.map(({ storage, type }) => [storage, type.name]))(
    '%s never throws and never changes what it reads',
    (storage, name) => {
      const object = objectOf(typeOf(name)!);
      const checks = validation[storage]!;
      fc.assert(
        fc.property(object, object, fc.boolean(), (given, old, filled) => {
          if (filled) {
            defaults[storage]?.defaults?.(given);
            defaults[storage]?.defaults?.(old);
          }
          const before = JSON.stringify([given, old]);
          const causes = [
            ...(checks.validate?.(given) ?? []),
            ...(checks.validate?.(given, old) ?? []),
            ...(checks.validateUpdate?.(given, old, '') ?? []),
            ...(checks.validateUpdate?.(given, old, 'resize') ?? []),
            ...(checks.validateStatusUpdate?.(given, old) ?? []),
          ];
          expect(causes.every(({ reason, message }) => reason !== '' && message !== '')).toBe(true);
          expect(JSON.stringify([given, old])).toBe(before);
        }),
        { numRuns: 40 },
      );
    },
  );
});
