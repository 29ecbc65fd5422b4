/**
 * Tells those who asked that their answers are being worked on, so that they can tell a long request from a lost one.
 *
 * Costs nothing for a request that is answered at once: one timer serves all, and runs while something is open.
 */
import type { Clock } from './clock.ts';

/** How often who asked is told; for the first time after half of it at the least. */
export const ASSURE_EVERY_MS = 1_500;

/** See the file comment. */
export class Assurance {
  readonly #clock: Clock;
  readonly #assure: (reply: string) => void;
  /** When each request came, by where its answer goes. */
  readonly #open = new Map<string, number>();
  #ticking = false;

  constructor(clock: Clock, assure: (reply: string) => void) {
    this.#clock = clock;
    this.#assure = assure;
  }

  /** A request has come that is not answered yet. */
  begin(reply: string): void {
    this.#open.set(reply, this.#clock.nowMs());
    if (!this.#ticking) this.#tickLater();
  }

  /** It is answered. */
  end(reply: string): void {
    this.#open.delete(reply);
  }

  #tickLater(): void {
    this.#ticking = true;
    this.#clock.setTimer(ASSURE_EVERY_MS, () => {
      this.#ticking = false;
      const dueMs = this.#clock.nowMs() - ASSURE_EVERY_MS / 2;
      for (const [reply, sinceMs] of this.#open) {
        if (sinceMs > dueMs) break;
        this.#assure(reply);
      }
      if (this.#open.size > 0) this.#tickLater();
    });
  }
}
