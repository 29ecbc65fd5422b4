/**
 * Records as rows: arrays by position, so that a record costs some hundred bytes and no names. What is written has a
 * version; what has another is refused whole. Pure.
 */
import type { StepRecord } from '../step-record.ts';
import type {
  DeadTraced,
  FullStep,
  LostTraced,
  RequestTraced,
  StateTraced,
  StepTraced,
  TraceRecord,
  WriteTraced,
} from './record.ts';

/** Version of the rows; anything else is not read. */
export const TRACE_VERSION = 1;

/** A record without the process that made it, which is told once for many. */
export type Row = readonly unknown[];

/** Records of one process. */
export interface Batch {
  readonly v: number;
  readonly process: string;
  /** Tells one life of a process from the next of the same name, where batches are numbered. */
  readonly life?: string;
  /** The batch's number in that life, from 1: one that is missing was lost. */
  readonly n?: number;
  readonly rows: readonly Row[];
}

/** How bytes in rows become data. */
export interface RowCodec {
  /** The object of a write. */
  decode(bytes: Uint8Array, revision: number): unknown;
  /** What else was packed: the data of a step, a context. Absent: steps come without, and states not at all. */
  readonly unpack?: (bytes: Uint8Array) => unknown;
}

type Own<T> = Omit<T, 'process'>;

/** What a step's row has besides its record. */
export interface StepRest {
  readonly atMs: number;
  readonly from: string;
  readonly traceparent: string;
  readonly done: boolean;
  /** Its `FullStep`, by position and packed. */
  readonly full: Uint8Array | undefined;
}

/** The row of a step; made for every step there is, so one literal and nothing in between. */
export function stepRow(step: StepRecord, rest: StepRest): Row {
  return [
    's',
    rest.atMs,
    step.actor,
    step.messageId,
    rest.from,
    step.causes,
    rest.traceparent,
    step.event,
    step.before,
    step.after,
    step.effects,
    (step.handled ? 1 : 0) + (rest.done ? 2 : 0),
    step.waitMs,
    step.tookMs,
    rest.full,
  ];
}

/** The row of a write; the object as the store has its bytes. */
export function writeRow(
  write: Omit<Own<WriteTraced>, 'object'>,
  value: Uint8Array | undefined,
): Row {
  const { atMs, revision, key, operation, previous, messageId, from, causes, traceparent } = write;
  const deleted = operation === 'delete';
  return ['w', atMs, revision, key, deleted, previous, messageId, from, causes, traceparent, value];
}

/** The row of a request. */
export function requestRow(request: Own<RequestTraced>): Row {
  const { atMs, messageId, auditId, traceparent, parent, method, path, verb, key } = request;
  const { user, userAgent, code, tookMs } = request;
  return [
    ...['r', atMs, messageId, auditId, traceparent, parent, method, path, verb, key],
    ...[user, userAgent, code, tookMs],
  ];
}

/** The row of a dead letter. */
export function deadRow({ atMs, to, event, from, causes }: Own<DeadTraced>): Row {
  return ['d', atMs, to, event, from, causes];
}

/** The row of a loss. */
export function lostRow({ atMs, count }: Own<LostTraced>): Row {
  return ['l', atMs, count];
}

/** The row of a machine's state; its context is packed. */
export function stateRow(
  { atMs, actor, value }: Omit<Own<StateTraced>, 'context'>,
  context: Uint8Array,
): Row {
  return ['i', atMs, actor, value, context];
}

/** The same record without what makes it large: the object of a write, the data of a step. */
export function lighterRow(row: Row): Row {
  return row[0] === 's' ? row.slice(0, STEP_CELLS) : row[0] === 'w' ? row.slice(0, -1) : row;
}

/** Cells of a step without its data. */
const STEP_CELLS = 14;

/** The records of a batch; what is malformed in it is left out. Undefined where it is no batch of this version. */
export function readBatch(body: unknown, codec: RowCodec): TraceRecord[] | undefined {
  const { v, process, rows } = (body ?? {}) as Partial<Batch>;
  if (v !== TRACE_VERSION || typeof process !== 'string' || !Array.isArray(rows)) return undefined;
  const records: TraceRecord[] = [];
  for (const row of rows) {
    const record = Array.isArray(row) ? readableRow(row, process, codec) : undefined;
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** What must stand in a row behind its type: a number, a string, a list, something, or whatever. */
const SHAPES: Readonly<{ [type: string]: string }> = {
  s: 'nsssLss*+Lnnn',
  w: 'nns**ssLs*',
  r: 'nssssssssssnn',
  d: 'nsssL',
  l: 'nn',
  i: 'ns++',
};

function isShaped(row: Cells): boolean {
  const shape = SHAPES[row[0]];
  if (shape === undefined) return false;
  return [...shape].every((letter, at) => {
    const cell: unknown = row[at + 1];
    if (letter === 'n') return typeof cell === 'number';
    if (letter === 's') return typeof cell === 'string';
    if (letter === 'L') return Array.isArray(cell);
    return letter === '*' || (cell !== undefined && cell !== null);
  });
}

function readableRow(row: Cells, process: string, codec: RowCodec): TraceRecord | undefined {
  if (!isShaped(row)) return undefined;
  try {
    return readRow(row, process, codec);
  } catch {
    // Bytes in it that are no data.
    return undefined;
  }
}

/** The version a body says it has, where it has one. */
export function versionOf(body: unknown): number | undefined {
  const { v } = (body ?? {}) as Partial<Batch>;
  return typeof v === 'number' ? v : undefined;
}

/** True of the row of a write or of a request, which nobody but an apiserver makes. */
export function isOfApiserver([type]: Row): boolean {
  return type === 'w' || type === 'r';
}

// biome-ignore lint/suspicious/noExplicitAny: a row is by position; `readRow` is where positions get names.
type Cells = any[];

function readRow(row: Cells, process: string, codec: RowCodec): TraceRecord | undefined {
  const [type, atMs] = row;
  switch (type) {
    case 's':
      return readStep(row, process, codec);
    case 'w':
      return readWrite(row, process, codec);
    case 'r': {
      const [, , messageId, auditId, traceparent, parent, method, path, verb, key] = row;
      const [user, userAgent, code, tookMs] = row.slice(10);
      const named = { messageId, auditId, traceparent, parent, method, path, verb, key };
      return { type: 'request', process, atMs, ...named, user, userAgent, code, tookMs };
    }
    case 'd':
      return {
        type: 'dead',
        process,
        atMs,
        to: row[2],
        event: row[3],
        from: row[4],
        causes: row[5],
      };
    case 'l':
      return { type: 'lost', process, atMs, count: row[2] };
    case 'i':
      if (codec.unpack === undefined) return undefined;
      return {
        ...{ type: 'state', process, atMs, actor: row[2], value: row[3] },
        context: codec.unpack(row[4]),
      };
    default:
      return undefined;
  }
}

function readStep(row: Cells, process: string, codec: RowCodec): StepTraced {
  const [, atMs, actor, messageId, from, causes, traceparent, event, before, after] = row;
  const [effects, flags, waitMs, tookMs, full] = row.slice(10);
  return {
    ...{ type: 'step', process, atMs, actor, messageId, from, causes, traceparent, event },
    ...{ before: before ?? undefined, after, effects, waitMs, tookMs },
    handled: (flags & 1) !== 0,
    done: (flags & 2) !== 0,
    full: full instanceof Uint8Array ? readFull(codec.unpack?.(full)) : undefined,
  };
}

function readFull(cells: unknown): FullStep | undefined {
  if (!Array.isArray(cells)) return undefined;
  const [event, effects, context] = cells;
  return { event, effects, context };
}

function readWrite(row: Cells, process: string, codec: RowCodec): WriteTraced {
  const [, atMs, revision, key, deleted, previous, messageId, from, causes, traceparent, value] =
    row;
  const object = value instanceof Uint8Array && value.length > 0;
  return {
    ...{ type: 'write', process, atMs, revision, key },
    operation: deleted === true ? 'delete' : 'put',
    previous: previous ?? undefined,
    ...{ messageId, from, causes, traceparent },
    object: object ? (codec.decode(value, revision) as WriteTraced['object']) : undefined,
  };
}
