/**
 * A running cluster's trace, read as its administrator: what there is of it, and what comes.
 *
 * Reads alone. Throws CommandError for what a user can mend.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import {
  readTrail,
  type TrailMessage,
  type TrailState,
  trailBody,
  trailState,
} from '../../bus/trail.ts';
import type { TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { runningCluster } from '../cluster/down.ts';
import { type ClusterState, layoutOf } from '../cluster/layout.ts';
import { connectAs, ownNatsAccess } from '../cluster/nats-access.ts';
import { ADMIN, bucketOf, trailOf } from '../cluster/users.ts';
import { BatchReader } from './batch-reader.ts';
import { storedWrites } from './stored-writes.ts';

/** How often a tail looks for more, milliseconds. */
const LOOK_EVERY_MS = 150;

/** See the file comment. */
export class LiveTrace {
  readonly bus: NatsBus;
  readonly cluster: ClusterState;
  #next = 1;
  #reader = new BatchReader();

  constructor(bus: NatsBus, cluster: ClusterState) {
    this.bus = bus;
    this.cluster = cluster;
  }

  get #name(): string {
    return trailOf(this.cluster.cluster);
  }

  async state(): Promise<TrailState> {
    const state = await this.#asked(() => trailState(this.bus.link, this.#name));
    if (state !== undefined) return state;
    throw new CommandError('nothing is recorded: the trail is not there (yet)');
  }

  /** Everything that is kept now; `read` goes on after it. */
  async all(): Promise<TraceRecord[]> {
    this.#next = 1;
    this.#reader = new BatchReader();
    return this.read();
  }

  /** What has come since the last call, or since `skip`. */
  async read(): Promise<TraceRecord[]> {
    const records: TraceRecord[] = [];
    await this.readMessages((message) => {
      for (const record of this.#reader.read(trailBody(message))) records.push(record);
    });
    return records;
  }

  /** The same as messages. A trail whose server has forgotten it begins anew. */
  async readMessages(receive: (message: TrailMessage) => void): Promise<void> {
    const { link } = this.bus;
    const from = this.#next;
    this.#next = await this.#asked(() => readTrail(link, this.#name, from, receive));
    if (this.#next > from || this.#next === 1) return;
    const state = await this.#asked(() => trailState(link, this.#name));
    if (state !== undefined && state.last < this.#next - 1) this.#next = 1;
  }

  /** Everything that is kept, and the writes that only the store has. */
  async whole(): Promise<TraceRecord[]> {
    const records = await this.all();
    const known = new Set(records.map((one) => (one.type === 'write' ? one.revision : 0)));
    const stored = await this.storedWrites();
    return [...records, ...stored.filter(({ revision }) => !known.has(revision))];
  }

  /** The writes that the store itself still has. */
  storedWrites(): Promise<WriteTraced[]> {
    const { link } = this.bus;
    return this.#asked(() => storedWrites(link, bucketOf(this.cluster.cluster)));
  }

  /** Begins after what there is now. */
  async skip(): Promise<void> {
    this.#next = (await this.state()).last + 1;
  }

  /** Hands on what comes until it is told to end. */
  async tail(
    receive: (records: readonly TraceRecord[]) => void,
    ended: AbortSignal,
  ): Promise<void> {
    while (!ended.aborted) {
      const records = await this.read();
      if (records.length > 0) receive(records);
      else await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      throw new CommandError(`the trace cannot be read: ${error.message}`, EXIT.natsUnreachable);
    }
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}

/** Connects to the cluster of a data directory. */
export async function openLiveTrace(dataDir: string): Promise<LiveTrace> {
  const layout = layoutOf(dataDir);
  const cluster = runningCluster(layout);
  const bus = await connectAs(await ownNatsAccess(layout.data, ADMIN), 'kabuki trace');
  return new LiveTrace(bus, cluster);
}
