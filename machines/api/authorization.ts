/**
 * Who may do what: a pure decision over the request's attributes and the view.
 *
 * Authorizers are asked in order and the first that allows wins, as in kube-apiserver's
 * `--authorization-mode`: system:masters, Node, the cluster's own components, then (where RBAC will
 * stand) service accounts reading their own namespace and what every authenticated user may. Never
 * changes anything; never sees object bodies.
 */

import { authorizeNode } from './authorization-node.ts';
import {
  allowedPaths,
  componentRules,
  type PolicyRule,
  rulesAllow,
} from './authorization-rules.ts';
import type { ApiReply, ApiRequest, UserInfo } from './request.ts';
import { failure, qualified } from './status.ts';
import type { View } from './view.ts';

/** What is asked, for a resource or for a path. */
export interface AccessAttributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly group: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The field selector of a list or watch, as in the URL. */
  readonly fieldSelector?: string;
  /** Set for requests of a path that is no resource. */
  readonly path?: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why it is allowed or not; '' where nobody had an opinion. */
  readonly reason: string;
}

export const allow: Decision = { allowed: true, reason: '' };
export const noOpinion: Decision = { allowed: false, reason: '' };

export const mastersGroup = 'system:masters';
export const nodesGroup = 'system:nodes';
export const authenticatedGroup = 'system:authenticated';
export const unauthenticatedGroup = 'system:unauthenticated';
const nodePrefix = 'system:node:';
const accountPrefix = 'system:serviceaccount:';

/** The node a kubelet's credentials stand for, or undefined for other users. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(nodePrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.name.slice(nodePrefix.length);
}

/** Namespace and name of a service account's user name, or undefined for other users. */
export function serviceAccountOf(user: UserInfo): { namespace: string; name: string } | undefined {
  if (!user.name.startsWith(accountPrefix)) return undefined;
  const [namespace = '', name = ''] = user.name.slice(accountPrefix.length).split(':');
  return namespace === '' || name === '' ? undefined : { namespace, name };
}

/** Decides. */
export function authorize(access: AccessAttributes, view: View): Decision {
  const { user } = access;
  if (user.groups.includes(mastersGroup)) return allow;
  if (access.path !== undefined) return authorizePath(access.path, access.verb, user);
  const node = nodeNameOf(user);
  if (node !== undefined) {
    const decision = authorizeNode(node, access, view);
    if (decision.allowed || decision.reason !== '') return decision;
  }
  for (const rules of rulesOf(user)) if (rulesAllow(rules, access)) return allow;
  return noOpinion;
}

/** The rules that stand in for RBAC's bindings: RBAC replaces this function alone. */
function rulesOf(user: UserInfo): readonly (readonly PolicyRule[])[] {
  const found: (readonly PolicyRule[])[] = [];
  const component = componentRules[user.name];
  if (component !== undefined) found.push(component);
  for (const group of user.groups) {
    const rules = componentRules[group];
    if (rules !== undefined) found.push(rules);
  }
  const account = serviceAccountOf(user);
  if (account !== undefined) {
    found.push([
      {
        verbs: ['get', 'list', 'watch'],
        groups: ['*'],
        resources: ['*'],
        namespaces: [account.namespace],
      },
    ]);
  }
  return found;
}

/**
 * Rules of a user in one namespace, for SelfSubjectRulesReview; undefined where they cannot be
 * listed.
 */
export function rulesFor(user: UserInfo): readonly PolicyRule[] {
  if (user.groups.includes(mastersGroup)) {
    return [{ verbs: ['*'], groups: ['*'], resources: ['*'] }];
  }
  return rulesOf(user).flat();
}

function authorizePath(path: string, verb: string, user: UserInfo): Decision {
  if (verb !== 'get' && verb !== 'head') return noOpinion;
  const matches = (pattern: string) =>
    pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
  if (allowedPaths.everyone.some(matches)) return allow;
  if (!user.groups.includes(authenticatedGroup)) return noOpinion;
  return allowedPaths.authenticated.some(matches) ? allow : noOpinion;
}

/** The 403 in Kubernetes' words, or undefined where the request may go on. */
export function authorizeRequest(request: ApiRequest, view: View): ApiReply | undefined {
  const access = accessOf(request);
  const decision = authorize(access, view);
  return decision.allowed ? undefined : denied(access, decision.reason);
}

/** What a request asks for. */
export function accessOf(request: ApiRequest): AccessAttributes {
  const { user, verb, group, version, resource, subresource, namespace } = request;
  const selector = request.query.fieldSelector;
  return {
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace: resource === 'namespaces' && namespace === '' ? request.name : namespace,
    name: request.name,
    ...(selector === undefined ? {} : { fieldSelector: selector }),
  };
}

/** The refusal of an access. */
export function denied(access: AccessAttributes, reason: string): ApiReply {
  const { user, verb, group, resource, subresource, namespace, name, path } = access;
  const who = JSON.stringify(user.name);
  if (path !== undefined) {
    const detail = `User ${who} cannot ${verb} path ${JSON.stringify(path)}`;
    return failure(403, 'Forbidden', `forbidden: ${detail}${because(reason)}`, {});
  }
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where =
    namespace !== '' && resource !== 'namespaces'
      ? ` in the namespace ${JSON.stringify(namespace)}`
      : resource === 'namespaces' && namespace !== ''
        ? ` in the namespace ${JSON.stringify(namespace)}`
        : ' at the cluster scope';
  const detail = `User ${who} cannot ${verb} resource ${what} in API group "${group}"${where}`;
  const subject = qualified({ group, resource });
  const named = name === '' ? subject : `${subject} ${JSON.stringify(name)}`;
  return failure(403, 'Forbidden', `${named} is forbidden: ${detail}${because(reason)}`, {
    name,
    group,
    kind: resource,
  });
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}
