/** What the supervisor knows of the log's past, for processes that are to begin there. */
import type { LogHistory, PastState } from '../../bus/faults/log-history.ts';
import type { Clock } from '../clock.ts';
import type { PastQuestion } from './protocol.ts';

/** How long the supervisor's own reading of the log may be behind a child's. */
const BEHIND_MS = 3_000;
const LOOK_EVERY_MS = 20;

/** The state so many revisions before `upTo`, and the way to there at least; undefined where it is not known. */
export async function pastUpTo(
  history: LogHistory | undefined,
  { revisions, upTo }: PastQuestion['pastOf'],
  clock: Clock,
): Promise<PastState | undefined> {
  if (history === undefined) return undefined;
  const deadlineMs = clock.nowMs() + BEHIND_MS;
  while (history.last < upTo) {
    if (clock.nowMs() > deadlineMs) return undefined;
    history.poll();
    await new Promise<void>((resolve) => void clock.at(clock.nowMs() + LOOK_EVERY_MS, resolve));
  }
  return history.past(revisions + history.last - upTo);
}
