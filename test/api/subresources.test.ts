/** Status, scale, bindings, evictions, tokens, reviews, and the ways of deleting. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserInfo } from '../../machines/api/request.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type ApiWorld, type Ask, createApiWorld, podOf, short } from './world.ts';

let world: ApiWorld;
const inDefault = { namespace: 'default' };
const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] };

beforeAll(async () => {
  world = await createApiWorld();
  await create('v1/serviceaccounts', { metadata: { name: 'default' } });
});
afterAll(() => {
  world.close();
  expect(world.bugs).toEqual([]);
});

const create = (path: string, body: object, more: Partial<Ask> = {}) =>
  world.ask({ verb: 'create', path, ...inDefault, body, ...more });
const get = (path: string, name: string) => world.make({ verb: 'get', path, ...inDefault, name });
const merge = (path: string, name: string, body: object, more: Partial<Ask> = {}) =>
  world.ask({ verb: 'patch', path, ...inDefault, name, patch: { type: 'merge', body }, ...more });

function deployment(name: string): AnyObject {
  return {
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'x' }] },
      },
    },
  };
}

describe('status', () => {
  it('is apart from the rest', async () => {
    const made = await create('apps/v1/deployments', {
      ...deployment('web'),
      status: { replicas: 9 },
    });
    expect(made.object).toMatchObject({ metadata: { generation: 1 }, status: {} });
    const status = await merge('apps/v1/deployments/status', 'web', {
      spec: { replicas: 7 },
      status: { replicas: 2, observedGeneration: 1 },
    });
    expect(status.object).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 2 },
      status: { replicas: 2 },
    });
    const spec = await merge('apps/v1/deployments', 'web', {
      spec: { replicas: 5 },
      status: { replicas: 99 },
    });
    expect(spec.object).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 5 },
      status: { replicas: 2 },
    });
    const labelled = await merge('apps/v1/deployments', 'web', {
      metadata: { labels: { a: 'b' } },
    });
    expect(labelled.object.metadata?.generation).toBe(2);
  });
});

describe('scale', () => {
  it('reads and changes the replicas', async () => {
    await create('apps/v1/deployments', deployment('scaled'));
    const scale = await get('apps/v1/deployments/scale', 'scaled');
    expect(scale).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'scaled', namespace: 'default' },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=scaled' },
    });
    const updated = await world.make({
      verb: 'update',
      path: 'apps/v1/deployments/scale',
      ...inDefault,
      name: 'scaled',
      body: { ...scale, spec: { replicas: 4 } },
    });
    expect(updated).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
    const patched = await merge('apps/v1/deployments/scale', 'scaled', { spec: { replicas: 1 } });
    expect(patched.object).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } });
    expect(await get('apps/v1/deployments', 'scaled')).toMatchObject({
      metadata: { generation: 3 },
      spec: { replicas: 1 },
    });
    const stale = await world.ask({
      verb: 'update',
      path: 'apps/v1/deployments/scale',
      ...inDefault,
      name: 'scaled',
      body: { ...scale, spec: { replicas: 9 } },
    });
    expect(stale.code).toBe(409);
    expect(
      short(await merge('apps/v1/deployments/scale', 'scaled', { spec: { replicas: -1 } })),
    ).toBe(
      '422 Invalid: Scale.autoscaling "scaled" is invalid: spec.replicas: Invalid value: -1: ' +
        'must be greater than or equal to 0',
    );
  });
});

describe('binding', () => {
  it('binds once', async () => {
    await create('v1/pods', podOf('free'));
    const bind = (node: string, more: object = {}) =>
      create(
        'v1/pods/binding',
        { target: { kind: 'Node', name: node }, ...more },
        { name: 'free' },
      );
    expect(short(await bind('n1', { metadata: { uid: 'other' } }))).toMatch(
      /^409 Conflict: .*UID in precondition/,
    );
    expect((await bind('n1')).code).toBe(201);
    expect(await get('v1/pods', 'free')).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    expect(short(await bind('n2'))).toBe(
      '409 Conflict: Operation cannot be fulfilled on pods/binding "free": pod free is already assigned to node "n1"',
    );
    expect(short(await bind(''))).toBe(
      '422 Invalid: Binding "free" is invalid: target.name: Required value',
    );
  });
});

describe('eviction', () => {
  const evict = (name: string, more: Partial<Ask> = {}) =>
    create('v1/pods/eviction', { metadata: { name } }, { name, ...more });

  it('respects the budget of a pod, and counts itself', async () => {
    const budget = {
      metadata: { name: 'guard' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
    };
    await create('policy/v1/poddisruptionbudgets', budget);
    for (const name of ['g1', 'g2']) {
      const pod = podOf(name, { metadata: { name, labels: { app: 'guarded' } } });
      await create('v1/pods', pod);
      await create('v1/pods/binding', { target: { name: 'n1' } }, { name });
      await merge('v1/pods/status', name, {
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      });
    }
    expect(short(await evict('g1'))).toMatch(
      /^429 TooManyRequests: Cannot evict pod as it would violate/,
    );
    await merge('policy/v1/poddisruptionbudgets/status', 'guard', {
      status: {
        observedGeneration: 1,
        disruptionsAllowed: 1,
        currentHealthy: 2,
        desiredHealthy: 1,
        expectedPods: 2,
      },
    });
    expect((await evict('g1', { query: { dryRun: 'All' } })).code).toBe(201);
    expect((await evict('g1')).object).toMatchObject({ kind: 'Status', status: 'Success' });
    const evicted = await get('v1/pods', 'g1');
    expect(evicted.metadata?.deletionTimestamp).toBeDefined();
    expect(evicted.status).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
      ],
    });
    expect(await get('policy/v1/poddisruptionbudgets', 'guard')).toMatchObject({
      status: { disruptionsAllowed: 0, disruptedPods: { g1: expect.any(String) } },
    });
    const refused = await evict('g2');
    expect(refused.object).toMatchObject({
      code: 429,
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget guard needs 1 healthy pods and has 2 currently',
          },
        ],
      },
    });
    expect(short(await evict('ghost'))).toBe('404 NotFound: pods "ghost" not found');
  });

  it('takes an empty selector of a budget for every pod, and none for no pod', async () => {
    const running = { status: { phase: 'Running' } };
    await create('v1/pods', podOf('e1', { metadata: { name: 'e1' } }));
    await merge('v1/pods/status', 'e1', running);
    const budget = (name: string, spec: object) =>
      create('policy/v1/poddisruptionbudgets', { metadata: { name }, spec });
    await budget('of-none', { minAvailable: 1 });
    expect((await evict('e1', { query: { dryRun: 'All' } })).code).toBe(201);
    await budget('of-all', { minAvailable: 1, selector: {} });
    expect(short(await evict('e1'))).toMatch(/^429 TooManyRequests/);
    const budgets = { path: 'policy/v1/poddisruptionbudgets', ...inDefault };
    expect((await world.ask({ verb: 'delete', ...budgets, name: 'of-all' })).code).toBe(200);
  });
});

describe('tokens', () => {
  it('stand for the account until what they are bound to is gone', async () => {
    await create('v1/serviceaccounts', { metadata: { name: 'runner' } });
    const pod = podOf('holder');
    await create('v1/pods', {
      ...pod,
      spec: { ...(pod.spec as object), serviceAccountName: 'runner' },
    });
    const { uid } = (await get('v1/pods', 'holder')).metadata ?? {};
    const spec = { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid } };
    const made = await create('v1/serviceaccounts/token', { spec }, { name: 'runner' });
    expect(made).toMatchObject({ code: 201, object: { kind: 'TokenRequest' } });
    const { token } = made.object.status as { token: string };
    const user = await world.api.authenticateToken(token);
    expect(user).toMatchObject({
      name: 'system:serviceaccount:default:runner',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['holder'] },
    });
    const review = await create(
      'authentication.k8s.io/v1/tokenreviews',
      { spec: { token } },
      { namespace: '' },
    );
    expect(review.object).toMatchObject({
      status: { authenticated: true, user: { username: 'system:serviceaccount:default:runner' } },
    });
    await world.make({ verb: 'delete', path: 'v1/pods', ...inDefault, name: 'holder' });
    expect(await world.api.authenticateToken(token)).toBeUndefined();
    expect(await world.api.authenticateToken('garbage')).toBeUndefined();
  });

  it.each([
    [{ expirationSeconds: 5 }, 'runner', /may not specify a duration less than 10 minutes/],
    [
      { boundObjectRef: { kind: 'Pod', name: 'ghost' } },
      'runner',
      /^404 NotFound: pods "ghost" not found/,
    ],
    [{}, 'ghost', /^404 NotFound: serviceaccounts "ghost" not found/],
  ])('are refused for %j of %s', async (spec, name, expected) => {
    await create('v1/serviceaccounts', { metadata: { name: 'runner' } });
    expect(short(await create('v1/serviceaccounts/token', { spec }, { name }))).toMatch(expected);
  });
});

describe('reviews', () => {
  const review = (kind: string, spec: object, user = jane) =>
    create(`authorization.k8s.io/v1/${kind}`, { spec }, { namespace: '', user });
  it('answer what one may do', async () => {
    const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'default' };
    const own = await review('selfsubjectaccessreviews', { resourceAttributes });
    expect(own).toMatchObject({ code: 201, object: { status: { allowed: false } } });
    const others = await world.ask({
      verb: 'create',
      path: 'authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        spec: { user: 'system:serviceaccount:default:default', resourceAttributes },
      },
    });
    expect(others.object).toMatchObject({ status: { allowed: true } });
    const rules = await review('selfsubjectrulesreviews', { namespace: 'default' });
    expect(rules.object).toMatchObject({ status: { incomplete: false } });
    const self = await create(
      'authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { namespace: '', user: jane },
    );
    expect(self.object).toMatchObject({ status: { userInfo: { username: 'jane' } } });
    expect(short(await review('selfsubjectaccessreviews', {}))).toMatch(/^422 Invalid/);
  });
});

describe('propagation', () => {
  it.each([
    [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    [{ propagationPolicy: 'Orphan' }, ['orphan']],
    [{ orphanDependents: true }, ['orphan']],
    [{ propagationPolicy: 'Background' }, undefined],
    [{}, undefined],
  ])('%j leaves %j', async (body, finalizers) => {
    await create('apps/v1/deployments', deployment('parent'));
    const reply = await world.ask({
      verb: 'delete',
      path: 'apps/v1/deployments',
      ...inDefault,
      name: 'parent',
      body,
    });
    expect(reply.code).toBe(200);
    if (finalizers === undefined) {
      expect(reply.object).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'parent' },
      });
      return;
    }
    expect(reply.object.metadata).toMatchObject({
      finalizers,
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
    await merge('apps/v1/deployments', 'parent', { metadata: { finalizers: null } });
  });

  it('orphans the pods of a Job unless told otherwise', async () => {
    const { template } = deployment('j').spec as { template: AnyObject };
    const podSpec = { ...(template.spec as object), restartPolicy: 'Never' };
    const job = { metadata: { name: 'j' }, spec: { template: { spec: podSpec } } };
    await create('batch/v1/jobs', job);
    const reply = await world.ask({
      verb: 'delete',
      path: 'batch/v1/jobs',
      ...inDefault,
      name: 'j',
    });
    expect(reply.object.metadata?.finalizers).toEqual(['orphan']);
  });

  it.each([
    [
      { propagationPolicy: 'Sideways' },
      /Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"/,
    ],
    [
      { propagationPolicy: 'Orphan', orphanDependents: true },
      /orphanDependents and deletionPropagation cannot be both set/,
    ],
    [
      { kind: 'Pod', apiVersion: 'v1' },
      /^400 BadRequest: Pod in version "v1" cannot be handled as a DeleteOptions/,
    ],
  ])('refuses %j', async (body, expected) => {
    const reply = await world.ask({
      verb: 'delete',
      path: 'v1/configmaps',
      ...inDefault,
      name: 'any',
      body,
    });
    expect(short(reply)).toMatch(expected);
  });
});

describe('versions', () => {
  it('of autoscalers are one object', async () => {
    const v1 = {
      metadata: { name: 'auto' },
      spec: {
        maxReplicas: 5,
        targetCPUUtilizationPercentage: 60,
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
      },
    };
    const made = await create('autoscaling/v1/horizontalpodautoscalers', v1);
    expect(made.object).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { targetCPUUtilizationPercentage: 60 },
    });
    const v2 = await get('autoscaling/v2/horizontalpodautoscalers', 'auto');
    expect(v2).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: {
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
          },
        ],
      },
    });
    const patched = await merge('autoscaling/v1/horizontalpodautoscalers', 'auto', {
      spec: { targetCPUUtilizationPercentage: 80 },
    });
    expect(patched.object).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { targetCPUUtilizationPercentage: 80 },
    });
  });

  it('of events are one object', async () => {
    const event = {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'Tested',
      message: 'it works',
      type: 'Normal',
      reportingComponent: 'tests',
    };
    await create('v1/events', event);
    const other = await get('events.k8s.io/v1/events', 'e');
    expect(other).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'it works',
      regarding: { name: 'p' },
      reportingController: 'tests',
    });
    const { requestOf } = await import('./world.ts');
    const listed = await world.api.list(
      requestOf({
        verb: 'list',
        path: 'events.k8s.io/v1/events',
        ...inDefault,
        query: { fieldSelector: 'regarding.name=p' },
      }),
    );
    expect('entries' in listed && listed.entries.length).toBe(1);
  });
});
