/**
 * Records as spans: a request of a client, what one machine did for one message, a write of the store. A span's parent is
 * the last of its causes in the same trace; its other causes are links.
 *
 * A message that left its sender with a span id of its own (a request, a write) gives that id to the span that stands for
 * it, so that whoever got the id by other ways (the client, an annotation) finds the span. Pure.
 */
import { kindOf } from './about.ts';
import { endedMs, type NodeIndex, type TraceGraph } from './graph.ts';
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
import { isTold, keyOf, WHOLE } from './story.ts';

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

/** Told, and no routine: leases, Kubernetes Events and heartbeats are left out, unless somebody traces them. */
function isWanted(graph: TraceGraph, node: NodeIndex): boolean {
  const record = graph.records[node] as TraceRecord;
  if (keyOf(record)?.startsWith('coordination.k8s.io/leases/') === true) return false;
  if (record.type === 'request') return true;
  if (record.type === 'step' && ROUTINE.has(kindOf(record.actor))) {
    const flags = contextOf(record.traceparent)?.flags ?? 0;
    if ((flags & SAMPLED) === 0) return false;
  }
  return isTold(graph, node);
}

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
  const parent = causes.find(({ context: { traceId } }) => traceId === context.traceId);
  const links = causes.filter((cause) => cause !== parent).slice(0, LINKS_MAX);
  const records = nodes.map((node) => graph.records[node] as Spanned);
  const endMs = first.type === 'request' ? first.atMs + first.tookMs : last(records.map(endedMs));
  return {
    ...context,
    parentSpanId: parent?.context.spanId ?? outerParent(graph, unit),
    name: spanName(first),
    kind: spanKind(first),
    service: serviceOf(first),
    process: first.process,
    beganMs: Math.min(first.type === 'write' ? sentMs(graph, unit) : first.atMs, endMs),
    endedMs: endMs,
    attributes: attributesOf(first),
    events: eventsOf(records),
    links: links.map((cause) => cause.context),
    error: first.type === 'request' && first.code >= 500 ? `answered ${first.code}` : undefined,
  };
}

/** The spans that led to one, the last of them first. */
function causesOf(
  graph: TraceGraph,
  unit: Unit,
  unitOf: ReadonlyMap<NodeIndex, Unit>,
): readonly Unit[] {
  const found = new Map<Unit, number>();
  for (const node of unit.nodes) {
    for (const parent of graph.parents(node)) {
      const cause = unitOf.get(parent);
      if (cause === undefined || cause === unit) continue;
      // What it began with led to it; what came while it was at work did so later.
      const isFirst = node === unit.nodes[0];
      const rank = endedMs(graph.records[parent] as TraceRecord) + (isFirst ? LATER_MS : 0);
      found.set(cause, Math.max(found.get(cause) ?? 0, rank));
    }
  }
  return [...found].sort(([, one], [, other]) => other - one).map(([cause]) => cause);
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
