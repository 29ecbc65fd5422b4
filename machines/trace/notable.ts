/**
 * Which records tell something. What only took notice, and what a clock repeats without an end (probes, looks for more),
 * tells nothing until it leads to something; nor does what is about a Kubernetes Event, which tells of other things. Pure.
 */
import { objectOf } from './about.ts';
import type { NodeIndex, TraceGraph } from './graph.ts';
import type { StepTraced, TraceRecord } from './record.ts';

/** What sends a machine its timers. */
const CLOCK = 'clock';

/** True of what tells something by itself, and of what led to that. */
export function isNotable(graph: TraceGraph, node: NodeIndex): boolean {
  const record = graph.records[node] as TraceRecord;
  if (isOfEvent(record)) return false;
  if (record.type !== 'step' || tellsItself(graph, node, record)) return true;
  return graph.children(node).some((child) => {
    if (graph.last(child) !== node) return false;
    const next = graph.records[child] as TraceRecord;
    // The next round of a timer is a matter of its own.
    const isRound = next.type === 'step' && isOfClock(next) && !isChanged(next);
    return !isRound && isNotable(graph, child);
  });
}

/** A machine began, changed its state, or was made to do something by a message. */
function tellsItself(graph: TraceGraph, node: NodeIndex, step: StepTraced): boolean {
  if (step.before === undefined || isChanged(step)) return true;
  if (isOfClock(step)) return false;
  const cause = graph.last(node);
  // A failing probe records the same Event round by round.
  const isRound = cause !== undefined && isOfClock(graph.records[cause]);
  return step.effects.some((effect) => !(isRound ? /^(?:timer|event)\./ : /^timer\./).test(effect));
}

function isOfEvent(record: TraceRecord): boolean {
  const key = record.type === 'step' ? objectOf(record.actor) : 'key' in record ? record.key : '';
  return key?.startsWith('core/events/') === true;
}

const isOfClock = (record: TraceRecord | undefined): boolean =>
  record?.type === 'step' && record.from === CLOCK;

/** True where a step led to another state. */
export function isChanged({ before, after }: StepTraced): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/** Told unless asked for all: no Kubernetes Event, no read, and nothing that tells nothing. */
export function isTold(graph: TraceGraph, node: NodeIndex): boolean {
  const record = graph.records[node] as TraceRecord;
  if (record.type === 'request') return !READS.has(record.verb);
  return isNotable(graph, node);
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
