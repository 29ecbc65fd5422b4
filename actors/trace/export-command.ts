/**
 * What `kabuki trace export` does: everything on record, of a running cluster or of a file, as spans to an OTLP receiver.
 * The ids are the same each time, so that exporting again adds nothing that is not there.
 */
import { formatCount, formatMany } from '../../machines/chaos/report/format.ts';
import type { Span } from '../../machines/trace/span.ts';
import { spansOf } from '../../machines/trace/spans.ts';
import { createClock } from '../clock.ts';
import { CommandError } from '../cluster/command-error.ts';
import { OtlpSender, otlpTarget, QUEUE_MAX, type SentCounts } from './otlp-sender.ts';
import { clusterOf } from './render-told.ts';
import { readGraph, type SourceOptions } from './source.ts';
import { since } from './story-command.ts';

export interface ExportCommand {
  readonly source: SourceOptions;
  readonly otlp: string;
  /** What began longer ago is left out, milliseconds; undefined: everything. */
  readonly sinceMs: number | undefined;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What was exported. */
export interface Exported extends SentCounts {
  readonly url: string;
  readonly traces: number;
  readonly warnings: readonly string[];
}

/** Exports. Throws CommandError where nothing arrived. */
export async function exportSpans(command: ExportCommand): Promise<Exported> {
  const { source, otlp, sinceMs, version, env } = command;
  const target = otlpTarget(otlp, env);
  const clock = createClock();
  const recorded = await readGraph(source);
  const fromMs = sinceMs === undefined ? 0 : clock.nowMs() - sinceMs;
  // Of what the store alone remembers, nobody knows who wrote it: it is no span of its own.
  const spans = spansOf(recorded.graph).filter(
    ({ beganMs, process }) => beganMs >= fromMs && process !== '',
  );
  if (spans.length === 0) throw new CommandError(`there is nothing to export${since(recorded)}`);
  const resource = { cluster: clusterOf(recorded.of), version };
  const random = Math.random;
  const sender = new OtlpSender({ target, resource, clock, random, triesMax: TRIES_MAX });
  await send(sender, spans);
  const { counts } = sender;
  if (counts.sent === 0) {
    throw new CommandError(`no span arrived: ${sender.trouble}`, undefined, ADVICE);
  }
  const { warnings } = recorded;
  const all = sender.trouble === undefined ? warnings : [...warnings, sender.trouble];
  const traces = new Set(spans.map(({ traceId }) => traceId)).size;
  return { ...counts, url: target.url, traces, warnings: all };
}

/** Somebody waits: a receiver that is away is told of after a second or two. */
const TRIES_MAX = 3;
const ADVICE = 'Is an OTLP receiver there? A collector and Jaeger listen for HTTP on port 4318.';

/** A queue's length at a time: nothing is dropped for being too much. */
async function send(sender: OtlpSender, spans: readonly Span[]): Promise<void> {
  for (let at = 0; at < spans.length; at += QUEUE_MAX) {
    sender.push(spans.slice(at, at + QUEUE_MAX));
    await sender.drained();
    if (sender.counts.sent === 0) return;
  }
}

/** What became of it, in one line. */
export function exportedText({ sent, traces, url, dropped, rejected }: Exported): string {
  const where = `${formatMany(sent, 'span')} of ${formatMany(traces, 'trace')} are at ${url}`;
  const lost = `; ${formatCount(rejected)} were rejected, ${formatCount(dropped)} dropped`;
  return `${where}${dropped + rejected === 0 ? '' : lost}\n`;
}
