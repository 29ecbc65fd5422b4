/** What is told of requests, and whose word is taken for the trace they belong to. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpsWorld, type HttpsWorld } from './world.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const GIVEN = `00-${TRACE}-b7ad6b7169203331-01`;

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
});
afterAll(() => world.close());

const create = (name: string, headers: Record<string, string>) =>
  world.ask('POST', CONFIG_MAPS, {
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
    headers,
  });

test('a request is told with its answer, and its Audit-Id is its message', async () => {
  const answer = await create('one', { 'user-agent': 'curl/8' });
  const told = world.requests.at(-1);
  expect(told).toMatchObject({
    ...{ method: 'POST', path: CONFIG_MAPS, verb: 'create', code: 201 },
    ...{ key: 'core/configmaps/default/', user: 'kubernetes-admin', userAgent: 'curl/8' },
  });
  expect(answer.headers['audit-id']).toBe(told?.auditId);
  expect(told?.auditId).toBe(told?.messageId);
  expect(told?.tookMs).toBeGreaterThan(0);
});

test("a client's own Audit-Id is told beside the message", async () => {
  await create('two', { 'audit-id': 'mine' });
  expect(world.requests.at(-1)).toMatchObject({ auditId: 'mine' });
  expect(world.requests.at(-1)?.messageId).not.toBe('mine');
});

test('an administrator says which trace a request belongs to, flags and all', async () => {
  await create('three', { traceparent: GIVEN });
  const told = world.requests.at(-1);
  expect(told?.parent).toBe(GIVEN);
  expect(told?.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(told?.traceparent).not.toBe(GIVEN);
});

test('of anybody else it is not taken', async () => {
  const client = world.client({ user: 'eve', groups: ['developers'] });
  await world.ask('GET', CONFIG_MAPS, { client, headers: { traceparent: GIVEN } });
  expect(world.requests.at(-1)).toMatchObject({ user: 'eve', parent: '' });
  expect(world.requests.at(-1)?.traceparent).not.toContain(TRACE);
});

const ILL = [
  '',
  'x',
  GIVEN.toUpperCase(),
  `01-${TRACE}-b7ad6b7169203331-01`,
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `${GIVEN}-more`,
];

test.each(ILL)('traceparent %j is not taken', async (traceparent) => {
  await create(`ill-${ILL.indexOf(traceparent)}`, { traceparent });
  const told = world.requests.at(-1);
  expect(told?.parent).toBe('');
  expect(told?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test('a long target is cut', async () => {
  await world.ask('GET', `${CONFIG_MAPS}?labelSelector=${'a'.repeat(2_000)}`);
  expect(world.requests.at(-1)?.path).toHaveLength(512);
});
