/**
 * Times as Kubernetes writes them, from and to milliseconds since the epoch, which is what machines
 * reckon in. Pure; never reads a clock.
 */
import { formatMicroTime, formatTime, parseTimestamp } from '../api/timestamp.ts';

/** `2025-01-31T12:00:00Z`, seconds rounded down: metav1.Time. */
export function rfc3339(ms: number): string {
  return formatTime(Math.floor(ms / 1000));
}

/** `2025-01-31T12:00:00.123000Z`: metav1.MicroTime, as Leases hold it. */
export function rfc3339Micro(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return formatMicroTime({ seconds, nanos: Math.floor(ms - seconds * 1000) * 1_000_000 });
}

/** Milliseconds since the epoch of a time; undefined where the text is no time. */
export function parseRfc3339(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseTimestamp(text);
  if (parsed === undefined) return undefined;
  return parsed.seconds * 1000 + Math.floor(parsed.nanos / 1_000_000);
}
