/**
 * The stream below a bucket: made, brought up to date, asked about.
 *
 * Never creates a bucket on disk twice: one that has vanished is an operator's matter, not ours to replace by an
 * empty one. A bucket in memory vanishes with its server, and is made again with later revisions.
 */
import type { Msg } from '@nats-io/transport-node';
import { sleep } from '../clock.ts';
import type { NatsLink } from '../nats-link.ts';
import { API_TIMEOUT_MS, type ApiError, BucketReads } from './jetstream-reads.ts';
import { type LogRecord, recordOf } from './jetstream-records.ts';
import { StoreUnavailable } from './store.ts';

/** What a bucket is. */
export interface BucketOptions {
  readonly bucket: string;
  /** The first token of the cluster's subjects. */
  readonly clusterName: string;
  readonly storage: 'file' | 'memory';
  /** Servers that keep each message; absent: as many as it has, and one where it does not exist yet. */
  readonly replicas?: number | undefined;
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
  /** Who leads and which servers are there, in one text; '' where one has it. */
  readonly servers: string;
}

/** Versions of a key kept where `historyPerKey` is absent. */
export const HISTORY_PER_KEY = 8;
/** How long a bucket tells that a value has outlived its time. */
const MARKER_SECONDS = 60;
const OPEN_TIMEOUT_MS = 15_000;
const OPEN_RETRY_MS = 50;
/** A bucket made again in memory starts this far behind what was known of the last one. */
const REVISION_LEAP = 1_000_000;

const ERROR = { streamNotFound: 10059, streamNameInUse: 10058, invalidJson: 10025 } as const;

type StreamConfig = Record<string, unknown> & {
  readonly first_seq?: number;
  readonly num_replicas?: number;
};

interface StreamResponse {
  readonly error?: ApiError;
  readonly config?: StreamConfig;
  readonly created?: string;
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly name: string; readonly current?: boolean }[];
  };
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
  readonly reads: BucketReads;
  /** As the stream has it, once it is open. */
  replicas: number;
  #lastKnown = 0;

  constructor(link: NatsLink, options: BucketOptions) {
    this.link = link;
    this.options = options;
    this.name = `KV_${options.bucket}`;
    this.subjectPrefix = `$KV.${options.bucket}.`;
    this.logPrefix = `${options.logSubject ?? `${options.clusterName}.log`}.`;
    this.replicas = options.replicas ?? 1;
    this.reads = new BucketReads(link, this.name, this.subjectPrefix, () => this.replicas);
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
    const exists = found.error?.err_code !== ERROR.streamNotFound;
    if (exists && found.error !== undefined) return problemOf(found.error);
    this.#note(found);
    const wanted = this.#config();
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
    const { storage, expiring, historyPerKey } = this.options;
    return {
      name: this.name,
      subjects: [`${this.subjectPrefix}>`],
      retention: 'limits',
      discard: 'new',
      storage,
      num_replicas: this.replicas,
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
    this.#note(info);
    return {
      created: info.created ?? '',
      firstRevision: info.state.first_seq,
      lastRevision: info.state.last_seq,
      messages: info.state.messages,
      servers: serversOf(info),
    };
  }

  /** Who does not say how many servers it has goes by what there are. */
  #note({ config }: StreamResponse): void {
    const { replicas } = this.options;
    if (replicas === undefined && config !== undefined) this.replicas = config.num_replicas ?? 1;
  }

  /** Makes a bucket in memory again where its server has forgotten it. */
  async makeAgain(): Promise<void> {
    if (this.options.storage === 'memory') await this.#tryOpen();
  }
}

function serversOf({ cluster }: StreamResponse): string {
  const others = cluster?.replicas ?? [];
  if (others.length === 0) return '';
  const there = others.filter(({ current }) => current === true).map(({ name }) => name);
  return [cluster?.leader, ...there.sort()].join(' ');
}

function problemOf({ code, err_code, description }: ApiError): { text: string; retry: boolean } {
  // 500: a busy server could not make the files of a stream, which it can a moment later.
  const passes = code === 503 || code === 500 || err_code === ERROR.streamNameInUse;
  return { text: description, retry: passes };
}

/** True where the stream is as wanted; what the server adds of its own does not count. */
function sameConfig(wanted: Record<string, unknown>, found: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => JSON.stringify(found[name] ?? -1) === JSON.stringify(value),
  );
}
