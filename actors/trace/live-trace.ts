/**
 * A running cluster's trace, read as its administrator: what there is of it, and what comes.
 *
 * Reads alone. Throws CommandError for what a user can mend.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import { subjectTokens } from '../../bus/subjects.ts';
import {
  markTrail,
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
import { clusterAccess, connectAs } from '../cluster/nats-access.ts';
import { ADMIN, bucketOf, markSubject, trailOf } from '../cluster/users.ts';
import { askProcesses } from './ask-processes.ts';
import { BatchReader } from './batch-reader.ts';
import { storedWrites } from './stored-writes.ts';

/** Reads of a server that is behind before what it has must do. */
const BEHIND_TRIES_MAX = 100;
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
      for (const record of this.#reader.read(trailBody(message))) {
        // NATS holds a node to its own subject; what it writes there is taken for its own alone.
        if (record.process === subjectTokens(message.subject).at(-1)) records.push(record);
      }
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

  /**
   * Everything that is kept, and the writes that only the store has. In this order: what led to a write that was found
   * in the store is then in the trail, since all processes have sent what they did until then.
   */
  async whole(): Promise<TraceRecord[]> {
    const { link } = this.bus;
    const stored = await this.storedWrites();
    await askProcesses(this, { do: 'tell' });
    const mark = await this.#asked(() => markTrail(link, markSubject(this.cluster.cluster)));
    const records = await this.all();
    // Of several servers the one that answers may be behind the one that keeps.
    for (let tries = 0; this.#next <= mark && tries < BEHIND_TRIES_MAX; tries += 1) {
      for (const record of await this.read()) records.push(record);
    }
    const known = new Set(records.map((one) => (one.type === 'write' ? one.revision : 0)));
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
  const bus = await connectAs(await clusterAccess(layout.data, cluster, ADMIN), 'kabuki trace');
  return new LiveTrace(bus, cluster);
}
