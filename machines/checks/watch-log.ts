/**
 * What the rules of watches share: the recent log, kept once for all of them, and what each watch
 * was told.
 *
 * Never holds an object. A watch that lags more than `LOG_LENGTH_MAX` changes is not checked for
 * gaps until it is near again; a watch is forgotten with its process.
 */
import type { Committed, Observation, Watched } from '../chaos/observation.ts';
import type { Checker, Picture, Report, Rule } from './check.ts';
import { BoundedMap } from './store-memory.ts';

/** Changes of the log that are remembered. */
export const LOG_LENGTH_MAX = 20_000;
/** Watches that are followed at a time. */
export const WATCHES_MAX = 10_000;

/** One change, as watches are told of it. */
export interface LogEntry {
  readonly revision: number;
  readonly key: string;
  readonly operation: 'put' | 'delete';
}

/** The last changes of the log. */
export class RecentLog {
  #entries: LogEntry[] = [];
  /** Changes up to this revision are not here. */
  forgotten = 0;
  last = 0;

  append({ revision, key, operation }: Committed): void {
    // Told by another rule already, or not in order, which is a violation of its own.
    if (revision <= this.last) return;
    if (this.last === 0) this.forgotten = revision - 1;
    this.last = revision;
    this.#entries.push({ revision, key, operation });
    if (this.#entries.length < 2 * LOG_LENGTH_MAX) return;
    this.#entries = this.#entries.slice(-LOG_LENGTH_MAX);
    this.forgotten = (this.#entries[0] as LogEntry).revision - 1;
  }

  at(revision: number): LogEntry | undefined {
    const entry = this.#entries[this.#indexAfter(revision - 1)];
    return entry?.revision === revision ? entry : undefined;
  }

  /** Changes after one revision and before another whose keys are below one of the prefixes. */
  between(after: number, before: number, prefixes: readonly string[]): LogEntry[] {
    const found: LogEntry[] = [];
    for (let i = this.#indexAfter(after); i < this.#entries.length; i += 1) {
      const entry = this.#entries[i] as LogEntry;
      if (entry.revision >= before) break;
      if (isAsked(entry.key, prefixes)) found.push(entry);
    }
    return found;
  }

  /**
   * Index of the first entry after a revision. Looks at the end first, where nearly all watches
   * are.
   */
  #indexAfter(revision: number): number {
    let low = 0;
    let high = this.#entries.length;
    for (let back = 1; back <= 4 && high - back >= 0; back += 1) {
      if ((this.#entries[high - back] as LogEntry).revision <= revision) return high - back + 1;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as LogEntry).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** True where the key is below one of the prefixes, whole tokens; no prefix asks for all. */
export function isAsked(key: string, prefixes: readonly string[]): boolean {
  if (prefixes.length === 0) return true;
  return prefixes.some(
    (prefix) => prefix === '' || (key.startsWith(prefix) && key[prefix.length] === '/'),
  );
}

/** How far one watch has come. */
export interface Position {
  /**
   * Up to here it knows everything: its start, its last event or progress. -1 before the first of
   * them.
   */
  told: number;
  /** Its last event; -1 where there was none since its start. */
  event: number;
  /** The highest progress it was told; -1 where there was none since its start. */
  progress: number;
  /** The revision it started with; -1 while it waits for a start. */
  start: number;
  /** Whether history had a hole, and no start has followed yet. */
  isReset: boolean;
}

/** The recent log and the watches of one run. */
export class WatchBook {
  readonly log = new RecentLog();
  readonly #watches = new BoundedMap<string, Position>(WATCHES_MAX);
  #taken: Observation | undefined;
  #told: { readonly watched: Watched; readonly position: Position } | undefined;

  /**
   * Takes an observation, once for all rules that ask; for one of a watch its position before it.
   * The next observation moves the position, so that every rule sees the same.
   */
  take(observation: Observation): Position | undefined {
    if (observation === this.#taken) return this.#told?.position;
    this.#taken = observation;
    if (this.#told !== undefined) advance(this.#told.position, this.#told.watched);
    this.#told = undefined;
    if (observation.type === 'committed') this.log.append(observation);
    else if (observation.type === 'process') {
      if (observation.state === 'crashed') this.#forget(observation.process);
    } else if (observation.type === 'watched') {
      let position = this.#watches.get(observation.watch);
      if (position === undefined) {
        position = { told: -1, event: -1, progress: -1, start: -1, isReset: false };
        this.#watches.set(observation.watch, position);
      }
      this.#told = { watched: observation, position };
      return position;
    }
    return undefined;
  }

  #forget(process: string): void {
    for (const watch of this.#watches.keys()) {
      if (watch.startsWith(`${process}/`)) this.#watches.delete(watch);
    }
  }
}

const books = new WeakMap<Picture, WatchBook>();

/** The book of the run this picture belongs to; the rules of one run share it. */
function bookOf(picture: Picture): WatchBook {
  let book = books.get(picture);
  if (book === undefined) {
    book = new WatchBook();
    books.set(picture, book);
  }
  return book;
}

/** Judges one observation of a watch, whose position is the one before it. */
export type WatchJudge = (
  watched: Watched,
  position: Readonly<Position>,
  log: RecentLog,
  report: Report,
) => void;

/** What a rule of watches must read for `perWatch`. */
export const WATCH_READS: Rule['reads'] = ['committed', 'watched', 'process'];

/** A checker that judges each watch by itself. */
export function perWatch(judge: WatchJudge): Checker {
  return {
    observe(observation: Observation, picture: Picture, report: Report) {
      const book = bookOf(picture);
      const position = book.take(observation);
      if (position === undefined || observation.type !== 'watched') return;
      judge(observation, position, book.log, report);
    },
  };
}

function advance(position: Position, { what, revision }: Watched): void {
  switch (what) {
    case 'start':
      position.told = revision;
      position.start = revision;
      position.event = -1;
      position.progress = -1;
      position.isReset = false;
      return;
    case 'event':
      position.told = Math.max(position.told, revision);
      position.event = Math.max(position.event, revision);
      return;
    case 'progress':
      position.told = Math.max(position.told, revision);
      position.progress = Math.max(position.progress, revision);
      return;
    case 'reset':
      position.isReset = true;
      return;
    default:
      what satisfies never;
  }
}
