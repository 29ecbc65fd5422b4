/**
 * The moments that users name: a revision, a time, or how long ago. Pure; the caller brings the time and the zone.
 */
import { formatTime, parseTimestamp } from '../api/timestamp.ts';

/** The user's clock. */
export interface Wall {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Of the user's zone: local time less UTC, milliseconds. */
  readonly offsetMs: number;
}

/** A moment as it was named. */
export type Moment =
  | { readonly type: 'revision'; readonly revision: number }
  | { readonly type: 'time'; readonly atMs: number };

const DAY_MS = 86_400_000;
const UNITS: Readonly<{ [unit: string]: number }> = {
  ...{ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS },
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d)(\.\d{1,3})?)?$/;

/** What `parseMoment` takes, for messages. */
export const MOMENT_FORMS =
  'a revision such as 1234, a time such as 12:03:41 or 2026-01-31T12:03:41Z, -30s, "2m ago" or now';

/** The moment that a text names; undefined where it names none. A clock time is the latest that was. */
export function parseMoment(text: string, wall: Wall): Moment | undefined {
  const word = text.trim();
  if (/^\d{1,15}$/.test(word)) return { type: 'revision', revision: Number(word) };
  const atMs = timeOf(word, wall);
  return atMs === undefined ? undefined : { type: 'time', atMs };
}

function timeOf(word: string, { nowMs, offsetMs }: Wall): number | undefined {
  if (word === 'now') return nowMs;
  const ago = /^-(\S+)$/.exec(word)?.[1] ?? /^(\S+) +ago$/.exec(word)?.[1];
  if (ago !== undefined) {
    const duration = durationMs(ago);
    return duration === undefined ? undefined : nowMs - duration;
  }
  const clock = CLOCK.exec(word);
  if (clock !== null) return clockMs(clock, nowMs, offsetMs);
  const zoned = parseTimestamp(word);
  if (zoned !== undefined) return zoned.seconds * 1_000 + zoned.nanos / 1e6;
  const local = parseTimestamp(`${word.replace(' ', 'T')}Z`);
  return local === undefined ? undefined : local.seconds * 1_000 + local.nanos / 1e6 - offsetMs;
}

function durationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    sum += Number(count) * (UNITS[unit ?? ''] ?? 0);
  }
  return sum;
}

function clockMs(match: RegExpExecArray, nowMs: number, offsetMs: number): number | undefined {
  const [hour, minute, second] = [match[1], match[2], match[3] ?? 0].map(Number) as number[];
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const dayMs = Math.floor((nowMs + offsetMs) / DAY_MS) * DAY_MS - offsetMs;
  const sinceMs = ((hour! * 60 + minute!) * 60 + second!) * 1_000 + Number(match[4] ?? 0) * 1_000;
  const todayMs = dayMs + sinceMs;
  return todayMs > nowMs ? todayMs - DAY_MS : todayMs;
}

/** `12:03:41.250` in the user's zone, with the date in front where it is not today's. */
export function formatMoment(atMs: number, { nowMs, offsetMs }: Wall): string {
  const localMs = Math.floor(atMs + offsetMs);
  const text = formatTime(Math.floor(localMs / 1_000));
  const millis = String(((localMs % 1_000) + 1_000) % 1_000).padStart(3, '0');
  const clock = `${text.slice(11, 19)}.${millis}`;
  const isToday = Math.floor(localMs / DAY_MS) === Math.floor((nowMs + offsetMs) / DAY_MS);
  return isToday ? clock : `${text.slice(0, 10)} ${clock}`;
}
