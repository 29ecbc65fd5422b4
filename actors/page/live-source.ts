/** A running cluster's trail, and the writes its store has, as the page reads them. Reads alone. */
import type { NatsBus } from '../../bus/nats-bus.ts';
import { subjectTokens } from '../../bus/subjects.ts';
import { readTrail, trailBody, trailState } from '../../bus/trail.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { isAlive, layoutOf, readState } from '../cluster/layout.ts';
import { connectAs, type NatsAccess } from '../cluster/nats-access.ts';
import { bucketOf, trailOf } from '../cluster/users.ts';
import { BatchReader } from '../trace/batch-reader.ts';
import { storedWrites } from '../trace/stored-writes.ts';
import type { ProcessRow } from './protocol.ts';
import type { Source } from './source.ts';

/** Turns without a message after which it is looked whether the trail has begun anew. */
const LOOK_TURNS = 10;

/** See the file comment. */
export class LiveSource implements Source {
  readonly shown = 'cluster';
  readonly #bus: NatsBus;
  readonly #cluster: string;
  readonly #dataDir: string;
  #reader = new BatchReader();
  #next = 1;
  #idleTurns = 0;

  private constructor(bus: NatsBus, cluster: string, dataDir: string) {
    this.#bus = bus;
    this.#cluster = cluster;
    this.#dataDir = dataDir;
  }

  /** Connects; rejects where NATS cannot be reached. */
  static async open(access: NatsAccess, dataDir: string, cluster: string): Promise<LiveSource> {
    return new LiveSource(await connectAs(access, `${cluster} page`), cluster, dataDir);
  }

  async first(): Promise<readonly TraceRecord[]> {
    const records = await this.more();
    return [...records, ...(await storedWrites(this.#bus.link, bucketOf(this.#cluster)))];
  }

  async more(): Promise<readonly TraceRecord[]> {
    const { link } = this.#bus;
    const records: TraceRecord[] = [];
    let expected = this.#next;
    this.#next = await readTrail(link, trailOf(this.#cluster), this.#next, (message) => {
      // The trail is bounded: what is not read in time is gone. Of the beginning that is meant to be so.
      const gone = expected > 1 ? message.sequence - expected : 0;
      if (gone > 0) records.push({ type: 'lost', process: '', atMs: message.atMs, count: gone });
      expected = message.sequence + 1;
      for (const record of this.#reader.read(trailBody(message))) {
        // NATS holds a node to its own subject; what it writes there is taken for its own alone.
        if (record.process === subjectTokens(message.subject).at(-1)) records.push(record);
      }
    });
    this.#idleTurns = records.length === 0 ? this.#idleTurns + 1 : 0;
    if (this.#idleTurns % LOOK_TURNS === LOOK_TURNS - 1) await this.#lookForNew();
    return records;
  }

  /** A trail is lost with its server; the next one counts from one again. */
  async #lookForNew(): Promise<void> {
    const state = await trailState(this.#bus.link, trailOf(this.#cluster));
    if (state === undefined || state.last + 1 >= this.#next) return;
    this.#next = 1;
    this.#reader = new BatchReader();
  }

  nowMs(): number {
    return Date.now();
  }

  processes(): readonly ProcessRow[] {
    const state = readState(layoutOf(this.#dataDir));
    return (state?.processes ?? []).map((one) => ({ ...one, isAlive: isAlive(one.pid) }));
  }
}
