/**
 * The chain of causes behind a record: from it back to the request or start that began it, by the cause that was there
 * last each time. Steps of one actor that follow each other are one link; what an apiserver did for a write is part of
 * the write. Pure.
 */
import { renderState } from '../step-record.ts';
import { kindOf } from './about.ts';
import type { NodeIndex, TraceGraph } from './graph.ts';
import type { RequestTraced, StepTraced, WriteTraced } from './record.ts';

/** One link of a chain. */
export type Link = {
  /** When it began, milliseconds since the epoch. */
  readonly atMs: number;
  /** Causes that are not followed. */
  readonly others: readonly NodeIndex[];
} & (
  | {
      readonly type: 'write';
      readonly write: WriteTraced;
      /** From the request's arrival to the write's acknowledgement, milliseconds; 0: not known. */
      readonly tookMs: number;
    }
  /** Steps of one actor, in their order. */
  | { readonly type: 'steps'; readonly steps: readonly StepTraced[] }
  | { readonly type: 'request'; readonly request: RequestTraced }
);

/** A chain, its newest link first, and how it ends. */
export interface Chain {
  readonly links: readonly Link[];
  /** How it begins: with a client's request, of an actor's own accord, or with what is not on record. */
  readonly origin: 'request' | 'own' | 'unknown';
  /** Where it is no request: who sent the first message. */
  readonly from: string;
  /** Where it is not on record: ids of the messages. */
  readonly missing: readonly string[];
  /**
   * The client's request that it was done for: the one it began with, or, where something else was there last (a node
   * that came up), the latest among all causes. Undefined where nobody asked.
   */
  readonly request: RequestTraced | undefined;
}

/** Of a long way of one actor, this many of the first and of the last states are told. */
const WORDS_MAX = 5;
/** Longest chain that is followed, records. */
const LENGTH_MAX = 10_000;

/** The chain behind a record. */
export function chainOf(graph: TraceGraph, node: NodeIndex): Chain {
  const links: Link[] = [];
  const seen = new Set<NodeIndex>();
  let at: NodeIndex | undefined = node;
  let end = node;
  while (at !== undefined && !seen.has(at) && seen.size < LENGTH_MAX) {
    seen.add(at);
    end = at;
    addLink(graph, at, links);
    at = graph.last(at);
  }
  for (const [index, link] of links.entries()) {
    links[index] = { ...link, others: link.others.filter((other) => !seen.has(other)) };
  }
  const record = graph.records[end];
  const missing = graph.missing(end);
  const request = record?.type === 'request' ? record : lastRequest(graph, node);
  if (record?.type === 'request') return { links, origin: 'request', from: '', missing, request };
  const from = record?.type === 'step' || record?.type === 'write' ? record.from : '';
  const origin = graph.isOrphan(end) || missing.length > 0 ? 'unknown' : 'own';
  return { links, origin, from, missing, request };
}

/** The latest of all requests that led to a record. */
function lastRequest(graph: TraceGraph, node: NodeIndex): RequestTraced | undefined {
  let found: RequestTraced | undefined;
  for (const one of graph.ancestors([node])) {
    const record = graph.records[one];
    const isLater = record?.type === 'request' && record.atMs >= (found?.atMs ?? 0);
    if (isLater) found = record;
  }
  return found;
}

function addLink(graph: TraceGraph, node: NodeIndex, links: Link[]): void {
  const record = graph.records[node];
  const followed = graph.last(node);
  const others = graph.parents(node).filter((parent) => parent !== followed);
  const previous = links.at(-1);
  if (record?.type === 'write') {
    links.push({ type: 'write', write: record, atMs: record.atMs, tookMs: 0, others });
  } else if (record?.type === 'request') {
    links.push({ type: 'request', request: record, atMs: record.atMs, others });
  } else if (record?.type === 'step') {
    const merged = mergedLink(previous, record, others);
    if (merged === undefined) {
      links.push({ type: 'steps', steps: [record], atMs: record.atMs, others });
    } else links[links.length - 1] = merged;
  }
}

/** The link that a step belongs to; undefined where it begins one. */
function mergedLink(
  link: Link | undefined,
  step: StepTraced,
  others: readonly NodeIndex[],
): Link | undefined {
  const all = [...(link?.others ?? []), ...others];
  if (link?.type === 'write' && kindOf(step.actor) === 'api-request') {
    return { ...link, tookMs: link.write.atMs - step.atMs, others: all };
  }
  if (link?.type !== 'steps' || link.steps[0]?.actor !== step.actor) return undefined;
  return { ...link, steps: [step, ...link.steps], atMs: step.atMs, others: all };
}

/** The events that steps handled: `timer.fired, slot.granted, plan.made`. */
export function eventsOf(steps: readonly StepTraced[]): string {
  return inShort(steps.map(({ event }) => event)).join(', ');
}

/** The states that steps went through: `gathering -> queued -> planning`. */
export function statesOf(steps: readonly StepTraced[]): string {
  const states = steps.flatMap(({ before, after }) => [
    before === undefined ? '(new)' : renderState(before),
    renderState(after),
  ]);
  return inShort(states).join(' -> ');
}

/** Words without repetitions; of many, the first and the last ones. */
function inShort(words: readonly string[]): readonly string[] {
  const told = words.filter((word, index) => word !== words[index - 1]);
  if (told.length <= 2 * WORDS_MAX) return told;
  return [...told.slice(0, WORDS_MAX), '...', ...told.slice(-WORDS_MAX)];
}

/** Who asked for a write: the actor behind its apiserver's steps, a client, or what else sent it. */
export type Author =
  | { readonly type: 'actor'; readonly name: string; readonly step: StepTraced | undefined }
  | { readonly type: 'client'; readonly request: RequestTraced }
  /** The verb of its request is all that is known. */
  | { readonly type: 'unknown'; readonly verb: string };

/** The author of a write, by its chain. */
export function authorOf({ links, from }: Chain): Author {
  const [, next] = links;
  if (next?.type === 'steps') {
    const step = next.steps.at(-1);
    return { type: 'actor', name: step?.actor ?? '', step };
  }
  if (next?.type === 'request') return { type: 'client', request: next.request };
  // Of what is not on record any more, the apiserver's own name for the request says nothing.
  if (from === '' || kindOf(from) === 'api-request') {
    return { type: 'unknown', verb: from.split('/')[2] ?? '' };
  }
  return { type: 'actor', name: from, step: undefined };
}
