/**
 * The standing rules until RBAC is served: what the cluster's own components and every
 * authenticated user may do.
 *
 * Data in RBAC's shape, so that RBAC can take its place. Holds no decision but matching a rule.
 */
import type { AccessAttributes } from './authorization.ts';

/** One rule, as in a Role. `*` matches everything; namespaces limit it where given. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  /** Plurals, or `pods/status`; `*` matches subresources too. */
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  readonly namespaces?: readonly string[];
}

/** Paths that are no resources: those everyone may read, and those every authenticated user may. */
export const allowedPaths = {
  everyone: [
    '/healthz',
    '/healthz/*',
    '/livez',
    '/livez/*',
    '/readyz',
    '/readyz/*',
    '/version',
    '/version/',
  ],
  authenticated: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'],
} as const;

const everything: PolicyRule = { verbs: ['*'], groups: ['*'], resources: ['*'] };
const readAll: PolicyRule = { verbs: ['get', 'list', 'watch'], groups: ['*'], resources: ['*'] };
const writeEvents: PolicyRule = {
  verbs: ['create', 'patch', 'update'],
  groups: ['', 'events.k8s.io'],
  resources: ['events'],
};
const holdLeases: PolicyRule = {
  verbs: ['get', 'create', 'update', 'patch', 'list', 'watch'],
  groups: ['coordination.k8s.io'],
  resources: ['leases'],
};
const reviewAccess: PolicyRule = {
  verbs: ['create'],
  groups: ['authentication.k8s.io', 'authorization.k8s.io'],
  resources: ['tokenreviews', 'subjectaccessreviews'],
};

/** Rules by user name or group. */
export const componentRules: Readonly<Record<string, readonly PolicyRule[]>> = {
  'system:authenticated': [
    {
      verbs: ['create'],
      groups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ],
  'system:kube-scheduler': [
    readAll,
    writeEvents,
    holdLeases,
    reviewAccess,
    {
      verbs: ['create', 'delete', 'patch', 'update'],
      groups: [''],
      resources: ['pods', 'pods/status', 'pods/binding', 'bindings'],
    },
    {
      verbs: ['patch', 'update'],
      groups: ['resource.k8s.io'],
      resources: ['resourceclaims', 'resourceclaims/status'],
    },
  ],
  'system:kube-controller-manager': [everything],
  'system:kube-proxy': [
    {
      verbs: ['get', 'list', 'watch'],
      groups: ['', 'discovery.k8s.io', 'networking.k8s.io'],
      resources: ['nodes', 'services', 'endpoints', 'endpointslices', 'servicecidrs'],
    },
    writeEvents,
  ],
};

/** True where one of the rules covers the access. */
export function rulesAllow(rules: readonly PolicyRule[], access: AccessAttributes): boolean {
  return rules.some((rule) => ruleAllows(rule, access));
}

function ruleAllows(rule: PolicyRule, access: AccessAttributes): boolean {
  if (!covers(rule.verbs, access.verb) || !covers(rule.groups, access.group)) return false;
  const resource =
    access.subresource === '' ? access.resource : `${access.resource}/${access.subresource}`;
  if (!covers(rule.resources, resource)) return false;
  if (rule.names !== undefined && !rule.names.includes(access.name)) return false;
  return rule.namespaces === undefined || rule.namespaces.includes(access.namespace);
}

function covers(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
