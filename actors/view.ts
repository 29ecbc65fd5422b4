/**
 * The `View` that plans read, over a replica of the log: typed, indexed, always the replica's
 * current state.
 *
 * A plan runs synchronously, so all its reads see one revision: a consistent cut. Owns no state but
 * lists it has already built, kept until their resource changes. Never writes, never copies an
 * object.
 */

import type { Replica, ReplicaEntry } from '../bus/store/replica.ts';
import type { AnyObject, Stored, View } from '../machines/api/view.ts';

/** Names of the indexes a view needs; it registers them itself. */
const INDEX = { owner: 'view.owner', uid: 'view.uid', node: 'view.node' } as const;
/**
 * Resources whose objects without a controller are indexed by namespace, for controllers to adopt
 * them.
 */
const ADOPTABLE = new Set(['core/pods', 'apps/replicasets', 'apps/controllerrevisions']);
/** How many built lists a view keeps; the oldest go first. */
const LISTS_MAX = 1_000;

interface CachedList {
  readonly version: number;
  readonly objects: readonly Stored<AnyObject>[];
}

/** The store's key of an object; `namespace` is '' for cluster-scoped resources. */
export function keyOf(resource: string, namespace: string, name: string): string {
  return `${resource}/${namespace === '' ? '_' : namespace}/${name}`;
}

/** The resource a store key belongs to: its first two tokens. */
export function resourceOf(key: string): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/') + 1));
}

/**
 * Builds a view over a replica whose values are decoded objects. Call it once for each replica,
 * when the replica is ready and before anything else watches it (so that lists are fresh when other
 * watchers read them).
 */
export function createView(replica: Replica<AnyObject>): View {
  registerIndexes(replica);
  const versions = new Map<string, number>();
  const lists = new Map<string, CachedList>();
  const followed = followVersions(replica, versions, lists);

  function listAny(resource: string, namespace?: string): readonly Stored<AnyObject>[] {
    const prefix =
      namespace === undefined || namespace === '' ? resource : `${resource}/${namespace}`;
    const version = versions.get(resource) ?? 0;
    const cached = lists.get(prefix);
    if (cached !== undefined && cached.version === version) return cached.objects;
    const objects: Stored<AnyObject>[] = [];
    for (const entry of replica.entries(prefix)) objects.push(entry.value as Stored<AnyObject>);
    if (!followed()) return objects;
    lists.delete(prefix);
    lists.set(prefix, { version, objects });
    if (lists.size > LISTS_MAX) lists.delete(lists.keys().next().value as string);
    return objects;
  }

  const getAny = (resource: string, namespace: string, name: string) =>
    replica.get(keyOf(resource, namespace, name))?.value as Stored<AnyObject> | undefined;

  return {
    get revision() {
      return replica.revision;
    },
    get: (resource, namespace, name) => getAny(resource, namespace, name) as never,
    list: (resource, namespace) => listAny(resource, namespace) as never,
    ownedBy: (resource, uid) =>
      replica
        .byIndex(INDEX.owner, uid)
        .filter((entry) => entry.key.startsWith(`${resource}/`))
        .map((entry) => entry.value) as never,
    orphans: (resource, namespace) =>
      (ADOPTABLE.has(resource)
        ? replica.byIndex(`view.orphan.${resource}`, namespace).map((entry) => entry.value)
        : listAny(resource, namespace).filter(isOrphan)) as never,
    podsOnNode: (node) => replica.byIndex(INDEX.node, node).map((entry) => entry.value) as never,
    getAny,
    listAny,
    dependentsOf: (uid) => replica.byIndex(INDEX.owner, uid).map(toDependent),
    hasUid: (uid) => replica.byIndex(INDEX.uid, uid).length > 0,
  };
}

function registerIndexes(replica: Replica<AnyObject>): void {
  replica.index(INDEX.owner, '', (object) =>
    (object.metadata?.ownerReferences ?? []).map((owner) => owner.uid),
  );
  replica.index(INDEX.uid, '', (object) => {
    const uid = object.metadata?.uid;
    return uid === undefined ? [] : [uid];
  });
  for (const resource of ADOPTABLE) {
    replica.index(`view.orphan.${resource}`, resource, (object) =>
      isOrphan(object) ? [object.metadata?.namespace ?? ''] : [],
    );
  }
  replica.index(INDEX.node, 'core/pods', (object) => {
    const node = (object.spec as { nodeName?: string } | undefined)?.nodeName;
    return node === undefined || node === '' ? [] : [node];
  });
}

function isOrphan(object: AnyObject): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.controller === true) !== true;
}

/**
 * Counts the changes of each resource; false while the replica cannot be watched (lists are then
 * built anew).
 */
function followVersions(
  replica: Replica<AnyObject>,
  versions: Map<string, number>,
  lists: Map<string, CachedList>,
): () => boolean {
  let live = false;
  const follow = (): boolean => {
    if (live) return true;
    const watch = replica.watch('', replica.revision, {
      onEvent: ({ entry }) => {
        const resource = resourceOf(entry.key);
        versions.set(resource, (versions.get(resource) ?? 0) + 1);
        // A stale list would hold what is gone until it is asked for again.
        lists.delete(resource);
        lists.delete(entry.key.slice(0, entry.key.lastIndexOf('/')));
      },
      onReset: () => {
        live = false;
        lists.clear();
      },
    });
    live = typeof watch === 'object';
    return live;
  };
  follow();
  return follow;
}

function toDependent(entry: ReplicaEntry<AnyObject>) {
  return { resource: resourceOf(entry.key), object: entry.value as Stored<AnyObject> };
}
