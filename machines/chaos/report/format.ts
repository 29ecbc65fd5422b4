/**
 * How reports write times, durations and numbers. Pure; the same text everywhere, whatever the locale.
 * Nothing that it prints can steer a terminal: control characters are shown, not sent.
 */
import type { RunResult } from '../run-result.ts';

/** A time since the start: `01:02.345`, with hours where `hours`: `0:01:02.345`. Before the start: `-00:01.000`. */
export function formatClock(ms: number, hours = false): string {
  const whole = Math.round(Math.abs(ms));
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const rest = `${two((whole / 60_000) % 60)}:${two((whole / 1_000) % 60)}`;
  const clock = `${rest}.${String(whole % 1_000).padStart(3, '0')}`;
  const sign = ms < 0 && whole > 0 ? '-' : '';
  return hours ? `${sign}${Math.floor(whole / 3_600_000)}:${clock}` : `${sign}${clock}`;
}

/** True where a report of this run needs hours in its times. */
export function needsHours(result: RunResult): boolean {
  const last = result.timeline.reduce((most, entry) => Math.max(most, entry.atMs), 0);
  return Math.max(last, result.simulatedMs) >= 3_600_000;
}

/** A duration: `850 ms`, `12.3 s`, `2 min 5 s`, `2 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${trimZero((ms / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return twoUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(ms / 60_000);
  return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

const trimZero = (text: string) => text.replace(/\.0$/, '');

const twoUnits = (large: number, unit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** A whole number with thousands set apart: `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number of things: `1 step`, `2,000 steps`. */
export function formatMany(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** How fast something went, a second: `30,000`, below ten with one digit: `1.5`; `-` where no time passed. */
export function formatRate(count: number, tookMs: number): string {
  if (tookMs <= 0) return '-';
  const rate = (count / tookMs) * 1_000;
  return rate < 10 ? trimZero(rate.toFixed(1)) : formatCount(rate);
}

/** The text with control characters made visible and line breaks as blanks. */
export function printable(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed.
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
