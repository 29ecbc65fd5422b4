/** `kabuki status`: what runs, in which states, and how far the store is. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addCommon, addOutput, type CommonFlags, dataDirOf } from './flags.ts';

interface StatusFlags extends CommonFlags {
  readonly output: 'text' | 'json';
}

/** Adds the command. */
export function registerStatus(program: Command): void {
  addOutput(
    addCommon(
      program.command('status').description('Show processes, machines, mailboxes and the store.'),
    ),
  )
    .addHelpText(
      'after',
      "\nExamples:\n  kabuki status\n  kabuki status -o json | jq '.processes[].machines'",
    )
    .action((flags: StatusFlags) => run(flags).catch(fail));
}

async function run(flags: StatusFlags): Promise<void> {
  const { clusterStatus, renderStatus } = await import('../actors/cluster/cluster-status.ts');
  const status = await clusterStatus(dataDirOf(flags));
  const text =
    flags.output === 'json' ? JSON.stringify(status, undefined, 2) : renderStatus(status);
  process.stdout.write(`${text}\n`, () => process.exit(status.lost.length > 0 ? 1 : 0));
}
