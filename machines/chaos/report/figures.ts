/**
 * What the text, JSON and HTML reports say alike: the world, the faults by kind, the phases, the verdict, the command
 * that replays. Pure functions of a result; they take nothing from anywhere else.
 */
import type { RunResult, Verdict } from '../run-result.ts';
import { printable } from './format.ts';

/** What a report may be told besides the result. */
export interface ReportSettings {
  /** The scenario's file as the user named it; by default `<name>.yaml`. */
  readonly file?: string | undefined;
  /** The whole command that runs it again, where the default does not say all (`--nodes`, `--for`). */
  readonly replay?: string | undefined;
}

/** What each verdict means, in a few words. */
export const VERDICTS: { readonly [V in Verdict]: string } = {
  held: 'every rule held',
  unsafe: 'a rule did not hold',
  stuck: 'did not converge after everything was healed',
  crashed: 'the code under test failed',
};

/** The command that runs the scenario again: `kabuki sim crash.yaml --seed 42`. */
export function replayCommand(result: RunResult, settings: ReportSettings): string {
  if (settings.replay !== undefined) return settings.replay;
  const command = result.world === 'live' ? 'kabuki chaos run' : 'kabuki sim';
  const file = printable(settings.file ?? `${result.scenario.name}.yaml`);
  return `${command} ${shellWord(file)} --seed ${result.seed}`;
}

const shellWord = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** How often each kind of fault was injected, the most frequent first. */
export function injectionsByKind(result: RunResult): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { what } of result.injections) {
    const kind = printable(what.split(/[\s(,:]/, 1)[0] ?? what);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

/** A phase of the run, milliseconds since the start of the scenario. */
export interface PhaseSpan {
  readonly phase: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const PHASES = ['prepare', 'faults', 'heal', 'end'] as const;

/** Where a time is on the axis of a drawing. */
export type Scale = (atMs: number) => number;

/** The first and the last moment that the report shows. */
export function timeSpan(result: RunResult): { readonly fromMs: number; readonly toMs: number } {
  let fromMs = 0;
  let toMs = Math.max(1, result.simulatedMs);
  const show = (atMs: number) => {
    fromMs = Math.min(fromMs, atMs);
    toMs = Math.max(toMs, atMs);
  };
  for (const entry of result.timeline) show(entry.atMs);
  for (const sample of result.samples) show(sample.atMs);
  for (const violation of result.violations) show(violation.atMs);
  for (const injection of result.injections) {
    show(injection.beganMs);
    show(injection.endedMs ?? injection.beganMs);
  }
  return { fromMs, toMs };
}

/** The phases as the timeline tells them: entries of kind `phase` whose subject (or text) is the phase's name. */
export function phasesOf(result: RunResult): readonly PhaseSpan[] {
  const { toMs } = timeSpan(result);
  const begun = result.timeline.flatMap((entry) => {
    if (entry.kind !== 'phase') return [];
    const named =
      PHASES.find((phase) => phase === entry.subject) ??
      PHASES.find((phase) => entry.text.split(/\W+/).includes(phase));
    return named === undefined ? [] : [{ phase: named, fromMs: entry.atMs }];
  });
  return begun
    .map((span, index) => ({ ...span, toMs: begun[index + 1]?.fromMs ?? toMs }))
    .filter((span) => span.phase !== 'end');
}

/** From the healing to convergence; undefined where it did not come, or nobody knows when healing began. */
export function recoverySpan(result: RunResult): PhaseSpan | undefined {
  const healed = phasesOf(result).find((span) => span.phase === 'heal');
  if (healed === undefined || result.recoveryMs === undefined) return undefined;
  return { phase: 'recovery', fromMs: healed.fromMs, toMs: healed.fromMs + result.recoveryMs };
}
