/**
 * The OpenAPI documents of the API: version 3, one document a group version with an index, and
 * version 2 as one document. They are built on demand and are large; whoever serves them keeps
 * the encoded result. Nothing here reads a file: descriptions are passed in.
 */
import type { DiscoverableResource } from './discovery.ts';
import { builtInModel, type ModelOf, pathsOf } from './openapi-paths.ts';
import { type Descriptions, type Json, type OpenApiForm, schemasOf } from './openapi-schemas.ts';
import { findKind, type GroupVersionKind, resources, type TypeInfo, typeOf } from './schema.ts';

export type { Descriptions } from './openapi-schemas.ts';

/** A custom resource with the schema of its objects. */
export interface CustomResource extends DiscoverableResource {
  /** The OpenAPI v3 schema that its definition gives, if any. */
  readonly schema?: Json;
}

/** What the documents are made of besides the facts table. */
export interface OpenApiInput {
  readonly descriptions?: Descriptions;
  readonly extra?: readonly CustomResource[];
}

const info: Json = { title: 'Kubernetes', version: 'v1.36.0' };
const shared = ['DeleteOptions', 'Status', 'WatchEvent', 'APIResourceList'];

/** `/openapi/v3`: where the document of each group version is; `hash` names its state. */
export function openApiIndex(hash: string, input: OpenApiInput = {}): Json {
  const paths: Record<string, Json> = {};
  for (const { group, version } of [...resources(), ...(input.extra ?? [])]) {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    paths[path] ??= { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths };
}

/** `/openapi/v3/<path>`, where path is `api/v1` or `apis/<group>/<version>`. */
export function openApiDocument(path: string, input: OpenApiInput = {}): Json | undefined {
  const match = /^(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (match === null) return undefined;
  const [, group = '', version] = match;
  const mine = (resource: GroupVersionKind) =>
    resource.group === group && resource.version === version;
  const builtIn = resources().filter(mine);
  const custom = (input.extra ?? []).filter(mine);
  if (builtIn.length + custom.length === 0) return undefined;
  const schemas = {
    ...schemasOf('v3', rootTypes(builtIn), input.descriptions ?? {}, kindVersions()),
    ...customSchemas('v3', custom),
  };
  return {
    components: { schemas },
    info,
    openapi: '3.0.0',
    paths: allPaths('v3', builtIn, custom),
  };
}

/** `/openapi/v2`: the whole API in one document. */
export function swaggerDocument(input: OpenApiInput = {}): Json {
  const builtIn = resources();
  const custom = input.extra ?? [];
  const definitions = {
    ...schemasOf('v2', rootTypes(builtIn), input.descriptions ?? {}, kindVersions()),
    ...customSchemas('v2', custom),
  };
  return { definitions, info, paths: allPaths('v2', builtIn, custom), swagger: '2.0' };
}

function kindVersions(): readonly string[] {
  return [...new Set(resources().map(({ group, version }) => `${group || 'core'}/${version}`))];
}

function rootTypes(builtIn: readonly DiscoverableResource[]): TypeInfo[] {
  const kinds = builtIn.flatMap((resource) => [
    resource,
    { ...resource, kind: `${resource.kind}List` },
    ...resource.subresources,
  ]);
  const found = kinds.map(({ group, version, kind }) => findKind(group, version, kind));
  const roots = [...found, ...shared.map((name) => typeOf(`meta.v1.${name}`))];
  return roots.filter((type) => type !== undefined);
}

function allPaths(
  form: OpenApiForm,
  builtIn: readonly DiscoverableResource[],
  custom: readonly CustomResource[],
): Json {
  const modelOf: ModelOf = (kind) =>
    builtInModel(kind) ?? (kind.kind === 'Scale' ? undefined : customModel(kind));
  const parts = [
    ...builtIn.map((resource) => pathsOf(form, resource)),
    ...custom.map((resource) => pathsOf(form, resource, modelOf)),
  ];
  return Object.assign({}, ...parts) as Json;
}

/** The component name of a custom kind: its group reversed, version and kind. */
function customModel({ group, version, kind }: GroupVersionKind): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

function customSchemas(form: OpenApiForm, custom: readonly CustomResource[]): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const resource of custom) {
    const { group, version, kind } = resource;
    const meta = builtInMetaSchemas(form);
    const prefix = form === 'v3' ? '#/components/schemas/' : '#/definitions/';
    const named = (name: string) => ({
      $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
    });
    const own = resource.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const head = { apiVersion: { type: 'string' }, kind: { type: 'string' } };
    const kinds = (name: string) => ({
      'x-kubernetes-group-version-kind': [{ group, kind: name, version }],
    });
    const properties = (own.properties ?? {}) as Json;
    const model = customModel(resource);
    Object.assign(found, meta, {
      [model]: {
        ...own,
        properties: { ...properties, ...head, metadata: named('ObjectMeta') },
        ...kinds(kind),
      },
      [`${model}List`]: {
        type: 'object',
        required: ['items'],
        properties: {
          ...head,
          metadata: named('ListMeta'),
          items: { type: 'array', items: { $ref: prefix + model } },
        },
        ...kinds(`${kind}List`),
      },
    });
  }
  return found;
}

function builtInMetaSchemas(form: OpenApiForm): Record<string, Json> {
  const types = ['ObjectMeta', 'ListMeta'].map((name) => typeOf(`meta.v1.${name}`)!);
  return schemasOf(form, types, {}, []);
}
