/**
 * Message faults of a live process: the rules of `message-rules.ts` applied to what its connection sends, and to
 * what it receives of chosen subjects.
 *
 * The other end of a live hop is not known here: what is sent goes to `*`, what is received comes from `*`. Never
 * touches subjects that begin with `$`: those are the server's own, among them the store's. At its bound it drops.
 */
import type { Clock } from '../clock.ts';
import { subjectMatches } from '../subjects.ts';
import type { MessageHop, MessageRules } from './message-rules.ts';

/** Message faults, as a connection takes them. */
export interface LinkFaultsOptions {
  readonly rules: MessageRules;
  /**
   * Subscriptions whose messages are subject to the rules on arrival, as patterns of complete subjects: those that
   * no process sends, such as the republished log. What a process sends is hit where it is sent.
   */
  readonly received?: readonly string[];
}

/** Messages that wait for their delay; what comes with so many waiting is lost. */
export const DELAYED_MESSAGES_MAX = 20_000;

interface Waiting {
  readonly dueMs: number;
  readonly deliver: () => void;
}

/** See the file comment. */
export class LinkFaults {
  readonly #rules: MessageRules;
  readonly #received: readonly string[];
  readonly #name: string;
  readonly #clock: Clock;
  /** In the order of delivery. */
  #waiting: Waiting[] = [];
  #cancelTimer: (() => void) | undefined;

  constructor(options: LinkFaultsOptions, name: string, clock: Clock) {
    this.#rules = options.rules;
    this.#received = options.received ?? [];
    this.#name = name;
    this.#clock = clock;
  }

  /** Sends what the rules leave of a message. */
  send(subject: string, send: () => void): void {
    if (subject.startsWith('$')) send();
    else this.#apply({ subject, from: this.#name, to: '*' }, send);
  }

  /** A receiver that gets what the rules leave, or the same one where the subscription is not chosen. */
  receiver<M extends { readonly subject: string }>(
    subscription: string,
    receive: (message: M) => void,
  ): (message: M) => void {
    if (!this.#received.some((pattern) => subjectMatches(pattern, subscription))) return receive;
    return (message) =>
      this.#apply({ subject: message.subject, from: '*', to: this.#name }, () => receive(message));
  }

  #apply(hop: MessageHop, deliver: () => void): void {
    const { active } = this.#rules;
    if (!active && this.#waiting.length === 0) {
      deliver();
      return;
    }
    const nowMs = this.#clock.nowMs();
    const copies = active ? this.#rules.decide(hop, nowMs) : undefined;
    // What was due before goes before.
    this.#drain(nowMs);
    for (const delayMs of copies ?? [0]) {
      if (delayMs <= 0) deliver();
      else this.#later({ dueMs: nowMs + delayMs, deliver });
    }
  }

  #later(waiting: Waiting): void {
    if (this.#waiting.length >= DELAYED_MESSAGES_MAX) return;
    const after = this.#waiting.findLastIndex(({ dueMs }) => dueMs <= waiting.dueMs);
    this.#waiting.splice(after + 1, 0, waiting);
    if (after < 0) this.#arm();
  }

  #drain(nowMs: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= nowMs) {
      this.#waiting.shift()!.deliver();
    }
    this.#arm();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const next = this.#waiting[0];
    if (next === undefined) return;
    const delayMs = Math.max(0, next.dueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => this.#drain(next.dueMs));
  }

  /** Drops what still waits. */
  close(): void {
    this.#waiting = [];
    this.#arm();
  }
}
