/** A running cluster's trail, and the writes its store has, as the page reads them. Reads alone. */
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { isAlive, layoutOf, readState } from '../cluster/layout.ts';
import { connectAs, type NatsAccess } from '../cluster/nats-access.ts';
import { bucketOf } from '../cluster/users.ts';
import { storedWrites } from '../trace/stored-writes.ts';
import { TrailCursor } from '../trace/trail-cursor.ts';
import type { ProcessRow } from './protocol.ts';
import type { Source } from './source.ts';

/** See the file comment. */
export class LiveSource implements Source {
  readonly shown = 'cluster';
  readonly #bus: NatsBus;
  readonly #cluster: string;
  readonly #dataDir: string;
  readonly #cursor: TrailCursor;

  private constructor(bus: NatsBus, cluster: string, dataDir: string) {
    this.#bus = bus;
    this.#cluster = cluster;
    this.#dataDir = dataDir;
    this.#cursor = new TrailCursor(bus.link, cluster);
  }

  /** Connects; rejects where NATS cannot be reached. */
  static async open(access: NatsAccess, dataDir: string, cluster: string): Promise<LiveSource> {
    return new LiveSource(await connectAs(access, `${cluster} page`), cluster, dataDir);
  }

  async first(): Promise<readonly TraceRecord[]> {
    const records = await this.more();
    return [...records, ...(await storedWrites(this.#bus.link, bucketOf(this.#cluster)))];
  }

  more(): Promise<readonly TraceRecord[]> {
    return this.#cursor.read();
  }

  nowMs(): number {
    return Date.now();
  }

  processes(): readonly ProcessRow[] {
    const state = readState(layoutOf(this.#dataDir));
    return (state?.processes ?? []).map((one) => ({ ...one, isAlive: isAlive(one.pid) }));
  }
}
