/**
 * Episodes: one step, or what one machine did for one message without asking anybody else: a request from admission to
 * its answer, one reconcile. Puts together what a story tells; does not choose it.
 *
 * Each episode hangs from the cause that was there last, since without it nothing would have happened yet; so the way
 * from an episode up to its root is its critical path. Pure; gives data, which others render.
 */
import { keyOf, kindOf } from './about.ts';
import { endedMs, type NodeIndex, type TraceGraph } from './graph.ts';
import { isChanged, isTold } from './notable.ts';
import type { RequestTraced, StepTraced, TraceRecord, WriteTraced } from './record.ts';

/** One episode. Times are milliseconds since the epoch, durations milliseconds. */
export interface Episode {
  readonly index: number;
  /** What it is put together from, in the order of their times. */
  readonly nodes: readonly NodeIndex[];
  readonly process: string;
  /** `kind/id`; of a client's request its user agent. */
  readonly actor: string;
  /** Key of the object it is about, where there is one. */
  readonly object: string | undefined;
  readonly request: RequestTraced | undefined;
  /** In the order of their times; a step that repeats itself is counted, not listed. */
  readonly steps: readonly StepTraced[];
  readonly writes: readonly WriteTraced[];
  /** How often it happened, one right after the other. */
  readonly times: number;
  readonly beganMs: number;
  readonly endedMs: number;
  /** Between the end of its cause and its own beginning: on the way and in the mailbox. */
  readonly waitMs: number;
  /** Of it, in the mailbox. */
  readonly mailboxMs: number;
  /** Spent in machines; the rest of its time it waited for others. */
  readonly workMs: number;
  /** The episode it hangs from; undefined: it is a root. */
  readonly parent: number | undefined;
  readonly children: readonly number[];
  /** Causes besides, by episode or, where they are not part of the story, by message. */
  readonly others: number;
  /** On the way from the root to the end of the story. */
  readonly isCritical: boolean;
  /** Episodes it led to that were left out, by kind of actor. */
  readonly leftOut: Readonly<{ [kind: string]: number }>;
  /** Causes that are not on record any more. */
  readonly missing: readonly string[];
}

/** A story. */
export interface Story {
  readonly episodes: readonly Episode[];
  readonly roots: readonly number[];
  /** The episode the critical path leads to, and what happened in it. */
  readonly end: number | undefined;
}

/** Machines whose steps for one message are one episode. */
export const WHOLE: ReadonlySet<string> = new Set(['api-request', 'reconciler']);

/** The last cause that is among some, or its own last cause that is: what only went on in between is passed over. */
export function causeIn(
  graph: TraceGraph,
  node: NodeIndex,
  isAmong: (node: NodeIndex) => boolean,
): NodeIndex | undefined {
  const passed = new Set<NodeIndex>();
  let cause = graph.last(node);
  while (cause !== undefined && !isAmong(cause) && !passed.has(cause)) {
    passed.add(cause);
    cause = graph.last(cause);
  }
  return cause !== undefined && isAmong(cause) ? cause : undefined;
}

/** An episode while it is put together. */
interface Draft {
  readonly nodes: NodeIndex[];
  times: number;
  last: StepTraced | undefined;
}

/** Makes the story of what is told, to where its critical path ends. */
export function tell(
  graph: TraceGraph,
  told: ReadonlySet<NodeIndex>,
  end: NodeIndex | undefined,
): Story {
  const drafts: Draft[] = [];
  const draftOf = new Map<NodeIndex, number>();
  for (const node of [...told].sort((one, other) => one - other)) {
    const cause = causeIn(graph, node, (one) => draftOf.has(one));
    const before = cause === undefined ? undefined : draftOf.get(cause);
    const joined = before !== undefined && joins(graph, drafts[before] as Draft, node, cause);
    const at = joined ? before : drafts.push({ nodes: [], times: 1, last: undefined }) - 1;
    take(graph, drafts[at] as Draft, node);
    draftOf.set(node, at);
  }
  return finish(graph, drafts, draftOf, end);
}

/** True where a node goes on with what its cause began. */
function joins(graph: TraceGraph, draft: Draft, node: NodeIndex, cause: NodeIndex | undefined) {
  const record = graph.records[node] as TraceRecord;
  const before = graph.records[cause as NodeIndex] as TraceRecord;
  if (before.type !== 'step' || record.process !== before.process) return false;
  if (record.type === 'write') return WHOLE.has(kindOf(before.actor));
  if (record.type !== 'step' || record.actor !== before.actor) return false;
  if (WHOLE.has(kindOf(record.actor))) {
    return record.from === record.actor || record.before === 'gathering';
  }
  return draft.last !== undefined && isSame(draft.last, record);
}

const isSame = (one: StepTraced, other: StepTraced): boolean =>
  one.event === other.event && !isChanged(one) && !isChanged(other) && one.from === other.from;

function take(graph: TraceGraph, draft: Draft, node: NodeIndex): void {
  const record = graph.records[node] as TraceRecord;
  if (record.type === 'step') {
    const repeats =
      draft.last !== undefined && !WHOLE.has(kindOf(record.actor)) && isSame(draft.last, record);
    if (repeats) draft.times += 1;
    draft.last = record;
  }
  draft.nodes.push(node);
}

function finish(
  graph: TraceGraph,
  drafts: readonly Draft[],
  draftOf: ReadonlyMap<NodeIndex, number>,
  end: NodeIndex | undefined,
): Story {
  const children: number[][] = drafts.map(() => []);
  const parents = drafts.map(({ nodes }, index) => {
    const cause = causeIn(graph, nodes[0] as NodeIndex, (one) => draftOf.has(one));
    const parent = cause === undefined ? undefined : draftOf.get(cause);
    if (parent !== undefined) children[parent]?.push(index);
    return parent;
  });
  const critical = new Set<number>();
  const last = end === undefined ? undefined : draftOf.get(end);
  for (let at = last; at !== undefined && !critical.has(at); at = parents[at]) critical.add(at);
  const episodes = drafts.map((draft, index) => {
    const parent = parents[index];
    const before = parent === undefined ? undefined : causeEnd(graph, draft);
    return {
      ...episodeOf(graph, draft, before),
      ...{ index, parent, children: children[index] ?? [], isCritical: critical.has(index) },
      leftOut: leftOutOf(graph, draft, draftOf),
    };
  });
  const roots = episodes.filter(({ parent }) => parent === undefined).map(({ index }) => index);
  return { episodes, roots, end: last };
}

/** When the cause of a draft was done. */
function causeEnd(graph: TraceGraph, { nodes }: Draft): number | undefined {
  const cause = graph.last(nodes[0] as NodeIndex);
  return cause === undefined ? undefined : endedMs(graph.records[cause] as TraceRecord);
}

type Own = Omit<Episode, 'index' | 'parent' | 'children' | 'isCritical' | 'leftOut'>;

function episodeOf(
  graph: TraceGraph,
  { nodes, times }: Draft,
  causeEndMs: number | undefined,
): Own {
  const records = nodes.map((node) => graph.records[node] as TraceRecord);
  const first = records[0] as TraceRecord;
  const all = records.filter((record) => record.type === 'step');
  const steps = times > 1 ? all.slice(0, 1) : all;
  const writes = records.filter((record) => record.type === 'write');
  const request = first.type === 'request' ? first : undefined;
  const beganMs = first.atMs;
  const firstNode = nodes[0] as NodeIndex;
  return {
    ...{ nodes, process: first.process, actor: actorOf(first), object: keyOf(first) },
    ...{ request, steps, writes, times, beganMs },
    endedMs:
      request === undefined ? Math.max(...records.map(endedMs)) : request.atMs + request.tookMs,
    waitMs: causeEndMs === undefined ? 0 : Math.max(0, beganMs - causeEndMs),
    mailboxMs: all[0]?.waitMs ?? 0,
    workMs: all.reduce((sum, { tookMs }) => sum + tookMs, 0),
    others: Math.max(0, graph.parents(firstNode).length - 1),
    missing: graph.missing(firstNode),
  };
}

function actorOf(record: TraceRecord): string {
  if (record.type === 'step') return record.actor;
  if (record.type === 'request') return record.userAgent;
  return record.type === 'write' ? record.from : record.process;
}

/** What an episode led to that is not told, by kind of actor. */
function leftOutOf(
  graph: TraceGraph,
  { nodes }: Draft,
  draftOf: ReadonlyMap<NodeIndex, number>,
): Readonly<{ [kind: string]: number }> {
  const left: { [kind: string]: number } = {};
  const seen = new Set<string>();
  for (const node of nodes) {
    for (const child of graph.children(node)) {
      if (draftOf.has(child) || graph.last(child) !== node || !isTold(graph, child)) continue;
      const actor = actorOf(graph.records[child] as TraceRecord);
      if (seen.has(actor)) continue;
      seen.add(actor);
      const name = nameOf(actor);
      left[name] = (left[name] ?? 0) + 1;
    }
  }
  return left;
}

/** What a kind of actor is called: a controller by its own name. */
export function nameOf(actor: string): string {
  const [kind = '', controller = ''] = actor.split('/');
  return kind === 'reconciler' ? controller : kind;
}
