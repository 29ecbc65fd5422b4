/**
 * What a live run has seen, and what came of it: the rules over it, the timeline, the figures, the verdict. Reads
 * observations in the order in which they are checked; asks nobody.
 */
import type { BugSeen, Observation } from '../../machines/chaos/observation.ts';
import type { RunResult, Verdict } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { RULES } from '../../machines/checks/rules.ts';
import { type Checks, createChecks } from '../../machines/checks/run-checks.ts';
import { Timeline } from '../sim/timeline.ts';

/** What only the run itself knows of its end. */
export type Ending = Pick<
  RunResult,
  'seed' | 'version' | 'reasons' | 'steps' | 'messages' | 'recoveryMs'
> & { readonly endMs: number };

/** Bugs that are told one by one. */
const REASONS_MAX = 20;

/** See the file comment. */
export class LiveRecord {
  readonly timeline: Timeline;
  readonly checks: Checks;
  readonly #scenario: Scenario;
  readonly #startedMs: number;
  /** What the code under test did that it must not, the first ones. */
  readonly bugs: string[] = [];
  #writes = 0;

  constructor(scenario: Scenario, startedMs: number) {
    this.#scenario = scenario;
    this.#startedMs = startedMs;
    this.timeline = new Timeline(startedMs);
    const { except } = scenario.hold;
    this.checks = createChecks(RULES.filter(({ name }) => !except.includes(name)));
  }

  take(seen: Observation): void {
    if (seen.type === 'committed') this.#writes += 1;
    if (seen.type === 'bug' && this.bugs.length < REASONS_MAX) this.bugs.push(bugWords(seen));
    this.checks.observe(seen);
    this.timeline.observe(seen);
  }

  /** Ends the record. Rules that wait for something to happen are asked only where all came to rest. */
  result({ endMs, reasons, ...ending }: Ending): RunResult {
    const { bugs } = this;
    if (reasons.length === 0 && bugs.length === 0) this.checks.finish();
    const { violations, rulesChecked } = this.checks;
    for (const one of violations) this.timeline.note(one.atMs, 'violation', one.rule, one.message);
    const tookMs = endMs - this.#startedMs;
    return {
      ...ending,
      ...{ scenario: this.#scenario, world: 'live', traceHash: '' },
      verdict: verdictOf(bugs.length, violations.length, reasons.length),
      reasons: bugs.length > 0 ? bugs : reasons,
      ...{ violations, rulesChecked, writes: this.#writes },
      ...{ tookMs, simulatedMs: tookMs },
      injections: this.timeline.injections,
      timeline: this.timeline.entries,
      samples: this.timeline.samples,
    };
  }
}

function verdictOf(bugs: number, violations: number, reasons: number): Verdict {
  if (bugs > 0) return 'crashed';
  if (violations > 0) return 'unsafe';
  return reasons > 0 ? 'stuck' : 'held';
}

const bugWords = ({ process, what }: BugSeen): string =>
  process === '' ? what : `${process}: ${what}`;
