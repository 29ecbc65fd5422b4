/**
 * The two stores of a cluster: objects, kept on disk, and Events, kept in memory for an hour.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import { openJetStreamStore } from '../../bus/store/jetstream-store.ts';
import type { Store } from '../../bus/store/store.ts';
import { subject } from '../../bus/subjects.ts';
import type { ProcessFaults } from '../chaos/process-faults.ts';
import { bucketOf, eventsBucketOf } from './users.ts';

/**
 * Opens the store of objects; with the faults of this process, where it was started for chaos. Who only reads it does
 * not say how many servers keep it: that is the apiserver's affair.
 */
export async function openObjects(
  bus: NatsBus,
  cluster: string,
  replicas: 1 | 3 | undefined,
  faults?: ProcessFaults,
): Promise<Store> {
  const store = await openJetStreamStore({
    connection: bus.link,
    bucket: bucketOf(cluster),
    clusterName: cluster,
    storage: 'file',
    replicas,
  });
  if (faults === undefined) return store;
  const { faultyStore } = await import('../chaos/store-faults.ts');
  return await faultyStore(store, faults, bucketOf(cluster));
}

/** Opens the store of Events; its revisions are its own. */
export function openEvents(bus: NatsBus, cluster: string): Promise<Store> {
  return openJetStreamStore({
    connection: bus.link,
    bucket: eventsBucketOf(cluster),
    clusterName: cluster,
    logSubject: subject(cluster, 'events'),
    storage: 'memory',
    replicas: 1,
    expiring: true,
  });
}
