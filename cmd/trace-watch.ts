/** `kabuki trace tail`, `state`, `actors`, `slowest` and `dead-letters`: what actors do, and how they are. */
import type { Command } from 'commander';
import { FILTER_HELP } from '../actors/trace/filter-help.ts';
import { fail } from './fail.ts';
import { addCommon, addOutput, count, dataDirOf, duration } from './flags.ts';
import { addSource, sourceOf, type TraceFlags } from './trace-flags.ts';
import { endWithReader, finish, type OutputFlags, untilInterrupted, warn } from './trace-output.ts';

interface TailFlags extends TraceFlags, OutputFlags {
  readonly actor?: string;
  readonly where: readonly string[];
  readonly since?: number;
  readonly writes?: boolean;
  readonly requests?: boolean;
  readonly follow: boolean;
  readonly limit?: number;
}

interface ReportFlags extends TraceFlags, OutputFlags {
  readonly since: number;
  readonly kind?: string;
  readonly limit: number;
}

interface StateFlags extends OutputFlags {
  readonly process?: string;
}

/** How long ago is lately, milliseconds. */
const LATELY_MS = 300_000;

/** Adds the commands. */
export function registerWatch(trace: Command): void {
  registerTail(trace);
  addOutput(addCommon(trace.command('state').description('Show a live actor.')))
    .argument('<actor>', 'kind/id, such as pod/default/web')
    .option('--process <name>', 'in this process alone')
    .addHelpText('after', '\nExamples:\n  kabuki trace state pod/default/web')
    .action((actor: string, flags: StateFlags) => state(actor, flags).catch(fail));
  addReport(trace, 'actors', 'Show mailboxes, and how long actors wait and work.')
    .option('--since <duration>', 'of what was recorded in this time', duration, LATELY_MS)
    .option('--kind <kind>', 'actors of this kind alone')
    .action((flags: ReportFlags) => report('actors', flags).catch(fail));
  addReport(trace, 'slowest', 'Show what waited, worked and took longest.')
    .option('--since <duration>', 'of what was recorded in this time', duration, LATELY_MS)
    .option('--limit <n>', 'so many of each', count(1, 1_000), 20)
    .action((flags: ReportFlags) => report('slowest', flags).catch(fail));
  addReport(trace, 'dead-letters', 'Show what was never delivered, and why.').action(
    (flags: ReportFlags) => report('dead-letters', flags).catch(fail),
  );
}

function addReport(trace: Command, name: string, says: string): Command {
  return addOutput(addSource(trace.command(name).description(says)));
}

function registerTail(trace: Command): void {
  addOutput(addSource(trace.command('tail').description('Show steps as they are taken.')))
    .option('--actor <kind[/id]>', 'of this actor, or of this kind')
    .option(
      '--where <filter>',
      'what meets it alone; may be repeated',
      (text: string, all: readonly string[]) => [...all, text],
      [],
    )
    .option('--since <duration>', 'begin so long ago', duration)
    .option('--writes', 'show writes of the store too')
    .option('--requests', 'show requests of clients too')
    .option('--limit <n>', 'end after so many', count(1, 1_000_000))
    .option('--no-follow', 'end with what is on record')
    .addHelpText('after', `\n${FILTER_HELP}\n\nExamples:\n${TAIL_EXAMPLES}`)
    .action((flags: TailFlags) => tail(flags).catch(fail));
}

const TAIL_EXAMPLES = `  kabuki trace tail --actor scheduler
  kabuki trace tail --where 'object=pod/web' --writes --since 1m
  kabuki trace tail --where 'machine=pod enters=running node=node-2'
  kabuki trace tail --where 'wait>10ms' -o json`;

async function tail(flags: TailFlags): Promise<void> {
  const { tail: run, tailLine } = await import('../actors/trace/tail-command.ts');
  endWithReader();
  const { stdout } = process;
  const color = stdout.isTTY === true && process.env.NO_COLOR === undefined;
  await run({
    ...sourceOf(flags),
    actor: flags.actor,
    where: flags.where,
    sinceMs: flags.since,
    writes: flags.writes === true,
    requests: flags.requests === true,
    limit: flags.limit,
    follow: flags.follow,
    ended: untilInterrupted(),
    receive: (record) => {
      stdout.write(
        flags.output === 'json' ? `${JSON.stringify(record)}\n` : `${tailLine(record, color)}\n`,
      );
    },
    warn,
  });
  stdout.write('', () => process.exit(0));
}

async function state(actor: string, flags: StateFlags): Promise<void> {
  const { actorReports, renderActorReports } = await import('../actors/trace/state-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  const reports = await onCluster(dataDirOf(flags), (trace) =>
    actorReports(trace, actor, flags.process),
  );
  finish(flags, reports, renderActorReports(reports));
}

async function report(
  what: 'actors' | 'slowest' | 'dead-letters',
  flags: ReportFlags,
): Promise<void> {
  const reports = await import('../actors/trace/report-commands.ts');
  const source = sourceOf(flags);
  const made = {
    actors: () => reports.reportActors(source, flags.since, flags.kind),
    slowest: () => reports.reportSlowest(source, flags.since, flags.limit),
    'dead-letters': () => reports.reportDeadLetters(source),
  };
  const { data, text, warnings } = await made[what]();
  for (const warning of warnings) warn(warning);
  finish(flags, data, text);
}
