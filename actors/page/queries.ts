/**
 * The questions that a page asks about what is held: a moment, a message, an actor, an object. Each answer is bounded
 * and says what there was beyond. Pure.
 */
import { kindOf } from '../../machines/trace/about.ts';
import { type NodeIndex, TraceGraph } from '../../machines/trace/graph.ts';
import { objectChanges } from '../../machines/trace/object-changes.ts';
import type { StepTraced, TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import { activeStates } from './charts.ts';
import { nodeRow, podRow } from './feed.ts';
import { type PlaceOf, requestOf, shortKey } from './flow.ts';
import type { HeldTrace } from './held-trace.ts';
import type {
  ActorHistory,
  ActorStep,
  Detail,
  Names,
  ObjectHistory,
  ObjectRevision,
  Scene,
} from './protocol.ts';
import { because, eventOf, keyOf } from './story.ts';

/** Pods of a scene at most, names of a list, steps of an actor, revisions of an object, effects of a message. */
export const PODS_MAX = 20_000;
const NAMES_MAX = 300;
const STEPS_MAX = 60;
const REVISIONS_MAX = 100;
const EFFECTS_MAX = 100;

/** The cluster at a revision. */
export function sceneAt(held: HeldTrace, revision: number): Scene {
  const nodes: Scene['nodes'][number][] = [];
  const pods: Scene['pods'][number][] = [];
  let podsTotal = 0;
  for (const write of held.at(revision).values()) {
    const node = nodeRow(write);
    if (node !== undefined) nodes.push(node);
    const pod = podRow(write);
    if (pod === undefined) continue;
    podsTotal += 1;
    if (pods.length < PODS_MAX) pods.push(pod);
  }
  return { revision, ...lastWrite(held, revision), nodes, pods, podsTotal };
}

/** The newest write up to a revision: when it was, and what. */
function lastWrite(held: HeldTrace, revision: number): Pick<Scene, 'atMs' | 'what' | 'write'> {
  const last = held.writes.findLast((write) => write.revision <= revision);
  if (last === undefined) return { atMs: 0, what: '', write: '' };
  const what = `${last.operation} ${shortKey(last.key)}`;
  return { atMs: last.atMs, what, write: keyOf(last) };
}

/** A record, its causes, its effects, and how it came about. */
export function detailOf(graph: TraceGraph, node: NodeIndex, placeOf: PlaceOf): Detail | undefined {
  const event = eventOf(graph, node, placeOf);
  if (event === undefined) return undefined;
  const events = (nodes: readonly NodeIndex[]) =>
    nodes.map((one) => eventOf(graph, one, placeOf)).filter((one) => one !== undefined);
  const children = graph.children(node);
  return {
    event,
    causes: events(graph.parents(node)),
    effects: events(children.slice(0, EFFECTS_MAX)),
    effectsMore: Math.max(0, children.length - EFFECTS_MAX),
    missing: graph.missing(node),
    because: events(because(graph, node)),
    body: graph.records[node],
  };
}

/** Names of actors that took a step up to a time; of requests, which are many, where they are asked for. */
export function actorNames(held: HeldTrace, text: string, untilMs: number): Names {
  const found = new Set<string>();
  for (const record of held.records) {
    if (record.type !== 'step' || record.atMs > untilMs) continue;
    if (text !== '' && !record.actor.includes(text)) continue;
    if (text === '' && kindOf(record.actor) === 'api-request') continue;
    found.add(record.actor);
  }
  return namesOf(found);
}

/** Keys of the objects there are at a revision. */
export function objectNames(held: HeldTrace, text: string, revision: number): Names {
  const keys = [...held.at(revision).keys()].filter((key) => key.includes(text));
  return namesOf(new Set(keys));
}

function namesOf(found: ReadonlySet<string>): Names {
  return { names: [...found].sort().slice(0, NAMES_MAX), total: found.size };
}

/** What an actor did, up to a time. */
export function actorHistory(
  held: HeldTrace,
  actor: string,
  untilMs: number,
  placeOf: PlaceOf,
): ActorHistory {
  const taken = held.records.filter(
    (one): one is StepTraced => one.type === 'step' && one.actor === actor && one.atMs <= untilMs,
  );
  const graph = new TraceGraph(taken.slice(-STEPS_MAX));
  const steps = graph.records.flatMap((record, node): ActorStep[] => {
    const event = eventOf(graph, node, placeOf);
    const { before, after, effects } = record as StepTraced;
    if (event === undefined) return [];
    return [{ ...event, before: activeStates(before), after: activeStates(after), effects }];
  });
  const last = graph.records.at(-1) as StepTraced | undefined;
  return {
    ...{ actor, kind: kindOf(actor), state: last?.after, active: activeStates(last?.after) },
    ...{ done: last?.done ?? false, steps },
  };
}

/** An object's writes up to a revision: what each changed, who asked for it, and why. */
export function objectHistory(held: HeldTrace, key: string, until: number): ObjectHistory {
  const writes = held.writes.filter((one) => one.key === key && one.revision <= until);
  const shown = writes.slice(-REVISIONS_MAX);
  const last = shown.at(-1);
  const isKnown = last !== undefined && held.graph().ofMessage(last.messageId).length > 0;
  const graph = held.graph(!isKnown);
  const first = writes.length - shown.length;
  const revisions = shown.map((write, index): ObjectRevision => {
    const previous = writes[first + index - 1];
    const node = graph.ofMessage(write.messageId).find((one) => graph.records[one] === write);
    const { revision, atMs, operation, object } = write;
    return {
      key: `${write.messageId}|w|${revision}`,
      ...{ revision, atMs, operation, object },
      ...authorOf(graph, write, node),
      changes: previous === undefined ? [] : changesOf(previous, write),
    };
  });
  return { key, revisions };
}

function changesOf(before: WriteTraced, after: WriteTraced): ObjectRevision['changes'] {
  if (after.operation === 'delete' || before.operation === 'delete') return [];
  return objectChanges(before.object, after.object);
}

/** Who asked for a write: the first on the way back that is not the apiserver's own work. */
function authorOf(
  graph: TraceGraph,
  write: WriteTraced,
  node: NodeIndex | undefined,
): Pick<ObjectRevision, 'who' | 'why'> {
  const path = node === undefined ? [] : [...because(graph, node)].reverse().slice(1);
  let author: StepTraced | undefined;
  for (const at of path) {
    const record = graph.records[at] as TraceRecord;
    if (author === undefined) {
      if (record.type === 'request') {
        const agent = record.userAgent.split(/[\s/]/, 1)[0] ?? '';
        return { who: record.user, why: `${agent} asked: ${record.verb}` };
      }
      if (record.type !== 'step') break;
      if (kindOf(record.actor) !== 'api-request') author = record;
    } else if (record.type === 'step' && record.actor === author.actor) author = record;
    else {
      // Here it came to the author from elsewhere.
      if (record.type !== 'write') break;
      return {
        who: author.actor,
        why: `${shortKey(record.key)} is at revision ${record.revision}`,
      };
    }
  }
  if (author !== undefined) {
    const what = author.from === 'host' ? 'began' : `was told ${author.event} by ${author.from}`;
    return { who: author.actor, why: `it ${what}` };
  }
  if (write.causes.length === 0) return { who: named(write.from), why: 'of its own accord' };
  return { who: named(write.from), why: 'what it was because of is not held any more' };
}

const named = (from: string): string =>
  kindOf(from) === 'api-request' ? `the apiserver (${requestOf(from)})` : from;
