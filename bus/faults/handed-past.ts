/**
 * A process that was down knows nothing of the past of the log; another follower of the same log may hand it over. Here
 * the two are joined: what was handed over up to where the own following began, and what was heard since.
 *
 * Keeps what a history promises: nothing is left out between the two, and nothing told twice.
 */
import type { LogHistory, PastState } from './log-history.ts';

/** The own history, reaching back as far as what was handed over; that must reach to where the own one begins. */
export function joinPast(own: LogHistory, handed: PastState): LogHistory {
  const begun = own.floor;
  const before = handed.since.flatMap((group) => {
    const events = group.filter(({ revision }) => revision <= begun);
    return events.length === 0 ? [] : [events];
  });
  return {
    get floor() {
      return own.floor;
    },
    get last() {
      return own.last;
    },
    stateAt: (revision) => own.stateAt(revision),
    past() {
      const since = own.past(Number.POSITIVE_INFINITY);
      // A hole in the log meanwhile: there is no way from that past to now.
      if (since === undefined || own.floor !== begun) return undefined;
      const { entries, revision } = handed;
      return { entries, revision, since: [...before, ...since.since] };
    },
    listen: (sink) => own.listen(sink),
    poll: () => own.poll(),
    close: () => own.close(),
  };
}

/** Resolves when a history has begun. */
export function historyBegun(history: LogHistory): Promise<void> {
  if (history.floor !== Number.POSITIVE_INFINITY) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = history.listen({
      onSnapshot() {
        stop();
        resolve();
      },
      onEvent() {},
      onProgress() {},
      onReset() {},
    });
  });
}
