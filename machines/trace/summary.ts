/** What there is in a trace, counted: processes, machines, writes, requests. Pure. */
import { kindOf } from './about.ts';
import type { StepTraced, TraceRecord } from './record.ts';

/** What one process has on record. */
export interface ProcessSummary {
  readonly process: string;
  steps: number;
  /** Steps with what a replay needs. */
  full: number;
  writes: number;
  requests: number;
  /** Messages that nobody was there for. */
  dead: number;
  /** Records, or more, that are missing. */
  lost: number;
}

/** What one kind of machine has on record. */
export interface KindSummary {
  readonly kind: string;
  readonly instances: number;
  readonly steps: number;
  readonly full: number;
}

export interface TraceSummary {
  readonly records: number;
  /** Of the first and the last record, milliseconds since the epoch; undefined where there is none. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly processes: readonly ProcessSummary[];
  readonly kinds: readonly KindSummary[];
  readonly writes: { readonly count: number; readonly keys: number };
  readonly requests: { readonly count: number; readonly failed: number };
  readonly dead: number;
  readonly lost: number;
}

/** Counts a trace. Writes that were read from the store belong to no process. */
export function summarize(records: readonly TraceRecord[]): TraceSummary {
  const processes = new Map<string, ProcessSummary>();
  const keys = new Set<string>();
  const total = { writes: 0, requests: 0, failed: 0, dead: 0, lost: 0 };
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  for (const record of records) {
    firstMs = Math.min(firstMs ?? record.atMs, record.atMs);
    lastMs = Math.max(lastMs ?? record.atMs, record.atMs);
    count(processOf(processes, record.process), record);
    if (record.type === 'write') {
      total.writes += 1;
      keys.add(record.key);
    } else if (record.type === 'request') {
      total.requests += 1;
      if (record.code >= 400) total.failed += 1;
    } else if (record.type === 'dead') total.dead += 1;
    else if (record.type === 'lost') total.lost += record.count;
  }
  return {
    ...{ records: records.length, firstMs, lastMs },
    processes: [...processes.values()]
      .filter(({ process }) => process !== '')
      .sort((one, other) => (one.process < other.process ? -1 : 1)),
    kinds: kindsOf(records.filter((record) => record.type === 'step')),
    writes: { count: total.writes, keys: keys.size },
    requests: { count: total.requests, failed: total.failed },
    ...{ dead: total.dead, lost: total.lost },
  };
}

function processOf(processes: Map<string, ProcessSummary>, process: string): ProcessSummary {
  const known = processes.get(process);
  if (known !== undefined) return known;
  const summary = { process, steps: 0, full: 0, writes: 0, requests: 0, dead: 0, lost: 0 };
  processes.set(process, summary);
  return summary;
}

function count(summary: ProcessSummary, record: TraceRecord): void {
  switch (record.type) {
    case 'step':
      summary.steps += 1;
      if (record.full !== undefined) summary.full += 1;
      return;
    case 'write':
      summary.writes += 1;
      return;
    case 'request':
      summary.requests += 1;
      return;
    case 'dead':
      summary.dead += 1;
      return;
    case 'lost':
      summary.lost += record.count;
      return;
    case 'state':
  }
}

function kindsOf(steps: readonly StepTraced[]): readonly KindSummary[] {
  const kinds = new Map<string, { actors: Set<string>; steps: number; full: number }>();
  for (const { actor, process, full } of steps) {
    const kind = kindOf(actor);
    const known = kinds.get(kind) ?? { actors: new Set(), steps: 0, full: 0 };
    kinds.set(kind, known);
    known.actors.add(`${process} ${actor}`);
    known.steps += 1;
    if (full !== undefined) known.full += 1;
  }
  return [...kinds]
    .map(([kind, one]) => ({
      ...{ kind, instances: one.actors.size, steps: one.steps, full: one.full },
    }))
    .sort((one, other) => (one.kind < other.kind ? -1 : 1));
}
