/**
 * A trace in a file: a line that says what it is, then frames, each with its length and a checksum. What is whole is
 * read, whatever became of the rest.
 */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { decode, encode } from '../../bus/codec.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { recordsOf } from './live-trace.ts';
import { lossesOf, type Recorded } from './source.ts';

const MAGIC = 'kabuki trace 1\n';
/** Length and checksum, four bytes each, little end first. */
const HEAD_BYTES = 8;

/** The first bytes of a file. */
export function fileHead(): Uint8Array {
  return Buffer.from(MAGIC);
}

/** One message of the trail as the file has it. */
export function fileFrame(body: unknown): Uint8Array {
  const bytes = encode(body);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(bytes.length, 0);
  head.writeUInt32LE(crc32(bytes), 4);
  return Buffer.concat([head, bytes]);
}

/** Reads a file: what is whole of it, and what is not. Throws CommandError where nothing is. */
export function readTraceFile(file: string): Recorded {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as Error).message}`, EXIT.usage);
  }
  if (!bytes.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) {
    const other = /^kabuki trace (\d+)\n/.exec(bytes.subarray(0, 32).toString('latin1'))?.[1];
    throw new CommandError(
      other === undefined
        ? `${file} is no trace: it does not begin with "${MAGIC.trim()}"`
        : `${file} has version ${other} of the format, and this program reads version 1`,
      EXIT.usage,
    );
  }
  const { records, warnings } = readFrames(bytes);
  const sinceMs = records.reduce<number | undefined>(
    (first, { atMs }) => (first === undefined || atMs < first ? atMs : first),
    undefined,
  );
  return { records, of: file, sinceMs, warnings: [...warnings, ...lossesOf(records)] };
}

function readFrames(bytes: Buffer): { records: TraceRecord[]; warnings: readonly string[] } {
  const records: TraceRecord[] = [];
  const warnings: string[] = [];
  let damaged = 0;
  let at = MAGIC.length;
  while (at < bytes.length) {
    const end = at + HEAD_BYTES + (at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0);
    if (at + HEAD_BYTES > bytes.length || end > bytes.length) {
      const left = bytes.length - at;
      warnings.push(`the file is cut off: its last ${left} bytes are no whole record`);
      break;
    }
    const frame = bytes.subarray(at + HEAD_BYTES, end);
    if (crc32(frame) === bytes.readUInt32LE(at + 4)) {
      for (const record of recordsOf(decode(frame))) records.push(record);
    } else damaged += 1;
    at = end;
  }
  if (damaged > 0) warnings.push(`${damaged} damaged parts of the file were left out`);
  return { records, warnings };
}
