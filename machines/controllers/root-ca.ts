/**
 * The root CA publisher: every namespace that is not being deleted has the ConfigMap
 * `kube-root-ca.crt`, with the CA by which pods verify the API server.
 */
import type { View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { sameValue } from './writes.ts';

const NAME = 'kube-root-ca.crt';
const RESOURCE = 'core/configmaps';
const DESCRIPTION = 'kubernetes.io/description';
const DESCRIPTION_TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the ' +
  'internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes ' +
  'clusters.';

const enqueueOwn: Enqueue = (object) =>
  object.metadata.name === NAME ? [object.metadata.namespace ?? ''] : [];

function plan(namespace: string, view: View, { settings }: PlanEnv): Plan {
  const owner = view.get('core/namespaces', '', namespace);
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return NOTHING;
  const data = { 'ca.crt': settings.caCertificate };
  const found = view.get(RESOURCE, namespace, NAME);
  if (found === undefined) {
    const metadata = { name: NAME, namespace, annotations: { [DESCRIPTION]: DESCRIPTION_TEXT } };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    return { stages: [[{ type: 'create', resource: RESOURCE, namespace, object }]] };
  }
  const described = (found.metadata.annotations?.[DESCRIPTION] ?? '') !== '';
  if (sameValue(found.data, data) && described) return NOTHING;
  const annotations = { ...found.metadata.annotations, [DESCRIPTION]: DESCRIPTION_TEXT };
  const object = {
    ...found,
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...found.metadata, annotations },
    data,
  };
  const key = { resource: RESOURCE, namespace, name: NAME };
  return { stages: [[{ type: 'update', key, object }]] };
}

/** The row of the table. */
export const rootCaController: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  watches: { 'core/namespaces': (object) => [object.metadata.name], [RESOURCE]: enqueueOwn },
  plan,
};
