/**
 * The public surface of the bus: the one barrel of this repository, for users of the package. Code inside it
 * imports the files themselves.
 */
export type {
  Bus,
  Channel,
  ChannelEnd,
  Message,
  Opening,
  OpenResult,
  Reply,
  Respond,
  Subscription,
} from './bus.ts';
export { type Clock, systemClock } from './clock.ts';
export { decode, encode } from './codec.ts';
export { type Envelope, HEADER } from './envelope.ts';
export { createIds, type Ids, type Random, systemRandom } from './ids.ts';
export { connectNatsBus, createNatsBus, type NatsBus } from './nats-bus.ts';
export { connectNats, type NatsLink, type NatsOptions } from './nats-link.ts';
export { type JetStreamStoreOptions, openJetStreamStore } from './store/jetstream-store.ts';
export { createMemoryStore, type MemoryStoreOptions } from './store/memory-store.ts';
export {
  createReplica,
  type Replica,
  type ReplicaEntry,
  type ReplicaEvent,
  type ReplicaOptions,
  type ReplicaSnapshot,
  type ReplicaWatch,
  type ReplicaWatchHandler,
} from './store/replica.ts';
export {
  type Following,
  type LogSink,
  type Store,
  type StoredEntry,
  type StoreEvent,
  StoreUnavailable,
  TRANSACTION_WRITES_MAX,
  VALUE_BYTES_MAX,
  type Write,
  type WriteResult,
} from './store/store.ts';
export { escapeToken, storeSubject, subject, subjectTokens, unescapeToken } from './subjects.ts';
export {
  createVirtualBus,
  type Hop,
  type VirtualBus,
  type VirtualBusOptions,
} from './virtual-bus.ts';
export { BodyTooLarge, type ConnectionState } from './wire.ts';
