/** `kabuki trace export`: what is on record, as spans to an OTLP receiver. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { duration } from './flags.ts';
import { addSource, sourceOf, type TraceFlags } from './trace-flags.ts';
import { version } from './version.ts';

interface ExportFlags extends TraceFlags {
  readonly otlp: string;
  readonly since?: number;
}

/** Adds the command. */
export function registerExport(trace: Command): void {
  addSource(
    trace
      .command('export')
      .description(
        'Send what is on record as spans to an OTLP receiver: a collector, Jaeger, Tempo.',
      ),
  )
    .requiredOption('--otlp <url>', 'its address over HTTP, as http://127.0.0.1:4318')
    .option('--since <duration>', 'only what began so long ago at most', duration)
    .addHelpText('after', HELP)
    .action((flags: ExportFlags) => run(flags).catch(fail));
}

const HELP = `
Headers (for keys of a vendor) are taken from OTEL_EXPORTER_OTLP_HEADERS. \`kabuki up --otlp URL\` exports all the time.

Examples:
  kabuki trace export --otlp http://127.0.0.1:4318 --since 5m
  kabuki trace export --otlp http://127.0.0.1:4318 --file rollout.trace`;

async function run(flags: ExportFlags): Promise<void> {
  const { exportedText, exportSpans } = await import('../actors/trace/export-command.ts');
  const { otlp, since } = flags;
  const command = { source: sourceOf(flags), otlp, sinceMs: since, version, env: process.env };
  const exported = await exportSpans(command);
  for (const warning of exported.warnings) process.stderr.write(`kabuki: ${warning}\n`);
  const isWhole = exported.dropped + exported.rejected === 0;
  process.stdout.write(exportedText(exported), () => process.exit(isWhole ? 0 : 1));
}
