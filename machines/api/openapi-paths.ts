/**
 * OpenAPI paths and operations of resources, from their rows of the facts table. One description
 * of each operation serves both versions of the specification.
 */
import type { DiscoverableResource } from './discovery.ts';
import { type Json, type OpenApiForm, patchModel, reference } from './openapi-schemas.ts';
import { isOwnGroup } from './own-kinds.ts';
import { findKind, type GroupVersionKind, type Verb } from './schema.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Operation {
  readonly method: Method;
  readonly action: string;
  readonly id: string;
  readonly query: readonly string[];
  readonly body: string | undefined;
  readonly answer: string | undefined;
  readonly kind: GroupVersionKind;
}

const listQuery = [
  ...['allowWatchBookmarks', 'continue', 'fieldSelector', 'labelSelector', 'limit'],
  ...['resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds', 'watch'],
];
const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation'];
const deleteQuery = [
  ...['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential'],
  ...['orphanDependents', 'propagationPolicy'],
];

const integers = ['limit', 'timeoutSeconds', 'gracePeriodSeconds'];
const booleans = [
  ...['allowWatchBookmarks', 'sendInitialEvents', 'watch', 'orphanDependents', 'force'],
  'ignoreStoreReadErrorWithClusterBreakingPotential',
];

const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const patchTypes = [
  ...['application/apply-patch+yaml', 'application/json-patch+json'],
  ...['application/merge-patch+json', 'application/strategic-merge-patch+json'],
];

/** Kinds that clients do not know are served as custom resources are. */
const ownBodyTypes = bodyTypes.slice(0, 2);
const ownPatchTypes = ['application/json-patch+json', 'application/merge-patch+json'];

const deleteOptions = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
const status = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

/** Gives the component name of a kind, for kinds that are not in the facts table. */
export type ModelOf = (kind: GroupVersionKind) => string | undefined;

/** The component name of a built-in kind. */
export function builtInModel(kind: GroupVersionKind): string | undefined {
  return findKind(kind.group, kind.version, kind.kind)?.model;
}

/** The paths of one resource with its subresources. */
export function pathsOf(
  form: OpenApiForm,
  resource: DiscoverableResource,
  modelOf: ModelOf = builtInModel,
): Record<string, Json> {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced ? `${root}/namespaces/{namespace}` : root;
  const paths: Record<string, Json> = {};
  const put = (path: string, operations: readonly Operation[]) => {
    if (operations.length > 0) paths[path] = pathItem(form, path, resource, operations);
  };
  put(`${scope}/${plural}`, collectionOperations(resource, modelOf));
  put(`${scope}/${plural}/{name}`, objectOperations(resource, modelOf));
  if (namespaced && resource.verbs.includes('list')) {
    const all = collectionOperations(resource, modelOf).filter(({ action }) => action === 'list');
    put(
      `${root}/${plural}`,
      all.map((one) => ({ ...one, id: allNamespaces(one.id, resource) })),
    );
  }
  for (const sub of resource.subresources) {
    const path = `${scope}/${plural}/{name}/${sub.name}`;
    put(path, subresourceOperations(resource, sub, modelOf));
    if (sub.name === 'proxy')
      put(`${path}/{path}`, subresourceOperations(resource, sub, modelOf, 'WithPath'));
  }
  return paths;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function operationId(verb: string, resource: DiscoverableResource, suffix = ''): string {
  const group = resource.group === '' ? 'core' : resource.group.replace(/\.k8s\.io$/, '');
  const parts = [...group.split('.'), resource.version].map(capital).join('');
  return `${verb}${parts}${resource.namespaced ? 'Namespaced' : ''}${resource.kind}${suffix}`;
}

function allNamespaces(id: string, resource: DiscoverableResource): string {
  return `${id.replace(`Namespaced${resource.kind}`, resource.kind)}ForAllNamespaces`;
}

function collectionOperations(resource: DiscoverableResource, modelOf: ModelOf): Operation[] {
  const model = modelOf(resource);
  const list = modelOf({ ...resource, kind: `${resource.kind}List` });
  const has = (verb: Verb) => resource.verbs.includes(verb);
  const base = { kind: resource, body: undefined };
  const found: Operation[] = [];
  if (has('list')) {
    const id = operationId('list', resource);
    found.push({ ...base, method: 'get', action: 'list', id, query: listQuery, answer: list });
  }
  if (has('create')) {
    const id = operationId('create', resource);
    found.push({
      ...base,
      method: 'post',
      action: 'post',
      id,
      query: writeQuery,
      body: model,
      answer: model,
    });
  }
  if (has('deletecollection')) {
    const id = operationId('deleteCollection', resource);
    const query = [...new Set([...listQuery, ...deleteQuery])].filter(
      (name) => name !== 'watch' && name !== 'allowWatchBookmarks',
    );
    const body = deleteOptions;
    found.push({
      ...base,
      method: 'delete',
      action: 'deletecollection',
      id,
      query,
      body,
      answer: status,
    });
  }
  return found;
}

const objectMethods: readonly (readonly [Verb, Method, string, string])[] = [
  ['get', 'get', 'get', 'read'],
  ['update', 'put', 'put', 'replace'],
  ['patch', 'patch', 'patch', 'patch'],
  ['delete', 'delete', 'delete', 'delete'],
];

function objectOperations(resource: DiscoverableResource, modelOf: ModelOf): Operation[] {
  const model = modelOf(resource);
  return objectMethods
    .filter(([verb]) => resource.verbs.includes(verb))
    .map(([verb, method, action, word]) => ({
      method,
      action,
      id: operationId(word, resource),
      query: queryOf(verb),
      body: bodyOf(verb, model),
      answer: verb === 'delete' ? status : model,
      kind: resource,
    }));
}

function queryOf(verb: Verb): readonly string[] {
  if (verb === 'get') return [];
  if (verb === 'delete') return deleteQuery;
  return verb === 'patch' ? [...writeQuery, 'force'] : writeQuery;
}

function bodyOf(verb: Verb, model: string | undefined): string | undefined {
  if (verb === 'get') return undefined;
  if (verb === 'delete') return deleteOptions;
  return verb === 'patch' ? patchModel : model;
}

function subresourceOperations(
  resource: DiscoverableResource,
  sub: DiscoverableResource['subresources'][number],
  modelOf: ModelOf,
  suffix = '',
): Operation[] {
  const name = capital(sub.name) + suffix;
  const connect = sub.kind.endsWith('Options');
  const model = connect ? undefined : modelOf(sub);
  const create = ['create', 'post', 'post', 'create'] as const;
  return [...objectMethods, create]
    .filter(([verb]) => sub.verbs.includes(verb))
    .map(([verb, method, action, word]) => ({
      method,
      action: connect ? 'connect' : action,
      id: operationId(connect ? `connect${capital(method)}` : word, resource, name),
      query: connect ? [] : queryOf(verb),
      body: connect ? undefined : bodyOf(verb, model),
      answer: model,
      kind: sub,
    }));
}

function pathItem(
  form: OpenApiForm,
  path: string,
  resource: DiscoverableResource,
  operations: readonly Operation[],
): Json {
  const item: Record<string, unknown> = {};
  for (const operation of operations)
    item[operation.method] = operationJson(form, resource, operation);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  item.parameters = [
    ...names.map((name) => parameter(form, name, 'path')),
    parameter(form, 'pretty', 'query'),
  ];
  return item;
}

function parameter(form: OpenApiForm, name: string, where: 'path' | 'query'): Json {
  const type = integers.includes(name) ? 'integer' : booleans.includes(name) ? 'boolean' : 'string';
  const required = where === 'path' ? { required: true } : {};
  if (form === 'v2') return { in: where, name, ...required, type, uniqueItems: true };
  return { in: where, name, ...required, schema: { type, uniqueItems: true } };
}

function operationJson(
  form: OpenApiForm,
  resource: DiscoverableResource,
  operation: Operation,
): Json {
  const { group, version, kind } = operation.kind;
  const tag = `${resource.group === '' ? 'core' : resource.group.replace(/\.k8s\.io$/, '')}_${resource.version}`;
  return {
    ...(form === 'v2' ? bodyV2(operation) : bodyV3(operation)),
    operationId: operation.id,
    tags: [tag.replaceAll('.', '_')],
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, kind, version },
  };
}

function contentTypes(operation: Operation): readonly string[] {
  if (operation.method !== 'patch') return ['*/*'];
  return isOwnGroup(operation.kind.group) ? ownPatchTypes : patchTypes;
}

function answerTypes(operation: Operation): readonly string[] {
  return isOwnGroup(operation.kind.group) ? ownBodyTypes : bodyTypes;
}

function bodyV2(operation: Operation): Json {
  const parameters = operation.query.map((name) => parameter('v2', name, 'query'));
  const { body, answer } = operation;
  const schema = answer === undefined ? { type: 'string' } : reference('v2', answer);
  const bodies =
    body === undefined ? [] : [{ in: 'body', name: 'body', schema: reference('v2', body) }];
  return {
    consumes: contentTypes(operation),
    parameters: [...bodies, ...parameters],
    produces: answer === undefined ? ['*/*'] : answerTypes(operation),
    responses: { '200': { description: 'OK', schema }, '401': { description: 'Unauthorized' } },
    schemes: ['https'],
  };
}

function bodyV3(operation: Operation): Json {
  const { body, answer } = operation;
  const content = (types: readonly string[], schema: Json) =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  const answers =
    answer === undefined
      ? content(['*/*'], { type: 'string' })
      : content(answerTypes(operation), reference('v3', answer));
  return {
    parameters: operation.query.map((name) => parameter('v3', name, 'query')),
    ...(body === undefined
      ? {}
      : { requestBody: { content: content(contentTypes(operation), reference('v3', body)) } }),
    responses: {
      '200': { description: 'OK', content: answers },
      '401': { description: 'Unauthorized' },
    },
  };
}
