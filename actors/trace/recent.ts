/** What was recorded lately, of a running cluster or of a file. */
import type { TraceRecord } from '../../machines/trace/record.ts';
import { openLiveTrace } from './live-trace.ts';
import { lossesOf, readSource, type SourceOptions } from './source.ts';

/** Records, and what there is to say about them. */
export interface Recent {
  readonly records: readonly TraceRecord[];
  readonly warnings: readonly string[];
}

/** The records of the last so many milliseconds; of a file, before its end. Throws CommandError. */
export async function readRecent(source: SourceOptions, withinMs: number): Promise<Recent> {
  if (source.file !== undefined) {
    const { records, warnings } = await readSource(source);
    const last = records.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
    return { records: within(records, last - withinMs), warnings };
  }
  const trace = await openLiveTrace(source.dataDir);
  try {
    const records = within(await trace.all(), Date.now() - withinMs);
    return { records, warnings: lossesOf(records) };
  } finally {
    await trace.close();
  }
}

const within = (records: readonly TraceRecord[], fromMs: number): readonly TraceRecord[] =>
  records.filter(({ atMs }) => atMs >= fromMs);
