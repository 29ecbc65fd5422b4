/**
 * One watch: what a change means to its selection, and a bounded queue in front of its sink.
 *
 * Delivers in order, each change once, and nothing before `start` or after the end. Never decodes or
 * encodes, and never waits for a sink: one that falls too far behind is dropped.
 */
import type { ReplicaEntry, ReplicaEvent } from '../../bus/store/replica.ts';
import { fromStorage } from '../../machines/api/conversion.ts';
import { demanded } from '../../machines/api/field-selector.ts';
import type { Selection, WatchOptions } from '../../machines/api/list-options.ts';
import type { Served } from '../../machines/api/resources.ts';
import { selects } from '../../machines/api/selection.ts';
import { expired } from '../../machines/api/status.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { Clock } from '../clock.ts';
import type { ApiEntry, WatchEndReason, WatchHandle, WatchSink, WatchType } from './api.ts';
import type { ApiState } from './state.ts';

/** Changes that may wait for one sink; a watch that falls further behind is dropped. */
export const watchBufferMax = 8_192;
/**
 * What these changes may hold, by their stored size, in bytes; a watch that holds more is dropped.
 * What a watch opens with (the present state, or the kept history) is the replica's and not
 * counted, so that one which resumes is not dropped for it again and again.
 */
export const watchBufferBytesMax = 32 * 1024 * 1024;
/** Delivered events that a queue keeps before it is cut. */
const compactAfter = 1_024;
/** Pods are also found by their node. */
export const podsStorage = 'core/pods';

/** A watch to open; `start` and `end` bound the timeout. */
export interface WatchRequest {
  readonly served: Served;
  readonly options: WatchOptions;
  readonly timeoutMs: number;
  readonly sink: WatchSink;
}

interface Queued {
  readonly type: WatchType;
  readonly entry: ApiEntry;
  /** What it counts towards `watchBufferBytesMax`. */
  readonly bytes: number;
}

/** The narrowest group whose events a selection can be interested in. */
function groupOf(storage: string, { namespace, name, fields }: Selection): string {
  if (name !== '') return `${storage}/${namespace}/${name}`;
  const node = storage === podsStorage ? demanded(fields, 'spec.nodeName') : undefined;
  if (node !== undefined) return `${storage}@${node}`;
  return namespace === '' ? storage : `${storage}/${namespace}`;
}

/** A watch that the hub tells of changes in its group. */
export class Watcher implements WatchHandle {
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
  #queuedBytes = 0;
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
    for (const event of events) this.#convert(event, false);
  }

  onEvent(event: ReplicaEvent<AnyObject>): void {
    if (this.#closed || event.entry.revision <= this.#after) return;
    this.#convert(event, true);
  }

  /** What the change means to this selection: an object may enter or leave it. */
  #convert({ operation, entry, previous }: ReplicaEvent<AnyObject>, counted: boolean): void {
    const { selection } = this.#options;
    const bytes = counted ? entry.bytes.length : 0;
    const now = operation === 'put' && selects(selection, entry.value);
    const before = previous !== undefined && selects(selection, previous.value);
    if (now) this.#push(before ? 'MODIFIED' : 'ADDED', this.#entryOf(entry), bytes);
    if (now || !before) return;
    if (operation === 'delete') {
      this.#push('DELETED', this.#entryOf(entry), bytes);
      return;
    }
    const { value } = previous;
    const metadata = { ...value.metadata, resourceVersion: String(entry.revision) };
    const object = fromStorage(this.#served, { ...value, metadata });
    const { revision, envelope } = entry;
    const left = { object, revision, envelope, encodings: new Map() };
    this.#push('DELETED', left, counted ? previous.bytes.length : 0);
  }

  #entryOf(entry: ReplicaEntry<AnyObject>): ApiEntry {
    return this.#state.entryOf(this.#served, entry);
  }

  #push(type: WatchType, entry: ApiEntry, bytes = 0): void {
    if (this.#closed || this.#ending !== undefined) return;
    const idle =
      this.#open && !this.#full && this.#queue.length === 0 && this.#initial.length === 0;
    if (idle) {
      if (!this.#sink.event(type, entry)) this.#full = true;
      return;
    }
    const many = this.#queue.length - this.#next >= watchBufferMax;
    if (many || this.#queuedBytes + bytes > watchBufferBytesMax) {
      this.finish('overrun');
      return;
    }
    if (this.#next >= compactAfter) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
    this.#queuedBytes += bytes;
    this.#queue.push({ type, entry, bytes });
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
      const { type, entry, bytes } = this.#queue[this.#next] as Queued;
      this.#next += 1;
      this.#queuedBytes -= bytes;
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
