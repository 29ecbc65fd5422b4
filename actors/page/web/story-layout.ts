/** Where the events of a story stand: a line for each actor, time downwards. Pure. */
import type { Story, StoryEvent } from '../protocol.ts';

/** One line. */
export interface Lane {
  readonly name: string;
  readonly place: string;
}

export interface Placed {
  readonly event: StoryEvent;
  readonly lane: number;
  /** Down from the first event, pixels at a zoom of 1. */
  readonly y: number;
}

/** A message or a write that led from one event to another. */
export interface Link {
  readonly from: Placed;
  readonly to: Placed;
}

export interface StoryLayout {
  readonly lanes: readonly Lane[];
  /** Lines that were put together into the last one. */
  readonly lanesMore: number;
  readonly placed: readonly Placed[];
  readonly byKey: ReadonlyMap<string, Placed>;
  readonly links: readonly Link[];
  readonly height: number;
}

/** Lines that are drawn; what is done on others stands on one more. */
const LANES_MAX = 40;
/** The least and the most between two events that follow each other, where silence is shortened. */
const NEAR = 14;
const FAR = 70;
/** Pixels of a millisecond where it is not. */
const SCALE = 2;

const ORDER = ['client', 'apiserver', 'store', 'controllers', 'scheduler', 'node', ''];

/** Lays a story out; `toScale` makes equal times equally long. */
export function layoutStory({ events }: Story, toScale: boolean): StoryLayout {
  const lanes = lanesOf(events);
  const shown = lanes.slice(0, LANES_MAX);
  const index = new Map(shown.map(({ name }, at) => [name, at]));
  const lanesMore = lanes.length - shown.length;
  if (lanesMore > 0) shown.push({ name: `${lanesMore} other actors`, place: '' });
  const placed: Placed[] = [];
  let y = 0;
  let beforeMs = events[0]?.atMs ?? 0;
  for (const event of events) {
    y += placed.length === 0 ? 0 : gap(event.atMs - beforeMs, toScale);
    beforeMs = event.atMs;
    placed.push({ event, lane: index.get(event.lane) ?? LANES_MAX, y });
  }
  const byKey = new Map(placed.map((one) => [one.event.key, one]));
  const links = placed.flatMap((to) =>
    to.event.causes.flatMap((key) => {
      const from = byKey.get(key);
      return from === undefined ? [] : [{ from, to }];
    }),
  );
  return { lanes: shown, lanesMore, placed, byKey, links, height: y };
}

function gap(ms: number, toScale: boolean): number {
  if (toScale) return ms * SCALE;
  return Math.min(FAR, NEAR + 8 * Math.log10(1 + ms));
}

/** Those who do most, in the order of the way of a request. */
function lanesOf(events: readonly StoryEvent[]): Lane[] {
  const found = new Map<string, Lane & { count: number; first: number }>();
  events.forEach(({ lane: name, place }, first) => {
    const known = found.get(name);
    if (known === undefined) found.set(name, { name, place, count: 1, first });
    else known.count += 1;
  });
  const rank = ({ place, name }: Lane): number => {
    const group = place.startsWith('node/') ? 'node' : place;
    const at = ORDER.indexOf(group);
    return (at < 0 ? ORDER.length : at) + (name.startsWith('pod/') ? 0.5 : 0);
  };
  return [...found.values()]
    .sort((one, other) => other.count - one.count)
    .slice(0, LANES_MAX)
    .sort((one, other) => rank(one) - rank(other) || one.first - other.first)
    .concat([...found.values()].sort((one, other) => other.count - one.count).slice(LANES_MAX));
}

/** Everything that led to an event, or that it led to, along the links of the story. */
export function reach(
  { links }: StoryLayout,
  key: string,
  way: 'causes' | 'effects',
): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const { from, to } of links) {
    const [at, other] = way === 'causes' ? [to, from] : [from, to];
    const known = next.get(at.event.key);
    if (known === undefined) next.set(at.event.key, [other.event.key]);
    else known.push(other.event.key);
  }
  const found = new Set([key]);
  for (const one of found) for (const other of next.get(one) ?? []) found.add(other);
  return found;
}
