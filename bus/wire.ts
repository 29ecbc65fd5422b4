/**
 * What a bus needs of whatever carries its messages: NATS, or this process.
 *
 * `wire-bus.ts` builds the whole bus on it, so that the two kinds of bus differ in carriage alone.
 */
import type { Envelope } from './envelope.ts';

/**
 * What a frame is for; `message` is a tell, a request or a reply, `assure` says to who asked that the answer is being
 * worked on, and `await` says back that it is waited for.
 */
export type FrameKind = 'message' | 'open' | 'accept' | 'refuse' | 'channel' | 'assure' | 'await';

/** A frame that says what it is and nothing else. */
export const bare = (kind: 'assure' | 'await'): Frame => ({
  ...{ kind, envelope: undefined, details: '', body: undefined },
});

/** One message on the wire. `details` are the few words that opening a channel needs. */
export interface Frame {
  readonly kind: FrameKind;
  readonly envelope: Envelope | undefined;
  readonly details: string;
  readonly body: unknown;
}

/** A frame that arrived; `reply` where the sender waits for an answer, always an inbox. */
export interface Arrived extends Frame {
  readonly subject: string;
  readonly reply: string | undefined;
}

/** Why a request has no answer. */
export type WireError = 'timeout' | 'no responders' | 'disconnected';

/** The state of a connection. */
export type ConnectionState = 'connected' | 'disconnected' | 'closed';

/** Carries frames. What is published while disconnected is dropped. */
export interface Wire {
  readonly state: ConnectionState;
  /** Subjects below it reach this connection alone. */
  readonly inbox: string;
  publish(subject: string, frame: Frame, reply?: string): void;
  /** Gives up after `timeoutMs`, and after `silentMs` without an answer or an assurance; answers assurances. */
  request(
    subject: string,
    frame: Frame,
    timeoutMs: number,
    silentMs?: number,
  ): Promise<Arrived | WireError>;
  /** Calls back for every frame; returns how to stop. */
  subscribe(
    subject: string,
    queue: string | undefined,
    receive: (frame: Arrived) => void,
  ): () => void;
  onState(handler: (state: ConnectionState) => void): () => void;
  close(): Promise<void>;
}

/**
 * True of a subject that answers go to. Nobody is answered elsewhere: whoever may ask could otherwise have the answerer
 * publish where he himself must not.
 */
export function isInbox(subject: string): boolean {
  return subject.startsWith('_INBOX');
}

/** Thrown by a send whose body exceeds what the wire carries: a bug of the sender, who must split it. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor(subject: string, bytes: number, max: number) {
    super(`a body of ${bytes} bytes for ${subject} exceeds the ${max} bytes a message may have`);
  }
}

/** Runs a callback of the bus's user; a throw is a bug there, and must not break the delivery of others. */
export function guarded<A extends unknown[]>(callback: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      callback(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
