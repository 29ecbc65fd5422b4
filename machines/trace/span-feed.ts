/**
 * Records as they come, to spans as they are complete: each span once, when nothing has been added to it for a while.
 * Holds the records of the last seconds, so that what comes late still finds its cause; bounded.
 *
 * Pure: the time is told.
 */
import { beganMs, TraceGraph } from './graph.ts';
import type { TraceRecord } from './record.ts';
import type { Span } from './span.ts';
import { spansOfRecords } from './spans.ts';

/** A span is given once its end is so long ago: records of other processes have come by then. Milliseconds. */
export const SETTLE_MS = 1_500;
/** For how long a record is held, so that what it leads to finds it. */
const HELD_MS = 10_000;
/** Records held; of more, the oldest are forgotten, given or not. */
export const HELD_MAX = 30_000;

/** See the file comment. */
export class SpanFeed {
  #records: TraceRecord[] = [];
  /** Records whose span was given: what comes to them later is left out, or the span would be given twice. */
  readonly #given = new WeakSet<TraceRecord>();
  /** Until when what has come may still become due. */
  #dueUntilMs = 0;
  #forgotten = 0;

  /** Records that were forgotten before they could be given, since too many came at once. */
  get forgotten(): number {
    return this.#forgotten;
  }

  take(records: readonly TraceRecord[], nowMs: number): void {
    if (records.length === 0) return;
    this.#dueUntilMs = nowMs + 2 * SETTLE_MS;
    for (const record of records) this.#records.push(record);
    const many = this.#records.length - HELD_MAX;
    if (many <= 0) return;
    this.#records.sort((one, other) => beganMs(one) - beganMs(other));
    const lost = this.#records.splice(0, many);
    this.#forgotten += lost.filter(({ atMs }) => atMs > nowMs - SETTLE_MS).length;
  }

  /** The spans that are complete now and were not given before. */
  due(nowMs: number): readonly Span[] {
    if (nowMs > this.#dueUntilMs) return [];
    const spans = this.#give(nowMs - SETTLE_MS);
    this.#records = this.#records.filter((record) => record.atMs > nowMs - HELD_MS);
    return spans;
  }

  /** What is left, complete or not: nothing more will come. */
  rest(): readonly Span[] {
    return this.#give(Number.POSITIVE_INFINITY);
  }

  #give(endedBeforeMs: number): readonly Span[] {
    const spans: Span[] = [];
    for (const { span, records } of spansOfRecords(new TraceGraph(this.#records))) {
      const isGiven = records.some((record) => this.#given.has(record));
      if (!isGiven && span.endedMs >= endedBeforeMs) continue;
      for (const record of records) this.#given.add(record);
      if (!isGiven) spans.push(span);
    }
    return spans;
  }
}
