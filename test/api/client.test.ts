/** The API client, over the bus and in process: one suite over both. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../actors/api-client.ts';
import { serveOnBus } from '../../actors/apiserver/nats-endpoint.ts';
import { createBusApiClient } from '../../actors/bus-api-client.ts';
import { createLocalApiClient } from '../../actors/local-api-client.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type ApiWorld, createApiWorld } from './world.ts';

const cluster = 'kabuki';

interface Made {
  readonly world: ApiWorld;
  readonly client: ApiClient;
}

async function overBus(user: string): Promise<Made> {
  const world = await createApiWorld();
  const { host } = world;
  serveOnBus(world.api, host.bus, cluster, (cause) => host.envelope('apiserver', cause));
  const envelope = () => host.envelope('test');
  const client = createBusApiClient({
    bus: host.bus,
    cluster,
    user,
    clock: host.clock,
    userAgent: 'test',
    envelope,
  });
  return { world, client };
}

async function inProcess(user: string): Promise<Made> {
  const world = await createApiWorld();
  const { host } = world;
  const envelope = () => host.envelope('test');
  const client = createLocalApiClient(world.api, user, {
    clock: host.clock,
    userAgent: 'test',
    envelope,
  });
  return { world, client };
}

describe.each([
  ['over the bus', overBus],
  ['in process', inProcess],
])('a client %s', (_, make) => {
  let world: ApiWorld;
  let client: ApiClient;
  const envelope = () => world.host.envelope('test');
  const configMap = (name: string, data: Record<string, string> = {}): AnyObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data,
  });

  beforeAll(async () => {
    ({ world, client } = await make('system:kube-controller-manager'));
  });
  afterAll(() => {
    world.close();
    expect(world.bugs).toEqual([]);
  });

  it('makes changes and tells their revision', async () => {
    const key = { resource: 'core/configmaps', namespace: 'default', name: 'a' };
    const created = await client.change(
      { type: 'create', resource: 'core/configmaps', namespace: 'default', object: configMap('a') },
      envelope(),
    );
    expect(created).toMatchObject({ ok: true, object: { metadata: { name: 'a' } } });
    expect(created.ok && created.revision).toBeGreaterThan(0);
    const patched = await client.change(
      { type: 'patch', key, patch: { data: { x: '1' } }, strategy: 'strategic' },
      envelope(),
    );
    expect(patched).toMatchObject({ ok: true, object: { data: { x: '1' } } });
    const got = await client.get('core/configmaps', 'default', 'a');
    expect(got).toMatchObject({ ok: true, object: { data: { x: '1' } } });
    const wrong = await client.change({ type: 'delete', key, uid: 'other' }, envelope());
    expect(wrong).toMatchObject({ ok: false, code: 409, reason: 'Conflict' });
    const deleted = await client.change({ type: 'delete', key }, envelope());
    expect(deleted.ok && deleted.revision).toBeGreaterThan(0);
    const gone = await client.get('core/configmaps', 'default', 'a');
    expect(gone).toMatchObject({ ok: false, code: 404, reason: 'NotFound' });
  });

  it('lists in pages and watches from there', async () => {
    for (let index = 0; index < 450; index += 1) {
      await client.change(
        {
          type: 'create',
          resource: 'core/configmaps',
          namespace: 'default',
          object: configMap(`n${index}`),
        },
        envelope(),
      );
    }
    const listed = await client.list('core/configmaps', { namespace: 'default' });
    expect(listed.ok && listed.objects.length).toBe(450);
    const synced: number[] = [];
    const events: string[] = [];
    const causes: unknown[] = [];
    const watch = client.watch(
      'core/configmaps',
      { namespace: 'default' },
      {
        onSync: (objects) => void synced.push(objects.length),
        onEvent: (type, object, cause) => {
          events.push(`${type} ${object.metadata?.name}`);
          causes.push(cause?.from);
        },
        onLost: () => void events.push('lost'),
      },
    );
    await world.until('the first sync', () => synced.length === 1);
    expect(synced).toEqual([450]);
    const key = { resource: 'core/configmaps', namespace: 'default', name: 'n7' };
    await client.change(
      { type: 'patch', key, patch: { data: { y: '2' } }, strategy: 'merge' },
      envelope(),
    );
    await client.change({ type: 'delete', key }, envelope());
    await world.until('two events', () => events.length === 2);
    expect(events).toEqual(['MODIFIED n7', 'DELETED n7']);
    expect(causes[0]).toMatch(/^api-request\//);
    watch.close();
  });

  it('is who its name says and no more', async () => {
    const other = await make('system:node:n1');
    const pods = await other.client.list('core/pods');
    expect(pods).toEqual({
      ok: false,
      code: 403,
      reason: 'Forbidden',
      message:
        'pods is forbidden: User "system:node:n1" cannot list resource "pods" in API group "" at the cluster ' +
        'scope: can only list/watch pods with spec.nodeName field selector',
    });
    const own = await other.client.list('core/pods', { fieldSelector: 'spec.nodeName=n1' });
    expect(own).toMatchObject({ ok: true, objects: [] });
    other.world.close();
  });
});
