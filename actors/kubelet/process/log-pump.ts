/**
 * Brings a container's output from where its processes write it (files `stdout` and `stderr` of the
 * run's directory, appended to by them alone) into its log. The files outlive the kubelet, and so
 * does the place up to which they were read: output written meanwhile comes into the log when a
 * kubelet is back, each byte once.
 */
import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  type FSWatcher,
  openSync,
  readFileSync,
  readSync,
  watch,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { LOG_LINE_MAX, type LogFile } from './log-file.ts';

const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** How much read output stays on disk before the files are punched. */
const PUNCH_BYTES = 8 * 1024 * 1024;
/** How often files are looked at that cannot be watched, milliseconds. */
const POLL_MS = 500;

type Stream = 'stdout' | 'stderr';
const STREAMS = ['stdout', 'stderr'] as const;

interface Source {
  readonly stream: Stream;
  readonly path: string;
  fd: number;
  offset: number;
  punched: number;
  rest: Buffer;
}

/** Moves one run's output; also hands it to listeners as it comes (attach). */
export class LogPump {
  private readonly sources: readonly Source[];
  private readonly offsetsFd: number;
  private watcher: FSWatcher | undefined;
  private poll: NodeJS.Timeout | undefined;
  private queued = false;
  private closed = false;
  private readonly listeners = new Set<(stream: Stream, data: Uint8Array) => void>();
  private readonly block = Buffer.alloc(0);
  private readonly log: LogFile;

  constructor(dir: string, log: LogFile) {
    this.log = log;
    const offsetsPath = join(dir, 'offsets');
    const offsets = existsSync(offsetsPath)
      ? readFileSync(offsetsPath, 'utf8').trim().split(/ +/)
      : [];
    this.offsetsFd = openSync(offsetsPath, existsSync(offsetsPath) ? 'r+' : 'w+', 0o600);
    this.sources = STREAMS.map((stream, index) => {
      const offset = Number(offsets[index] ?? 0) || 0;
      const path = join(dir, stream);
      return { stream, path, fd: -1, offset, punched: offset, rest: this.block };
    });
    this.start(dir);
  }

  private start(dir: string): void {
    try {
      this.watcher = watch(dir, { persistent: false }, () => this.queue());
      this.watcher.on('error', () => this.fallBack());
    } catch {
      this.fallBack();
    }
    this.queue();
  }

  private fallBack(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.poll ??= setInterval(() => this.queue(), POLL_MS).unref();
  }

  private queue(): void {
    if (this.queued || this.closed) return;
    this.queued = true;
    setImmediate(() => {
      this.queued = false;
      if (!this.closed) this.flush(false);
    });
  }

  /** Reads what there is. `last`: no more comes, so a line without its end is a line. */
  flush(last: boolean): void {
    for (const source of this.sources) this.drain(source, last);
  }

  private drain(source: Source, last: boolean): void {
    if (source.fd < 0) {
      if (!existsSync(source.path)) return;
      source.fd = openSync(source.path, 'r');
    }
    const block = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const length = readSync(source.fd, block, 0, READ_BYTES, source.offset + source.rest.length);
      if (length > 0) this.take(source, Buffer.from(block.subarray(0, length)));
      else break;
    }
    if (last && source.rest.length > 0) {
      this.log.append(source.stream, [source.rest], 'F', now());
      source.offset += source.rest.length;
      source.rest = this.block;
      this.keepOffsets();
    }
    if (source.offset - source.punched > PUNCH_BYTES) punch(source);
  }

  private take(source: Source, data: Buffer): void {
    for (const listener of this.listeners) listener(source.stream, data);
    const all = source.rest.length === 0 ? data : Buffer.concat([source.rest, data]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, start)) {
      for (; end - start > LOG_LINE_MAX; start += LOG_LINE_MAX) {
        if (lines.length > 0) this.log.append(source.stream, lines.splice(0), 'F', now());
        this.log.append(source.stream, [all.subarray(start, start + LOG_LINE_MAX)], 'P', now());
      }
      lines.push(all.subarray(start, end));
      start = end + 1;
    }
    if (lines.length > 0) this.log.append(source.stream, lines, 'F', now());
    for (; all.length - start > LOG_LINE_MAX; start += LOG_LINE_MAX) {
      this.log.append(source.stream, [all.subarray(start, start + LOG_LINE_MAX)], 'P', now());
    }
    source.rest = start === all.length ? this.block : all.subarray(start);
    source.offset += start;
    this.keepOffsets();
  }

  /** Kept after what it tells of is in the log: at worst some lines come twice, none is lost. */
  private keepOffsets(): void {
    const text = this.sources.map(({ offset }) => String(offset).padStart(15)).join(' ');
    writeSync(this.offsetsFd, text, 0);
  }

  /** Hands on output as it comes. */
  listen(listener: (stream: Stream, data: Uint8Array) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stops reading; `last` as in `flush`. */
  close(last: boolean): void {
    if (this.closed) return;
    if (last) this.flush(true);
    this.closed = true;
    this.watcher?.close();
    clearInterval(this.poll);
    for (const { fd } of this.sources) if (fd >= 0) closeSync(fd);
    closeSync(this.offsetsFd);
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Gives the disk space of what was read back, where the file system can; the file's length stays.
 */
function punch(source: Source): void {
  const length = Math.floor(source.offset / 4096) * 4096;
  source.punched = source.offset;
  execFile('fallocate', ['--punch-hole', '-o', '0', '-l', String(length), source.path], () => {});
}
