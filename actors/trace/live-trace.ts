/**
 * A running cluster's trace, read as its administrator: what there is of it, and what comes.
 *
 * Reads alone. Throws CommandError for what a user can mend.
 */
import { sleep } from '../../bus/clock.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import { type TrailMessage, type TrailState, trailBody, trailState } from '../../bus/trail.ts';
import type { TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { runningCluster } from '../cluster/down.ts';
import { type ClusterState, layoutOf } from '../cluster/layout.ts';
import { clusterAccess, connectAs } from '../cluster/nats-access.ts';
import { ADMIN, bucketOf, markSubject, trailOf } from '../cluster/users.ts';
import { askProcesses } from './ask-processes.ts';
import { storedWrites } from './stored-writes.ts';
import { isBelievable, TrailCursor } from './trail-cursor.ts';

/** How long it may take until a mark is kept, and how often it is looked for, milliseconds. */
const MARK_MS_MAX = 2_000;
const MARK_LOOK_MS = 5;
/** How often a tail looks for more, milliseconds. */
const LOOK_EVERY_MS = 150;

/** See the file comment. */
export class LiveTrace {
  readonly bus: NatsBus;
  readonly cluster: ClusterState;
  readonly #cursor: TrailCursor;

  constructor(bus: NatsBus, cluster: ClusterState) {
    this.bus = bus;
    this.cluster = cluster;
    this.#cursor = new TrailCursor(bus.link, cluster.cluster);
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
    this.#cursor.seek(1);
    return this.read();
  }

  /** What has come since the last call, or since `skip`. */
  read(): Promise<TraceRecord[]> {
    return this.#asked(() => this.#cursor.read());
  }

  /** The same as messages with their records; those that cannot be believed are left out. */
  readMessages(
    receive: (message: TrailMessage, records: readonly TraceRecord[]) => void,
  ): Promise<void> {
    return this.#asked(() =>
      this.#cursor.readMessages((message) => {
        if (isBelievable(message)) receive(message, this.#cursor.recordsOf(message));
      }),
    );
  }

  /**
   * Everything that is kept, and the writes that only the store has. In this order: what led to a write that was found
   * in the store is then in the trail, since all processes have sent what they did until then.
   */
  async whole(): Promise<TraceRecord[]> {
    const stored = await this.storedWrites();
    await askProcesses(this, { do: 'tell' });
    const records = await this.#upToMark();
    const known = new Set(records.map((one) => (one.type === 'write' ? one.revision : 0)));
    return [...records, ...stored.filter(({ revision }) => !known.has(revision))];
  }

  /** Everything up to a mark: what had reached the server when it came is kept before it. */
  async #upToMark(): Promise<TraceRecord[]> {
    const records: TraceRecord[] = [];
    const { link } = this.bus;
    const mark = link.ids.messageId();
    const envelope = { id: mark, from: 'kabuki trace', causes: [], traceparent: '' };
    this.bus.tell(markSubject(this.cluster.cluster), { mark }, envelope);
    this.#cursor.seek(1);
    const untilMs = link.clock.nowMs() + MARK_MS_MAX;
    for (let isThere = false; !isThere && link.clock.nowMs() < untilMs; ) {
      await this.#asked(() =>
        this.#cursor.readMessages((message) => {
          isThere ||= (trailBody(message) as { mark?: unknown } | undefined)?.mark === mark;
          for (const record of this.#cursor.recordsOf(message)) records.push(record);
        }),
      );
      if (!isThere) await sleep(link.clock, MARK_LOOK_MS);
    }
    return records;
  }

  /** The writes that the store itself still has. */
  storedWrites(): Promise<WriteTraced[]> {
    const { link } = this.bus;
    return this.#asked(() => storedWrites(link, bucketOf(this.cluster.cluster)));
  }

  /** Begins after what there is now. */
  async skip(): Promise<void> {
    this.#cursor.seek((await this.state()).last + 1);
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
