/**
 * The watches of all clients over one subscription per resource: each change finds the watches it concerns through
 * an index (namespace, name, node of a pod), so that a thousand kubelets cost only those they concern.
 *
 * An entry's encodings are shared by all watches. A sink that does not drain is dropped at a named bound. Never
 * decides what a client may see; never decodes or encodes.
 */
import type { ReplicaEntry, ReplicaEvent, ReplicaWatch } from '../../bus/store/replica.ts';
import { fromStorage } from '../../machines/api/conversion.ts';
import { demanded, matchesFields } from '../../machines/api/field-selector.ts';
import { matchesRequirements } from '../../machines/api/labels.ts';
import type { Selection, WatchOptions } from '../../machines/api/list-options.ts';
import type { Served } from '../../machines/api/resources.ts';
import { expired } from '../../machines/api/status.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { Clock } from '../clock.ts';
import type { ApiEntry, WatchEndReason, WatchHandle, WatchSink, WatchType } from './api.ts';
import type { ApiState } from './state.ts';

/** Changes that may wait for one sink; a watch that falls further behind is dropped. */
export const watchBufferMax = 8_192;
/** Watches at the same time; more are answered 429. */
export const watchesMax = 20_000;
/** How often watches that allow it get a bookmark. */
export const bookmarkEveryMs = 60_000;

const podsStorage = 'core/pods';
/** Delivered events that a queue keeps before it is cut. */
const compactAfter = 1_024;

/** A watch to open; `start` and `end` bound the timeout. */
export interface WatchRequest {
  readonly served: Served;
  readonly options: WatchOptions;
  readonly timeoutMs: number;
  readonly sink: WatchSink;
}

export interface WatchHub {
  /** Opens a watch at the replica's present revision or at an earlier one. */
  open(request: WatchRequest): WatchHandle;
  count(): number;
  close(): void;
}

interface Queued {
  readonly type: WatchType;
  readonly entry: ApiEntry;
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
    const seen = new Set<string>();
    const visit = (group: string) => {
      if (seen.has(group)) return;
      seen.add(group);
      const members = groups.get(group);
      if (members !== undefined) for (const watcher of members) watcher.onEvent(event);
    };
    visit(storage);
    for (const object of [event.entry.value, event.previous?.value]) {
      if (object === undefined) continue;
      const { namespace = '', name = '' } = object.metadata ?? {};
      visit(`${storage}/${namespace}`);
      visit(`${storage}/${namespace}/${name}`);
      visit(`${storage}//${name}`);
      if (storage === podsStorage) visit(`${storage}@${nodeOf(object)}`);
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

function nodeOf(object: AnyObject): string {
  return (object.spec as { nodeName?: string } | undefined)?.nodeName ?? '';
}

/** The narrowest group whose events a selection can be interested in. */
function groupOf(storage: string, { namespace, name, fields }: Selection): string {
  if (name !== '') return `${storage}/${namespace}/${name}`;
  const node = storage === podsStorage ? demanded(fields, 'spec.nodeName') : undefined;
  if (node !== undefined) return `${storage}@${node}`;
  return namespace === '' ? storage : `${storage}/${namespace}`;
}

/** True where a selection covers the object. */
export function selects(selection: Selection, object: AnyObject): boolean {
  const { namespace, name, labels, fields } = selection;
  const meta = object.metadata;
  if (namespace !== '' && meta?.namespace !== namespace) return false;
  if (name !== '' && meta?.name !== name) return false;
  if (labels.length > 0 && !matchesRequirements(labels, meta?.labels)) return false;
  return fields.length === 0 || matchesFields(fields, object);
}

class Watcher implements WatchHandle {
  readonly storage: string;
  readonly group: string;
  readonly #state: ApiState;
  readonly #served: Served;
  readonly #options: WatchOptions;
  readonly #sink: WatchSink;
  readonly #remove: (watcher: Watcher) => void;
  readonly #cancelTimeout: () => void;
  /** Current objects still to be sent, last first. */
  #initial: ReplicaEntry<AnyObject>[] = [];
  #queue: Queued[] = [];
  #next = 0;
  #after = 0;
  #open = false;
  #full = false;
  #closed = false;
  #ending: WatchEndReason | undefined;

  constructor(
    state: ApiState,
    clock: Clock,
    { served, options, timeoutMs, sink }: WatchRequest,
    remove: (watcher: Watcher) => void,
  ) {
    this.storage = served.storage;
    this.group = groupOf(served.storage, options.selection);
    this.#state = state;
    this.#served = served;
    this.#options = options;
    this.#sink = sink;
    this.#remove = remove;
    this.#cancelTimeout = clock.at(clock.nowMs() + timeoutMs, () => {
      this.bookmark();
      this.finish('timeout');
    });
  }

  /** Takes the present state or the history since `from`; live events follow through `onEvent`. */
  begin(): void {
    const { from, initialEvents, selection, bookmarks } = this.#options;
    const replica = this.#state.replicaOf(this.storage);
    this.#after = replica.revision;
    if (initialEvents) {
      const prefix =
        selection.namespace === '' ? this.storage : `${this.storage}/${selection.namespace}`;
      for (const entry of replica.entries(prefix)) {
        if (selects(selection, entry.value)) this.#initial.push(entry);
      }
      this.#initial.reverse();
      if (bookmarks && this.#options.sendsInitialEnd) {
        this.#push('BOOKMARK', this.#bookmarkEntry(replica.revision, true));
      }
      return;
    }
    if (from === undefined || from >= replica.revision) {
      this.#after = Math.max(from ?? 0, replica.revision);
      return;
    }
    const prefix =
      selection.namespace === '' ? this.storage : `${this.storage}/${selection.namespace}`;
    const events: ReplicaEvent<AnyObject>[] = [];
    const history = replica.watch(prefix, from, { onEvent: (event) => void events.push(event) });
    if (typeof history === 'string') {
      this.reset();
      return;
    }
    history.close();
    for (const event of events) this.#convert(event);
  }

  onEvent(event: ReplicaEvent<AnyObject>): void {
    if (this.#closed || event.entry.revision <= this.#after) return;
    this.#convert(event);
  }

  /** What the change means to this selection: an object may enter or leave it. */
  #convert({ operation, entry, previous }: ReplicaEvent<AnyObject>): void {
    const { selection } = this.#options;
    const now = operation === 'put' && selects(selection, entry.value);
    const before = previous !== undefined && selects(selection, previous.value);
    if (now) this.#push(before ? 'MODIFIED' : 'ADDED', this.#entryOf(entry));
    if (now || !before) return;
    if (operation === 'delete') {
      this.#push('DELETED', this.#entryOf(entry));
      return;
    }
    const { value } = previous;
    const metadata = { ...value.metadata, resourceVersion: String(entry.revision) };
    const object = fromStorage(this.#served, { ...value, metadata });
    const { revision, envelope } = entry;
    this.#push('DELETED', { object, revision, envelope, encodings: new Map() });
  }

  #entryOf(entry: ReplicaEntry<AnyObject>): ApiEntry {
    return this.#state.entryOf(this.#served, entry);
  }

  #push(type: WatchType, entry: ApiEntry): void {
    if (this.#closed || this.#ending !== undefined) return;
    const idle =
      this.#open && !this.#full && this.#queue.length === 0 && this.#initial.length === 0;
    if (idle) {
      if (!this.#sink.event(type, entry)) this.#full = true;
      return;
    }
    if (this.#queue.length - this.#next >= watchBufferMax) {
      this.finish('overrun');
      return;
    }
    if (this.#next >= compactAfter) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
    this.#queue.push({ type, entry });
  }

  bookmark(): void {
    if (!this.#options.bookmarks || !this.#open || this.#full || this.#queue.length > 0) return;
    const revision = Math.max(this.#after, this.#state.replicaOf(this.storage).revision);
    this.#push('BOOKMARK', this.#bookmarkEntry(revision, false));
  }

  #bookmarkEntry(revision: number, initialEnd: boolean): ApiEntry {
    const { apiVersion, kind } = this.#served;
    const object: AnyObject = {
      kind,
      apiVersion,
      metadata: {
        resourceVersion: String(revision),
        ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
      },
    };
    return { object, revision, encodings: new Map() };
  }

  /** History has a hole: the client is told to list anew. */
  reset(): void {
    const { from } = this.#options;
    const current = this.#state.replicaOf(this.storage).revision;
    const { object } = expired(`too old resource version: ${from ?? this.#after} (${current})`);
    this.#initial = [];
    this.#push('ERROR', { object, revision: current, encodings: new Map() });
    this.finish('gone');
  }

  /** Ends the watch once what waits has been delivered; at once where the sink does not drain. */
  finish(reason: WatchEndReason): void {
    if (this.#closed || this.#ending !== undefined) return;
    this.#ending = reason;
    this.#remove(this);
    this.#cancelTimeout();
    if (reason === 'overrun' || reason === 'shutdown') this.#end();
    else this.#flush();
  }

  #end(): void {
    if (this.#closed) return;
    const reason = this.#ending ?? 'shutdown';
    this.#release();
    this.#sink.end(reason);
  }

  #release(): void {
    this.#closed = true;
    this.#cancelTimeout();
    this.#queue = [];
    this.#initial = [];
    this.#remove(this);
  }

  #flush(): void {
    if (!this.#open || this.#full || this.#closed) return;
    while (this.#initial.length > 0) {
      const entry = this.#initial.pop() as ReplicaEntry<AnyObject>;
      if (!this.#sink.event('ADDED', this.#entryOf(entry))) {
        this.#full = true;
        return;
      }
      if (this.#closed) return;
    }
    while (this.#next < this.#queue.length) {
      const { type, entry } = this.#queue[this.#next] as Queued;
      this.#next += 1;
      if (!this.#sink.event(type, entry)) {
        this.#full = true;
        return;
      }
      if (this.#closed) return;
    }
    this.#queue = [];
    this.#next = 0;
    if (this.#ending !== undefined) this.#end();
  }

  start(): void {
    this.#open = true;
    this.#flush();
  }

  drained(): void {
    this.#full = false;
    this.#flush();
  }

  close(): void {
    if (!this.#closed) this.#release();
  }
}
