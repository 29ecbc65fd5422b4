/** The story of an object or of a request: which records are part of it, as a tree of episodes. Pure. */
import { keyOf } from './about.ts';
import { causeIn, type Story, tell } from './episodes.ts';
import { endedMs, type NodeIndex, type TraceGraph } from './graph.ts';
import { isNotable, isTold } from './notable.ts';
import type { TraceRecord, WriteTraced } from './record.ts';

/** What is told. */
export interface StoryOptions {
  /** Keep what is about Kubernetes Events and what only took notice. */
  readonly all?: boolean;
}

/** Everything that is about an object, and what led to it. */
export function storyOfObject(
  graph: TraceGraph,
  keys: ReadonlySet<string>,
  options: StoryOptions = {},
): Story {
  const own: NodeIndex[] = [];
  graph.records.forEach((record, node) => {
    const key = keyOf(record);
    if (key !== undefined && keys.has(key)) own.push(node);
  });
  const told = new Set(own.filter((node) => options.all === true || isTold(graph, node)));
  for (const node of told) {
    const cause = causeIn(graph, node, (one) => options.all === true || isNotable(graph, one));
    if (cause !== undefined) told.add(cause);
  }
  return tell(graph, told, endOf(graph, own));
}

/** Everything that some messages led to. */
export function storyOfMessages(
  graph: TraceGraph,
  starts: readonly NodeIndex[],
  options: StoryOptions = {},
): Story {
  const reached = new Set(starts);
  for (const node of reached) {
    for (const next of graph.children(node)) if (graph.last(next) === node) reached.add(next);
  }
  const told = new Set(starts);
  for (const node of reached) if (options.all === true || isTold(graph, node)) told.add(node);
  return tell(graph, told, endOf(graph, [...told]));
}

/** Keys of everything that an object owns, itself included, as far as writes tell. */
export function ownedKeys(graph: TraceGraph, key: string): ReadonlySet<string> {
  const uids = new Set<string>();
  const keys = new Set([key]);
  const writes = graph.records.filter((record) => record.type === 'write');
  for (const write of writes) {
    if (write.key === key && write.object?.metadata?.uid) uids.add(write.object.metadata.uid);
  }
  for (let before = -1; before !== keys.size; ) {
    before = keys.size;
    for (const { key: other, object } of writes) {
      if (!object?.metadata?.ownerReferences?.some(({ uid }) => uids.has(uid))) continue;
      keys.add(other);
      if (object.metadata.uid !== undefined) uids.add(object.metadata.uid);
    }
  }
  return keys;
}

/** Where the critical path leads: the last pod to get Ready for its first time, or else to the last change. */
function endOf(graph: TraceGraph, nodes: readonly NodeIndex[]): NodeIndex | undefined {
  let last: NodeIndex | undefined;
  let write: NodeIndex | undefined;
  let ready: NodeIndex | undefined;
  const wereReady = new Set<string>();
  for (const node of nodes) {
    const record = graph.records[node] as TraceRecord;
    const end = last === undefined ? -1 : endedMs(graph.records[last] as TraceRecord);
    if (endedMs(record) >= end) last = node;
    if (record.type !== 'write' || record.key.startsWith('core/events/')) continue;
    write = node;
    const pod = record.object?.metadata?.uid ?? record.key;
    if (!record.key.startsWith('core/pods/') || wereReady.has(pod) || !isReady(record)) continue;
    wereReady.add(pod);
    ready = node;
  }
  return ready ?? write ?? last;
}

function isReady({ object }: WriteTraced): boolean {
  const { conditions = [] } = (object?.status ?? {}) as {
    conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
