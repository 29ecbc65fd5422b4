/**
 * What the rules of watches share: the recent log, kept once for all of them, and what each watch was told.
 *
 * Never holds an object. A watch that lags more than `LOG_LENGTH_MAX` changes is not checked for gaps until it is near
 * again; a watch is forgotten with its process.
 */
import type { Committed, Observation, Watched } from '../chaos/observation.ts';
import type { Checker, Picture, Report } from './check.ts';
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

  /** Index of the first entry after a revision. Looks at the end first, where nearly all watches are. */
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

const logs = new WeakMap<Picture, RecentLog>();

/** The log of the run this picture belongs to; the rules of one run share it. */
export function recentLogOf(picture: Picture): RecentLog {
  let log = logs.get(picture);
  if (log === undefined) {
    log = new RecentLog();
    logs.set(picture, log);
  }
  return log;
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
  /** Up to here it knows everything: its start, its last event or progress. -1 before the first of them. */
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

type Judge<S> = (
  watched: Watched,
  position: Readonly<Position>,
  own: S,
  log: RecentLog,
  report: Report,
) => void;

/** What a rule of watches is made of; `S` is what it remembers of each watch besides its position. */
export interface WatchJudge<S> {
  remember(): S;
  /** Told of every observation of a watch, with the position before it. */
  readonly told: Judge<S>;
  /** The run is over. */
  readonly end?: (watch: string, own: S, report: Report) => void;
}

/** A checker that judges each watch by itself. */
export function perWatch<S>(judge: WatchJudge<S>): Checker {
  const watches = new BoundedMap<string, { readonly position: Position; readonly own: S }>(
    WATCHES_MAX,
  );
  return {
    observe(observation: Observation, picture: Picture, report: Report) {
      if (observation.type === 'committed') {
        recentLogOf(picture).append(observation);
      } else if (observation.type === 'process') {
        if (observation.state === 'crashed') forget(watches, observation.process);
      } else if (observation.type === 'watched') {
        let watch = watches.get(observation.watch);
        if (watch === undefined) {
          const position = { told: -1, event: -1, progress: -1, start: -1, isReset: false };
          watch = { position, own: judge.remember() };
          watches.set(observation.watch, watch);
        }
        judge.told(observation, watch.position, watch.own, recentLogOf(picture), report);
        advance(watch.position, observation);
      }
    },
    finish(_picture, report) {
      for (const [watch, { own }] of watches) judge.end?.(watch, own, report);
    },
  };
}

function forget(watches: Map<string, unknown>, process: string): void {
  for (const watch of [...watches.keys()]) {
    if (watch.startsWith(`${process}/`)) watches.delete(watch);
  }
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
