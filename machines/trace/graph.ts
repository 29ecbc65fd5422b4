/**
 * What caused what: records joined to a graph. A step is caused by the message it handled; a message by the steps of
 * its sender in which it was sent; a step that saw a change of the log by the write of that change.
 *
 * Every edge comes from an envelope; nothing is guessed from names or times, but which of several steps of one actor
 * with one message was the last before. Pure; holds the records it was given.
 */
import type { MessageOf, StepTraced, TraceRecord } from './record.ts';

/** A record that is a node: index into `records`. */
export type NodeIndex = number;

/** What sends a machine its timers. */
const CLOCK = 'clock';

/** Senders that act of their own accord: what they send needs no cause. */
const ORIGINS: ReadonlySet<string> = new Set([
  // The start of a process, and what the host begins for nobody.
  'host',
  // A client's connection of its own: lists, watches, the objects every cluster has.
  ...['apiserver', 'kubelet', 'scheduler', 'controllers', 'system:kube-scheduler'],
  ...['system:kube-controller-manager', 'experiments', 'chaos'],
  // A container that ended by itself.
  'runtime',
]);

/** See the file comment. */
export class TraceGraph {
  readonly records: readonly TraceRecord[];
  readonly #steps = new Map<string, NodeIndex[]>();
  readonly #writes = new Map<string, NodeIndex[]>();
  readonly #requests = new Map<string, NodeIndex>();
  readonly #parents: (readonly NodeIndex[])[] = [];
  readonly #children = new Map<NodeIndex, NodeIndex[]>();
  readonly #missing = new Map<NodeIndex, readonly string[]>();

  /** Records in any order; they are put in the order of their times. */
  constructor(records: readonly TraceRecord[]) {
    this.records = [...records].sort((one, other) => beganMs(one) - beganMs(other));
    this.records.forEach((record, index) => {
      if (record.type === 'step') add(this.#steps, record.messageId, index);
      else if (record.type === 'write') add(this.#writes, record.messageId, index);
      else if (record.type === 'request') this.#requests.set(record.messageId, index);
    });
    this.records.forEach((record, index) => {
      const parents = this.#parentsOf(record, index);
      this.#parents.push(parents);
      for (const parent of parents) add(this.#children, parent, index);
    });
  }

  parents(node: NodeIndex): readonly NodeIndex[] {
    return this.#parents[node] ?? [];
  }

  children(node: NodeIndex): readonly NodeIndex[] {
    return this.#children.get(node) ?? [];
  }

  /** Causes that are not on record: trimmed, lost, or of a process that does not record. */
  missing(node: NodeIndex): readonly string[] {
    return this.#missing.get(node) ?? [];
  }

  /** A node that should have a cause and has none. */
  isOrphan(node: NodeIndex): boolean {
    const record = this.records[node];
    if (record === undefined || (record.type !== 'step' && record.type !== 'write')) return false;
    if (this.parents(node).length > 0) return false;
    return record.causes.length > 0 || !ORIGINS.has(originOf(record.from));
  }

  /** The cause that was there last: without it nothing would have happened yet. */
  last(node: NodeIndex): NodeIndex | undefined {
    let found: NodeIndex | undefined;
    for (const parent of this.parents(node)) {
      if (found === undefined || endedMs(this.#at(parent)) >= endedMs(this.#at(found))) {
        found = parent;
      }
    }
    return found;
  }

  /** The steps that handled a message, the writes it went out with, and the request it was. */
  ofMessage(messageId: string): readonly NodeIndex[] {
    const request = this.#requests.get(messageId);
    return [
      ...(request === undefined ? [] : [request]),
      ...(this.#writes.get(messageId) ?? []),
      ...(this.#steps.get(messageId) ?? []),
    ];
  }

  /** Everything that led to some nodes, themselves included. */
  ancestors(nodes: Iterable<NodeIndex>): Set<NodeIndex> {
    return this.#reach(nodes, (node) => this.parents(node));
  }

  /** Everything that some nodes led to, themselves included. */
  descendants(nodes: Iterable<NodeIndex>): Set<NodeIndex> {
    return this.#reach(nodes, (node) => this.children(node));
  }

  #reach(
    nodes: Iterable<NodeIndex>,
    next: (node: NodeIndex) => readonly NodeIndex[],
  ): Set<NodeIndex> {
    const found = new Set(nodes);
    // A set goes on through what is added to it meanwhile.
    for (const node of found) for (const one of next(node)) found.add(one);
    return found;
  }

  #at(node: NodeIndex): TraceRecord {
    return this.records[node] as TraceRecord;
  }

  #parentsOf(record: TraceRecord, index: NodeIndex): readonly NodeIndex[] {
    if (record.type === 'step') {
      const told = this.#writes.get(record.messageId);
      if (told !== undefined) return told;
      const request = this.#requests.get(record.messageId);
      if (request !== undefined) return [request];
      // A timer's message comes from the clock, and is because of the step that set it.
      const from = record.from === CLOCK ? record.actor : record.from;
      return this.#causesOf({ ...record, from }, index);
    }
    if (record.type === 'write') return this.#causesOf(record, index);
    if (record.type === 'dead') {
      return this.#causesOf({ ...record, messageId: '', traceparent: '' }, index);
    }
    return [];
  }

  #causesOf({ causes, from }: MessageOf, index: NodeIndex): readonly NodeIndex[] {
    const found = new Set<NodeIndex>();
    const missing: string[] = [];
    for (const cause of causes) {
      const nodes = this.#resolve(cause, from, index);
      if (nodes.length === 0) missing.push(cause);
      for (const node of nodes) if (node !== index) found.add(node);
    }
    if (missing.length > 0) this.#missing.set(index, missing);
    return [...found];
  }

  /** The step in which a sender had handled a message; where it is no machine, whatever the message was. */
  #resolve(cause: string, from: string, index: NodeIndex): readonly NodeIndex[] {
    const steps = this.#steps.get(cause) ?? [];
    let latest: NodeIndex | undefined;
    for (const step of steps) {
      const isBefore = step < index || latest === undefined;
      if ((this.#at(step) as StepTraced).actor === from && isBefore) latest = step;
    }
    if (latest !== undefined) return [latest];
    const writes = this.#writes.get(cause);
    if (writes !== undefined) return writes;
    const request = this.#requests.get(cause);
    return request === undefined ? steps : [request];
  }
}

/** `runtime` of `runtime/web`: what a sender that is no machine is called. */
const originOf = (from: string): string => from.split('/', 1)[0] ?? from;

/** When a record's work began, milliseconds since the epoch. */
export function beganMs(record: TraceRecord): number {
  return record.atMs;
}

/** When it was done. */
export function endedMs(record: TraceRecord): number {
  if (record.type === 'step') return record.atMs + record.tookMs;
  // A request goes on until its answer is out; what it led to began at its start.
  return record.atMs;
}

function add<K>(map: Map<K, NodeIndex[]>, key: K, index: NodeIndex): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [index]);
  else list.push(index);
}
