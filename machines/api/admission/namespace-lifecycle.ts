/**
 * NamespaceLifecycle: nothing is created in a namespace that is missing or being terminated, and
 * the system's namespaces cannot be deleted.
 *
 * Follows apiserver's plugin of the same name. Pure.
 */

import type { Draft } from '../registry.ts';
import { failure, forbidden, notFound, qualified, quoted } from '../status.ts';
import { type AdmissionStep, type Attributes, refuse } from './attributes.ts';

const immortal = ['default', 'kube-system', 'kube-public'];
const namespaces = { group: '', resource: 'namespaces' };
const nameLabel = 'kubernetes.io/metadata.name';

/**
 * Refuses what would be put into a namespace that is missing, or new things into one that is
 * ending.
 */
export const namespaceLifecycle: AdmissionStep = (attributes) => {
  const { served, namespace, operation, env } = attributes;
  if (!served.namespaced) return undefined;
  const found = env.view.get('core/namespaces', '', namespace);
  if (found === undefined) return refuse(notFound(namespaces, namespace), true);
  if (operation !== 'create' || attributes.request.subresource !== '') return undefined;
  if (found.metadata.deletionTimestamp === undefined && found.status?.phase !== 'Terminating') {
    return undefined;
  }
  return refuse(terminating(attributes), true);
};

function terminating({ served, namespace, name, object }: Attributes) {
  const shown = name || (object.metadata?.generateName ?? '');
  const subject = `${qualified(served.named)} ${quoted(shown)}`;
  const message =
    `${subject} is forbidden: unable to create new content in namespace ${namespace} ` +
    'because it is being terminated';
  return failure(403, 'Forbidden', message, {
    name: shown,
    group: served.group,
    kind: served.named.resource,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

/** Refuses to delete the namespaces that the cluster itself needs. */
export const immortalNamespaces: AdmissionStep = ({ served, name }) => {
  if (served.storage !== 'core/namespaces' || !immortal.includes(name)) return undefined;
  return refuse(forbidden(namespaces, name, 'this namespace may not be deleted'));
};

/** Keeps the label that carries a namespace's own name. */
export const labelNamespace: AdmissionStep = ({ object }) => {
  const meta = (object as Draft).metadata;
  const name = meta.name;
  if (!name || meta.labels?.[nameLabel] === name) return undefined;
  meta.labels = { ...meta.labels, [nameLabel]: name };
  return undefined;
};
