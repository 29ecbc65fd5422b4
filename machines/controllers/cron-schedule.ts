/**
 * Cron schedules as CronJobs write them: five fields with lists, ranges, steps and names, or
 * `@daily` and its like, or `@every 1h30m`; and the times they name, in any time zone.
 *
 * Times follow the clock on the wall: one that a change to summer time skips is not run, one that
 * comes twice is run twice (the rules and the messages are those of robfig/cron, which Kubernetes
 * uses). Never asks what time it is.
 */

/**
 * A schedule: the first time after another one, in milliseconds since the epoch; undefined for none
 * in five years.
 */
export interface Schedule {
  next(afterMs: number): number | undefined;
}

/** A schedule, or what is wrong with its text. */
export type ParsedSchedule =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly error: string };

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** How far ahead a time is looked for. */
const horizonMs = 5 * 366 * dayMs;

interface FieldRule {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly FieldRule[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { min: 0, max: 6, names: 'sun mon tue wed thu fri sat'.split(' ') },
];

const DESCRIPTORS: Readonly<{ [name: string]: string }> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Thrown inside this file alone, for what is wrong with a text. */
class Unparseable extends Error {}

/** Parses a schedule; `timeZone` is an IANA name, UTC where absent. */
export function parseSchedule(text: string, timeZone?: string): ParsedSchedule {
  try {
    if (text === '') throw new Unparseable('empty spec string');
    if (text.startsWith('@every ')) return { ok: true, schedule: everySchedule(text) };
    const spec = text.startsWith('@') ? DESCRIPTORS[text] : text;
    if (spec === undefined) throw new Unparseable(`unrecognized descriptor: ${text}`);
    return { ok: true, schedule: wallSchedule(spec, wallClock(timeZone)) };
  } catch (error) {
    if (error instanceof Unparseable) return { ok: false, error: error.message };
    throw error;
  }
}

/** True where the time zone is known. */
export function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const UNIT_MS: Readonly<{ [unit: string]: number }> = {
  ms: 1,
  s: 1000,
  m: minuteMs,
  h: hourMs,
};

function everySchedule(text: string): Schedule {
  const duration = text.slice('@every '.length);
  if (!/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(duration)) {
    throw new Unparseable(`failed to parse duration ${text}: time: invalid duration "${duration}"`);
  }
  let ms = 0;
  for (const [, value, unit] of duration.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    ms += Number(value) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  const delayMs = Math.max(1000, Math.floor(ms / 1000) * 1000);
  return { next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + delayMs };
}

/** What a clock on the wall shows. */
interface Wall {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

type WallClock = (ms: number) => Wall;

const utcClock: WallClock = (ms) => {
  const date = new Date(ms);
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
};

function wallClock(timeZone: string | undefined): WallClock {
  if (timeZone === undefined || timeZone === 'UTC') return utcClock;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const found: { [type: string]: number } = {};
    for (const { type, value } of format.formatToParts(ms)) found[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
    return utcClock(Date.UTC(year, month - 1, day, hour, minute, second));
  };
}

function wallSchedule(spec: string, clock: WallClock): Schedule {
  const texts = spec.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) {
    throw new Unparseable(`expected exactly 5 fields, found ${texts.length}: [${texts.join(' ')}]`);
  }
  const [minutes, hours, days, months, weekdays] = texts.map((text, index) =>
    parseField(text, FIELDS[index]!),
  ) as [Field, Field, Field, Field, Field];
  const isDay = ({ day, weekday }: Wall) => {
    const [byDay, byWeekday] = [days.values.has(day), weekdays.values.has(weekday)];
    return days.isStar || weekdays.isStar ? byDay && byWeekday : byDay || byWeekday;
  };
  return {
    next(afterMs) {
      const endMs = afterMs + horizonMs;
      let ms = Math.floor(afterMs / minuteMs) * minuteMs + minuteMs;
      while (ms <= endMs) {
        const wall = clock(ms);
        if (!months.values.has(wall.month) || !isDay(wall)) ms = nextMidnight(ms, wall, clock);
        else if (!hours.values.has(wall.hour)) ms += hourMs - wall.minute * minuteMs;
        else if (!minutes.values.has(wall.minute)) ms += minuteMs;
        else return ms;
      }
      return undefined;
    },
  };
}

function nextMidnight(ms: number, { hour, minute }: Wall, clock: WallClock): number {
  const next = ms + dayMs - hour * hourMs - minute * minuteMs;
  const shown = clock(next).hour;
  if (shown === 0) return next;
  return shown > 12 ? next + (24 - shown) * hourMs : next - shown * hourMs;
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** True for `*` and `?` alone: the field leaves the choice to the others. */
  readonly isStar: boolean;
}

function parseField(text: string, rule: FieldRule): Field {
  const values = new Set<number>();
  let isStar = false;
  for (const part of text.split(',').filter((item) => item !== '')) {
    const [range = '', stepText, ...rest] = part.split('/');
    if (rest.length > 0) throw new Unparseable(`too many slashes: ${part}`);
    const step = stepText === undefined ? 1 : integer(stepText);
    const [firstText = '', lastText, ...more] = range.split('-');
    if (more.length > 0) throw new Unparseable(`too many hyphens: ${part}`);
    let [first, last] = [rule.min, rule.max];
    if (firstText === '*' || firstText === '?') isStar ||= step === 1;
    else {
      first = numberIn(firstText, rule);
      last = lastText === undefined ? first : numberIn(lastText, rule);
      if (lastText === undefined && stepText !== undefined) last = rule.max;
    }
    checkRange(first, last, step, rule, part);
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return { values, isStar };
}

function checkRange(first: number, last: number, step: number, rule: FieldRule, part: string) {
  if (first < rule.min) {
    throw new Unparseable(`beginning of range (${first}) below minimum (${rule.min}): ${part}`);
  }
  if (last > rule.max) {
    throw new Unparseable(`end of range (${last}) above maximum (${rule.max}): ${part}`);
  }
  if (first > last) {
    throw new Unparseable(`beginning of range (${first}) beyond end of range (${last}): ${part}`);
  }
  if (step === 0) throw new Unparseable(`step of range should be a positive number: ${part}`);
}

function numberIn(text: string, { names, min }: FieldRule): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index >= 0 ? index + min : integer(text);
}

function integer(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  const reason = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new Unparseable(`failed to parse int from ${text}: ${reason}`);
}
