/**
 * Questions that wait for an answer: each settles exactly once, by answer, deadline or failure of all.
 *
 * Tokens are a counter: they are only seen below a private inbox.
 */
import type { Clock } from './clock.ts';

interface Waiting<T> {
  readonly settle: (answer: T) => void;
  readonly atDeadline: T;
  readonly deadlineMs: number;
  readonly silentMs: number;
  cancelTimer: () => void;
}

/** A table of open questions. */
export class Pending<T> {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting<T>>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Opens a question; `atDeadline` is its answer where no other comes in time, or nothing is heard of it for
   * `silentMs`. Returns its token.
   */
  add(
    timeoutMs: number,
    atDeadline: T,
    settle: (answer: T) => void,
    silentMs = Number.POSITIVE_INFINITY,
  ): string {
    this.#count += 1;
    const token = this.#count.toString(36);
    const deadlineMs = this.#clock.nowMs() + timeoutMs;
    const waiting = { settle, atDeadline, deadlineMs, silentMs, cancelTimer: () => {} };
    this.#waiting.set(token, waiting);
    this.#wait(token, waiting);
    return token;
  }

  /** Something was heard of a question: its silence begins anew. False where nobody waits for its answer. */
  heard(token: string): boolean {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return false;
    waiting.cancelTimer();
    this.#wait(token, waiting);
    return true;
  }

  #wait(token: string, waiting: Waiting<T>): void {
    const leftMs = Math.max(0, waiting.deadlineMs - this.#clock.nowMs());
    const waitMs = Math.min(leftMs, waiting.silentMs);
    waiting.cancelTimer = this.#clock.setTimer(waitMs, () => {
      this.settle(token, waiting.atDeadline);
    });
  }

  /** Answers a question; an unknown token is an answer that came too late. */
  settle(token: string, answer: T): void {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    this.#waiting.delete(token);
    waiting.cancelTimer();
    waiting.settle(answer);
  }

  /** Answers all questions alike. */
  settleAll(answer: T): void {
    for (const token of [...this.#waiting.keys()]) this.settle(token, answer);
  }
}
