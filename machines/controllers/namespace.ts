/**
 * The namespace controller: empties a namespace that is being deleted, then takes off its
 * finalizer.
 *
 * Never touches a namespace that is not being deleted, and never finalizes one while the view shows
 * content in it.
 */
import type { Change } from '../api/change.ts';
import { allServed } from '../api/resources.ts';
import type { Namespace, NamespaceCondition } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { timeText } from './pods.ts';
import { deletion } from './writes.ts';

/** The finalizer that this controller owns. */
const FINALIZER = 'kubernetes';
const NAMESPACES = 'core/namespaces';
const EVENTS = 'core/events';
/** How soon a namespace with Events in it is looked at again. */
const EVENTS_AGAIN_MS = 50;

/** What is left of one resource. */
interface Remaining {
  readonly resource: string;
  readonly objects: readonly Stored<AnyObject>[];
}

const enqueueContent: Enqueue = (object, _previous, view, _deleted, resource) => {
  if (resource === NAMESPACES) return isDeleting(object) ? [object.metadata.name] : [];
  const { namespace = '' } = object.metadata as { namespace?: string };
  if (namespace === '') return [];
  const owner = view.get(NAMESPACES, '', namespace);
  return owner !== undefined && isDeleting(owner) ? [namespace] : [];
};

function plan(key: string, view: View, env: PlanEnv): Plan {
  const namespace = view.get(NAMESPACES, '', key);
  if (namespace === undefined || !isDeleting(namespace)) return NOTHING;
  if (!(namespace.spec?.finalizers ?? []).includes(FINALIZER)) return NOTHING;
  const remaining = contentOf(view, key);
  if (remaining.length === 0) {
    return { stages: [[finalization(namespace)]] };
  }
  const deletions = remaining.flatMap(({ resource, objects }) =>
    objects.filter((object) => !isDeleting(object)).map((object) => deletion(resource, object)),
  );
  // Events are kept apart: their going is no change that anybody is told of.
  const again = remaining.some(({ resource }) => resource === EVENTS)
    ? { againAtMs: env.nowMs + EVENTS_AGAIN_MS }
    : {};
  if (deletions.length > 0) return { stages: [deletions], ...again };
  return { stages: [conditionsOf(namespace, remaining, env)], ...again };
}

/** Everything in a namespace, resources in the order of their names. */
function contentOf(view: View, namespace: string): readonly Remaining[] {
  return namespacedResources(view)
    .map((resource) => ({ resource, objects: view.listAny(resource, namespace) }))
    .filter(({ objects }) => objects.length > 0);
}

let builtIn: readonly string[] | undefined;

function namespacedResources(view: View): readonly string[] {
  builtIn ??= [
    ...new Set([...allServed()].filter((one) => one.namespaced).map(({ storage }) => storage)),
  ].sort();
  const custom = view
    .list('apiextensions.k8s.io/customresourcedefinitions')
    .filter(({ spec }) => spec?.scope === 'Namespaced')
    .map(({ spec }) => `${spec.group}/${spec.names.plural}`);
  return custom.length === 0 ? builtIn : [...builtIn, ...custom];
}

function finalization(namespace: Stored<Namespace>): Change {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== FINALIZER);
  const { name, resourceVersion: _, ...metadata } = namespace.metadata;
  return {
    type: 'update',
    key: { resource: NAMESPACES, namespace: '', name },
    subresource: 'finalize',
    object: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, ...metadata },
      spec: { ...namespace.spec, finalizers },
    },
  };
}

/** Writes what keeps the namespace; counts alone are not worth a write. */
function conditionsOf(
  namespace: Stored<Namespace>,
  remaining: readonly Remaining[],
  env: PlanEnv,
): readonly Change[] {
  const before = namespace.status?.conditions ?? [];
  const conditions = wantedConditions(remaining, env).map((wanted): NamespaceCondition => {
    const old = before.find(({ type }) => type === wanted.type);
    const at = old?.status === wanted.status ? old.lastTransitionTime : undefined;
    return { ...wanted, lastTransitionTime: at ?? timeText(env.nowMs) };
  });
  const kindOf = (list: readonly NamespaceCondition[]) =>
    list.map(({ type, status, reason, message = '' }) =>
      [type, status, reason, message.replace(/\d+/g, '#')].join('|'),
    );
  if (kindOf(conditions).sort().join() === kindOf(before).sort().join()) return [];
  return [
    {
      type: 'patch',
      key: { resource: NAMESPACES, namespace: '', name: namespace.metadata.name },
      subresource: 'status',
      strategy: 'merge',
      patch: { metadata: { uid: namespace.metadata.uid }, status: { conditions } },
    },
  ];
}

function wantedConditions(
  remaining: readonly Remaining[],
  env: PlanEnv,
): readonly Omit<NamespaceCondition, 'lastTransitionTime'>[] {
  const resources = remaining.map(({ resource, objects }) => {
    const slash = resource.indexOf('/');
    const group = resource.slice(0, slash);
    const plural = resource.slice(slash + 1);
    return `${plural}.${group === 'core' ? '' : group} has ${objects.length} resource instances`;
  });
  const finalizers = new Map<string, number>();
  for (const { objects } of remaining) {
    for (const finalizer of objects.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const errors = env.lastErrors.map(({ message }) => message).sort();
  return [
    ok(
      'NamespaceDeletionDiscoveryFailure',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    ok(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    errors.length === 0
      ? ok(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        )
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${errors.length} remaining: ${errors.join(', ')}`,
        },
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${resources.sort().join(', ')}`,
    },
    held.length === 0
      ? ok(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        )
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${held.sort().join(', ')}`,
        },
  ];
}

function ok(type: NamespaceCondition['type'], reason: string, message: string) {
  return { type, status: 'False', reason, message };
}

function isDeleting(object: {
  readonly metadata?: { readonly deletionTimestamp?: string | undefined } | undefined;
}): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

/** The row of the table. */
export const namespaceController: Controller = {
  name: 'namespace-controller',
  watches: { '*': enqueueContent },
  batchMs: 20,
  plan,
};
