/**
 * Reads a running cluster's trail from where it was last, message by message, and takes nothing for true that its sender
 * could not know: NATS holds a node to a subject of its own, and a node neither writes the store nor serves requests.
 *
 * Never throws over what a message says; what another version wrote counts as lost.
 */
import type { NatsLink } from '../../bus/nats-link.ts';
import { readTrail, type TrailMessage, trailBody, trailState } from '../../bus/trail.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { type Batch, isOfApiserver, type RowCodec } from '../../machines/trace/rows.ts';
import { sayerOf, trailOf } from '../cluster/users.ts';
import { BatchReader, CODEC } from './batch-reader.ts';

/** How much later than its message a record may be, where clocks differ, milliseconds. */
const AHEAD_MS_MAX = 1_000;

/** See the file comment. */
export class TrailCursor {
  readonly #link: NatsLink;
  readonly #name: string;
  readonly #codec: RowCodec;
  #reader: BatchReader;
  #next = 1;

  /** Objects, and what was recorded in full, come as the codec gives them. */
  constructor(link: NatsLink, cluster: string, codec: RowCodec = CODEC) {
    this.#link = link;
    this.#codec = codec;
    this.#reader = new BatchReader(codec);
    this.#name = trailOf(cluster);
  }

  /** Sequence of the message that is read next. */
  get next(): number {
    return this.#next;
  }

  /** Goes on from there. */
  seek(sequence: number): void {
    this.#next = sequence;
    this.#reader = new BatchReader(this.#codec);
  }

  /** What has come since the last call. Throws `StoreUnavailable`. */
  async read(): Promise<TraceRecord[]> {
    const records: TraceRecord[] = [];
    await this.readMessages((message) => {
      for (const record of this.recordsOf(message)) records.push(record);
    });
    return records;
  }

  /** The same as messages, to be held against `recordsOf`. A trail whose server has forgotten it begins anew. */
  async readMessages(receive: (message: TrailMessage) => void): Promise<void> {
    const from = this.#next;
    this.#next = await readTrail(this.#link, this.#name, from, receive);
    if (this.#next > from || this.#next === 1) return;
    const state = await trailState(this.#link, this.#name);
    if (state !== undefined && state.last < this.#next - 1) this.seek(1);
  }

  /** The records of one message; none where its sender could not know what it says. */
  recordsOf(message: TrailMessage): readonly TraceRecord[] {
    if (!isBelievable(message)) return [];
    const latestMs = message.atMs + AHEAD_MS_MAX;
    return this.#reader
      .read(trailBody(message), message.atMs)
      .map((record) => (record.atMs > latestMs ? { ...record, atMs: latestMs } : record));
  }
}

/** True where what a message says is its sender's to say. */
export function isBelievable(message: TrailMessage): boolean {
  const body = (trailBody(message) ?? {}) as Partial<Batch>;
  const { process, isNode } = sayerOf(message.subject);
  if (body.process !== process) return false;
  if (!isNode) return true;
  const rows: readonly unknown[] = Array.isArray(body.rows) ? body.rows : [];
  return rows.every((row) => !Array.isArray(row) || !isOfApiserver(row));
}
