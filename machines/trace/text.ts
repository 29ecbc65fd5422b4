/** How traces are written for people: durations and times of day. Pure, and the same everywhere. */
import { formatDuration } from '../chaos/report/format.ts';

/** Puts a style on a text where a terminal shows it. */
export type Paint = (style: 'dim' | 'red' | 'yellow', text: string) => string;

/** No style: for files and pipes. */
export const plain: Paint = (_style, text) => text;

/** `12 us`, `3.4 ms`, `120 ms`, `1.5 s`. */
export function shortDuration(ms: number): string {
  if (ms < 0.9995) return `${Math.round(ms * 1_000)} us`;
  return ms < 9.95 ? `${Number(ms.toFixed(1))} ms` : formatDuration(ms);
}

/** Time of day in UTC: `13:40:01.234`. */
export function clockTime(atMs: number): string {
  return Number.isFinite(atMs) ? new Date(atMs).toISOString().slice(11, 23) : '?';
}
