/** `kabuki trace off`, `on`, `sample` and `policy`; `break`, `step`, `continue` and `breaks`: control at run time. */
import { type Command, InvalidArgumentError } from 'commander';
import { FILTER_HELP } from '../actors/trace/filter-help.ts';
import { fail } from './fail.ts';
import { addCommon, addOutput, count, dataDirOf, duration } from './flags.ts';
import { finish, INTERRUPTED, type OutputFlags, untilInterrupted, warn } from './trace-output.ts';

interface PolicyFlags extends OutputFlags {
  readonly process?: string;
}

interface BreakFlags extends OutputFlags {
  readonly for: number;
  readonly count: number;
  readonly maxHeld: number;
  readonly detach?: boolean;
}

interface ContinueFlags extends OutputFlags {
  readonly all?: boolean;
}

/** How long a breakpoint looks, and how long an actor is held that nobody steps, milliseconds. */
const BREAK_MS = 300_000;

/** Adds the commands. */
export function registerControl(trace: Command): void {
  addPolicy(trace, 'off', 'Record nothing, or nothing of some kinds of actors.')
    .argument('[kinds...]', KINDS)
    .action((kinds: string[], flags: PolicyFlags) => change(0, kinds, flags).catch(fail));
  addPolicy(trace, 'on', 'Record everything, or everything of some kinds of actors.')
    .argument('[kinds...]', KINDS)
    .action((kinds: string[], flags: PolicyFlags) => change(1, kinds, flags).catch(fail));
  addPolicy(trace, 'sample', 'Record a share of all traces; a trace is recorded whole or not.')
    .argument('<percent>', 'such as 10%', percent)
    .argument('[kinds...]', KINDS)
    .action((share: number, kinds: string[], flags: PolicyFlags) =>
      change(share, kinds, flags).catch(fail),
    );
  addOutput(addCommon(trace.command('policy').alias('status')))
    .description('Show what each process records.')
    .action((flags: PolicyFlags) => policy(flags).catch(fail));
  registerBreaks(trace);
}

const KINDS = 'kinds of actors, such as pod; all where there are none';

function addPolicy(trace: Command, name: string, says: string): Command {
  return addOutput(addCommon(trace.command(name).description(says)))
    .option('--process <name>', 'of this process alone')
    .addHelpText('after', '\nIt holds until it is changed, also for processes that start later.');
}

function percent(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (number === undefined || Number(number) > 100) {
    throw new InvalidArgumentError('a percentage from 0% to 100% is expected');
  }
  return Number(number) / 100;
}

function registerBreaks(trace: Command): void {
  addOutput(addCommon(trace.command('break').description('Hold an actor that meets a filter.')))
    .argument('<filter>')
    .option('--for <duration>', 'look for so long, and hold for so long', breakTime, BREAK_MS)
    .option('--count <n>', 'look no more after so many actors', count(1, 1_000), 1)
    .option('--max-held <n>', 'so many at a time', count(1, 100), 1)
    .option('--detach', 'do not wait until an actor is held')
    .addHelpText('after', `\n${FILTER_HELP}\n\n${BREAK_HELP}`)
    .action((filter: string, flags: BreakFlags) => setBreak(filter, flags).catch(fail));
  addOutput(
    addCommon(trace.command('step').description('Let one message of a held actor through.')),
  )
    .argument('[actor]', 'kind/id; the one that is held where it is the only one')
    .action((actor: string | undefined, flags: OutputFlags) => step(actor, flags).catch(fail));
  addOutput(addCommon(trace.command('continue').description('Let a held actor go on.')))
    .argument('[actor]', 'kind/id; the one that is held where it is the only one')
    .option('--all', 'let all go on, and remove all breakpoints')
    .action((actor: string | undefined, flags: ContinueFlags) => resume(actor, flags).catch(fail));
  addOutput(
    addCommon(trace.command('breaks').description('Show breakpoints and held actors.')),
  ).action((flags: OutputFlags) => breaks(flags).catch(fail));
}

const BREAK_HELP = `A filter with enters, leaves, effect, handled or took holds an actor after such a step; any other before it
takes the message. Whoever waits for a held actor waits: a cluster may elect another leader, or take a node for dead.

Examples:
  kabuki trace break 'machine=pod enters=running'
  kabuki trace break 'actor=pod/default/web event=pod.deleted' --for 10m
  kabuki trace step; kabuki trace continue`;

function breakTime(text: string): number {
  const ms = duration(text);
  if (ms > 0 && ms <= 3_600_000) return ms;
  throw new InvalidArgumentError('more than nothing and at most 1h is expected');
}

async function change(share: number, kinds: string[], flags: PolicyFlags): Promise<void> {
  const { changePolicy, renderPolicyReport } = await import('../actors/trace/policy-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  const wish = { share, kinds, process: flags.process };
  const report = await onCluster(dataDirOf(flags), (trace) => changePolicy(trace, wish));
  finish(flags, report, renderPolicyReport(report));
}

async function policy(flags: PolicyFlags): Promise<void> {
  const { policyReport, renderPolicyReport } = await import('../actors/trace/policy-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  const report = await onCluster(dataDirOf(flags), policyReport);
  finish(flags, report, renderPolicyReport(report));
}

async function setBreak(filter: string, flags: BreakFlags): Promise<void> {
  const commands = await import('../actors/trace/break-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  const ended = untilInterrupted();
  const wish = { filter, forMs: flags.for, count: flags.count, heldMax: flags.maxHeld };
  await onCluster(dataDirOf(flags), async (trace) => {
    const set = await commands.setBreakpoint(trace, wish);
    const { breakpoint, silent } = set;
    for (const name of silent) warn(`${name} does not answer: the breakpoint may not be set there`);
    if (flags.detach === true) return finish(flags, { breakpoint }, `breakpoint ${breakpoint}`);
    if (flags.output === 'text') warn(`breakpoint ${breakpoint} is set; Ctrl-C removes it`);
    const held = await commands.untilHit(trace, set, ended);
    if (held !== undefined) return finish(flags, held, commands.renderHit(held));
    if (ended.aborted) await commands.removeBreakpoint(trace, breakpoint);
    warn(ended.aborted ? 'the breakpoint was removed' : 'no actor was held in its time');
    process.exit(ended.aborted ? INTERRUPTED : 1);
  });
}

async function step(actor: string | undefined, flags: OutputFlags): Promise<void> {
  const { stepActor, renderStepped } = await import('../actors/trace/break-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  const stepped = await onCluster(dataDirOf(flags), (trace) =>
    stepActor(trace, actor, untilInterrupted(), (held) =>
      warn(`no message waits for ${held.actor}; the next one is let through`),
    ),
  );
  finish(flags, stepped, renderStepped(stepped));
}

async function resume(actor: string | undefined, flags: ContinueFlags): Promise<void> {
  const { continueActor, continueAll } = await import('../actors/trace/break-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  await onCluster(dataDirOf(flags), async (trace) => {
    if (flags.all === true) {
      const continued = await continueAll(trace);
      return finish(flags, { continued }, `${continued} went on; no breakpoints are left`);
    }
    const continued = await continueActor(trace, actor);
    finish(flags, { continued }, `${continued} goes on`);
  });
}

async function breaks(flags: OutputFlags): Promise<void> {
  const { listBreaks, renderBreakList } = await import('../actors/trace/break-command.ts');
  const { onCluster } = await import('../actors/trace/debug-client.ts');
  const states = await onCluster(dataDirOf(flags), listBreaks);
  finish(flags, states, renderBreakList(states));
}
