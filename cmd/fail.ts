/** How a command fails: one clear line, advice, an exit code; a stack only for what is a bug. */
import { CommandError } from '../actors/cluster/command-error.ts';
import { print } from './report.ts';

/** Prints the error and ends the process. */
export function fail(error: unknown): never {
  if (error instanceof CommandError) {
    print('stderr', `kabuki: ${error.message}\n${error.advice === '' ? '' : `${error.advice}\n`}`);
    process.exit(error.exitCode);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print('stderr', `kabuki: unexpected failure, please report it\n${text}\n`);
  process.exit(1);
}
