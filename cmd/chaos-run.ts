/** `kabuki chaos run`: a scenario on a live cluster. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addCommon, addOutput, type CommonFlags, count, dataDirOf } from './flags.ts';
import { version } from './version.ts';

interface RunFlags extends CommonFlags {
  readonly seed?: number;
  readonly maxNodes?: number;
  readonly maxProcesses?: number;
  readonly keep?: true;
  readonly timeline?: true;
  readonly record?: string;
  readonly report?: string;
  readonly output: 'text' | 'json';
}

/** Adds the command. */
export function registerChaosRun(chaos: Command): void {
  const command = chaos
    .command('run')
    .description('Run a scenario on the live cluster; not deterministic, unlike `kabuki sim`.')
    .argument('<scenario>', 'a scenario (YAML)');
  addOutput(addCommon(command))
    .option(
      '--seed <n>',
      "seed of what is drawn (default: the scenario's, or 1)",
      count(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--max-nodes <n>',
      'nodes that may be hit at once, where the scenario does not say',
      count(1, 10_000),
    )
    .option('--max-processes <n>', 'the same, of all processes', count(1, 10_000))
    .option('--keep', 'leave what the workload made')
    .option('--timeline', 'print what happened, in order')
    .option('--record <file>', 'write every observation, for `kabuki check`')
    .option('--report <file>', 'write a report (HTML)')
    .addHelpText(
      'after',
      `
Exit codes: 0 every rule held, 10 a rule did not hold, 11 it did not converge, 12 the code under test crashed.
Ctrl-C heals everything.

Examples:
  kabuki chaos run examples/chaos/node-killed.yaml
  kabuki chaos run examples/chaos/node-killed.yaml --timeline --report report.html`,
    )
    .action((file: string, flags: RunFlags) => run(file, flags).catch(fail));
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const { chaosRun } = await import('../actors/chaos/run-command.ts');
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  const code = await chaosRun({
    ...{ file, version, dataDir: dataDirOf(flags), ended: ended.signal },
    ...{ seed: flags.seed, keep: flags.keep === true },
    limits: { nodes: flags.maxNodes, processes: flags.maxProcesses },
    ...{ output: flags.output, color: process.stdout.isTTY, timeline: flags.timeline === true },
    ...{ record: flags.record, report: flags.report },
    print: (text) => void process.stdout.write(text),
    note: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write('', () => process.exit(code));
}
