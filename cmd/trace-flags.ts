/** Flags of the commands that read a trace, and what they mean. */
import type { Command } from 'commander';
import { addCommon, type CommonFlags, dataDirOf } from './flags.ts';

/** Flags of every command that reads a trace. */
export interface TraceFlags extends CommonFlags {
  readonly file?: string;
}

/** Adds what every command that reads a trace takes. */
export function addSource(command: Command): Command {
  return addCommon(command).option(
    '--file <trace>',
    'read a file that `kabuki trace record` wrote, in place of the running cluster',
  );
}

/** What the flags mean. */
export function sourceOf(flags: TraceFlags) {
  return { dataDir: dataDirOf(flags), file: flags.file };
}
