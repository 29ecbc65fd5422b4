/** What is in a trace, as text for people. Pure. */
import { formatTime } from '../api/timestamp.ts';
import { formatDuration, formatMany, printable } from '../chaos/report/format.ts';
import { columns } from '../columns.ts';
import type { TraceSummary } from './summary.ts';

/** What a file says of itself besides its records. */
export interface FileNote {
  readonly file: string;
  readonly bytes: number;
  readonly info:
    | { readonly cluster: string; readonly version: string; readonly mode: 'full' | 'light' }
    | undefined;
  /** What is damaged or missing, a sentence each. */
  readonly warnings: readonly string[];
}

const SIZES = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

/** `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1_024 && unit < SIZES.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${SIZES[unit]}`;
}

/** The whole of it: one line a fact, then a table of processes and one of machines. */
export function renderSummary(summary: TraceSummary, note: FileNote): string {
  const { processes, kinds } = summary;
  const lines = [...facts(summary, note)];
  if (processes.length > 0) {
    const rows = processes.map((one) => [
      ...[printable(one.process), one.steps, one.full, one.writes, one.requests],
      ...[one.dead, one.lost],
    ]);
    const heading = ['PROCESS', 'STEPS', 'WITH DATA', 'WRITES', 'REQUESTS', 'DEAD LETTERS', 'LOST'];
    lines.push('', ...columns([heading, ...rows]));
  }
  if (kinds.length > 0) {
    const rows = kinds.map((one) => [printable(one.kind), one.instances, one.steps, one.full]);
    lines.push('', ...columns([['MACHINE', 'INSTANCES', 'STEPS', 'WITH DATA'], ...rows]));
  }
  return lines.join('\n');
}

function facts(summary: TraceSummary, { file, bytes, info, warnings }: FileNote): string[] {
  const { records, firstMs, lastMs, writes, requests } = summary;
  const lines = [`${printable(file)}: ${formatMany(records, 'record')}, ${formatBytes(bytes)}`];
  if (info !== undefined) {
    lines.push(
      `cluster   ${printable(info.cluster)}, recorded by kabuki ${printable(info.version)}`,
    );
  }
  if (firstMs !== undefined && lastMs !== undefined) {
    const span = `${rfc3339(firstMs)} to ${rfc3339(lastMs)}`;
    lines.push(`time      ${span} (${formatDuration(lastMs - firstMs)})`);
  }
  lines.push(
    `writes    ${writes.count} of ${formatMany(writes.keys, 'object')}`,
    `requests  ${requests.count}, ${requests.failed} of them failed`,
    `replay    ${replayable(summary)}`,
    ...warnings.map((warning) => `warning   ${printable(warning)}`),
  );
  return lines;
}

function replayable({ kinds }: TraceSummary): string {
  const steps = kinds.reduce((sum, kind) => sum + kind.steps, 0);
  const full = kinds.reduce((sum, kind) => sum + kind.full, 0);
  if (full === 0) return 'no: no step was recorded with its data';
  return `yes: ${full} of ${formatMany(steps, 'step')} were recorded with their data`;
}

const rfc3339 = (atMs: number): string => formatTime(Math.floor(atMs / 1_000));
