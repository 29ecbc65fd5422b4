/**
 * The table of all rules. A rule that is not here is not checked.
 *
 * Never decides when a rule applies: scenarios name exceptions, `run-checks.ts` runs what it is given.
 */
import type { Rule } from './check.ts';

/** Every rule, in the order of reports. */
export const RULES: readonly Rule[] = [];
