/**
 * The history of reads and writes is linearizable: every one of them takes effect at one moment
 * between its beginning and its end. The log gives the order of the writes, so each read can be
 * judged alone, exactly, and at once.
 *
 * Needs every change told before anything that knows of it (`store-order.ts` sees to that for
 * recordings).
 */
import type {
  Committed,
  Observation,
  ReadBegun,
  ReadEnded,
  WriteEnded,
} from '../chaos/observation.ts';
import type { Checker, Report, Rule } from './check.ts';
import { BegunWrites, BoundedMap, renderRevision } from './store-memory.ts';

/** Reads under way that are remembered; of crashed processes no answer comes. */
export const READS_REMEMBERED_MAX = 10_000;

/** Reads and writes take effect between their beginning and their end. */
export const linearizable: Rule = {
  name: 'linearizable',
  says: 'Reads and writes take effect between beginning and end (etcd: strict serializability).',
  reads: ['committed', 'write.begun', 'write.ended', 'read.begun', 'read.ended', 'process'],
  create: () => new Linearizability(),
};

interface OpenRead {
  readonly begun: ReadBegun;
  readonly atMs: number;
  /** The last revision when it began. */
  readonly floor: number;
  /** States of the key since it began, as revisions; 0 where there was none. */
  readonly states: number[];
}

class Linearizability implements Checker {
  readonly #begun = new BegunWrites();
  /** The last revision when a write began, by its operation. */
  readonly #floors = new BoundedMap<string, number>(READS_REMEMBERED_MAX);
  readonly #reads = new Map<string, OpenRead>();
  readonly #readsOf = new Map<string, Set<OpenRead>>();
  readonly #current = new Map<string, number>();
  #last = 0;
  /** Whether every revision so far was an object's; only then the last one can be known exactly. */
  #dense = true;

  observe(observation: Observation, _picture: unknown, report: Report): void {
    switch (observation.type) {
      case 'committed':
        this.#committed(observation);
        break;
      case 'write.begun':
        this.#begun.take(observation);
        this.#floors.set(observation.op, this.#last);
        break;
      case 'write.ended':
        this.#writeEnded(observation, report);
        break;
      case 'read.begun':
        this.#readBegun(observation, observation.atMs);
        break;
      case 'read.ended':
        this.#readEnded(observation, observation.atMs, report);
        break;
      case 'process':
        if (observation.state === 'crashed') this.#dropReads(observation.process);
        break;
      default:
    }
  }

  #committed({ key, revision, operation }: Committed): void {
    if (this.#last > 0 && revision !== this.#last + 1) this.#dense = false;
    this.#last = Math.max(this.#last, revision);
    const state = operation === 'put' ? revision : 0;
    if (state === 0) this.#current.delete(key);
    else this.#current.set(key, state);
    const reads = this.#readsOf.get(key);
    if (reads !== undefined) for (const read of reads) read.states.push(state);
  }

  #writeEnded({ op, outcome, revision }: WriteEnded, report: Report): void {
    const begun = this.#begun.ended(op);
    const floor = this.#floors.get(op);
    this.#floors.delete(op);
    if (begun === undefined || floor === undefined) return;
    this.#begun.forget(begun);
    if (outcome !== 'ok') return;
    const first = revision - begun.writes.length + 1;
    if (first > floor) return;
    const keys = begun.writes.map((write) => write.key);
    report(
      `write ${op} of ${keys.join(', ')}, begun at ${begun.atMs} ms after revision ${floor} was ` +
        `committed, was answered ok with the earlier revision ${revision}`,
      keys,
    );
  }

  #readBegun(begun: ReadBegun, atMs: number): void {
    const states = begun.key === '' ? [] : [this.#current.get(begun.key) ?? 0];
    const read: OpenRead = { begun, atMs, floor: this.#last, states };
    if (this.#reads.size >= READS_REMEMBERED_MAX) {
      const oldest = this.#reads.values().next();
      if (oldest.done !== true) this.#drop(oldest.value);
    }
    this.#reads.set(begun.op, read);
    if (begun.key === '') return;
    const reads = this.#readsOf.get(begun.key);
    if (reads === undefined) this.#readsOf.set(begun.key, new Set([read]));
    else reads.add(read);
  }

  #readEnded({ op, ok, revision }: ReadEnded, atMs: number, report: Report): void {
    const read = this.#reads.get(op);
    if (read === undefined) return;
    this.#drop(read);
    if (!ok) return;
    const { key, process } = read.begun;
    const what = key || 'the last revision';
    const who = `read ${op} by ${process} of ${what}, from ${read.atMs} to ${atMs} ms,`;
    if (key !== '') {
      if (read.states.includes(revision)) return;
      const states = read.states.map(renderRevision).join(', then ');
      report(`${who} gave ${renderRevision(revision)}; meanwhile the key had ${states}`, [key]);
    } else if (revision < read.floor) {
      report(`${who} gave ${revision}; ${read.floor} had been committed before it began`);
    } else if (this.#dense && revision > this.#last) {
      report(`${who} gave ${revision}; no more than ${this.#last} was committed`);
    }
  }

  #drop(read: OpenRead): void {
    const { op, key } = read.begun;
    this.#reads.delete(op);
    const reads = this.#readsOf.get(key);
    reads?.delete(read);
    if (reads?.size === 0) this.#readsOf.delete(key);
  }

  #dropReads(process: string): void {
    for (const read of [...this.#reads.values()]) {
      if (read.begun.process === process) this.#drop(read);
    }
  }
}
