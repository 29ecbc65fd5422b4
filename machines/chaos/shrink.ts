/**
 * Shrinking: finds a small scenario that still fails, by trying smaller ones and keeping those that do.
 *
 * Pure and deterministic; whoever runs scenarios drives it: `next()` gives one to try, `report()` takes the answer.
 * Greedy: starts anew from the best. Never tries more than `attemptsMax`, never the same cut of the same scenario
 * twice, never what could not be read back from a file, and never ends with a `best` that was not seen to fail.
 */
import { assert } from '../assert.ts';
import type { Scenario } from './scenario.ts';
import { scenarioProblems } from './scenario-sense.ts';
import { type Cut, cuts } from './shrink-candidates.ts';
import { type ConcreteInjection, concretize } from './shrink-concretize.ts';
import { sizeOf } from './shrink-size.ts';

/** How many scenarios a shrinker tries where nothing else is said. */
export const SHRINK_ATTEMPTS_MAX = 200;

export interface ShrinkSettings {
  readonly attemptsMax?: number | undefined;
  /** What the failing run injected: random faults are made concrete first where it still fails so. */
  readonly injections?: readonly ConcreteInjection[] | undefined;
}

/** A search under way. */
export interface Shrinker {
  /** The next scenario to try; undefined where the search is over. Ask again only after `report`. */
  next(): Scenario | undefined;
  /** Whether the scenario that `next` gave still fails in the same way. */
  report(stillFails: boolean): void;
  /** The smallest scenario known to fail; the given one at first. */
  readonly best: Scenario;
  /** What was cut from the given scenario so far, in order. */
  readonly cutsMade: readonly string[];
  readonly attempts: number;
}

/**
 * A shrinker of a scenario that fails. A cut that failed to fail is tried again, on what is left, only when nothing
 * new helps any more: so the search ends with a scenario of which no single cut fails, or at the bound.
 */
export function createShrinker(scenario: Scenario, settings: ShrinkSettings = {}): Shrinker {
  const attemptsMax = settings.attemptsMax ?? SHRINK_ATTEMPTS_MAX;
  const problems = scenarioProblems(scenario).length;
  const makesSense = (cut: Cut): boolean => scenarioProblems(cut.scenario).length <= problems;
  const made: string[] = [];
  /** Cuts that did not keep the failure: the number of the best scenario on which they were tried. */
  const useless = new Map<string, number>();
  let best = scenario;
  let bestNumber = 0;
  let retrying = false;
  let attempts = 0;
  let trying: Cut | undefined;
  let candidates = firstCuts(scenario, settings.injections ?? []);

  const search = (): Cut | undefined => {
    for (;;) {
      for (let step = candidates.next(); !step.done; step = candidates.next()) {
        const triedOn = useless.get(step.value.cut);
        const isNew = triedOn === undefined || (retrying && triedOn < bestNumber);
        if (isNew && makesSense(step.value)) return step.value;
      }
      if (retrying) return undefined;
      retrying = true;
      candidates = cuts(best);
    }
  };

  return {
    next() {
      assert(trying === undefined, 'the last scenario was not reported on yet');
      if (attempts >= attemptsMax) return undefined;
      trying = search();
      if (trying !== undefined) attempts += 1;
      return trying?.scenario;
    },
    report(stillFails) {
      assert(trying !== undefined, 'there is no scenario to report on');
      const { cut, scenario: tried } = trying;
      trying = undefined;
      if (!stillFails) {
        useless.set(cut, bestNumber);
        return;
      }
      best = tried;
      bestNumber += 1;
      retrying = false;
      made.push(cut);
      candidates = cuts(best);
    },
    get best() {
      return best;
    },
    get cutsMade() {
      return made;
    },
    get attempts() {
      return attempts;
    },
  };
}

function* firstCuts(
  scenario: Scenario,
  injections: readonly ConcreteInjection[],
): Generator<Cut, void, undefined> {
  if (injections.length > 0) {
    const concrete = concretize(scenario, injections);
    if (sizeOf(concrete) < sizeOf(scenario)) {
      yield { cut: 'random faults made concrete', scenario: concrete };
    }
  }
  yield* cuts(scenario);
}
