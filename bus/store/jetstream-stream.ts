/**
 * The stream below a bucket: made, brought up to date, asked about, read in ranges. Speaks JetStream's API as it
 * is on the wire; the client's helpers hide errors and leak subscriptions.
 *
 * Never creates a bucket on disk twice: one that has vanished is an operator's matter, not ours to replace by an
 * empty one. A bucket in memory vanishes with its server, and is made again with later revisions.
 */
import type { Msg } from '@nats-io/transport-node';
import { sleep } from '../clock.ts';
import { headerStatus, headerText, headerValue } from '../nats-headers.ts';
import type { NatsLink } from '../nats-link.ts';
import { keyToTokens, tokensToKey } from '../subjects.ts';
import { type LogRecord, recordFrom, recordOf } from './jetstream-records.ts';
import { StoreUnavailable } from './store.ts';

/** What a bucket is. */
export interface BucketOptions {
  readonly bucket: string;
  /** The first token of the cluster's subjects. */
  readonly clusterName: string;
  readonly storage: 'file' | 'memory';
  readonly replicas: number;
  /** Where stored messages are republished; `<cluster>.log` where absent. Each bucket needs its own. */
  readonly logSubject?: string;
  /** Values may have a lifetime; such a bucket keeps the newest version of a key only. */
  readonly expiring?: boolean;
  /** Versions of a key kept for followers that were away. */
  readonly historyPerKey?: number;
}

/** The stream as it is now. `created` changes when it was made anew. */
export interface StreamState {
  readonly created: string;
  readonly firstRevision: number;
  readonly lastRevision: number;
  /** Stored messages, all versions of all keys. */
  readonly messages: number;
}

/** Versions of a key kept where `historyPerKey` is absent. */
export const HISTORY_PER_KEY = 8;
/** How long a bucket tells that a value has outlived its time. */
const MARKER_SECONDS = 60;
const READ_BATCH = 1000;
const READ_BYTES_MAX = 8 * 1024 * 1024;
/** A consumer that nobody asks is removed by the server after this long. */
const CONSUMER_IDLE_SECONDS = 10;
const API_TIMEOUT_MS = 2000;
const OPEN_TIMEOUT_MS = 15_000;
const OPEN_RETRY_MS = 50;
/** A bucket made again in memory starts this far behind what was known of the last one. */
const REVISION_LEAP = 1_000_000;

const ERROR = { streamNotFound: 10059, streamNameInUse: 10058, invalidJson: 10025 } as const;

interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

type StreamConfig = Record<string, unknown> & { readonly first_seq?: number };

interface ConsumerResponse {
  readonly error?: ApiError;
  readonly num_pending?: number;
}

interface StreamResponse {
  readonly error?: ApiError;
  readonly config?: StreamConfig;
  readonly created?: string;
  readonly state?: {
    readonly first_seq: number;
    readonly last_seq: number;
    readonly messages: number;
  };
}

/** One bucket's stream. */
export class BucketStream {
  readonly link: NatsLink;
  readonly name: string;
  readonly options: BucketOptions;
  readonly subjectPrefix: string;
  readonly logPrefix: string;
  #lastKnown = 0;

  constructor(link: NatsLink, options: BucketOptions) {
    this.link = link;
    this.options = options;
    this.name = `KV_${options.bucket}`;
    this.subjectPrefix = `$KV.${options.bucket}.`;
    this.logPrefix = `${options.logSubject ?? `${options.clusterName}.log`}.`;
  }

  /** Makes the stream or brings it up to date; throws with a sentence where that cannot be. */
  async open(): Promise<void> {
    const deadline = this.link.clock.nowMs() + OPEN_TIMEOUT_MS;
    for (;;) {
      const problem = await this.#tryOpen();
      if (problem === undefined) return;
      if (!problem.retry || this.link.clock.nowMs() > deadline) {
        throw new StoreUnavailable(`bucket ${this.options.bucket}: ${problem.text}`);
      }
      await sleep(this.link.clock, OPEN_RETRY_MS);
    }
  }

  async #tryOpen(): Promise<{ text: string; retry: boolean } | undefined> {
    const found = await this.#api('INFO', {});
    if (typeof found === 'string') return { text: found, retry: true };
    const wanted = this.#config();
    const exists = found.error?.err_code !== ERROR.streamNotFound;
    if (exists && found.error !== undefined) return problemOf(found.error);
    if (exists && sameConfig(wanted, found.config ?? {})) return undefined;
    const config = exists
      ? { ...found.config, ...wanted, first_seq: found.config?.first_seq }
      : { ...wanted, ...this.#firstRevision() };
    const made = await this.#api(exists ? 'UPDATE' : 'CREATE', config);
    if (typeof made === 'string') return { text: made, retry: true };
    if (made.error === undefined) return undefined;
    if (made.error.err_code === ERROR.invalidJson) {
      const text = `nats-server 2.12 or newer is required, this one is ${this.link.serverVersion}`;
      return { text, retry: false };
    }
    return problemOf(made.error);
  }

  #config(): Record<string, unknown> {
    const { storage, replicas, expiring, historyPerKey } = this.options;
    return {
      name: this.name,
      subjects: [`${this.subjectPrefix}>`],
      retention: 'limits',
      discard: 'new',
      storage,
      num_replicas: replicas,
      max_msgs_per_subject: expiring === true ? 1 : (historyPerKey ?? HISTORY_PER_KEY),
      max_msgs: -1,
      max_bytes: -1,
      compression: 'none',
      allow_direct: true,
      allow_atomic: true,
      allow_msg_ttl: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      republish: { src: `${this.subjectPrefix}>`, dest: `${this.logPrefix}>` },
      ...(expiring === true ? { subject_delete_marker_ttl: MARKER_SECONDS * 1e9 } : {}),
    };
  }

  /** Revisions in memory never go back, even when all who knew the last one are gone: they start at the clock. */
  #firstRevision(): Record<string, unknown> {
    if (this.options.storage !== 'memory') return {};
    const leap = this.#lastKnown === 0 ? 0 : this.#lastKnown + REVISION_LEAP;
    return { first_seq: Math.max(leap, Math.floor(this.link.clock.nowMs())) };
  }

  async #api(verb: string, body: unknown): Promise<StreamResponse | string> {
    const subject = `$JS.API.STREAM.${verb}.${this.name}`;
    const text = verb === 'INFO' ? '' : JSON.stringify(body);
    const answer = await this.link.request(subject, '', Buffer.from(text), API_TIMEOUT_MS);
    if (answer === 'no responders') return 'JetStream is not available';
    if (typeof answer === 'string') return `no answer from JetStream: ${answer}`;
    return JSON.parse(answer.string()) as StreamResponse;
  }

  /** A message of this bucket, republished or read; undefined where it is something else. */
  record(message: Msg): LogRecord | undefined {
    return recordOf(message, this.subjectPrefix);
  }

  /** Asks the leader. Throws `StoreUnavailable`. */
  async state(): Promise<StreamState> {
    const info = await this.#api('INFO', {});
    if (typeof info === 'string') throw new StoreUnavailable(info);
    if (info.error?.err_code === ERROR.streamNotFound) await this.makeAgain();
    if (info.error !== undefined || info.state === undefined) {
      throw new StoreUnavailable(info.error?.description ?? 'the stream has no state');
    }
    this.#lastKnown = Math.max(this.#lastKnown, info.state.last_seq);
    return {
      created: info.created ?? '',
      firstRevision: info.state.first_seq,
      lastRevision: info.state.last_seq,
      messages: info.state.messages,
    };
  }

  /** Makes a bucket in memory again where its server has forgotten it. */
  async makeAgain(): Promise<void> {
    if (this.options.storage === 'memory') await this.#tryOpen();
  }

  /** The newest message of a key, tombstones included. Throws `StoreUnavailable`. */
  async last(key: string): Promise<LogRecord | undefined> {
    const subject = this.subjectPrefix + keyToTokens(key);
    if (this.options.replicas > 1) return this.#fromLeader({ last_by_subj: subject });
    const api = `$JS.API.DIRECT.GET.${this.name}.${subject}`;
    const answer = await this.link.request(api, '', new Uint8Array(0), API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const status = headerStatus(headerText(answer));
    if (status === 404) return undefined;
    if (status !== 0) throw new StoreUnavailable(`direct get answers ${status}`);
    return recordOf(answer, this.subjectPrefix);
  }

  async #fromLeader(query: Record<string, unknown>): Promise<LogRecord | undefined> {
    const api = `$JS.API.STREAM.MSG.GET.${this.name}`;
    const body = Buffer.from(JSON.stringify(query));
    const answer = await this.link.request(api, '', body, API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const { error, message } = JSON.parse(answer.string()) as {
      error?: ApiError;
      message?: { subject: string; seq: number; hdrs?: string; data?: string };
    };
    if (error?.code === 404) return undefined;
    if (message === undefined) throw new StoreUnavailable(error?.description ?? 'no message');
    const key = tokensToKey(message.subject.slice(this.subjectPrefix.length));
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
      next_by_subj: this.subjectPrefix + tokens,
    };
    let status = 0;
    let pending = '0';
    const api = `$JS.API.DIRECT.GET.${this.name}`;
    const isLast = (message: Msg) => {
      const text = headerText(message);
      status = headerStatus(text);
      if (status !== 0) {
        pending = headerValue(text, 'Nats-Num-Pending') ?? '0';
        return true;
      }
      const record = recordOf(message, this.subjectPrefix);
      if (record !== undefined) receive(record);
      return false;
    };
    const outcome = await this.link.requestMany(api, Buffer.from(JSON.stringify(query)), isLast);
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
  ): Promise<void> {
    const name = `boot-${this.link.ids.messageId()}`;
    const config = {
      name,
      deliver_policy: 'last_per_subject',
      ack_policy: 'none',
      replay_policy: 'instant',
      filter_subjects: tokens.map((each) => this.subjectPrefix + each),
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: CONSUMER_IDLE_SECONDS * 1e9,
    };
    const body = { stream_name: this.name, action: 'create', config };
    const made = await this.#consumerApi('CREATE', name, body);
    let pending = made.num_pending ?? 0;
    let last = 0;
    try {
      while (pending > 0 && last < upToRevision) {
        [pending, last] = await this.#pull(name, receive);
      }
    } finally {
      this.link.publish(`$JS.API.CONSUMER.DELETE.${this.name}.${name}`, '', new Uint8Array(0));
    }
  }

  async #consumerApi(verb: string, name: string, body: unknown): Promise<ConsumerResponse> {
    const api = `$JS.API.CONSUMER.${verb}.${this.name}.${name}`;
    const text = Buffer.from(JSON.stringify(body));
    const answer = await this.link.request(api, '', text, API_TIMEOUT_MS);
    if (typeof answer === 'string') throw new StoreUnavailable(answer);
    const response = JSON.parse(answer.string()) as ConsumerResponse;
    if (response.error !== undefined) throw new StoreUnavailable(response.error.description);
    return response;
  }

  /** One batch of a consumer; how many messages are left, and the revision of the last. */
  async #pull(name: string, receive: (record: LogRecord) => void): Promise<[number, number]> {
    const api = `$JS.API.CONSUMER.MSG.NEXT.${this.name}.${name}`;
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
      const key = tokensToKey(message.subject.slice(this.subjectPrefix.length));
      receive(recordFrom(text, key, last, new Uint8Array(message.data)));
      count += 1;
      return count === READ_BATCH;
    };
    const outcome = await this.link.requestMany(api, Buffer.from(JSON.stringify(query)), isLast);
    if (outcome !== 'complete') throw new StoreUnavailable(outcome);
    if (count === 0) throw new StoreUnavailable('the consumer has gone');
    return [pending, last];
  }

  /** True where the leader has no message from a revision on; what another replica says proves nothing. */
  async isEnd(fromRevision: number, tokens: string): Promise<boolean> {
    if (this.options.replicas === 1) return true;
    const query = { seq: fromRevision, next_by_subj: this.subjectPrefix + tokens };
    return (await this.#fromLeader(query)) === undefined;
  }
}

function problemOf({ code, err_code, description }: ApiError): { text: string; retry: boolean } {
  return { text: description, retry: code === 503 || err_code === ERROR.streamNameInUse };
}

/** True where the stream is as wanted; what the server adds of its own does not count. */
function sameConfig(wanted: Record<string, unknown>, found: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => JSON.stringify(found[name] ?? -1) === JSON.stringify(value),
  );
}
