/** How busy machines are: steps of each kind in each process, and how long they waited and worked. Pure. */
import { formatCount } from '../chaos/report/format.ts';
import { columns } from '../columns.ts';
import { kindOf } from './about.ts';
import type { TraceRecord } from './record.ts';
import { shortDuration } from './text.ts';

/** Some durations in three numbers, milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What records tell of one kind in one process. */
export interface RecordedKind {
  readonly steps: number;
  readonly ignored: number;
  readonly wait: Spread;
  readonly work: Spread;
}

/** What a process tells of one kind now, and since it began. */
export interface LiveKind {
  readonly kind: string;
  readonly instances: number;
  readonly mailboxDepthMax: number;
  readonly mailboxDepthRecord: number;
  readonly crashes: number;
  readonly shed: number;
  readonly refused: number;
}

/** One row. */
export interface ActorStats {
  readonly process: string;
  readonly kind: string;
  /** Undefined where no process was asked: of a file, or of one that does not run any more. */
  readonly live: LiveKind | undefined;
  /** Undefined where nothing is on record. */
  readonly recorded: RecordedKind | undefined;
}

/** A process that was asked. */
export interface LiveProcess {
  readonly name: string;
  readonly machines: readonly LiveKind[];
}

/** The rows, by process and kind. */
export function actorStats(
  records: readonly TraceRecord[],
  processes: readonly LiveProcess[],
): readonly ActorStats[] {
  const rows = new Map<string, ActorStats>();
  for (const [key, { process, kind, ...samples }] of sampled(records)) {
    rows.set(key, { process, kind, live: undefined, recorded: recordedOf(samples) });
  }
  for (const { name: process, machines } of processes) {
    for (const live of machines) {
      const key = `${process} ${live.kind}`;
      const recorded = rows.get(key)?.recorded;
      rows.set(key, { process, kind: live.kind, live, recorded });
    }
  }
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

interface Samples {
  ignored: number;
  readonly waits: number[];
  readonly works: number[];
}

function sampled(records: readonly TraceRecord[]) {
  const found = new Map<string, Samples & { readonly process: string; readonly kind: string }>();
  for (const record of records) {
    if (record.type !== 'step') continue;
    const { process, actor, handled, waitMs, tookMs } = record;
    const kind = kindOf(actor);
    const key = `${process} ${kind}`;
    const samples = found.get(key) ?? { process, kind, ignored: 0, waits: [], works: [] };
    found.set(key, samples);
    samples.waits.push(waitMs);
    samples.works.push(tookMs);
    if (!handled) samples.ignored += 1;
  }
  return found;
}

function recordedOf({ ignored, waits, works }: Samples): RecordedKind {
  return { steps: waits.length, ignored, wait: spreadOf(waits), work: spreadOf(works) };
}

/** Percentiles by nearest rank: each is a duration that was measured. */
export function spreadOf(durations: readonly number[]): Spread {
  const sorted = [...durations].sort((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const HEAD = [
  ...['PROCESS', 'KIND', 'ACTORS', 'MAILBOX', 'DEEPEST', 'STEPS', 'IGNORED', 'WAIT p50', 'p99'],
  ...['max', 'WORK p50', 'p99', 'max', 'CRASHES', 'REFUSED', 'SHED'],
];

/** The rows as a table; `-` where something is not known. */
export function renderActorStats(rows: readonly ActorStats[]): string {
  return columns([HEAD, ...rows.map(cellsOf)]).join('\n');
}

function cellsOf({ process, kind, live, recorded }: ActorStats): readonly string[] {
  const count = (value: number | undefined): string =>
    value === undefined ? '-' : formatCount(value);
  const spread = (of: Spread | undefined): readonly string[] =>
    of === undefined ? ['-', '-', '-'] : [of.p50, of.p99, of.max].map(shortDuration);
  return [
    ...[process, kind, count(live?.instances), count(live?.mailboxDepthMax)],
    ...[count(live?.mailboxDepthRecord), count(recorded?.steps ?? 0), count(recorded?.ignored)],
    ...[...spread(recorded?.wait), ...spread(recorded?.work)],
    ...[count(live?.crashes), count(live?.refused), count(live?.shed)],
  ];
}
