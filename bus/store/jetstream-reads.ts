/**
 * Reading a bucket's messages: the newest of a key, ranges, the newest of all keys. Speaks JetStream's API as it
 * is on the wire; the client's helpers leak a subscription for each batch and hide where it ended.
 */
import type { Msg } from '@nats-io/transport-node';
import { headerStatus, headerText, headerValue } from '../nats-headers.ts';
import type { NatsLink } from '../nats-link.ts';
import { keyToTokens, tokensToKey } from '../subjects.ts';
import { type LogRecord, recordFrom, recordOf } from './jetstream-records.ts';
import { StoreUnavailable } from './store.ts';

const READ_BATCH = 1000;
const READ_BYTES_MAX = 8 * 1024 * 1024;
/** A consumer that nobody asks is removed by the server after this long. */
const CONSUMER_IDLE_SECONDS = 10;

/** How long a question to JetStream may take. */
export const API_TIMEOUT_MS = 2000;

/** An error as JetStream's API words it. */
export interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

interface ConsumerResponse {
  readonly error?: ApiError;
  readonly num_pending?: number;
}

interface SubjectsResponse extends ConsumerResponse {
  readonly total?: number;
  readonly state?: { readonly subjects?: { readonly [subject: string]: number } };
}

/** Reads the messages of one stream. */
export class BucketReads {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #subjectPrefix: string;
  readonly #replicas: () => number;

  constructor(link: NatsLink, stream: string, subjectPrefix: string, replicas: () => number) {
    this.#link = link;
    this.#stream = stream;
    this.#subjectPrefix = subjectPrefix;
    this.#replicas = replicas;
  }

  /** The newest message of a key, tombstones included. Throws `StoreUnavailable`. */
  async last(key: string): Promise<LogRecord | undefined> {
    const subject = this.#subjectPrefix + keyToTokens(key);
    if (this.#replicas() > 1) return this.#fromLeader({ last_by_subj: subject });
    const api = `$JS.API.DIRECT.GET.${this.#stream}.${subject}`;
    const answer = await this.#link.request(api, '', new Uint8Array(0), API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const status = headerStatus(headerText(answer));
    if (status === 404) return undefined;
    if (status !== 0) throw new StoreUnavailable(`direct get answers ${status}`);
    return recordOf(answer, this.#subjectPrefix);
  }

  async #fromLeader(query: Record<string, unknown>): Promise<LogRecord | undefined> {
    const api = `$JS.API.STREAM.MSG.GET.${this.#stream}`;
    const body = Buffer.from(JSON.stringify(query));
    const answer = await this.#link.request(api, '', body, API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const { error, message } = JSON.parse(answer.string()) as {
      error?: ApiError;
      message?: { subject: string; seq: number; hdrs?: string; data?: string };
    };
    if (error?.code === 404) return undefined;
    if (message === undefined) throw new StoreUnavailable(error?.description ?? 'no message');
    const key = tokensToKey(message.subject.slice(this.#subjectPrefix.length));
    const text = Buffer.from(message.hdrs ?? '', 'base64').toString('utf8');
    return recordFrom(text, key, message.seq, Buffer.from(message.data ?? '', 'base64'));
  }

  /**
   * Reads one batch of the messages from a revision on whose subject matches `tokens`. Gives true where there are
   * no more, as far as the answering server knows. Throws `StoreUnavailable`.
   */
  async readBatch(
    fromRevision: number,
    tokens: string,
    receive: (record: LogRecord) => void,
  ): Promise<boolean> {
    const query = {
      seq: fromRevision,
      batch: READ_BATCH,
      max_bytes: READ_BYTES_MAX,
      next_by_subj: this.#subjectPrefix + tokens,
    };
    let status = 0;
    let pending = '0';
    const api = `$JS.API.DIRECT.GET.${this.#stream}`;
    const isLast = (message: Msg) => {
      const text = headerText(message);
      status = headerStatus(text);
      if (status !== 0) {
        pending = headerValue(text, 'Nats-Num-Pending') ?? '0';
        return true;
      }
      const record = recordOf(message, this.#subjectPrefix);
      if (record !== undefined) receive(record);
      return false;
    };
    const outcome = await this.#link.requestMany(api, Buffer.from(JSON.stringify(query)), isLast);
    if (outcome !== 'complete') throw new StoreUnavailable(outcome);
    if (status !== 204 && status !== 404)
      throw new StoreUnavailable(`direct get answers ${status}`);
    return pending === '0';
  }

  /**
   * Reads the newest message of every key that some of the patterns match, at least up to a revision; newer ones
   * may be among them. A consumer does that, for as long as this takes: where keys have long histories, it is
   * many times faster than reading all of them. Throws `StoreUnavailable`.
   */
  async readLatest(
    upToRevision: number,
    tokens: readonly string[],
    receive: (record: LogRecord) => void,
    headersOnly = false,
  ): Promise<void> {
    const name = `boot-${this.#link.ids.messageId()}`;
    const config = {
      name,
      deliver_policy: 'last_per_subject',
      ack_policy: 'none',
      replay_policy: 'instant',
      filter_subjects: tokens.map((each) => this.#subjectPrefix + each),
      mem_storage: true,
      headers_only: headersOnly,
      num_replicas: 1,
      inactive_threshold: CONSUMER_IDLE_SECONDS * 1e9,
    };
    const body = { stream_name: this.#stream, action: 'create', config };
    const made = await this.#consumerApi('CREATE', name, body);
    let pending = made.num_pending ?? 0;
    let last = 0;
    try {
      while (pending > 0 && last < upToRevision) {
        [pending, last] = await this.#pull(name, receive);
      }
    } finally {
      this.#link.publish(`$JS.API.CONSUMER.DELETE.${this.#stream}.${name}`, '', new Uint8Array(0));
    }
  }

  async #consumerApi(verb: string, name: string, body: unknown): Promise<ConsumerResponse> {
    const api = `$JS.API.CONSUMER.${verb}.${this.#stream}.${name}`;
    const text = Buffer.from(JSON.stringify(body));
    const answer = await this.#link.request(api, '', text, API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const response = JSON.parse(answer.string()) as ConsumerResponse;
    if (response.error !== undefined) throw new StoreUnavailable(response.error.description);
    return response;
  }

  /** One batch of a consumer; how many messages are left, and the revision of the last. */
  async #pull(name: string, receive: (record: LogRecord) => void): Promise<[number, number]> {
    const api = `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${name}`;
    const query = { batch: READ_BATCH, max_bytes: READ_BYTES_MAX, no_wait: true };
    let count = 0;
    let pending = 0;
    let last = 0;
    const isLast = (message: Msg) => {
      const text = headerText(message);
      if (headerStatus(text) !== 0) return true;
      // $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>, where
      // newer servers may put a domain and an account before the stream.
      const words = (message.reply ?? '').split('.');
      const at = words.length > 9 ? 2 : 0;
      last = Number(words[5 + at]);
      pending = Number(words[8 + at]);
      const key = tokensToKey(message.subject.slice(this.#subjectPrefix.length));
      receive(recordFrom(text, key, last, new Uint8Array(message.data)));
      count += 1;
      return count === READ_BATCH;
    };
    const outcome = await this.#link.requestMany(api, Buffer.from(JSON.stringify(query)), isLast);
    if (outcome !== 'complete') throw new StoreUnavailable(outcome);
    if (count === 0) throw new StoreUnavailable('the consumer has gone');
    return [pending, last];
  }

  /** Keys whose newest message is a tombstone, as tokens. Throws `StoreUnavailable`. */
  async dead(): Promise<readonly string[]> {
    const dead: string[] = [];
    const receive = ({ event, barrier }: LogRecord): void => {
      if (event.operation === 'delete' && !barrier) dead.push(keyToTokens(event.key));
    };
    await this.readLatest(Number.POSITIVE_INFINITY, ['>'], receive, true);
    return dead;
  }

  /** Messages there are of each subject, by its tokens. Throws `StoreUnavailable`. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (let total = 1; counts.size < total; ) {
      const query = { subjects_filter: `${this.#subjectPrefix}>`, offset: counts.size };
      const info = await this.#streamApi<SubjectsResponse>('INFO', query);
      const page = Object.entries(info.state?.subjects ?? {});
      for (const [subject, count] of page) {
        counts.set(subject.slice(this.#subjectPrefix.length), count);
      }
      total = page.length === 0 ? 0 : (info.total ?? counts.size);
    }
    return counts;
  }

  /** Removes all but the newest message of a key. Throws `StoreUnavailable`. */
  async keepNewest(tokens: string): Promise<void> {
    await this.#streamApi('PURGE', { filter: this.#subjectPrefix + tokens, keep: 1 });
  }

  async #streamApi<T extends ConsumerResponse>(verb: string, query: object): Promise<T> {
    const api = `$JS.API.STREAM.${verb}.${this.#stream}`;
    const text = Buffer.from(JSON.stringify(query));
    const answer = await this.#link.request(api, '', text, API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const response = JSON.parse(answer.string()) as T;
    if (response.error !== undefined) throw new StoreUnavailable(response.error.description);
    return response;
  }

  /** True where the leader has no message from a revision on; what another replica says proves nothing. */
  async isEnd(fromRevision: number, tokens: string): Promise<boolean> {
    if (this.#replicas() === 1) return true;
    const query = { seq: fromRevision, next_by_subj: this.#subjectPrefix + tokens };
    return (await this.#fromLeader(query)) === undefined;
  }
}
