/** The administrator's client of live chaos, against a real apiserver: each verb gets the answer that is meant for it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from '../../actors/api-client.ts';
import { createAdminClient } from '../../actors/chaos/admin-client.ts';
import { createClock } from '../../actors/clock.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { createHttpsWorld, type HttpsWorld } from './world.ts';

const ids = createIds(systemRandom());
const envelope = () => ({
  ...{ id: ids.messageId(), from: 'test', causes: [], traceparent: ids.traceparent() },
});
const key = { resource: 'core/configmaps', namespace: 'default', name: 'one' };

let world: HttpsWorld;
let client: ApiClient;

beforeAll(async () => {
  world = await createHttpsWorld();
  const server = () => world.server.url;
  client = createAdminClient({
    ...{ pki: world.pki, server, clock: createClock(), envelope, userAgent: 'test' },
  });
});

afterAll(() => world.close());

test('objects are made, changed, listed, and deleted with how their dependents go', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key.name } };
  const { resource, namespace, name } = key;
  const made = await client.change({ type: 'create', resource, namespace, object }, envelope());
  expect(made).toMatchObject({ ok: true, object: { metadata: { name } } });
  const patch = { data: { a: 'b' } };
  const change = { type: 'patch', key, strategy: 'merge', patch } as const;
  expect(await client.change(change, envelope())).toMatchObject({ ok: true, object: patch });
  expect(await client.get(resource, namespace, name, envelope())).toMatchObject({ ok: true });
  const listed = await client.list(resource, { namespace });
  expect(listed.ok && listed.objects.map(({ metadata }) => metadata?.name)).toContain(name);
  // Twice, and then something else: no answer may be taken for that of another question.
  const deletion = { type: 'delete', key, propagation: 'Background' } as const;
  expect(await client.change(deletion, envelope())).toMatchObject({ ok: true });
  expect(await client.change(deletion, envelope())).toMatchObject({ ok: false, code: 404 });
  expect(await client.get(resource, namespace, name, envelope())).toMatchObject({ code: 404 });
});
