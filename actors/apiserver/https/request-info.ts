/**
 * What a URL asks for, by the rules of Kubernetes' requestinfo: path and method to verb, group,
 * version, namespace, resource, name and subresource.
 *
 * Never looks at whether such a resource exists, and never at a body. Pure.
 */
import type { Verb } from '../../../machines/api/request.ts';

/** A parsed request line. Strings are '' where absent. */
export interface RequestInfo {
  /** False for paths outside /api/<version>/<resource> and /apis/<group>/<version>/<resource>. */
  readonly isResource: boolean;
  /** For a path that is no resource: the HTTP method in lower case. */
  readonly verb: Verb | 'proxy' | string;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  /** What follows a proxy subresource. */
  readonly rest: string;
}

const verbs: Readonly<Record<string, Verb>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of a namespace, which are no resources in it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/** Parses a method, a decoded path and its query. */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const none: RequestInfo = {
    isResource: false,
    verb: method.toLowerCase(),
    path,
    group: '',
    version: '',
    namespace: '',
    resource: '',
    name: '',
    subresource: '',
    rest: '',
  };
  let parts = path.split('/').filter((part) => part !== '');
  const prefix = parts[0];
  const depth = prefix === 'api' ? 2 : prefix === 'apis' ? 3 : Number.POSITIVE_INFINITY;
  if (parts.length <= depth || parts.length < 3) return none;
  const group = prefix === 'apis' ? parts[1]! : '';
  const version = parts[depth - 1]!;
  parts = parts.slice(depth);
  let verb = verbs[method] ?? method.toLowerCase();
  if (parts[0] === 'watch') {
    if (parts.length < 2) return none;
    verb = 'watch';
    parts = parts.slice(1);
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!;
    if (parts.length > 2 && !namespaceSubresources.has(parts[2]!)) parts = parts.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...rest] = parts;
  if (name === '' && verb === 'get') verb = isTrue(query.get('watch')) ? 'watch' : 'list';
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  const found = { group, version, namespace, resource, name, subresource, rest: rest.join('/') };
  return { ...none, ...found, isResource: true, verb };
}

/** A flag of a query, as apimachinery's conversion reads it: present, and not false. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
