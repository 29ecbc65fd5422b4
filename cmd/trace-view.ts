/** `kabuki trace view`: what is in a trace file. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addOutput, count } from './flags.ts';

interface ViewFlags {
  readonly steps?: boolean;
  readonly actor?: string;
  readonly process?: string;
  readonly limit?: number;
  readonly output: 'text' | 'json';
}

/** Adds the command. */
export function registerView(trace: Command): void {
  addOutput(
    trace
      .command('view')
      .description('Show what is in a trace file, what is damaged, and whether it can be replayed.')
      .argument('<file>', 'what `kabuki trace record` wrote'),
  )
    .option('--steps', 'the steps, one a line')
    .option('--actor <name>', 'of these actors alone: a kind (pod), or a name (pod/default/web)')
    .option('--process <name>', 'of this process alone')
    .option('--limit <n>', 'this many steps, the last ones', count(1, 1e9))
    .addHelpText('after', HELP)
    .action((file: string, flags: ViewFlags) => view(file, flags).catch(fail));
}

const HELP = `
The exit code is 15 where the file is damaged or cut off; what is whole is shown.

Examples:
  kabuki trace view run.ktrace
  kabuki trace view run.ktrace --steps --actor pod/default/web
  kabuki trace view run.ktrace -o json | jq .kinds`;

async function view(file: string, flags: ViewFlags): Promise<void> {
  const { viewFile } = await import('../actors/trace/view-command.ts');
  const { actor, process: name, limit } = flags;
  const wantsSteps = flags.steps === true || actor !== undefined || name !== undefined;
  const viewed = viewFile(file, { actor, process: name }, wantsSteps ? (limit ?? Infinity) : 0);
  const text = flags.output === 'json' ? JSON.stringify(viewed.json, undefined, 2) : viewed.text;
  for (const warning of wantsSteps ? viewed.warnings : []) {
    process.stderr.write(`kabuki: ${warning}\n`);
  }
  process.stdout.write(`${text}\n`, () => process.exit(viewed.exitCode));
}
