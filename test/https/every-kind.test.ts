/**
 * Every resource that can be created goes through its whole life over HTTPS, in JSON and protobuf:
 * create, get, list, watch, patch, delete. What comes back is what was sent, and never a 500.
 */
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOwnGroup } from '../../machines/api/own-kinds.ts';
import { decodeProtobuf, encodeProtobuf } from '../../machines/api/protobuf.ts';
import { type ResourceInfo, resources } from '../../machines/api/schema.ts';
import { strategyOf } from '../../machines/api/strategies.ts';
import { objectOf } from '../api-schema/arbitrary.ts';
import { validObjects } from './valid-objects.ts';
import { createHttpsWorld, type HttpsWorld, until } from './world.ts';

type Fields = Record<string, unknown>;

/** Generated objects for each kind that has no validation of its own. */
const samplesMax = 4;
const protobuf = 'application/vnd.kubernetes.protobuf';
const mergePatch = { 'content-type': 'application/merge-patch+json' };

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await world.ask('POST', accounts, { body: { metadata: { name: 'default' } } });
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

const apiVersionOf = ({ group, version }: ResourceInfo) =>
  group === '' ? version : `${group}/${version}`;

function pathOf(resource: ResourceInfo): string {
  const { group, namespaced, plural } = resource;
  const root = `${group === '' ? '/api' : '/apis'}/${apiVersionOf(resource)}`;
  return `${root}/${namespaced ? 'namespaces/default/' : ''}${plural}`;
}

/** The objects to send: those given by hand, or a few generated ones. */
function bodiesOf(resource: ResourceInfo): readonly Fields[] {
  const key = `${resource.group || 'core'}/${resource.version}/${resource.plural}`;
  const given = validObjects[key] ?? validObjects[resource.storage];
  if (given !== undefined) return [given];
  // The store's codec renames keys that are called __proto__.
  const storable = objectOf(resource.type).filter(
    (object) => !JSON.stringify(object).includes('__proto__'),
  );
  const sample = fc.sample(storable, { seed: 36, numRuns: samplesMax - 1 });
  return [{}, ...sample];
}

/** What a client that sends these fields finds again; the server may add fields of its own. */
function sentOf(body: Fields, resource: ResourceInfo): Fields {
  const { metadata: _, status: __, ...own } = body;
  const hasStatus = resource.subresources.some(({ name }) => name === 'status');
  const keepsStatus = strategyOf(resource.storage).keepsStatus !== 'never';
  return keepsStatus || !hasStatus ? { ...own, ...pick(body, 'status') } : own;
}

const pick = (body: Fields, field: string): Fields =>
  body[field] === undefined ? {} : { [field]: body[field] };

/** A watch of one object, its events as they come. */
async function watchOne(path: string, name: string) {
  const query = `watch=true&resourceVersion=0&fieldSelector=metadata.name%3D${name}`;
  const response: IncomingMessage = await world.open('GET', `${path}?${query}`);
  let text = '';
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  response.on('error', () => undefined);
  const events = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { type: string; object: Fields });
  return { events, close: () => response.destroy() };
}

const withoutItemKind = ({ apiVersion: _, kind: __, ...rest }: Fields): Fields => rest;

async function lives(resource: ResourceInfo, body: Fields, name: string, binary: boolean) {
  const path = pathOf(resource);
  const one = `${path}/${encodeURIComponent(name)}`;
  const object = {
    ...body,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name },
  };
  const dry = await world.ask('POST', `${path}?dryRun=All`, { body: object });
  expect(dry.code, dry.text).toBe(201);
  expect(dry.json.apiVersion).toBe(object.apiVersion);
  const made = binary
    ? await world.ask('POST', path, {
        body: encodeProtobuf(structuredClone(object)),
        headers: { 'content-type': protobuf },
      })
    : await world.ask('POST', path, { body: object });
  expect(made.code, made.text).toBe(201);
  expect(made.headers.warning ?? '').not.toContain('unknown field');
  expect(made.json).toMatchObject({ ...sentOf(body, resource), metadata: { name } });
  await readsAlike(path, one, name, made.json);

  const watch = await watchOne(path, name);
  const patch = { body: '{"metadata":{"labels":{"tier":"one"}}}', headers: mergePatch };
  const patched = await world.ask('PATCH', one, patch);
  expect(patched.code, patched.text).toBe(200);
  expect(patched.json).toMatchObject({ metadata: { labels: { tier: 'one' } } });
  expect({ ...patched.json, metadata: {} }).toEqual({ ...made.json, metadata: {} });
  const dryPatched = await world.ask('PATCH', `${one}?dryRun=All`, {
    ...patch,
    body: '{"metadata":{"labels":{"tier":"two"}}}',
  });
  expect(dryPatched.json).toMatchObject({ ...made.json, metadata: { labels: { tier: 'two' } } });
  const again = await world.ask('PATCH', one, patch);
  expect(again.json).toEqual(patched.json);

  const deleted = await world.ask('DELETE', `${one}?propagationPolicy=Background`);
  expect(deleted.code, deleted.text).toBeLessThan(300);
  const gone = await world.ask('GET', one);
  if (resource.kind === 'Namespace') expect(gone.json.status.phase).toBe('Terminating');
  else expect(gone.code).toBe(404);
  await until(`three events of ${resource.plural}`, () => watch.events().length >= 3);
  const [added, modified, last] = watch.events();
  expect([added, modified]).toEqual([
    { type: 'ADDED', object: made.json },
    { type: 'MODIFIED', object: patched.json },
  ]);
  expect(last?.type).toBe(resource.kind === 'Namespace' ? 'MODIFIED' : 'DELETED');
  watch.close();
}

/** Get and list, in JSON and protobuf, tell of one object. */
async function readsAlike(path: string, one: string, name: string, made: Fields): Promise<void> {
  const json = await world.ask('GET', one);
  expect(json.json).toEqual(made);
  const binary = await world.ask('GET', one, { headers: { accept: protobuf } });
  expect(binary.headers['content-type']).toBe(protobuf);
  expect(decodeProtobuf(binary.bytes)).toEqual(made);
  const list = await world.ask('GET', path);
  const named = (item: Fields) => (item.metadata as Fields).name === name;
  const found = (list.json.items as Fields[]).filter(named);
  expect(found.map(withoutItemKind)).toEqual([withoutItemKind(made)]);
  const binaryList = await world.ask('GET', path, { headers: { accept: protobuf } });
  const items = (decodeProtobuf(binaryList.bytes) as { items: Fields[] }).items.filter(named);
  expect(items.map(withoutItemKind)).toEqual([withoutItemKind(made)]);
  const table = await world.ask('GET', one, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  expect(table.json).toMatchObject({ kind: 'Table', rows: [{ cells: expect.any(Array) }] });
}

/** Kinds of our own have tests of their own: they have no protobuf form. */
const creatable = resources().filter(
  ({ group, verbs }) => verbs.includes('create') && verbs.length > 1 && !isOwnGroup(group),
);

describe('a whole life', () => {
  test('is led by all of them', () => expect(creatable.length).toBeGreaterThan(50));

  test.each(creatable.map((resource) => [pathOf(resource), resource] as const))(
    '%s',
    async (_, resource) => {
      const bodies = bodiesOf(resource);
      for (const [index, body] of bodies.entries()) {
        const given = (body.metadata as { name?: string } | undefined)?.name;
        for (const binary of [false, true]) {
          const own = `${resource.plural}-${index}-${binary ? 'binary' : 'json'}`;
          const fixed = validObjects[resource.storage] === body ? given : undefined;
          await lives(resource, body, fixed ?? own, binary);
        }
      }
    },
  );
});
