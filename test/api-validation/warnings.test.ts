/**
 * Warnings about objects that are valid and yet not what somebody meant, in Kubernetes' words.
 */
import { describe, expect, test } from 'vitest';
import { strategyOf } from '../../machines/api/strategies.ts';

type Fields = Record<string, unknown>;

const pod = (own: Fields, spec: Fields = {}) => ({
  metadata: { name: 'x' },
  spec: { containers: [{ name: 'a', ...own }], ...spec },
});
const selector = 'a null labelSelector results in matching no pod';

/** Resource, what it is about, the object, the warnings. */
const cases: readonly (readonly [string, string, Fields, readonly string[]])[] = [
  ['core/pods', 'nothing', pod({}), []],
  [
    'core/pods',
    'a name with dots',
    { ...pod({}), metadata: { name: 'a.b' } },
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ],
  [
    'core/pods',
    'hidden variables',
    pod({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '$(A)2' },
        { name: 'A', value: '3' },
      ],
    }),
    [
      'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
    ],
  ],
  [
    'core/pods',
    'parts of bytes',
    pod({ resources: { requests: { memory: '500m', cpu: '500m' } } }),
    [
      'spec.containers[0].resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer',
    ],
  ],
  [
    'core/pods',
    'ports twice',
    pod({
      ports: [
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 80, protocol: 'TCP', hostPort: 8080 },
      ],
    }),
    [
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
    ],
  ],
  [
    'core/pods',
    'old labels, volumes and selectors of nothing',
    pod(
      {},
      {
        nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
        topologySpreadConstraints: [{ topologyKey: 'z' }],
        volumes: [{ name: 'v', gitRepo: {} }],
        terminationGracePeriodSeconds: -1,
      },
    ),
    [
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      `spec.topologySpreadConstraints[0].labelSelector: ${selector}`,
      'spec.volumes[0].gitRepo: deprecated in v1.11',
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
  ],
  [
    'apps/deployments',
    'its template',
    {
      metadata: { name: 'x' },
      spec: {
        template: {
          metadata: { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } },
          spec: { imagePullSecrets: [{}] },
        },
      },
    },
    [
      'spec.template.metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'spec.template.spec.imagePullSecrets[0].name: invalid empty name ""',
    ],
  ],
  [
    'core/services',
    'what is ignored',
    {
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        sessionAffinity: 'ClientIP',
        externalName: 'a',
      },
    },
    [
      'spec.SessionAffinity is ignored for headless services',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ],
  ],
  [
    'core/persistentvolumes',
    'recycling',
    { spec: { persistentVolumeReclaimPolicy: 'Recycle' } },
    [
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ],
  ],
];

describe('warnings', () => {
  test.each(cases)('%s: %s', (resource, _, object, expected) => {
    expect(strategyOf(resource).warnings?.(object, undefined)).toEqual(expected);
  });

  test('an update of the status alone does not warn again', () => {
    const object = {
      metadata: { name: 'a.b' },
      spec: { template: { spec: { imagePullSecrets: [{}] } } },
    };
    expect(strategyOf('apps/deployments').warnings?.(object, object)).toEqual([]);
  });
});
