/**
 * The Node authorizer: a kubelet reads and writes its own node, the pods bound to it, and what
 * those pods reference. What only object bodies tell is left to NodeRestriction.
 *
 * Follows plugin/pkg/auth/authorizer/node, with its reasons. The relation between a node and a
 * secret is found in the view, through the pods of that node. Pure.
 */
import { type AccessAttributes, allow, type Decision, noOpinion } from './authorization.ts';
import { type PolicyRule, rulesAllow } from './authorization-rules.ts';
import { podReferences } from './pod-references.ts';
import type { View } from './view.ts';

const read = ['get', 'list', 'watch'];
const leaseNamespace = 'kube-node-lease';

/** What every kubelet may do, whatever the object. */
const nodeRules: readonly PolicyRule[] = [
  {
    verbs: ['create'],
    groups: ['authentication.k8s.io', 'authorization.k8s.io'],
    resources: ['tokenreviews', 'subjectaccessreviews', 'localsubjectaccessreviews'],
  },
  { verbs: read, groups: [''], resources: ['services', 'endpoints'] },
  { verbs: read, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  { verbs: read, groups: ['node.k8s.io'], resources: ['runtimeclasses'] },
  { verbs: read, groups: ['storage.k8s.io'], resources: ['csidrivers'] },
  { verbs: read, groups: ['networking.k8s.io'], resources: ['servicecidrs'] },
  {
    verbs: ['create', 'patch', 'update'],
    groups: ['', 'events.k8s.io'],
    resources: ['events'],
  },
  {
    verbs: ['create', 'get', 'list', 'watch'],
    groups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests'],
  },
];

/** Decides for the kubelet of a node. */
export function authorizeNode(node: string, access: AccessAttributes, view: View): Decision {
  const resource = `${access.group}/${access.resource}`;
  switch (resource) {
    case '/secrets':
      return authorizeReferenced(node, 'secrets', access, view);
    case '/configmaps':
      return authorizeReferenced(node, 'configMaps', access, view);
    case '/persistentvolumeclaims':
      return authorizeGet(node, 'claims', access, view);
    case '/persistentvolumes':
      return authorizeVolume(node, access, view);
    case '/serviceaccounts':
      return authorizeToken(node, access, view);
    case 'coordination.k8s.io/leases':
      return authorizeLease(node, access);
    case 'storage.k8s.io/csinodes':
      return authorizeCsiNode(node, access);
    case '/nodes':
      return authorizeNodeObject(node, access);
    case '/pods':
      return authorizePod(node, access, view);
    default:
      return rulesAllow(nodeRules, access) ? allow : noOpinion;
  }
}

function deny(reason: string): Decision {
  return { allowed: false, reason };
}

function unrelated(node: string): Decision {
  return deny(`no relationship found between node '${node}' and this object`);
}

type Referenced = 'secrets' | 'configMaps' | 'claims' | 'serviceAccounts';

/** True where a pod of the node in this namespace references the object. */
function references(
  node: string,
  kind: Referenced,
  namespace: string,
  name: string,
  view: View,
): boolean {
  for (const pod of view.podsOnNode(node)) {
    if (pod.metadata.namespace !== namespace) continue;
    if (podReferences(pod)[kind].has(name)) return true;
  }
  return false;
}

function related(node: string, kind: Referenced, access: AccessAttributes, view: View): Decision {
  const name = access.name === '' ? (selected(access, 'metadata.name') ?? '') : access.name;
  if (name === '') return deny('No Object name found');
  return references(node, kind, access.namespace, name, view) ? allow : unrelated(node);
}

function authorizeReferenced(
  node: string,
  kind: Referenced,
  access: AccessAttributes,
  view: View,
): Decision {
  if (!read.includes(access.verb)) return deny('can only read resources of this type');
  if (access.subresource !== '') return deny('cannot read subresource');
  if (access.namespace === '') return deny('can only read namespaced object of this type');
  return related(node, kind, access, view);
}

function authorizeGet(
  node: string,
  kind: Referenced,
  access: AccessAttributes,
  view: View,
): Decision {
  if (access.verb !== 'get') return deny('can only get individual resources of this type');
  if (access.subresource !== '') return deny('cannot get subresource');
  return related(node, kind, access, view);
}

function authorizeVolume(node: string, access: AccessAttributes, view: View): Decision {
  if (access.verb !== 'get') return deny('can only get individual resources of this type');
  const claim = view.get('core/persistentvolumes', '', access.name)?.spec?.claimRef;
  if (!claim?.namespace || !claim.name) return unrelated(node);
  const used = references(node, 'claims', claim.namespace, claim.name, view);
  return used ? allow : unrelated(node);
}

function authorizeToken(node: string, access: AccessAttributes, view: View): Decision {
  if (access.verb !== 'create' || access.name === '') {
    return deny('can only create tokens for individual service accounts');
  }
  if (access.subresource !== 'token') {
    return deny('can only create token subresource of serviceaccount');
  }
  return related(node, 'serviceAccounts', access, view);
}

const ownVerbs = ['get', 'create', 'update', 'patch', 'delete'];

function authorizeLease(node: string, access: AccessAttributes): Decision {
  if (!ownVerbs.includes(access.verb)) {
    return deny('can only get, create, update, patch, or delete a node lease');
  }
  if (access.namespace !== leaseNamespace) {
    return deny(`can only access leases in the "${leaseNamespace}" system namespace`);
  }
  if (access.verb !== 'create' && access.name !== node) {
    return deny('can only access node lease with the same name as the requesting node');
  }
  return allow;
}

function authorizeCsiNode(node: string, access: AccessAttributes): Decision {
  if (!ownVerbs.includes(access.verb)) {
    return deny('can only get, create, update, patch, or delete a CSINode');
  }
  if (access.subresource !== '') return deny('cannot authorize CSINode subresources');
  if (access.verb !== 'create' && access.name !== node) {
    return deny('can only access CSINode with the same name as the requesting node');
  }
  return allow;
}

function authorizeNodeObject(node: string, access: AccessAttributes): Decision {
  const { verb, subresource } = access;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : noOpinion;
  if (subresource !== '') return noOpinion;
  if (verb === 'create' || verb === 'update' || verb === 'patch') return allow;
  if (!read.includes(verb)) return noOpinion;
  const name = access.name === '' ? (selected(access, 'metadata.name') ?? '') : access.name;
  if (name === node) return allow;
  if (name === '') return deny(`node '${node}' cannot read all nodes, only its own Node object`);
  return deny(`node '${node}' cannot read '${name}', only its own Node object`);
}

function authorizePod(node: string, access: AccessAttributes, view: View): Decision {
  const { verb, subresource } = access;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : noOpinion;
  if (subresource === 'eviction') return verb === 'create' ? allow : noOpinion;
  if (subresource !== '') return noOpinion;
  if (verb === 'create' || verb === 'delete') return allow;
  if (verb !== 'get') {
    if (!read.includes(verb)) return noOpinion;
    if (selected(access, 'spec.nodeName') === node) return allow;
    if (access.name === '')
      return deny('can only list/watch pods with spec.nodeName field selector');
  }
  const pod = view.get('core/pods', access.namespace, access.name);
  return pod?.spec?.nodeName === node ? allow : unrelated(node);
}

/** The value that a field selector demands of a field, where it demands one. */
function selected(access: AccessAttributes, field: string): string | undefined {
  for (const term of (access.fieldSelector ?? '').split(',')) {
    const match = /^([^=!]+)==?(.*)$/.exec(term.trim());
    if (match?.[1] === field) return match[2];
  }
  return undefined;
}
