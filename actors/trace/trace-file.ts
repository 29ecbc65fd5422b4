/**
 * A trace in a file: a line that says what it is, then frames, each with a mark, its length and a checksum. What is
 * whole is read, whatever became of the rest: behind a damaged place the next mark is looked for.
 *
 * The first frame says what was recorded, the last one that the recording was ended; all between are messages of the
 * trail as they came.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { decode, encode } from '../../bus/codec.ts';
import { isRecord } from '../../machines/api/json.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { BatchReader, checkVersion } from './batch-reader.ts';
import { lossesOf, type Recorded } from './source.ts';

/** Version of the file's form. */
const FORMAT = 1;
const MAGIC = `kabuki trace ${FORMAT}\n`;
/** Begins every frame; no text has these bytes. */
const MARK = Buffer.from([0xf7, 0x4b, 0x54, 0xf7]);
/** Mark, length and checksum, four bytes each, little end first. The checksum is of length and bytes. */
const HEAD_BYTES = 12;

/** What the first frame says. */
export interface FileInfo {
  readonly cluster: string;
  /** Of the program that recorded. */
  readonly version: string;
  /** When recording began, milliseconds since the epoch. */
  readonly atMs: number;
  /** Everything that a replay needs, or what the trail holds anyway. */
  readonly mode: 'full' | 'light';
}

/** What the last frame says. */
export interface FileEnd {
  readonly atMs: number;
  /** What ended it: `asked` by its user, or a sentence. */
  readonly why: string;
}

/** What a file holds. */
export interface TraceFile extends Recorded {
  readonly bytes: number;
  readonly info: FileInfo | undefined;
  readonly end: FileEnd | undefined;
}

/** The first bytes of a file. */
export function fileHead(): Uint8Array {
  return Buffer.from(MAGIC);
}

/** One message of the trail as the file has it. */
export function fileFrame(body: unknown): Uint8Array {
  return frameOf(encode(body));
}

/** The same of a message that is bytes already. */
export function frameOf(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  MARK.copy(head);
  head.writeUInt32LE(bytes.length, 4);
  head.writeUInt32LE(checksum(head.subarray(4, 8), bytes), 8);
  return Buffer.concat([head, bytes]);
}

const checksum = (length: Uint8Array, bytes: Uint8Array): number => crc32(bytes, crc32(length));

/**
 * Reads a file: what is whole of it, and what is not. Throws CommandError where it is no trace, of another version, or
 * nothing in it is whole.
 */
export function readTraceFile(file: string): TraceFile {
  const bytes = readBytes(file);
  checkHead(file, bytes);
  const frames = framesOf(bytes);
  const { records, info, end } = readBodies(frames.bodies);
  if (frames.bodies.length === 0) {
    const advice = 'its recording was ended before anything came, or the file was cut off';
    throw new CommandError(`${file} holds nothing that is whole`, EXIT.damaged, advice);
  }
  const warnings = [...frames.warnings];
  if (end === undefined) {
    warnings.push('the end is missing: the recording was killed, or the file is cut off');
  } else if (end.why !== 'asked') warnings.push(`the recording was ended: ${end.why}`);
  return {
    ...{ records, of: file, sinceMs: sinceOf(records), bytes: bytes.length, info, end },
    warnings: [...warnings, ...lossesOf(records)],
    isDamaged: frames.warnings.length > 0 || end === undefined,
  };
}

function readBytes(file: string): Buffer {
  let opened: number | undefined;
  try {
    opened = openSync(file, 'r');
    if (!fstatSync(opened).isFile()) throw new Error('it is not a regular file');
    return readFileSync(opened);
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as Error).message}`, EXIT.usage);
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function checkHead(file: string, bytes: Buffer): void {
  if (bytes.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) return;
  if (bytes.length === 0) throw new CommandError(`${file} is empty`, EXIT.usage);
  const other = /^kabuki trace (\d+)\n/.exec(bytes.subarray(0, 32).toString('latin1'))?.[1];
  if (other === undefined) {
    throw new CommandError(
      `${file} is no trace: it does not begin with "${MAGIC.trim()}"`,
      EXIT.usage,
      'write one with `kabuki trace record -o <file>`',
    );
  }
  throw new CommandError(
    `${file} has version ${other} of the format, and this program reads version ${FORMAT}`,
    EXIT.versionTooOld,
    'read it with the program that recorded it',
  );
}

interface Frames {
  readonly bodies: readonly unknown[];
  readonly warnings: readonly string[];
}

function framesOf(bytes: Buffer): Frames {
  const bodies: unknown[] = [];
  const gaps: { readonly at: number; readonly bytes: number }[] = [];
  let [at, cutOff] = [MAGIC.length, 0];
  while (at < bytes.length) {
    const frame = wholeAt(bytes, at);
    if (frame !== undefined) {
      bodies.push(frame.body);
      at = frame.end;
      continue;
    }
    const next = nextWhole(bytes, at + 1);
    if (next === undefined) cutOff = bytes.length - at;
    else gaps.push({ at, bytes: next - at });
    at = next ?? bytes.length;
  }
  const cut = `the file is cut off: its last ${cutOff} bytes are no whole record`;
  return { bodies, warnings: [...gapsText(gaps), ...(cutOff > 0 ? [cut] : [])] };
}

function gapsText(gaps: readonly { readonly at: number; readonly bytes: number }[]): string[] {
  const [first] = gaps;
  if (first === undefined) return [];
  const bytes = gaps.reduce((sum, gap) => sum + gap.bytes, 0);
  if (gaps.length === 1) {
    return [`${bytes} bytes from byte ${first.at} on are damaged and were left out`];
  }
  return [
    `${bytes} bytes in ${gaps.length} places, the first at byte ${first.at}, are damaged and were left out`,
  ];
}

/** The frame that begins here, where it is whole. */
function wholeAt(
  bytes: Buffer,
  at: number,
): { readonly body: unknown; readonly end: number } | undefined {
  const start = at + HEAD_BYTES;
  if (start > bytes.length || !bytes.subarray(at, at + 4).equals(MARK)) return undefined;
  const end = start + bytes.readUInt32LE(at + 4);
  if (end > bytes.length) return undefined;
  const frame = bytes.subarray(start, end);
  if (checksum(bytes.subarray(at + 4, at + 8), frame) !== bytes.readUInt32LE(at + 8)) {
    return undefined;
  }
  try {
    return { body: decode(frame), end };
  } catch {
    // The checksum is right: whoever wrote it wrote no message.
    return undefined;
  }
}

function nextWhole(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MARK, from); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    if (wholeAt(bytes, at) !== undefined) return at;
  }
  return undefined;
}

function readBodies(bodies: readonly unknown[]) {
  const records: TraceRecord[] = [];
  const reader = new BatchReader();
  let info: FileInfo | undefined;
  let end: FileEnd | undefined;
  for (const body of bodies) {
    if (isRecord(body) && isRecord(body.info)) info = body.info as unknown as FileInfo;
    else if (isRecord(body) && isRecord(body.end)) end = body.end as unknown as FileEnd;
    else {
      checkVersion(body);
      for (const record of reader.read(body, 0)) records.push(record);
    }
  }
  return { records, info, end };
}

function sinceOf(records: readonly TraceRecord[]): number | undefined {
  return records.reduce<number | undefined>(
    (first, { atMs }) => (first === undefined || atMs < first ? atMs : first),
    undefined,
  );
}
