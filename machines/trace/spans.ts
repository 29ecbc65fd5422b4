/**
 * Records as spans: a request of a client, what one machine did for one message, a write of the store. A span's parent is
 * the last of its causes in the same trace; its other causes are links.
 *
 * A message that left its sender with a span id of its own (a request, a write) gives that id to the span that stands for
 * it, so that whoever got the id by other ways (the client, an annotation) finds the span. Pure.
 */
import { keyOf, kindOf } from './about.ts';
import { WHOLE } from './episodes.ts';
import { endedMs, type NodeIndex, type TraceGraph } from './graph.ts';
import { isNotable } from './notable.ts';
import type { RequestTraced, StepTraced, TraceRecord, WriteTraced } from './record.ts';
import { contextOf, handlingSpanId, type Span, type SpanContext } from './span.ts';
import {
  attributesOf,
  isOfHttp,
  serviceOf,
  spanKind,
  spanName,
  stepAttributes,
} from './span-attributes.ts';

/** Events and links of one span; of more, the first. */
const EVENTS_MAX = 64;
const LINKS_MAX = 64;

/** Machines whose steps of their own accord keep the cluster going and tell nobody anything. */
const ROUTINE: ReadonlySet<string> = new Set(['leader', 'node', 'nodeHealth']);
const SAMPLED = 1;

type Spanned = RequestTraced | StepTraced | WriteTraced;

/** The records of one span, and which it is. */
interface Unit {
  readonly nodes: NodeIndex[];
  readonly first: Spanned;
  readonly context: SpanContext;
}

/** A span, and the records that it tells of. */
export interface SpanOfRecords {
  readonly span: Span;
  readonly records: readonly TraceRecord[];
}

/** The spans of a graph in the order of their times; of `among` alone where it is given. */
export function spansOf(graph: TraceGraph, among?: ReadonlySet<NodeIndex>): readonly Span[] {
  return spansOfRecords(graph, among).map(({ span }) => span);
}

/** The same, each with its records. */
export function spansOfRecords(
  graph: TraceGraph,
  among?: ReadonlySet<NodeIndex>,
): readonly SpanOfRecords[] {
  const units: Unit[] = [];
  const unitOf = new Map<NodeIndex, Unit>();
  graph.records.forEach((record, node) => {
    if (among === undefined ? !isWanted(graph, node) : !among.has(node)) return;
    const joined = joins(graph, node, unitOf);
    const unit = joined ?? unitFor(record, node);
    if (unit === undefined) return;
    if (joined === undefined) units.push(unit);
    else joined.nodes.push(node);
    unitOf.set(node, unit);
  });
  return units.map((unit) => ({
    span: spanOf(graph, unit, unitOf),
    records: unit.nodes.map((node) => graph.records[node] as TraceRecord),
  }));
}

/** What tells something; leases, Kubernetes Events and heartbeats are left out, unless somebody traces them. */
function isWanted(graph: TraceGraph, node: NodeIndex): boolean {
  const record = graph.records[node] as TraceRecord;
  if (record.type === 'request') return !isLease(record);
  if (isLease(record)) return false;
  if (record.type === 'step' && ROUTINE.has(kindOf(record.actor))) {
    const flags = contextOf(record.traceparent)?.flags ?? 0;
    if ((flags & SAMPLED) === 0) return false;
  }
  return isNotable(graph, node);
}

const isLease = (record: TraceRecord): boolean =>
  keyOf(record)?.startsWith('coordination.k8s.io/leases/') === true;

/** The span that a record goes on with: its machine's for the same message, or the same transaction's. */
function joins(
  graph: TraceGraph,
  node: NodeIndex,
  unitOf: ReadonlyMap<NodeIndex, Unit>,
): Unit | undefined {
  const record = graph.records[node] as TraceRecord;
  if (record.type === 'write') {
    const same = graph
      .ofMessage(record.messageId)
      .find((other) => other < node && graph.records[other]?.type === 'write');
    return same === undefined ? undefined : unitOf.get(same);
  }
  if (record.type !== 'step' || !WHOLE.has(kindOf(record.actor))) return undefined;
  if (record.from !== record.actor && record.before !== 'gathering') return undefined;
  const cause = graph.last(node);
  const unit = cause === undefined ? undefined : unitOf.get(cause);
  if (unit === undefined || unit.first.type !== 'step') return undefined;
  const { actor, process } = unit.first;
  return actor === record.actor && process === record.process ? unit : undefined;
}

function unitFor(record: TraceRecord, node: NodeIndex): Unit | undefined {
  if (record.type !== 'request' && record.type !== 'write' && record.type !== 'step') return;
  const sent = contextOf(record.traceparent);
  if (sent === undefined) return;
  const isOwn =
    record.type !== 'step' || (spanKind(record) === 'server' && record.event === '(start)');
  const spanId = isOwn ? sent.spanId : handlingSpanId(record.messageId, actorOf(record));
  return { nodes: [node], first: record, context: { ...sent, spanId } };
}

const actorOf = (record: Spanned): string => (record.type === 'step' ? record.actor : '');

function spanOf(graph: TraceGraph, unit: Unit, unitOf: ReadonlyMap<NodeIndex, Unit>): Span {
  const { first, nodes, context } = unit;
  const causes = causesOf(graph, unit, unitOf);
  const parent = causes.find(({ traceId }) => traceId === context.traceId);
  const records = nodes.map((node) => graph.records[node] as Spanned);
  const endMs = first.type === 'request' ? first.atMs + first.tookMs : last(records.map(endedMs));
  return {
    ...context,
    parentSpanId: parent?.spanId ?? outerParent(graph, unit),
    name: spanName(first),
    kind: spanKind(first),
    service: serviceOf(first),
    process: first.process,
    beganMs: Math.min(first.type === 'write' ? sentMs(graph, unit) : first.atMs, endMs),
    endedMs: endMs,
    attributes: attributesOf(first),
    events: eventsOf(records),
    links: causes.filter((cause) => cause !== parent).slice(0, LINKS_MAX),
    error: first.type === 'request' && first.code >= 500 ? `answered ${first.code}` : undefined,
  };
}

/** The spans that led to one, the last of them first; of a cause that is no span, the one its message was sent in. */
function causesOf(
  graph: TraceGraph,
  unit: Unit,
  unitOf: ReadonlyMap<NodeIndex, Unit>,
): readonly SpanContext[] {
  const found = new Map<string, { readonly context: SpanContext; readonly rank: number }>();
  for (const node of unit.nodes) {
    for (const parent of graph.parents(node)) {
      const record = graph.records[parent] as TraceRecord;
      const context = unitOf.get(parent)?.context ?? sentIn(record);
      if (context === undefined || context.spanId === unit.context.spanId) continue;
      // What it began with led to it; what came while it was at work did so later.
      const isFirst = node === unit.nodes[0];
      const rank = endedMs(record) + (isFirst ? LATER_MS : 0);
      const name = `${context.traceId}${context.spanId}`;
      if (rank > (found.get(name)?.rank ?? 0)) found.set(name, { context, rank });
    }
  }
  return [...found.values()]
    .sort((one, other) => other.rank - one.rank)
    .map(({ context }) => context);
}

/** Where a step that is no span itself got its message from; undefined where that is no span either. */
function sentIn(record: TraceRecord): SpanContext | undefined {
  if (record.type !== 'step' || record.causes.length === 0 || isLease(record)) return undefined;
  return ROUTINE.has(kindOf(record.actor)) ? undefined : contextOf(record.traceparent);
}

/** More than any two times lie apart. */
const LATER_MS = 1e13;

/** The parent by the message's own context, where its cause is not on record; '' where it has none. */
function outerParent(graph: TraceGraph, { first, nodes, context }: Unit): string {
  if (first.type === 'request') return contextOf(first.parent)?.spanId ?? '';
  const sent = contextOf(first.traceparent)?.spanId;
  if (sent === undefined || sent === context.spanId) return '';
  if (graph.parents(nodes[0] as NodeIndex).length > 0) return '';
  const isOrigin = first.type === 'step' && first.causes.length === 0 && !isOfHttp(first);
  return isOrigin ? '' : sent;
}

/** When a write was sent: when its last cause was done. */
function sentMs(graph: TraceGraph, { nodes, first }: Unit): number {
  const cause = graph.last(nodes[0] as NodeIndex);
  return cause === undefined ? first.atMs : endedMs(graph.records[cause] as TraceRecord);
}

function eventsOf(records: readonly Spanned[]): Span['events'] {
  return records
    .slice(1, EVENTS_MAX + 1)
    .map((record) =>
      record.type === 'step'
        ? { atMs: record.atMs, name: record.event, attributes: stepAttributes(record) }
        : { atMs: record.atMs, name: spanName(record), attributes: attributesOf(record) },
    );
}

const last = (times: readonly number[]): number => Math.max(...times);
