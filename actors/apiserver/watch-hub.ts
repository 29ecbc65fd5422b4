/**
 * The watches of all clients over one subscription per resource: each change finds the watches it
 * concerns through an index (namespace, name, node of a pod), so that a thousand kubelets cost only
 * those they concern.
 *
 * An entry's encodings are shared by all watches. A sink that does not drain is dropped at a named
 * bound. Never decides what a client may see; never decodes or encodes.
 */
import type { ReplicaEvent, ReplicaWatch } from '../../bus/store/replica.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { Clock } from '../clock.ts';
import type { WatchHandle } from './api.ts';
import type { ApiState } from './state.ts';
import { podsStorage, Watcher, type WatchRequest } from './watcher.ts';

/** Watches at the same time; more are answered 429. */
export const watchesMax = 20_000;
/** How often watches that allow it get a bookmark. */
export const bookmarkEveryMs = 60_000;

export interface WatchHub {
  /** Opens a watch at the replica's present revision or at an earlier one. */
  open(request: WatchRequest): WatchHandle;
  count(): number;
  close(): void;
}

/** Creates the hub of one apiserver. */
export function createWatchHub(state: ApiState, clock: Clock): WatchHub {
  const groups = new Map<string, Set<Watcher>>();
  const subscriptions = new Map<string, ReplicaWatch>();
  const watchers = new Set<Watcher>();

  function subscribe(storage: string): void {
    if (subscriptions.has(storage)) return;
    const replica = state.replicaOf(storage);
    const result = replica.watch(storage, replica.revision, {
      onEvent: (event) => dispatch(storage, event),
      onReset: () => {
        subscriptions.delete(storage);
        for (const watcher of [...watchers]) if (watcher.storage === storage) watcher.reset();
      },
    });
    if (typeof result === 'object') subscriptions.set(storage, result);
  }

  function dispatch(storage: string, event: ReplicaEvent<AnyObject>): void {
    for (const group of groupsOf(storage, event)) {
      const members = groups.get(group);
      if (members !== undefined) for (const watcher of members) watcher.onEvent(event);
    }
  }

  function remove(watcher: Watcher): void {
    watchers.delete(watcher);
    const members = groups.get(watcher.group);
    members?.delete(watcher);
    if (members?.size === 0) groups.delete(watcher.group);
  }

  let cancelBookmarks: () => void = () => {};
  const bookmark = () => {
    for (const watcher of watchers) watcher.bookmark();
    cancelBookmarks = clock.at(clock.nowMs() + bookmarkEveryMs, bookmark);
  };
  cancelBookmarks = clock.at(clock.nowMs() + bookmarkEveryMs, bookmark);

  return {
    open(request) {
      subscribe(request.served.storage);
      const watcher = new Watcher(state, clock, request, remove);
      watchers.add(watcher);
      const members = groups.get(watcher.group);
      if (members === undefined) groups.set(watcher.group, new Set([watcher]));
      else members.add(watcher);
      if (!subscriptions.has(watcher.storage)) watcher.reset();
      else watcher.begin();
      return watcher;
    },
    count: () => watchers.size,
    close() {
      cancelBookmarks();
      for (const subscription of subscriptions.values()) subscription.close();
      subscriptions.clear();
      for (const watcher of [...watchers]) watcher.finish('shutdown');
    },
  };
}

/** The groups that a change concerns; a pod may have been bound by it, so that two nodes count. */
function groupsOf(storage: string, { entry, previous }: ReplicaEvent<AnyObject>): string[] {
  const key = entry.key.slice(storage.length + 1);
  const slash = key.indexOf('/');
  const namespace = key.startsWith('_/') ? '' : key.slice(0, slash);
  const name = key.slice(slash + 1);
  const found = [storage, `${storage}//${name}`];
  if (namespace !== '') found.push(`${storage}/${namespace}`, entry.key);
  if (storage !== podsStorage) return found;
  const node = nodeOf(entry.value);
  const before = previous === undefined ? node : nodeOf(previous.value);
  found.push(`${storage}@${node}`);
  if (before !== node) found.push(`${storage}@${before}`);
  return found;
}

function nodeOf(object: AnyObject): string {
  return (object.spec as { nodeName?: string } | undefined)?.nodeName ?? '';
}
