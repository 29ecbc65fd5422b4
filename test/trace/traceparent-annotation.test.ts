import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Envelope } from '../../bus/envelope.ts';
import { isSampled, TRACEPARENT_ANNOTATION } from '../../machines/api/traceparent.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type ApiWorld, type Ask, createApiWorld, podOf, requestOf, short } from '../api/world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await world.make({ ...at, verb: 'create', path: 'v1/serviceaccounts', body: account });
});
afterAll(() => world.close());

let spans = 0;
/** A trace context of its own; sampled or not. */
const context = (flags: '00' | '01'): string => {
  spans += 1;
  return `00-4bf92f3577b34da6a3ce929d0e0e4736-${String(spans).padStart(16, '0')}-${flags}`;
};

async function ask(one: Ask, traceparent: string): Promise<AnyObject> {
  const cause: Envelope = { id: `test-${spans}`, from: 'apiserver', causes: [], traceparent };
  const reply = await world.api.handle(requestOf(one), cause);
  if (reply.code >= 400) throw new Error(short(reply));
  return reply.object;
}

const noted = (object: AnyObject) => object.metadata?.annotations?.[TRACEPARENT_ANNOTATION];
const at = { namespace: 'default' };

function deployment(name: string, more: object = {}): AnyObject {
  const labels = { app: name };
  const spec = { containers: [{ name: 'main', image: 'kabuki/pause' }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...more },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

const path = 'apps/v1/deployments';
const create = (name: string, traceparent: string, more: object = {}) =>
  ask({ ...at, verb: 'create', path, body: deployment(name, more) }, traceparent);
const merge = (
  name: string,
  body: object,
  traceparent: string,
  more: Partial<Ask> = {},
): Promise<AnyObject> =>
  ask({ ...at, verb: 'patch', path, name, patch: { type: 'merge', body }, ...more }, traceparent);

test('only a well-formed context with the sampled flag is sampled', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  expect(isSampled(`00-${trace}-00f067aa0ba902b7-01`)).toBe(true);
  expect(isSampled(`00-${trace}-00f067aa0ba902b7-03`)).toBe(true);
  for (const not of ['', undefined, `00-${trace}-00f067aa0ba902b7-00`, `01-${trace}-1-01`]) {
    expect(isSampled(not)).toBe(false);
  }
});

test('a request of a sampled trace notes its span in what it creates', async () => {
  const traceparent = context('01');
  expect(noted(await create('sampled', traceparent))).toBe(traceparent);
});

test('without the sampled flag nothing is noted', async () => {
  const made = await create('plain', context('00'));
  expect(made.metadata?.annotations).toBeUndefined();
});

test('what the client says itself stays', async () => {
  const own = 'its own';
  const annotations = { [TRACEPARENT_ANNOTATION]: own };
  expect(noted(await create('own', context('01'), { annotations }))).toBe(own);
  const body = {
    metadata: { annotations: { [TRACEPARENT_ANNOTATION]: 'again' } },
    spec: { paused: true },
  };
  expect(noted(await merge('own', body, context('01')))).toBe('again');
});

test('a change of the spec notes its request, and counts one generation', async () => {
  await create('changed', context('00'), { annotations: { other: 'kept' } });
  const traceparent = context('01');
  const changed = await merge('changed', { spec: { replicas: 3 } }, traceparent);
  expect(changed.metadata?.annotations).toEqual({
    other: 'kept',
    [TRACEPARENT_ANNOTATION]: traceparent,
  });
  expect(changed.metadata?.generation).toBe(2);
});

test('a change of the size by the scale subresource does too', async () => {
  await create('scaled', context('00'));
  const traceparent = context('01');
  const scale = { subresource: 'scale', path: `${path}/scale` };
  await merge('scaled', { spec: { replicas: 2 } }, traceparent, scale);
  const found = await world.make({ ...at, verb: 'get', path, name: 'scaled' });
  expect(noted(found)).toBe(traceparent);
});

test('status, labels and what changes nothing are not noted', async () => {
  const first = context('01');
  const made = await create('reported', first);
  const same = await merge('reported', { spec: { replicas: 1 } }, context('01'));
  expect(same.metadata?.resourceVersion).toBe(made.metadata?.resourceVersion);
  const status = await merge('reported', { status: { replicas: 1 } }, context('01'), {
    path: `${path}/status`,
  });
  expect(noted(status)).toBe(first);
  const labelled = await merge('reported', { metadata: { labels: { a: 'b' } } }, context('01'));
  expect(noted(labelled)).toBe(first);
});

test('an unsampled change leaves what an earlier request noted', async () => {
  const first = context('01');
  await create('left', first);
  expect(noted(await merge('left', { spec: { replicas: 4 } }, context('00')))).toBe(first);
});

test('a dry run shows none, so that a diff has nothing to say', async () => {
  const query = { dryRun: 'All' };
  const body = deployment('dry');
  expect(noted(await ask({ ...at, verb: 'create', path, body, query }, context('01')))).toBe(
    undefined,
  );
  await create('dry', context('00'));
  const dry = await merge('dry', { spec: { replicas: 2 } }, context('01'), { query });
  expect(noted(dry)).toBe(undefined);
});

test('binding keeps the context of the pod that was created', async () => {
  const first = context('01');
  await ask({ ...at, verb: 'create', path: 'v1/pods', body: podOf('bound') }, first);
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: {}, target: { name: 'n1' } };
  await ask({ ...at, verb: 'create', path: 'v1/pods/binding', name: 'bound', body }, context('01'));
  const found = await world.make({ ...at, verb: 'get', path: 'v1/pods', name: 'bound' });
  expect(noted(found)).toBe(first);
});

test('a ConfigMap is noted by its data; heartbeats and Events never are', async () => {
  const first = context('01');
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data: { a: '1' } };
  const maps = 'v1/configmaps';
  expect(noted(await ask({ ...at, verb: 'create', path: maps, body: map }, first))).toBe(first);
  const next = context('01');
  const patch = { path: maps };
  expect(noted(await merge('map', { data: { a: '2' } }, next, patch))).toBe(next);
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } };
  const leases = 'coordination.k8s.io/v1/leases';
  const made = await ask({ ...at, verb: 'create', path: leases, body: lease }, context('01'));
  expect(noted(made)).toBe(undefined);
});
