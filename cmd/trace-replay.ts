/** `kabuki trace replay`: takes recorded steps again. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addOutput } from './flags.ts';
import { version } from './version.ts';

interface ReplayFlags {
  readonly actor?: string;
  readonly process?: string;
  readonly until?: string;
  readonly inspect?: boolean;
  readonly show?: boolean;
  readonly output: 'text' | 'json';
}

/** Adds the command. */
export function registerReplay(trace: Command): void {
  addOutput(
    trace
      .command('replay')
      .description('Take the steps of a trace file again; every one must come out the same.')
      .argument('<file>', 'what `kabuki trace record` wrote'),
  )
    .option('--actor <name>', 'of these actors alone: a kind (pod), or a name (pod/default/web)')
    .option('--process <name>', 'of this process alone')
    .option('--until <id>', 'stop before this message and show the state of who handles it')
    .option('--inspect', 'wait for a debugger, and stop in it before that message, or the first')
    .option('--show', 'print every step: = the same, ! otherwise, ? not replayed')
    .addHelpText('after', HELP)
    .action((file: string, flags: ReplayFlags) => replay(file, flags).catch(fail));
}

const HELP = `
Exit codes: 0 all that could be replayed came out the same; 14 something came out otherwise; 15 the same,
but the file is damaged; 16 nothing could be replayed.

Examples:
  kabuki trace replay run.ktrace
  kabuki trace replay run.ktrace --actor scheduler --show
  kabuki trace replay run.ktrace --actor pod/default/web --until 01kbk3v2q
  kabuki trace replay run.ktrace --actor pod/default/web --until 01kbk3v2q --inspect`;

async function replay(file: string, flags: ReplayFlags): Promise<void> {
  const { replayFile } = await import('../actors/trace/replay-command.ts');
  const isText = flags.output === 'text';
  const { text, json, warnings, exitCode } = replayFile({
    ...{ file, version, until: flags.until, inspect: flags.inspect === true },
    selection: { actor: flags.actor, process: flags.process },
    onInspector: (address) => process.stderr.write(attach(address)),
    onStep:
      flags.show === true && isText ? (line) => void process.stdout.write(`${line}\n`) : undefined,
  });
  for (const warning of warnings) process.stderr.write(`kabuki: ${warning}\n`);
  const out = isText ? text : JSON.stringify(json, undefined, 2);
  process.stdout.write(`${out}\n`, () => process.exit(exitCode));
}

const attach = (address: string): string =>
  `Attach with \`node inspect ${address}\`, chrome://inspect or an editor.\n`;
