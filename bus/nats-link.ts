/**
 * One connection to NATS: publish, ask, subscribe, and know whether it is up.
 *
 * Reconnects for ever. Never buffers what is sent while it is down: that would be stored long after its sender
 * has given up. One inbox subscription serves all questions. A throw in a callback never reaches the client's
 * read loop, which would not survive it.
 */
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { type Clock, systemClock } from './clock.ts';
import { LinkFaults, type LinkFaultsOptions } from './faults/link-faults.ts';
import { createIds, type Ids, systemRandom } from './ids.ts';
import {
  headerLine,
  headerStatus,
  headerText,
  headerValue,
  KIND_HEADER,
  rawHeaders,
} from './nats-headers.ts';
import { Pending } from './pending.ts';
import { type ConnectionState, guarded, isInbox, type WireError } from './wire.ts';

/** How to reach NATS and as whom. */
export interface NatsOptions {
  /** Addresses; a user and password, or a token, may be part of an address. */
  readonly servers: readonly string[];
  /** The connection's name, as server logs show it. */
  readonly name: string;
  /** NKey seed. */
  readonly seed?: string;
  /** Contents of a credentials file. */
  readonly credentials?: string;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  /** Private to this user; subjects below it reach this connection alone. */
  readonly inboxPrefix?: string;
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Told what the server refuses, such as a subject without permission. */
  readonly onError?: (error: Error) => void;
  /** Message faults; only where chaos is asked for. */
  readonly faults?: LinkFaultsOptions;
}

const CONNECT_TIMEOUT_MS = 5000;
const RECONNECT_WAIT_MS = 100;
const RECONNECT_JITTER_MS = 150;
/** A silent server is given up after three of these. */
const PING_EVERY_MS = 2000;
/** A stream of answers that pauses for this long has lost one. */
const ANSWERS_PAUSE_MS = 5000;

type Answer = Msg | WireError;

const NOTHING = new Uint8Array(0);

/** Connects; throws where the first attempt fails. */
export async function connectNats(options: NatsOptions): Promise<NatsLink> {
  const ids = options.ids ?? createIds(systemRandom());
  const connection = await connect(connectionOptions(options));
  return new NatsLink(connection, options, ids);
}

function connectionOptions(options: NatsOptions): ConnectionOptions {
  const { seed, credentials, tls, inboxPrefix } = options;
  const login = loginOf(options.servers[0] ?? '');
  const encode = (text: string) => new TextEncoder().encode(text);
  return {
    servers: options.servers.map((server) => server.replace(/\/\/[^@/]*@/, '//')),
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    pingInterval: PING_EVERY_MS,
    maxPingOut: 2,
    timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    noAsyncTraces: true,
    ignoreAuthErrorAbort: true,
    ...login,
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(encode(seed)) }),
    ...(credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(encode(credentials)) }),
    ...(tls === undefined && !options.servers.some((server) => server.startsWith('tls://'))
      ? {}
      : { tls: { ...tls } }),
  };
}

function loginOf(server: string): { user?: string; pass?: string; token?: string } {
  const login = /\/\/([^@/]*)@/.exec(server)?.[1];
  if (login === undefined) return {};
  const [user = '', pass] = login.split(':').map(decodeURIComponent);
  return pass === undefined ? { token: user } : { user, pass };
}

/** See the file comment. */
export class NatsLink {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Subjects below it reach this connection alone. */
  readonly inbox: string;
  readonly #connection: NatsConnection;
  readonly #requests: Pending<Answer>;
  readonly #streams = new Set<(error: WireError) => void>();
  readonly #handlers = new Set<(state: ConnectionState) => void>();
  readonly #onError: (error: Error) => void;
  readonly #faults: LinkFaults | undefined;
  #state: ConnectionState = 'connected';
  #payloadMax: number;
  #streamCount = 0;

  constructor(connection: NatsConnection, options: NatsOptions, ids: Ids) {
    this.#connection = connection;
    this.clock = options.clock ?? systemClock;
    this.ids = ids;
    this.#onError = options.onError ?? (() => {});
    this.#faults = options.faults && new LinkFaults(options.faults, options.name, this.clock);
    this.inbox = `${options.inboxPrefix ?? '_INBOX'}.${ids.token()}`;
    this.#requests = new Pending(this.clock);
    this.#payloadMax = connection.info?.max_payload ?? 1024 * 1024;
    const at = this.inbox.length + 3;
    this.subscribe(`${this.inbox}.r.*`, undefined, (message) => {
      const token = message.subject.slice(at);
      if (!isAssurance(message)) this.#requests.settle(token, message);
      else if (this.#requests.heard(token) && isInbox(message.reply ?? '')) {
        this.#await(message.reply ?? '');
      }
    });
    void this.#watchStatus();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Bytes that the headers and the body of one message may have together. */
  get payloadMax(): number {
    return this.#payloadMax;
  }

  /** The version of the server, as it says. */
  get serverVersion(): string {
    return this.#connection.info?.version ?? 'unknown';
  }

  async #watchStatus(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#changed('disconnected');
      else if (status.type === 'reconnect') {
        this.#payloadMax = this.#connection.info?.max_payload ?? this.#payloadMax;
        this.#changed('connected');
      } else if (status.type === 'error') this.#onError(status.error);
    }
    this.#changed('closed');
  }

  #changed(state: ConnectionState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    if (state !== 'connected') {
      this.#requests.settleAll('disconnected');
      for (const finish of [...this.#streams]) finish('disconnected');
    }
    for (const handler of [...this.#handlers]) handler(state);
  }

  onState(handler: (state: ConnectionState) => void): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Publishes, or drops the message where the connection is down. Throws where the body is too large. */
  publish(subject: string, lines: string, body: Uint8Array, reply?: string): void {
    if (this.#faults === undefined) this.#publish(subject, lines, body, reply);
    else this.#faults.send(subject, () => this.#publish(subject, lines, body, reply));
  }

  #publish(subject: string, lines: string, body: Uint8Array, reply: string | undefined): void {
    if (this.#state !== 'connected' || this.#connection.isClosed()) return;
    this.#connection.publish(subject, body, {
      ...(lines === '' ? {} : { headers: rawHeaders(lines) }),
      ...(reply === undefined ? {} : { reply }),
    });
  }

  #await(reply: string): void {
    this.publish(reply, headerLine(KIND_HEADER, 'await '), NOTHING);
  }

  /** Asks one question and calls back with the one answer. */
  ask(
    subject: string,
    lines: string,
    body: Uint8Array,
    timeoutMs: number,
    settle: (answer: Answer) => void,
    silentMs?: number,
  ): void {
    if (this.#state !== 'connected') {
      settle('disconnected');
      return;
    }
    const answered = (answer: Answer) => {
      const nobody = typeof answer !== 'string' && isNoResponders(answer);
      settle(nobody ? 'no responders' : answer);
    };
    const token = this.#requests.add(timeoutMs, 'timeout', answered, silentMs);
    this.publish(subject, lines, body, `${this.inbox}.r.${token}`);
  }

  /** Asks one question; the answer, or why there is none. */
  request(
    subject: string,
    lines: string,
    body: Uint8Array,
    timeoutMs: number,
    silentMs?: number,
  ): Promise<Answer> {
    return new Promise((resolve) => this.ask(subject, lines, body, timeoutMs, resolve, silentMs));
  }

  /**
   * Asks one question that many messages answer; `isLast` is called with each and tells the last. They come on a
   * subscription of their own, because what a consumer delivers keeps the subject it was stored under.
   */
  requestMany(
    subject: string,
    body: Uint8Array,
    isLast: (message: Msg) => boolean,
  ): Promise<'complete' | WireError> {
    if (this.#state !== 'connected') return Promise.resolve('disconnected');
    this.#streamCount += 1;
    const inbox = `${this.inbox}.s.${this.#streamCount.toString(36)}`;
    return new Promise((resolve) => {
      const finish = (outcome: 'complete' | WireError) => {
        cancel();
        stop();
        this.#streams.delete(finish);
        resolve(outcome);
      };
      const wait = () => this.clock.setTimer(ANSWERS_PAUSE_MS, () => finish('timeout'));
      let cancel = wait();
      const stop = this.subscribe(inbox, undefined, (answer) => {
        if (!this.#streams.has(finish)) return;
        if (isNoResponders(answer)) finish('no responders');
        else if (isLast(answer)) finish('complete');
        else {
          cancel();
          cancel = wait();
        }
      });
      this.#streams.add(finish);
      this.publish(subject, '', body, inbox);
    });
  }

  /** Receives every message of a subject; returns how to stop. Survives reconnects. */
  subscribe(
    subject: string,
    queue: string | undefined,
    receive: (message: Msg) => void,
  ): () => void {
    const whole = guarded(receive);
    const run = this.#faults?.receiver(subject, whole) ?? whole;
    const subscription = this.#connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => (error === null ? run(message) : this.#onError(error)),
    });
    return () => subscription.unsubscribe();
  }

  /** Hands a problem that nobody waits for to the connection's owner. */
  report(error: Error): void {
    this.#onError(error);
  }

  /**
   * Hands what was published to the system now, in place of at the end of this turn: for a process that may die before.
   * The library has no public way to do so.
   */
  flushNow(): void {
    const { protocol } = this.#connection as unknown as Flushable;
    protocol?.flushPending?.();
  }

  /** Resolves when the server has everything that was published before. */
  async flush(): Promise<void> {
    if (this.#state === 'connected') await this.#connection.flush();
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    this.#faults?.close();
    if (this.#connection.isClosed()) return;
    // A connection that went silent would never answer the flush; closing must end all the same.
    const flushed = this.flush().catch(() => {});
    const late = new Promise<void>((resolve) => {
      const cancel = this.clock.setTimer(PING_EVERY_MS, resolve);
      void flushed.then(cancel);
    });
    await Promise.race([flushed, late]);
    this.#changed('closed');
    await this.#connection.close();
  }
}

function isAssurance(message: Msg): boolean {
  return message.data.length === 0 && headerValue(headerText(message), KIND_HEADER) === 'assure';
}

/** What of the library's connection is not in its types. */
interface Flushable {
  readonly protocol?: { flushPending?(): void };
}

function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && headerStatus(headerText(message)) === 503;
}
