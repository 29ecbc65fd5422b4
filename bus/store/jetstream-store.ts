/**
 * The store on NATS: etcd's semantics on one JetStream stream, which any key-value client can read.
 *
 * Writes are in `jetstream-writes.ts`, the log in `jetstream-log.ts`, the stream's own API in
 * `jetstream-stream.ts`. No consumer anywhere, so none can be lost.
 */
import type { Envelope } from '../envelope.ts';
import type { NatsLink } from '../nats-link.ts';
import { keyToTokens } from '../subjects.ts';
import { coalesced } from './coalesced.ts';
import { LogFollower } from './jetstream-log.ts';
import { BARRIER_PREFIX, barrierLines, type LogRecord } from './jetstream-records.ts';
import { type BucketOptions, BucketStream, type StreamState } from './jetstream-stream.ts';
import { Sweep } from './jetstream-sweep.ts';
import { BucketWrites } from './jetstream-writes.ts';
import { assertTransaction } from './memory-store.ts';
import {
  type Following,
  type LogSink,
  type Store,
  type StoredEntry,
  StoreUnavailable,
  type Write,
  type WriteResult,
} from './store.ts';

/** A bucket, and the connection to reach it by. */
export interface JetStreamStoreOptions extends BucketOptions {
  /** Not closed with the store: a bus or another bucket may use it too. */
  readonly connection: NatsLink;
}

/** How often followers are compared with the stream, to find what was lost at the very end of the log. */
const COMPARE_EVERY_MS = 1000;
/** How soon they are when somebody waits for a revision that does not come. */
const COMPARE_SOON_MS = 50;
const READ_TRIES_MAX = 3;
const BARRIER_SECONDS = 60;
const BARRIER_TIMEOUT_MS = 5000;

/** Makes the bucket where it does not exist and opens it. Throws where NATS or JetStream cannot do that. */
export async function openJetStreamStore(options: JetStreamStoreOptions): Promise<Store> {
  const stream = new BucketStream(options.connection, options);
  await stream.open();
  return new JetStreamStore(stream);
}

class JetStreamStore implements Store {
  readonly #stream: BucketStream;
  readonly #link: NatsLink;
  readonly #writes: BucketWrites;
  readonly #followers = new Set<LogFollower>();
  readonly #state: () => Promise<StreamState>;
  readonly #barrier: () => Promise<number>;
  readonly #stopState: () => void;
  /** Who says how many servers the bucket has keeps it. */
  readonly #sweep: Sweep | undefined;
  #cancelCompare: (() => void) | undefined;
  #compareAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(stream: BucketStream) {
    this.#stream = stream;
    this.#link = stream.link;
    this.#writes = new BucketWrites(stream, (records) => this.#tell(records));
    this.#state = coalesced(() => stream.state());
    this.#barrier = coalesced(() => this.#writeBarrier());
    const { replicas, storage } = stream.options;
    if (replicas !== undefined && storage === 'file') this.#sweep = new Sweep(stream.reads);
    this.#stopState = stream.link.onState((state) => {
      if (state === 'connected') {
        this.#sweep?.suspect();
        this.#compareIn(0);
      } else if (state === 'closed') void this.close();
    });
  }

  write(write: Write, envelope: Envelope): Promise<WriteResult> {
    return this.transact([write], envelope);
  }

  async transact(
    writes: readonly Write[],
    envelope: Envelope,
    mayGoOut?: () => boolean,
  ): Promise<WriteResult> {
    if (this.#closed) return { ok: false, reason: 'unavailable', detail: 'the store is closed' };
    assertTransaction(writes);
    return this.#writes.submit(writes, envelope, mayGoOut);
  }

  /** Acknowledged writes of this process: followers need not wait until they come around. */
  #tell(records: readonly LogRecord[]): void {
    for (const follower of this.#followers) {
      if (follower.whole) for (const record of records) follower.receive(record);
    }
  }

  async read(key: string): Promise<StoredEntry | undefined> {
    for (let tries = 1; ; tries += 1) {
      this.#assertOpen();
      try {
        const record = await this.#stream.reads.last(key);
        if (record === undefined || record.event.operation === 'delete') return undefined;
        const { value, revision, envelope } = record.event;
        return { key, value, revision, envelope };
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || tries >= READ_TRIES_MAX) throw error;
      }
    }
  }

  /**
   * One server alone knows its last revision. Of several, one that was deposed may not know it yet, and NATS has
   * no quorum read: a written barrier does what that would do.
   */
  async lastRevision(): Promise<number> {
    this.#assertOpen();
    if (this.#stream.replicas > 1) return this.#barrier();
    return (await this.#state()).lastRevision;
  }

  async #writeBarrier(): Promise<number> {
    const key = `${BARRIER_PREFIX}/${this.#link.ids.messageId()}`;
    const subject = this.#stream.subjectPrefix + keyToTokens(key);
    const lines = barrierLines(BARRIER_SECONDS);
    const nothing = new Uint8Array(0);
    const answer = await this.#link.request(subject, lines, nothing, BARRIER_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const { seq, error } = JSON.parse(answer.string()) as {
      seq?: number;
      error?: { description: string };
    };
    if (seq === undefined || error !== undefined) {
      throw new StoreUnavailable(error?.description ?? 'no revision');
    }
    return seq;
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
  }

  follow(sink: LogSink, prefixes?: readonly string[]): Following {
    this.#assertOpen();
    const follower = new LogFollower(this.#stream, this.#state, sink, prefixes);
    this.#followers.add(follower);
    this.#compareIn(COMPARE_EVERY_MS);
    return {
      poll: () => this.#compareIn(follower.whole ? COMPARE_SOON_MS : 0),
      close: () => {
        follower.close();
        this.#followers.delete(follower);
      },
    };
  }

  /** Compares in a while, unless that is due earlier already. */
  #compareIn(delayMs: number): void {
    const atMs = this.#link.clock.nowMs() + delayMs;
    if (this.#closed || this.#followers.size === 0 || this.#compareAtMs <= atMs) return;
    this.#cancelCompare?.();
    this.#compareAtMs = atMs;
    this.#cancelCompare = this.#link.clock.setTimer(delayMs, () => {
      this.#compareAtMs = Number.POSITIVE_INFINITY;
      void this.#compare().then(() => this.#compareIn(COMPARE_EVERY_MS));
    });
  }

  async #compare(): Promise<void> {
    if (this.#link.state !== 'connected') return;
    const reached = new Map([...this.#followers].map((follower) => [follower, follower.reached]));
    try {
      const state = await this.#state();
      for (const [follower, then] of reached) follower.compare(state, then);
      void this.#sweep?.look(state.servers);
    } catch (error) {
      // Without an answer there is nothing to compare with; the next look comes in a second.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopState();
    this.#cancelCompare?.();
    for (const follower of this.#followers) follower.close();
    this.#followers.clear();
  }
}
