/**
 * A run as text: what `kabuki sim` and `kabuki chaos run` print, and the timeline. Pure; ends with a line break.
 * Never prints colour codes unless asked, nor control characters that came with a name or a message.
 */
import type { RunResult, TimelineEntry, Verdict } from '../run-result.ts';
import { injectionsByKind, type ReportSettings, replayCommand, VERDICTS } from './figures.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatMany,
  formatRate,
  needsHours,
  printable,
} from './format.ts';

/** More than these are counted, not printed. */
const VIOLATIONS_SHOWN_MAX = 10;
const OBJECTS_SHOWN_MAX = 5;
const REASONS_SHOWN_MAX = 10;
const SUBJECT_WIDTH_MAX = 32;

/** How the text looks. */
export interface TextSettings extends ReportSettings {
  /** Whether to print ANSI colour codes; by default not. */
  readonly color?: boolean | undefined;
}

/**
 * The summary of a run, a line a figure, with its verdict last; where it failed, every violation (up to ten) and the
 * command that replays it.
 */
export function renderText(result: RunResult, settings: TextSettings = {}): string {
  const paint = painter(settings.color === true);
  const lines = figures(result).map(([name, text]) => `${name.padEnd(10)}${text}`);
  lines.push(`${'verdict'.padEnd(10)}${paintVerdict(result.verdict, paint)}`);
  lines.push(...problems(result, paint));
  if (result.verdict !== 'held') {
    const maybe = result.world === 'live' ? '   (not deterministic: it may go another way)' : '';
    lines.push('', `replay    ${replayCommand(result, settings)}${maybe}`);
  }
  return `${lines.join('\n')}\n`;
}

function figures(result: RunResult): readonly (readonly [string, string])[] {
  const { scenario } = result;
  const live = result.world === 'live';
  const rate = `${formatRate(result.steps, result.tookMs)} steps/s`;
  const speed = live ? rate : `${rate}, ${simulatedSpeed(result)} simulated s/s`;
  return [
    ['scenario', printable(scenario.name)],
    ['world', live ? 'live (not deterministic)' : 'simulation'],
    ['seed', `${result.seed}`],
    ['version', printable(result.version)],
    ['nodes', formatCount(scenario.cluster.nodes)],
    ['time', timeText(result)],
    ['steps', `${formatCount(result.steps)} (${speed})`],
    ['traffic', `${formatMany(result.messages, 'message')}, ${formatMany(result.writes, 'write')}`],
    ['faults', faultsText(result)],
    ['checked', formatMany(result.rulesChecked, 'invariant')],
    ['recovery', recoveryText(result)],
    ...(result.traceHash === '' ? [] : [['trace', result.traceHash] as const]),
  ];
}

function timeText(result: RunResult): string {
  if (result.world === 'live') return formatDuration(result.tookMs);
  return `${formatDuration(result.simulatedMs)} simulated in ${formatDuration(result.tookMs)}`;
}

/** Simulated seconds a second of the wall. */
function simulatedSpeed(result: RunResult): string {
  return formatRate(result.simulatedMs / 1_000, result.tookMs);
}

/** Faults injected, in all and by kind. */
export function faultsText(result: RunResult): string {
  if (result.injections.length === 0) return 'none injected';
  const kinds = injectionsByKind(result).map(([kind, count]) => `${kind} ${formatCount(count)}`);
  return `${formatCount(result.injections.length)} injected: ${kinds.join(', ')}`;
}

/** How long recovery took. */
export function recoveryText(result: RunResult): string {
  if (result.recoveryMs !== undefined) return `${formatDuration(result.recoveryMs)} after healing`;
  if (result.verdict !== 'stuck') return 'not measured';
  return `none within ${formatDuration(result.scenario.hold.recoverWithinMs)} of healing`;
}

function problems(result: RunResult, paint: Paint): readonly string[] {
  const hours = needsHours(result);
  const lines: string[] = [];
  for (const violation of result.violations.slice(0, VIOLATIONS_SHOWN_MAX)) {
    const when = formatClock(violation.atMs, hours);
    const revision = violation.revision > 0 ? `, revision ${violation.revision}` : '';
    lines.push('', `${paint('red', printable(violation.rule))}  at ${when}${revision}`);
    lines.push(`  ${printable(violation.message)}`);
    if (violation.objects.length > 0) lines.push(`  objects: ${objectsText(violation.objects)}`);
  }
  const more = result.violations.length - VIOLATIONS_SHOWN_MAX;
  if (more > 0) lines.push('', `and ${formatMany(more, 'more violation')}`);
  if (result.reasons.length > 0) lines.push('', 'because');
  for (const reason of result.reasons.slice(0, REASONS_SHOWN_MAX)) {
    lines.push(`  ${printable(reason)}`);
  }
  const left = result.reasons.length - REASONS_SHOWN_MAX;
  if (left > 0) lines.push(`  and ${formatMany(left, 'more reason')}`);
  return lines;
}

/** The first keys of the objects, and how many more there are. */
export function objectsText(objects: readonly string[]): string {
  const shown = objects.slice(0, OBJECTS_SHOWN_MAX).map(printable).join(', ');
  const more = objects.length - OBJECTS_SHOWN_MAX;
  return more > 0 ? `${shown} and ${formatCount(more)} more` : shown;
}

/**
 * The timeline, a line an entry: time, kind, subject, what happened; in columns. Empty for an empty timeline.
 */
export function renderTimeline(
  result: RunResult,
  settings: { readonly color?: boolean | undefined } = {},
): string {
  const hours = needsHours(result);
  const paint = painter(settings.color === true);
  const rows = result.timeline.map((entry) => ({
    time: formatClock(entry.atMs, hours),
    kind: entry.kind,
    subject: printable(entry.subject),
    text: printable(entry.text),
  }));
  const width = (of: (row: (typeof rows)[number]) => string, most: number) =>
    rows.reduce((widest, row) => Math.max(widest, Math.min(most, of(row).length)), 0);
  const times = width((row) => row.time, 20);
  const kinds = width((row) => row.kind, 10);
  const subjects = width((row) => row.subject, SUBJECT_WIDTH_MAX);
  return rows
    .map(({ time, kind, subject, text }) => {
      const start = `${time.padStart(times)}  ${paint(COLORS[kind], kind.padEnd(kinds))}`;
      return `${start}  ${subject.padEnd(subjects)}  ${text}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join('');
}

type Color = keyof typeof CODES;
type Paint = (color: Color, text: string) => string;

const CODES = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  plain: 0,
} as const;

const COLORS: { readonly [kind in TimelineEntry['kind']]: Color } = {
  phase: 'cyan',
  fault: 'magenta',
  workload: 'blue',
  process: 'yellow',
  node: 'yellow',
  pod: 'plain',
  violation: 'red',
  note: 'plain',
};

const painter =
  (color: boolean): Paint =>
  (name, text) =>
    color && name !== 'plain' ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text;

function paintVerdict(verdict: Verdict, paint: Paint): string {
  const text = `${verdict}: ${VERDICTS[verdict]}`;
  return paint(verdict === 'held' ? 'green' : 'red', text);
}
