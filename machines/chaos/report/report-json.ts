/**
 * A run as JSON for machines. Pure; keys in a fixed order, what is not there is null (never left out), times are
 * milliseconds since the start of the scenario. A field is never renamed or given another meaning without a new
 * `schema`; fields may be added.
 */
import type { Violation } from '../../checks/check.ts';
import type { Injection, RunResult, Sample, TimelineEntry, Verdict } from '../run-result.ts';
import type { Scenario } from '../scenario.ts';
import { injectionsByKind, type ReportSettings, replayCommand } from './figures.ts';

/** The number of the shape that is written now. */
export const REPORT_SCHEMA = 1;

/** The document that `renderJson` writes. */
export interface ReportJson {
  readonly schema: typeof REPORT_SCHEMA;
  /** Version of Kabuki that ran it. */
  readonly version: string;
  readonly world: 'simulation' | 'live';
  /** True where the same seed and version give the same run. */
  readonly deterministic: boolean;
  readonly seed: number;
  readonly verdict: Verdict;
  /** The command that runs it again. */
  readonly replay: string;
  readonly recoveryMs: number | null;
  readonly figures: {
    readonly steps: number;
    readonly writes: number;
    readonly messages: number;
    readonly simulatedMs: number;
    readonly tookMs: number;
    /** Steps, and simulated seconds, a second of the wall; null where no time passed. */
    readonly stepsPerSecond: number | null;
    readonly simulatedSecondsPerSecond: number | null;
    readonly faultsInjected: number;
    readonly faultsByKind: { readonly [kind: string]: number };
    readonly rulesChecked: number;
  };
  readonly violations: readonly Violation[];
  readonly reasons: readonly string[];
  readonly injections: readonly (Omit<Injection, 'endedMs'> & {
    readonly endedMs: number | null;
  })[];
  readonly timeline: readonly TimelineEntry[];
  readonly samples: readonly Sample[];
  /** '' live. */
  readonly traceHash: string;
  /** The scenario as parsed. */
  readonly scenario: Scenario;
}

/** The JSON text of a run, indented, with a line break at the end: one document of the shape `ReportJson`. */
export function renderJson(result: RunResult, settings: ReportSettings = {}): string {
  const nullable = (_: string, value: unknown) => (value === undefined ? null : value);
  return `${JSON.stringify(reportJson(result, settings), nullable, 2)}\n`;
}

/** The document as a value, for who puts it into another one. */
export function reportJson(result: RunResult, settings: ReportSettings = {}): ReportJson {
  const { tookMs, simulatedMs, steps } = result;
  const rate = (count: number) =>
    tookMs > 0 ? Math.round((count / tookMs) * 1_000 * 100) / 100 : null;
  return {
    schema: REPORT_SCHEMA,
    version: result.version,
    world: result.world,
    deterministic: result.world === 'simulation',
    seed: result.seed,
    verdict: result.verdict,
    replay: replayCommand(result, settings),
    recoveryMs: result.recoveryMs ?? null,
    figures: {
      steps,
      writes: result.writes,
      messages: result.messages,
      simulatedMs,
      tookMs,
      stepsPerSecond: rate(steps),
      simulatedSecondsPerSecond: rate(simulatedMs / 1_000),
      faultsInjected: result.injections.length,
      faultsByKind: Object.fromEntries(injectionsByKind(result)),
      rulesChecked: result.rulesChecked,
    },
    violations: result.violations.map(({ rule, atMs, revision, message, objects }) => ({
      rule,
      atMs,
      revision,
      message,
      objects,
    })),
    reasons: result.reasons,
    injections: result.injections.map(({ fault, what, targets, beganMs, endedMs }) => ({
      fault,
      what,
      targets,
      beganMs,
      endedMs: endedMs ?? null,
    })),
    timeline: result.timeline.map(({ atMs, kind, subject, text }) => ({
      atMs,
      kind,
      subject,
      text,
    })),
    samples: result.samples.map(({ atMs, nodesReady, nodes, pods, podsReady }) => ({
      atMs,
      nodesReady,
      nodes,
      podsReady,
      pods: sorted(pods),
    })),
    traceHash: result.traceHash,
    scenario: result.scenario,
  };
}

function sorted(counts: { readonly [phase: string]: number }): {
  readonly [phase: string]: number;
} {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
