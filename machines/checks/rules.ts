/**
 * The table of all rules. A rule that is not here is not checked.
 *
 * Never decides when a rule applies: scenarios name exceptions, `run-checks.ts` runs what it is
 * given.
 */
import type { Rule } from './check.ts';
import { fencedLeader } from './fencing.ts';
import { oneLeader } from './leadership.ts';
import { linearizable } from './linearizability.ts';
import { noLoops } from './loops.ts';
import { OBJECT_RULES } from './objects/rules.ts';
import { ackedIsStored, storedOnce } from './store-answers.ts';
import { atomic, casChain, revisionsGrow } from './store-log.ts';
import {
  watchBookmarkable,
  watchMatchesLog,
  watchOrdered,
  watchReliable,
  watchResumable,
  watchUnique,
} from './watch-rules.ts';

/** Rules of the store, of leaders and of loops: they know no kind of object but the Lease. */
export const STORE_RULES: readonly Rule[] = [
  revisionsGrow,
  casChain,
  ackedIsStored,
  storedOnce,
  atomic,
  linearizable,
  watchOrdered,
  watchUnique,
  watchReliable,
  watchResumable,
  watchBookmarkable,
  watchMatchesLog,
  oneLeader,
  fencedLeader,
  noLoops,
];

/** Every rule, in the order of reports. */
export const RULES: readonly Rule[] = [...STORE_RULES, ...OBJECT_RULES];
