/**
 * A run of the simulation as a trace file: its steps with their data, and the changes of its store, in the order in
 * which they happened. Changes nothing of the run.
 */
import { createHash } from 'node:crypto';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import { type Replace, redactObject } from '../../machines/trace/redact.ts';
import { type Row, stepRow, TRACE_VERSION, writeRow } from '../../machines/trace/rows.ts';
import { encodeObject } from '../apiserver/object-codec.ts';
import type { StepDetail } from '../host.ts';
import { packStep } from '../trace/full-step.ts';
import { fileFrame, fileHead } from '../trace/trace-file.ts';
import { TraceWriter } from '../trace/trace-writer.ts';
import { CLUSTER } from './sim-process.ts';

const ROWS_MAX = 256;

type Committed = Extract<Observation, { type: 'committed' }>;

/** See the file comment. */
export class SimTrace {
  readonly #file: TraceWriter;
  /** Revision of each key that exists. */
  readonly #revisions = new Map<string, number>();
  #process = '';
  #rows: Row[] = [];
  #atMs = 0;

  /** Overwrites the file. Throws CommandError where it cannot be written. */
  constructor(file: string, version: string) {
    this.#file = new TraceWriter(file, true);
    this.#file.write(fileHead());
    const info = { cluster: CLUSTER, version, atMs: 0, mode: 'full' };
    this.#file.write(fileFrame({ info }));
  }

  step(process: string, record: StepRecord, detail: StepDetail): void {
    const { envelope, done, nowMs } = detail;
    const { from, traceparent } = envelope;
    this.#atMs = Math.max(this.#atMs, nowMs);
    const full = packStep(detail, this.#replace);
    this.#add(process, stepRow(record, { atMs: this.#atMs, from, traceparent, done, full }));
  }

  observe(seen: Observation): void {
    this.#atMs = Math.max(this.#atMs, seen.atMs);
    if (seen.type === 'committed') this.#committed(seen);
  }

  #committed({ key, revision, operation, object, messageId, from, causes }: Committed): void {
    const previous = this.#revisions.get(key) ?? 0;
    if (operation === 'put') this.#revisions.set(key, revision);
    else this.#revisions.delete(key);
    const clean = object === undefined ? undefined : redactObject(key, object, this.#replace);
    const write = {
      ...({ type: 'write', atMs: this.#atMs, revision, key, operation, previous } as const),
      ...{ messageId: messageId ?? '', from: from ?? '', causes, traceparent: '' },
    };
    this.#add('', writeRow(write, clean === undefined ? undefined : encodeObject(clean)));
  }

  /** The same in every run of a seed; the Secrets of a simulation are nobody's. */
  readonly #replace: Replace = (value) => {
    const text = JSON.stringify(value) ?? '';
    const sum = createHash('sha256').update(text).digest('base64url');
    return `redacted-${sum.slice(0, 12)}`;
  };

  #add(process: string, row: Row): void {
    if (process !== this.#process || this.#rows.length >= ROWS_MAX) this.#flush();
    this.#process = process;
    this.#rows.push(row);
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    this.#file.write(fileFrame({ v: TRACE_VERSION, process: this.#process, rows: this.#rows }));
    this.#rows = [];
  }

  end(): void {
    this.#flush();
    this.#file.write(fileFrame({ end: { atMs: this.#atMs, why: 'asked' } }));
    this.#file.close();
  }
}
