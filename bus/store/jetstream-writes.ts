/**
 * Writes to a bucket: one publish for one write, an atomic batch for several, many of them on the way at once.
 *
 * Never answers `ok` for what is not stored, nor `conflict` or `unavailable` for what may be. A guarded write
 * whose answer was lost is sent again with the same guard, which only one of the two can pass; then the key tells
 * whose it was. A write without any guard is never sent twice.
 */
import { sleep } from '../clock.ts';
import { compact } from '../codec.ts';
import type { Envelope } from '../envelope.ts';
import type { NatsLink } from '../nats-link.ts';
import { keyToTokens } from '../subjects.ts';
import { type Answer, CODE, failed, parseAck } from './jetstream-acks.ts';
import { type LogRecord, type WriteDetails, writeLines } from './jetstream-records.ts';
import type { BucketStream } from './jetstream-stream.ts';
import { Permits } from './permits.ts';
import { StoreUnavailable, VALUE_BYTES_MAX, type Write, type WriteResult } from './store.ts';

/** Writes on the way at once; more wait in line. */
export const WRITES_IN_FLIGHT_MAX = 1024;
/** Writes waiting in line; more are refused. */
export const WRITES_WAITING_MAX = 20_000;
/** Transactions on the way at once: servers refuse more than 50 for a stream. */
export const TRANSACTIONS_IN_FLIGHT_MAX = 32;
/** How long a write is tried in all; longer than a stream without a leader lasts. */
export const WRITE_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 5000;
const RETRY_FIRST_MS = 5;
const RETRY_MAX_MS = 250;
/** How long a lost write without a guard is looked for after the connection is back. */
const LOOK_FOR_MS = 2000;
/** Tombstones whose revisions are remembered, so that a key can be made again without asking first. */
const TOMBSTONES_MAX = 10_000;
const TOMBSTONE_SECONDS = 600;

/** One call of `write` or `transact` on its way. */
interface Attempt {
  readonly writes: readonly Write[];
  readonly envelope: Envelope;
  readonly id: string;
  readonly deadlineMs: number;
  readonly guards: (number | undefined)[];
  readonly mayGoOut: (() => boolean) | undefined;
  tries: number;
  /** Whether an earlier try may have been stored. */
  ambiguous: boolean;
}

/** See the file comment. */
export class BucketWrites {
  readonly #stream: BucketStream;
  readonly #link: NatsLink;
  readonly #told: (records: readonly LogRecord[]) => void;
  readonly #single = new Permits(WRITES_IN_FLIGHT_MAX, WRITES_WAITING_MAX);
  readonly #batches = new Permits(TRANSACTIONS_IN_FLIGHT_MAX, WRITES_WAITING_MAX);
  readonly #tombstones = new Map<string, number>();
  readonly #idPrefix: string;
  #idCount = 0;

  /** `told` hears of every stored write as soon as it is acknowledged. */
  constructor(stream: BucketStream, told: (records: readonly LogRecord[]) => void) {
    this.#stream = stream;
    this.#link = stream.link;
    this.#told = told;
    this.#idPrefix = stream.link.ids.token();
  }

  async submit(
    writes: readonly Write[],
    envelope: Envelope,
    mayGoOut?: () => boolean,
  ): Promise<WriteResult> {
    const refused = this.#refuse(writes);
    if (refused !== undefined) return refused;
    const permits = writes.length === 1 ? this.#single : this.#batches;
    if (!permits.tryTake()) {
      const turn = permits.wait();
      if (turn === undefined) return unavailable('too many writes are waiting');
      await turn;
    }
    try {
      return await this.#run(writes, envelope, mayGoOut);
    } finally {
      permits.release();
    }
  }

  #refuse(writes: readonly Write[]): WriteResult | undefined {
    for (const write of writes) {
      if (write.ttlSeconds !== undefined && this.#stream.options.expiring !== true) {
        throw new Error(`bucket ${this.#stream.options.bucket} has no lifetimes`);
      }
      const max = Math.min(VALUE_BYTES_MAX, this.#link.payloadMax - 4096);
      if (write.value.length > max) {
        const detail = `${write.key}: ${write.value.length} bytes exceed ${max}`;
        return { ok: false, reason: 'tooLarge', detail };
      }
    }
    return undefined;
  }

  async #run(
    writes: readonly Write[],
    envelope: Envelope,
    mayGoOut: (() => boolean) | undefined,
  ): Promise<WriteResult> {
    this.#idCount += 1;
    const attempt: Attempt = {
      writes,
      envelope,
      id: `${this.#idPrefix}-${this.#idCount.toString(36)}`,
      deadlineMs: this.#link.clock.nowMs() + WRITE_TIMEOUT_MS,
      guards: writes.map((write) => this.#guardOf(write)),
      mayGoOut,
      tries: 0,
      ambiguous: false,
    };
    // A deletion without a guard, and a guard that is a tombstone's, need to see the key first.
    const looks = writes.some(
      ({ key, operation, expected }) =>
        (operation === 'delete' && (expected === undefined || expected === 0)) ||
        (expected !== 0 && expected !== undefined && this.#tombstones.get(key) === expected),
    );
    if (looks) {
      const key = await this.#look(attempt);
      if (key !== undefined) return key;
    }
    for (;;) {
      const result = await this.#try(attempt);
      if (result !== undefined) return result;
    }
  }

  #guardOf(write: Write): number | undefined {
    return write.expected === 0 ? (this.#tombstones.get(write.key) ?? 0) : write.expected;
  }

  /** One try; undefined asks for another. */
  async #try(attempt: Attempt): Promise<WriteResult | undefined> {
    if (this.#link.state !== 'connected') await this.#connected(attempt.deadlineMs);
    if (this.#link.state === 'closed') return givenUp(attempt, 'the connection is closed');
    if (this.#link.clock.nowMs() >= attempt.deadlineMs) return givenUp(attempt, 'the deadline');
    if (attempt.mayGoOut?.() === false) {
      if (attempt.ambiguous) return givenUp(attempt, 'it may not go out any more');
      return { ok: false, reason: 'conflict', key: attempt.writes[0]!.key };
    }
    attempt.tries += 1;
    const answer = await this.#send(attempt);
    switch (answer.kind) {
      case 'stored':
        return this.#stored(attempt, answer.revision);
      case 'refused':
        return this.#refused(attempt, answer);
      case 'notStored':
        await this.#stream.makeAgain();
        return this.#again(attempt, answer.detail);
      case 'unanswered':
        attempt.ambiguous = true;
        if (attempt.guards.some((guard) => guard !== undefined)) return undefined;
        return this.#lookFor(attempt);
    }
  }

  async #refused(
    attempt: Attempt,
    { code, detail }: { readonly code: number; readonly detail: string },
  ): Promise<WriteResult | undefined> {
    switch (code) {
      case CODE.wrongLastSequence:
        return this.#conflicting(attempt);
      case CODE.wrongLastSequenceNow:
      case CODE.batchIncomplete:
      case CODE.batchesInFlight:
        return this.#again(attempt, detail);
      case CODE.messageTooLarge:
        return attempt.ambiguous
          ? givenUp(attempt, detail)
          : { ok: false, reason: 'tooLarge', detail };
      default:
        // Servers refuse for a while for many reasons: too many messages, no leader, no space.
        return this.#again(attempt, detail);
    }
  }

  /** A guard did not hold: because of an own earlier try, a tombstone, or a real conflict. */
  async #conflicting(attempt: Attempt): Promise<WriteResult | undefined> {
    const { writes } = attempt;
    const [first] = writes;
    if (!attempt.ambiguous && writes.length === 1 && first!.expected) {
      return { ok: false, reason: 'conflict', key: first!.key };
    }
    try {
      if (attempt.ambiguous) {
        const found = await this.#findOwn(attempt);
        if (typeof found === 'number') return { ok: true, revision: found };
        if (found === 'maybe') return givenUp(attempt, 'the key was written again since');
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return this.#again(attempt, error.message);
    }
    return this.#look(attempt);
  }

  /** Reads the guarded keys: a conflict where one is not as expected, else the guards as they have to be now. */
  async #look(attempt: Attempt): Promise<WriteResult | undefined> {
    try {
      for (const [i, write] of attempt.writes.entries()) {
        if (write.expected === undefined && write.operation === 'put') continue;
        const last = await this.#stream.reads.last(write.key);
        const dead = last === undefined || last.event.operation === 'delete';
        const revision = dead ? 0 : last.event.revision;
        const holds =
          write.operation === 'delete' && revision === 0
            ? false
            : write.expected === undefined || write.expected === revision;
        if (!holds) return { ok: false, reason: 'conflict', key: write.key };
        attempt.guards[i] = last?.event.revision ?? 0;
        if (dead) this.#tombstones.delete(write.key);
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return this.#again(attempt, error.message);
    }
    if (attempt.tries > 1) return this.#again(attempt, 'the key changes all the time');
    return undefined;
  }

  /** Waits a little before another try, or gives up at the deadline. */
  async #again(attempt: Attempt, detail: string): Promise<WriteResult | undefined> {
    const { clock } = this.#link;
    const delay = Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt.tries, 10), RETRY_MAX_MS);
    if (clock.nowMs() + delay >= attempt.deadlineMs) return givenUp(attempt, detail);
    await sleep(clock, delay);
    return undefined;
  }

  /** The revision an earlier try got, `no` where none was stored, `maybe` where that cannot be told any more. */
  async #findOwn(attempt: Attempt): Promise<number | 'no' | 'maybe'> {
    const { writes, guards, id } = attempt;
    const i = Math.max(
      0,
      guards.findIndex((guard) => guard !== undefined),
    );
    const guard = guards[i] ?? 0;
    const after = writes.length - 1 - i;
    const last = await this.#stream.reads.last(writes[i]!.key);
    if (last === undefined || last.event.revision <= guard) return 'no';
    if (last.writeId === id) return last.event.revision + after;
    const since: LogRecord[] = [];
    const tokens = keyToTokens(writes[i]!.key);
    for (let from = guard + 1, end = false; !end; from = (since.at(-1)?.event.revision ?? 0) + 1) {
      end = await this.#stream.reads.readBatch(from, tokens, (record) => since.push(record));
    }
    const own = since.find((record) => record.writeId === id);
    if (own !== undefined) return own.event.revision + after;
    return guards[i] !== undefined && since[0]?.guard === guard ? 'no' : 'maybe';
  }

  /** Looks for a write without a guard whose answer was lost; it may still arrive, so it is not sent again. */
  async #lookFor(attempt: Attempt): Promise<WriteResult> {
    const { clock } = this.#link;
    await this.#connected(attempt.deadlineMs);
    const until = Math.min(clock.nowMs() + LOOK_FOR_MS, attempt.deadlineMs);
    while (clock.nowMs() < until) {
      try {
        const found = await this.#findOwn(attempt);
        if (typeof found === 'number') return { ok: true, revision: found };
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
      await sleep(clock, RETRY_MAX_MS);
    }
    return givenUp(attempt, 'no answer came');
  }

  #stored(attempt: Attempt, lastRevision: number): WriteResult {
    const { writes, envelope, guards, id } = attempt;
    const first = lastRevision - writes.length + 1;
    const records = writes.map((write, i): LogRecord => {
      const { key, operation } = write;
      const revision = first + i;
      if (operation === 'delete') this.#remember(key, revision);
      else this.#tombstones.delete(key);
      return {
        event: { key, operation, value: compact(write.value), revision, envelope },
        remaining: writes.length - 1 - i,
        grouped: writes.length > 1,
        guard: guards[i],
        previous: guards[i],
        writeId: id,
        barrier: false,
      };
    });
    this.#told(records);
    return { ok: true, revision: lastRevision };
  }

  #remember(key: string, tombstone: number): void {
    this.#tombstones.delete(key);
    this.#tombstones.set(key, tombstone);
    if (this.#tombstones.size <= TOMBSTONES_MAX) return;
    for (const oldest of this.#tombstones.keys()) {
      this.#tombstones.delete(oldest);
      break;
    }
  }

  #send(attempt: Attempt): Promise<Answer> {
    const { writes, envelope, guards, id } = attempt;
    const count = writes.length;
    const batchId = `${id}.${attempt.tries}`;
    return new Promise((resolve) => {
      for (const [index, write] of writes.entries()) {
        const details: WriteDetails = {
          writeId: id,
          guard: guards[index],
          tombstoneSeconds: TOMBSTONE_SECONDS,
          expiring: this.#stream.options.expiring === true,
          ...(count === 1 ? {} : { batch: { id: batchId, index, count } }),
        };
        const lines = writeLines(write, envelope, details);
        const subject = this.#stream.subjectPrefix + keyToTokens(write.key);
        if (index < count - 1) this.#link.publish(subject, lines, write.value);
        else {
          this.#link.ask(subject, lines, write.value, ANSWER_TIMEOUT_MS, (answer) =>
            resolve(typeof answer === 'string' ? failed(answer) : parseAck(answer.data)),
          );
        }
      }
    });
  }

  /** Resolves when the connection is up, or at the deadline. */
  #connected(deadlineMs: number): Promise<void> {
    const { clock } = this.#link;
    if (this.#link.state === 'connected') return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        stop();
        cancel();
        resolve();
      };
      const stop = this.#link.onState((state) => state !== 'disconnected' && finish());
      const cancel = clock.setTimer(Math.max(0, deadlineMs - clock.nowMs()), finish);
      if (this.#link.state === 'closed') finish();
    });
  }
}

function unavailable(detail: string): WriteResult {
  return { ok: false, reason: 'unavailable', detail };
}

function givenUp({ ambiguous }: Attempt, detail: string): WriteResult {
  return { ok: false, reason: ambiguous ? 'unknown' : 'unavailable', detail };
}
