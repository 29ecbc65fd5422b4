/**
 * Whose turn it is among experiments: one runs at a time, and none while a command runs a scenario; the others wait in
 * line. Decides by what the machines say of themselves; never starts or ends a run.
 */
import type { Runner, RunTurn } from './run-turn.ts';

export interface TurnOptions {
  /** Of those that wait, the one that is next. */
  readonly next: (waiting: readonly string[]) => string | undefined;
  /** It has its turn. */
  readonly onGiven: (id: string) => void;
  /** It waits, since another has the turn: who that is, in words. */
  readonly onTaken: (id: string, by: string) => void;
  /** Shared with whoever else runs scenarios. */
  readonly turn: RunTurn;
  readonly runnerOf: (id: string) => Runner;
}

/** See the file comment. */
export class ExperimentTurns {
  readonly #options: TurnOptions;
  readonly #waiting = new Set<string>();
  readonly #holding = new Map<string, Runner>();
  #onIdle: (() => void)[] = [];
  #closed = false;

  constructor(options: TurnOptions) {
    this.#options = options;
    options.turn.onFree = () => this.#give();
  }

  /** Those that have their turn. */
  get holding(): readonly string[] {
    return [...this.#holding.keys()];
  }

  /** It stands in line. */
  want(id: string): void {
    this.#waiting.add(id);
    this.#give();
  }

  /** It has its turn, whatever others do. */
  hold(id: string): void {
    const runner = this.#options.runnerOf(id);
    this.#holding.set(id, runner);
    this.#options.turn.take(runner);
  }

  /** It wants no turn, and has none any more. */
  leave(id: string): void {
    this.#waiting.delete(id);
    const runner = this.#holding.get(id);
    this.#holding.delete(id);
    if (runner !== undefined) this.#options.turn.leave(runner);
    if (this.#holding.size === 0) for (const tell of this.#onIdle.splice(0)) tell();
    this.#give();
  }

  /** Resolves when nobody has a turn. */
  async idle(): Promise<void> {
    if (this.#holding.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Gives no turn any more. */
  close(): void {
    this.#closed = true;
  }

  /** Soon, so that all that are seen together are in line before the first is chosen. */
  #give(): void {
    queueMicrotask(() => {
      const { turn, next, runnerOf, onGiven, onTaken } = this.#options;
      const first = this.#closed ? undefined : next([...this.#waiting]);
      if (first === undefined) return;
      const runner = runnerOf(first);
      const other = turn.take(runner);
      if (other === undefined) {
        this.#waiting.delete(first);
        this.#holding.set(first, runner);
        onGiven(first);
      }
      for (const id of this.#waiting) onTaken(id, (other ?? runner).who);
    });
  }
}
