/**
 * One scenario runs at a time on a cluster, whoever asked for it: a command or an experiment. The healing of one would
 * end the faults of another, and each would be judged by what the other broke.
 */

/** Who runs a scenario. */
export interface Runner {
  /** In words, for whoever has to wait: `node-killed (kabuki chaos run, process 123)`. */
  readonly who: string;
  /** Everything is undone by somebody else: the run is to end. */
  readonly stop: () => void;
}

/** See the file comment. */
export class RunTurn {
  #holder: Runner | undefined;
  #onFree: () => void = () => {};

  /** Takes the turn; gives who is in the way, undefined where nobody is. */
  take(runner: Runner): Runner | undefined {
    if (this.#holder !== undefined) return this.#holder;
    this.#holder = runner;
    return undefined;
  }

  /** Gives the turn back, where this one has it. */
  leave(runner: Runner): void {
    if (this.#holder !== runner) return;
    this.#holder = undefined;
    this.#onFree();
  }

  /** Tells whoever has the turn to end. */
  stop(): void {
    this.#holder?.stop();
  }

  /** True where this one has the turn. */
  has(runner: Runner | undefined): boolean {
    return runner !== undefined && this.#holder === runner;
  }

  /** Who waits is told when nobody has the turn. */
  set onFree(tell: () => void) {
    this.#onFree = tell;
  }
}
