/** Who may do what, as a table over the pure decision. */
import { describe, expect, it } from 'vitest';
import { type AccessAttributes, authorize, denied } from '../../machines/api/authorization.ts';
import type { UserInfo } from '../../machines/api/request.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';

const pods: Record<string, AnyObject> = {
  'default/mine': {
    metadata: { name: 'mine', namespace: 'default' },
    spec: {
      nodeName: 'n1',
      serviceAccountName: 'runner',
      volumes: [
        { name: 's', secret: { secretName: 'used' } },
        { name: 'p', projected: { sources: [{ configMap: { name: 'root-ca' } }] } },
        { name: 'c', persistentVolumeClaim: { claimName: 'disk' } },
      ],
      containers: [
        { name: 'a', envFrom: [{ configMapRef: { name: 'env' } }] },
        { name: 'b', env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'key', key: 'k' } } }] },
      ],
    },
  },
  'default/theirs': {
    metadata: { name: 'theirs', namespace: 'default' },
    spec: { nodeName: 'n2' },
  },
};
const view = {
  get: (_: string, namespace: string, name: string) => pods[`${namespace}/${name}`],
  podsOnNode: (node: string) =>
    Object.values(pods).filter((pod) => (pod.spec as { nodeName: string }).nodeName === node),
} as unknown as View;

const authenticated = 'system:authenticated';
const users: Record<string, UserInfo> = {
  admin: { name: 'admin', groups: ['system:masters', authenticated] },
  node: { name: 'system:node:n1', groups: ['system:nodes', authenticated] },
  pretender: { name: 'system:node:n1', groups: [authenticated] },
  account: {
    name: 'system:serviceaccount:default:runner',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', authenticated],
  },
  scheduler: { name: 'system:kube-scheduler', groups: [authenticated] },
  controllers: { name: 'system:kube-controller-manager', groups: [authenticated] },
  anonymous: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  jane: { name: 'jane', groups: [authenticated] },
};

/** `get secrets default/used`, `watch pods ?spec.nodeName=n1`, `create tokens`. */
function parse(text: string): Omit<AccessAttributes, 'user'> {
  const [verb = '', what = '', where = ''] = text.split(' ');
  if (what.startsWith('/')) {
    const none = { group: '', resource: '', subresource: '', namespace: '', name: '' };
    return { verb, ...none, path: what };
  }
  const [qualified = '', subresource = ''] = what.split('/');
  const dot = qualified.indexOf('.');
  const [place = '', fieldSelector] = where.split('?');
  const [namespace = '', name = ''] = place.includes('/') ? place.split('/') : ['', place];
  return {
    verb,
    group: dot < 0 ? '' : qualified.slice(dot + 1),
    resource: dot < 0 ? qualified : qualified.slice(0, dot),
    subresource,
    namespace,
    name,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

const cases: readonly (readonly [user: string, ask: string, allowed: boolean])[] = [
  ['admin', 'delete nodes n2', true],
  ['admin', 'get /metrics', true],
  ['anonymous', 'get /healthz', true],
  ['anonymous', 'get /readyz/ping', true],
  ['anonymous', 'get /version', true],
  ['anonymous', 'get /apis', false],
  ['anonymous', 'list pods default/', false],
  ['jane', 'get /apis/apps/v1', true],
  ['jane', 'get /openapi/v3', true],
  ['jane', 'get /metrics', false],
  ['jane', 'create selfsubjectaccessreviews.authorization.k8s.io', true],
  ['jane', 'create selfsubjectreviews.authentication.k8s.io', true],
  ['jane', 'create subjectaccessreviews.authorization.k8s.io', false],
  ['jane', 'get pods default/mine', false],
  ['account', 'list pods default/', true],
  ['account', 'get secrets default/used', true],
  ['account', 'list pods kube-system/', false],
  ['account', 'list pods', false],
  ['account', 'create pods default/', false],
  ['scheduler', 'list pods', true],
  ['scheduler', 'create pods/binding default/mine', true],
  ['scheduler', 'update leases.coordination.k8s.io kube-system/kube-scheduler', true],
  ['scheduler', 'create secrets default/', false],
  ['controllers', 'delete deployments.apps default/web', true],
  ['node', 'get nodes n1', true],
  ['node', 'get nodes n2', false],
  ['node', 'list nodes', false],
  ['node', 'list nodes ?metadata.name=n1', true],
  ['node', 'create nodes', true],
  ['node', 'delete nodes n1', false],
  ['node', 'patch nodes/status n1', true],
  ['node', 'list pods ?spec.nodeName=n1', true],
  ['node', 'watch pods ?spec.nodeName=n2', false],
  ['node', 'list pods', false],
  ['node', 'get pods default/mine', true],
  ['node', 'get pods default/theirs', false],
  ['node', 'patch pods/status default/mine', true],
  ['node', 'update pods default/mine', false],
  ['node', 'delete pods default/mine', true],
  ['node', 'get secrets default/used', true],
  ['node', 'get secrets default/key', true],
  ['node', 'get secrets default/other', false],
  ['node', 'get secrets kube-system/used', false],
  ['node', 'list secrets default/', false],
  ['node', 'watch secrets default/?metadata.name=used', true],
  ['node', 'update secrets default/used', false],
  ['node', 'get configmaps default/env', true],
  ['node', 'get configmaps default/root-ca', true],
  ['node', 'get persistentvolumeclaims default/disk', true],
  ['node', 'create serviceaccounts/token default/runner', true],
  ['node', 'create serviceaccounts/token default/other', false],
  ['node', 'get leases.coordination.k8s.io kube-node-lease/n1', true],
  ['node', 'update leases.coordination.k8s.io kube-node-lease/n2', false],
  ['node', 'update leases.coordination.k8s.io kube-system/n1', false],
  ['node', 'list services', true],
  ['node', 'watch endpointslices.discovery.k8s.io', true],
  ['node', 'create events default/', true],
  ['node', 'list deployments.apps', false],
  ['node', 'create subjectaccessreviews.authorization.k8s.io', true],
  ['pretender', 'get nodes n1', false],
];

describe('authorize', () => {
  it.each(cases)('%s: %s -> %s', (user, ask, allowed) => {
    const access = { ...parse(ask), user: users[user] as UserInfo };
    expect(authorize(access, view).allowed).toBe(allowed);
  });
});

describe('refusals', () => {
  it.each([
    [
      'jane',
      'list pods default/',
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
    [
      'jane',
      'get deployments.apps default/web',
      'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in ' +
        'the namespace "default"',
    ],
    [
      'jane',
      'list nodes',
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    ['anonymous', 'get /apis', 'forbidden: User "system:anonymous" cannot get path "/apis"'],
    [
      'node',
      'get secrets default/other',
      'secrets "other" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the ' +
        'namespace "default": no relationship found between node \'n1\' and this object',
    ],
  ])('%s: %s', (user, ask, message) => {
    const access = { ...parse(ask), user: users[user] as UserInfo };
    const reply = denied(access, authorize(access, view).reason);
    expect(reply).toMatchObject({ code: 403, object: { reason: 'Forbidden', message } });
  });
});
