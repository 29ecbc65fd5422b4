/** `kabuki trace record`: a file that holds everything. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { EXIT } from '../actors/cluster/command-error.ts';
import { fail } from './fail.ts';
import { addCommon, type CommonFlags, dataDirOf, duration } from './flags.ts';
import { version } from './version.ts';

interface RecordFlags extends CommonFlags {
  readonly output: string;
  readonly for?: number;
  readonly light?: boolean;
  readonly since: 'start' | 'now';
  readonly force?: boolean;
}

/** Adds the command. */
export function registerRecord(trace: Command): void {
  addCommon(
    trace
      .command('record')
      .description('Write what happens in a running cluster to a file, until Ctrl-C.'),
  )
    .requiredOption('-o, --output <file>', 'the file; only its owner may read it')
    .option('--for <duration>', 'end by itself after this long', duration)
    .option('--light', 'without events, effects and states: smaller, and cannot be replayed')
    .addOption(
      new Option('--since <when>', 'with what the trail holds already, or without')
        .choices(['start', 'now'])
        .default('start'),
    )
    .option('--force', 'overwrite the file')
    .addHelpText('after', HELP)
    .action((flags: RecordFlags) => record(flags).catch(fail));
}

const HELP = `
While it records, every process tells the events and states of its machines too. Values of Secrets never
leave their processes. A recording whose command is killed ends by itself after a minute.

Examples:
  kabuki trace record -o run.ktrace
  kabuki trace record -o run.ktrace --for 30s
  kabuki trace view run.ktrace`;

async function record(flags: RecordFlags): Promise<void> {
  const { recordTrace } = await import('../actors/trace/recording.ts');
  const { renderRecording } = await import('../actors/trace/render-recording.ts');
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => asked.abort());
  if (flags.for !== undefined) setTimeout(() => asked.abort(), flags.for);
  const recording = await recordTrace({
    dataDir: dataDirOf(flags),
    file: flags.output,
    force: flags.force === true,
    isLight: flags.light === true,
    fromNow: flags.since === 'now',
    version,
    ended: asked.signal,
    onBegun: (silent) => {
      process.stderr.write(`recording to ${flags.output}; Ctrl-C ends it\n`);
      for (const name of silent) {
        process.stderr.write(`kabuki: ${name} does not answer and is recorded once it does\n`);
      }
    },
  });
  const exitCode = recording.why === 'asked' ? 0 : EXIT.natsUnreachable;
  process.stdout.write(`${renderRecording(recording)}\n`, () => process.exit(exitCode));
}
