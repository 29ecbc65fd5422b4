/** Messages that nobody was there for, with why nobody was, as far as records tell. Pure. */
import { formatMany } from '../chaos/report/format.ts';
import { columns } from '../columns.ts';
import { renderState } from '../step-record.ts';
import { kindOf } from './about.ts';
import { type DeadTraced, recordsOfType, type StepTraced, type TraceRecord } from './record.ts';
import { renderCauses } from './slowest.ts';
import { clockTime, shortDuration } from './text.ts';

/** Messages of one sender to one actor with one event. */
export interface DeadLetters {
  readonly process: string;
  readonly to: string;
  readonly event: string;
  readonly from: string;
  readonly times: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of the last one. */
  readonly causes: readonly string[];
  /** Why nobody was there when the last one came. */
  readonly reason: string;
}

/** Groups them, the last first. */
export function deadLetters(records: readonly TraceRecord[]): readonly DeadLetters[] {
  const steps = stepsByActor(records);
  const groups = new Map<string, DeadTraced[]>();
  for (const dead of recordsOfType(records, 'dead')) {
    const key = [dead.process, dead.to, dead.event, kindOf(dead.from)].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), dead]);
  }
  return [...groups.values()]
    .map((group) => {
      const inOrder = group.sort((one, other) => one.atMs - other.atMs);
      const last = inOrder.at(-1) as DeadTraced;
      const { process, to, event, from, causes, atMs: lastMs } = last;
      const firstMs = inOrder[0]?.atMs ?? lastMs;
      const reason = reasonOf(last, steps.get(`${process} ${to}`) ?? []);
      return { process, to, event, from, times: group.length, firstMs, lastMs, causes, reason };
    })
    .sort((one, other) => other.lastMs - one.lastMs);
}

function stepsByActor(records: readonly TraceRecord[]): Map<string, StepTraced[]> {
  const found = new Map<string, StepTraced[]>();
  for (const step of recordsOfType(records, 'step')) {
    const key = `${step.process} ${step.actor}`;
    const steps = found.get(key);
    if (steps === undefined) found.set(key, [step]);
    else steps.push(step);
  }
  return found;
}

function reasonOf({ atMs }: DeadTraced, steps: readonly StepTraced[]): string {
  if (steps.length === 0) return 'no actor of that name is on record in this process';
  const inOrder = [...steps].sort((one, other) => one.atMs - other.atMs);
  const last = inOrder.filter((step) => step.atMs <= atMs).at(-1);
  const next = inOrder.find((step) => step.atMs > atMs && step.before === undefined);
  const then = next === undefined ? '' : `, and was started ${ago(next.atMs - atMs)} later`;
  if (last === undefined) return `it was not there yet${then}`;
  const since = ago(atMs - last.atMs);
  if (last.done) return `it had ended ${since} before, as ${renderState(last.after)}${then}`;
  return `it was stopped or had crashed; its last step was ${since} before${then}`;
}

const ago = (ms: number): string => shortDuration(Math.max(0, ms));

/** A table, and how many there are in all. */
export function renderDeadLetters(letters: readonly DeadLetters[]): string {
  if (letters.length === 0) return 'no dead letters on record';
  const all = letters.reduce((sum, { times }) => sum + times, 0);
  return [
    ...columns([
      ['LAST', 'TIMES', 'PROCESS', 'TO', 'EVENT', 'FROM', 'CAUSES', 'WHY'],
      ...letters.map(({ lastMs, times, process, to, event, from, causes, reason }) => [
        ...[clockTime(lastMs), String(times), process, to, event, from],
        ...[renderCauses(causes), reason],
      ]),
    ]),
    '',
    `${formatMany(all, 'message')} never delivered`,
  ].join('\n');
}
