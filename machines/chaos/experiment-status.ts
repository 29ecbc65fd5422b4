/**
 * What the status of a ChaosExperiment says, and what its events are about: pure functions of what is known of it.
 *
 * Every field is there, absent ones as null, so that a merge patch leaves nothing of an earlier run behind.
 */
import type { Record as EventRecord } from '../api/change.ts';
import { formatTime } from '../api/timestamp.ts';
import type { ChaosExperimentStatus } from '../api/types.ts';
import type { RunResult } from './run-result.ts';

/** The finalizer that keeps an experiment until its faults are undone. */
export const HEAL_FINALIZER = 'chaos.kabuki.dev/heal';
/** The resource, as the store names it. */
export const EXPERIMENTS = 'chaos.kabuki.dev/chaosexperiments';

export type ExperimentPhase = NonNullable<ChaosExperimentStatus['phase']>;

/** What of a run's result an experiment tells. */
export type RunFacts = Pick<
  RunResult,
  'verdict' | 'violations' | 'reasons' | 'rulesChecked' | 'recoveryMs'
> & { readonly faults: number };

/** What is known of an experiment. */
export interface ExperimentFacts {
  readonly phase: ExperimentPhase;
  readonly generation: number;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly seed: number | null;
  readonly faults: number | null;
  readonly rules: number | null;
  readonly violations: RunResult['violations'];
  readonly recoveryMs: number | null;
  /** In one word, of a finished or suspended one: `RulesHeld`, `RuleViolated`, `Suspended`. */
  readonly reason: string;
  readonly message: string;
  /** When it came into this phase. */
  readonly sinceMs: number;
}

const CONDITIONS: { readonly [phase in ExperimentPhase]?: string } = {
  ...{ Succeeded: 'Complete', Failed: 'Failed', Refused: 'Failed' },
};

const timeOf = (ms: number | null): string | null =>
  ms === null ? null : formatTime(Math.floor(ms / 1000));

/** The status as a merge patch; violations are as many as the run kept. */
export function statusPatch(facts: ExperimentFacts) {
  const { phase, reason, message, sinceMs, generation, recoveryMs } = facts;
  const type = reason === 'Suspended' ? reason : CONDITIONS[phase];
  const condition = { type, status: 'True', observedGeneration: generation, reason, message };
  return {
    ...{ phase, observedGeneration: generation, seed: facts.seed },
    ...{ startTime: timeOf(facts.startMs), completionTime: timeOf(facts.endMs) },
    ...{ faultsInjected: facts.faults, invariantsChecked: facts.rules },
    violations: facts.violations.map(({ rule, message: said, objects, atMs }) => ({
      ...{ rule, message: said, objects, time: timeOf(atMs) },
    })),
    recoverySeconds: recoveryMs === null ? null : Math.round(recoveryMs / 1000),
    conditions: type === undefined ? [] : [{ ...condition, lastTransitionTime: timeOf(sinceMs) }],
    message: message === '' ? null : message,
  };
}

const REASONS = {
  held: 'RulesHeld',
  unsafe: 'RuleViolated',
  stuck: 'NotRecovered',
  crashed: 'Crashed',
} as const;

/** How a finished run reads: the reason in one word, and a sentence. */
export function verdictWords(run: RunFacts): { readonly reason: string; readonly message: string } {
  const reason = REASONS[run.verdict];
  const after =
    run.recoveryMs === undefined ? '' : `; recovered in ${Math.round(run.recoveryMs / 1000)}s`;
  const [first] = run.violations;
  switch (run.verdict) {
    case 'held':
      return { reason, message: `All ${run.rulesChecked} rules held${after}.` };
    case 'unsafe':
      return { reason, message: `${first?.rule}: ${first?.message}` };
    default:
      return { reason, message: run.reasons.join('; ') };
  }
}

/** An event about an experiment. */
export function eventAbout(
  { name, uid }: { readonly name: string; readonly uid: string },
  type: EventRecord['type'],
  reason: string,
  note: string,
): EventRecord {
  const apiVersion = 'chaos.kabuki.dev/v1alpha1';
  return { regarding: { apiVersion, kind: 'ChaosExperiment', name, uid }, type, reason, note };
}
