/**
 * A log that tells what is written to it as an error: components write nothing there but what the code must not do. In
 * the simulation the same lines make a run crash.
 */
import type { Logger } from '../cluster/log.ts';
import { InjectedCrash } from './injected-crash.ts';

/** Characters told of one bug: its stack says where, and need not be whole. */
const BUG_CHARS_MAX = 2_000;

interface Fields {
  readonly actor?: string;
  readonly err?: unknown;
}

/** The same log; `tell` gets each error in words, those that a fault threw excepted. */
export function tellBugs(log: Logger, tell: (what: string) => void): Logger {
  const told =
    (level: 'error' | 'fatal') =>
    (fields: Fields, message: string): void => {
      log[level](fields, message);
      if (!(fields.err instanceof InjectedCrash)) tell(wordsOf(fields, message));
    };
  return Object.assign(Object.create(log) as Logger, {
    error: told('error'),
    fatal: told('fatal'),
  });
}

function wordsOf({ actor, err }: Fields, message: string): string {
  const why = err instanceof Error ? (err.stack ?? err.message) : String(err ?? '');
  const who = actor === undefined ? '' : `${actor}: `;
  return `${who}${message}${why === '' ? '' : `: ${why}`}`.slice(0, BUG_CHARS_MAX);
}
