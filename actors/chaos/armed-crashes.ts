/**
 * Crashes that wait for a step: which step, how often it must be seen, and how often the crash may still come. Counts
 * over all processes; whoever takes such a step stands still until it is decided here.
 */
import type { StepPattern } from '../../machines/chaos/scenario.ts';
import type { ArmedCrash } from './protocol.ts';

interface Counted {
  readonly crash: ArmedCrash;
  seen: number;
  left: number;
}

/** A step that a process is to stand still at, and after how many of its effects; undefined: after all. */
export interface ArmedStep {
  readonly name: string;
  readonly step: StepPattern;
  readonly afterEffects: number | undefined;
}

/** See the file comment. */
export class ArmedCrashes {
  #crashes: readonly Counted[] = [];

  /** These in place of all before. */
  set(crashes: readonly ArmedCrash[]): void {
    this.#crashes = crashes.map((crash) => ({ crash, seen: 0, left: crash.times }));
  }

  /** What processes are to stand still at. */
  get steps(): readonly ArmedStep[] {
    return this.#crashes.flatMap(({ crash: { name, step, fault }, left }) =>
      left > 0 ? [{ name, step, afterEffects: fault.afterEffects }] : [],
    );
  }

  /** Such a step was taken: the crash that is to come now, if one is. */
  reached(name: string): ArmedCrash | undefined {
    const counted = this.#crashes.find(({ crash }) => crash.name === name);
    if (counted === undefined) return undefined;
    counted.seen += 1;
    if (counted.seen < counted.crash.nth || counted.left === 0) return undefined;
    counted.left -= 1;
    return counted.crash;
  }

  /** It could not come: it may come once more. */
  putBack(name: string): void {
    for (const counted of this.#crashes) if (counted.crash.name === name) counted.left += 1;
  }
}
