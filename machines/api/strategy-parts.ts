/**
 * The parts that strategies are merged from, in the order in which they run. A developer of defaults or of
 * validation adds a table here; later tables see what earlier ones filled in.
 */
import { kindPreparation } from './defaults/preparation.ts';
import { defaults } from './defaults/table.ts';
import { preparation } from './preparation.ts';
import { workloadPreparation } from './preparation-workloads.ts';
import type { Strategy } from './strategy.ts';
import { validation } from './validation/table.ts';
import { warnings } from './validation/warnings.ts';

/** Parts of strategies by resource (`core/pods`). */
export type StrategyTable = Readonly<Record<string, Strategy>>;

/** Every table, in order. */
export const strategyParts: readonly StrategyTable[] = [
  defaults,
  preparation,
  kindPreparation,
  workloadPreparation,
  validation,
  warnings,
];
