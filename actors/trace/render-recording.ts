/** What `kabuki trace record` says when it ends. */
import { formatDuration, formatMany } from '../../machines/chaos/report/format.ts';
import { formatBytes } from '../../machines/trace/summary-text.ts';
import type { Recording } from './recording.ts';

/** One line, and one for each thing that is not as it was asked for. */
export function renderRecording(recording: Recording): string {
  const { file, records, bytes, lost, processes, forMs, why } = recording;
  const what = `${formatMany(records, 'record')} of ${formatMany(processes.length, 'process', 'processes')}`;
  const lines = [`${what} in ${formatDuration(forMs)}: ${file}, ${formatBytes(bytes)}`];
  if (lost > 0) lines.push(`${formatMany(lost, 'record')} or more never arrived`);
  if (why !== 'asked') lines.push(`the recording was ended: ${why}`);
  return lines.join('\n');
}
