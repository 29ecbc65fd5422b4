/**
 * Records as a diagram draws them, and which of them belong together: around one message, about one object, or what
 * happened last. Pure.
 */
import { renderState } from '../../machines/step-record.ts';
import { kindOf, objectOf } from '../../machines/trace/about.ts';
import type { NodeIndex, TraceGraph } from '../../machines/trace/graph.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { type PlaceOf, requestOf, shortKey } from './flow.ts';
import type { HeldTrace } from './held-trace.ts';
import type { Story, StoryEvent } from './protocol.ts';

/** Events of one story at most; the nearest in time to what it is about are given. */
export const STORY_MAX = 1_500;
/** Steps back from an event to what began it. */
const BECAUSE_MAX = 200;

/** Names a record as long as it is held: its message first, then which record of it. */
export function keyOf(record: TraceRecord): string {
  switch (record.type) {
    case 'step':
      return `${record.messageId}|s|${record.actor}|${record.event}`;
    case 'write':
      return `${record.messageId}|w|${record.revision}`;
    case 'request':
      return `${record.messageId}|r`;
    case 'dead':
      return `|d|${record.to}|${record.atMs}`;
    default:
      return `|${record.type}|${record.atMs}`;
  }
}

/** The record of a key; undefined where it is not held (any more). */
export function findKey(graph: TraceGraph, key: string): NodeIndex | undefined {
  if (!key.includes('|')) return undefined;
  const messageId = key.slice(0, key.indexOf('|'));
  if (messageId !== '') {
    return graph.ofMessage(messageId).find((node) => keyAt(graph, node) === key);
  }
  const found = graph.records.findIndex((record) => keyOf(record) === key);
  return found < 0 ? undefined : found;
}

const keyAt = (graph: TraceGraph, node: NodeIndex): string =>
  keyOf(graph.records[node] as TraceRecord);

/** A record as an event; undefined of what no diagram shows. */
export function eventOf(
  graph: TraceGraph,
  node: NodeIndex,
  placeOf: PlaceOf,
): StoryEvent | undefined {
  const record = graph.records[node];
  if (record === undefined || record.type === 'lost' || record.type === 'state') return undefined;
  const common = {
    key: keyOf(record),
    type: record.type,
    atMs: record.atMs,
    causes: graph.parents(node).map((parent) => keyAt(graph, parent)),
    messageId: 'messageId' in record ? record.messageId : '',
    ...{ tookMs: 0, waitMs: 0, move: '' },
  };
  switch (record.type) {
    case 'step': {
      const { actor, event, before, after, tookMs, waitMs, from, process } = record;
      const place = placeOf(actor, process) ?? '';
      const isRequest = kindOf(actor) === 'api-request';
      const now = renderState(after);
      const was = before === undefined ? '(new)' : renderState(before);
      const move = was === now ? now : `${was} -> ${now}`;
      const what = isRequest ? `${event}: ${requestOf(actor)}` : event;
      const lane = isRequest ? 'apiserver' : actor;
      return { ...common, lane, place, from, what, move, tookMs, waitMs };
    }
    case 'write': {
      const { operation, key, revision, from } = record;
      const what = `${operation} ${shortKey(key)} (revision ${revision})`;
      return { ...common, lane: 'store', place: 'store', from, what };
    }
    case 'request': {
      const { verb, key, method, path, user, tookMs } = record;
      const what = `${user}: ${key === '' ? `${method} ${path}` : `${verb} ${shortKey(key)}`}`;
      return { ...common, lane: 'client', place: 'client', from: user, what, tookMs };
    }
    case 'dead':
      return { ...common, lane: record.to, place: '', from: record.from, what: record.event };
  }
}

/** What is told over and over while nothing happens: heartbeats, leases, retries of ports that others hold. */
export function isQuiet(record: TraceRecord): boolean {
  if (record.type === 'write') return record.key.startsWith('coordination.k8s.io/leases/');
  if (record.type === 'request') return record.verb === 'get' || record.verb === 'list';
  if (record.type !== 'step') return false;
  const { actor, effects } = record;
  if (QUIET.has(kindOf(actor))) return true;
  if (kindOf(actor) === 'api-request') return actor.includes('/coordination.k8s.io/leases/');
  return effects.some((effect) => effect.startsWith('node.beat'));
}

const QUIET: ReadonlySet<string> = new Set(['leader', 'listener', 'nodeHealth']);

/** What happened last before a time. */
export interface RecentQuery {
  readonly untilMs: number;
  readonly text: string;
  readonly limit: number;
  /** With heartbeats and leases. */
  readonly withQuiet: boolean;
}

/** The newest records that match. */
export function recentStory(held: HeldTrace, query: RecentQuery, placeOf: PlaceOf): Story {
  const { untilMs, text, withQuiet, limit } = query;
  const wants = (record: TraceRecord): boolean =>
    record.atMs <= untilMs &&
    (withQuiet || !isQuiet(record)) &&
    (text === '' || matches(record, text));
  const found = [...held.records.filter(wants), ...held.writes.filter(wants)];
  const newest = found.sort((one, other) => one.atMs - other.atMs).slice(-limit);
  const chosen = new Set(newest);
  const graph = held.graphBetween(newest[0]?.atMs ?? 0, untilMs);
  const nodes: NodeIndex[] = [];
  graph.records.forEach((record, node) => {
    if (chosen.has(record)) nodes.push(node);
  });
  return { events: eventsOf(graph, nodes, placeOf), total: found.length, critical: [] };
}

function matches(record: TraceRecord, text: string): boolean {
  switch (record.type) {
    case 'step':
      return record.actor.includes(text) || record.event.includes(text);
    case 'write':
      return record.key.includes(text);
    case 'request':
      return record.path.includes(text) || record.user.includes(text);
    default:
      return false;
  }
}

/** What led to a record, and what came of it. */
export function storyAround(graph: TraceGraph, node: NodeIndex, placeOf: PlaceOf): Story {
  const all = new Set([...graph.ancestors([node]), ...graph.descendants([node])]);
  return storyOf(graph, all, node, placeOf);
}

/** Everything an object's actors did and that was written of it, and what led to it. */
export function storyAbout(graph: TraceGraph, key: string, placeOf: PlaceOf): Story {
  const about: NodeIndex[] = [];
  let last: NodeIndex | undefined;
  graph.records.forEach((record, node) => {
    const isWrite = record.type === 'write' && record.key === key;
    if (isWrite) last = node;
    if (isWrite || (record.type === 'step' && objectOf(record.actor) === key)) about.push(node);
  });
  return storyOf(graph, graph.ancestors(about), last ?? about.at(-1), placeOf);
}

function storyOf(
  graph: TraceGraph,
  all: ReadonlySet<NodeIndex>,
  focus: NodeIndex | undefined,
  placeOf: PlaceOf,
): Story {
  const focusMs = focus === undefined ? 0 : (graph.records[focus]?.atMs ?? 0);
  const distance = (node: NodeIndex): number =>
    Math.abs((graph.records[node]?.atMs ?? 0) - focusMs);
  const nodes = [...all].sort((one, other) => distance(one) - distance(other));
  const critical = focus === undefined ? [] : because(graph, focus);
  const events = eventsOf(graph, [...critical, ...nodes].slice(0, STORY_MAX), placeOf);
  return { events, total: all.size, critical: critical.map((node) => keyAt(graph, node)) };
}

function eventsOf(
  graph: TraceGraph,
  nodes: readonly NodeIndex[],
  placeOf: PlaceOf,
): readonly StoryEvent[] {
  return [...new Set(nodes)]
    .sort((one, other) => one - other)
    .map((node) => eventOf(graph, node, placeOf))
    .filter((event) => event !== undefined);
}

/** From what began it to an event: each the cause of the next that was there last. */
export function because(graph: TraceGraph, node: NodeIndex): readonly NodeIndex[] {
  const path = [node];
  const seen = new Set(path);
  for (let at = graph.last(node); at !== undefined && !seen.has(at); at = graph.last(at)) {
    path.push(at);
    seen.add(at);
    if (path.length >= BECAUSE_MAX) break;
  }
  return path.reverse();
}
