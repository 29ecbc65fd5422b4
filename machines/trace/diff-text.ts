/** Where two traces part, as text for people. Pure. */
import { formatMany, printable } from '../chaos/report/format.ts';
import { renderStep } from '../step-record.ts';
import { renderKey } from './about.ts';
import type { OneSided, Parting, SideOf, TraceDiff } from './diff.ts';
import { TraceGraph } from './graph.ts';
import { happeningsOf, howOf } from './happenings.ts';
import { normalActor } from './normal-name.ts';
import type { TraceRecord } from './record.ts';

/** One trace, as it is called. */
export interface DiffSide {
  readonly name: string;
  readonly records: readonly TraceRecord[];
}

/** Steps shown before the place where the traces part, and from there on. */
const BEFORE_MAX = 4;
const AFTER_MAX = 8;
const CAUSES_MAX = 8;
const PARTINGS_MAX = 20;
/** Every process has something to record at least this often, milliseconds. */
const SILENT_MS = 6_000;

/** The verdict, the first parting in full, and what else differs. */
export function renderDiff(diff: TraceDiff, sides: readonly [DiffSide, DiffSide]): string {
  const { partings, shared } = diff;
  const [first, ...others] = partings;
  if (first === undefined) {
    if (shared === 0) return 'The two traces have nothing in common that could be compared.';
    return `The two traces are the same: ${formatMany(shared, 'actor, object and request', 'actors, objects and requests')} in both.`;
  }
  const lines = [...firstParting(first, diff, sides)];
  const both = others.filter(({ sides: [a, b] }) => a.lives > 0 && b.lives > 0);
  if (both.length > 0) lines.push('', 'Then they part in:');
  lines.push(...both.slice(0, PARTINGS_MAX).flatMap((parting) => briefly(parting, sides)));
  if (both.length > PARTINGS_MAX) lines.push(`  and ${both.length - PARTINGS_MAX} more`);
  for (const side of [0, 1] as const) lines.push(...onlyIn(others, side, sides[side].name));
  lines.push(...silences(diff, sides));
  lines.push('', `${diff.same} of ${shared} that both have are the same.`);
  return lines.join('\n');
}

function firstParting(
  parting: Parting,
  { startMs }: TraceDiff,
  sides: readonly [DiffSide, DiffSide],
): readonly string[] {
  const lines = [`The runs part at ${printable(parting.subject)}, ${since(parting.atMs)}:`];
  for (const side of [0, 1] as const) {
    const { name, records } = sides[side];
    lines.push('', printable(name));
    lines.push(...courseOf(parting, side, records, startMs[side]));
  }
  for (const side of [0, 1] as const) {
    const first = parting.sides[side].alone[0];
    if (first === undefined) continue;
    const causes = causesOf(first.record, sides[side].records);
    if (causes.length === 0) continue;
    lines.push('', `What led to it in ${printable(sides[side].name)}`);
    lines.push(...causes.map((record) => `    ${lineOf(record, startMs[side])}`));
  }
  return lines;
}

/** What one instance did around the place, `>` before what the other trace does not have. */
function courseOf(
  { subject, sides, atMs }: Parting,
  side: 0 | 1,
  records: readonly TraceRecord[],
  startMs: number,
): readonly string[] {
  const { alone } = sides[side];
  const marked = new Set(alone.map(({ record }) => record));
  const instance = alone[0]?.happening.instance ?? nearest(subject, records, startMs + atMs);
  const course = courseIn(records, subject, instance);
  const place = alone[0]?.record;
  const at =
    place === undefined
      ? course.findIndex((record) => record.atMs >= startMs + atMs)
      : course.indexOf(place);
  const middle = at < 0 ? course.length : at;
  const shown = course.slice(Math.max(0, middle - BEFORE_MAX), middle + AFTER_MAX);
  const left = Math.max(0, course.length - middle - AFTER_MAX);
  return [
    ...shown.map((record) => {
      const isMarked = marked.has(record);
      return `  ${isMarked ? '>' : ' '} ${lineOf(record, startMs)}${isMarked ? newsOf(record) : ''}`;
    }),
    ...(left > 0 ? [`    and ${left} more`] : []),
    ...(course.length === 0 ? ['    nothing of it'] : []),
  ];
}

/** What happened to one instance; where nothing of note did, whatever is on record of that name. */
function courseIn(
  records: readonly TraceRecord[],
  subject: string,
  instance: string,
): readonly TraceRecord[] {
  const told = records.filter((record) =>
    happeningsOf(record).some((one) => one.instance === instance),
  );
  const isOf = (record: TraceRecord) =>
    record.type === 'step' && normalActor(record.actor) === subject;
  const course = told.length > 0 ? told : records.filter(isOf);
  return course.sort((one, other) => one.atMs - other.atMs);
}

/** How it went, where the record has it. */
function newsOf(record: TraceRecord): string {
  const news = record.type === 'step' && record.full !== undefined ? howOf(record.full.event) : '';
  return news === '' ? '' : printable(`  (${news})`);
}

/** The instance that was about something at a time. */
function nearest(subject: string, records: readonly TraceRecord[], atMs: number): string {
  let best = { instance: subject, farMs: Number.POSITIVE_INFINITY };
  for (const record of records) {
    for (const { subject: of, instance } of happeningsOf(record)) {
      const farMs = Math.abs(record.atMs - atMs);
      if (of === subject && farMs < best.farMs) best = { instance, farMs };
    }
  }
  return best.instance;
}

/** The chain of what came last before each, oldest first. */
function causesOf(record: TraceRecord, records: readonly TraceRecord[]): readonly TraceRecord[] {
  const graph = new TraceGraph(records);
  const chain: TraceRecord[] = [];
  let node = graph.last(graph.records.indexOf(record));
  while (node !== undefined && chain.length < CAUSES_MAX) {
    const cause = graph.records[node];
    if (cause === undefined || chain.includes(cause)) break;
    chain.unshift(cause);
    node = graph.last(node);
  }
  return chain;
}

function briefly({ subject, atMs, sides }: Parting, names: readonly [DiffSide, DiffSide]) {
  const lines = [`  ${printable(subject)}, ${since(atMs)}`];
  for (const side of [0, 1] as const) {
    const [first, ...more] = sides[side].alone;
    if (first === undefined) continue;
    const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
    lines.push(`    only in ${printable(names[side].name)}: ${whatOf(first)}${rest}`);
  }
  return lines;
}

const whatOf = ({ happening }: OneSided): string => printable(happening.what.replace(/^! /, ''));

function onlyIn(partings: readonly Parting[], side: 0 | 1, name: string): readonly string[] {
  const has = ({ lives }: SideOf) => lives > 0;
  const only = partings.filter(({ sides }) => has(sides[side]) && !has(sides[side === 0 ? 1 : 0]));
  if (only.length === 0) return [];
  return [
    '',
    `Only in ${printable(name)}:`,
    ...only.slice(0, PARTINGS_MAX).map(({ subject, atMs, sides }) => {
      const what = sides[side].alone[0];
      return `  ${printable(subject)}, ${since(atMs)}${what === undefined ? '' : `: ${whatOf(what)}`}`;
    }),
    ...(only.length > PARTINGS_MAX ? [`  and ${only.length - PARTINGS_MAX} more`] : []),
  ];
}

/** Processes of which there is nothing any more in one trace long before its end. */
function silences({ startMs }: TraceDiff, sides: readonly [DiffSide, DiffSide]): readonly string[] {
  const last = sides.map(({ records }) => lastRecords(records));
  const lines: string[] = [];
  for (const side of [0, 1] as const) {
    const [own, other] = [last[side], last[side === 0 ? 1 : 0]];
    for (const [process, atMs] of own?.silent ?? []) {
      if (other?.silent.has(process) === true) continue;
      const when = offset(atMs - startMs[side]);
      const name = printable(sides[side].name);
      lines.push(`Nothing is on record of ${printable(process)} after ${when} in ${name}.`);
    }
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

function lastRecords(records: readonly TraceRecord[]) {
  const last = new Map<string, number>();
  let endMs = 0;
  for (const { process, atMs } of records) {
    if (process === '') continue;
    last.set(process, Math.max(last.get(process) ?? 0, atMs));
    endMs = Math.max(endMs, atMs);
  }
  return { silent: new Map([...last].filter(([, atMs]) => endMs - atMs > SILENT_MS)) };
}

const since = (ms: number): string => `${offset(ms)} from their start`;

const offset = (ms: number): string =>
  `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1_000).toFixed(3)} s`;

/** One record on one line, with its time since the start. */
function lineOf(record: TraceRecord, startMs: number): string {
  return `${offset(record.atMs - startMs).padStart(10)}  ${printable(textOf(record))}`;
}

function textOf(record: TraceRecord): string {
  switch (record.type) {
    case 'step':
      return renderStep(record);
    case 'write':
      return `${renderKey(record.key)}  ${record.operation === 'put' ? (record.previous === 0 ? 'created' : 'changed') : 'deleted'}  by ${record.from}`;
    case 'request':
      return `${record.verb} ${record.path}  answered ${record.code}  for ${record.user}`;
    case 'dead':
      return `${record.event} to ${record.to}, where nobody is`;
    case 'lost':
      return `${record.count} records are missing`;
    case 'state':
      return `${record.actor} as it was when recording began`;
  }
}
