/**
 * What a run of a scenario gives: the verdict, the figures, the timeline. The same for the simulation and live.
 */
import type { Violation } from '../checks/check.ts';
import type { Scenario } from './scenario.ts';

/** How a run ended; exit codes of the commands follow it. */
export type Verdict =
  | 'held'
  /** A rule did not hold. */
  | 'unsafe'
  /** Everything was healed and the cluster did not converge within its budget. */
  | 'stuck'
  /** The code under test threw where it must not, or gave up. */
  | 'crashed';

/** One line of the timeline. */
export interface TimelineEntry {
  /** Since the start of the scenario, milliseconds. */
  readonly atMs: number;
  readonly kind: 'phase' | 'fault' | 'workload' | 'process' | 'node' | 'pod' | 'violation' | 'note';
  /** The process, node, pod or fault it is about. */
  readonly subject: string;
  readonly text: string;
}

/** How many pods were in which phase, and how many nodes ready, at a time. */
export interface Sample {
  readonly atMs: number;
  readonly nodesReady: number;
  readonly nodes: number;
  readonly pods: Readonly<{ [phase: string]: number }>;
  /** Pods whose Ready condition is True. */
  readonly podsReady: number;
}

/** One injection of a fault. */
export interface Injection {
  readonly fault: string;
  readonly what: string;
  readonly targets: readonly string[];
  readonly beganMs: number;
  readonly endedMs: number | undefined;
}

export interface RunResult {
  readonly scenario: Scenario;
  readonly world: 'simulation' | 'live';
  readonly seed: number;
  readonly version: string;
  readonly verdict: Verdict;
  readonly violations: readonly Violation[];
  /** Why it is not converged, or what threw; empty where it held. */
  readonly reasons: readonly string[];
  readonly steps: number;
  readonly writes: number;
  readonly messages: number;
  /** Length of the run on its own clock, and on the wall, milliseconds. */
  readonly simulatedMs: number;
  readonly tookMs: number;
  /** From healing to convergence; undefined where it did not come. */
  readonly recoveryMs: number | undefined;
  readonly rulesChecked: number;
  readonly injections: readonly Injection[];
  readonly timeline: readonly TimelineEntry[];
  readonly samples: readonly Sample[];
  /** Hash of the whole trace; the same for the same seed and version. '' live. */
  readonly traceHash: string;
}
