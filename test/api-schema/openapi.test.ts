import { describe, expect, it } from 'vitest';
import {
  type CustomResource,
  openApiDocument,
  openApiIndex,
  swaggerDocument,
} from '../../machines/api/openapi.ts';
import { encodeSwagger } from '../../machines/api/openapi-protobuf.ts';
import {
  cursorOf,
  enter,
  leave,
  readInt64,
  restAsText,
  skip,
} from '../../machines/api/protobuf-wire.ts';
import { resources } from '../../machines/api/schema.ts';

type Json = Record<string, unknown>;

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key], value);

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === '$ref' && typeof item === 'string') yield item;
    else yield* references(item);
  }
}

const widget: CustomResource = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  namespaced: true,
  verbs: ['create', 'get', 'list', 'patch', 'update', 'delete', 'watch'],
  shortNames: [],
  categories: [],
  subresources: [],
  schema: { type: 'object', properties: { spec: { type: 'object' } } },
};

const extra = [widget];
const paths = Object.keys(openApiIndex('x', { extra }).paths as Json);
const documents = paths.map((path) => [path, openApiDocument(path, { extra })!] as const);
const swagger = swaggerDocument({ extra });

describe('the index', () => {
  it('names every group version with its hash', () => {
    expect(at(openApiIndex('abc'), 'paths', 'apis/apps/v1', 'serverRelativeURL')).toBe(
      '/openapi/v3/apis/apps/v1?hash=abc',
    );
    expect(at(openApiIndex('abc'), 'paths', 'api/v1')).toBeDefined();
    expect(paths).toContain('apis/example.com/v1');
    expect(openApiDocument('apis/apps/v2')).toBeUndefined();
    expect(openApiDocument('../etc')).toBeUndefined();
  });
});

describe.each([...documents, ['v2', swagger] as const])('%s', (_, document) => {
  it('refers only to what it holds', () => {
    for (const reference of references(document)) {
      const [, ...path] = reference.split('/');
      expect(at(document, ...path.slice(0, -1), path.at(-1)!), reference).toBeDefined();
    }
  });

  it('lets clients see that writes take dryRun and fieldValidation', () => {
    for (const [path, item] of Object.entries(document.paths as Json)) {
      const patch = (item as Json).patch as Json | undefined;
      if (patch === undefined || path.includes('/proxy')) continue;
      const names = (patch.parameters as { name: string }[]).map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(['dryRun', 'fieldValidation', 'fieldManager', 'force']),
      );
      expect(patch['x-kubernetes-group-version-kind']).toMatchObject({ kind: expect.any(String) });
    }
  });

  it('gives every operation an id of its own', () => {
    const items = Object.values(document.paths as Json) as Json[];
    const operations = items.flatMap((item) =>
      ['get', 'post', 'put', 'patch', 'delete'].flatMap((method) =>
        item[method] === undefined ? [] : [item[method] as Json],
      ),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('schemas', () => {
  const apps = openApiDocument('apis/apps/v1', {
    descriptions: {
      'apps.v1.Deployment': { '': 'About.', spec: 'The spec.' },
      'apps.v1.DeploymentStatus': { '': 'Status.' },
    },
  });
  const schema = (name: string) => at(apps, 'components', 'schemas', name) as Json;
  const core = openApiDocument('api/v1');

  it('exist for every kind, with its group, version and kind', () => {
    for (const { type, group, version, kind } of resources()) {
      const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
      const document = documents.find(([name]) => name === path)![1];
      expect(
        at(document, 'components', 'schemas', type.model, 'x-kubernetes-group-version-kind'),
      ).toEqual([{ group, kind, version }]);
    }
  });

  it('describe a type as Kubernetes does', () => {
    const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    expect(schema('io.k8s.api.apps.v1.Deployment')).toEqual({
      description: 'About.',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: reference('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'),
        spec: { allOf: [reference('io.k8s.api.apps.v1.DeploymentSpec')], description: 'The spec.' },
        status: { ...reference('io.k8s.api.apps.v1.DeploymentStatus'), description: 'Status.' },
      },
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'apps', kind: 'Deployment', version: 'v1' }],
    });
    expect(schema('io.k8s.api.apps.v1.DeploymentSpec').required).toEqual(['selector', 'template']);
    expect(at(schema('io.k8s.api.apps.v1.DeploymentSpec'), 'properties', 'strategy')).toEqual({
      allOf: [reference('io.k8s.api.apps.v1.DeploymentStrategy')],
      'x-kubernetes-patch-strategy': 'retainKeys',
    });
  });

  it('say how lists merge', () => {
    const pod = at(core, 'components', 'schemas', 'io.k8s.api.core.v1.PodSpec', 'properties');
    expect(at(pod, 'containers')).toMatchObject({
      type: 'array',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(at(pod, 'restartPolicy')).toEqual({
      enum: ['Always', 'Never', 'OnFailure'],
      type: 'string',
    });
    const port = at(
      core,
      'components',
      'schemas',
      'io.k8s.api.core.v1.ContainerPort',
      'properties',
    );
    expect(at(port, 'protocol')).toMatchObject({ default: 'TCP' });
  });

  it('know the options of every group version', () => {
    const model = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
    const kinds = schema(model)['x-kubernetes-group-version-kind'];
    expect(kinds).toContainEqual({ group: '', kind: 'DeleteOptions', version: 'v1' });
    expect(kinds).toContainEqual({ group: 'apps', kind: 'DeleteOptions', version: 'v1' });
  });

  it('hold custom resources', () => {
    const document = openApiDocument('apis/example.com/v1', { extra })!;
    const model = 'com.example.v1.Widget';
    expect(at(document, 'components', 'schemas', model, 'properties', 'spec')).toEqual({
      type: 'object',
    });
    expect(
      at(document, 'paths', '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}', 'patch'),
    ).toBeDefined();
    expect(at(swagger, 'definitions', `${model}List`)).toBeDefined();
  });
});

describe('the protobuf form of version 2', () => {
  it('holds the same definitions and paths', () => {
    const found: Record<string, string[]> = { paths: [], definitions: [] };
    const cursor = cursorOf(encodeSwagger(swagger));
    const each = (visit: (number: number) => void) => {
      while (cursor.at < cursor.end) {
        const tag = readInt64(cursor);
        if ((tag & 7) !== 2) {
          skip(cursor, tag & 7);
          continue;
        }
        const outer = enter(cursor);
        visit(tag >> 3);
        leave(cursor, outer);
      }
    };
    each((number) => {
      if (number === 1) expect(restAsText(cursor)).toBe('2.0');
      const name = number === 8 ? 'paths' : number === 9 ? 'definitions' : undefined;
      if (name !== undefined)
        each(() => each((inner) => inner === 1 && found[name]!.push(restAsText(cursor))));
    });
    expect(found.paths).toEqual(Object.keys(swagger.paths as Json));
    expect(found.definitions).toEqual(Object.keys(swagger.definitions as Json));
  });
});
