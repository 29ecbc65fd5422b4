/**
 * Keeps both sides of a long request sure of each other: who works on the answer says so to who asked, and who asked
 * says that it still waits. So the end of an answerer is noticed long before the deadline, and no one goes on with what
 * nobody waits for.
 *
 * Costs nothing for a request that is answered at once: one timer serves all, and runs while something is open.
 */
import type { Clock } from './clock.ts';

/** How often who asked is told; for the first time after half of it at the least. */
export const ASSURE_EVERY_MS = 1_500;
/**
 * Who asked and was not heard of for so long may have given up: shorter than the silence that it bears itself, by the
 * time that a request may have lain here unread (`stillness.ts`).
 */
export const AWAITED_MS = 3_000;

/** A request that is not answered yet. */
export interface OpenRequest {
  readonly token: string;
  /** Where its answer goes. */
  readonly reply: string;
  readonly sinceMs: number;
  /** When who asked was last known to wait. */
  heardMs: number;
}

/** See the file comment. */
export class Assurance {
  readonly #clock: Clock;
  readonly #assure: (request: OpenRequest) => void;
  readonly #open = new Map<string, OpenRequest>();
  #count = 0;
  #ticking = false;

  constructor(clock: Clock, assure: (request: OpenRequest) => void) {
    this.#clock = clock;
    this.#assure = assure;
  }

  /** A request has come. */
  begin(reply: string): OpenRequest {
    this.#count += 1;
    const sinceMs = this.#clock.nowMs();
    const request = { token: this.#count.toString(36), reply, sinceMs, heardMs: sinceMs };
    this.#open.set(request.token, request);
    if (!this.#ticking) this.#tickLater();
    return request;
  }

  /** It is answered. */
  end({ token }: OpenRequest): void {
    this.#open.delete(token);
  }

  /** Who asked says that it waits. */
  heard(token: string): void {
    const request = this.#open.get(token);
    if (request !== undefined) request.heardMs = this.#clock.nowMs();
  }

  isAwaited({ heardMs }: OpenRequest): boolean {
    return this.#clock.nowMs() - heardMs < AWAITED_MS;
  }

  #tickLater(): void {
    this.#ticking = true;
    this.#clock.setTimer(ASSURE_EVERY_MS, () => {
      this.#ticking = false;
      const dueMs = this.#clock.nowMs() - ASSURE_EVERY_MS / 2;
      for (const request of this.#open.values()) {
        if (request.sinceMs > dueMs) break;
        this.#assure(request);
      }
      if (this.#open.size > 0) this.#tickLater();
    });
  }
}
