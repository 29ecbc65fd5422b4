/**
 * Notices that this process stood still (stopped, or starved of the processor), and for how long what arrives was sent
 * before: until a message to itself, sent when it was noticed, has come round. What a connection carries stays in order.
 *
 * Never guesses how old a message is. A process that was busy for as long is taken for one that stood still.
 */
import type { Clock } from './clock.ts';

/** How often the clock is looked at. */
const LOOK_EVERY_MS = 500;
/** A clock that was not looked at for so long belongs to a process that stood still. */
export const STILL_MS = 1_500;

/** See the file comment. */
export class Stillness {
  readonly #clock: Clock;
  readonly #goRound: (token: string) => void;
  #lookedMs: number;
  #count = 0;
  #cancel = () => {};
  /** Awaited to come round; undefined where nothing old can arrive. */
  #token: string | undefined;

  /** `goRound` sends a message to this process, on the connection that is asked about. */
  constructor(clock: Clock, goRound: (token: string) => void) {
    this.#clock = clock;
    this.#goRound = goRound;
    this.#lookedMs = clock.nowMs();
    this.#lookLater();
  }

  /** True where what arrives now may have been sent before the process stood still. */
  get isStale(): boolean {
    this.#look();
    return this.#token !== undefined;
  }

  /** A message to itself has come round. */
  cameRound(token: string): void {
    if (token === this.#token) this.#token = undefined;
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    const stood = nowMs - this.#lookedMs > STILL_MS;
    this.#lookedMs = nowMs;
    if (!stood) return;
    this.#count += 1;
    this.#token = `still-${this.#count}`;
    this.#goRound(this.#token);
  }

  #lookLater(): void {
    this.#cancel = this.#clock.setTimer(LOOK_EVERY_MS, () => {
      // What was sent while the connection was down never comes.
      if (this.#token !== undefined) this.#goRound(this.#token);
      this.#look();
      this.#lookLater();
    });
  }

  close(): void {
    this.#cancel();
  }
}
