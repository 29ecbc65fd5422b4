/** `kabuki check`: every rule, over what was recorded of a run or of a cluster. */
import type { Command } from 'commander';
import { EXIT_OF_VERDICT } from '../actors/cluster/command-error.ts';
import { fail } from './fail.ts';
import { addOutput } from './flags.ts';

/** Adds the command. */
export function registerCheck(program: Command): void {
  addOutput(
    program
      .command('check')
      .description('Check every rule over a recording: of `kabuki sim` or of `kabuki chaos run`.')
      .argument('<recording>', 'a file of observations, one a line'),
  )
    .addHelpText(
      'after',
      `
Exit codes: 0 every rule held, 10 a rule did not hold, 12 the code under test crashed.

Examples:
  kabuki sim --seed 42 --record run.jsonl && kabuki check run.jsonl
  kabuki chaos run scenario.yaml --record run.jsonl && kabuki check run.jsonl`,
    )
    .action((file: string, flags: { readonly output: 'text' | 'json' }) =>
      run(file, flags.output).catch(fail),
    );
}

async function run(file: string, output: 'text' | 'json'): Promise<void> {
  const { checkJson, checkRecording, checkVerdict, renderCheck } = await import(
    '../actors/sim/check-command.ts'
  );
  const report = await checkRecording(file);
  const text = output === 'json' ? checkJson(report) : renderCheck(file, report);
  const code = EXIT_OF_VERDICT[checkVerdict(report)];
  process.stdout.write(text, () => process.exit(code));
}
