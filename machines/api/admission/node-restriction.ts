/**
 * NodeRestriction: what a kubelet may write is its own node, the pods bound to it, its lease and
 * tokens of its pods. Complements the authorizer with what only the objects tell.
 *
 * Follows the plugin of the same name, with its messages. Pure.
 */
import { nodeNameOf } from '../authorization.ts';
import { sameJson } from '../json.ts';
import { forbidden } from '../status.ts';
import { specOf } from '../subresources.ts';
import type { AdmissionStep, Attributes, Refusal } from './attributes.ts';
import { refuse } from './attributes.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const restrictionPrefix = 'node-restriction.kubernetes.io';
const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
]);
const kubeletLabelNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/** Refuses what a node may not do; says nothing about other users. */
export const restrictNode: AdmissionStep = (attributes) => {
  const node = nodeNameOf(attributes.request.user);
  if (node === undefined) return undefined;
  switch (attributes.served.storage) {
    case 'core/nodes':
      return restrictNodeObject(node, attributes);
    case 'core/pods':
      return restrictPod(node, attributes);
    case 'coordination.k8s.io/leases':
    case 'storage.k8s.io/csinodes': {
      const name = attributes.object.metadata?.name ?? attributes.name;
      if (name === node || attributes.operation === 'delete') return undefined;
      const what = attributes.served.storage === 'storage.k8s.io/csinodes' ? 'CSINode' : 'lease';
      return deny(attributes, `can only access ${what} with the same name as the requesting node`);
    }
    default:
      return undefined;
  }
};

function deny({ served, name, object }: Attributes, detail: string): Refusal {
  return refuse(forbidden(served.named, name || (object.metadata?.name ?? ''), detail));
}

function restrictNodeObject(node: string, attributes: Attributes): Refusal | undefined {
  const { object, old, operation } = attributes;
  const name = object.metadata?.name ?? attributes.name;
  if (name !== node) {
    return deny(attributes, `node "${node}" is not allowed to modify node "${name}"`);
  }
  const before = old?.metadata?.labels;
  const labels = forbiddenLabels(object.metadata?.labels, operation === 'update' ? before : {});
  if (operation === 'create' && labels.length > 0) {
    const list = labels.join(', ');
    return deny(attributes, `node "${node}" is not allowed to set the following labels: ${list}`);
  }
  if (operation !== 'update') return undefined;
  if (!sameJson(specOf(object).taints, specOf(old ?? {}).taints)) {
    return deny(attributes, `node "${node}" is not allowed to modify taints`);
  }
  if (labels.length === 0) return undefined;
  return deny(attributes, `is not allowed to modify labels: ${labels.join(', ')}`);
}

type LabelMap = Readonly<Record<string, string>> | undefined;

function forbiddenLabels(after: LabelMap, before: LabelMap): readonly string[] {
  const keys = new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})]);
  return [...keys].filter((key) => after?.[key] !== before?.[key] && !kubeletMaySet(key)).sort();
}

function kubeletMaySet(key: string): boolean {
  const slash = key.indexOf('/');
  const domain = slash < 0 ? '' : key.slice(0, slash);
  const within = (parent: string) => domain === parent || domain.endsWith(`.${parent}`);
  if (within(restrictionPrefix)) return false;
  if (!within('kubernetes.io') && !within('k8s.io')) return true;
  return kubeletLabels.has(key) || kubeletLabelNamespaces.some(within);
}

function restrictPod(node: string, attributes: Attributes): Refusal | undefined {
  const { operation, object, old, request } = attributes;
  if (operation === 'delete' || request.subresource === 'eviction') {
    if (old === undefined || specOf(old).nodeName === node) return undefined;
    const what = operation === 'delete' && request.subresource === '' ? 'delete' : 'evict';
    return deny(
      attributes,
      `node "${node}" can only ${what} pods with spec.nodeName set to itself`,
    );
  }
  if (operation === 'update') {
    if (specOf(old ?? {}).nodeName !== node) {
      const detail = 'can only update pod status for pods with spec.nodeName set to itself';
      return deny(attributes, `node "${node}" ${detail}`);
    }
    if (sameJson(object.metadata?.labels, old?.metadata?.labels)) return undefined;
    return deny(attributes, `node "${node}" cannot update labels through pod status`);
  }
  if (object.metadata?.annotations?.[mirrorAnnotation] === undefined) {
    const detail =
      `pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only ` +
      'create mirror pods';
    return deny(attributes, detail);
  }
  if (specOf(object).nodeName === node) return undefined;
  return deny(attributes, `node "${node}" can only create pods with spec.nodeName set to itself`);
}
