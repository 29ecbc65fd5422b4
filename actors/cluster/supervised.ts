/**
 * A child process that is kept running: started again when it ends, at once or after a back-off, except while somebody
 * holds it down. Used where the cluster was started for chaos; without it a dead node stays dead.
 *
 * Never runs two processes of one name at a time.
 */
import type { Clock } from '../clock.ts';
import { type Child, type ChildEnd, startChild } from './children.ts';
import type { ProcessEntry } from './layout.ts';

/** What to run. */
export interface ChildSpec {
  readonly role: string;
  readonly name: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
}

export interface SupervisedOptions extends ChildSpec {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Called when a process of this name starts; what is sent to it now arrives before anything else. */
  readonly onStarted: (child: Supervised) => void;
  /** Called when it ended; `held` where that was meant. */
  readonly onEnded: (child: Supervised, how: string, held: boolean, end: ChildEnd) => void;
  /** Called when it stands still and asks; it goes on when this has resolved, if it still lives. */
  readonly onAsked: (what: string) => Promise<void>;
  /** Called with what it says besides being ready. */
  readonly onSaid: (message: object) => void;
}

/** Back-off of restarts; one that ran for longer than the last of these begins anew. */
export const RESTART_MS_FIRST = 100;
export const RESTART_MS_MAX = 10_000;

/** See the file comment. */
export class Supervised implements ProcessEntry {
  readonly role: string;
  readonly name: string;
  readonly #options: SupervisedOptions;
  #child: Child | undefined;
  #held = false;
  /** The end of the process that runs now is meant, whatever comes before it. */
  #killed = false;
  #stopping = false;
  #startedMs = 0;
  #failures = 0;
  #starts = 0;
  #cancelRestart: (() => void) | undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.role = options.role;
    this.name = options.name;
  }

  /** The process that runs now; 0 where none does. */
  get pid(): number {
    return this.#child?.running === true ? this.#child.pid : 0;
  }

  /** When the process that runs now, or ran last, was started. */
  get startedMs(): number {
    return this.#startedMs;
  }

  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** Starts it; resolves when it is ready, rejects where it ends before. */
  start(): Promise<void> {
    const { onStarted, onEnded, clock } = this.#options;
    this.#startedMs = clock.nowMs();
    this.#starts += 1;
    this.#killed = false;
    const { child, ready } = startChild({
      ...this.#options,
      onExit: (_, how, end) => {
        onEnded(this, how, this.#held || this.#killed, end);
        this.#startLater();
      },
    });
    this.#child = child;
    onStarted(this);
    return ready;
  }

  /** Kills it and keeps it from being started again. */
  hold(): void {
    this.#held = true;
    this.#killed = true;
    this.#cancelRestart?.();
    this.kill('SIGKILL');
  }

  /** Lets it run again. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#failures = 0;
    if (this.pid === 0) this.#startNow();
  }

  kill(signal: NodeJS.Signals): void {
    if (this.pid > 1) process.kill(this.pid, signal);
  }

  /** Says something to the process that runs now. */
  send(message: object): void {
    this.#child?.send(message);
  }

  /** It is not started again, whatever happens. */
  retire(): void {
    this.#stopping = true;
    this.#cancelRestart?.();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.retire();
    await this.#child?.stop(this.#options.clock, deadlineMs);
  }

  #startNow(): void {
    if (this.#stopping || this.#held) return;
    // Whether it came up is told by its end: the next try follows from that.
    this.start().catch(() => {});
  }

  #startLater(): void {
    if (this.#stopping || this.#held) return;
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs - this.#startedMs > RESTART_MS_MAX) this.#failures = 0;
    const waitMs = Math.min(RESTART_MS_MAX, RESTART_MS_FIRST * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelRestart = clock.at(nowMs + waitMs, () => this.#startNow());
  }
}
