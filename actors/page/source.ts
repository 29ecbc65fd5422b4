/** Where the page's records come from: a running cluster, or a file. */
import type { TraceRecord } from '../../machines/trace/record.ts';
import type { NatsAccess } from '../cluster/nats-access.ts';
import { FileSource } from './file-source.ts';
import { LiveSource } from './live-source.ts';
import type { ProcessRow, Shown } from './protocol.ts';

/** What is read; plain data. */
export type SourceOptions =
  | { readonly of: 'cluster'; readonly access: NatsAccess; readonly dataDir: string }
  /** A speed plays the file from its beginning, 1 as fast as it was; undefined shows all of it. */
  | { readonly of: 'file'; readonly file: string; readonly speed: number | undefined };

/** See the file comment. */
export interface Source {
  /** What there is at the beginning. */
  first(): Promise<readonly TraceRecord[]>;
  /** What has come since. */
  more(): Promise<readonly TraceRecord[]>;
  readonly shown: Shown;
  /** The time there, milliseconds since the epoch. */
  nowMs(): number;
  /** The processes that there are now; none where that cannot be told. */
  processes(): readonly ProcessRow[];
}

/** Opens it; rejects where it cannot be read. */
export function openSource(options: SourceOptions, cluster: string): Promise<Source> {
  if (options.of === 'file') return FileSource.open(options.file, options.speed);
  return LiveSource.open(options.access, options.dataDir, cluster);
}
