/** A replay as text for people. Pure. */
import { formatCount, formatMany, printable } from '../chaos/report/format.ts';
import { columns } from '../columns.ts';
import { renderState, renderStep, shortEffect } from '../step-record.ts';
import { canonical } from './digest.ts';
import type { StepTraced } from './record.ts';
import type { Beyond, Replayed } from './replay.ts';
import type { Different, KindReport, ReplayReport } from './replay-report.ts';
import { clockTime } from './text.ts';

/** What is printed of one value before it is cut. */
const VALUE_MAX = 2_000;
/** Differences after the first that get a line of their own. */
const MORE_MAX = 20;

const BEYOND: Readonly<{ [why in Beyond]: string }> = {
  light: 'recorded without data',
  unknownState: 'state not on record',
  afterLoss: 'after lost records',
  afterDifference: 'after a difference',
  unknownMachine: 'no such machine',
};

/** The verdict, a row for each kind, and the differences. */
export function renderReplay(report: ReplayReport): string {
  const lines = [verdictOf(report), ''];
  if (report.kinds.length > 0) {
    lines.push(
      ...columns([
        ['KIND', 'INSTANCES', 'STEPS', 'SAME', 'DIFFERENT', 'NOT REPLAYED'],
        ...report.kinds.map(rowOf),
      ]),
    );
  }
  const [first, ...more] = report.differences;
  if (first !== undefined) lines.push('', 'The first difference:', '', ...renderDifferent(first));
  if (more.length > 0) lines.push('', 'Then:');
  for (const { record, difference } of more.slice(0, MORE_MAX)) {
    lines.push(`  ${place(record)}  <- ${printable(record.event)}: ${difference.parts.join(', ')}`);
  }
  const rest = report.different - 1 - Math.min(more.length, MORE_MAX);
  if (rest > 0) lines.push(`  and ${formatCount(rest)} more`);
  return lines.join('\n');
}

function verdictOf({ steps, same, different, kinds }: ReplayReport): string {
  if (steps === 0) return 'There are no steps to replay.';
  const of = `of ${formatMany(steps, 'step')}`;
  if (same + different === 0) return `None ${of} can be replayed: ${reasonsOf(kinds)}.`;
  const replayed = `Replayed ${formatMany(same + different, 'step')} ${of}`;
  const outcome =
    different === 0 ? 'every one came out the same' : `${different} came out otherwise`;
  return `${replayed}: ${outcome}.`;
}

function reasonsOf(kinds: readonly KindReport[]): string {
  const reasons = new Set(kinds.flatMap(({ beyond }) => Object.keys(beyond) as Beyond[]));
  return [...reasons].map((why) => BEYOND[why]).join(', ');
}

function rowOf({ kind, instances, steps, same, different, beyond }: KindReport) {
  const reasons = Object.entries(beyond).map(([why, count]) => `${count} ${BEYOND[why as Beyond]}`);
  return [printable(kind), instances, steps, same, different, reasons.join(', ') || '-'];
}

const place = ({ atMs, process, actor }: StepTraced): string =>
  `${clockTime(atMs)}  ${printable(process)}  ${printable(actor)}`;

/** One step that came out otherwise: what it was given, and both sides of each part that differs. */
export function renderDifferent({ record, difference }: Different): readonly string[] {
  const { found, thrown, parts, fields } = difference;
  const lines = [
    place(record),
    `  ${printable(renderStep(record))}`,
    `  message  ${printable(record.messageId)} from ${printable(record.from)}`,
    `  event    ${shown(record.full?.event)}`,
  ];
  const sides = (name: string, expected: string, now: string): void => {
    lines.push(
      `  ${name}`,
      `    on record  ${printable(expected)}`,
      `    now        ${printable(now)}`,
    );
  };
  if (found === undefined) lines.push(`  the machine threw: ${printable(String(thrown))}`);
  for (const part of parts) {
    if (part === 'before')
      lines.push('  state before: the record does not follow the one before it');
    if (found === undefined) continue;
    if (part === 'after') sides('state', renderState(record.after), renderState(found.state.value));
    if (part === 'done') sides('done', String(record.done), String(found.done));
    if (part === 'handled') sides('handled', String(record.handled), String(found.handled));
    if (part === 'effects') lines.push(...effectLines(record.full?.effects ?? [], found.effects));
    if (part === 'context') lines.push(...contextLines(fields, found.state.context));
  }
  return lines;
}

function effectLines(expected: readonly object[], found: readonly object[]): readonly string[] {
  const lines = ['  effects'];
  for (let at = 0; at < Math.max(expected.length, found.length); at += 1) {
    const [one, other] = [expected[at], found[at]];
    if (canonical(one) === canonical(other)) {
      lines.push(`    ${at + 1}. same: ${printable(shortEffect(one as { type: string }))}`);
      continue;
    }
    lines.push(`    ${at + 1}. on record  ${one === undefined ? 'none' : shown(one)}`);
    lines.push(`       now        ${other === undefined ? 'none' : shown(other)}`);
  }
  return lines;
}

/** The record has digests alone: what is shown is what the machine came to now. */
function contextLines(fields: readonly string[], context: unknown): readonly string[] {
  const values = (context ?? {}) as { readonly [field: string]: unknown };
  return [
    `  context  differs in ${fields.map(printable).join(', ')}; now`,
    ...fields.map((field) => `    ${printable(field)}: ${shown(values[field])}`),
  ];
}

/** Data on one line, cut where it is long. */
export function shown(data: unknown): string {
  const text = printable(canonical(data));
  return text.length <= VALUE_MAX
    ? text
    : `${text.slice(0, VALUE_MAX)}... (${text.length} characters)`;
}

/** One replayed step: `=` where it is the same, `!` where it differs, `?` where it is beyond replay. */
export function renderReplayed(replayed: Replayed): string {
  const mark = { same: '=', differs: '!', beyond: '?' }[replayed.outcome];
  const { record } = replayed;
  const why = replayed.outcome === 'beyond' ? `  (${BEYOND[replayed.why]})` : '';
  const line = printable(renderStep(record));
  return `${mark} ${clockTime(record.atMs)}  ${printable(record.process)}  ${line}${why}`;
}
