/**
 * The timeline as an HTML table, within a budget of bytes: where it does not fit, what tells least is left out first
 * (pods before nodes before faults), and the page says how much. Pure.
 */
import type { RunResult, TimelineEntry } from '../run-result.ts';
import { formatClock, formatMany, needsHours } from './format.ts';
import { byteLength, escapeHtml, escapeShort } from './html-text.ts';

type Kind = TimelineEntry['kind'];

/** The kinds with their class in the table, what tells most first. */
const KINDS: { readonly [K in Kind]: string } = {
  violation: 'v',
  phase: 'p',
  fault: 'f',
  workload: 'w',
  process: 'r',
  node: 'n',
  note: 't',
  pod: 'd',
};
const ORDER = Object.keys(KINDS);
const TEXT_MAX = 300;
const SUBJECT_MAX = 100;

/** The filter, the table and what was left out. Its rows take at most `bytesMax`. */
export function timelineTable(result: RunResult, bytesMax: number): string {
  const hours = needsHours(result);
  const rows = fitting(
    result.timeline.map((entry) => ({ entry, row: rowOf(entry, hours) })),
    bytesMax,
  );
  const kinds = new Set(rows.map(({ entry }) => entry.kind));
  const boxes = ORDER.filter((kind) => kinds.has(kind as Kind)).map(
    (kind) =>
      `<label><input type="checkbox" value="${KINDS[kind as Kind]}" checked/> ${kind}</label>`,
  );
  const left = result.timeline.length - rows.length;
  return [
    '<div class="card scroll" tabindex="0" role="region" aria-label="Timeline">',
    '<form class="filter" id="filter" hidden="hidden" onsubmit="return false">',
    '<label>Filter <input type="search" id="search"/></label>',
    ...boxes,
    '<output id="count" class="muted"></output></form>',
    '<table id="timeline"><thead><tr><th scope="col">Time</th><th scope="col">Subject</th>',
    '<th scope="col">What</th></tr></thead>',
    `<tbody>${rows.map(({ row }) => row).join('\n')}</tbody></table></div>`,
    left === 0
      ? ''
      : `<p class="muted">${formatMany(left, 'entry', 'entries')} left out: the JSON report has all.</p>`,
  ].join('\n');
}

function rowOf({ atMs, kind, subject, text }: TimelineEntry, hours: boolean): string {
  const time = escapeHtml(formatClock(atMs, hours));
  const who = escapeShort(subject, SUBJECT_MAX);
  const what = escapeShort(text, TEXT_MAX);
  return `<tr class="${KINDS[kind]}"><td>${time}</td><td>${who}</td><td>${what}</td></tr>`;
}

interface Row {
  readonly entry: TimelineEntry;
  readonly row: string;
}

function fitting(rows: readonly Row[], bytesMax: number): readonly Row[] {
  const rank = ({ entry }: Row) => ORDER.indexOf(entry.kind);
  const kept = new Set<Row>();
  let bytes = 0;
  for (const row of [...rows].sort((a, b) => rank(a) - rank(b))) {
    bytes += byteLength(row.row) + 1;
    if (bytes > bytesMax) break;
    kept.add(row);
  }
  return rows.filter((row) => kept.has(row));
}
