/**
 * What is stored after defaults, preparation and validation together, as the request path runs them.
 */
import { describe, expect, test } from 'vitest';
import { cloneJson } from '../../machines/api/json.ts';
import { strategyOf } from '../../machines/api/strategies.ts';
import type { StrategyEnv } from '../../machines/api/strategy.ts';
import type { AnyObject } from '../../machines/api/view.ts';

type Fields = Record<string, unknown>;

const env: StrategyEnv = { nowMs: 0, view: undefined as unknown as StrategyEnv['view'] };

function create(resource: string, object: Fields): Fields {
  const strategy = strategyOf(resource);
  const draft = cloneJson(object) as AnyObject;
  strategy.defaults?.(draft);
  strategy.prepareForCreate?.(draft, env);
  const causes = strategy.validate?.(draft) ?? [];
  expect(causes).toEqual([]);
  return JSON.parse(JSON.stringify(draft)) as Fields;
}

const pod = { containers: [{ name: 'a', image: 'b' }] };
const metadata = { name: 'x', namespace: 'default', uid: 'u' };
const generated = {
  'batch.kubernetes.io/controller-uid': 'u',
  'batch.kubernetes.io/job-name': 'x',
  'controller-uid': 'u',
  'job-name': 'x',
};

describe('preparation', () => {
  const job = (meta: Fields, template: Fields) =>
    create('batch/jobs', {
      metadata: { ...metadata, ...meta },
      spec: { template: { ...template, spec: { ...pod, restartPolicy: 'Never' } } },
    });

  test('a job selects its pods and has their labels', () => {
    const { metadata: meta, spec } = job({}, { metadata: { labels: { app: 'a' } } }) as {
      metadata: Fields;
      spec: { selector: Fields; template: { metadata: Fields } };
    };
    expect(meta.labels).toEqual({ ...generated, app: 'a' });
    expect(spec.template.metadata.labels).toEqual({ ...generated, app: 'a' });
    expect(spec.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } });
  });

  test('a job keeps labels of its own', () => {
    const { metadata: meta } = job({ labels: { own: 'l' } }, {}) as { metadata: Fields };
    expect(meta.labels).toEqual({ own: 'l' });
  });

  test('a pod with gates says why it is not scheduled', () => {
    const { status } = create('core/pods', {
      metadata,
      spec: { ...pod, schedulingGates: [{ name: 'g' }] },
    });
    expect(status).toEqual({
      phase: 'Pending',
      qosClass: 'BestEffort',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ],
    });
  });

  test('label keys of affinities become requirements on the labels of the pod', () => {
    const term = { topologyKey: 'z', labelSelector: {}, matchLabelKeys: ['v', 'none'] };
    const { spec } = create('core/pods', {
      metadata: { ...metadata, labels: { v: '1' } },
      spec: {
        ...pod,
        affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
      },
    }) as { spec: { affinity: unknown } };
    const matchExpressions = [{ key: 'v', operator: 'In', values: ['1'] }];
    expect(spec.affinity).toEqual({
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { ...term, labelSelector: { matchExpressions } },
        ],
      },
    });
  });

  test('a namespace with a generated name gets it as a label', () => {
    const object = create('core/namespaces', { metadata: { name: 'n-abc', generateName: 'n-' } });
    expect((object.metadata as Fields).labels).toEqual({ 'kubernetes.io/metadata.name': 'n-abc' });
  });

  test.each([
    ['apps/replicasets', { replicas: 0 }],
    ['apps/statefulsets', { replicas: 0, availableReplicas: 0 }],
  ])('%s shows its counters at once', (resource, status) => {
    const labels = { app: 'a' };
    const object = create(resource, {
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    });
    expect(object.status).toEqual(status);
  });
});
