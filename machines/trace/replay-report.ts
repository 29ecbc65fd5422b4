/** What came of replaying a trace: counts by kind, and every difference. Pure. */
import type { Stepper } from '../step.ts';
import { kindOf } from './about.ts';
import type { StepTraced, TraceRecord } from './record.ts';
import {
  type Beyond,
  instancesOf,
  type Replayed,
  type ReplayHooks,
  replay,
  type StepDifference,
} from './replay.ts';
import { type Selection, selects } from './selection.ts';

/** Differences that are kept whole; more are only counted. */
const DIFFERENCES_MAX = 100;

/** The instances of one kind. */
export interface KindReport {
  readonly kind: string;
  instances: number;
  steps: number;
  same: number;
  different: number;
  /** Steps beyond replay, by the reason. */
  beyond: { [why in Beyond]?: number };
}

/** One step that came out otherwise. */
export interface Different {
  readonly record: StepTraced;
  readonly difference: StepDifference;
}

/** What came of it all. */
export interface ReplayReport {
  readonly kinds: readonly KindReport[];
  readonly steps: number;
  readonly same: number;
  readonly different: number;
  /** In the order of their times. */
  readonly differences: readonly Different[];
}

export interface ReplayOptions extends ReplayHooks {
  readonly selection: Selection;
  /** The stepper of a kind; undefined where there is no such machine. */
  readonly stepperOf: (kind: string) => Stepper | undefined;
  /** Told of every step. */
  readonly onStep?: (replayed: Replayed) => void;
}

/** Replays everything that is selected. */
export function replayAll(records: readonly TraceRecord[], options: ReplayOptions): ReplayReport {
  const kinds = new Map<string, KindReport>();
  const differences: Different[] = [];
  const wanted = records.filter((one) => one.type === 'lost' || selects(options.selection, one));
  for (const instance of instancesOf(wanted).values()) {
    const [first] = instance;
    if (first === undefined || first === 'loss') continue;
    const report = reportOf(kinds, kindOf(first.actor));
    report.instances += 1;
    for (const replayed of replay(instance, options.stepperOf(report.kind), options)) {
      count(report, replayed);
      if (replayed.outcome === 'differs') differences.push(replayed);
      options.onStep?.(replayed);
    }
  }
  const all = [...kinds.values()].sort((one, other) => (one.kind < other.kind ? -1 : 1));
  const sum = (of: (kind: KindReport) => number) =>
    all.reduce((total, kind) => total + of(kind), 0);
  differences.sort((one, other) => one.record.atMs - other.record.atMs);
  return {
    kinds: all.filter(({ steps }) => steps > 0),
    steps: sum(({ steps }) => steps),
    same: sum(({ same }) => same),
    different: sum(({ different }) => different),
    differences: differences.slice(0, DIFFERENCES_MAX),
  };
}

function reportOf(kinds: Map<string, KindReport>, kind: string): KindReport {
  const known = kinds.get(kind);
  if (known !== undefined) return known;
  const report = { kind, instances: 0, steps: 0, same: 0, different: 0, beyond: {} };
  kinds.set(kind, report);
  return report;
}

function count(report: KindReport, replayed: Replayed): void {
  report.steps += 1;
  if (replayed.outcome === 'same') report.same += 1;
  else if (replayed.outcome === 'differs') report.different += 1;
  else report.beyond[replayed.why] = (report.beyond[replayed.why] ?? 0) + 1;
}
