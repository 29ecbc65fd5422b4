/**
 * The past of stored objects, from the writes on record: what each key held at each revision, and from when on that is
 * known. Where a version is missing it says so, and never shows an older one in its place. Pure.
 */
import type { AnyObject } from '../api/view.ts';
import type { TraceRecord, WriteTraced } from './record.ts';

/** What a key held from one revision until another (not included). */
export interface Span {
  readonly from: number;
  readonly until: number;
  readonly state: 'present' | 'absent' | 'unknown';
  /** Where present, as it was stored at `from`. */
  readonly object: AnyObject | undefined;
  /** The write that began it, where it is on record. */
  readonly write: WriteTraced | undefined;
}

/** A revision and its time, milliseconds since the epoch. */
export interface Point {
  readonly revision: number;
  readonly atMs: number;
}

const NOTHING: readonly Span[] = [
  { from: 0, until: Infinity, state: 'absent', object: undefined, write: undefined },
];

/** See the file comment. */
export class History {
  /** Every write once, by revision. */
  readonly writes: readonly WriteTraced[];
  /** From here on no deletion is missing, so that an object without any write did not exist. */
  readonly complete: Point;
  readonly #byKey = new Map<string, WriteTraced[]>();
  readonly #spans = new Map<string, readonly Span[]>();

  /** `completeMs`: from when on every deletion is on record; undefined where that is not known of any time. */
  constructor(records: readonly TraceRecord[], completeMs: number | undefined) {
    this.writes = writesOf(records);
    for (const write of this.writes) {
      const list = this.#byKey.get(write.key);
      if (list === undefined) this.#byKey.set(write.key, [write]);
      else list.push(write);
    }
    this.complete = completeFrom(this.writes, completeMs);
  }

  /** The newest revision on record. */
  get last(): Point {
    const write = this.writes.at(-1);
    return { revision: write?.revision ?? 0, atMs: write?.atMs ?? 0 };
  }

  /** Keys of a resource (`core/pods`), of one namespace or of all; in order. */
  keys(storage: string, namespace?: string): readonly string[] {
    const prefix = namespace === undefined ? `${storage}/` : `${storage}/${namespace || '_'}/`;
    return [...this.#byKey.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** What a key held, in order, without a gap, from revision 0 on. */
  spans(key: string): readonly Span[] {
    let spans = this.#spans.get(key);
    if (spans === undefined) {
      const writes = this.#byKey.get(key);
      spans = writes === undefined ? NOTHING : spansOf(writes);
      this.#spans.set(key, spans);
    }
    return spans;
  }

  /** What a key held at a revision. */
  at(key: string, revision: number): Span {
    const spans = this.spans(key);
    return spans.find(({ until }) => revision < until) ?? (NOTHING[0] as Span);
  }

  /** The newest revision at a time. */
  revisionAt(atMs: number): number {
    return this.writes.findLast((write) => write.atMs <= atMs)?.revision ?? 0;
  }

  /** When a revision was written; of one that is not on record when the one before was. */
  timeOf(revision: number): number | undefined {
    return this.writes.findLast((write) => write.revision <= revision)?.atMs;
  }

  /** From when on everything about some keys is known; at that time or soon before. */
  knownFrom(keys: readonly string[]): Point {
    let revision = 0;
    for (const key of keys) {
      const gap = this.spans(key).findLast(({ state }) => state === 'unknown');
      if (gap !== undefined) revision = Math.max(revision, gap.until);
    }
    const first = this.writes.find((write) => write.revision >= revision);
    return { revision, atMs: first?.atMs ?? this.last.atMs };
  }
}

/** A write may be on record twice: as its apiserver told it, and as the store has it. The first knows more. */
function writesOf(records: readonly TraceRecord[]): readonly WriteTraced[] {
  const found = new Map<number, WriteTraced>();
  for (const record of records) {
    if (record.type !== 'write') continue;
    const known = found.get(record.revision);
    if (known === undefined || known.process === '') found.set(record.revision, record);
  }
  return [...found.values()].sort((one, other) => one.revision - other.revision);
}

function completeFrom(writes: readonly WriteTraced[], completeMs: number | undefined): Point {
  const told = writes.find(({ process }) => process !== '');
  // The first write there ever was, as its apiserver told it: nothing was before.
  if (told?.revision === 1) return { revision: 0, atMs: told.atMs };
  const first = writes.find(({ atMs }) => completeMs !== undefined && atMs >= completeMs);
  const { revision, atMs } = first ?? { revision: Infinity, atMs: completeMs ?? 0 };
  return { revision, atMs };
}

function spansOf(writes: readonly WriteTraced[]): readonly Span[] {
  const spans: Span[] = [];
  let from = 0;
  const add = (until: number, span: Omit<Span, 'from' | 'until'>): void => {
    if (until > from) spans.push({ from, until, ...span });
    from = Math.max(from, until);
  };
  writes.forEach((write, index) => {
    const before = writes[index - 1];
    if (before === undefined) {
      if (isCreation(write)) add(write.revision, ABSENT);
    } else {
      const continues = follows(write, before);
      add(continues ? write.revision : before.revision + 1, held(before));
    }
    // What a deletion carries is what it deleted.
    if (write.operation === 'delete' && write.previous !== undefined && write.previous > from) {
      add(write.previous, UNKNOWN);
      add(write.revision, deleted(write));
    }
    add(write.revision, UNKNOWN);
  });
  const last = writes.at(-1);
  if (last !== undefined) add(Infinity, held(last));
  return spans;
}

const ABSENT = { state: 'absent', object: undefined, write: undefined } as const;
const UNKNOWN = { state: 'unknown', object: undefined, write: undefined } as const;

function held(write: WriteTraced): Omit<Span, 'from' | 'until'> {
  if (write.operation === 'delete') return { ...ABSENT, write };
  const { object } = write;
  return { state: object === undefined ? 'unknown' : 'present', object, write };
}

/** What was deleted, with the revision it had. */
function deleted({ object, previous }: WriteTraced): Omit<Span, 'from' | 'until'> {
  if (object === undefined) return UNKNOWN;
  const metadata = { ...object.metadata, resourceVersion: String(previous) };
  return { state: 'present', object: { ...object, metadata }, write: undefined };
}

/** True where nothing can have been between two writes of a key. */
function follows(write: WriteTraced, before: WriteTraced): boolean {
  if (write.previous === undefined || write.previous === before.revision) return true;
  return before.operation === 'delete' && isCreation(write);
}

/**
 * Of what an apiserver told, a write that replaced nothing. The store names the deletion that a creation replaces, so
 * there it is a request to create whose object was made in that second, and is not what else such a request writes: a
 * pod that is bound, or one that is evicted.
 */
function isCreation({ previous, process, operation, object, from, atMs }: WriteTraced): boolean {
  if (previous === 0) return true;
  if (process !== '' || operation === 'delete' || !CREATES.test(from)) return false;
  const { creationTimestamp = '', deletionTimestamp } = object?.metadata ?? {};
  const { nodeName = '' } = (object?.spec ?? {}) as { readonly nodeName?: string };
  const isNew = Date.parse(creationTimestamp) >= Math.floor(atMs / 1_000) * 1_000;
  return isNew && deletionTimestamp === undefined && nodeName === '';
}

const CREATES = /^api-request\/\d+\/create\//;
