/**
 * What an apiserver knows: a replica of the objects, one of the Events, and the view over both; and
 * the way to write to either store.
 *
 * Reads never leave the process but to learn how far the store has come. Decides nothing about
 * objects.
 */
import type { Envelope } from '../../bus/envelope.ts';
import { createReplica, type Replica, type ReplicaEntry } from '../../bus/store/replica.ts';
import { type Store, StoreUnavailable, type WriteResult } from '../../bus/store/store.ts';
import type { ObjectWrite } from '../../machines/api/admission/attributes.ts';
import { fromStorage } from '../../machines/api/conversion.ts';
import { type Served, storeKey } from '../../machines/api/resources.ts';
import type { AnyObject, Stored, View } from '../../machines/api/view.ts';
import type { Clock } from '../clock.ts';
import { createView } from '../view.ts';
import type { ApiEntry } from './api.ts';
import { type ObjectCodec, objectCodec } from './object-codec.ts';

/** Name in the store of the one resource that is kept apart. */
export const eventsStorage = 'core/events';

/** Changes kept per resource for watches that resume. */
export const historyEventsMax = 4096;
/**
 * Answered entries that keep the bytes their fronts made: the last ones, which watches and small
 * lists share. Those of all that history holds would take more memory than history itself.
 */
export const encodedEntriesMax = 4_096;
/** How long a read waits for the replica to reach a revision (kube-apiserver: 3 s). */
export const freshWaitMsMax = 3_000;

/** Why a wait for freshness failed. */
export type Lag = 'unavailable' | 'timeout';

export interface ApiState {
  readonly replica: Replica<AnyObject>;
  readonly events: Replica<AnyObject>;
  /** Everything, Events included. */
  readonly view: View;
  replicaOf(storage: string): Replica<AnyObject>;
  /** Waits until the replica holds everything that is committed now; undefined where it does. */
  catchUp(storage: string): Promise<Lag | undefined>;
  /** Writes all or nothing; the writes are all of one store, which asks `mayGoOut` before each try. */
  transact(
    writes: readonly ObjectWrite[],
    envelope: Envelope,
    mayGoOut?: () => boolean,
  ): Promise<WriteResult>;
  /**
   * The revision after `from` at which a key was written by a message that `isSought`; undefined
   * where there is none up to what the replica has reached, `gone` where history is too short.
   */
  writtenSince(
    key: string,
    from: number,
    isSought: (entry: ReplicaEntry<AnyObject>) => boolean,
  ): number | 'gone' | undefined;
  /** Reads one key from the store itself. */
  read(key: string): ReturnType<Store['read']>;
  /** The entry as it is answered in a version, one for each stored revision. */
  entryOf(served: Served, entry: ReplicaEntry<AnyObject>): ApiEntry;
  close(): void;
}

/** Follows both stores from now on; resolves when all that is stored has been read. */
export async function createApiState(
  store: Store,
  eventsStore: Store,
  clock: Clock,
  codec: ObjectCodec = objectCodec,
): Promise<ApiState> {
  const timers = timersOf(clock);
  const options = { decode: codec.decode, ringMax: historyEventsMax };
  const replica = createReplica<AnyObject>(store, options, timers);
  const events = createReplica<AnyObject>(eventsStore, options, timers);
  await Promise.all([replica.ready, events.ready]);
  const view = joinViews(createView(replica), events);
  const isEvent = (key: string) => key.startsWith(`${eventsStorage}/`);
  const storeOf = (key: string) => (isEvent(key) ? eventsStore : store);

  async function catchUp(storage: string): Promise<Lag | undefined> {
    const target = storage === eventsStorage ? events : replica;
    const source = storage === eventsStorage ? eventsStore : store;
    try {
      const revision = await source.lastRevision();
      if (target.revision >= revision) return undefined;
      return (await target.waitFor(revision, freshWaitMsMax)) ? undefined : 'timeout';
    } catch (error) {
      if (error instanceof StoreUnavailable) return 'unavailable';
      throw error;
    }
  }

  return {
    replica,
    events,
    view,
    replicaOf: (storage) => (storage === eventsStorage ? events : replica),
    catchUp,
    transact(writes, envelope, mayGoOut) {
      const first = writes[0];
      if (first === undefined) throw new Error('a transaction has at least one write');
      return storeOf(first.key).transact(
        writes.map(({ key, operation, object, expected, ttlSeconds }) => ({
          key,
          operation,
          value: codec.encode(object),
          expected,
          ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
        })),
        envelope,
        mayGoOut,
      );
    },
    writtenSince(key, from, isSought) {
      let found: number | undefined;
      const watch = (isEvent(key) ? events : replica).watch(key, from, {
        onEvent({ entry }) {
          if (isSought(entry)) found ??= entry.revision;
        },
      });
      if (watch === 'tooNew') return undefined;
      if (watch === 'gone') return 'gone';
      watch.close();
      return found;
    },
    read: (key) => storeOf(key).read(key),
    entryOf: createEntryOf(),
    close() {
      replica.close();
      events.close();
    },
  };
}

/** One answered entry for each stored one and version, kept for as long as the stored one is. */
function createEntryOf(): ApiState['entryOf'] {
  /** Entries in their storage version; the few others are kept by version. */
  const answered = new WeakMap<ReplicaEntry<AnyObject>, ApiEntry>();
  const converted = new Map<string, WeakMap<ReplicaEntry<AnyObject>, ApiEntry>>();
  const keptFor = (served: Served): WeakMap<ReplicaEntry<AnyObject>, ApiEntry> => {
    if (served.apiVersion === served.storageVersion) return answered;
    let kept = converted.get(served.apiVersion);
    if (kept === undefined) {
      kept = new WeakMap();
      converted.set(served.apiVersion, kept);
    }
    return kept;
  };
  const keepEncodings = createEncodingsKeeper();
  return (served, entry) => {
    const kept = keptFor(served);
    let found = kept.get(entry);
    if (found === undefined) {
      const { revision, envelope, value } = entry;
      found = { object: fromStorage(served, value), revision, envelope, encodings: new Map() };
      kept.set(entry, found);
    }
    if (found.encodings.size === 0) keepEncodings(found);
    return found;
  };
}

/** Lets the entry that was asked for the longest ago forget its bytes where there are too many. */
function createEncodingsKeeper(): (entry: ApiEntry) => void {
  const entries: (ApiEntry | undefined)[] = [];
  let next = 0;
  return (entry) => {
    entries[next]?.encodings.clear();
    entries[next] = entry;
    next = (next + 1) % encodedEntriesMax;
  };
}

/** The host's clock as the bus and its stores want one. */
export function timersOf(clock: Clock) {
  return {
    nowMs: () => clock.nowMs(),
    setTimer: (delayMs: number, fire: () => void) => clock.at(clock.nowMs() + delayMs, fire),
  };
}

/** One view over both replicas: Events come from theirs, everything else from the objects'. */
function joinViews(objects: View, events: Replica<AnyObject>): View {
  const getAny: View['getAny'] = (resource, namespace, name) =>
    resource === eventsStorage
      ? (events.get(storeKey(resource, namespace, name))?.value as Stored<AnyObject> | undefined)
      : objects.getAny(resource, namespace, name);
  const listAny: View['listAny'] = (resource, namespace) => {
    if (resource !== eventsStorage) return objects.listAny(resource, namespace);
    const prefix = namespace ? `${resource}/${namespace}` : resource;
    return Array.from(events.entries(prefix), (entry) => entry.value as Stored<AnyObject>);
  };
  return {
    get revision() {
      return objects.revision;
    },
    get: (resource, namespace, name) => getAny(resource, namespace, name) as never,
    list: (resource, namespace) => listAny(resource, namespace) as never,
    ownedBy: (resource, uid) => objects.ownedBy(resource, uid),
    orphans: (resource, namespace) => objects.orphans(resource, namespace),
    podsOnNode: (node) => objects.podsOnNode(node),
    getAny,
    listAny,
    dependentsOf: (uid) => objects.dependentsOf(uid),
    hasUid: (uid) => objects.hasUid(uid),
  };
}
