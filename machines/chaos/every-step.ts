/**
 * The systematic search: the same small workload with one thing going wrong at one step, for every step in turn.
 * Random faults do not find a window of a millisecond; this visits all of them. Pure; knows nothing of what runs it.
 */
import { assert } from '../assert.ts';
import { type FaultAction, SCENARIO_DEFAULTS, type Scenario } from './scenario.ts';

/**
 * What goes wrong: the process that took the step crashes; it crashes and starts from an old view; its next message
 * is lost; its next write gets no answer.
 */
export type EveryStep = 'crash' | 'stale' | 'lose' | 'unknown';

/**
 * A name of a process that only whoever runs the scenario can resolve: the process that took the step which triggered
 * the fault. It is allowed in `target.process` of a fault whose trigger is a step, a write or a count.
 */
export const STEPPING_PROCESS = '$stepping';

/** Revisions that a stale restart is behind. */
export const STALE_REVISIONS = 20;

/** A message or store fault of this duration ends with the first message or write that it has hit. */
export const NEXT_ONE_MS = 0;

const action = (what: EveryStep, applied: 0 | 1): FaultAction => {
  switch (what) {
    case 'crash': {
      const afterEffects = applied === 1 ? undefined : 0;
      return { fault: 'crash', afterEffects, power: false, staleRevisions: 0 };
    }
    case 'stale':
      return {
        fault: 'crash',
        afterEffects: undefined,
        power: false,
        staleRevisions: STALE_REVISIONS,
      };
    case 'lose':
      return { fault: 'drop', probability: 1 };
    case 'unknown':
      return { fault: 'store-unknown', applied, probability: 1 };
  }
};

/**
 * The base scenario with exactly one fault, at the step with this number (from 1, over all processes). `process` is
 * the one it hits, by default the one that took the step. `applied` says of `unknown` whether the write is stored all
 * the same (1) or not (0), and of `crash` whether the effects of the step are carried out before it (1) or not (0).
 */
export function everyStepScenario(
  base: Scenario,
  what: EveryStep,
  step: number,
  process: string = STEPPING_PROCESS,
  applied: 0 | 1 = 1,
): Scenario {
  assert(Number.isInteger(step) && step >= 1, 'steps are counted from 1');
  const variant = variantOf(what, applied);
  const crashes = what === 'crash' || what === 'stale';
  return {
    ...base,
    name: `${base.name}-${variant}-${step}`,
    faults: [
      {
        name: `${variant}-at-step-${step}`,
        what: action(what, applied),
        target: {
          process,
          role: undefined,
          actor: undefined,
          subject: undefined,
          pods: undefined,
          count: undefined,
        },
        trigger: { kind: 'count', step },
        forMs: crashes ? SCENARIO_DEFAULTS.crashForMs : NEXT_ONE_MS,
        times: 1,
      },
    ],
  };
}

function variantOf(what: EveryStep, applied: 0 | 1): string {
  if (what === 'unknown') return applied === 1 ? 'unknown-applied' : 'unknown-lost';
  return what === 'crash' && applied === 0 ? 'crash-before' : what;
}

/**
 * All that can go wrong in this way at a step: two scenarios of `unknown` (stored and not stored) and of `crash` (after
 * the effects of the step and before), else one.
 */
export function everyStepScenarios(
  base: Scenario,
  what: EveryStep,
  step: number,
  process: string = STEPPING_PROCESS,
): readonly Scenario[] {
  if (what !== 'unknown' && what !== 'crash') return [everyStepScenario(base, what, step, process)];
  return [
    everyStepScenario(base, what, step, process, 1),
    everyStepScenario(base, what, step, process, 0),
  ];
}
