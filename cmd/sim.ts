/** `kabuki sim`: scenarios on virtual time, by seed. */
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { fail } from './fail.ts';
import { addOutput, count, duration } from './flags.ts';
import { version } from './version.ts';

type Way = 'crash' | 'stale' | 'lose' | 'unknown';
const WAYS: readonly Way[] = ['crash', 'stale', 'lose', 'unknown'];
const NODES_MAX = 5_000;
const JOBS_MAX = 64;

interface SimFlags {
  readonly seed?: number;
  readonly seeds?: { readonly from: number; readonly to: number };
  readonly nodes?: number;
  readonly for?: number;
  readonly jobs: number;
  readonly everyStep?: readonly Way[];
  readonly checkDeterminism?: boolean;
  readonly differential: boolean;
  readonly shrink: boolean;
  readonly out: string;
  readonly output: 'text' | 'json';
  readonly timeline?: boolean;
  readonly trace?: string;
  readonly record?: string;
  readonly ktrace?: string;
  readonly report?: string;
}

/** Adds the command. */
export function registerSim(program: Command): void {
  const command = program
    .command('sim')
    .description('Run a scenario in the simulation: the same seed gives the same run.')
    .argument('[scenario]', 'a scenario (YAML); where absent each seed draws its own')
    .option('--seed <n>', "seed of one run (default: the scenario's, or 1)", seed)
    .option('--seeds <from..to>', 'search these seeds', seedRange)
    .option(
      '--nodes <n>',
      'number of nodes, in place of what the scenario says',
      count(1, NODES_MAX),
    )
    .option(
      '--for <duration>',
      'length of the phase with faults, in place of what it says',
      duration,
    )
    .option('--jobs <n>', 'threads of a search', count(1, JOBS_MAX), availableParallelism())
    .option('--every-step <what>', `visit every step in turn: ${WAYS.join(', ')}, or all`, ways)
    .option('--check-determinism', 'run twice and compare the traces byte by byte')
    .option('--no-differential', 'do not compare the end with that of a run without faults')
    .option('--no-shrink', 'leave failures as they are')
    .option('--out <dir>', 'where shrunk scenarios are written', 'chaos-failures')
    .option('--timeline', 'print what happened, in order')
    .option('--trace <file>', 'write every step, write and fault')
    .option('--record <file>', 'write every observation, for `kabuki check`')
    .option('--ktrace <file>', 'write a trace file, for `kabuki trace view`, `replay` and `diff`')
    .addOption(new Option('--report <file>', 'write a report (HTML)'));
  addOutput(command)
    .addHelpText('after', HELP)
    .action((file: string | undefined, flags: SimFlags) => run(file, flags).catch(fail));
}

const HELP = `
Exit codes: 0 every rule held, 10 a rule did not hold, 11 it did not converge, 12 the code under test crashed.

Examples:
  kabuki sim examples/chaos/node-killed.yaml --seed 42
  kabuki sim --seeds 1..1000 --jobs 2
  kabuki sim examples/chaos/small.yaml --every-step all
  kabuki sim examples/chaos/node-killed.yaml --check-determinism`;

async function run(file: string | undefined, flags: SimFlags): Promise<void> {
  const { sim } = await import('../actors/sim/command.ts');
  const code = await sim({
    ...{ file, version, seed: flags.seed, seeds: flags.seeds, nodes: flags.nodes },
    ...{ forMs: flags.for, jobs: flags.jobs, everyStep: flags.everyStep },
    checkDeterminism: flags.checkDeterminism ?? false,
    ...{ differential: flags.differential, shrink: flags.shrink, out: flags.out },
    ...{ output: flags.output, color: process.stdout.isTTY, timeline: flags.timeline ?? false },
    ...{ trace: flags.trace, record: flags.record, report: flags.report },
    ...{ ktrace: flags.ktrace },
    print: (text) => void process.stdout.write(text),
    note: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write('', () => process.exit(code));
}

function seed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('a whole number from 0 is expected');
  }
  return value;
}

function seedRange(text: string): { readonly from: number; readonly to: number } {
  const [, from = '', to = ''] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (from === '' || Number(from) > Number(to)) {
    throw new InvalidArgumentError('a range such as 1..1000 is expected');
  }
  return { from: seed(from), to: seed(to) };
}

function ways(text: string): readonly Way[] {
  if (text === 'all') return WAYS;
  const found = text.split(',').map((word) => WAYS.find((way) => way === word));
  if (found.some((way) => way === undefined)) {
    throw new InvalidArgumentError(`some of ${WAYS.join(', ')} are expected, or all`);
  }
  return found as readonly Way[];
}
