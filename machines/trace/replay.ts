/**
 * Takes recorded steps again: the recorded event is given to the machine in the state that the last step left, and what
 * comes of it is compared with what is on record. Steps are functions, so that every difference is a fault: of the
 * machine, which looked at something that no event told it, or of the record.
 *
 * A life of an instance is replayed from its first step or from a state that was recorded. Where neither is known, or
 * records are missing, nothing is guessed: the steps are told to be beyond replay until a state is known again. Pure.
 */
import type { EventObject } from 'xstate';
import { sameJson } from '../api/json.ts';
import type { MachineState, Step, Stepper } from '../step.ts';
import { canonical, differingFields, digestFields } from './digest.ts';
import type { FullStep, StateTraced, StepTraced, TraceRecord } from './record.ts';

/** Why a step cannot be replayed. */
export type Beyond =
  /** It was not recorded in full: recording in full began later, or the step was too large. */
  | 'light'
  /** It was, but not the state that it began in. */
  | 'unknownState'
  /** Records of its process are missing before it. */
  | 'afterLoss'
  /** The last step came out otherwise, and what state it left on record is not known. */
  | 'afterDifference'
  /** No such machine in this program. */
  | 'unknownMachine';

/** What differs between a step on record and the same step now. */
export interface StepDifference {
  /** What it came to now; undefined where the machine threw. */
  readonly found: Step | undefined;
  readonly thrown: unknown;
  /** Parts that differ, `context` by its fields. */
  readonly parts: readonly (
    | 'before'
    | 'after'
    | 'done'
    | 'handled'
    | 'effects'
    | 'context'
    | 'thrown'
  )[];
  readonly fields: readonly string[];
}

/** What became of one recorded step. */
export type Replayed = { readonly record: StepTraced } & (
  | { readonly outcome: 'same'; readonly state: MachineState }
  | { readonly outcome: 'differs'; readonly difference: StepDifference }
  | { readonly outcome: 'beyond'; readonly why: Beyond }
);

/** Told of a step that is about to be taken again; `state` is undefined where it is the first of an instance. */
export interface ReplayHooks {
  readonly before?: (record: StepTraced, state: MachineState | undefined) => void;
}

/** What there is to replay of one instance, under one name in one process, in the order of the trail. */
export type InstanceRecords = readonly (StepTraced | StateTraced | 'loss')[];

/** Records by process and actor, in order; a loss is told to every instance of its process. */
export function instancesOf(records: readonly TraceRecord[]): ReadonlyMap<string, InstanceRecords> {
  const instances = new Map<string, (StepTraced | StateTraced | 'loss')[]>();
  const byProcess = new Map<string, (StepTraced | StateTraced | 'loss')[][]>();
  for (const record of records) {
    if (record.type === 'lost')
      for (const one of byProcess.get(record.process) ?? []) one.push('loss');
    if (record.type !== 'step' && record.type !== 'state') continue;
    const name = `${record.process} ${record.actor}`;
    let instance = instances.get(name);
    if (instance === undefined) {
      instance = [];
      instances.set(name, instance);
      const siblings = byProcess.get(record.process) ?? [];
      siblings.push(instance);
      byProcess.set(record.process, siblings);
    }
    instance.push(record);
  }
  return instances;
}

/** Replays the steps of one instance, one at a time. */
export function* replay(
  records: InstanceRecords,
  stepper: Stepper | undefined,
  { before }: ReplayHooks = {},
): Generator<Replayed> {
  let state: MachineState | undefined;
  let why: Beyond = 'unknownState';
  for (const record of records) {
    if (record === 'loss') {
      state = undefined;
      why = 'afterLoss';
      continue;
    }
    if (record.type === 'state') {
      state = { value: record.value, context: record.context };
      continue;
    }
    const isFirst = record.before === undefined;
    const reason = isFirst || state !== undefined ? undefined : why;
    const { full } = record;
    if (stepper === undefined || full === undefined || reason !== undefined) {
      state = undefined;
      if (full === undefined) why = 'unknownState';
      yield { record, outcome: 'beyond', why: beyond(stepper, full, reason) };
      continue;
    }
    before?.(record, isFirst ? undefined : state);
    const taken = take(stepper, isFirst ? undefined : state, full);
    const difference = compare(record, full, isFirst ? undefined : state, taken);
    // The state on record is known where it is the one that was found.
    state = difference === undefined || isSameState(difference) ? taken.step?.state : undefined;
    why = 'afterDifference';
    if (difference !== undefined) yield { record, outcome: 'differs', difference };
    else yield { record, outcome: 'same', state: state as MachineState };
  }
}

function beyond(
  stepper: Stepper | undefined,
  full: FullStep | undefined,
  reason: Beyond | undefined,
): Beyond {
  if (stepper === undefined) return 'unknownMachine';
  return full === undefined ? 'light' : (reason ?? 'unknownState');
}

interface Taken {
  readonly step: Step | undefined;
  readonly thrown: unknown;
}

function take(stepper: Stepper, state: MachineState | undefined, { event }: FullStep): Taken {
  try {
    const step =
      state === undefined ? stepper.initial(event) : stepper.step(state, event as EventObject);
    return { step, thrown: undefined };
  } catch (thrown) {
    return { step: undefined, thrown };
  }
}

function compare(
  record: StepTraced,
  full: FullStep,
  state: MachineState | undefined,
  { step, thrown }: Taken,
): StepDifference | undefined {
  if (step === undefined) return { found: undefined, thrown, parts: ['thrown'], fields: [] };
  const fields = differingFields(full.context, digestFields(step.state.context));
  const parts: StepDifference['parts'][number][] = [];
  if (!sameJson(record.before, state?.value)) parts.push('before');
  if (!sameJson(record.after, step.state.value)) parts.push('after');
  if (record.done !== step.done) parts.push('done');
  if (record.handled !== step.handled) parts.push('handled');
  if (!same(full.effects, step.effects)) parts.push('effects');
  if (fields.length > 0) parts.push('context');
  return parts.length === 0 ? undefined : { found: step, thrown, parts, fields };
}

/** Equal as data, whether it was packed meanwhile or not. */
const same = (one: unknown, other: unknown): boolean =>
  sameJson(one, other) || canonical(one) === canonical(other);

const isSameState = ({ parts }: StepDifference): boolean =>
  !parts.some((part) => part === 'after' || part === 'context' || part === 'thrown');
