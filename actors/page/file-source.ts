/** A trace file as the page reads it: all at once, or played from its beginning. Never changes the file. */
import type { TraceRecord } from '../../machines/trace/record.ts';
import { readTraceFile } from '../trace/trace-file.ts';
import type { ProcessRow, Shown } from './protocol.ts';
import type { Source } from './source.ts';

/** See the file comment. */
export class FileSource implements Source {
  readonly shown: Shown;
  readonly #records: readonly TraceRecord[];
  readonly #speed: number | undefined;
  #next = 0;
  #startedMs = 0;
  #fromMs = 0;

  private constructor(records: readonly TraceRecord[], speed: number | undefined) {
    this.#records = [...records].sort((one, other) => one.atMs - other.atMs);
    this.#speed = speed;
    this.shown = speed === undefined ? 'file' : 'played';
  }

  /** Reads it; rejects where there is nothing whole in it. */
  static async open(file: string, speed: number | undefined): Promise<FileSource> {
    return new FileSource(readTraceFile(file).records, speed);
  }

  async first(): Promise<readonly TraceRecord[]> {
    if (this.#speed === undefined) return this.#upTo(Number.POSITIVE_INFINITY);
    // Objects were written long before recording began: it begins with the first step.
    const first = this.#records.find(({ type }) => type === 'step') ?? this.#records[0];
    this.#fromMs = first?.atMs ?? 0;
    this.#startedMs = performance.now();
    return this.#upTo(this.#fromMs);
  }

  async more(): Promise<readonly TraceRecord[]> {
    return this.#upTo(this.nowMs());
  }

  nowMs(): number {
    const lastMs = this.#records.at(-1)?.atMs ?? 0;
    if (this.#speed === undefined) return lastMs;
    return this.#fromMs + (performance.now() - this.#startedMs) * this.#speed;
  }

  #upTo(atMs: number): readonly TraceRecord[] {
    const from = this.#next;
    while (this.#next < this.#records.length && (this.#records[this.#next]?.atMs ?? 0) <= atMs) {
      this.#next += 1;
    }
    return this.#records.slice(from, this.#next);
  }

  processes(): readonly ProcessRow[] {
    return [];
  }
}
