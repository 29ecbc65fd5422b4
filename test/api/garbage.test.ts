/**
 * The request path under generated garbage: whatever comes in, in process or over the bus, the
 * answer is an object or a well-formed Status, nothing throws, and what was stored before is still
 * there.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReply } from '../../actors/apiserver/api.ts';
import { serveOnBus } from '../../actors/apiserver/nats-endpoint.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import { resources } from '../../machines/api/schema.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type ApiWorld, admin, createApiWorld } from './world.ts';

let world: ApiWorld;
const runs = Number(process.env.GARBAGE_RUNS ?? 400);

beforeAll(async () => {
  world = await createApiWorld();
  for (const name of ['default', 'sa']) {
    await world.make({
      verb: 'create',
      path: 'v1/serviceaccounts',
      namespace: 'default',
      body: { metadata: { name } },
    });
  }
});
afterAll(() => {
  world.close();
  expect(world.bugs).toEqual([]);
});

const verbs = ['get', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;
const word = fc.oneof(
  fc.constantFrom('', 'default', 'kube-system', 'web', 'a', '..', 'A_B', 'x'.repeat(300), 'none'),
  fc.string(),
);
const known = resources().map(({ group, version, plural }) => ({ group, version, plural }));
const place = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...known) },
  { weight: 1, arbitrary: fc.record({ group: word, version: word, plural: word }) },
);
const fields = [
  'apiVersion',
  'kind',
  'metadata',
  'spec',
  'status',
  'name',
  'namespace',
  'labels',
  'finalizers',
  'ownerReferences',
  'containers',
  'volumes',
  'tolerations',
  'ports',
  'template',
  'selector',
  'matchLabels',
  'replicas',
  'type',
  'clusterIP',
  'rules',
  'data',
  'target',
  'deleteOptions',
  'preconditions',
  'gracePeriodSeconds',
  'boundObjectRef',
  'resourceAttributes',
  '__proto__',
  'constructor',
];
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1.5,
      1e300,
      '',
      'a',
      'NodePort',
      'ExternalName',
      '1Gi',
      'v1',
    ),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...fields), tie('value'), { maxKeys: 4 }),
  ),
})).value;
/** Objects that are nearly right reach further than noise does. */
const nearly = fc.record({
  metadata: fc.oneof(
    json,
    fc.record(
      {
        name: fc.constantFrom('web', 'a', 'n1'),
        namespace: fc.constantFrom('default', ''),
        labels: json,
        finalizers: json,
        ownerReferences: json,
        generateName: fc.constantFrom('g-', ''),
      },
      { requiredKeys: ['name'] },
    ),
  ),
  spec: json,
});
const body = fc.option(fc.oneof(json, nearly), { nil: undefined });
const query = fc.dictionary(
  fc.constantFrom(
    'dryRun',
    'fieldValidation',
    'fieldManager',
    'force',
    'labelSelector',
    'fieldSelector',
    'limit',
    'continue',
    'resourceVersion',
    'resourceVersionMatch',
    'gracePeriodSeconds',
    'propagationPolicy',
    'sendInitialEvents',
    'allowWatchBookmarks',
    'timeoutSeconds',
  ),
  fc.oneof(
    fc.constantFrom('', '0', '1', 'true', 'All', 'Strict', '-1', 'a=b', 'Exact'),
    fc.string(),
  ),
  { maxKeys: 3 },
);
const subresource = fc.constantFrom(
  ...['', '', '', 'status', 'scale', 'binding', 'eviction', 'token', 'finalize', 'approval'],
  ...['resize', 'ephemeralcontainers', 'log', 'nope'],
);
const request = fc.record({
  place,
  subresource,
  verb: fc.constantFrom(...verbs),
  namespace: fc.oneof(fc.constantFrom('default', ''), word),
  name: fc.oneof(fc.constantFrom('web', 'a', 'n1', ''), word),
  query,
  body,
  patch: fc.option(
    fc.record({ type: fc.constantFrom('json', 'merge', 'strategic', 'apply'), body: json }),
    { nil: undefined },
  ),
});

function toRequest(made: typeof request extends fc.Arbitrary<infer T> ? T : never): ApiRequest {
  const { place: where, patch, body: given, ...rest } = made;
  return {
    ...rest,
    group: where.group,
    version: where.version,
    resource: where.plural,
    ...(given === undefined ? {} : { body: given as AnyObject }),
    ...(patch === undefined ? {} : { patch: patch as NonNullable<ApiRequest['patch']> }),
    user: admin,
    userAgent: '',
  };
}

function checkReply(reply: ApiReply): void {
  expect(typeof reply.code).toBe('number');
  expect(Array.isArray(reply.warnings)).toBe(true);
  expect(typeof reply.object).toBe('object');
  if (reply.code < 400) return;
  expect(reply.object).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: reply.code,
    message: expect.any(String),
  });
  expect(reply.code).not.toBe(500);
}

describe('garbage', () => {
  it('is answered with an object or a Status, never a 500', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (made) => {
        checkReply(await world.api.handle(toRequest(made)));
        if (world.bugs.length > 0) throw world.bugs[0];
      }),
      { numRuns: runs },
    );
    const still = await world.ask({ verb: 'get', path: 'v1/namespaces', name: 'default' });
    expect(still.code).toBe(200);
  });

  it('in lists and watches as well', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (made) => {
        const asked = toRequest(made);
        if (/^[1-9]/.test(asked.query.resourceVersion ?? '')) return;
        const list = await world.api.list({ ...asked, verb: 'list' });
        if (isReply(list)) checkReply(list);
        const sink = { event: () => true, end: () => {} };
        const watch = await world.api.watch({ ...asked, verb: 'watch' }, sink);
        if (isReply(watch)) checkReply(watch);
        else {
          watch.start();
          watch.close();
        }
      }),
      { numRuns: runs },
    );
  });

  it('on the bus as well', async () => {
    const { bus } = world.host;
    const serving = serveOnBus(world.api, bus, 'kabuki', (cause) =>
      world.host.envelope('api', cause),
    );
    await fc.assert(
      fc.asyncProperty(json, fc.constantFrom(...verbs), async (message, verb) => {
        const envelope = world.host.envelope('garbage');
        const reply = await bus.request(`kabuki.api.jane.${verb}`, message, envelope, 2_000);
        if (!reply.ok) throw new Error(reply.error);
        checkReply(reply.body as ApiReply);
        const opened = await bus.open('kabuki.api.jane.watch', message, envelope, 2_000);
        expect(opened).toMatchObject({ ok: false, error: 'refused' });
      }),
      { numRuns: runs / 2 },
    );
    serving.close();
  });
});
