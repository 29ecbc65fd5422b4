/**
 * The recorder of a process: takes what happens in it as records and sends them on, many at a time, to the cluster's
 * trail. What it costs is bounded, and so is what it holds; what it has to drop it counts and says.
 *
 * Never waits for anybody, and never records the value of a Secret.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Envelope } from '../../bus/envelope.ts';
import type { Store, Write } from '../../bus/store/store.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import { RECORD_ALL, type TracePolicy } from '../../machines/trace/policy.ts';
import type { RequestTraced } from '../../machines/trace/record.ts';
import { mayHoldSecrets, type Replace, redact, redactObject } from '../../machines/trace/redact.ts';
import { deadRow, requestRow, stepRow, writeRow } from '../../machines/trace/rows.ts';
import { decodeObject, encodeObject } from '../apiserver/object-codec.ts';
import type { Clock } from '../clock.ts';
import type { Host, StepDetail } from '../host.ts';
import { packState, packStep } from './full-step.ts';
import { RowSender, type RowSenderOptions } from './row-sender.ts';

/** See the file comment. */
export class Recorder {
  readonly #clock: Clock;
  readonly #rows: RowSender;
  /** Tells equal values from different ones in this process, and nothing to anybody else. */
  readonly #key = randomBytes(32);
  #policy = RECORD_ALL;
  #fullUntilMs = 0;

  constructor(options: RowSenderOptions) {
    this.#clock = options.clock;
    this.#rows = new RowSender(options);
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

  /**
   * Records everything until a time, beginning with the states of all machines; where everything is recorded already
   * they are told only where somebody who has just come needs them (`withStates`).
   */
  recordFull(host: Host, untilMs: number, withStates = false): void {
    const begins = !this.isFull;
    this.#fullUntilMs = untilMs;
    if (!this.isFull || (!begins && !withStates)) return;
    for (const actor of host.names()) {
      const slash = actor.indexOf('/');
      const state = host.state(actor.slice(0, slash), actor.slice(slash + 1));
      if (state === undefined) continue;
      const packed = packState(actor, state, preciseMs(), this.#replace);
      if (packed !== undefined) this.#rows.add(packed.row, packed.bytes);
    }
  }

  /** A step, when it was taken and before its effects are carried out. */
  step(record: StepRecord, detail: StepDetail): void {
    const { traceparent, from } = detail.envelope;
    const isFull = this.#fullUntilMs > 0 && this.isFull;
    if (!isFull && !this.#takes(record.actor, traceparent)) return;
    const atMs = preciseMs() - record.tookMs;
    const full = isFull ? packStep(detail, this.#replace) : undefined;
    const row = stepRow(record, { atMs, from, traceparent, done: detail.done, full });
    this.#rows.add(row, full?.length);
  }

  request(request: Omit<RequestTraced, 'process'>): void {
    if (this.#takes('', request.traceparent)) this.#rows.add(requestRow(request));
  }

  dead(to: string, event: string, cause: Envelope | undefined): void {
    const from = cause?.from ?? 'host';
    const causes = cause === undefined ? [] : [cause.id];
    this.#rows.add(deadRow({ type: 'dead', atMs: preciseMs(), to, event, from, causes }));
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
    try {
      if (outcome.ok) wrote(writes, envelope, outcome.revision);
    } catch {
      // The write is done, whatever can be told of it.
      this.#rows.lost(writes.length);
    }
    return outcome;
  }

  #wrote({ key, operation, expected, value }: Write, envelope: Envelope, revision: number): void {
    const { id: messageId, from, causes, traceparent } = envelope;
    if (!this.isFull && !this.#takes('', traceparent)) return;
    const bytes = mayHoldSecrets(key) ? this.#withoutSecrets(key, value, revision) : value;
    const row = writeRow(
      {
        ...{ type: 'write', atMs: preciseMs(), revision, key, operation, previous: expected },
        ...{ messageId, from, causes, traceparent },
      },
      bytes,
    );
    this.#rows.add(row, bytes.length);
  }

  #withoutSecrets(key: string, value: Uint8Array, revision: number): Uint8Array {
    if (value.length === 0) return value;
    return encodeObject(redactObject(key, decodeObject(value, revision), this.#replace));
  }

  readonly #replace: Replace = (value) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
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

  /** Sends what there is now. */
  flush(): void {
    this.#rows.flush();
  }

  close(): void {
    this.#rows.close();
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
