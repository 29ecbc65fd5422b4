/** Permits for a bounded number of things at a time; who comes late waits in line, and the line is bounded too. */
export class Permits {
  readonly #max: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(max: number, waitingMax: number) {
    this.#max = max;
    this.#waitingMax = waitingMax;
  }

  /** Takes a permit at once where one is free. */
  tryTake(): boolean {
    if (this.#used >= this.#max) return false;
    this.#used += 1;
    return true;
  }

  /** Waits in line for a permit; undefined where the line is full. */
  wait(): Promise<void> | undefined {
    if (this.#waiting.length >= this.#waitingMax) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the permit to the next in line, or back. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }
}
