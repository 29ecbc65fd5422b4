/**
 * Supervision: a crashed instance is restarted with back-off; too many restarts in a short time escalate to the
 * process, which ends so that its own supervisor restarts it. Never restarts what was stopped on purpose.
 */
import type { Clock } from './clock.ts';

/** Restarts within the window that are still tolerated, as in OTP's restart intensity. */
export const RESTARTS_MAX = 5;
export const RESTART_WINDOW_MS = 30_000;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 10_000;

export interface Supervision {
  crashed(kind: string, id: string, error: unknown): void;
  close(): void;
}

/** Counts crashes and schedules restarts. */
export function createSupervision(options: {
  readonly clock: Clock;
  readonly restart: (kind: string, id: string) => void;
  readonly escalate: (error: unknown) => void;
}): Supervision {
  let recentMs: number[] = [];
  let closed = false;
  return {
    crashed(kind, id, error) {
      if (closed) return;
      const nowMs = options.clock.nowMs();
      recentMs = [...recentMs.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS), nowMs];
      if (recentMs.length > RESTARTS_MAX) {
        closed = true;
        options.escalate(error);
        return;
      }
      const backoffMs = Math.min(BACKOFF_FIRST_MS * 2 ** (recentMs.length - 1), BACKOFF_MAX_MS);
      options.clock.at(nowMs + backoffMs, () => {
        if (!closed) options.restart(kind, id);
      });
    },
    close() {
      closed = true;
    },
  };
}
