/** `kabuki trace view`: what is in a trace file. */
import { type Command, InvalidArgumentError } from 'commander';
import { fail } from './fail.ts';
import { addOutput, count } from './flags.ts';

interface ViewFlags {
  readonly steps?: boolean;
  readonly actor?: string;
  readonly process?: string;
  readonly limit?: number;
  readonly page?: boolean;
  readonly play?: number | true;
  readonly pagePort: number;
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
    .option('--page', 'look around in it with a browser, until Ctrl-C')
    .option('--play [speed]', 'with --page: play it from its beginning; 2 is twice as fast', speed)
    .option(
      '--page-port <port>',
      'with --page: on this port; 0 takes a free one',
      count(0, 65_535),
      0,
    )
    .addHelpText('after', HELP)
    .action((file: string, flags: ViewFlags) =>
      (flags.page === true || flags.play !== undefined ? viewPage : view)(file, flags).catch(fail),
    );
}

function speed(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1_000) return value;
  throw new InvalidArgumentError('a number above 0 and up to 1000 is expected');
}

async function viewPage(file: string, flags: ViewFlags): Promise<void> {
  const page = await import('../actors/page/view-page.ts');
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  await page.viewPage({
    ...{ file, port: flags.pagePort, ended: ended.signal },
    speed: flags.play === true ? 1 : flags.play,
    onServing(link, warnings) {
      for (const warning of warnings) process.stderr.write(`kabuki: ${warning}\n`);
      process.stdout.write(`${link}\n`);
    },
  });
  process.exit(0);
}

const HELP = `
The exit code is 15 where the file is damaged or cut off; what is whole is shown.

Examples:
  kabuki trace view run.ktrace
  kabuki trace view run.ktrace --steps --actor pod/default/web
  kabuki trace view run.ktrace -o json | jq .kinds
  kabuki trace view run.ktrace --page              prints the link of a page that shows it
  kabuki trace view run.ktrace --play 0.5          the same, at half its speed`;

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
