/**
 * From the store's name of a resource to the group, version and plural of its requests. Kept apart from the table of
 * all resources, so that a client that needs no more than this loads no more than this; a test holds the two equal.
 */

/** Where requests for a resource go. */
export interface RequestTarget {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Resources whose storage version is not v1. */
const VERSIONS: { readonly [storage: string]: string } = {
  'autoscaling/horizontalpodautoscalers': 'v2',
  'chaos.kabuki.dev/chaosexperiments': 'v1alpha1',
};

/** The target of `core/pods`, `apps/deployments`, ... */
export function requestTarget(storage: string): RequestTarget {
  const slash = storage.indexOf('/');
  const group = storage.slice(0, slash);
  return {
    group: group === 'core' ? '' : group,
    version: VERSIONS[storage] ?? 'v1',
    resource: storage.slice(slash + 1),
  };
}
