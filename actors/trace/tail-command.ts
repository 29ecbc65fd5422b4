/** `kabuki trace tail`: records as they come, or all of a file. */
import { type Filter, matchesFilter } from '../../machines/trace/filter.ts';
import { factsOf, NodeNames } from '../../machines/trace/filter-facts.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { recordLine } from '../../machines/trace/record-line.ts';
import { type Paint, plain } from '../../machines/trace/text.ts';
import { askMachines, filterOf } from './debug-client.ts';
import { type LiveTrace, openLiveTrace } from './live-trace.ts';
import type { SourceOptions } from './source.ts';

export interface TailOptions extends SourceOptions {
  /** Terms of filters, all to hold. */
  /** `kind` or `kind/id`; undefined: every actor. */
  readonly actor: string | undefined;
  readonly where: readonly string[];
  /** Begin with what was recorded so long ago, milliseconds; with what comes now where undefined. */
  readonly sinceMs: number | undefined;
  readonly writes: boolean;
  readonly requests: boolean;
  /** Ends after so many records. */
  readonly limit: number | undefined;
  /** False: ends with what is on record. */
  readonly follow: boolean;
  readonly ended: AbortSignal;
  readonly receive: (record: TraceRecord) => void;
  readonly warn: (line: string) => void;
}

/** Runs until the file's or its own end. Throws CommandError. */
export async function tail(options: TailOptions): Promise<void> {
  if (options.file !== undefined) return tailFile(options, options.file);
  const trace = await openLiveTrace(options.dataDir);
  try {
    await tailLive(options, trace);
  } finally {
    await trace.close();
  }
}

function wantedText({ actor, where }: TailOptions): string {
  const quoted = actor === undefined ? [] : [`actor='${actor.replace(/['\\]/g, '\\$&')}'`];
  return [...quoted, ...where].join(' ');
}

async function tailFile(options: TailOptions, file: string): Promise<void> {
  const wanted = new Wanted(options, filterOf(wantedText(options)));
  const { readTraceFile } = await import('./trace-file.ts');
  const { records, warnings } = readTraceFile(file);
  for (const warning of warnings) options.warn(warning);
  const last = records.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  wanted.take(records, options.sinceMs === undefined ? 0 : last - options.sinceMs);
}

async function tailLive(options: TailOptions, trace: LiveTrace): Promise<void> {
  const machines = await askMachines(trace);
  const wanted = new Wanted(options, filterOf(wantedText(options), machines));
  const { sinceMs } = options;
  if (!options.follow) {
    return wanted.take(await trace.whole(), sinceMs === undefined ? 0 : Date.now() - sinceMs);
  }
  if (sinceMs === undefined) await trace.skip();
  else wanted.take(await trace.all(), Date.now() - sinceMs);
  const done = new AbortController();
  options.ended.addEventListener('abort', () => done.abort(), { once: true });
  if (options.ended.aborted || wanted.isDone) return;
  await trace.tail((records) => {
    wanted.take(records, 0);
    if (wanted.isDone) done.abort();
  }, done.signal);
}

/** Hands on what is wanted, in the order of its times. */
class Wanted {
  readonly #options: TailOptions;
  readonly #filter: Filter;
  readonly #nodes = new NodeNames();
  readonly #types: ReadonlySet<TraceRecord['type']> | undefined;
  #taken = 0;

  constructor(options: TailOptions, filter: Filter) {
    this.#options = options;
    this.#filter = filter;
    const { writes, requests } = options;
    // Who names types wants those.
    this.#types = filter.terms.some(({ field }) => field === 'type')
      ? undefined
      : new Set<TraceRecord['type']>([
          ...(['step', 'dead', 'lost'] as const),
          ...(writes ? (['write'] as const) : []),
          ...(requests ? (['request'] as const) : []),
        ]);
  }

  get isDone(): boolean {
    return this.#taken >= (this.#options.limit ?? Number.POSITIVE_INFINITY);
  }

  take(records: readonly TraceRecord[], fromMs: number): void {
    this.#nodes.learn(records);
    const inOrder = [...records].sort((one, other) => one.atMs - other.atMs);
    for (const record of inOrder) {
      if (this.isDone) return;
      if (record.atMs < fromMs || this.#types?.has(record.type) === false) continue;
      if (!matchesFilter(this.#filter, factsOf(record, this.#nodes.nodeOf))) continue;
      this.#taken += 1;
      this.#options.receive(record);
    }
  }
}

const CODES = { dim: 2, red: 31, yellow: 33 } as const;
const colored: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;

/** Names of processes are about this wide. */
const PROCESS_WIDTH = 13;

/** A record for people. */
export function tailLine(record: TraceRecord, color: boolean): string {
  return recordLine(record, color ? colored : plain, PROCESS_WIDTH);
}
