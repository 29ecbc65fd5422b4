/** `kabuki trace`: what happened in a cluster, why, and when. */
import type { Command } from 'commander';
import { addCommon, type CommonFlags, dataDirOf } from './flags.ts';
import { registerDiff } from './trace-diff.ts';
import { registerRecord } from './trace-record.ts';
import { registerReplay } from './trace-replay.ts';
import { registerView } from './trace-view.ts';

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

/** Adds the commands. */
export function registerTrace(program: Command): void {
  const trace = program.command('trace').description('Show what happened, why, and when.');
  registerRecord(trace);
  registerView(trace);
  registerReplay(trace);
  registerDiff(trace);
}
