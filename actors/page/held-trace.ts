/**
 * The part of a cluster's trace that the page holds: the newest records up to a bound, every object's writes, and the
 * graph of what caused what. Knows nothing of where records come from, nor of who looks at them.
 */
import { TraceGraph } from '../../machines/trace/graph.ts';
import { podOfKey, podPicture } from '../../machines/trace/picture.ts';
import { type Place, placeOf } from '../../machines/trace/place.ts';
import type { TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import type { Extent } from './protocol.ts';

/** Records but writes that are held; of more the oldest fifth goes. */
export const HELD_MAX = 100_000;
/** Writes held; of more, the oldest go, but for the newest of each object. */
export const WRITES_MAX = 60_000;
/** How old a graph may be that is asked for, milliseconds; and the share of time that may go into building it. */
const GRAPH_OLD_MS = 500;
const GRAPH_SHARE = 0.1;

/** Records that a graph is built of for one question. */
const BETWEEN_MAX = 20_000;

/** See the file comment. */
export class HeldTrace {
  #records: TraceRecord[] = [];
  #writes: WriteTraced[] = [];
  #inOrder = true;
  /** Where pods are or were; by `namespace/name`. */
  readonly #nodes = new Map<string, string>();
  readonly #revisions = new Set<number>();
  #graph: TraceGraph | undefined;
  #graphOf = -1;
  #graphMs = 0;
  #graphTookMs = 0;
  #count = 0;
  #lastMs = 0;

  /** Takes records; gives those that are new (the store and the trail may both tell of one write). */
  add(records: readonly TraceRecord[]): readonly TraceRecord[] {
    const fresh: TraceRecord[] = [];
    for (const record of records) {
      if (record.type === 'write') {
        if (this.#revisions.has(record.revision)) continue;
        this.#addWrite(record);
      } else if (record.type !== 'lost' && record.type !== 'state') this.#records.push(record);
      if (record.atMs > this.#lastMs) this.#lastMs = record.atMs;
      fresh.push(record);
    }
    this.#count += fresh.length;
    if (this.#records.length > HELD_MAX) this.#records = this.#records.slice(HELD_MAX / 5);
    if (this.#writes.length > WRITES_MAX * 1.25) this.#compact();
    return fresh;
  }

  #addWrite(write: WriteTraced): void {
    const last = this.#writes.at(-1);
    if (last !== undefined && last.revision > write.revision) this.#inOrder = false;
    this.#writes.push(write);
    this.#revisions.add(write.revision);
    const pod = podOfKey(write.key);
    if (pod === undefined || write.object === undefined) return;
    const { node } = podPicture(write.object);
    if (node !== '') this.#nodes.set(pod, node);
  }

  #compact(): void {
    const { writes } = this;
    const cut = writes.length - WRITES_MAX;
    const newest = new Map<string, WriteTraced>();
    for (const write of writes.slice(0, cut)) newest.set(write.key, write);
    const kept = [...newest.values()].filter(({ operation }) => operation === 'put');
    this.#writes = [...kept, ...writes.slice(cut)].sort((a, b) => a.revision - b.revision);
    this.#revisions.clear();
    for (const { revision } of this.#writes) this.#revisions.add(revision);
    const pods = new Set(this.#writes.map(({ key }) => podOfKey(key)));
    for (const pod of this.#nodes.keys()) if (!pods.has(pod)) this.#nodes.delete(pod);
  }

  /** In the order of their revisions. */
  get writes(): readonly WriteTraced[] {
    if (!this.#inOrder) {
      this.#writes.sort((one, other) => one.revision - other.revision);
      this.#inOrder = true;
    }
    return this.#writes;
  }

  /** The newest write of each object up to a revision. */
  at(revision: number): ReadonlyMap<string, WriteTraced> {
    const found = new Map<string, WriteTraced>();
    for (const write of this.writes) {
      if (write.revision > revision) break;
      if (write.operation === 'delete') found.delete(write.key);
      else found.set(write.key, write);
    }
    return found;
  }

  /** All records but writes, about in the order of their times. */
  get records(): readonly TraceRecord[] {
    return this.#records;
  }

  /** What caused what between two times: built anew where that is not much, of everything where it is. */
  graphBetween(sinceMs: number, untilMs: number): TraceGraph {
    const found: TraceRecord[] = [];
    for (const list of [this.#records, this.writes]) {
      for (const record of list) {
        if (record.atMs >= sinceMs && record.atMs <= untilMs) found.push(record);
      }
    }
    return found.length > BETWEEN_MAX ? this.graph() : new TraceGraph(found);
  }

  /** What caused what; may leave out what came last, less where `whole` asks for all of it. */
  graph(whole = false): TraceGraph {
    const nowMs = performance.now();
    const tookMs = this.#graphTookMs;
    const oldMs = whole ? tookMs : Math.max(GRAPH_OLD_MS, tookMs / GRAPH_SHARE);
    const isOld = this.#graphOf !== this.#count && nowMs - this.#graphMs > oldMs;
    if (this.#graph === undefined || isOld) {
      this.#graph = new TraceGraph([...this.#records, ...this.#writes]);
      this.#graphOf = this.#count;
      this.#graphMs = performance.now();
      this.#graphTookMs = this.#graphMs - nowMs;
    }
    return this.#graph;
  }

  placeOf(actor: string, process: string): Place | undefined {
    return placeOf(actor, process, (pod) => this.#nodes.get(pod));
  }

  extent(): Extent {
    const { writes } = this;
    return {
      firstRevision: writes[0]?.revision ?? 0,
      lastRevision: writes.at(-1)?.revision ?? 0,
      firstMs: writes[0]?.atMs ?? 0,
      lastMs: this.#lastMs,
      held: this.#records.length,
      heldMax: HELD_MAX,
    };
  }
}
