/**
 * Sends a process's rows to the trail, many at a time. What it holds is bounded; what it has to drop it says with a row
 * that stands where the dropped ones were.
 *
 * Batches are numbered within one life of the process, so that a reader knows of every one that never arrived: NATS
 * does not say. Never waits for anybody.
 */
import { randomBytes } from 'node:crypto';
import type { Bus } from '../../bus/bus.ts';
import {
  type Batch,
  lighterRow,
  lostRow,
  type Row,
  TRACE_VERSION,
} from '../../machines/trace/rows.ts';
import type { Clock } from '../clock.ts';
import { saidBy } from '../cluster/users.ts';

/** How long records wait for others to go with, milliseconds. */
export const FLUSH_MS = 100;
/** Rows of one message, and bytes of objects, events and states in it. */
const BATCH_ROWS_MAX = 256;
const BATCH_BYTES_MAX = 256 * 1024;
/** Rows held while NATS is away, and their bytes; of more, the oldest are dropped. */
const HELD_ROWS_MAX = 10_000;
const HELD_BYTES_MAX = 16 * 1024 * 1024;
/** What a row is taken to weigh besides the bytes in it. */
const ROW_BYTES = 256;

export interface RowSenderOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly cluster: string;
  /** Role and name of the process. */
  readonly role: string;
  readonly name: string;
}

interface Held {
  readonly row: Row;
  readonly bytes: number;
}

/** See the file comment. */
export class RowSender {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #subject: string;
  readonly #process: string;
  readonly #life = randomBytes(6).toString('base64url');
  #sent = 0;
  #held: Held[] = [];
  #bytes = 0;
  #lost = 0;
  #isAway = false;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor({ bus, clock, cluster, role, name }: RowSenderOptions) {
    this.#bus = bus;
    this.#clock = clock;
    this.#process = name;
    this.#subject = saidBy(cluster, 'trace', role, name);
    bus.onConnection((state) => {
      this.#isAway = state !== 'connected';
      if (!this.#isAway) this.flush();
    });
  }

  /** Takes a row; `bytes` are those of objects, events or states in it. */
  add(row: Row, bytes = 0): void {
    if (this.#closed) return;
    const held = { row, bytes: bytes + ROW_BYTES };
    this.#held.push(held);
    this.#bytes += held.bytes;
    if (this.#isAway) this.#dropOldest();
    else if (this.#isBatch()) this.flush();
    else this.#cancel ??= this.#clock.at(this.#clock.nowMs() + FLUSH_MS, () => this.flush());
  }

  /** Counts rows that could not be made; told with the next ones. */
  lost(count: number): void {
    this.#lost += count;
  }

  #isBatch(): boolean {
    return this.#held.length >= BATCH_ROWS_MAX || this.#bytes >= BATCH_BYTES_MAX;
  }

  #dropOldest(): void {
    if (this.#held.length <= HELD_ROWS_MAX && this.#bytes <= HELD_BYTES_MAX) return;
    const dropped = this.#held.splice(0, Math.ceil(this.#held.length / 2));
    for (const { bytes } of dropped) this.#bytes -= bytes;
    this.#lost += dropped.length;
  }

  /** Sends what there is now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#isAway) return;
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    if (this.#lost > 0) held.unshift({ row: this.#lossOf(this.#lost), bytes: ROW_BYTES });
    this.#lost = 0;
    for (const rows of batchesOf(held)) this.#send(rows);
  }

  #lossOf(count: number): Row {
    return lostRow({ type: 'lost', atMs: this.#clock.nowMs(), count });
  }

  #send(rows: readonly Row[]): void {
    if (this.#tell(rows)) return;
    // Too large for one message: an object of megabytes among them.
    const half = rows.length >> 1;
    if (half > 0) {
      this.#send(rows.slice(0, half));
      this.#send(rows.slice(half));
      return;
    }
    for (const row of rows) if (!this.#tell([lighterRow(row)])) this.#tell([this.#lossOf(1)]);
  }

  /** False where a message cannot be sent. */
  #tell(rows: readonly Row[]): boolean {
    const life = { life: this.#life, n: this.#sent + 1 };
    const batch: Batch = { v: TRACE_VERSION, process: this.#process, ...life, rows };
    const envelope = { id: 'trace', from: this.#process, causes: [], traceparent: '' };
    try {
      this.#bus.tell(this.#subject, batch, envelope);
    } catch {
      return false;
    }
    this.#sent += 1;
    return true;
  }

  close(): void {
    this.flush();
    this.#closed = true;
  }
}

function* batchesOf(held: readonly Held[]): Generator<readonly Row[]> {
  let rows: Row[] = [];
  let weight = 0;
  for (const { row, bytes } of held) {
    if (rows.length > 0 && (rows.length >= BATCH_ROWS_MAX || weight + bytes > BATCH_BYTES_MAX)) {
      yield rows;
      rows = [];
      weight = 0;
    }
    rows.push(row);
    weight += bytes;
  }
  if (rows.length > 0) yield rows;
}
