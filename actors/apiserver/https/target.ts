/**
 * What a request asks for: the resource or subresource its path names, and the request as the API
 * takes it.
 *
 * Looks paths up in the facts table; never reads a body and never asks the API. Pure.
 */
import type { ApiReply, ApiRequest, Verb } from '../../../machines/api/request.ts';
import { allServed, findServed, type Served } from '../../../machines/api/resources.ts';
import type { SubresourceInfo } from '../../../machines/api/schema.ts';
import { methodNotAllowed, noSuchResource } from '../../../machines/api/status.ts';
import type { Exchange } from './exchange.ts';
import type { RequestInfo } from './request-info.ts';

/** What a path names: a resource, or one of its subresources. */
export interface Target {
  readonly served: Served;
  readonly subresource: SubresourceInfo | undefined;
}

/** The parts of an exchange that make a request. */
export type Asked = Pick<Exchange, 'info' | 'query' | 'user' | 'userAgent'>;

let groups: ReadonlySet<string> | undefined;

/** True where a resource of this group is served; core is ''. */
export function isServedGroup(group: string): boolean {
  groups ??= new Set(Array.from(allServed(), (served) => served.group));
  return groups.has(group);
}

/** The resource or subresource of a path, or the 404 or 405 to answer. */
export function findTarget(info: RequestInfo): Target | ApiReply {
  const served = findServed(info.group, info.version, info.resource);
  if (served === undefined || info.rest !== '') {
    if (served === undefined || info.subresource !== 'proxy') return noSuchResource();
  }
  const isNamespace = info.group === '' && info.resource === 'namespaces';
  if (!served.namespaced && info.namespace !== '' && !isNamespace) return noSuchResource();
  if (served.namespaced && info.namespace === '' && info.name !== '') return noSuchResource();
  const verb = info.verb as Verb;
  if (info.subresource !== '') {
    const subresource = served.subresources.get(info.subresource);
    if (subresource === undefined) return noSuchResource();
    return subresource.verbs.includes(verb) ? { served, subresource } : methodNotAllowed();
  }
  if (!served.info.verbs.includes(verb)) return methodNotAllowed();
  const everywhere = served.namespaced && info.namespace === '';
  if (everywhere && verb !== 'list' && verb !== 'watch') return methodNotAllowed();
  if (verb === 'create' && info.name !== '') return methodNotAllowed();
  if ((verb === 'update' || verb === 'patch') && info.name === '') return methodNotAllowed();
  return { served, subresource: undefined };
}

/** The request as the API takes it, without its body. */
export function apiRequest(asked: Asked): ApiRequest {
  const { info, user, userAgent } = asked;
  const query: { [option: string]: string } = {};
  for (const [option, value] of asked.query) query[option] = value;
  const single = info.verb === 'watch' && info.name !== '';
  if (single) query.fieldSelector = `metadata.name=${info.name}`;
  const isNamespace = info.group === '' && info.resource === 'namespaces';
  return {
    verb: info.verb as Verb,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: isNamespace ? '' : info.namespace,
    name: single ? '' : info.name,
    query,
    user,
    userAgent,
  };
}
