/**
 * What is recorded of a cluster while it runs: steps of machines, writes of the store, requests of clients, what was
 * never delivered. Everything the trace tools know comes from these records, of a live cluster and of a file.
 *
 * Plain data; never holds the value of a Secret. On the wire and in files a record is a row, see `rows.ts`.
 */
import type { StateValue } from 'xstate';
import type { AnyObject } from '../api/view.ts';
import type { StepRecord } from '../step-record.ts';
import type { Digests } from './digest.ts';

/** Where and when; `atMs` is milliseconds since the epoch, with fractions where the clock has them. */
interface Recorded {
  readonly process: string;
  readonly atMs: number;
}

/** A message, as its envelope names it. */
export interface MessageOf {
  readonly messageId: string;
  /** The sender: `kind/id` of a machine, or the name of what else sent it. */
  readonly from: string;
  /** Messages that its sender had handled when it sent this one. */
  readonly causes: readonly string[];
  /** W3C trace context; '' where there is none. */
  readonly traceparent: string;
}

/** One step of one machine: the message it handled, and what came of it. */
export interface StepTraced extends Recorded, MessageOf, StepRecord {
  readonly type: 'step';
  /** The machine has reached a final state. */
  readonly done: boolean;
  /** Only while everything is recorded. */
  readonly full: FullStep | undefined;
}

/** What a step is replayed from and compared with. */
export interface FullStep {
  /** The event with its time; of a first step the input. Redacted. */
  readonly event: object;
  /** Every effect, in order. Redacted. */
  readonly effects: readonly object[];
  /** Digests of the context's fields after the step, see `digest.ts`. */
  readonly context: Digests;
}

/** A write that the store has acknowledged. */
export interface WriteTraced extends Recorded, MessageOf {
  readonly type: 'write';
  readonly revision: number;
  /** `<group>/<resource>/<namespace or _>/<name>`. */
  readonly key: string;
  readonly operation: 'put' | 'delete';
  /** Revision of the key that it replaced: 0 where there was none, undefined where it is not known. */
  readonly previous: number | undefined;
  /** The new state, of a delete the last one; undefined where it was not recorded. Secrets are redacted. */
  readonly object: AnyObject | undefined;
}

/** A request of an HTTP client. */
export interface RequestTraced extends Recorded {
  readonly type: 'request';
  /** Id of the message that it became inside the cluster. */
  readonly messageId: string;
  /** As the answer's Audit-Id header had it. */
  readonly auditId: string;
  readonly traceparent: string;
  /** The client's own trace context; '' where it sent none, or is not trusted with it. */
  readonly parent: string;
  readonly method: string;
  readonly path: string;
  /** As the API names it: `create`, `patch`, `watch`, ... */
  readonly verb: string;
  /** `core/pods/default/web`, with an empty name where there is none; '' where it is no resource. */
  readonly key: string;
  readonly user: string;
  readonly userAgent: string;
  readonly code: number;
  /** From its head's arrival to its answer's end, milliseconds. */
  readonly tookMs: number;
}

/** A message that nobody was there for. */
export interface DeadTraced extends Recorded {
  readonly type: 'dead';
  readonly to: string;
  readonly event: string;
  readonly from: string;
  readonly causes: readonly string[];
}

/** Records that a process had to drop: more came than could be sent. */
export interface LostTraced extends Recorded {
  readonly type: 'lost';
  readonly count: number;
}

/** The state of one machine when recording in full began. */
export interface StateTraced extends Recorded {
  readonly type: 'state';
  readonly actor: string;
  readonly value: StateValue;
  /** Redacted. */
  readonly context: unknown;
}

/** One record. */
export type TraceRecord =
  | StepTraced
  | WriteTraced
  | RequestTraced
  | DeadTraced
  | LostTraced
  | StateTraced;

/** The records of one type. */
export function recordsOfType<T extends TraceRecord['type']>(
  records: readonly TraceRecord[],
  type: T,
): Extract<TraceRecord, { readonly type: T }>[] {
  return records.filter(
    (record): record is Extract<TraceRecord, { readonly type: T }> => record.type === type,
  );
}
