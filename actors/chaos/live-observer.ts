/**
 * What is seen of a live cluster from outside: its log, and what its supervisor and its processes tell, brought into
 * one order. Never asks the apiserver, and never waits for one.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { Store, StoredEntry, StoreEvent } from '../../bus/store/store.ts';
import { escapeToken } from '../../bus/subjects.ts';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import { createStoreOrder } from '../../machines/checks/store-order.ts';
import { decodeObject } from '../apiserver/object-codec.ts';
import type { Clock } from '../clock.ts';
import { seenSubject } from './protocol.ts';

export interface ObserverOptions {
  readonly bus: NatsBus;
  readonly store: Store;
  readonly cluster: string;
  readonly clock: Clock;
  /** Gets every observation as it comes, for a recording and for triggers. */
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

/** Begins to observe. */
export function observe(options: ObserverOptions): Observer {
  const { bus, store, cluster, clock } = options;
  const order = createStoreOrder(options.onOrdered);
  const tell = (seen: Observation): void => {
    options.onSeen(seen);
    order.take(seen);
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
  const listening = bus.subscribe(seenSubject(cluster), ({ body }) => {
    for (const seen of body as readonly Observation[]) tell(seen);
  });
  return {
    ready: isReady,
    tell,
    close() {
      following.close();
      listening.close();
      order.flush();
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
