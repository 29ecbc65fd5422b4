/**
 * Create, get, list, update, patch, delete and watch: the path of a pod and a config map through
 * the API.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReply, type ListReply } from '../../actors/apiserver/api.ts';
import { type ApiWorld, createApiWorld, podOf, requestOf, short, type Watched } from './world.ts';

let world: ApiWorld;
const inDefault = { namespace: 'default' };

beforeAll(async () => {
  world = await createApiWorld({ advertise: { address: '127.0.0.1', port: 6443 } });
  await world.make({
    verb: 'create',
    path: 'v1/serviceaccounts',
    ...inDefault,
    body: { metadata: { name: 'default' } },
  });
});
afterAll(() => {
  world.close();
  expect(world.bugs).toEqual([]);
});

describe('bootstrap', () => {
  it('makes the system namespaces, priority classes and the kubernetes Service', async () => {
    const list = (await world.api.list(
      requestOf({ verb: 'list', path: 'v1/namespaces' }),
    )) as ListReply;
    const names = list.entries.map((entry) => entry.object.metadata?.name);
    expect(names).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    const service = await world.make({
      verb: 'get',
      path: 'v1/services',
      ...inDefault,
      name: 'kubernetes',
    });
    expect(service).toMatchObject({
      spec: { clusterIP: '127.96.0.1', clusterIPs: ['127.96.0.1'] },
    });
    const ip = await world.make({
      verb: 'get',
      path: 'networking.k8s.io/v1/ipaddresses',
      name: '127.96.0.1',
    });
    expect(ip).toMatchObject({ spec: { parentRef: { resource: 'services', name: 'kubernetes' } } });
  });
});

describe('create', () => {
  it('fills in what the server owns', async () => {
    const pod = await world.make({
      verb: 'create',
      path: 'v1/pods',
      ...inDefault,
      body: podOf('one'),
    });
    expect(pod).toMatchObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one', namespace: 'default', generation: 1 },
      spec: {
        serviceAccountName: 'default',
        priority: 0,
        preemptionPolicy: 'PreemptLowerPriority',
        restartPolicy: 'Always',
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 },
          { key: 'node.kubernetes.io/unreachable', tolerationSeconds: 300 },
        ],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
    expect(pod.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(pod.metadata?.resourceVersion)).toBeGreaterThan(0);
    const again = await world.make({ verb: 'get', path: 'v1/pods', ...inDefault, name: 'one' });
    expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(pod)));
  });

  it('generates names', async () => {
    const body = { ...podOf('x'), metadata: { generateName: 'web-' } };
    const pod = await world.make({ verb: 'create', path: 'v1/pods', ...inDefault, body });
    expect(pod.metadata?.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it.each([
    ['a taken name', { body: podOf('one') }, '409 AlreadyExists: pods "one" already exists'],
    [
      'a missing namespace',
      { namespace: 'nowhere', body: podOf('one') },
      '404 NotFound: namespaces "nowhere" not found',
    ],
    [
      'another namespace in the body',
      { body: { ...podOf('two'), metadata: { name: 'two', namespace: 'other' } } },
      '400 BadRequest: the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a wrong name',
      { body: podOf('UPPER') },
      /^422 Invalid: Pod "UPPER" is invalid: metadata.name: Invalid value: "UPPER": a lowercase RFC 1123 subdomain/,
    ],
    [
      'a missing service account',
      {
        body: {
          ...podOf('two'),
          spec: { serviceAccountName: 'ghost', containers: [{ name: 'a', image: 'b' }] },
        },
      },
      '403 Forbidden: pods "two" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
    ],
    [
      'a resourceVersion',
      { body: { ...podOf('two'), metadata: { name: 'two', resourceVersion: '1' } } },
      '400 BadRequest: resourceVersion should not be set on objects to be created',
    ],
    [
      'an unknown field, strictly',
      { body: { ...podOf('two'), bogus: 1 }, query: { fieldValidation: 'Strict' } },
      '400 BadRequest: Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "bogus"',
    ],
  ])('refuses %s', async (_, ask, expected) => {
    const reply = await world.ask({ verb: 'create', path: 'v1/pods', ...inDefault, ...ask });
    if (typeof expected === 'string') expect(short(reply)).toBe(expected);
    else expect(short(reply)).toMatch(expected);
  });

  it('writes nothing in a dry run', async () => {
    const ask = { verb: 'create', path: 'v1/pods', ...inDefault, body: podOf('dry') } as const;
    const reply = await world.ask({ ...ask, query: { dryRun: 'All' } });
    expect(reply.code).toBe(201);
    const got = await world.ask({ verb: 'get', path: 'v1/pods', ...inDefault, name: 'dry' });
    expect(short(got)).toBe('404 NotFound: pods "dry" not found');
  });
});

describe('update and patch', () => {
  const configMap = { path: 'v1/configmaps', ...inDefault, name: 'settings' };
  beforeAll(async () => {
    await world.make({
      verb: 'create',
      path: 'v1/configmaps',
      ...inDefault,
      body: { metadata: { name: 'settings' }, data: { a: '1' } },
    });
  });

  it('keeps the revision where nothing changes', async () => {
    const before = await world.make({ verb: 'get', ...configMap });
    const after = await world.make({ verb: 'update', ...configMap, body: before });
    expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion);
    const patched = await world.make({
      verb: 'patch',
      ...configMap,
      patch: { type: 'merge', body: { data: { a: '1' } } },
    });
    expect(patched.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion);
  });

  it('guards by resourceVersion', async () => {
    const before = await world.make({ verb: 'get', ...configMap });
    await world.make({
      verb: 'patch',
      ...configMap,
      patch: { type: 'merge', body: { data: { b: '2' } } },
    });
    const reply = await world.ask({
      verb: 'update',
      ...configMap,
      body: { ...before, data: { a: 'lost' } },
    });
    expect(short(reply)).toBe(
      '409 Conflict: Operation cannot be fulfilled on configmaps "settings": the object has been modified; ' +
        'please apply your changes to the latest version and try again',
    );
  });

  it('applies many patches at once without losing one', async () => {
    const patches = Array.from({ length: 5 }, (_, index) =>
      world.make({
        verb: 'patch',
        ...configMap,
        patch: { type: 'merge', body: { data: { [`k${index}`]: 'v' } } },
      }),
    );
    await Promise.all(patches);
    const after = await world.make({ verb: 'get', ...configMap });
    expect(Object.keys(after.data as object).filter((key) => key.startsWith('k'))).toHaveLength(5);
  });

  it('does not let a client change what the server owns', async () => {
    const before = await world.make({ verb: 'get', ...configMap });
    const reply = await world.ask({
      verb: 'patch',
      ...configMap,
      patch: { type: 'merge', body: { metadata: { uid: 'other' } } },
    });
    expect(reply.code).toBe(409);
    const after = await world.make({
      verb: 'patch',
      ...configMap,
      patch: { type: 'merge', body: { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } } },
    });
    expect(after.metadata).toEqual(before.metadata);
  });
});

describe('delete', () => {
  it('removes an unscheduled pod at once and answers with it', async () => {
    await world.make({ verb: 'create', path: 'v1/pods', ...inDefault, body: podOf('gone') });
    const reply = await world.ask({ verb: 'delete', path: 'v1/pods', ...inDefault, name: 'gone' });
    expect(reply).toMatchObject({ code: 200, object: { kind: 'Pod', metadata: { name: 'gone' } } });
    const got = await world.ask({ verb: 'get', path: 'v1/pods', ...inDefault, name: 'gone' });
    expect(got.code).toBe(404);
  });

  it('marks a bound pod and lets go at grace 0', async () => {
    await world.make({ verb: 'create', path: 'v1/pods', ...inDefault, body: podOf('bound') });
    const bound = await world.ask({
      verb: 'create',
      path: 'v1/pods/binding',
      ...inDefault,
      name: 'bound',
      body: { target: { kind: 'Node', name: 'n1' } },
    });
    expect(bound).toMatchObject({ code: 201, object: { status: 'Success' } });
    const marked = await world.make({
      verb: 'delete',
      path: 'v1/pods',
      ...inDefault,
      name: 'bound',
    });
    expect(marked.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    const again = await world.make({ verb: 'get', path: 'v1/pods', ...inDefault, name: 'bound' });
    expect(again).toMatchObject({ spec: { nodeName: 'n1' } });
    await world.make({
      verb: 'delete',
      path: 'v1/pods',
      ...inDefault,
      name: 'bound',
      query: { gracePeriodSeconds: '0' },
    });
    const got = await world.ask({ verb: 'get', path: 'v1/pods', ...inDefault, name: 'bound' });
    expect(got.code).toBe(404);
  });

  it('waits for finalizers', async () => {
    const at = { path: 'v1/configmaps', ...inDefault, name: 'held' };
    await world.make({
      verb: 'create',
      path: 'v1/configmaps',
      ...inDefault,
      body: { metadata: { name: 'held', finalizers: ['example.com/hold'] } },
    });
    const marked = await world.make({ verb: 'delete', ...at });
    expect(marked.metadata?.deletionTimestamp).toBeDefined();
    await world.make({
      verb: 'patch',
      ...at,
      patch: { type: 'json', body: [{ op: 'remove', path: '/metadata/finalizers' }] },
    });
    expect((await world.ask({ verb: 'get', ...at })).code).toBe(404);
  });

  it('checks preconditions', async () => {
    const at = { path: 'v1/configmaps', ...inDefault, name: 'settings' };
    const reply = await world.ask({
      verb: 'delete',
      ...at,
      body: { preconditions: { uid: 'other' } },
    });
    expect(short(reply)).toMatch(
      /^409 Conflict: Operation cannot be fulfilled on ConfigMap "settings": the UID/,
    );
  });

  it('refuses to delete system namespaces', async () => {
    const reply = await world.ask({ verb: 'delete', path: 'v1/namespaces', name: 'default' });
    expect(short(reply)).toBe(
      '403 Forbidden: namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});

describe('watch', () => {
  it('tells what enters, changes and leaves a selection', async () => {
    const watched = (await world.watch({
      path: 'v1/configmaps',
      ...inDefault,
      query: { labelSelector: 'watched=yes', resourceVersion: String(world.api.revision()) },
    })) as Watched;
    const at = { path: 'v1/configmaps', ...inDefault, name: 'seen' };
    const labels = (value: string | null) =>
      world.make({
        verb: 'patch',
        ...at,
        patch: { type: 'merge', body: { metadata: { labels: { watched: value } } } },
      });
    await world.make({
      verb: 'create',
      path: 'v1/configmaps',
      ...inDefault,
      body: { metadata: { name: 'seen' } },
    });
    await labels('yes');
    await world.make({
      verb: 'patch',
      ...at,
      patch: { type: 'merge', body: { data: { x: '1' } } },
    });
    await labels(null);
    await labels('yes');
    await world.make({ verb: 'delete', ...at });
    await world.until('five events', () => watched.seen.length === 5);
    expect(watched.seen.map(({ type }) => type)).toEqual([
      'ADDED',
      'MODIFIED',
      'DELETED',
      'ADDED',
      'DELETED',
    ]);
    watched.close();
  });

  it('starts with what there is where asked, and marks the end of it', async () => {
    const watched = (await world.watch({
      path: 'v1/namespaces',
      query: {
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
    })) as Watched;
    expect(watched.seen.map(({ type }) => type)).toEqual([
      'ADDED',
      'ADDED',
      'ADDED',
      'ADDED',
      'BOOKMARK',
    ]);
    expect(watched.seen[4]?.object.metadata?.annotations).toEqual({
      'k8s.io/initial-events-end': 'true',
    });
    watched.close();
  });

  it('answers 410 for history that is gone', async () => {
    const watched = (await world.watch({
      path: 'v1/pods',
      query: { resourceVersion: '0' },
    })) as Watched;
    expect(isReply(watched)).toBe(false);
    watched.close();
  });
});
