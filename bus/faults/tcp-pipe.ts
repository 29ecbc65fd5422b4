/**
 * One direction of a proxied connection: bytes in, the same bytes out, perhaps later.
 *
 * Holds no more than its bound: where more is under way it stops reading, and the sender's TCP waits.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';

/** What is in the way now. */
export interface PipeFaults {
  /** Nothing passes, the end of the connection included. */
  readonly held: boolean;
  readonly latencyMs: number;
  /** Infinity where there is no limit. */
  readonly bytesPerSecond: number;
}

/** Bytes under way in one direction. */
export const PIPE_BYTES_MAX = 16 * 1024 * 1024;

interface Chunk {
  readonly dueMs: number;
  readonly bytes: Buffer;
}

/** See the file comment. */
export class TcpPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #clock: Clock;
  readonly #faults: () => PipeFaults;
  #chunks: Chunk[] = [];
  #bytes = 0;
  #sentMs = 0;
  #cancelTimer: (() => void) | undefined;
  #blocked = false;
  #ended = false;
  #closed = false;

  constructor(
    from: Socket,
    to: Socket,
    clock: Clock,
    faults: () => PipeFaults,
    rewrite: (bytes: Buffer) => Buffer,
  ) {
    this.#from = from;
    this.#to = to;
    this.#clock = clock;
    this.#faults = faults;
    from.on('data', (bytes: Buffer) => this.#arrived(rewrite(bytes)));
    from.on('end', () => {
      this.#ended = true;
      this.#send();
    });
    to.on('drain', () => {
      this.#blocked = false;
      this.#send();
    });
    this.changed();
  }

  /** Looks at the faults anew: what is held goes on where nothing is in the way any more. */
  changed(): void {
    const { held, latencyMs, bytesPerSecond } = this.#faults();
    const free = !held && latencyMs === 0 && bytesPerSecond === Number.POSITIVE_INFINITY;
    if (free) {
      this.#sentMs = 0;
      this.#chunks = this.#chunks.map(({ bytes }) => ({ bytes, dueMs: 0 }));
    }
    this.#send();
  }

  close(): void {
    this.#closed = true;
    this.#chunks = [];
    this.#cancelTimer?.();
  }

  #arrived(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const { latencyMs, bytesPerSecond } = this.#faults();
    const nowMs = this.#clock.nowMs();
    // The line is busy until the bytes before have been sent.
    this.#sentMs = Math.max(this.#sentMs, nowMs) + (bytes.length * 1000) / bytesPerSecond;
    const lastMs = this.#chunks.at(-1)?.dueMs ?? 0;
    this.#chunks.push({ bytes, dueMs: Math.max(lastMs, this.#sentMs + latencyMs) });
    this.#bytes += bytes.length;
    this.#send();
  }

  /** Hands on what is due, and reads on or waits. */
  #send(): void {
    if (this.#closed) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { held } = this.#faults();
    const nowMs = this.#clock.nowMs();
    let count = 0;
    while (!held && !this.#blocked && count < this.#chunks.length) {
      const { dueMs, bytes } = this.#chunks[count]!;
      if (dueMs > nowMs) break;
      count += 1;
      this.#bytes -= bytes.length;
      if (!this.#to.write(bytes)) this.#blocked = true;
    }
    this.#chunks.splice(0, count);
    if (held || this.#blocked || this.#bytes > PIPE_BYTES_MAX) this.#from.pause();
    else this.#from.resume();
    const next = this.#chunks[0];
    if (next !== undefined && !held && !this.#blocked) {
      const delayMs = Math.max(0, Math.ceil(next.dueMs - nowMs));
      this.#cancelTimer = this.#clock.setTimer(delayMs, () => this.#send());
    } else if (next === undefined && this.#ended && !held) this.#to.end();
  }
}
