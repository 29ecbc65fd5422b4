/**
 * A container's log: a file in the CRI's format, `<time> stdout F line`, rotated by size; and
 * readers of it. Lines longer than the longest are written in parts (`P`), as container runtimes
 * do.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LogOptions, LogReader } from '../runtime.ts';

/**
 * Size at which a log is rotated, and how many files are kept; kubelet: containerLogMaxSize,
 * ...MaxFiles.
 */
export const LOG_BYTES_MAX = 10 * 1024 * 1024;
export const LOG_FILES_MAX = 5;
/** Longest line that is kept in one piece. */
export const LOG_LINE_MAX = 16 * 1024;
const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

type Stream = 'stdout' | 'stderr';

/** `2025-01-31T12:00:00.123456789Z` of now, from a clock with nanoseconds. */
function timestamp(nowMs: number): string {
  const whole = Math.floor(nowMs);
  const nanos = Math.floor((nowMs - whole) * 1e6);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(nanos).padStart(6, '0')}Z`;
}

/** Appends to a log, and tells its readers. */
export class LogFile {
  readonly path: string;
  private fd: number;
  private size: number;
  private ended = false;
  private readonly listeners = new Set<() => void>();

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    this.fd = openSync(path, 'a', 0o640);
    this.size = fstatSync(this.fd).size;
  }

  /** Appends complete lines, or parts of one that is too long. */
  append(stream: Stream, lines: readonly Uint8Array[], tag: 'F' | 'P', nowMs: number): void {
    if (this.ended) return;
    const head = Buffer.from(`${timestamp(nowMs)} ${stream} ${tag} `);
    const tail = Buffer.from('\n');
    const block = Buffer.concat(lines.flatMap((line) => [head, line, tail]));
    writeSync(this.fd, block);
    this.size += block.length;
    if (this.size >= LOG_BYTES_MAX) this.rotate();
    for (const listener of this.listeners) listener();
  }

  private rotate(): void {
    closeSync(this.fd);
    const stamp = new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14);
    let to = `${this.path}.${stamp}`;
    for (let n = 1; existsSync(to); n++) to = `${this.path}.${stamp}-${n}`;
    renameSync(this.path, to);
    const dir = dirname(this.path);
    const old = readdirSync(dir).filter((name) => name.startsWith(`${basename(this.path)}.`));
    for (const name of old.sort().slice(0, Math.max(0, old.length - LOG_FILES_MAX + 1))) {
      rmSync(join(dir, name), { force: true });
    }
    this.fd = openSync(this.path, 'a', 0o640);
    this.size = 0;
  }

  /** No more comes: readers that follow come to their end. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    closeSync(this.fd);
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }

  get isEnded(): boolean {
    return this.ended;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** One line of a log, taken apart; undefined where it is none. */
function parseLine(
  line: Buffer,
): { at: string; stream: string; full: boolean; text: Buffer } | undefined {
  const first = line.indexOf(0x20);
  const second = line.indexOf(0x20, first + 1);
  const third = line.indexOf(0x20, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  return {
    at: line.toString('latin1', 0, first),
    stream: line.toString('latin1', first + 1, second),
    full: line.toString('latin1', second + 1, third) !== 'P',
    text: line.subarray(third + 1),
  };
}

/** Where the last `lines` full lines of a file begin. */
function tailOffset(fd: number, lines: number): number {
  const size = fstatSync(fd).size;
  if (lines === 0) return size;
  const block = Buffer.alloc(READ_BYTES);
  let seen = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - READ_BYTES);
    const length = readSync(fd, block, 0, end - start, start);
    for (let i = length - 1; i >= 0; i--) {
      if (block[i] === NEWLINE && start + i < size - 1 && ++seen === lines) return start + i + 1;
    }
    end = start;
  }
  return 0;
}

/**
 * Reads a log file; follows it where asked, through `live`, over a rotation, until it has ended.
 */
export function readLog(path: string, options: LogOptions, live: LogFile | undefined): LogReader {
  const since = options.sinceMs === undefined ? '' : new Date(options.sinceMs).toISOString();
  let fd = existsSync(path) ? openSync(path, 'r') : -1;
  let offset = fd >= 0 && options.tailLines !== undefined ? tailOffset(fd, options.tailLines) : 0;
  let rest: Buffer = Buffer.alloc(0);
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let paused = false;
  let closed = false;
  let partial = false;
  const stopListening = options.follow ? live?.onChange(() => setImmediate(pump)) : undefined;

  const reader: LogReader = {
    onData: undefined,
    onEnd: undefined,
    pause(value) {
      paused = value;
      if (!paused) pump();
    },
    close,
  };

  function close(): void {
    if (closed) return;
    closed = true;
    stopListening?.();
    if (fd >= 0) closeSync(fd);
  }

  function finish(): void {
    if (closed) return;
    close();
    reader.onEnd?.();
  }

  /** Turns lines of the file into what the client asked for. */
  function render(block: Buffer): Buffer {
    const out: Buffer[] = [];
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
      const line = parseLine(block.subarray(start, end));
      start = end + 1;
      if (line === undefined || line.at < since) continue;
      if (options.stream !== undefined && line.stream !== options.stream) continue;
      if (options.timestamps && !partial) out.push(Buffer.from(`${line.at} `));
      out.push(line.text);
      if (line.full) out.push(Buffer.from('\n'));
      partial = !line.full;
    }
    rest = Buffer.from(block.subarray(start));
    return Buffer.concat(out);
  }

  function pump(): void {
    const block = Buffer.alloc(READ_BYTES);
    while (!closed && !paused) {
      const length = fd < 0 ? 0 : readSync(fd, block, 0, READ_BYTES, offset);
      if (length === 0) {
        if (reopen()) continue;
        if (!options.follow || live === undefined || live.isEnded) finish();
        return;
      }
      offset += length;
      const out = render(Buffer.concat([rest, block.subarray(0, length)]));
      if (out.length === 0) continue;
      reader.onData?.(out.length > left ? out.subarray(0, left) : out);
      left -= out.length;
      if (left <= 0) finish();
    }
  }

  /** After a rotation the path is another, shorter file. */
  function reopen(): boolean {
    if (!options.follow || !existsSync(path)) return false;
    const again = openSync(path, 'r');
    if (fd >= 0 && fstatSync(again).ino === fstatSync(fd).ino) {
      closeSync(again);
      return false;
    }
    if (fd >= 0) closeSync(fd);
    fd = again;
    offset = 0;
    return true;
  }

  setImmediate(pump);
  return reader;
}
