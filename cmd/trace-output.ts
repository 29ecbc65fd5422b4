/** How trace commands print: text or JSON, warnings apart, and an end when nobody reads any more. */
import { constants } from 'node:os';
import type { CommonFlags } from './flags.ts';

/** `-o json`. */
export interface OutputFlags extends CommonFlags {
  readonly output: 'text' | 'json';
}

/** Prints a result, then ends the process. */
export function finish({ output }: OutputFlags, data: unknown, text: string, exitCode = 0): void {
  endWithReader();
  const out = output === 'json' ? JSON.stringify(data, undefined, 2) : text;
  process.stdout.write(`${out}\n`, () => process.exit(exitCode));
}

/** Says something that is not part of the result. */
export function warn(line: string): void {
  process.stderr.write(`kabuki: ${line}\n`);
}

/** Ends quietly when what reads the output has ended, as `head` does. */
export function endWithReader(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0);
  });
}

/** Aborted by the first Ctrl-C; the second ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const ended = new AbortController();
  process.once('SIGINT', () => {
    ended.abort();
    process.once('SIGINT', () => process.exit(INTERRUPTED));
  });
  process.once('SIGTERM', () => ended.abort());
  return ended.signal;
}

/** Exit code of what Ctrl-C has ended. */
export const INTERRUPTED = 128 + constants.signals.SIGINT;
