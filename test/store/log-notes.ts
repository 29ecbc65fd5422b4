/** Notes all that a log tells, and checks with each call what every log must keep. */
import type { LogSink, Store, StoredEntry, StoreEvent } from '../../bus/store/store.ts';

/** What a follower was told. */
export interface LogNotes {
  readonly snapshots: { readonly entries: readonly StoredEntry[]; readonly revision: number }[];
  readonly events: StoreEvent[];
  readonly progress: number[];
  readonly resets: number[];
  /** The revision reached. */
  readonly revision: number;
  /** Live keys and their revisions, sorted. */
  state(): (readonly [string, number])[];
  close(): void;
}

/** Follows a store and notes. */
export function noteLog(store: Store, prefixes?: readonly string[]): LogNotes {
  const snapshots: LogNotes['snapshots'] = [];
  const events: StoreEvent[] = [];
  const progress: number[] = [];
  const resets: number[] = [];
  const live = new Map<string, number>();
  let revision = -1;
  let started = false;
  const rise = (next: number, strictly: boolean) => {
    if (next < revision || (strictly && next === revision)) {
      throw new Error(`revision ${next} came after ${revision}`);
    }
    revision = next;
  };
  const sink: LogSink = {
    onSnapshot(entries, at) {
      if (started) throw new Error('a snapshot without a reset');
      started = true;
      rise(at, false);
      snapshots.push({ entries, revision: at });
      live.clear();
      for (const entry of entries) live.set(entry.key, entry.revision);
    },
    onEvent(event) {
      if (!started) throw new Error('an event before the snapshot');
      rise(event.revision, true);
      events.push(event);
      if (event.operation === 'delete') live.delete(event.key);
      else live.set(event.key, event.revision);
    },
    onProgress(at) {
      rise(at, false);
      progress.push(at);
    },
    onReset(from) {
      started = false;
      resets.push(from);
    },
  };
  const following = store.follow(sink, prefixes);
  return {
    snapshots,
    events,
    progress,
    resets,
    get revision() {
      return revision;
    },
    state: () => [...live].sort(([a], [b]) => (a < b ? -1 : 1)),
    close: () => following.close(),
  };
}
