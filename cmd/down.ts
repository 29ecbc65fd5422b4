/** `kabuki down`: ends a running cluster. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addCommon, type CommonFlags, dataDirOf } from './flags.ts';

/** Adds the command. */
export function registerDown(program: Command): void {
  addCommon(
    program
      .command('down')
      .description('End a running cluster; its objects stay for the next start.'),
  )
    .addHelpText('after', '\nExamples:\n  kabuki down\n  kabuki down --data /srv/kabuki')
    .action((flags: CommonFlags) => run(flags).catch(fail));
}

async function run(flags: CommonFlags): Promise<void> {
  const { down } = await import('../actors/cluster/down.ts');
  const ended = await down(dataDirOf(flags));
  process.stdout.write(`cluster ${ended.cluster} ended (process ${ended.pid})\n`);
}
