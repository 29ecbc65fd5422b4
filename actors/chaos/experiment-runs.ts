/**
 * The runs of experiments: starts one, tells its machine how it goes, aborts it. Each ends with exactly one event, and
 * everything is undone by then.
 */
import type { ExperimentEvent } from '../../machines/chaos/experiment-protocol.ts';
import { parseScenarioObject } from '../../machines/chaos/parse-scenario.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import type { Untimed } from '../../machines/effect.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';

/** What a run tells of while it goes on. */
export interface RunProgress {
  onPhase(phase: 'prepare' | 'faults' | 'heal' | 'end'): void;
  /** A fault was begun: which, on whom. */
  onFault(note: string): void;
}

/**
 * Runs a scenario; when it resolves or rejects, everything is undone. Rejects with a CommandError whose code is
 * `EXIT.chaosRefused` where it cannot be run, and with any error where the signal was aborted.
 */
export type RunScenario = (
  scenario: Scenario,
  options: { readonly seed: number; readonly signal: AbortSignal; readonly progress: RunProgress },
) => Promise<RunResult>;

type Tell = (event: Untimed<ExperimentEvent>) => void;

/** See the file comment. */
export class ExperimentRuns {
  readonly #run: RunScenario;
  readonly #runs = new Map<string, { readonly abort: AbortController; ended: Promise<void> }>();

  constructor(run: RunScenario) {
    this.#run = run;
  }

  /** Starts the run of an experiment, as its object writes the scenario. */
  start(id: string, scenario: unknown, seed: number, tell: Tell): void {
    const parsed = parseScenarioObject(scenario);
    if (!parsed.ok) {
      // Admission takes none that is wrong; an object written by an older version may be.
      const message = parsed.errors.map((one) => `${one.path}: ${one.message}`).join('; ');
      tell({ type: 'run.refused', message });
      return;
    }
    const abort = new AbortController();
    const progress: RunProgress = {
      onPhase: (phase) => tell({ type: 'run.phased', phase }),
      onFault: (note) => tell({ type: 'fault.begun', note }),
    };
    const ended = this.#run(parsed.scenario, { seed, signal: abort.signal, progress })
      .then(
        (result) => {
          const { verdict, violations, reasons, rulesChecked, recoveryMs, injections } = result;
          const facts = { verdict, violations, reasons, rulesChecked, recoveryMs };
          tell({ type: 'run.ended', run: { ...facts, faults: injections.length } });
        },
        (error: Error) => tell({ type: how(error), message: wordsOf(error) }),
      )
      .finally(() => this.#runs.delete(id));
    this.#runs.set(id, { abort, ended });
  }

  /** Ends a run before its time, if one goes on; resolves when it has undone everything. */
  async abort(id: string): Promise<void> {
    const run = this.#runs.get(id);
    run?.abort.abort();
    await run?.ended;
  }
}

const how = (error: Error): 'run.refused' | 'run.broke' =>
  error instanceof CommandError && error.exitCode === EXIT.chaosRefused
    ? 'run.refused'
    : 'run.broke';

const wordsOf = (error: Error): string =>
  error instanceof CommandError && error.advice !== ''
    ? `${error.message}. ${error.advice}`
    : error.message;
