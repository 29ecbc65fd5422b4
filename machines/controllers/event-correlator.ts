/**
 * The event correlator: which records become new Events, which raise the count of one already
 * written, which are gathered under one message, and which are dropped as spam. As client-go's
 * EventCorrelator with its defaults; an event that recurs carries its series too, as the events API's
 * recorder writes it.
 *
 * Pure apart from the correlator's own memory, which the caller owns; time arrives as an argument.
 * Never grows beyond its named bounds.
 */
import type { Change, Record as EventRecord } from '../api/change.ts';
import { formatMicroTime, formatTime } from '../api/timestamp.ts';
import type { ObjectReference } from '../api/types.ts';
import type { AnyObject } from '../api/view.ts';

/** How many objects, groups and events are remembered. */
export const CORRELATED_MAX = 4096;
/** Events a source may record about one object at once. */
export const SPAM_BURST = 25;
/** One more event about one object each five minutes. */
export const SPAM_REFILL_MS = 300_000;
/** Events that differ only in their message, above which they are gathered. */
export const SIMILAR_MAX = 10;
/** Events further apart than this are not similar. */
export const SIMILAR_WITHIN_MS = 600_000;
/** The longest note an Event may carry. */
export const NOTE_LENGTH_MAX = 1024;

const COMBINED = '(combined from similar events): ';

/**
 * Who records: Kubernetes' `reportingComponent` and `reportingInstance`; `host` is set by kubelets.
 */
export interface EventSourceName {
  readonly component: string;
  readonly instance: string;
  readonly host?: string;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

interface Group {
  readonly notes: Set<string>;
  lastMs: number;
}

interface Written {
  readonly name: string;
  count: number;
}

/** The memory of one source. */
export interface Correlator {
  readonly source: EventSourceName;
  readonly spam: Map<string, Bucket>;
  readonly groups: Map<string, Group>;
  readonly written: Map<string, Written>;
  /** Makes names of the same millisecond differ. */
  sequence: number;
  /** Records dropped by the spam filter. */
  dropped: number;
}

/** A correlator that remembers nothing yet. */
export function createCorrelator(source: EventSourceName): Correlator {
  return {
    source,
    spam: new Map(),
    groups: new Map(),
    written: new Map(),
    sequence: 0,
    dropped: 0,
  };
}

/** The change that records an event now, or undefined where it is dropped as spam. */
export function correlate(
  correlator: Correlator,
  record: EventRecord,
  nowMs: number,
): Change | undefined {
  const about = referenceKey(record.regarding);
  if (isSpam(correlator, about, nowMs)) {
    correlator.dropped++;
    return undefined;
  }
  const group = `${about}|${record.type}|${record.reason}`;
  const combined = isSimilar(correlator, group, record.note, nowMs);
  const key = combined ? group : `${group}|${record.regarding.fieldPath ?? ''}|${record.note}`;
  const note = clip(combined ? COMBINED + record.note : record.note);
  const written = recall(correlator.written, key);
  const namespace = namespaceOf(record.regarding);
  if (written !== undefined) {
    written.count++;
    return {
      type: 'patch',
      key: { resource: 'core/events', namespace, name: written.name },
      patch: {
        count: written.count,
        series: { count: written.count, lastObservedTime: microTime(nowMs) },
        lastTimestamp: formatTime(Math.floor(nowMs / 1000)),
        message: note,
      },
      strategy: 'merge',
    };
  }
  correlator.sequence = (correlator.sequence + 1) % 1_000_000;
  const name = `${record.regarding.name ?? ''}.${nanoseconds(nowMs, correlator.sequence)}`;
  remember(correlator.written, key, { name, count: 1 });
  return {
    type: 'create',
    resource: 'core/events',
    namespace,
    object: eventOf(correlator.source, record, name, note, nowMs),
  };
}

/**
 * Forgets that an event was written, so that it is created anew: after its patch found it expired.
 */
export function forget(correlator: Correlator, eventName: string): void {
  for (const [key, written] of correlator.written) {
    if (written.name !== eventName) continue;
    correlator.written.delete(key);
    return;
  }
}

function microTime(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  return formatMicroTime({ seconds, nanos: Math.floor((nowMs - seconds * 1000) * 1e6) });
}

function eventOf(
  source: EventSourceName,
  record: EventRecord,
  name: string,
  note: string,
  nowMs: number,
): AnyObject {
  const at = formatTime(Math.floor(nowMs / 1000));
  const from = (source.host ?? '') === '' ? {} : { host: source.host };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceOf(record.regarding) },
    involvedObject: record.regarding,
    reason: record.reason,
    message: note,
    source: { component: source.component, ...from },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    type: record.type,
    ...(record.action === undefined ? {} : { action: record.action }),
    ...(record.related === undefined ? {} : { related: record.related }),
    reportingComponent: source.component,
    reportingInstance: source.instance,
  };
}

function isSpam(correlator: Correlator, about: string, nowMs: number): boolean {
  const bucket = recall(correlator.spam, about) ?? { tokens: SPAM_BURST, atMs: nowMs };
  const refill = Math.max(0, nowMs - bucket.atMs) / SPAM_REFILL_MS;
  bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + refill);
  bucket.atMs = nowMs;
  remember(correlator.spam, about, bucket);
  if (bucket.tokens < 1) return true;
  bucket.tokens -= 1;
  return false;
}

function isSimilar(correlator: Correlator, key: string, note: string, nowMs: number): boolean {
  const known = recall(correlator.groups, key);
  const fresh = known === undefined || nowMs - known.lastMs > SIMILAR_WITHIN_MS;
  const group: Group = fresh ? { notes: new Set(), lastMs: nowMs } : known;
  group.notes.add(note);
  group.lastMs = nowMs;
  remember(correlator.groups, key, group);
  if (group.notes.size < SIMILAR_MAX) return false;
  group.notes.delete(group.notes.values().next().value as string);
  return true;
}

/** Reads an entry and makes it the most recently used. */
function recall<V>(memory: Map<string, V>, key: string): V | undefined {
  const value = memory.get(key);
  if (value === undefined) return undefined;
  memory.delete(key);
  memory.set(key, value);
  return value;
}

function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.set(key, value);
  if (memory.size > CORRELATED_MAX) memory.delete(memory.keys().next().value as string);
}

function referenceKey(object: ObjectReference): string {
  const { kind = '', namespace = '', name = '', uid = '', apiVersion = '' } = object;
  return `${kind}|${namespace}|${name}|${uid}|${apiVersion}`;
}

/** Events about cluster-scoped objects live in the default namespace. */
function namespaceOf(object: ObjectReference): string {
  return object.namespace === undefined || object.namespace === '' ? 'default' : object.namespace;
}

function clip(note: string): string {
  return note.length <= NOTE_LENGTH_MAX ? note : `${note.slice(0, NOTE_LENGTH_MAX - 3)}...`;
}

function nanoseconds(nowMs: number, sequence: number): string {
  return (BigInt(Math.trunc(nowMs)) * 1_000_000n + BigInt(sequence)).toString(16);
}
