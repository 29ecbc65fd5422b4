/**
 * Chaos experiments, besides their scenario, which is judged where it is admitted. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { isRecord, sameJson } from '../json.ts';
import type { ChaosExperiment } from '../types.ts';
import {
  type Causes,
  immutable,
  invalidHidden,
  nonnegative,
  oneOfOptional,
  required,
} from './field-errors.ts';

const phases = ['Pending', 'Running', 'Healing', 'Succeeded', 'Failed', 'Refused'] as const;

/** Adds what is wrong with the spec of a ChaosExperiment. */
export function checkExperiment(causes: Causes, { spec }: Loose<ChaosExperiment>): void {
  if (spec === undefined) required(causes, 'spec');
  else if (!isRecord(spec.scenario)) required(causes, 'spec.scenario');
  nonnegative(causes, 'spec.seed', spec?.seed);
}

/** Adds what an update of a ChaosExperiment may not change. */
export function checkExperimentUpdate(
  causes: Causes,
  object: Loose<ChaosExperiment>,
  old: Loose<ChaosExperiment>,
): void {
  if (sameJson(object.spec?.scenario, old.spec?.scenario)) return;
  invalidHidden(causes, 'spec.scenario', immutable);
}

/** Adds what is wrong with the status of a ChaosExperiment. */
export function checkExperimentStatus(causes: Causes, { status }: Loose<ChaosExperiment>): void {
  oneOfOptional(causes, 'status.phase', status?.phase, phases);
  nonnegative(causes, 'status.faultsInjected', status?.faultsInjected);
  nonnegative(causes, 'status.invariantsChecked', status?.invariantsChecked);
  nonnegative(causes, 'status.recoverySeconds', status?.recoverySeconds);
}
