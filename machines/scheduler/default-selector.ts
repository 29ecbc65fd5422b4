/**
 * The pods that belong to the same workload as a pod: what the default spreading keeps apart. Pure.
 */
import { matchesLabels } from '../api/labels.ts';
import type { LabelSelector, Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { compileLabels, type LabelMatch } from './pod-info.ts';

/**
 * Matches what the services of a pod and its controller select, all at once; undefined where
 * nothing does.
 */
export function defaultSelector(pod: Stored<Pod>, view: View): LabelMatch | undefined {
  const namespace = pod.metadata.namespace ?? '';
  const labels = pod.metadata.labels;
  const merged: { [key: string]: string } = {};
  for (const { spec } of view.list('core/services', namespace)) {
    const selector = spec?.selector;
    if (selector !== undefined && matchesLabels(selector, labels)) Object.assign(merged, selector);
  }
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const selector = owner === undefined ? undefined : ownerSelector(view, namespace, owner);
  if (Object.keys(merged).length === 0 && selector === undefined) return undefined;
  const byServices = (candidate: { [key: string]: string } | undefined) =>
    matchesLabels(merged, candidate);
  if (selector === undefined) return (candidate) => byServices(candidate);
  const byOwner = compileLabels(selector);
  return (candidate) => byServices(candidate) && byOwner(candidate);
}

function ownerSelector(
  view: View,
  namespace: string,
  owner: { readonly kind: string; readonly name: string },
): LabelSelector | undefined {
  switch (owner.kind) {
    case 'ReplicaSet':
      return view.get('apps/replicasets', namespace, owner.name)?.spec?.selector;
    case 'StatefulSet':
      return view.get('apps/statefulsets', namespace, owner.name)?.spec?.selector;
    case 'ReplicationController': {
      const spec = view.get('core/replicationcontrollers', namespace, owner.name)?.spec;
      return spec?.selector === undefined ? undefined : { matchLabels: spec.selector };
    }
    default:
      return undefined;
  }
}
