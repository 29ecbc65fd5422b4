/** `kabuki chaos`: breaks a running cluster on purpose, and mends it. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  endOf,
  type FaultCommand,
  type FaultFlags,
  injectOf,
} from '../actors/chaos/command-faults.ts';
import { type ChaosCommand, FAULT_MS } from '../actors/chaos/protocol.ts';
import { TARGET_FORMS } from '../actors/chaos/target.ts';
import { registerChaosRun } from './chaos-run.ts';
import { fail } from './fail.ts';
import { addCommon, addOutput, type CommonFlags, count, dataDirOf, duration } from './flags.ts';

interface ChaosFlags extends CommonFlags, FaultFlags {
  readonly output: 'text' | 'json';
}

interface FaultRow {
  readonly name: FaultCommand;
  readonly says: string;
  readonly options: readonly ('chance' | 'range' | 'direction' | 'power' | 'subject')[];
  readonly example: string;
}

const FAULTS: readonly FaultRow[] = [
  {
    name: 'kill',
    says: 'Kill processes (SIGKILL) and keep them down.',
    options: ['power'],
    example: 'kabuki chaos kill node/node-1 --for 20s',
  },
  {
    name: 'pause',
    says: 'Stop processes (SIGSTOP) and continue them later.',
    options: [],
    example: 'kabuki chaos pause role/scheduler',
  },
  {
    name: 'partition',
    says: 'Cut processes off, without a word to either side.',
    options: ['direction'],
    example: 'kabuki chaos partition node/node-2 --direction from',
  },
  {
    name: 'delay',
    says: 'Deliver messages late.',
    options: ['chance', 'range', 'subject'],
    example: 'kabuki chaos delay subject/api.> --min 100ms --max 2s',
  },
  {
    name: 'drop',
    says: 'Lose messages.',
    options: ['chance', 'subject'],
    example: 'kabuki chaos drop subject/log.> --probability 0.2',
  },
  {
    name: 'duplicate',
    says: 'Deliver messages twice.',
    options: ['chance', 'subject'],
    example: 'kabuki chaos duplicate role/controllers --probability 0.5',
  },
  {
    name: 'reorder',
    says: 'Let messages overtake each other, within --max.',
    options: ['chance', 'range', 'subject'],
    example: 'kabuki chaos reorder subject/log.> --max 200ms',
  },
  {
    name: 'skew-beats',
    says: 'Lose the heartbeats and Lease renewals of nodes that live; with --min and --max, delay them.',
    options: ['chance', 'range'],
    example: 'kabuki chaos skew-beats node/node-3',
  },
];

/** Adds the commands. */
export function registerChaos(program: Command): void {
  const chaos = program
    .command('chaos')
    .description('Break a cluster started with `kabuki up --chaos`, and mend it.')
    .addHelpText(
      'after',
      `\n${TARGET_FORMS}\n\nExamples:\n${FAULTS.map(({ example }) => `  ${example}`).join('\n')}
  kabuki chaos status
  kabuki chaos stop                  undo everything, also after a crash of \`kabuki up\`

Every fault ends by itself: after 30s, or as --for says, at most 1h.`,
    );
  for (const row of FAULTS) registerFault(chaos, row);
  registerEnd(chaos, 'resume', 'Continue what is paused.');
  registerEnd(chaos, 'heal', 'End partitions.');
  addOutput(
    addCommon(chaos.command('status').description('Show processes and faults at work.')),
  ).action((flags: ChaosFlags) => status(flags).catch(fail));
  addOutput(addCommon(chaos.command('stop').description('Undo everything.'))).action(
    (flags: ChaosFlags) => stop(flags).catch(fail),
  );
  registerChaosRun(chaos);
}

function registerFault(chaos: Command, { name, says, options, example }: FaultRow): void {
  const command = addOutput(addCommon(chaos.command(name).description(says).argument('<target>')))
    .option('--for <duration>', 'how long', duration, FAULT_MS)
    .option('--count <n>', 'this many of those that match, drawn at random', count(1, 10_000))
    .option('--max-nodes <n>', 'nodes that may be hit at once (default: 1)', count(1, 10_000))
    .option('--max-processes <n>', 'the same, of all processes (default: all)', count(1, 10_000))
    .option('--dry-run', 'say what would be hit and do nothing');
  for (const option of options) OPTIONS[option](command);
  command
    .addHelpText('after', `\n${TARGET_FORMS}\n\nExamples:\n  ${example}`)
    .action((target: string, flags: ChaosFlags) => inject(name, target, flags).catch(fail));
}

const OPTIONS: { readonly [name in FaultRow['options'][number]]: (command: Command) => Command } = {
  chance: (command) =>
    command.option('--probability <p>', 'for each message, 0 to 1', probability, 1),
  range: (command) =>
    command
      .option('--min <duration>', 'at least this late', duration)
      .option('--max <duration>', 'at most this late', duration),
  direction: (command) =>
    command
      .option('--from <target>', 'from these alone (default: from everybody)')
      .addOption(
        new Option('--direction <way>', 'to: it hears nothing; from: nobody hears it')
          .choices(['to', 'from', 'both'])
          .default('both'),
      ),
  power: (command) => command.option('--power', "a node's machine: its containers die with it"),
  subject: (command) =>
    command.option('--subject <pattern>', 'of the target, messages on these subjects alone'),
};

function probability(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('a number from 0 to 1 is expected');
  }
  return value;
}

function registerEnd(chaos: Command, name: 'resume' | 'heal', says: string): void {
  addOutput(addCommon(chaos.command(name).description(says).argument('[target]')))
    .option('--dry-run', 'say what would be ended and do nothing')
    .addHelpText('after', `\nExamples:\n  kabuki chaos ${name}\n  kabuki chaos ${name} node/node-1`)
    .action((target: string | undefined, flags: ChaosFlags) =>
      end(name, target, flags).catch(fail),
    );
}

async function inject(name: FaultCommand, target: string, flags: ChaosFlags): Promise<void> {
  const { renderBegun } = await import('../actors/chaos/render-status.ts');
  const done = await send(flags, injectOf(name, target, flags));
  print(flags, done, renderBegun(done, flags.dryRun === true));
}

async function end(
  name: 'resume' | 'heal',
  target: string | undefined,
  flags: ChaosFlags,
): Promise<void> {
  const { renderEnded } = await import('../actors/chaos/render-status.ts');
  const dryRun = flags.dryRun === true;
  const done = await send(flags, endOf(name, target, dryRun));
  print(flags, done, renderEnded(done, dryRun));
}

async function status(flags: ChaosFlags): Promise<void> {
  const { renderChaos } = await import('../actors/chaos/render-status.ts');
  const done = await send(flags, { do: 'status' });
  print(flags, done, renderChaos(done, Date.now()));
}

async function stop(flags: ChaosFlags): Promise<void> {
  const { stopChaos } = await import('../actors/chaos/client.ts');
  const { renderStopped } = await import('../actors/chaos/render-status.ts');
  const stopped = await stopChaos(dataDirOf(flags));
  print(flags, stopped, renderStopped(stopped));
}

async function send(flags: ChaosFlags, command: ChaosCommand) {
  const { sendChaos } = await import('../actors/chaos/client.ts');
  return sendChaos(dataDirOf(flags), command);
}

function print(flags: ChaosFlags, value: object, text: string): void {
  const out = flags.output === 'json' ? JSON.stringify(value, undefined, 2) : text;
  process.stdout.write(`${out}\n`, () => process.exit(0));
}
