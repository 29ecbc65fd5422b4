/** `kabuki trace diff`: where two runs part. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addOutput } from './flags.ts';

interface DiffFlags {
  readonly actor?: string;
  readonly output: 'text' | 'json';
}

/** Adds the command. */
export function registerDiff(trace: Command): void {
  addOutput(
    trace
      .command('diff')
      .description('Show where two recorded runs part: the first step that only one of them took.')
      .argument('<good>', 'what `kabuki trace record` wrote')
      .argument('<bad>', 'another one'),
  )
    .option('--actor <name>', 'of these actors alone: a kind (pod), or a name (pod/default/web)')
    .addHelpText('after', HELP)
    .action((good: string, bad: string, flags: DiffFlags) => diff(good, bad, flags).catch(fail));
}

const HELP = `
Ids, uids, drawn names, revisions, times and addresses differ from run to run and are not compared; nor is
what depends on timing alone. The exit code is 0 where the runs are the same, and 14 where they differ.

Examples:
  kabuki trace diff good.ktrace bad.ktrace
  kabuki trace diff good.ktrace bad.ktrace --actor pod`;

async function diff(good: string, bad: string, flags: DiffFlags): Promise<void> {
  const { diffFiles } = await import('../actors/trace/diff-command.ts');
  const { text, json, warnings, exitCode } = diffFiles([good, bad], flags.actor);
  for (const warning of warnings) process.stderr.write(`kabuki: ${warning}\n`);
  const out = flags.output === 'json' ? JSON.stringify(json, undefined, 2) : text;
  process.stdout.write(`${out}\n`, () => process.exit(exitCode));
}
