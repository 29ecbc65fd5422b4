/** Admission: what is filled in, what is refused, and allocations that are unique under load. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserInfo } from '../../machines/api/request.ts';
import type { PodSpec, ServiceSpec } from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type ApiWorld, type Ask, createApiWorld, podOf, short } from './world.ts';

let world: ApiWorld;
const inDefault = { namespace: 'default' };

beforeAll(async () => {
  world = await createApiWorld({
    defaultTolerationSeconds: 7,
    nodePortFirst: 30000,
    nodePortLast: 30039,
    advertise: { address: '127.0.0.1', port: 6443 },
  });
  await account('default', 'default');
});
afterAll(() => {
  world.close();
  expect(world.bugs).toEqual([]);
});

const account = (namespace: string, name: string, more: object = {}) =>
  world.make({
    verb: 'create',
    path: 'v1/serviceaccounts',
    namespace,
    body: { metadata: { name }, ...more },
  });
const create = (path: string, body: object, more: Partial<Ask> = {}) =>
  world.ask({ verb: 'create', path, ...inDefault, body, ...more });
const createPod = (name: string, spec: object = {}, more: Partial<Ask> = {}) => {
  const base = podOf(name);
  const body = { ...base, spec: { ...(base.spec as object), ...spec } };
  return create('v1/pods', body, more);
};
const specOf = (object: AnyObject) => object.spec as PodSpec;

describe('namespaces', () => {
  it('carry their name as a label and refuse new content while they end', async () => {
    const made = await create('v1/namespaces', { metadata: { name: 'ending' } }, { namespace: '' });
    expect(made.object).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'ending' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    const marked = await world.make({ verb: 'delete', path: 'v1/namespaces', name: 'ending' });
    expect(marked).toMatchObject({ status: { phase: 'Terminating' } });
    const refused = await create(
      'v1/configmaps',
      { metadata: { name: 'late' } },
      { namespace: 'ending' },
    );
    expect(short(refused)).toBe(
      '403 Forbidden: configmaps "late" is forbidden: unable to create new content in namespace ending ' +
        'because it is being terminated',
    );
    expect(refused.object).toMatchObject({
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    });
    const finalized = await world.ask({
      verb: 'update',
      path: 'v1/namespaces/finalize',
      name: 'ending',
      body: { ...marked, spec: { finalizers: [] } },
    });
    expect(finalized.code).toBe(200);
    const gone = await world.ask({ verb: 'get', path: 'v1/namespaces', name: 'ending' });
    expect(gone.code).toBe(404);
  });
});

describe('pods', () => {
  it('mount the token of their account', async () => {
    const spec = specOf(
      (await createPod('token', { initContainers: [{ name: 'i', image: 'x' }] })).object,
    );
    const volume = spec.volumes?.[0];
    expect(volume?.name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(volume?.projected?.sources?.map((source) => Object.keys(source)[0])).toEqual([
      'serviceAccountToken',
      'configMap',
      'downwardAPI',
    ]);
    const mount = {
      name: volume?.name,
      readOnly: true,
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    };
    expect(spec.containers[0]?.volumeMounts).toEqual([mount]);
    expect(spec.initContainers?.[0]?.volumeMounts).toEqual([mount]);
  });

  it('go without it where they or the account say so', async () => {
    const own = specOf(
      (await createPod('no-token', { automountServiceAccountToken: false })).object,
    );
    expect(own.volumes).toBeUndefined();
    await account('default', 'bare', {
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'pull' }],
    });
    const spec = specOf((await createPod('bare', { serviceAccountName: 'bare' })).object);
    expect(spec.volumes).toBeUndefined();
    expect(spec).toMatchObject({ serviceAccount: 'bare', imagePullSecrets: [{ name: 'pull' }] });
  });

  it('tolerate a lost node for a while, unless they say otherwise', async () => {
    const tolerations = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }];
    const spec = specOf((await createPod('tolerant', { tolerations })).object);
    expect(spec.tolerations).toEqual([
      ...tolerations,
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 7,
      },
    ]);
  });

  it('get the priority of their class', async () => {
    const spec = specOf(
      (await createPod('critical', { priorityClassName: 'system-node-critical' })).object,
    );
    expect(spec).toMatchObject({ priority: 2000001000, preemptionPolicy: 'PreemptLowerPriority' });
    expect(short(await createPod('p', { priorityClassName: 'ghost' }))).toBe(
      '403 Forbidden: pods "p" is forbidden: no PriorityClass with name ghost was found',
    );
    expect(short(await createPod('p', { priority: 5 }))).toBe(
      '403 Forbidden: pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; ' +
        'priority admission controller computed 0 from the given PriorityClass name',
    );
    const usual = { metadata: { name: 'usual' }, value: 10, globalDefault: true };
    await create('scheduling.k8s.io/v1/priorityclasses', usual, { namespace: '' });
    expect(specOf((await createPod('usual')).object)).toMatchObject({
      priorityClassName: 'usual',
      priority: 10,
    });
    const second = await create(
      'scheduling.k8s.io/v1/priorityclasses',
      { ...usual, metadata: { name: 'second' } },
      { namespace: '' },
    );
    expect(short(second)).toMatch(/PriorityClass "usual" is already marked as default/);
    await world.make({
      verb: 'delete',
      path: 'scheduling.k8s.io/v1/priorityclasses',
      name: 'usual',
    });
  });
});

describe('nodes', () => {
  const node: UserInfo = {
    name: 'system:node:n1',
    groups: ['system:nodes', 'system:authenticated'],
  };
  it('register themselves, tainted, and keep to themselves', async () => {
    const body = (name: string, labels = {}) => ({ metadata: { name, labels } });
    const made = await create('v1/nodes', body('n1', { 'kubernetes.io/hostname': 'n1' }), {
      namespace: '',
      user: node,
    });
    expect(made.object).toMatchObject({
      spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
    });
    const other = await create('v1/nodes', body('n2'), { namespace: '', user: node });
    expect(short(other)).toBe(
      '403 Forbidden: nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    );
    const relabel = (labels: object) =>
      world.ask({
        verb: 'patch',
        path: 'v1/nodes',
        name: 'n1',
        user: node,
        patch: { type: 'merge', body: { metadata: { labels } } },
      });
    expect((await relabel({ own: 'x' })).code).toBe(200);
    expect(short(await relabel({ 'node-restriction.kubernetes.io/team': 'a' }))).toBe(
      '403 Forbidden: nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/team',
    );
    const untaint = await world.ask({
      verb: 'patch',
      path: 'v1/nodes',
      name: 'n1',
      user: node,
      patch: { type: 'merge', body: { spec: { taints: [] } } },
    });
    expect(short(untaint)).toMatch(/node "n1" is not allowed to modify taints/);
    const pod = await createPod('smuggled', {}, { user: node });
    expect(short(pod)).toMatch(/node "n1" can only create mirror pods/);
  });
});

describe('limits', () => {
  const limited = { namespace: 'limited' };
  beforeAll(async () => {
    await create('v1/namespaces', { metadata: { name: 'limited' } }, { namespace: '' });
    await account('limited', 'default');
    const limits = [
      {
        type: 'Container',
        default: { cpu: '500m' },
        defaultRequest: { cpu: '100m' },
        max: { cpu: '1' },
        min: { cpu: '50m' },
      },
    ];
    await create('v1/limitranges', { metadata: { name: 'l' }, spec: { limits } }, limited);
  });

  it('are filled in and enforced', async () => {
    const made = await createPod('within', {}, limited);
    expect(specOf(made.object).containers[0]?.resources).toEqual({
      requests: { cpu: '100m' },
      limits: { cpu: '500m' },
    });
    expect(made.object.metadata?.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container main; cpu limit for container main',
    });
    const containers = [{ name: 'main', image: 'x', resources: { limits: { cpu: '2' } } }];
    expect(short(await createPod('above', { containers }, limited))).toBe(
      '403 Forbidden: pods "above" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
  });
});

describe('quotas', () => {
  const bounded = { namespace: 'bounded' };
  beforeAll(async () => {
    await create('v1/namespaces', { metadata: { name: 'bounded' } }, { namespace: '' });
    await account('bounded', 'default');
    const hard = { pods: '3', configmaps: '2', 'requests.cpu': '1' };
    const made = await create(
      'v1/resourcequotas',
      { metadata: { name: 'q' }, spec: { hard } },
      bounded,
    );
    expect(made.object).toMatchObject({
      status: { hard, used: { pods: '0', configmaps: '0', 'requests.cpu': '0' } },
    });
  });
  const asking = (cpu: string) => ({
    containers: [{ name: 'main', image: 'x', resources: { requests: { cpu } } }],
  });

  it('hold when many ask at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, index) => createPod(`q${index}`, asking('100m'), bounded)),
    );
    const made = replies.filter((reply) => reply.code === 201);
    expect(made).toHaveLength(3);
    const list = await world.ask({ verb: 'get', path: 'v1/resourcequotas', ...bounded, name: 'q' });
    expect(list.object).toMatchObject({ status: { used: { pods: '3', 'requests.cpu': '300m' } } });
    expect(short(await createPod('more', asking('100m'), bounded))).toBe(
      '403 Forbidden: pods "more" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3',
    );
    await world.make({ verb: 'deletecollection', path: 'v1/pods', ...bounded });
    expect(short(await createPod('big', asking('2'), bounded))).toBe(
      '403 Forbidden: pods "big" is forbidden: exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, ' +
        'limited: requests.cpu=1',
    );
    expect(short(await createPod('silent', {}, bounded))).toBe(
      '403 Forbidden: pods "silent" is forbidden: failed quota: q: must specify requests.cpu for: main',
    );
  });
});

describe('services', () => {
  const service = (name: string, spec: object = {}, more: Partial<Ask> = {}) =>
    create(
      'v1/services',
      { metadata: { name }, spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec } },
      more,
    );
  const read = async (name: string) =>
    (await world.make({ verb: 'get', path: 'v1/services', ...inDefault, name }))
      .spec as ServiceSpec;
  const patch = (name: string, spec: object) =>
    world.ask({
      verb: 'patch',
      path: 'v1/services',
      ...inDefault,
      name,
      patch: { type: 'strategic', body: { spec } },
    });
  const ipsHeld = async () => {
    const all = await world.api.list({
      ...(await import('./world.ts')).requestOf({
        verb: 'list',
        path: 'networking.k8s.io/v1/ipaddresses',
      }),
    });
    return 'entries' in all ? all.entries.map((entry) => entry.object.metadata?.name) : [];
  };

  it('get an address of their own and give it back', async () => {
    const spec = (await service('one')).object.spec as ServiceSpec;
    expect(spec).toMatchObject({
      type: 'ClusterIP',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      clusterIPs: [spec.clusterIP],
    });
    expect(spec.clusterIP).toMatch(/^127\.(9[6-9]|10\d|11[01])\./);
    expect(await ipsHeld()).toContain(spec.clusterIP);
    await world.make({ verb: 'delete', path: 'v1/services', ...inDefault, name: 'one' });
    expect(await ipsHeld()).not.toContain(spec.clusterIP);
    const again = await service('two', { clusterIP: spec.clusterIP });
    expect(again.code).toBe(201);
  });

  it('never share an address or a node port, however many are made at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, index) => service(`many${index}`, { type: 'NodePort' })),
    );
    expect(replies.map((reply) => reply.code)).toEqual(replies.map(() => 201));
    const specs = replies.map((reply) => reply.object.spec as ServiceSpec);
    expect(new Set(specs.map((spec) => spec.clusterIP)).size).toBe(30);
    const ports = specs.map((spec) => spec.ports?.[0]?.nodePort ?? 0);
    expect(new Set(ports).size).toBe(30);
    expect(ports.every((port) => port >= 30000 && port <= 30039)).toBe(true);
    for (let index = 0; index < 30; index += 1) {
      await world.make({ verb: 'delete', path: 'v1/services', ...inDefault, name: `many${index}` });
    }
  });

  it.each([
    [
      { clusterIP: '127.96.0.1' },
      /spec.clusterIPs: Invalid value: \["127.96.0.1"\]: failed to allocate IP 127.96.0.1: provided IP is already allocated/,
    ],
    [{ clusterIP: '10.0.0.1' }, /The range of valid IPs is 127.96.0.0\/12/],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
      /spec.ports\[0\].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30039/,
    ],
    [
      { ipFamilyPolicy: 'RequireDualStack' },
      /this cluster is not configured for dual-stack services/,
    ],
    [
      { ipFamilies: ['IPv6'] },
      /spec.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/,
    ],
  ])('refuse %j', async (spec, expected) => {
    expect(short(await service('wrong', spec))).toMatch(expected);
  });

  it('keep what they have across updates, and change with their type', async () => {
    await service('typed', { type: 'NodePort' });
    const before = await read('typed');
    const taken = before.ports?.[0]?.nodePort ?? 0;
    const clash = await service('clash', {
      type: 'NodePort',
      ports: [{ port: 1, nodePort: taken }],
    });
    expect(short(clash)).toMatch(/provided port is already allocated/);
    await patch('typed', { type: 'ClusterIP' });
    expect((await read('typed')).ports?.[0]?.nodePort).toBeUndefined();
    expect((await read('typed')).clusterIP).toBe(before.clusterIP);
    const reuse = await service('reuse', {
      type: 'NodePort',
      ports: [{ port: 1, nodePort: taken }],
    });
    expect(reuse.code).toBe(201);
    await patch('typed', { type: 'ExternalName', externalName: 'example.com' });
    expect((await read('typed')).clusterIP).toBeUndefined();
    expect(await ipsHeld()).not.toContain(before.clusterIP);
    expect(short(await patch('reuse', { clusterIP: '127.96.9.9' }))).toMatch(
      /may not change once set/,
    );
  });

  it('without a head have no address', async () => {
    const spec = (await service('headless', { clusterIP: 'None' })).object.spec;
    expect(spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] });
  });

  it('share a node port between TCP and UDP of one port', async () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ];
    const spec = (await service('dns', { type: 'NodePort', ports })).object.spec as ServiceSpec;
    expect(spec.ports?.[0]?.nodePort).toBe(spec.ports?.[1]?.nodePort);
  });

  it('say when the ports are used up', async () => {
    const replies = await Promise.all(
      Array.from({ length: 45 }, (_, index) => service(`full${index}`, { type: 'NodePort' })),
    );
    const refused = replies.filter((reply) => reply.code !== 201);
    expect(refused.length).toBeGreaterThan(0);
    expect(short(refused[0] as (typeof refused)[0])).toMatch(/range is full/);
  });
});

describe('a restart', () => {
  it('finds everything there, and mends claims that were deleted by hand', async () => {
    const first = await createApiWorld({ advertise: { address: '127.0.0.1', port: 6443 } });
    const body = { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } };
    const made = await first.make({ verb: 'create', path: 'v1/services', ...inDefault, body });
    const spec = made.spec as ServiceSpec;
    const ip = { path: 'networking.k8s.io/v1/ipaddresses', name: spec.clusterIP ?? '' };
    await first.make({ verb: 'delete', ...ip });
    first.host.close();
    const settings = { advertise: { address: '127.0.0.1', port: 7443 } };
    const second = await createApiWorld(settings, { store: first.store });
    expect(
      await second.make({ verb: 'get', path: 'v1/services', ...inDefault, name: 's' }),
    ).toEqual(made);
    expect((await second.ask({ verb: 'get', ...ip })).code).toBe(200);
    const endpoints = { path: 'v1/endpoints', ...inDefault, name: 'kubernetes' };
    expect(await second.make({ verb: 'get', ...endpoints })).toMatchObject({
      subsets: [{ ports: [{ port: 7443 }] }],
    });
    second.close();
    expect(second.bugs).toEqual([]);
  });
});
