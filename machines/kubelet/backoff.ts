/**
 * The kubelet's back-offs: doubling delays with a longest, forgotten after twice the longest
 * without use (client-go's flowcontrol.Backoff). Pure; durations in messages read as Go prints
 * them.
 */

/**
 * First delay before a crashed container is started again, milliseconds. The very first restart has
 * none.
 */
export const CRASH_BACKOFF_MS = 10_000;
/** Longest such delay; a container that then runs for twice as long starts afresh. */
export const CRASH_BACKOFF_MAX_MS = 300_000;

/** A back-off: the delay owed before the next try, and when it was last raised. 0: none owed. */
export interface Backoff {
  readonly delayMs: number;
  readonly raisedAtMs: number;
}

/** A back-off that owes nothing yet. */
export const NO_BACKOFF: Backoff = { delayMs: 0, raisedAtMs: 0 };

/** The delay owed at a time: none where the back-off has been forgotten. */
export function owedMs(backoff: Backoff, atMs: number): number {
  return atMs - backoff.raisedAtMs > 2 * CRASH_BACKOFF_MAX_MS ? 0 : backoff.delayMs;
}

/**
 * Raises the back-off for one more try. A node may be set to a shorter longest delay, as a kubelet
 * with `crashLoopBackOff.maxContainerRestartPeriod` is (KEP-4603).
 */
export function raise(backoff: Backoff, atMs: number, maxMs = CRASH_BACKOFF_MAX_MS): Backoff {
  const owed = owedMs(backoff, atMs);
  const delayMs = Math.min(owed === 0 ? CRASH_BACKOFF_MS : owed * 2, maxMs);
  return { delayMs, raisedAtMs: atMs };
}

/** A duration as Go prints it: `10s`, `1m20s`, `5m0s`, `1.5s`, `25ms`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
