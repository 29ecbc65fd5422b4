/**
 * The recorder of a process: takes what happens in it as records and sends them on, many at a time, to the cluster's
 * trail. What it costs is bounded, and so is what it holds; what it has to drop it counts and says.
 *
 * Never waits for anybody, and never records the value of a Secret.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Bus } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import type { Store, Write } from '../../bus/store/store.ts';
import { subject } from '../../bus/subjects.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import { digest } from '../../machines/trace/digest.ts';
import { RECORD_ALL, type TracePolicy } from '../../machines/trace/policy.ts';
import type { RequestTraced } from '../../machines/trace/record.ts';
import { isSecretKey, type Replace, redact, redactSecret } from '../../machines/trace/redact.ts';
import {
  type Batch,
  deadRow,
  lostRow,
  type Row,
  requestRow,
  stateRow,
  stepRow,
  TRACE_VERSION,
  writeRow,
} from '../../machines/trace/rows.ts';
import { decodeObject, encodeObject } from '../apiserver/object-codec.ts';
import type { Clock } from '../clock.ts';
import type { Host, StepDetail } from '../host.ts';

/** How long records wait for others to go with, milliseconds. */
export const FLUSH_MS = 100;
/** Records of one message, and bytes of objects in it. */
const BATCH_ROWS_MAX = 256;
const BATCH_BYTES_MAX = 256 * 1024;
/** Records held while NATS is away; of more, the oldest are dropped. */
const HELD_ROWS_MAX = 10_000;
/** What a row without an object is taken to weigh. */
const ROW_BYTES = 256;

export interface RecorderOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly cluster: string;
  /** Name of the process. */
  readonly name: string;
}

/** See the file comment. */
export class Recorder {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #subject: string;
  readonly #name: string;
  /** Tells equal values from different ones in this process, and nothing to anybody else. */
  readonly #key = randomBytes(32);
  #rows: Row[] = [];
  #bytes = 0;
  #lost = 0;
  #policy = RECORD_ALL;
  #fullUntilMs = 0;
  #isAway = false;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor({ bus, clock, cluster, name }: RecorderOptions) {
    this.#bus = bus;
    this.#clock = clock;
    this.#name = name;
    this.#subject = subject(cluster, 'trace', name);
    bus.onConnection((state) => {
      this.#isAway = state !== 'connected';
      if (!this.#isAway) this.flush();
    });
  }

  get policy(): TracePolicy {
    return this.#policy;
  }

  setPolicy(policy: TracePolicy): void {
    this.#policy = policy;
  }

  /** The same data without the values of Secrets. */
  redacted<T>(data: T): T {
    return redact(data, this.#replace);
  }

  /** True while events, effects and states are recorded too. */
  get isFull(): boolean {
    return this.#fullUntilMs > this.#clock.nowMs();
  }

  /** Records everything until a time, beginning with the states of all machines. */
  recordFull(host: Host, untilMs: number): void {
    const begins = !this.isFull;
    this.#fullUntilMs = untilMs;
    if (!begins) return;
    for (const actor of host.names()) {
      const slash = actor.indexOf('/');
      const state = host.state(actor.slice(0, slash), actor.slice(slash + 1));
      if (state === undefined) continue;
      const context = redact(state.context, this.#replace);
      this.#add(stateRow({ type: 'state', atMs: preciseMs(), actor, value: state.value, context }));
    }
  }

  /** A step, when it was taken and before its effects are carried out. */
  step(record: StepRecord, detail: StepDetail): void {
    const { traceparent, from } = detail.envelope;
    const full = this.#fullUntilMs > 0 && this.isFull;
    if (!full && !this.#takes(record.actor, traceparent)) return;
    const atMs = preciseMs() - record.tookMs;
    const { done } = detail;
    const rest = { atMs, from, traceparent, done, full: full ? this.#fullOf(detail) : undefined };
    this.#add(stepRow(record, rest));
  }

  #fullOf({ event, input, effects, after }: StepDetail) {
    return {
      event: redact(input ?? event, this.#replace),
      effects: redact(effects, this.#replace),
      context: digest(redact(after.context, this.#replace)),
    };
  }

  request(request: Omit<RequestTraced, 'process'>): void {
    if (this.#takes('', request.traceparent)) this.#add(requestRow(request));
  }

  dead(to: string, event: string, cause: Envelope | undefined): void {
    const from = cause?.from ?? 'host';
    const causes = cause === undefined ? [] : [cause.id];
    this.#add(deadRow({ type: 'dead', atMs: preciseMs(), to, event, from, causes }));
  }

  /** The same store, whose acknowledged writes are recorded. */
  watch(store: Store): Store {
    const wrote = (writes: readonly Write[], envelope: Envelope, last: number): void => {
      writes.forEach((write, index) => {
        this.#wrote(write, envelope, last - writes.length + 1 + index);
      });
    };
    return {
      write: (write, envelope) =>
        this.#watched(store.write(write, envelope), [write], envelope, wrote),
      transact: (writes, envelope, mayGoOut) =>
        this.#watched(store.transact(writes, envelope, mayGoOut), writes, envelope, wrote),
      read: (key) => store.read(key),
      lastRevision: () => store.lastRevision(),
      follow: (sink, prefixes) => store.follow(sink, prefixes),
      close: () => store.close(),
    };
  }

  async #watched(
    result: ReturnType<Store['write']>,
    writes: readonly Write[],
    envelope: Envelope,
    wrote: (writes: readonly Write[], envelope: Envelope, last: number) => void,
  ): ReturnType<Store['write']> {
    const outcome = await result;
    if (outcome.ok) wrote(writes, envelope, outcome.revision);
    return outcome;
  }

  #wrote({ key, operation, expected, value }: Write, envelope: Envelope, revision: number): void {
    const { id: messageId, from, causes, traceparent } = envelope;
    if (!this.isFull && !this.#takes('', traceparent)) return;
    const bytes = isSecretKey(key) ? this.#withoutSecret(value, revision) : value;
    this.#bytes += bytes.length;
    const message = { messageId, from, causes, traceparent };
    this.#add(
      writeRow(
        {
          type: 'write',
          atMs: preciseMs(),
          revision,
          key,
          operation,
          previous: expected,
          ...message,
        },
        bytes,
      ),
    );
  }

  #withoutSecret(value: Uint8Array, revision: number): Uint8Array {
    if (value.length === 0) return value;
    return encodeObject(redactSecret(decodeObject(value, revision), this.#replace));
  }

  readonly #replace: Replace = (value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const sum = createHmac('sha256', this.#key).update(text).digest('base64url');
    return `redacted-${sum.slice(0, 12)}`;
  };

  /** Whole traces are taken or left, so that what is recorded hangs together. */
  #takes(actor: string, traceparent: string): boolean {
    if (this.#policy === RECORD_ALL) return true;
    const { share, kinds } = this.#policy;
    const wanted = kinds[actor.slice(0, Math.max(0, actor.indexOf('/')))] ?? share;
    return wanted >= 1 || (wanted > 0 && drawOf(traceparent) < wanted);
  }

  #add(row: Row): void {
    if (this.#closed) return;
    this.#rows.push(row);
    this.#bytes += ROW_BYTES;
    if (this.#isAway) this.#dropOldest();
    else if (this.#rows.length >= BATCH_ROWS_MAX || this.#bytes >= BATCH_BYTES_MAX) this.flush();
    else this.#cancel ??= this.#clock.at(this.#clock.nowMs() + FLUSH_MS, () => this.flush());
  }

  #dropOldest(): void {
    if (this.#rows.length <= HELD_ROWS_MAX) return;
    const half = HELD_ROWS_MAX / 2;
    this.#lost += this.#rows.length - half;
    this.#rows = this.#rows.slice(-half);
  }

  /** Sends what there is now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#isAway) return;
    if (this.#lost > 0) {
      this.#rows.push(lostRow({ type: 'lost', atMs: preciseMs(), count: this.#lost }));
      this.#lost = 0;
    }
    const rows = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    for (let at = 0; at < rows.length; at += BATCH_ROWS_MAX) {
      this.#send(rows.slice(at, at + BATCH_ROWS_MAX));
    }
  }

  #send(rows: readonly Row[]): void {
    const batch: Batch = { v: TRACE_VERSION, process: this.#name, rows };
    const envelope = { id: 'trace', from: this.#name, causes: [], traceparent: '' };
    try {
      this.#bus.tell(this.#subject, batch, envelope);
    } catch {
      // Too large for one message: an object of megabytes among them.
      if (rows.length === 1) this.#lost += 1;
      else {
        const half = rows.length >> 1;
        this.#send(rows.slice(0, half));
        this.#send(rows.slice(half));
      }
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
  }
}

/** Milliseconds since the epoch with fractions, which one rollout needs: its steps take microseconds. */
export function preciseMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A number from 0 up to 1 that is the same for all of one trace. */
function drawOf(traceparent: string): number {
  return Number.parseInt(traceparent.slice(3, 11), 16) / 2 ** 32;
}
