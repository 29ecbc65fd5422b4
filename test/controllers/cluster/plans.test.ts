import { describe, expect, test } from 'vitest';
import type { AnyObject } from '../../../machines/api/view.ts';
import type { Controller } from '../../../machines/controllers/controller.ts';
import { endpointSliceController } from '../../../machines/controllers/endpoint-slice.ts';
import { endpointsController } from '../../../machines/controllers/endpoints.ts';
import { garbageCollectorController } from '../../../machines/controllers/garbage-collector.ts';
import { namespaceController } from '../../../machines/controllers/namespace.ts';
import { podGarbageController } from '../../../machines/controllers/pod-garbage.ts';
import { rootCaController } from '../../../machines/controllers/root-ca.ts';
import { serviceAccountController } from '../../../machines/controllers/service-account.ts';
import { envOf, SETTINGS, World } from '../view.ts';

const T = '2023-11-14T22:13:20Z';
type Meta = { readonly [field: string]: unknown };

const object = (kind: string, name: string, metadata: Meta = {}, rest: object = {}): AnyObject =>
  ({ apiVersion: 'v1', kind, metadata: { name, ...metadata }, ...rest }) as AnyObject;
const inDefault = (kind: string, name: string, metadata: Meta = {}, rest: object = {}) =>
  object(kind, name, { namespace: 'default', uid: `uid-of-${name}`, ...metadata }, rest);
const namespace = (name: string, metadata: Meta = {}) =>
  object('Namespace', name, metadata, { spec: { finalizers: ['kubernetes'] } });
const owner = (kind: string, name: string, more: Meta = {}) => ({
  apiVersion: kind === 'ReplicaSet' ? 'apps/v1' : 'v1',
  kind,
  name,
  uid: `uid-of-${name}`,
  ...more,
});

/** Plans a key and makes the changes, once; the lines that were written. */
function once(world: World, controller: Controller, key: string): string[] {
  const from = world.lines.length;
  world.apply(controller.plan(key, world.view(), envOf(world)));
  return world.lines.slice(from);
}

/** Keys that a change of an object concerns. */
function keysOf(
  world: World,
  controller: Controller,
  resource: string,
  changed: AnyObject,
  deleted = false,
) {
  const enqueue = controller.watches[resource] ?? controller.watches['*'];
  return enqueue?.(changed as never, undefined, world.view(), deleted, resource);
}

describe('every namespace', () => {
  test('gets its ServiceAccount and its CA, once', () => {
    const world = new World([namespace('default')]);
    expect(once(world, serviceAccountController, 'default')).toEqual([
      'create core/serviceaccounts default',
    ]);
    expect(once(world, rootCaController, 'default')).toEqual([
      'create core/configmaps kube-root-ca.crt',
    ]);
    expect(once(world, serviceAccountController, 'default')).toEqual([]);
    expect(once(world, rootCaController, 'default')).toEqual([]);
    world.edit('core/configmaps', 'default', 'kube-root-ca.crt', (map) => ({ ...map, data: {} }));
    expect(once(world, rootCaController, 'default')).toEqual([
      'update core/configmaps kube-root-ca.crt',
    ]);
    expect(world.get('core/configmaps', 'default', 'kube-root-ca.crt')).toMatchObject({
      data: { 'ca.crt': SETTINGS.caCertificate },
    });
  });

  test('is left alone while it is being deleted', () => {
    const world = new World([namespace('default', { deletionTimestamp: T })]);
    expect(once(world, serviceAccountController, 'default')).toEqual([]);
    expect(once(world, rootCaController, 'default')).toEqual([]);
  });
});

describe('a namespace that is being deleted', () => {
  test('is emptied, says what keeps it, and is finalized when it is empty', () => {
    const world = new World([
      namespace('gone', { deletionTimestamp: T, finalizers: ['keeps/it'] }),
      object('ConfigMap', 'a', { namespace: 'gone' }),
      object('Secret', 'b', { namespace: 'gone', finalizers: ['example.com/keep'] }),
      object('ConfigMap', 'other', { namespace: 'default' }),
    ]);
    expect(once(world, namespaceController, 'gone')).toEqual([
      'delete core/configmaps a',
      'delete core/secrets b',
    ]);
    expect(once(world, namespaceController, 'gone')).toHaveLength(1);
    const conditions = (
      world.get('core/namespaces', '', 'gone').status as {
        conditions: { type: string; status: string; reason: string; message: string }[];
      }
    ).conditions.map(
      ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
    );
    expect(conditions).toEqual([
      'NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization',
      'NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: secrets. has 1 resource instances',
      'NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
    ]);
    expect(once(world, namespaceController, 'gone')).toEqual([]);
    world.remove('core/secrets', 'gone', 'b');
    expect(once(world, namespaceController, 'gone')).toEqual([
      'update core/namespaces gone finalize',
    ]);
  });

  test('hears of changes in it', () => {
    const world = new World([namespace('gone', { deletionTimestamp: T }), namespace('default')]);
    const at = (name: string) =>
      keysOf(
        world,
        namespaceController,
        'core/secrets',
        object('Secret', 's', { namespace: name }),
        true,
      );
    expect([at('gone'), at('default')]).toEqual([['gone'], []]);
  });
});

const pod = (name: string, ip: string, ready = true, metadata: Meta = {}, spec: object = {}) =>
  inDefault(
    'Pod',
    name,
    { labels: { app: 'web' }, ...metadata },
    {
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 8080 }] }],
        ...spec,
      },
      status: {
        phase: 'Running',
        podIP: ip,
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    },
  );
const service = (spec: object = {}) =>
  inDefault(
    'Service',
    'web',
    { labels: { app: 'web' } },
    {
      spec: {
        clusterIP: '10.0.0.1',
        ipFamilies: ['IPv4'],
        selector: { app: 'web' },
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
        ...spec,
      },
    },
  );

describe('endpoints', () => {
  test('hold ready and unready pods apart, and leave out what is going or has no address', () => {
    const world = new World([
      service(),
      pod('b', '10.1.0.2'),
      pod('a', '10.1.0.1'),
      pod('c', '10.1.0.3', false),
      pod('d', '10.1.0.4', true, { deletionTimestamp: T }),
      pod('e', ''),
    ]);
    expect(once(world, endpointsController, 'default/web')).toEqual(['create core/endpoints web']);
    const found = world.get('core/endpoints', 'default', 'web');
    const address = (ip: string, name: string) => ({
      ip,
      nodeName: 'n1',
      targetRef: { kind: 'Pod', namespace: 'default', name, uid: `uid-of-${name}` },
    });
    expect(found.subsets).toEqual([
      {
        addresses: [address('10.1.0.1', 'a'), address('10.1.0.2', 'b')],
        notReadyAddresses: [address('10.1.0.3', 'c')],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
    expect(found.metadata.labels).toEqual({
      app: 'web',
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    });
    expect(once(world, endpointsController, 'default/web')).toEqual([]);
    world.remove('core/services', 'default', 'web');
    expect(once(world, endpointsController, 'default/web')).toEqual(['delete core/endpoints web']);
  });

  test('that somebody else made stay, also before there is a service for them', () => {
    const own = inDefault('Endpoints', 'web', {}, { subsets: [] });
    const world = new World([own]);
    expect(once(world, endpointsController, 'default/web')).toEqual([]);
    world.put(service({ selector: undefined }));
    expect(once(world, endpointsController, 'default/web')).toEqual([]);
  });

  test('of services without a selector are not written', () => {
    const world = new World([service({ selector: undefined })]);
    expect(once(world, endpointsController, 'default/web')).toEqual([]);
  });
});

describe('endpoint slices', () => {
  const slices = (world: World) =>
    world.all('discovery.k8s.io/endpointslices').map((slice) => {
      const endpoints = slice.endpoints as { targetRef: { name: string }; conditions: object }[];
      return { name: slice.metadata.name, pods: endpoints.map(({ targetRef }) => targetRef.name) };
    });

  test('tell ready, serving and terminating apart', () => {
    const world = new World([
      service(),
      pod('a', '10.1.0.1'),
      pod('b', '10.1.0.2', false),
      pod('c', '10.1.0.3', true, { deletionTimestamp: T }),
      object('Node', 'n1', { labels: { 'topology.kubernetes.io/zone': 'z1' } }),
    ]);
    once(world, endpointSliceController, 'default/web');
    const [slice] = world.all('discovery.k8s.io/endpointslices');
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      metadata: {
        labels: {
          app: 'web',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
      },
    });
    expect(slice?.endpoints).toMatchObject([
      { conditions: { ready: true, serving: true, terminating: false }, zone: 'z1' },
      { conditions: { ready: false, serving: false, terminating: false }, nodeName: 'n1' },
      { conditions: { ready: false, serving: true, terminating: true } },
    ]);
    expect(once(world, endpointSliceController, 'default/web')).toEqual([]);
  });

  test('hold 100 endpoints each; a change touches one slice', () => {
    const pods = Array.from({ length: 250 }, (_, i) =>
      pod(`p${100 + i}`, `10.1.${i >> 8}.${i & 255}`),
    );
    const world = new World([service(), ...pods]);
    once(world, endpointSliceController, 'default/web');
    expect(slices(world).map((slice) => slice.pods.length)).toEqual([100, 100, 50]);
    world.remove('core/pods', 'default', 'p100');
    const lines = once(world, endpointSliceController, 'default/web');
    expect(lines).toHaveLength(1);
    expect(slices(world).map((slice) => slice.pods.length)).toEqual([99, 100, 50]);
    world.put(pod('new', '10.1.9.9'));
    expect(once(world, endpointSliceController, 'default/web')).toHaveLength(1);
    expect(slices(world).flatMap((slice) => slice.pods)).toHaveLength(250);
  });

  test('an unserved service keeps one empty slice, a headless one says so', () => {
    const world = new World([service({ clusterIP: 'None' })]);
    once(world, endpointSliceController, 'default/web');
    const [slice] = world.all('discovery.k8s.io/endpointslices');
    expect(slice).toMatchObject({ endpoints: [], ports: [] });
    expect(slice?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
    expect(once(world, endpointSliceController, 'default/web')).toEqual([]);
  });
});

describe('the garbage collector', () => {
  const set = (metadata: Meta = {}) => ({
    ...inDefault('ReplicaSet', 'web', metadata),
    apiVersion: 'apps/v1',
  });
  const mine = (more: Meta = {}) => ({
    ownerReferences: [owner('ReplicaSet', 'web', { controller: true, ...more })],
  });

  test('deletes dependents of an owner that is gone', () => {
    const world = new World([
      pod('a', '1', true, mine()),
      pod('b', '2', true, mine()),
      pod('c', '3'),
    ]);
    expect(keysOf(world, garbageCollectorController, 'apps/replicasets', set(), true)).toEqual([
      'absent/uid-of-web',
    ]);
    expect(once(world, garbageCollectorController, 'absent/uid-of-web')).toEqual([
      'delete core/pods a',
      'delete core/pods b',
    ]);
  });

  test('costs nothing while owners are there', () => {
    const world = new World([set(), pod('a', '1', true, mine())]);
    const found = world.get('core/pods', 'default', 'a');
    expect(keysOf(world, garbageCollectorController, 'core/pods', found)).toEqual([]);
    expect(once(world, garbageCollectorController, 'absent/uid-of-web')).toEqual([]);
  });

  test('notices an object whose owner was never there, or lives elsewhere', () => {
    const world = new World([
      { ...set(), metadata: { ...set().metadata, namespace: 'other' } } as AnyObject,
      pod('a', '1', true, mine()),
    ]);
    const found = world.get('core/pods', 'default', 'a');
    const keys = keysOf(world, garbageCollectorController, 'core/pods', found);
    expect(keys).toEqual(['object/core/pods/default/a']);
    expect(once(world, garbageCollectorController, keys?.[0] ?? '')).toEqual([
      'event Warning OwnerRefInvalidNamespace ownerRef [apps/v1/ReplicaSet, namespace: default, name: web, uid: uid-of-web] does not exist in namespace "default"',
      'delete core/pods a',
    ]);
  });

  test('takes off absent owners where another one stays', () => {
    const refs = { ownerReferences: [owner('ReplicaSet', 'web'), owner('ConfigMap', 'gone')] };
    const world = new World([set(), pod('a', '1', true, refs)]);
    expect(once(world, garbageCollectorController, 'object/core/pods/default/a')).toEqual([
      'patch core/pods a ownerReferences=[web]',
    ]);
  });

  test('foreground: blocking dependents go first, then the finalizer', () => {
    const deleting = { deletionTimestamp: T, finalizers: ['foregroundDeletion'] };
    const blocking = mine({ blockOwnerDeletion: true });
    const world = new World([
      set(deleting),
      pod('a', '1', true, blocking, { nodeName: undefined }),
    ]);
    const key = 'object/apps/replicasets/default/web';
    expect(keysOf(world, garbageCollectorController, 'apps/replicasets', set(deleting))).toEqual([
      key,
    ]);
    const last = world.get('core/pods', 'default', 'a');
    expect(once(world, garbageCollectorController, key)).toEqual(['delete core/pods a']);
    expect(keysOf(world, garbageCollectorController, 'core/pods', last, true)).toEqual([key]);
    expect(once(world, garbageCollectorController, key)).toEqual([
      'patch apps/replicasets web finalizers=[]',
    ]);
    expect(world.all('apps/replicasets')).toEqual([]);
  });

  test('orphan: dependents forget their owner, which then goes', () => {
    const world = new World([
      set({ deletionTimestamp: T, finalizers: ['orphan'] }),
      pod('a', '1', true, mine()),
    ]);
    expect(once(world, garbageCollectorController, 'object/apps/replicasets/default/web')).toEqual([
      'patch core/pods a ownerReferences=[]',
      'patch apps/replicasets web finalizers=[]',
    ]);
  });
});

describe('pod garbage', () => {
  test('pods of a node that is gone fail and go', () => {
    const world = new World([pod('a', '1')]);
    const first = podGarbageController.plan('node/n1', world.view(), envOf(world));
    expect(first).toEqual({ stages: [], againAtMs: world.nowMs + 40_000 });
    world.nowMs += 40_000;
    expect(once(world, podGarbageController, 'node/n1')).toEqual([
      'patch core/pods a status={phase:Failed conditions:[DisruptionTarget=True/DeletionByPodGC]}',
      'delete core/pods a',
    ]);
    expect(world.all('core/pods')).toEqual([]);
  });

  test('pods deleted before they had a node go at once', () => {
    const world = new World([
      pod('a', '1', true, { deletionTimestamp: T }, { nodeName: undefined }),
    ]);
    const found = world.get('core/pods', 'default', 'a');
    expect(keysOf(world, podGarbageController, 'core/pods', found)).toEqual(['pod/default/a']);
    expect(once(world, podGarbageController, 'pod/default/a')).toEqual(['delete core/pods a']);
  });

  test('the oldest ended pods above the threshold go', () => {
    const ended = (name: string, hour: number) => ({
      ...pod(name, '1', false, { creationTimestamp: `2023-01-01T0${hour}:00:00Z` }),
      status: { phase: 'Succeeded' },
    });
    const world = new World([ended('a', 3), ended('b', 1), ended('c', 2)]);
    const settings = { ...SETTINGS, terminatedPodMax: 1 };
    const plan = podGarbageController.plan('ended', world.view(), envOf(world, { settings }));
    expect(
      plan.stages.flat().map((change) => (change.type === 'delete' ? change.key.name : '')),
    ).toEqual(['b', 'c']);
  });
});
