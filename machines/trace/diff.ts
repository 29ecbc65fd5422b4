/**
 * Two traces side by side: what happened in one of them alone, by whom it happened to, and where they part first.
 *
 * Actors are aligned by their names without what is drawn anew in every run, what they do by their machine's moves,
 * deeds and news (`happenings.ts`), and the lives of one name by their order. Pure.
 */
import { kindOf } from './about.ts';
import { type Happening, happeningsOf } from './happenings.ts';
import type { TraceRecord } from './record.ts';
import { isWithin } from './selection.ts';

/** Kinds that stand for something of which there are so many. */
const COUNTED: ReadonlySet<string> = new Set(['pod', 'node', 'experiment']);

/** Something that happened in one trace alone. */
export interface OneSided {
  readonly happening: Happening;
  readonly record: TraceRecord;
  /** Since the runs were last known to be the same at their beginning, milliseconds. */
  readonly atMs: number;
}

/** What one trace has of a subject. */
export interface SideOf {
  /** In the order of time: what the other trace does not have. */
  readonly alone: readonly OneSided[];
  /** How many of that name there were. */
  readonly lives: number;
}

/** A subject in which the traces differ. */
export interface Parting {
  readonly subject: string;
  /** Of the earliest that one side has alone. */
  readonly atMs: number;
  readonly sides: readonly [SideOf, SideOf];
}

/** What comes of comparing. */
export interface TraceDiff {
  /** Subjects that differ, the one in which they part first before all others. */
  readonly partings: readonly Parting[];
  /** Subjects that both have, and how many of these are the same. */
  readonly shared: number;
  readonly same: number;
  /** When each run began, as far as both have it; times are told from there. */
  readonly startMs: readonly [number, number];
}

interface Found {
  readonly happening: Happening;
  readonly record: TraceRecord;
}

/** What a trace says of one subject. */
interface Track {
  /** By what happened: the record that said it first. */
  readonly first: Map<string, Found>;
  /** Lives, by the record that began each. */
  readonly lives: Found[];
  readonly seen: Set<string>;
}

type Tracks = ReadonlyMap<string, Track>;

/** Compares; `actor` is a kind, a name, or the beginning of one, undefined for all. */
export function diffTraces(
  one: readonly TraceRecord[],
  other: readonly TraceRecord[],
  actor?: string,
): TraceDiff {
  const sides = [tracksOf(one, actor), tracksOf(other, actor)] as const;
  const startMs = startsOf(sides[0], sides[1]);
  const subjects = new Set([...sides[0].keys(), ...sides[1].keys()]);
  const partings: Parting[] = [];
  let shared = 0;
  for (const subject of subjects) {
    const [left, right] = [sides[0].get(subject), sides[1].get(subject)];
    if (left !== undefined && right !== undefined) shared += 1;
    const parts = [sideOf(left, right, startMs[0]), sideOf(right, left, startMs[1])] as const;
    const first = parts.flatMap(({ alone }) => alone.map(({ atMs }) => atMs));
    if (first.length > 0) partings.push({ subject, atMs: Math.min(...first), sides: parts });
  }
  partings.sort((a, b) => a.atMs - b.atMs);
  const differing = partings.filter(({ sides: [a, b] }) => a.lives > 0 && b.lives > 0).length;
  return { partings, shared, same: shared - differing, startMs };
}

function tracksOf(records: readonly TraceRecord[], actor: string | undefined): Tracks {
  const tracks = new Map<string, Track>();
  const sorted = [...records].sort((a, b) => a.atMs - b.atMs);
  for (const record of sorted) {
    for (const happening of happeningsOf(record)) {
      if (actor !== undefined && !isMeant(record, happening, actor)) continue;
      const none: Track = { first: new Map(), lives: [], seen: new Set() };
      const track = tracks.get(happening.subject) ?? none;
      tracks.set(happening.subject, track);
      if (!track.first.has(happening.what)) track.first.set(happening.what, { happening, record });
      if (!beginsLife(track, record, happening)) continue;
      track.seen.add(happening.instance);
      track.lives.push({ happening, record });
    }
  }
  return tracks;
}

const isMeant = (record: TraceRecord, { subject }: Happening, actor: string): boolean =>
  (record.type === 'step' && isWithin(record.actor, actor)) || isWithin(subject, actor);

/** A new name begins a life, and so does a known one that starts anew. */
function beginsLife(track: Track, record: TraceRecord, { instance, what }: Happening): boolean {
  if (!track.seen.has(instance)) return true;
  return record.type === 'step' && record.before === undefined && what.startsWith('(new)');
}

/** When the same thing happened in both: the first request of a client that both have, or whatever both have first. */
function startsOf(left: Tracks, right: Tracks): readonly [number, number] {
  let best: { readonly isRequest: boolean; readonly at: readonly [number, number] } | undefined;
  for (const [subject, { first }] of left) {
    for (const [what, { record }] of first) {
      const other = right.get(subject)?.first.get(what)?.record;
      if (other === undefined) continue;
      const isRequest = record.type === 'request';
      const isEarlier = best === undefined || record.atMs < best.at[0];
      if (best?.isRequest === isRequest || best === undefined ? isEarlier : isRequest) {
        best = { isRequest, at: [record.atMs, other.atMs] };
      }
    }
  }
  return best?.at ?? [firstOf(left), firstOf(right)];
}

function firstOf(tracks: Tracks): number {
  const times = [...tracks.values()].map(({ lives }) => lives[0]?.record.atMs ?? 0);
  return times.length === 0 ? 0 : Math.min(...times);
}

function sideOf(own: Track | undefined, other: Track | undefined, startMs: number): SideOf {
  if (own === undefined) return { alone: [], lives: 0 };
  const alone: OneSided[] = [];
  const add = ({ happening, record }: Found): void => {
    alone.push({ happening, record, atMs: record.atMs - startMs });
  };
  for (const [what, found] of own.first) {
    if (other?.first.has(what) !== true && !isUntellable(found.happening, other)) add(found);
  }
  const isCounted = COUNTED.has(kindOf(own.lives[0]?.happening.subject ?? ''));
  if (isCounted && other !== undefined) {
    for (const life of own.lives.slice(other.lives.length)) {
      add({ ...life, happening: { ...life.happening, what: 'one more' } });
    }
  }
  alone.sort((a, b) => a.atMs - b.atMs);
  return { alone, lives: own.lives.length };
}

/** A detail that the other trace may have as well: it has the news, and none of its details. */
function isUntellable({ detailOf }: Happening, other: Track | undefined): boolean {
  if (detailOf === undefined || other?.first.has(detailOf) !== true) return false;
  for (const { happening } of other.first.values()) {
    if (happening.detailOf === detailOf) return false;
  }
  return true;
}
