/**
 * Follows the log of a bucket: republished messages as they come, ranges read where something was missed.
 *
 * A sink hears of each change once and in revision order, or is told to start over; never is a hole passed over.
 *
 * A follower of the whole bucket sees every revision, so the next one is the last plus one, and anything else is
 * a gap. A follower of some prefixes subscribes to those alone and sees few of the revisions. It knows a gap by
 * the key's revision before, which every republished message tells; what that cannot tell (a lost first version
 * of a key) is found when the followed ranges are read again up to the stream's last revision, at the latest a
 * second later. Until then it may have told of a later change; then it starts over, as it cannot go back. NATS
 * loses messages only with a connection, whose loss is seen at once, or between servers, so this is rare; the
 * alternative, to receive the whole log everywhere, costs on every write. Whoever needs a cut of the whole bucket
 * that is exact at every moment follows the whole bucket.
 */

import { keyToTokens } from '../subjects.ts';
import { guarded } from '../wire.ts';
import type { LogRecord } from './jetstream-records.ts';
import type { BucketStream, StreamState } from './jetstream-stream.ts';
import { normalPrefixes } from './keys.ts';
import { type LogSink, type StoredEntry, StoreUnavailable } from './store.ts';

/** Records kept that came before their turn; beyond it they are read again later. */
const EARLY_MAX = 20_000;
/** Delivered revisions that a filtered follower remembers before it reads its ranges again. */
const UNVERIFIED_MAX = 10_000;
/** How long a gap may be nothing but two messages that overtook each other. */
const GAP_GRACE_MS = 20;
const RETRY_MS = 100;
/** A stream that is this many times behind what was seen has lost its tail, and history with it. */
const BEHIND_MAX = 3;
const BOOT_ROUNDS_MAX = 10;
/** Streams of this many messages are read whole at the start, which takes one question; larger ones by key. */
const READ_ALL_MAX = 2000;

type Outcome = 'done' | 'hole';

/** One follower. The store that owns it hands it its own writes and the stream's state every second. */
export class LogFollower {
  readonly #stream: BucketStream;
  readonly #state: () => Promise<StreamState>;
  readonly #sink: LogSink;
  /** Token patterns of the followed keys; `>` alone where the whole bucket is followed. */
  readonly #scopes: readonly string[];
  readonly #whole: boolean;
  readonly #stops: (() => void)[];
  readonly #early = new Map<number, LogRecord>();
  readonly #unverified = new Set<number>();
  #held: LogRecord[] = [];
  #mode: 'booting' | 'following' | 'closed' = 'booting';
  #filling = false;
  #fillAgain = false;
  #created = '';
  /** All up to here is delivered or held; for filtered followers, the last delivered revision. */
  #cursor = 0;
  /** Known to be complete up to here (filtered followers). */
  #verified = 0;
  #behind = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(
    stream: BucketStream,
    state: () => Promise<StreamState>,
    sink: LogSink,
    prefixes: readonly string[] | undefined,
  ) {
    this.#stream = stream;
    this.#state = state;
    this.#sink = {
      onSnapshot: guarded((entries, revision) => sink.onSnapshot(entries, revision)),
      onEvent: guarded((event) => sink.onEvent(event)),
      onProgress: guarded((revision) => sink.onProgress(revision)),
      onReset: guarded((revision) => sink.onReset(revision)),
    };
    const scopes = normalPrefixes(prefixes)?.map((prefix) => `${keyToTokens(prefix)}.>`);
    this.#whole = scopes === undefined;
    this.#scopes = scopes ?? ['>'];
    this.#stops = this.#scopes.map((scope) =>
      stream.link.subscribe(stream.logPrefix + scope, undefined, (message) => {
        const record = stream.record(message);
        if (record !== undefined) this.receive(record);
      }),
    );
    void this.#boot();
  }

  /** True where the follower sees every revision, and so can be told of the own writes as they are answered. */
  get whole(): boolean {
    return this.#whole;
  }

  close(): void {
    this.#mode = 'closed';
    this.#cancelTimer?.();
    for (const stop of this.#stops) stop();
    this.#early.clear();
  }

  /** Takes one record, republished or just acknowledged, in any order and any number of times. */
  receive(record: LogRecord): void {
    if (this.#mode === 'closed') return;
    if (this.#mode === 'booting') this.#keepEarly(record);
    else if (this.#whole) this.#receiveNext(record);
    else this.#receiveFiltered(record);
  }

  /** The revision reached at the time a question about the stream is asked; handed back with the answer. */
  get reached(): number {
    return this.#whole ? this.#cursor : this.#verified;
  }

  /** Compares with the stream's state, asked for when `reached` was what is given. */
  compare(state: StreamState, reached: number): void {
    if (this.#mode !== 'following') return;
    this.#behind = state.lastRevision < reached ? this.#behind + 1 : 0;
    if (state.created !== this.#created || this.#behind >= BEHIND_MAX) this.#startOver();
    else if (state.lastRevision > this.reached) void this.#fill();
    else if (this.#held.length === 0 && !this.#filling) this.#sink.onProgress(this.reached);
  }

  #keepEarly(record: LogRecord): void {
    if (this.#early.size >= EARLY_MAX) this.#early.clear();
    this.#early.set(record.event.revision, record);
  }

  #receiveNext(record: LogRecord): void {
    const { revision } = record.event;
    if (revision <= this.#cursor) return;
    if (revision > this.#cursor + 1) {
      this.#keepEarly(record);
      this.#fillSoon(GAP_GRACE_MS);
      return;
    }
    this.#accept(record);
    this.#drainEarly();
  }

  #drainEarly(): void {
    let next = this.#early.get(this.#cursor + 1);
    while (next !== undefined) {
      this.#early.delete(next.event.revision);
      this.#accept(next);
      next = this.#early.get(this.#cursor + 1);
    }
    if (this.#early.size > 0) this.#fillSoon(GAP_GRACE_MS);
  }

  /** Takes the next record; those of a transaction are held until all of them are there. */
  #accept(record: LogRecord): void {
    this.#cursor = record.event.revision;
    this.#held.push(record);
    if (record.remaining > 0) return;
    const held = this.#held;
    this.#held = [];
    for (const { event, barrier } of held) {
      if (barrier) this.#sink.onProgress(event.revision);
      else this.#sink.onEvent(event);
    }
  }

  #receiveFiltered(record: LogRecord): void {
    const { revision } = record.event;
    const known = (r: number) => r <= this.#verified || this.#unverified.has(r);
    if (this.#filling) this.#keepEarly(record);
    else if (known(revision)) return;
    else if (revision <= this.#cursor) this.#startOver();
    else if (record.grouped || !known(record.previous ?? 0)) {
      this.#keepEarly(record);
      void this.#fill();
    } else {
      this.#deliverFiltered(record);
      if (this.#unverified.size > UNVERIFIED_MAX) void this.#fill();
    }
  }

  #deliverFiltered(record: LogRecord): void {
    this.#cursor = record.event.revision;
    this.#unverified.add(this.#cursor);
    this.#sink.onEvent(record.event);
  }

  #fillSoon(delayMs: number): void {
    if (this.#filling || this.#cancelTimer !== undefined) return;
    this.#later(delayMs, () => {
      const gap = !this.#whole || this.#early.size > 0;
      if (gap) void this.#fill();
    });
  }

  #later(delayMs: number, run: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#stream.link.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      if (this.#mode !== 'closed') run();
    });
  }

  /** Reads what was missed. One at a time; asked again meanwhile, it runs once more. */
  async #fill(): Promise<void> {
    this.#fillAgain = true;
    if (this.#filling || this.#mode !== 'following') return;
    this.#filling = true;
    let outcome: Outcome = 'done';
    try {
      while (this.#fillAgain && outcome === 'done' && this.#mode === 'following') {
        this.#fillAgain = false;
        outcome = await (this.#whole ? this.#fillWhole() : this.#fillFiltered());
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#stream.link.report(error);
      this.#later(RETRY_MS, () => void this.#fill());
    } finally {
      this.#filling = false;
    }
    if (this.#mode !== 'following') return;
    if (outcome === 'hole') this.#startOver();
    else this.#replayEarly();
  }

  /** Hands records that came early through the front door again, in order. */
  #replayEarly(): void {
    const early = [...this.#early.values()].sort((a, b) => a.event.revision - b.event.revision);
    this.#early.clear();
    for (const record of early) this.receive(record);
  }

  async #fillWhole(): Promise<Outcome> {
    for (let end = false; !end; ) {
      const records: LogRecord[] = [];
      end = await this.#stream.reads.readBatch(this.#cursor + 1, '>', (record) =>
        records.push(record),
      );
      for (const record of records) {
        const { revision } = record.event;
        if (this.#mode !== 'following') return 'done';
        if (revision <= this.#cursor) continue;
        if (revision > this.#cursor + 1) this.#drainEarly();
        if (revision > this.#cursor + 1) return 'hole';
        if (revision === this.#cursor + 1) this.#accept(record);
      }
    }
    return 'done';
  }

  async #fillFiltered(): Promise<Outcome> {
    const { lastRevision } = await this.#state();
    const found = new Map<number, LogRecord>();
    for (const scope of this.#scopes) {
      await this.#readAll(this.#verified + 1, scope, (r) => found.set(r.event.revision, r));
    }
    if (this.#mode !== 'following') return 'done';
    for (const [revision, record] of this.#early) found.set(revision, record);
    const known = (r: number) => r <= this.#verified || this.#unverified.has(r) || found.has(r);
    const records = [...found.values()].sort((a, b) => a.event.revision - b.event.revision);
    const end = beforeTorn(records, lastRevision);
    for (const record of records) {
      const { revision } = record.event;
      if (revision > end) {
        // Another range may hold something older that was stored after it was read.
        this.#keepEarly(record);
        continue;
      }
      this.#early.delete(revision);
      if (this.#unverified.has(revision) || revision <= this.#verified) continue;
      if (revision <= this.#cursor || !known(record.guard ?? 0)) return 'hole';
      this.#deliverFiltered(record);
    }
    this.#verified = Math.max(this.#verified, end);
    this.#cursor = Math.max(this.#cursor, this.#verified);
    for (const revision of this.#unverified) {
      if (revision <= this.#verified) this.#unverified.delete(revision);
    }
    this.#sink.onProgress(this.#verified);
    return 'done';
  }

  /** Reads a range to its end, and past what a replica that lags behind takes for the end. */
  async #readAll(
    fromRevision: number,
    scope: string,
    receive: (record: LogRecord) => void,
  ): Promise<number> {
    let last = fromRevision - 1;
    const take = (record: LogRecord) => {
      last = record.event.revision;
      receive(record);
    };
    for (;;) {
      const end = await this.#stream.reads.readBatch(last + 1, scope, take);
      if (end && (await this.#stream.reads.isEnd(last + 1, scope))) return last;
    }
  }

  #startOver(): void {
    this.#mode = 'booting';
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const from = this.#cursor;
    this.#held = [];
    this.#early.clear();
    this.#sink.onReset(from);
    void this.#boot();
  }

  async #boot(): Promise<void> {
    try {
      const { created, entries, revision } = await this.#readState();
      if (this.#mode !== 'booting') return;
      this.#created = created;
      this.#cursor = revision;
      this.#verified = revision;
      this.#behind = 0;
      this.#unverified.clear();
      this.#mode = 'following';
      this.#sink.onSnapshot(entries, revision);
      this.#replayEarly();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#stream.link.report(error);
      if (this.#mode === 'booting') this.#later(RETRY_MS, () => void this.#boot());
    }
  }

  /**
   * Every live key at one revision: all ranges read to their end. With one range that is the revision of its end;
   * with several, rounds are read until none of them has anything that the others may have missed.
   */
  async #readState(): Promise<{ created: string; entries: StoredEntry[]; revision: number }> {
    const live = new Map<string, StoredEntry>();
    let whole = 0;
    const take = ({ event, barrier, remaining }: LogRecord) => {
      const { key, value, revision, envelope } = event;
      whole = Math.max(whole, revision + remaining);
      if (event.operation === 'delete' || barrier) live.delete(key);
      else live.set(key, { key, value, revision, envelope });
    };
    const ends = this.#scopes.map(() => 0);
    for (let round = 1; ; round += 1) {
      const { created, firstRevision, lastRevision, messages } = await this.#state();
      if (round === 1 && messages > READ_ALL_MAX) {
        // What the consumer missed because it was replaced meanwhile is newer, and so among what is read next.
        await this.#stream.reads.readLatest(lastRevision, this.#scopes, take);
        ends.fill(lastRevision);
      }
      for (const [i, scope] of this.#scopes.entries()) {
        ends[i] = await this.#readAll(Math.max(ends[i]! + 1, firstRevision, 1), scope, take);
      }
      const revision = Math.max(lastRevision, ...ends);
      const exact = (ends.length === 1 || revision === lastRevision) && whole <= revision;
      if (exact || round >= BOOT_ROUNDS_MAX)
        return { created, entries: [...live.values()], revision };
    }
  }
}

/**
 * The last revision up to which no transaction lacks a record: a server answers with the state of its stream also while
 * it stores one (about 1 % of answers, where there is nothing but transactions).
 */
function beforeTorn(records: readonly LogRecord[], lastRevision: number): number {
  const torn = records.find(
    ({ event: { revision }, remaining }) =>
      revision <= lastRevision && revision + remaining > lastRevision,
  );
  return torn === undefined ? lastRevision : torn.event.revision - 1;
}
