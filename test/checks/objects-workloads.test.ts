/**
 * Planted bugs of workloads, budgets, owners and endpoints: a log in which exactly one rule fails, and its twin in
 * which none does.
 */
import { describe, expect, it } from 'vitest';
import { OBJECT_RULES } from '../../machines/checks/objects/rules.ts';
import { judge, Log, object, ownedBy, ready } from './planted/log.ts';

type Parts = { readonly [field: string]: unknown };

const MINUTE = 60_000;
const pod = (name: string, meta: Parts = {}, status: Parts = { phase: 'Running' }) =>
  object('core/pods', name, { meta, spec: { nodeName: 'n1' }, status });
const job = (status: Parts, spec: Parts = {}) =>
  object('batch/jobs', 'j', { spec: { completions: 3, parallelism: 1, ...spec }, status });
const ofJob = (name: string, phase: string) =>
  pod(name, ownedBy('Job', 'j', 'u-j', 'batch/v1'), { phase });
const tracked = (name: string, phase: string) =>
  pod(
    name,
    { ...ownedBy('Job', 'j', 'u-j', 'batch/v1'), finalizers: ['batch.kubernetes.io/job-tracking'] },
    { phase },
  );
const uncounted = (...succeeded: string[]) => ({ uncountedTerminatedPods: { succeeded } });

const app = { labels: { app: 'web' } };
const budget = (allowed: number, disruptedPods: Parts = {}, status: Parts = {}) =>
  object('policy/poddisruptionbudgets', 'web', {
    meta: { generation: 1 },
    spec: { minAvailable: 2, selector: { matchLabels: app.labels } },
    status: {
      disruptionsAllowed: allowed,
      desiredHealthy: 2,
      currentHealthy: 3,
      expectedPods: 3,
      observedGeneration: 1,
      disruptedPods,
      ...status,
    },
  });
const healthy = (name: string, meta: Parts = {}) =>
  pod(name, { ...app, ...meta }, { phase: 'Running', ...ready() });
const going = { deletionTimestamp: 'now' };
const byApi = (name: string) =>
  pod(
    name,
    { ...app, ...going },
    {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
      ],
    },
  );
const threePods = () => new Log().put(budget(1), healthy('a'), healthy('b'), healthy('c'));

const deployment = (replicas: number, rolling: Parts = {}, generation = 1) =>
  object('apps/deployments', 'web', {
    meta: { generation },
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0, ...rolling } },
    },
  });
const set = (name: string, replicas: number, availableReplicas = 0, desired = '3') =>
  object('apps/replicasets', name, {
    meta: {
      ...ownedBy('Deployment', 'web'),
      annotations: { 'deployment.kubernetes.io/desired-replicas': desired },
    },
    spec: { replicas },
    status: { availableReplicas },
  });
const ofSet = (name: string, owner: string, meta: Parts = {}) =>
  pod(name, { ...ownedBy('ReplicaSet', owner), ...meta });

const waiting = { finalizers: ['foregroundDeletion'], ...going };
const config = (meta: Parts = {}) => object('core/configmaps', 'c', { meta });
const counted = (generation: number, spec: Parts, observedGeneration?: number) =>
  object('apps/deployments', 'd', { meta: { generation }, spec, status: { observedGeneration } });

const slice = (conditions: Parts, uid = 'u-a') =>
  object('discovery.k8s.io/endpointslices', 'web-1', {
    meta: {
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'web',
      },
    },
    endpoints: [{ addresses: ['10.0.0.1'], conditions, targetRef: { kind: 'Pod', uid } }],
  });
const serving = { ready: true, serving: true, terminating: false };
const unready = pod('a', app, { phase: 'Running', ...ready(false) });
const tick = object('core/configmaps', 'tick');
const quota = (used: string, hard = '2') =>
  object('core/resourcequotas', 'q', {
    spec: { hard: { pods: '2' } },
    status: { hard: { pods: hard }, used: { pods: used } },
  });

/** Name of the rule, what the bug does, the log with it, its clean twin. */
const CASES: readonly (readonly [rule: string, what: string, bad: Log, good: Log])[] = [
  [
    'job-count',
    'a job counts a pod that did not end',
    new Log().put(job({}), ofJob('p', 'Running')).put(job({ succeeded: 1 })),
    new Log()
      .put(job({}), ofJob('p', 'Running'), ofJob('p', 'Succeeded'))
      .put(job({ succeeded: 1 })),
  ],
  [
    'job-count',
    'a job counts a pod again after a crash',
    new Log()
      .put(job({}), ofJob('p', 'Succeeded'), job(uncounted('u-p')), job({ succeeded: 1 }))
      .put(job({ succeeded: 1, ...uncounted('u-p') })),
    new Log()
      .put(job({}), ofJob('p', 'Succeeded'), job(uncounted('u-p')), job({ succeeded: 1 }))
      .put(ofJob('q', 'Succeeded'), job({ succeeded: 1, ...uncounted('u-q') })),
  ],
  [
    'job-count',
    'a pod is let go before it is noted',
    new Log().put(job({}), tracked('p', 'Succeeded')).after(MINUTE).put(ofJob('p', 'Succeeded')),
    new Log()
      .put(job({}), tracked('p', 'Succeeded'))
      .after(MINUTE)
      .put(job(uncounted('u-p')), ofJob('p', 'Succeeded')),
  ],
  [
    'job-count',
    'a count falls',
    new Log().put(job({}), ofJob('p', 'Failed'), job({ failed: 1 })).put(job({})),
    new Log()
      .put(job({}), ofJob('p', 'Failed'), job({ failed: 1 }))
      .put(job({ failed: 1, active: 1 })),
  ],
  [
    'job-count',
    'an index is counted twice',
    new Log()
      .put(job({}, { completionMode: 'Indexed' }), ofJob('p', 'Succeeded'), ofJob('q', 'Succeeded'))
      .put(job({ succeeded: 2, completedIndexes: '0' }, { completionMode: 'Indexed' })),
    new Log()
      .put(job({}, { completionMode: 'Indexed' }), ofJob('p', 'Succeeded'), ofJob('q', 'Succeeded'))
      .put(job({ succeeded: 2, completedIndexes: '0-1' }, { completionMode: 'Indexed' })),
  ],
  [
    'job-count',
    'more pods than parallelism',
    new Log().put(job({})).after(MINUTE).put(ofJob('p', 'Running'), ofJob('q', 'Pending')),
    new Log()
      .process('controllers-1', 'controllers', 'crashed')
      .put(job({}))
      .after(MINUTE)
      .put(ofJob('p', 'Running'), ofJob('q', 'Pending')),
  ],
  [
    'disruption-budget',
    'two are evicted where one may be',
    threePods().together('m', budget(0, { a: 'now', b: 'now' })),
    threePods().together('m', healthy('a', going), budget(0, { a: 'now' })),
  ],
  [
    'disruption-budget',
    'an eviction is not taken off',
    threePods().together('m', healthy('a', going), budget(1, { a: 'now' })),
    threePods().put(budget(1, {}, { currentHealthy: 2 })),
  ],
  [
    'disruption-budget',
    'the budget counts a pod that has long been lost',
    threePods()
      .delete(healthy('c'))
      .after(MINUTE)
      .together('m', healthy('a', going), budget(0, { a: 'now' })),
    threePods()
      .delete(healthy('c'))
      .after(1_000)
      .together('m', healthy('a', going), budget(0, { a: 'now' })),
  ],
  [
    'disruption-budget',
    'an eviction passes its budget by',
    threePods().put(byApi('a')).after(10).put(tick),
    threePods()
      .together('m', byApi('a'), budget(0, { a: 'now' }))
      .put(tick),
  ],
  [
    'surge-limits',
    'a rollout asks for two more than its surge',
    new Log().put(deployment(3), set('old', 3, 3), set('new', 2)),
    new Log().put(deployment(3), set('old', 3, 3), set('new', 1)),
  ],
  [
    'surge-limits',
    'a rollout takes available pods away too soon',
    new Log().put(deployment(3), set('old', 3, 3), set('new', 1)).put(set('old', 2, 3)),
    new Log()
      .put(deployment(3), set('old', 3, 3), set('new', 1), set('new', 1, 1))
      .put(set('old', 2, 3)),
  ],
  [
    'surge-limits',
    'a pod that is not ready goes, and a ready one with it',
    new Log()
      .put(deployment(3), set('old', 3, 3), set('new', 1))
      .after(MINUTE)
      .put(set('old', 3, 2), set('old', 1, 2)),
    new Log()
      .put(deployment(3), set('old', 3, 3), set('new', 1))
      .after(MINUTE)
      .put(set('old', 3, 2), set('old', 2, 2)),
  ],
  [
    'surge-limits',
    'a scaling is no excuse for a rollout that goes on after it',
    new Log()
      .put(deployment(3), set('old', 4, 4), set('new', 0))
      .put(set('old', 3, 4, '2'), set('old', 2, 4, '2')),
    new Log().put(deployment(3), set('old', 4, 4), set('new', 0)).put(set('old', 2, 4, '2')),
  ],
  [
    'surge-limits',
    'pods of the new template are made while too many of the old are there',
    new Log()
      .put(deployment(1), set('old', 1, 1), ofSet('a', 'old'))
      .after(MINUTE)
      .put(set('new', 1), ofSet('b', 'new'), ofSet('c', 'new')),
    new Log()
      .put(deployment(1), set('old', 1, 1), ofSet('a', 'old'))
      .after(MINUTE)
      .put(set('new', 1), ofSet('b', 'new'), ofSet('b', 'new', going), ofSet('c', 'new')),
  ],
  [
    'finalizers-honoured',
    'a deletion forgets the finalizer on its way',
    new Log().put(config({ finalizers: ['a/b'] })).delete(config(going)),
    new Log()
      .put(config({ finalizers: ['a/b'] }), config({ finalizers: ['a/b'], ...going }))
      .delete(config({ finalizers: ['a/b'], ...going })),
  ],
  [
    'finalizers-honoured',
    'a deletion is taken back',
    new Log().put(config({ finalizers: ['a/b'], ...going })).put(config({ finalizers: ['a/b'] })),
    new Log()
      .put(config({ finalizers: ['a/b'], ...going }))
      .put(config({ finalizers: ['a/b'], deletionTimestamp: 'sooner' })),
  ],
  [
    'immutable-uid',
    'an object is replaced without a delete',
    new Log().put(config()).put(config({ uid: 'u-2' })),
    new Log()
      .put(config())
      .delete(config())
      .put(config({ uid: 'u-2' })),
  ],
  [
    'immutable-uid',
    'two objects share a uid',
    new Log().put(config()).put(object('core/configmaps', 'd', { meta: { uid: 'u-c' } })),
    new Log()
      .put(config())
      .delete(config())
      .put(object('core/configmaps', 'd', { meta: { uid: 'u-c' } })),
  ],
  [
    'generation-observed',
    'a generation for nothing',
    new Log().put(counted(1, { replicas: 1 })).put(counted(2, { replicas: 1 }, 1)),
    new Log().put(counted(1, { replicas: 1 })).put(counted(2, { replicas: 2 }, 1)),
  ],
  [
    'generation-observed',
    'a spec changes unnoticed',
    new Log().put(counted(1, { replicas: 1 })).put(counted(1, { replicas: 2 })),
    new Log().put(counted(1, { replicas: 1 })).put(counted(1, { replicas: 1 }, 1)),
  ],
  [
    'generation-observed',
    'an old leader writes what it saw',
    new Log().put(counted(3, {}, 3)).put(counted(3, {}, 2)),
    new Log().put(counted(3, {}, 2)).put(counted(3, {}, 3)),
  ],
  [
    'generation-observed',
    'a status is ahead of its spec',
    new Log().put(counted(1, {}, 2)),
    new Log().put(counted(1, {}, 1)),
  ],
  [
    'garbage',
    'a dependent is forgotten',
    new Log().put(deployment(0), set('old', 0)).delete(deployment(0)).after(MINUTE).phase('end'),
    new Log()
      .put(deployment(0), set('old', 0))
      .delete(deployment(0))
      .after(1_000)
      .delete(set('old', 0))
      .after(MINUTE)
      .phase('end'),
  ],
  [
    'garbage',
    'an owner does not wait for its dependents',
    new Log()
      .put(deployment(0), set('old', 0))
      .after(MINUTE)
      .put(object('apps/deployments', 'web', { meta: waiting }))
      .delete(object('apps/deployments', 'web', { meta: waiting }), set('old', 0)),
    new Log()
      .put(deployment(0), set('old', 0))
      .after(MINUTE)
      .put(object('apps/deployments', 'web', { meta: waiting }))
      .delete(set('old', 0), object('apps/deployments', 'web', { meta: waiting })),
  ],
  [
    'garbage',
    'the collector takes what has an owner',
    new Log().put(deployment(1), set('old', 0)).deleteFrom('user/garbage-collector', set('old', 0)),
    new Log()
      .put(deployment(1), set('old', 0))
      .delete(deployment(1))
      .deleteFrom('user/garbage-collector', set('old', 0)),
  ],
  [
    'garbage',
    'somebody takes a replica set that its deployment needs',
    new Log().put(deployment(1), set('old', 1)).delete(set('old', 1)),
    new Log().put(deployment(1), set('old', 1), set('old', 0)).delete(set('old', 0)),
  ],
  [
    'endpoints-fresh',
    'a deleted pod stays in a slice',
    new Log().put(healthy('a'), slice(serving)).delete(healthy('a')).after(MINUTE).put(tick),
    new Log()
      .put(healthy('a'), slice(serving))
      .delete(healthy('a'))
      .after(10_000)
      .put(slice(serving, 'u-b'), healthy('b', { uid: 'u-b' }))
      .after(MINUTE)
      .put(tick),
  ],
  [
    'endpoints-fresh',
    'a pod of a silent node stays ready in a slice',
    new Log()
      .process('n1', 'node', 'started')
      .put(healthy('a'), slice(serving))
      .fault('n', 'begun', 'n1')
      .put(unready)
      .after(MINUTE)
      .put(tick),
    new Log()
      .put(healthy('a'), slice(serving))
      .put(unready)
      .after(1_000)
      .put(slice({ ready: false, serving: false }))
      .after(MINUTE)
      .put(tick),
  ],
  [
    'endpoints-fresh',
    'somebody leads and does nothing',
    new Log()
      .put(healthy('a'), slice(serving))
      .delete(healthy('a'))
      .leadership('controllers-1', false)
      .leadership('controllers-1', true)
      .after(2 * MINUTE)
      .put(tick),
    new Log()
      .put(healthy('a'), slice(serving))
      .delete(healthy('a'))
      .leadership('controllers-1', false)
      .after(MINUTE)
      .put(tick),
  ],
  [
    'endpoints-fresh',
    'an outage excuses for as long as it lasts',
    new Log()
      .put(healthy('a'), slice(serving))
      .delete(healthy('a'))
      .fault('x', 'begun', 'controllers-1')
      .after(MINUTE)
      .fault('x', 'ended', 'controllers-1')
      .after(2 * MINUTE)
      .put(tick),
    new Log()
      .put(healthy('a'), slice(serving))
      .delete(healthy('a'))
      .fault('x', 'begun', 'controllers-1')
      .after(MINUTE)
      .fault('x', 'ended', 'controllers-1')
      .after(50_000)
      .put(tick),
  ],
  [
    'quota-honoured',
    'a pod beyond the quota',
    new Log().put(quota('0')).after(MINUTE).put(pod('a'), pod('b'), pod('c')),
    new Log()
      .put(quota('0'))
      .after(MINUTE)
      .put(pod('a'), pod('b'), pod('b', {}, { phase: 'Failed' }), pod('c')),
  ],
  [
    'quota-honoured',
    'a quota counts beyond itself',
    new Log().put(quota('1')).after(MINUTE).put(quota('3')),
    new Log().put(quota('2')).after(MINUTE).put(quota('2', '1')),
  ],
];

describe('planted bugs of workloads', () => {
  it.each(CASES)('%s: %s', (rule, _, bad, good) => {
    expect(judge(OBJECT_RULES, bad).map((violation) => violation.rule)).toEqual([rule]);
    expect(judge(OBJECT_RULES, good)).toEqual([]);
  });

  it('plants a bug for every rule but those of pods and nodes', () => {
    const elsewhere = ['pod-', 'restart-', 'service-', 'node-', 'statefulset-'];
    const here = OBJECT_RULES.map(({ name }) => name).filter(
      (name) => !elsewhere.some((prefix) => name.startsWith(prefix)),
    );
    expect(new Set(CASES.map(([rule]) => rule))).toEqual(new Set(here));
  });
});
