/** Deprecated resources say so on every verb, to all who may use them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpsWorld, type HttpsWorld } from './world.ts';

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

const endpoints = '/api/v1/namespaces/default/endpoints';
const deprecated =
  '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
const body = { metadata: { name: 'a' } };
const mergePatch = { 'content-type': 'application/merge-patch+json' };

test('every verb of Endpoints warns', async () => {
  const answers = [
    await world.ask('POST', endpoints, { body }),
    await world.ask('GET', endpoints),
    await world.ask('GET', `${endpoints}/a`),
    await world.ask('PUT', `${endpoints}/a`, { body }),
    await world.ask('PATCH', `${endpoints}/a`, { body: '{"metadata":{}}', headers: mergePatch }),
    await world.ask('DELETE', `${endpoints}/a`),
    await world.ask('DELETE', endpoints),
    await world.ask('GET', `${endpoints}/a`),
  ];
  expect(answers.map(({ code }) => code)).toEqual([201, 200, 200, 200, 200, 200, 200, 404]);
  for (const { headers } of answers) expect(headers.warning).toBe(deprecated);
  const watch = await world.open('GET', `${endpoints}?watch=true&timeoutSeconds=1`);
  expect(watch.headers.warning).toBe(deprecated);
  watch.destroy();
});

test('it comes before what is said of the body', async () => {
  const unknown = { ...body, metadata: { name: 'b' }, bogus: 1 };
  const { headers } = await world.ask('POST', `${endpoints}?fieldValidation=Warn`, {
    body: unknown,
  });
  expect(headers.warning).toBe(`${deprecated}, 299 - "unknown field \\"bogus\\""`);
});

test('ComponentStatus warns, other resources and strangers hear nothing', async () => {
  const statuses = await world.ask('GET', '/api/v1/componentstatuses');
  expect(statuses.headers.warning).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"');
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  expect((await world.ask('GET', slices)).headers.warning).toBeUndefined();
  const client = world.client({ user: 'stranger', groups: [] });
  const refused = await world.ask('GET', endpoints, { client });
  expect(refused.code).toBe(403);
  expect(refused.headers.warning).toBeUndefined();
});
