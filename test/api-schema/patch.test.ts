import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch, jsonPatchOperationsMax, mergePatch } from '../../machines/api/patch.ts';
import { typeOf } from '../../machines/api/schema.ts';
import { strategicMerge } from '../../machines/api/strategic-merge.ts';
import { objectOf } from './arbitrary.ts';

type JsonObject = Record<string, unknown>;

const deployment = typeOf('apps.v1.Deployment')!;
const podSpec = typeOf('core.v1.PodSpec')!;
const strategy = typeOf('apps.v1.DeploymentSpec')!;
const meta = typeOf('meta.v1.ObjectMeta')!;
const serviceSpec = typeOf('core.v1.ServiceSpec')!;

const containers = (...names: string[]) => names.map((name) => ({ name }));

describe('strategic merge patch', () => {
  it.each([
    [
      'merges objects',
      meta,
      { labels: { a: '1' } },
      { labels: { b: '2' } },
      { labels: { a: '1', b: '2' } },
    ],
    [
      'deletes by null',
      meta,
      { labels: { a: '1', b: '2' } },
      { labels: { a: null } },
      { labels: { b: '2' } },
    ],
    ['ignores null where nothing is', meta, {}, { labels: { a: null } }, { labels: {} }],
    [
      'merges lists by key',
      podSpec,
      {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      },
      { containers: [{ name: 'b', image: 'z' }] },
      {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'z' },
        ],
      },
    ],
    [
      'adds list items before those that the patch does not name',
      podSpec,
      { containers: containers('a') },
      { containers: containers('b') },
      { containers: containers('b', 'a') },
    ],
    [
      'deletes list items',
      podSpec,
      { containers: containers('a', 'b') },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: containers('b') },
    ],
    [
      'replaces lists',
      podSpec,
      { containers: containers('a', 'b') },
      { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      { containers: containers('c') },
    ],
    [
      'replaces lists without a key',
      podSpec,
      { containers: [{ name: 'a', args: ['1', '2'] }] },
      { containers: [{ name: 'a', args: ['3'] }] },
      { containers: [{ name: 'a', args: ['3'] }] },
    ],
    [
      'replaces objects',
      meta,
      { labels: { a: '1' } },
      { labels: { $patch: 'replace', b: '2' } },
      { labels: { b: '2' } },
    ],
    [
      'deletes objects',
      meta,
      { labels: { a: '1' } },
      { labels: { $patch: 'delete' } },
      { labels: {} },
    ],
    [
      'keeps the listed keys',
      strategy,
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      'merges sets',
      meta,
      { finalizers: ['a', 'b'] },
      { finalizers: ['b', 'c'] },
      { finalizers: ['a', 'b', 'c'] },
    ],
    [
      'deletes from sets',
      meta,
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b'] },
    ],
    [
      'orders sets',
      meta,
      { finalizers: ['a', 'b'] },
      { '$setElementOrder/finalizers': ['b', 'a'] },
      { finalizers: ['b', 'a'] },
    ],
    [
      'orders list items, others keeping their place',
      podSpec,
      { containers: containers('a', 'sidecar', 'b') },
      { '$setElementOrder/containers': containers('b', 'c', 'a'), containers: containers('c') },
      { containers: containers('sidecar', 'b', 'c', 'a') },
    ],
    [
      'merges by the declared key, whatever else is equal',
      serviceSpec,
      { ports: [{ port: 80, protocol: 'TCP', nodePort: 30000 }] },
      { ports: [{ port: 80, name: 'http' }] },
      { ports: [{ port: 80, protocol: 'TCP', nodePort: 30000, name: 'http' }] },
    ],
    [
      'leaves nulls out of what it adds',
      podSpec,
      {},
      { securityContext: { runAsUser: null, fsGroup: 1 } },
      { securityContext: { fsGroup: 1 } },
    ],
    [
      'takes a value of another type as it is',
      podSpec,
      { hostname: 'a' },
      { hostname: 7 },
      { hostname: 7 },
    ],
  ] as [string, typeof meta, JsonObject, JsonObject, JsonObject][])(
    '%s',
    (_, type, original, patch, expected) => {
      const before = structuredClone({ original, patch });
      expect(strategicMerge(type, original, patch)).toEqual(expected);
      expect({ original, patch }).toEqual(before);
    },
  );

  it.each([
    [{ spec: { $patch: 'bend' } }, 500, 'unknown patch type: bend in map: map[$patch:bend]'],
    [
      { spec: { template: { spec: { containers: [{ image: 'x' }] } } } },
      500,
      'map: map[image:x] does not contain declared merge key: name',
    ],
    [{ spec: { strategy: { $retainKeys: 'type' } } }, 400, 'invalid patch format of retainKeys'],
    [
      { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } },
      400,
      'invalid patch format of retainKeys',
    ],
    [
      { spec: { template: { spec: { containers: [{ name: 'a', $patch: 'merge' }] } } } },
      500,
      'merging lists cannot yet be specified in the patch',
    ],
    [
      { metadata: { $setElementOrder: ['a'] } },
      400,
      'invalid patch format of setElementOrder list',
    ],
    [
      { bogus: { a: 1 } },
      500,
      'unable to find api field in struct Deployment for the json field "bogus"',
    ],
    [[1], 400, 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ])('refuses %j', (patch, code, message) => {
    const object = {
      bogus: {},
      metadata: { finalizers: ['a'] },
      spec: { strategy: {}, template: { spec: { containers: containers('a') } } },
    };
    expect(applyPatch('strategic', deployment, object, patch)).toMatchObject({
      ok: false,
      code,
      message,
    });
  });

  it('does not exist for custom resources', () => {
    const result = applyPatch('strategic', undefined, {}, {});
    expect(result).toMatchObject({
      code: 400,
      message: 'strategic merge patch format is not supported',
    });
  });

  it('with the object itself or with nothing changes nothing', () => {
    fc.assert(
      fc.property(objectOf(typeOf('core.v1.ConfigMap')!), (object) => {
        expect(strategicMerge(typeOf('core.v1.ConfigMap')!, object, {})).toEqual(object);
        const merged = strategicMerge(typeOf('core.v1.ConfigMap')!, object, {
          data: object.data ?? {},
        });
        expect(merged).toEqual({ ...object, data: object.data ?? {} });
      }),
    );
  });
});

describe('JSON merge patch', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (original, patch, expected) => {
    expect(mergePatch(original, patch)).toEqual(expected);
  });

  it('keeps hostile names as plain members', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}') as JsonObject;
    const result = mergePatch({}, patch);
    expect(JSON.stringify(result)).toBe('{"metadata":{"labels":{"__proto__":"x"}}}');
  });

  it('must be an object', () => {
    expect(applyPatch('merge', deployment, {}, [])).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message:
        'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    });
  });
});

describe('JSON patch', () => {
  const object = {
    metadata: { labels: { 'a/b': '1', constructor: 'c' } },
    list: [1, 2, 3],
    none: null,
  };
  const attempt = (...operations: unknown[]) => applyPatch('json', undefined, object, operations);

  it.each([
    [[{ op: 'add', path: '/list/-', value: 4 }], { list: [1, 2, 3, 4] }],
    [[{ op: 'add', path: '/list/0', value: 0 }], { list: [0, 1, 2, 3] }],
    [[{ op: 'add', path: '/list/-1', value: 4 }], { list: [1, 2, 3, 4] }],
    [[{ op: 'remove', path: '/list/-1' }], { list: [1, 2] }],
    [
      [{ op: 'remove', path: '/metadata/labels/a~1b' }],
      { metadata: { labels: { constructor: 'c' } } },
    ],
    [[{ op: 'replace', path: '/list/1', value: 9 }], { list: [1, 9, 3] }],
    [[{ op: 'replace', path: '/new', value: 9 }], { new: 9 }],
    [[{ op: 'move', from: '/list/0', path: '/first' }], { list: [2, 3], first: 1 }],
    [
      [
        { op: 'copy', from: '/list', path: '/copy' },
        { op: 'remove', path: '/copy/0' },
      ],
      { copy: [2, 3] },
    ],
    [[{ op: 'test', path: '/metadata/labels/constructor', value: 'c' }], {}],
    [[{ op: 'test', path: '/metadata/annotations', value: null }], {}],
    [[{ op: 'test', path: '/none', value: null }], {}],
    [[{ op: 'test', path: '/list', value: [1, 2, 3] }], {}],
  ] as [unknown[], JsonObject][])('%j', (operations, expected) => {
    const before = structuredClone(object);
    expect(attempt(...operations)).toEqual({ ok: true, object: { ...object, ...expected } });
    expect(object).toEqual(before);
  });

  it.each([
    [
      { op: 'add', path: '/spec/x', value: 1 },
      'add operation does not apply: doc is missing path: "/spec/x": missing value',
    ],
    [
      { op: 'add', path: '/none/x', value: 1 },
      'add operation does not apply: doc is missing path: "/none/x": missing value',
    ],
    [
      { op: 'add', path: '/list/9', value: 1 },
      "error in add for path: '/list/9': Unable to access invalid index: 9: invalid array index",
    ],
    [
      { op: 'remove', path: '/spec' },
      "error in remove for path: '/spec': Unable to remove nonexistent key: spec: missing value",
    ],
    [
      { op: 'replace', path: '/list/9', value: 1 },
      'replace operation does not apply: doc is missing key: /list/9: missing value',
    ],
    [
      { op: 'replace', path: '/spec/x', value: 1 },
      'replace operation does not apply: doc is missing path: /spec/x: missing value',
    ],
    [{ op: 'test', path: '/list/0', value: 2 }, 'testing value /list/0 failed: test failed'],
    [
      { op: 'copy', from: '/spec/x', path: '/y' },
      'copy operation does not apply: doc is missing from path: /spec/x: missing value',
    ],
    [{ op: 'add' }, 'add operation failed to decode path: missing value'],
    [{ op: 'bend', path: '/list' }, 'Unexpected kind: bend'],
    [
      { op: 'add', path: '/metadata/labels/constructor/x', value: 1 },
      'add operation does not apply: doc is missing path: "/metadata/labels/constructor/x": missing value',
    ],
  ])('%j fails', (operation, detail) => {
    expect(attempt(operation)).toEqual({
      ok: false,
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
      detail,
    });
  });

  it('is bounded in operations and in what it copies', () => {
    const many = Array.from({ length: jsonPatchOperationsMax + 1 }, () => ({
      op: 'test',
      path: '/none',
      value: null,
    }));
    expect(attempt(...many)).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
    const doubling = Array.from({ length: 40 }, (_, index) => ({
      op: 'copy',
      from: index === 0 ? '/list' : '/bomb',
      path: index === 0 ? '/bomb' : '/bomb/-',
    }));
    expect(attempt(...doubling)).toMatchObject({
      code: 422,
      detail: expect.stringContaining('exceeding the limit'),
    });
  });

  it('must be a list of objects', () => {
    expect(applyPatch('json', undefined, object, { op: 'add' })).toMatchObject({ code: 400 });
    expect(attempt('x')).toMatchObject({ code: 400 });
  });
});
