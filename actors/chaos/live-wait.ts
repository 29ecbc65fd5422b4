/**
 * How a live run waits: for a length of time, or until all is as it should be and stays so. Looks a few times a second,
 * and ends at once where the run is interrupted.
 */
import type { Clock } from '../clock.ts';
import { CommandError } from '../cluster/command-error.ts';

export interface WaitOptions {
  readonly clock: Clock;
  /** Aborted: no wait goes on. */
  readonly ended: AbortSignal;
  /** True where waiting has no sense any more: nothing is waited for then. */
  readonly isOver: () => boolean;
  /** Called about once a second while it waits. */
  readonly onSecond: (nowMs: number) => void;
  /** Called now and then with what is waited for. */
  readonly onWaiting: (reason: string) => void;
}

/** How it came to rest: since when, or why it did not. */
export interface Rest {
  readonly reasons: readonly string[];
  readonly sinceMs: number | undefined;
}

const CHECK_EVERY_MS = 250;
/** How often in a row all must be as it should be before it counts. */
const QUIET_CHECKS = 8;
const SECOND_MS = 1_000;
/** How often it is said what is waited for. */
const TELL_EVERY_MS = 5_000;
const REASONS_MAX = 20;

/** See the file comment. */
export class LiveWait {
  readonly #options: WaitOptions;

  constructor(options: WaitOptions) {
    this.#options = options;
  }

  /** Waits for so long, whatever happens. */
  pause(forMs: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => void clock.at(clock.nowMs() + forMs, resolve));
  }

  /** Lets time go on until the condition holds, or for so long; throws where the run is interrupted. */
  async until(forMs: number, holds: () => boolean): Promise<boolean> {
    const { clock, ended, isOver, onSecond } = this.#options;
    const endMs = clock.nowMs() + forMs;
    let toldMs = 0;
    for (let nowMs = clock.nowMs(); nowMs < endMs; nowMs = clock.nowMs()) {
      await this.pause(Math.min(endMs - nowMs, CHECK_EVERY_MS));
      if (ended.aborted) throw interruption(ended);
      if (clock.nowMs() - toldMs >= SECOND_MS) {
        toldMs = clock.nowMs();
        onSecond(toldMs);
      }
      if (isOver()) return false;
      if (holds()) return true;
    }
    return false;
  }

  /** Waits until there are no reasons any more, and none come back; for so long at most. */
  async rest(withinMs: number, reasonsNow: () => readonly string[]): Promise<Rest> {
    const { clock, onWaiting } = this.#options;
    let quiet = 0;
    let sinceMs: number | undefined;
    let reasons: readonly string[] = [];
    let toldMs = clock.nowMs();
    const rests = await this.until(withinMs + QUIET_CHECKS * CHECK_EVERY_MS, () => {
      reasons = reasonsNow();
      const nowMs = clock.nowMs();
      const [first] = reasons;
      if (first !== undefined && nowMs - toldMs > TELL_EVERY_MS) {
        toldMs = nowMs;
        onWaiting(first);
      }
      quiet = first === undefined ? quiet + 1 : 0;
      if (quiet === 1) sinceMs = nowMs;
      return quiet >= QUIET_CHECKS;
    });
    if (rests) return { reasons: [], sinceMs };
    if (reasons.length === 0) reasons = ['it came to rest too late, or not for long enough'];
    return { reasons: reasons.slice(0, REASONS_MAX), sinceMs: undefined };
  }
}

/** What an interrupted run ends with: the reason, where one is given. */
function interruption({ reason }: AbortSignal): CommandError {
  if (reason instanceof CommandError) return reason;
  return new CommandError('interrupted; everything was healed', 130);
}
