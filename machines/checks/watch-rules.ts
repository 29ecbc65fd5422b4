/**
 * Rules of watches, named after etcd's guarantees. Each reads what every reader of the log was
 * told, against the log.
 *
 * Only readers of all keys below their prefixes can be judged: watches with a selector are not
 * observed. Each wrong delivery is one rule's: what is told late is `watch-ordered`, told twice
 * `watch-unique`, never told `watch-reliable`.
 */
import type { Report, Rule } from './check.ts';
import { isAsked, type LogEntry, perWatch, WATCH_READS } from './watch-log.ts';

/** Untold changes named in one message. */
const NAMED_MAX = 5;

/** Events come in the order of revisions. */
export const watchOrdered: Rule = {
  name: 'watch-ordered',
  says: 'A watch is told of changes in the order of their revisions (etcd: Ordered).',
  reads: WATCH_READS,
  create: () =>
    perWatch(({ what, watch, revision, key }, { event }, _log, report) => {
      if (what !== 'event' || revision >= event) return;
      report(`${watch} was told of ${key} at revision ${revision} after revision ${event}`, [key]);
    }),
};

/** No event comes twice. */
export const watchUnique: Rule = {
  name: 'watch-unique',
  says: 'A watch is told of each change once (etcd: Unique).',
  reads: WATCH_READS,
  create: () =>
    perWatch(({ what, watch, revision, key }, { event }, _log, report) => {
      if (what !== 'event' || revision !== event) return;
      report(`${watch} was told twice of ${key} at revision ${revision}`, [key]);
    }),
};

/** Nothing that was passed by a progress comes after it. */
export const watchBookmarkable: Rule = {
  name: 'watch-bookmarkable',
  says: 'After a progress nothing up to its revision is told any more (etcd: Bookmarkable).',
  reads: WATCH_READS,
  create: () =>
    perWatch(({ what, watch, revision, key }, { progress, event }, _log, report) => {
      if (what === 'event' && revision <= progress && revision > event) {
        report(
          `${watch} was told of ${key} at revision ${revision} after a progress to ${progress}`,
          [key],
        );
      } else if (what === 'progress' && revision < progress) {
        report(`${watch} went back from progress ${progress} to ${revision}`);
      }
    }),
};

/**
 * What is missing is only reported with the next word, since it may be late, which is another
 * rule's.
 */
interface Doubt {
  readonly untold: readonly LogEntry[];
  /** Where the watch had been told of everything, and what it was told next. */
  readonly from: number;
  readonly to: number;
}

/** No change is left out. */
export const watchReliable: Rule = {
  name: 'watch-reliable',
  says: 'Between two revisions a watch was told of, no change is left out (etcd: Reliable).',
  reads: WATCH_READS,
  create() {
    const doubts = new Map<string, Doubt>();
    const checker = perWatch((watched, { told, start, isReset }, log, report) => {
      const { watch, what, revision, prefixes } = watched;
      const doubt = doubts.get(watch);
      if (doubt !== undefined) {
        doubts.delete(watch);
        reportUntold(watch, what === 'event' ? without(doubt, revision) : doubt, report);
      }
      if (what !== 'event' && what !== 'progress') return;
      const before = what === 'event' ? revision : revision + 1;
      if (before <= told + 1 || told < 0 || isReset || told < log.forgotten) return;
      // The first event after a start is judged by `watch-resumable`.
      if (what === 'event' && told === start) return;
      const untold = log.between(told, before, prefixes);
      if (untold.length > 0) doubts.set(watch, { untold, from: told, to: revision });
    });
    return {
      ...checker,
      finish(_picture, report) {
        for (const [watch, doubt] of doubts) reportUntold(watch, doubt, report);
      },
    };
  },
};

/** A change that comes with the next word was late only; the others are missing. */
function without(doubt: Doubt, revision: number): Doubt {
  return { ...doubt, untold: doubt.untold.filter((entry) => entry.revision !== revision) };
}

function reportUntold(watch: string, { untold, from, to }: Doubt, report: Report): void {
  if (untold.length === 0) return;
  report(
    `${watch} was told of revision ${to} after ${from} and never of ${renderEntries(untold)}`,
    untold.map((entry) => entry.key),
  );
}

function renderEntries(entries: readonly LogEntry[]): string {
  const named = entries
    .slice(0, NAMED_MAX)
    .map(({ operation, key, revision }) => `${operation} ${key} at revision ${revision}`);
  const more = entries.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A watch goes on right after where it started. */
export const watchResumable: Rule = {
  name: 'watch-resumable',
  says: 'A watch goes on right after its start, a hole needs a new start (etcd: Resumable).',
  reads: WATCH_READS,
  create: () =>
    perWatch(({ what, watch, revision, key, prefixes }, at, log, report) => {
      if (what === 'start') {
        if (revision >= at.told) return;
        report(`${watch} started anew at revision ${revision}, having been told of ${at.told}`);
      } else if (what === 'event' && at.isReset) {
        report(
          `${watch} was told of ${key} at revision ${revision} after a hole and before a start`,
          [key],
        );
      } else if (what === 'event' && at.start >= 0 && revision <= at.start) {
        report(
          `${watch} started at revision ${at.start} and was then told of ${key} at ${revision}`,
          [key],
        );
      } else if (what === 'event' && at.start >= 0 && at.told === at.start) {
        if (at.start < log.forgotten) return;
        const untold = log.between(at.start, revision, prefixes);
        if (untold.length === 0) return;
        report(
          `${watch} started at revision ${at.start} and went on with ${revision}, ` +
            `leaving out ${renderEntries(untold)}`,
          untold.map((entry) => entry.key),
        );
      }
    }),
};

/** What is told is what was committed. */
export const watchMatchesLog: Rule = {
  name: 'watch-matches-log',
  says: 'What a watch is told is the change the log has at that revision (etcd: Filter, IsCreate).',
  reads: WATCH_READS,
  create: () =>
    perWatch(({ what, watch, revision, key, operation, prefixes }, _at, log, report) => {
      if (what !== 'event' || revision <= log.forgotten) return;
      const entry = log.at(revision);
      const told = `${watch} was told of ${operation} ${key} at revision ${revision}`;
      if (entry === undefined) report(`${told}, where the log has no change`, [key]);
      else if (entry.key !== key || entry.operation !== operation) {
        report(`${told}, where the log has ${entry.operation} ${entry.key}`, [key, entry.key]);
      } else if (!isAsked(key, prefixes)) {
        report(`${told}, having asked for ${prefixes.join(', ')}`, [key]);
      }
    }),
};
