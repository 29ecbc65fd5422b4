/**
 * When faults begin: told of time, messages, steps and writes, it names the faults that fire now.
 *
 * Deterministic: all randomness comes from `draw`. A kind of happening that no trigger waits for costs one
 * comparison. Never knows what a fault does, nor whether it was begun; who could not begin it says so (`putBack`).
 */
import type { StepRecord } from '../step-record.ts';
import {
  compileStep,
  compileSubject,
  compileWildcard,
  compileWrite,
  type WriteSeen,
} from './match.ts';
import type { Fault, Trigger } from './scenario.ts';

/** A message on its way; names are those of processes, the subject is without the cluster's name. */
export interface MessageSeen {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
}

/** The triggers of a scenario at work. All times are milliseconds since the faults began. */
export interface Triggers {
  /** What some trigger waits for; nobody need tell of the rest. */
  readonly hears: {
    readonly messages: boolean;
    readonly steps: boolean;
    readonly counts: boolean;
    readonly writes: boolean;
  };
  /** Faults whose time has come, in the order of their times; a rate may name one several times. */
  onTime(sinceMs: number): readonly string[];
  /** The next time at which `onTime` names something; undefined where none is left. */
  nextTimeMs(): number | undefined;
  onMessage(message: MessageSeen): readonly string[];
  onStep(process: string, record: StepRecord): readonly string[];
  /** Told of the number of steps taken so far, over all processes. */
  onStepCount(count: number): readonly string[];
  onWrite(when: 'before' | 'after', write: WriteSeen): readonly string[];
  /** A fault that was named could not be begun (blast radius): it may fire once more. */
  putBack(name: string): void;
}

/** Actors remembered between the two writes of one `between`; the oldest is forgotten. */
export const ARMED_MAX = 10_000;

/** Faults that one call of `onTime` names at most; the rest comes with the next. */
export const DUE_MAX = 10_000;

type Of<K extends Trigger['kind']> = Extract<Trigger, { kind: K }>;

/** How often a fault matched and how often it may still fire. */
interface Counter {
  readonly name: string;
  readonly nth: number;
  seen: number;
  left: number;
}

interface Timed {
  readonly counter: Counter;
  readonly perMinute: number;
  atMs: number;
}

const NONE: readonly string[] = [];

/** The triggers of these faults; `draw` gives numbers in [0, 1). */
export function createTriggers(faults: readonly Fault[], draw: () => number): Triggers {
  const counters = new Map<string, Counter>();
  const counterOf = (fault: Fault): Counter => {
    const { trigger } = fault;
    const nth = 'nth' in trigger ? trigger.nth : 1;
    const counter = { name: fault.name, nth, seen: 0, left: fault.times };
    counters.set(fault.name, counter);
    return counter;
  };
  const some = <K extends Trigger['kind'], T>(kind: K, make: (t: Of<K>, c: Counter) => T): T[] =>
    faults.flatMap((fault) =>
      fault.trigger.kind === kind ? [make(fault.trigger as Of<K>, counterOf(fault))] : [],
    );

  const times = timesOf(faults, counterOf, draw);
  const messages = some('message', (trigger, counter) => {
    const subject = compileSubject(trigger.subject);
    const from = compileWildcard(trigger.from);
    const to = compileWildcard(trigger.to);
    const matches = (m: MessageSeen) => subject(m.subject) && from(m.from) && to(m.to);
    return { counter, matches };
  });
  const steps = some('step', (trigger, counter) => ({ counter, matches: compileStep(trigger) }));
  const writes = [...some('write', onOneWrite), ...some('between', onTwoWrites)];
  const counts = new Map<number, Counter[]>();
  for (const { step, counter } of some('count', ({ step }, counter) => ({ step, counter }))) {
    counts.set(step, [...(counts.get(step) ?? []), counter]);
  }

  return {
    hears: {
      messages: messages.length > 0,
      steps: steps.length > 0,
      counts: counts.size > 0,
      writes: writes.length > 0,
    },
    onTime: times.due,
    nextTimeMs: times.next,
    onMessage(message) {
      if (messages.length === 0) return NONE;
      return fired(messages, ({ matches }) => matches(message));
    },
    onStep(process, record) {
      if (steps.length === 0) return NONE;
      return fired(steps, ({ matches }) => matches(process, record));
    },
    onStepCount(count) {
      const due = counts.size === 0 ? undefined : counts.get(count);
      return due === undefined ? NONE : due.filter(take).map(({ name }) => name);
    },
    onWrite(when, write) {
      if (writes.length === 0) return NONE;
      return fired(writes, ({ matches }) => matches(when, write));
    },
    putBack(name) {
      const counter = counters.get(name);
      if (counter !== undefined) counter.left += 1;
    },
  };
}

/** Counts one match; true where it fires. */
function take(counter: Counter): boolean {
  counter.seen += 1;
  if (counter.seen < counter.nth || counter.left === 0) return false;
  counter.left -= 1;
  return true;
}

function fired<T extends { readonly counter: Counter }>(
  all: readonly T[],
  matches: (one: T) => boolean,
): readonly string[] {
  let names: string[] | undefined;
  for (const one of all) {
    if (!matches(one) || !take(one.counter)) continue;
    names ??= [];
    names.push(one.counter.name);
  }
  return names ?? NONE;
}

interface OnWrite {
  readonly counter: Counter;
  readonly matches: (when: 'before' | 'after', write: WriteSeen) => boolean;
}

function onOneWrite(trigger: Of<'write'>, counter: Counter): OnWrite {
  const isIt = compileWrite(trigger);
  return { counter, matches: (when, write) => when === trigger.when && isIt(write) };
}

/** Armed for an actor once its first write is stored; its next second write, before it goes out, is a match. */
function onTwoWrites(trigger: Of<'between'>, counter: Counter): OnWrite {
  const isFirst = compileWrite(trigger.first);
  const isSecond = compileWrite(trigger.second);
  const armed = new Set<string>();
  const matches = (when: 'before' | 'after', write: WriteSeen) => {
    if (when === 'before')
      return armed.has(write.from) && isSecond(write) && armed.delete(write.from);
    if (!isFirst(write)) return false;
    armed.delete(write.from);
    armed.add(write.from);
    const [oldest] = armed;
    if (armed.size > ARMED_MAX && oldest !== undefined) armed.delete(oldest);
    return false;
  };
  return { counter, matches };
}

/** The triggers by time: those at a time, and those by rate, whose next time is drawn when the last is past. */
function timesOf(
  faults: readonly Fault[],
  counterOf: (fault: Fault) => Counter,
  draw: () => number,
): {
  readonly due: (sinceMs: number) => readonly string[];
  readonly next: () => number | undefined;
} {
  const waitMs = (perMinute: number) => (-Math.log(1 - draw()) / perMinute) * 60_000;
  const waiting: Timed[] = [];
  for (const fault of faults) {
    const { trigger } = fault;
    if (trigger.kind === 'at') {
      waiting.push({ counter: counterOf(fault), perMinute: 0, atMs: trigger.atMs });
    } else if (trigger.kind === 'rate') {
      const { perMinute } = trigger;
      waiting.push({ counter: counterOf(fault), perMinute, atMs: waitMs(perMinute) });
    }
  }
  const first = (): Timed | undefined => {
    let least: Timed | undefined;
    for (const one of waiting) {
      if (one.counter.left > 0 && (least === undefined || one.atMs < least.atMs)) least = one;
    }
    return least;
  };
  const due = (sinceMs: number): readonly string[] => {
    const names: string[] = [];
    for (;;) {
      const one = first();
      if (one === undefined || one.atMs > sinceMs || names.length === DUE_MAX) return names;
      one.counter.left -= 1;
      names.push(one.counter.name);
      one.atMs = one.perMinute > 0 ? one.atMs + waitMs(one.perMinute) : Number.POSITIVE_INFINITY;
    }
  };
  const next = () => {
    const atMs = first()?.atMs;
    return atMs === undefined || atMs === Number.POSITIVE_INFINITY ? undefined : atMs;
  };
  return { due, next };
}
