/**
 * What the machine of a ChaosExperiment notes at each turn of its way: pure functions of what is known and what has
 * happened, each giving the facts that change.
 */
import type { ExperimentContext, ExperimentEvent, ExperimentInput } from './experiment-protocol.ts';
import {
  type ExperimentFacts,
  type ExperimentPhase,
  type RunFacts,
  verdictWords,
} from './experiment-status.ts';

/** An event of one type. */
export type In<T extends ExperimentEvent['type']> = Extract<ExperimentEvent, { readonly type: T }>;

type Notes = Partial<ExperimentContext>;

/** What is known of one that has not begun. */
export const UNBEGUN: Omit<ExperimentFacts, 'generation' | 'sinceMs'> = {
  ...{ phase: 'Pending', startMs: null, endMs: null, seed: null, faults: null, rules: null },
  ...{ violations: [], recoveryMs: null, reason: '', message: '' },
};

/** Why one that is suspended does not begin. */
export const SUSPENDED = {
  reason: 'Suspended',
  message: 'Suspended: it begins, from the start, when spec.suspend is false.',
};
const ORPHANED = {
  reason: 'SupervisorEnded',
  message:
    'The supervisor of the cluster ended while it ran. All faults are undone; objects of its workload may be left.',
};

/** What is known at first. */
export const contextOf = (input: ExperimentInput): ExperimentContext => ({
  ...UNBEGUN,
  ...{ name: input.name, uid: input.uid, generation: input.generation },
  ...{ suspend: input.suspend, deleted: input.deleted, gone: false },
  ...(input.suspend && input.phase === 'Pending' ? SUSPENDED : {}),
  ...{ seedWanted: input.seed ?? null, phase: input.phase, sinceMs: input.nowMs },
  ...{ startMs: input.startMs ?? null, faults: input.faults ?? null },
});

const ended = (
  phase: ExperimentPhase,
  { reason, message }: { readonly reason: string; readonly message: string },
  nowMs: number,
): Notes => ({ phase, reason, message, endMs: nowMs, sinceMs: nowMs });

/** It has begun. */
export const started = (nowMs: number): Notes => ({
  ...{ phase: 'Running', startMs: nowMs, sinceMs: nowMs, faults: 0 },
  ...{ message: 'The workload is made; faults begin when it has settled.' },
});

/** Its faults are undone. */
export const healing = (nowMs: number): Notes => ({
  ...{ phase: 'Healing', sinceMs: nowMs },
  message: 'All faults are undone; waiting until all is as it should be.',
});

/** Somebody wants it undone. */
export function withdrawn({ startMs, reason, message }: ExperimentContext, nowMs: number): Notes {
  if (startMs === null) return {};
  const words = reason === '' ? 'Everything is being undone.' : message;
  return { phase: 'Healing', message: words, sinceMs: nowMs };
}

/** It ran to its end. */
export function finished(run: RunFacts, nowMs: number): Notes {
  const { faults, rulesChecked: rules, violations, recoveryMs = null } = run;
  const phase: ExperimentPhase = run.verdict === 'held' ? 'Succeeded' : 'Failed';
  return {
    ...ended(phase, verdictWords(run), nowMs),
    ...{ faults, rules, violations, recoveryMs },
  };
}

/** It came to an end that it should not. */
export const broken = (message: string, nowMs: number): Notes =>
  ended('Failed', { reason: 'Interrupted', message }, nowMs);

/** It cannot run here. */
export const refused = (message: string, nowMs: number): Notes => ({
  ...UNBEGUN,
  ...ended('Refused', { reason: 'Refused', message }, nowMs),
});

/** Its supervisor ended while it ran. */
export const orphaned = (nowMs: number): Notes => ended('Failed', ORPHANED, nowMs);

/** It was stopped for the reason that is noted already. */
export const stopped = (context: ExperimentContext, nowMs: number): Notes =>
  ended('Failed', context, nowMs);
