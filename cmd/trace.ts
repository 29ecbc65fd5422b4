/** `kabuki trace`: what happened in a cluster, why, and when. */
import { type Command, Option } from 'commander';
import { fail } from './fail.ts';
import { registerControl } from './trace-control.ts';
import { registerDiff } from './trace-diff.ts';
import { registerExport } from './trace-export.ts';
import { addSource, sourceOf, type TraceFlags } from './trace-flags.ts';
import { registerHops } from './trace-hops.ts';
import { registerRecord } from './trace-record.ts';
import { registerReplay } from './trace-replay.ts';
import { registerView } from './trace-view.ts';
import { registerWatch } from './trace-watch.ts';
import { registerWhy } from './trace-why.ts';
import { version } from './version.ts';

interface StoryFlags extends TraceFlags {
  readonly namespace: string;
  readonly all?: true;
  readonly output: StoryFormat;
}

/** How a story is printed. */
type StoryFormat = 'text' | 'json' | 'mermaid' | 'otlp' | 'html';

/** Adds the commands. */
export function registerTrace(program: Command): void {
  const trace = program
    .command('trace')
    .description('Show what happened, why, and when.')
    .argument('[object...]', 'an object as kubectl names it: pod/web, deploy web')
    .enablePositionalOptions();
  addStory(trace)
    .option('-n, --namespace <namespace>', 'its namespace', 'default')
    .addHelpText('after', STORY_HELP)
    .action((words: string[], flags: StoryFlags) =>
      (words.length === 0 ? trace.help() : ofObject(words, flags)).catch(fail),
    );
  addStory(
    trace
      .command('request')
      .description('What one request led to: its id (the Audit-Id of its answer), or `last`.')
      .argument('<id>', 'as `kubectl -v 8` prints it, or `last`'),
  ).action((id: string, flags: StoryFlags) => ofRequest(id, flags).catch(fail));
  registerWhy(trace);
  registerWatch(trace);
  registerControl(trace);
  registerExport(trace);
  registerHops(trace);
  registerRecord(trace);
  registerView(trace);
  registerReplay(trace);
  registerDiff(trace);
}

const STORY_HELP = `
Times are since the first line. wait: from the end of its cause to its beginning, on the way and in the mailbox;
took: to its end; work: the part of it spent in machines, the rest waited for others (the store, a container).
Lines with a star are the critical path.

Examples:
  kubectl create deployment web --image kabuki/echo && kabuki trace deploy/web
  kabuki trace pod/web-7c9 -n shop
  kabuki trace request last
  kabuki trace deploy/web -o html > web.html   a page to look around in, which loads nothing from elsewhere
  kabuki trace deploy/web -o mermaid           a sequence diagram, for a merge request or an issue`;

function addStory(command: Command): Command {
  return addSource(command)
    .option('--all', 'list everything: like branches, Events, notices')
    .addOption(
      new Option('-o, --output <format>', 'what is printed')
        .choices(['text', 'json', 'mermaid', 'otlp', 'html'])
        .default('text'),
    );
}

async function ofObject(words: readonly string[], flags: StoryFlags): Promise<void> {
  const { objectStory } = await import('../actors/trace/story-command.ts');
  const told = await objectStory(words, flags.namespace, commandOf(flags));
  await print(told, words.join(' '), flags);
}

async function ofRequest(id: string, flags: StoryFlags): Promise<void> {
  const { requestStory } = await import('../actors/trace/story-command.ts');
  await print(await requestStory(id, commandOf(flags)), `request ${id}`, flags);
}

const commandOf = (flags: StoryFlags) => ({ source: sourceOf(flags), all: flags.all === true });

type Told = Awaited<ReturnType<typeof import('../actors/trace/story-command.ts').objectStory>>;

async function print(told: Told, asked: string, flags: StoryFlags): Promise<void> {
  const { renderTold } = await import('../actors/trace/render-told.ts');
  for (const warning of told.warnings) process.stderr.write(`kabuki: ${warning}\n`);
  const color = process.stdout.isTTY;
  const settings = { color, all: flags.all === true, asked, version };
  process.stdout.write(renderTold(told, flags.output, settings), () => process.exit(0));
}
