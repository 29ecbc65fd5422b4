/**
 * Stands a process still at a step, amid its effects, until its supervisor has decided whether it dies there. Costs one
 * comparison a step where no such step is armed.
 *
 * The process waits in a read of a pipe, so that nothing of it goes on meanwhile; where the supervisor is gone the pipe
 * is at its end, and the process goes on.
 */
import { readSync, writeSync } from 'node:fs';
import { compileStep } from '../../machines/chaos/match.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import type { ArmedStep } from './armed-crashes.ts';

/** The descriptor of the pipe in a child: after its standard streams and its channel. */
export const GATE_DESCRIPTOR = 4;

/** Asks whether to die here; returns where not. */
export function askAtGate(name: string): void {
  writeSync(GATE_DESCRIPTOR, `${name}\n`);
  readSync(GATE_DESCRIPTOR, Buffer.alloc(1));
}

interface Compiled extends ArmedStep {
  readonly matches: ReturnType<typeof compileStep>;
}

interface Waiting {
  readonly name: string;
  readonly actor: string;
  readonly after: number;
}

/** See the file comment. */
export class StepGate {
  readonly #process: string;
  readonly #ask: (name: string) => void;
  #armed: readonly Compiled[] = [];
  /** Steps whose effects are being carried out. */
  #waiting: readonly Waiting[] = [];

  constructor(process: string, ask: (name: string) => void) {
    this.#process = process;
    this.#ask = ask;
  }

  /** The steps to stand still at from now on. */
  set(steps: readonly ArmedStep[]): void {
    this.#armed = steps.map((one) => ({ ...one, matches: compileStep(one.step) }));
  }

  /** A step was taken, and none of its effects is carried out yet. */
  onStep(record: StepRecord): void {
    for (const { name, matches, afterEffects } of this.#armed) {
      if (!matches(this.#process, record)) continue;
      const effects = record.effects.length;
      const after = Math.min(afterEffects ?? effects, effects);
      if (after === 0) this.#ask(name);
      else this.#waiting = [...this.#waiting, { name, actor: record.actor, after }];
    }
  }

  /** So many effects of the machine's step are carried out. */
  onEffect(actor: string, done: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((one) => one.actor === actor && one.after <= done);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { name } of due) this.#ask(name);
  }
}
