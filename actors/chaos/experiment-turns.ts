/**
 * Whose turn it is: one experiment runs at a time, the others wait in line. Decides by what the machines say of
 * themselves alone; never starts or ends a run.
 */

export interface TurnOptions {
  /** Of those that wait, the one that is next. */
  readonly next: (waiting: readonly string[]) => string | undefined;
  /** It has its turn. */
  readonly onGiven: (id: string) => void;
  /** It waits, since another has its turn. */
  readonly onTaken: (id: string, holder: string) => void;
}

/** See the file comment. */
export class ExperimentTurns {
  readonly #options: TurnOptions;
  readonly #waiting = new Set<string>();
  readonly #holding = new Set<string>();
  #onIdle: (() => void)[] = [];
  #closed = false;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** Those that have their turn. */
  get holding(): ReadonlySet<string> {
    return this.#holding;
  }

  /** It stands in line. */
  want(id: string): void {
    this.#waiting.add(id);
    this.#give();
  }

  /** It has its turn, whatever others do. */
  hold(id: string): void {
    this.#holding.add(id);
  }

  /** It wants no turn, and has none any more. */
  leave(id: string): void {
    this.#waiting.delete(id);
    this.#holding.delete(id);
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
      if (this.#closed) return;
      if (this.#holding.size === 0) {
        const next = this.#options.next([...this.#waiting]);
        if (next === undefined) return;
        this.#waiting.delete(next);
        this.#holding.add(next);
        this.#options.onGiven(next);
      }
      const [holder = ''] = this.#holding;
      for (const id of this.#waiting) this.#options.onTaken(id, holder);
    });
  }
}
