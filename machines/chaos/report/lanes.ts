/**
 * Lanes of a report: what happened to each node and process over time, ready to be drawn. Pure, from a result alone.
 *
 * A lane is green or amber by the timeline's `node` entries (texts that say Ready, NotReady or Unknown), and carries
 * a bar for every injection that hit it. Bounded: never more than `LANES_MAX` lanes and `BARS_MAX` bars, and short
 * times between two outages are drawn as one outage where there are too many.
 */
import type { RunResult } from '../run-result.ts';
import { timeSpan } from './figures.ts';

export const LANES_MAX = 60;
export const BARS_MAX = 2_000;
const SPANS_MAX = 400;
const ROWS_MAX = 3;
/** So many nodes are all shown; of more, those to which something happened. */
const NODES_SHOWN_MAX = 24;
/** Lane of what hit no process by name. */
const ELSEWHERE = 'cluster';

/** How a fault is drawn. */
export type BarStyle =
  | 'down'
  | 'paused'
  | 'partitioned'
  | 'messages'
  | 'store'
  | 'view'
  | 'node'
  | 'other';

/** The style of each kind of fault; the legend explains them. */
const STYLES: { readonly [what: string]: BarStyle } = {
  crash: 'down',
  pause: 'paused',
  partition: 'partitioned',
  delay: 'messages',
  drop: 'messages',
  duplicate: 'messages',
  reorder: 'messages',
  'stale-view': 'view',
  'skip-events': 'view',
  'clock-skew': 'view',
  'store-slow': 'store',
  'store-unavailable': 'store',
  'store-unknown': 'store',
  'store-conflict': 'store',
  'store-compact': 'store',
  'store-server': 'store',
  'lose-heartbeats': 'node',
  pressure: 'node',
  'crash-containers': 'node',
  'slow-start': 'node',
  'slow-stop': 'node',
  'runtime-error': 'node',
};

export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly row: number;
  readonly style: BarStyle;
  readonly fault: string;
  readonly what: string;
  /** What was hit, where the lane does not say it. */
  readonly hit: string;
  /** Injections that this bar stands for. */
  readonly count: number;
  /** False where the run ended first. */
  readonly ended: boolean;
}

export interface ReadySpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ready: boolean;
}

export interface Lane {
  readonly name: string;
  /** Empty for what is no node. */
  readonly ready: readonly ReadySpan[];
  readonly bars: readonly Bar[];
  readonly rows: number;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Lanes and bars for which there was no room. */
  readonly lanesLeftOut: number;
  readonly barsLeftOut: number;
}

/** The lanes of a run: processes of the control plane, nodes, and what hit no process by name. */
export function lanesOf(result: RunResult): Lanes {
  const span = timeSpan(result);
  const bars = barsByLane(result, (span.toMs - span.fromMs) / 500);
  const changes = readyChanges(result);
  const nodes = nodeNames(result, changes);
  const touched = (name: string) =>
    bars.has(name) || (changes.get(name) ?? []).some((c) => !c.ready);
  const shownNodes = nodes.length <= NODES_SHOWN_MAX ? nodes : nodes.filter(touched);
  const others = [...bars.keys()].filter((name) => !nodes.includes(name) && name !== ELSEWHERE);
  const names = [...others.sort(naturally), ...shownNodes];
  const shown = names.slice(0, bars.has(ELSEWHERE) ? LANES_MAX - 1 : LANES_MAX);
  const all = bars.has(ELSEWHERE) ? [ELSEWHERE, ...shown] : shown;
  const barsMax = Math.floor(BARS_MAX / Math.max(1, all.length));
  const spansMax = Math.floor(SPANS_MAX / Math.max(1, all.length));
  const lanes = all.map((name): Lane => {
    const own = (bars.get(name) ?? []).slice(0, barsMax);
    const rows = own.reduce((most, bar) => Math.max(most, bar.row + 1), 1);
    const ready = nodes.includes(name)
      ? fewSpans(readySpans(changes.get(name) ?? [], span), spansMax)
      : [];
    return { name, ready, bars: own, rows };
  });
  const drawn = lanes.reduce((total, lane) => total + lane.bars.length, 0);
  const known = [...bars.values()].reduce((total, list) => total + list.length, 0);
  return {
    lanes,
    lanesLeftOut: nodes.length + others.length - shown.length,
    barsLeftOut: known - drawn,
  };
}

/** `node-2` before `node-10`. */
function naturally(left: string, right: string): number {
  const [a, b] = [left, right].map((name) => name.replace(/\d+/g, (n) => n.padStart(9, '0')));
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

function nodeNames(result: RunResult, changes: ReadonlyMap<string, unknown>): readonly string[] {
  const planned = Array.from(
    { length: result.scenario.cluster.nodes },
    (_, index) => `node-${index + 1}`,
  );
  return [...new Set([...planned, ...changes.keys()])].sort(naturally);
}

interface ReadyChange {
  readonly atMs: number;
  readonly ready: boolean;
}

function readyChanges(result: RunResult): ReadonlyMap<string, readonly ReadyChange[]> {
  const changes = new Map<string, ReadyChange[]>();
  for (const { atMs, kind, subject, text } of result.timeline) {
    if (kind !== 'node') continue;
    const not = /\bnot ?ready\b|\bunknown\b|\bunreachable\b/i.test(text);
    if (!not && !/\bready\b/i.test(text)) continue;
    const list = changes.get(subject) ?? [];
    changes.set(subject, list);
    list.push({ atMs, ready: !not });
  }
  return changes;
}

/** Before its first change a node was what it changed from. */
function readySpans(
  changes: readonly ReadyChange[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly ReadySpan[] {
  const spans: ReadySpan[] = [];
  let since = fromMs;
  let ready = changes[0] === undefined ? true : !changes[0].ready;
  for (const change of [...changes, { atMs: toMs, ready: undefined }]) {
    if (change.ready === ready) continue;
    if (change.atMs > since) spans.push({ fromMs: since, toMs: change.atMs, ready });
    since = Math.max(since, change.atMs);
    ready = change.ready ?? ready;
  }
  return spans;
}

/** At most so many spans: the shortest good times between two bad ones are counted as bad. */
function fewSpans(spans: readonly ReadySpan[], most: number): readonly ReadySpan[] {
  const good = spans.slice(1, -1).filter((span) => span.ready);
  const excess = Math.ceil((spans.length - most) / 2);
  if (excess <= 0) return spans;
  const byLength = good.sort((a, b) => a.toMs - a.fromMs - (b.toMs - b.fromMs));
  const dropped = new Set(byLength.slice(0, excess));
  const few: ReadySpan[] = [];
  for (const span of spans) {
    const ready = span.ready && !dropped.has(span);
    const last = few.at(-1);
    if (last?.ready === ready) few[few.length - 1] = { ...last, toMs: span.toMs };
    else few.push({ ...span, ready });
  }
  return few;
}

/** `node-1` of `node-1/pod/default/web`; elsewhere where no process is named. */
function laneOf(target: string): string {
  const [, name] =
    /^((?:node|apiserver|scheduler|controllers|store)(?:-[\w.-]+)?)(?:\/|$)/.exec(target) ?? [];
  return name ?? ELSEWHERE;
}

function barsByLane(result: RunResult, gapMs: number): ReadonlyMap<string, readonly Bar[]> {
  const { toMs } = timeSpan(result);
  const lanes = new Map<string, Bar[]>();
  const nodes = new Set(result.timeline.filter((e) => e.kind === 'node').map((e) => e.subject));
  const injections = [...result.injections].sort((a, b) => a.beganMs - b.beganMs);
  for (const { fault, what, targets, beganMs, endedMs } of injections) {
    const style = STYLES[what.split(/[\s(,:]/, 1)[0] ?? ''] ?? 'other';
    for (const target of targets.length === 0 ? [''] : targets) {
      const name = nodes.has(target) ? target : laneOf(target);
      const list = lanes.get(name) ?? [];
      lanes.set(name, list);
      const bar = { fromMs: beganMs, toMs: endedMs ?? toMs, style, fault, what, count: 1 };
      place(
        list,
        { ...bar, row: 0, hit: name === target ? '' : target, ended: endedMs !== undefined },
        gapMs,
      );
    }
  }
  return lanes;
}

/** Puts a bar into the first free row, or joins it to one of the same fault that ends where it begins. */
function place(bars: Bar[], bar: Bar, gapMs: number): void {
  const close = bars.findIndex(
    (other) =>
      other.fault === bar.fault &&
      other.hit === bar.hit &&
      bar.fromMs - other.toMs < gapMs &&
      (bar.toMs - bar.fromMs < gapMs || bar.fromMs <= other.toMs),
  );
  const joined = bars[close];
  if (joined !== undefined) {
    const toMs = Math.max(joined.toMs, bar.toMs);
    bars[close] = { ...joined, toMs, count: joined.count + 1, ended: joined.ended && bar.ended };
    return;
  }
  const ends = Array.from({ length: ROWS_MAX }, (_, row) =>
    bars
      .filter((other) => other.row === row)
      .reduce((end, other) => Math.max(end, other.toMs), -Infinity),
  );
  const free = ends.findIndex((end) => end <= bar.fromMs);
  bars.push({ ...bar, row: free === -1 ? ROWS_MAX - 1 : free });
}
