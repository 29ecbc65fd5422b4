/**
 * The bus contract: what actors may ask of a message bus, whether it is NATS or the in-process one.
 *
 * Implementations: `nats-bus.ts` (NATS core) and `virtual-bus.ts` (in process, for simulation and tests).
 * One contract suite runs over both. Bodies are plain data (records, arrays, strings, numbers, Uint8Array).
 * Delivery is at most once and ordered per sender and subject: messages are hints, the store is truth.
 * Never knows what a body means.
 */
import type { Envelope } from './envelope.ts';

/** A message as a subscriber receives it. */
export interface Message {
  readonly subject: string;
  readonly envelope: Envelope;
  readonly body: unknown;
  /** Of a request to who assures: false once who asked may have given up. */
  readonly isAwaited?: () => boolean;
}

/** Answers one request; calling it twice, or for a tell, does nothing. */
export type Respond = (body: unknown, envelope: Envelope) => void;

/** The outcome of a request. What is expected to fail is a value, not an exception. */
export type Reply =
  | { readonly ok: true; readonly body: unknown; readonly envelope: Envelope }
  | { readonly ok: false; readonly error: 'timeout' | 'no responders' | 'disconnected' };

/** A live subscription; `close` is idempotent. */
export interface Subscription {
  close(): void;
}

/** Why a channel ended: the peer's own `end`, a lost peer or connection, or an overrun window. */
export type ChannelEnd =
  | { readonly kind: 'ended'; readonly body?: unknown }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * A two-way stream with an explicit end, credit-based flow control and liveness checks. The opener and
 * the acceptor see the same shape. Messages arrive in order, each once; after `onEnd` nothing arrives.
 */
export interface Channel {
  /**
   * Sends one message. False means the window is full: the message is sent all the same, when there is room, but
   * wait for `onDrain` before sending more; a sender that never waits overruns the window and loses the channel.
   */
  send(body: unknown): boolean;
  /**
   * Ends the channel for both sides, after what was sent before; `body` is handed to the peer's `onEnd`. Nothing
   * arrives here any more, and the own `onEnd` is not called.
   */
  end(body?: unknown): void;
  /** Takes no more messages, so that the peer's window fills; what is on the way arrives after `resume`. */
  pause(): void;
  resume(): void;
  onMessage: ((body: unknown) => void) | undefined;
  onDrain: (() => void) | undefined;
  onEnd: ((end: ChannelEnd) => void) | undefined;
}

/** An opening request seen by the acceptor: accept it to get a channel, or refuse it with a body. */
export interface Opening extends Message {
  accept(): Channel;
  refuse(body: unknown): void;
}

export type OpenResult =
  | { readonly ok: true; readonly channel: Channel }
  | { readonly ok: false; readonly error: 'timeout' | 'no responders' | 'disconnected' }
  | { readonly ok: false; readonly error: 'refused'; readonly body: unknown };

/** What actors may ask of the bus. All subjects are complete (they start with the cluster's name). */
export interface Bus {
  /** Fire and forget. */
  tell(subject: string, body: unknown, envelope: Envelope): void;
  /**
   * One request, one reply. Where `silentMs` is given, the answerer must be one that assures: the request fails as
   * timed out also when nobody was heard for so long, so that the end of an answerer is noticed soon.
   */
  request(
    subject: string,
    body: unknown,
    envelope: Envelope,
    timeoutMs: number,
    silentMs?: number,
  ): Promise<Reply>;
  /**
   * Receives what is sent to a subject (wildcards `*` and `>`); a queue group shares the load. One that `assures` tells
   * who asked, every `ASSURE_EVERY_MS`, that it is still at work on the answer, and knows whether it is waited for.
   */
  subscribe(
    subject: string,
    handler: (message: Message, respond: Respond) => void,
    options?: { readonly queue?: string; readonly assures?: boolean },
  ): Subscription;
  /** Opens a channel to whoever serves the subject. */
  open(subject: string, body: unknown, envelope: Envelope, timeoutMs: number): Promise<OpenResult>;
  /** Serves channels opened to the subject. */
  serve(
    subject: string,
    handler: (opening: Opening) => void,
    options?: { readonly queue?: string },
  ): Subscription;
  /** Called on every change of the connection; the virtual bus reports what a test injects. */
  onConnection(handler: (state: 'connected' | 'disconnected' | 'closed') => void): Subscription;
  /** Flushes what was sent and closes; open channels end as lost. */
  close(): Promise<void>;
}
