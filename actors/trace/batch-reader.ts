/**
 * Reads the messages of a trail one after the other, and notices those that never came: what was lost stands as a
 * record of its own where it is missing.
 */

import { decode } from '../../bus/codec.ts';
import type { LostTraced, TraceRecord } from '../../machines/trace/record.ts';
import { type Batch, readBatch, TRACE_VERSION, versionOf } from '../../machines/trace/rows.ts';
import { decodeObject } from '../apiserver/object-codec.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';

const codec = { decode: decodeObject, unpack: decode };

/** See the file comment. */
export class BatchReader {
  /** The number that was read last, by the life of a process. */
  readonly #last = new Map<string, number>();

  /** The records of one message. Throws CommandError where another version wrote it. */
  read(body: unknown): readonly TraceRecord[] {
    const records = recordsOf(body);
    const lost = this.#gapBefore((body ?? {}) as Partial<Batch>, records[0]?.atMs ?? 0);
    return lost === undefined ? records : [lost, ...records];
  }

  #gapBefore({ process = '', life, n }: Partial<Batch>, atMs: number): LostTraced | undefined {
    if (life === undefined || n === undefined) return undefined;
    const last = this.#last.get(life);
    this.#last.set(life, n);
    if (last === undefined || n <= last + 1) return undefined;
    return { type: 'lost', process, atMs, count: n - last - 1 };
  }
}

/** The records of one message, whatever came before it. Throws CommandError as above. */
export function recordsOf(body: unknown): readonly TraceRecord[] {
  const records = readBatch(body, codec);
  if (records !== undefined) return records;
  const version = versionOf(body);
  if (version === undefined) return [];
  throw new CommandError(
    `the trace has version ${version}, and this program reads version ${TRACE_VERSION}`,
    EXIT.versionTooOld,
    'read it with the program that recorded it',
  );
}
