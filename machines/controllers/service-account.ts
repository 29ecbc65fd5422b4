/**
 * The ServiceAccount controller: every namespace that is not being deleted has the ServiceAccount
 * `default`.
 */
import type { View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan } from './controller.ts';

const NAME = 'default';
const RESOURCE = 'core/serviceaccounts';

const enqueueOwn: Enqueue = (object, _previous, _view, deleted) =>
  deleted && object.metadata.name === NAME ? [object.metadata.namespace ?? ''] : [];

function plan(namespace: string, view: View): Plan {
  const owner = view.get('core/namespaces', '', namespace);
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return NOTHING;
  if (view.get(RESOURCE, namespace, NAME) !== undefined) return NOTHING;
  const metadata = { name: NAME, namespace };
  const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  return { stages: [[{ type: 'create', resource: RESOURCE, namespace, object }]] };
}

/** The row of the table. */
export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  watches: {
    'core/namespaces': (object) => [object.metadata.name],
    [RESOURCE]: enqueueOwn,
  },
  plan,
};
