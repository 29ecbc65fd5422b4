/** The log of the cluster as its supervisor reads it: for experiments, and for the past of processes that begin there. */
import { createLogHistory, type LogHistory } from '../../bus/faults/log-history.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { Store } from '../../bus/store/store.ts';
import { connectAs, type NatsAccess } from '../cluster/nats-access.ts';
import { openObjects } from '../cluster/stores.ts';

/** A reader at work. */
export interface LogReader {
  readonly bus: NatsBus;
  /** Read alone. */
  readonly store: Store;
  /** What is remembered of the past; bounded. */
  readonly history: LogHistory;
  close(): Promise<void>;
}

/** Opens it; the first apiserver must have answered, since it makes the store. */
export async function openLogReader(access: NatsAccess, cluster: string): Promise<LogReader> {
  const bus = await connectAs(access, `${cluster} reader`);
  const store = await openObjects(bus, cluster, undefined);
  const history = createLogHistory(store);
  return {
    ...{ bus, store, history },
    async close() {
      history.close();
      await store.close();
      await bus.close();
    },
  };
}
