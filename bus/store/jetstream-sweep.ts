/**
 * Takes away what a killed server brings back. A server drops versions of a key beyond the bucket's limit without writing
 * that down at once; killed before it has, it starts with them again, and below the tombstone of a key that was deleted
 * meanwhile nothing else is left to push them out. When the tombstone expires, the newest of them would be the key's
 * value: the deletion would be undone, and nobody told.
 *
 * So whoever keeps the bucket removes all that lies below tombstones whenever a server may have started anew. Never
 * touches the newest message of a key.
 */
import { StoreUnavailable } from './store.ts';

/** What of a bucket's stream is needed. */
export interface SweepStream {
  /** Keys whose newest message is a tombstone, as tokens of subjects. */
  dead(): Promise<readonly string[]>;
  /** Messages there are of each subject. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Removes all but the newest message of a key. */
  keepNewest(tokens: string): Promise<void>;
}

/** Who leads the stream, and which of its servers are there; '' where one server has it. */
export type Servers = string;

const AT_ONCE = 16;

/** See the file comment. */
export class Sweep {
  readonly #stream: SweepStream;
  #servers: Servers | undefined;
  #due = true;
  #busy = false;

  constructor(stream: SweepStream) {
    this.#stream = stream;
  }

  /** A server may have started anew. */
  suspect(): void {
    this.#due = true;
  }

  /** Sweeps where that is due; `servers` are those there are now. Resolves when it is done or has to be tried again. */
  async look(servers: Servers): Promise<void> {
    if (this.#servers !== servers) this.#due = true;
    this.#servers = servers;
    if (!this.#due || this.#busy) return;
    this.#due = false;
    this.#busy = true;
    try {
      await this.#sweep(servers === '');
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#due = true;
    } finally {
      this.#busy = false;
    }
  }

  async #sweep(isAlone: boolean): Promise<void> {
    const dead = [...(await this.#stream.dead())];
    if (dead.length === 0) return;
    // Of several servers each may have brought back something else, and one alone says what it has.
    const counts = isAlone ? await this.#stream.counts() : undefined;
    const left = dead.filter((tokens) => counts === undefined || (counts.get(tokens) ?? 0) > 1);
    while (left.length > 0) {
      await Promise.all(left.splice(0, AT_ONCE).map((tokens) => this.#stream.keepNewest(tokens)));
    }
  }
}
