/**
 * What is seen of a live cluster from outside: its log, and what its supervisor and its processes tell, brought into
 * one order. Never asks the apiserver, and never waits for one.
 */
import type { Subscription } from '../../bus/bus.ts';
import type { Store, StoredEntry, StoreEvent } from '../../bus/store/store.ts';
import { escapeToken } from '../../bus/subjects.ts';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import { createStoreOrder } from '../../machines/checks/store-order.ts';
import { decodeObject } from '../apiserver/object-codec.ts';
import type { Clock } from '../clock.ts';

/** Subscribes to what is seen. */
export type Listen = (take: (seen: readonly Observation[]) => void) => Subscription;

export interface ObserverOptions {
  /** Hears what the supervisor and its processes tell. */
  readonly listen: Listen;
  readonly store: Store;
  readonly clock: Clock;
  /** Gets every observation as it comes, for triggers. */
  readonly onSeen: (seen: Observation) => void;
  /** Gets every observation once, in an order in which nothing is known before it is told. */
  readonly onOrdered: (seen: Observation) => void;
}

/** An observer at work. */
export interface Observer {
  /** Resolves when the state of the log is known. */
  readonly ready: Promise<void>;
  /** Adds what the runner itself knows. */
  tell(seen: Observation): void;
  close(): void;
}

/** How long what is seen waits for what was earlier, milliseconds. */
export const WINDOW_MS = 400;
const RELEASE_EVERY_MS = 100;
/** Observations that wait at most; beyond it they go on in the order there is. */
const WAITING_MAX = 100_000;

/** Of one millisecond: questions first, then changes, then answers. */
function rank({ type }: Observation): number {
  if (type === 'write.begun' || type === 'read.begun') return 0;
  return type === 'committed' ? 1 : 2;
}

/** Begins to observe. */
export function observe(options: ObserverOptions): Observer {
  const { store, clock } = options;
  const order = createStoreOrder(options.onOrdered);
  let waiting: Observation[] = [];
  const release = (untilMs: number): void => {
    // What a process says comes later than the log: its questions are put back before their answers.
    waiting.sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b));
    const late = waiting.findIndex(({ atMs }) => atMs > untilMs);
    const due = waiting.splice(0, late < 0 ? waiting.length : late);
    for (const seen of due) order.take(seen);
  };
  let cancel = clock.at(clock.nowMs() + RELEASE_EVERY_MS, function again() {
    release(clock.nowMs() - WINDOW_MS);
    cancel = clock.at(clock.nowMs() + RELEASE_EVERY_MS, again);
  });
  const tell = (seen: Observation): void => {
    options.onSeen(seen);
    waiting.push(seen);
    if (waiting.length > WAITING_MAX) release(clock.nowMs());
  };
  const known = new Map<string, number>();
  let ready = (): void => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const commit = (entry: StoredEntry, operation: 'put' | 'delete'): void => {
    if (operation === 'put') known.set(entry.key, entry.revision);
    else known.delete(entry.key);
    tell(committed(entry, operation, clock.nowMs()));
  };
  const following = store.follow({
    onSnapshot(entries) {
      const live = [...entries].sort((a, b) => a.revision - b.revision);
      for (const entry of live) {
        if ((known.get(entry.key) ?? 0) < entry.revision) commit(entry, 'put');
      }
      ready();
    },
    onEvent: (event: StoreEvent) => commit(event, event.operation),
    onProgress() {},
    onReset() {},
  });
  const listening = options.listen((batch) => {
    for (const seen of batch) tell(seen);
  });
  return {
    ready: isReady,
    tell,
    close() {
      following.close();
      listening.close();
      cancel();
      release(Number.POSITIVE_INFINITY);
      order.flush();
      waiting = [];
    },
  };
}

function committed(
  { key, value, revision, envelope }: StoredEntry,
  operation: 'put' | 'delete',
  atMs: number,
): Observation {
  const object = value.length === 0 ? undefined : decodeObject(value, revision);
  return {
    ...{ type: 'committed', atMs, revision, key, operation },
    object: object as Stored<AnyObject> | undefined,
    messageId: envelope?.id,
    from: envelope?.from,
    causes: envelope?.causes ?? [],
  };
}

/** A subject pattern of a scenario as the bus has it. */
export const busPattern = (cluster: string, pattern: string): string =>
  `${escapeToken(cluster)}.${pattern}`;
