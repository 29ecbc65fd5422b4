/**
 * How an actor was at a moment: its state by the last step before, and its context where that was recorded in full, by
 * taking its steps again. Pure.
 */
import type { StateValue } from 'xstate';
import { createStepper } from '../step.ts';
import { renderState } from '../step-record.ts';
import { kindOf } from './about.ts';
import { MACHINES } from './machines.ts';
import { nearest } from './nearest.ts';
import type { StateTraced, StepTraced, TraceRecord } from './record.ts';
import { recordLine } from './record-line.ts';
import { instancesOf, replay } from './replay.ts';
import { plain } from './text.ts';

/** An actor in one process, as it was. */
export interface ActorPast {
  readonly process: string;
  readonly actor: string;
  /** Undefined where nothing before the moment tells. */
  readonly value: StateValue | undefined;
  /** It had reached its end. */
  readonly done: boolean;
  /** Since when it was in this state, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Undefined where the steps before were not recorded in full. */
  readonly context: unknown;
  /** Its last steps before the moment, oldest first. */
  readonly steps: readonly StepTraced[];
}

/** Steps that are told. */
const STEPS_SHOWN = 10;

type Own = StepTraced | StateTraced;

/** The actor in every process that had it by then. */
export function actorAt(
  records: readonly TraceRecord[],
  actor: string,
  atMs: number,
): readonly ActorPast[] {
  const until = records.filter((record) => record.atMs <= atMs);
  const own = until.filter((one): one is Own => isOwn(one) && one.actor === actor);
  const processes = [...new Set(own.map(({ process }) => process))];
  return processes.map((process) => {
    const mine = own.filter((one) => one.process === process);
    const steps = mine.filter((one) => one.type === 'step');
    const last = mine.at(-1);
    const value = last?.type === 'step' ? last.after : last?.value;
    return {
      ...{ process, actor, value, sinceMs: since(steps, last) },
      done: last?.type === 'step' && last.done,
      context: contextOf(until, process, actor),
      steps: steps.slice(-STEPS_SHOWN),
    };
  });
}

const isOwn = (record: TraceRecord): record is Own =>
  record.type === 'step' || record.type === 'state';

/** The first of its last steps that led to nothing else. */
function since(steps: readonly StepTraced[], last: Own | undefined): number {
  const at = steps.findLast(({ before, after }) => before === undefined || !isSame(before, after));
  return at?.atMs ?? last?.atMs ?? 0;
}

const isSame = (one: StateValue, other: StateValue): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function contextOf(records: readonly TraceRecord[], process: string, actor: string): unknown {
  const machine = MACHINES[kindOf(actor)];
  const mine = instancesOf(records.filter((one) => one.process === process)).get(
    `${process} ${actor}`,
  );
  if (machine === undefined || mine === undefined) return undefined;
  const last = mine.findLast((one) => one !== 'loss');
  if (last?.type === 'state') return last.context;
  let context: unknown;
  for (const taken of replay(mine, createStepper(machine))) {
    context = taken.outcome === 'same' ? taken.state.context : undefined;
  }
  return context;
}

/** Names of actors on record that are like this one. */
export function actorsLike(records: readonly TraceRecord[], actor: string): readonly string[] {
  const names = new Set<string>();
  for (const record of records) if (isOwn(record)) names.add(record.actor);
  return nearest(actor, names, 5);
}

/** As people read it; `clock` writes a moment. */
export function renderActorPast(past: ActorPast, clock: (atMs: number) => string): string {
  const { process, actor, value, done, sinceMs, context, steps } = past;
  const state = value === undefined ? 'not known' : renderState(value);
  const lines = [
    `${actor} in ${process}`,
    `state    ${state}${done ? ' (it had ended)' : ''}, since ${clock(sinceMs)}`,
    ...(context === undefined
      ? ['context  not recorded: it is only while `kabuki trace record` runs']
      : [`context  ${JSON.stringify(context, undefined, 2).replaceAll('\n', '\n         ')}`]),
    'last steps:',
    ...steps.map((step) => `  ${recordLine(step, plain)}`),
  ];
  return lines.join('\n');
}
