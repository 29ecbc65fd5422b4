/**
 * Reads the messages of a trail one after the other, and notices those that never came: what was lost stands as a
 * record of its own where it is missing.
 */

import { decode } from '../../bus/codec.ts';
import type { LostTraced, TraceRecord } from '../../machines/trace/record.ts';
import {
  type Batch,
  type RowCodec,
  readBatch,
  TRACE_VERSION,
  versionOf,
} from '../../machines/trace/rows.ts';
import { decodeObject } from '../apiserver/object-codec.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';

/** How bytes in rows become data. */
export const CODEC: RowCodec = { decode: decodeObject, unpack: decode };

/** See the file comment. */
export class BatchReader {
  readonly #codec: RowCodec;
  /** The number that was read last, by the life of a process. */
  readonly #last = new Map<string, number>();

  constructor(codec: RowCodec = CODEC) {
    this.#codec = codec;
  }

  /** The records of one message, which came at that time; what another version wrote is lost. */
  read(body: unknown, atMs: number): readonly TraceRecord[] {
    const batch = (body ?? {}) as Partial<Batch>;
    const records = readBatch(body, this.#codec) ?? this.#foreign(batch, atMs);
    const lost = this.#gapBefore(batch, records[0]?.atMs ?? atMs);
    return lost === undefined ? records : [lost, ...records];
  }

  #foreign({ v, process = '' }: Partial<Batch>, atMs: number): readonly TraceRecord[] {
    return typeof v === 'number' ? [{ type: 'lost', process, atMs, count: 1 }] : [];
  }

  #gapBefore({ process = '', life, n }: Partial<Batch>, atMs: number): LostTraced | undefined {
    if (life === undefined || n === undefined) return undefined;
    const last = this.#last.get(life);
    this.#last.set(life, n);
    if (last === undefined || n <= last + 1) return undefined;
    return { type: 'lost', process, atMs, count: n - last - 1 };
  }
}

/** Throws CommandError where another version wrote it. */
export function checkVersion(body: unknown): void {
  const version = versionOf(body);
  if (version === undefined || version === TRACE_VERSION) return;
  throw new CommandError(
    `the trace has version ${version}, and this program reads version ${TRACE_VERSION}`,
    EXIT.versionTooOld,
    'read it with the program that recorded it',
  );
}
