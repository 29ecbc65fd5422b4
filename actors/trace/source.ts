/**
 * Where trace commands read from: a running cluster, or a file that `kabuki trace record` wrote. Commands that need no
 * more than records work on both alike.
 */

import { TraceGraph } from '../../machines/trace/graph.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { openLiveTrace } from './live-trace.ts';

/** What is read. */
export interface SourceOptions {
  readonly dataDir: string;
  /** A trace file; the running cluster of the data directory where undefined. */
  readonly file: string | undefined;
}

/** The records of a source, and what there is to say about them. */
export interface Recorded {
  readonly records: readonly TraceRecord[];
  /** `cluster kabuki` or the file's name. */
  readonly of: string;
  /** From when on there is something, milliseconds since the epoch; undefined where there is nothing. */
  readonly sinceMs: number | undefined;
  /** What is missing: lost records, what of a file could not be read. A sentence each. */
  readonly warnings: readonly string[];
  /** Parts of the file could not be read: a command says so with its exit code, `EXIT.damaged`. */
  readonly isDamaged: boolean;
}

/** Reads everything there is now. Throws CommandError. */
export async function readSource({ dataDir, file }: SourceOptions): Promise<Recorded> {
  if (file !== undefined) {
    const { readTraceFile } = await import('./trace-file.ts');
    return readTraceFile(file);
  }
  const trace = await openLiveTrace(dataDir);
  try {
    const records = await trace.whole();
    const { sinceMs } = await trace.state();
    const of = `cluster ${trace.cluster.cluster}`;
    return { records, of, sinceMs, warnings: lossesOf(records), isDamaged: false };
  } finally {
    await trace.close();
  }
}

/** Reads everything, as a graph. */
export async function readGraph(
  options: SourceOptions,
): Promise<Recorded & { readonly graph: TraceGraph }> {
  const recorded = await readSource(options);
  return { ...recorded, graph: new TraceGraph(recorded.records) };
}

/** What processes say they had to drop. */
export function lossesOf(records: readonly TraceRecord[]): readonly string[] {
  const lost = new Map<string, number>();
  for (const record of records) {
    if (record.type !== 'lost') continue;
    lost.set(record.process, (lost.get(record.process) ?? 0) + record.count);
  }
  return [...lost].map(([process, count]) => `${count} or more records of ${process} are missing`);
}
