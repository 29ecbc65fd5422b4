/**
 * Carries out in one process what an administrator asks of all. NATS lets nobody else say it. What is malformed is
 * answered with what is wrong, or ignored; nothing said here can change what the cluster does, but for a breakpoint, which is for that.
 */
import type { Subscription } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { subject } from '../../bus/subjects.ts';
import { isRecord } from '../../machines/api/json.ts';
import { wordsOf } from '../../machines/trace/states.ts';
import type { KabukiProcess } from '../cluster/process.ts';
import { saidBy, sayerOf } from '../cluster/users.ts';
import { actorState, actorsLike } from './actor-states.ts';
import { Breakpoints } from './breakpoints.ts';
import type { DebugAnswer, DebugCommand, HoldTold } from './debug-protocol.ts';
import type { Recorder } from './recorder.ts';

/** The longest that everything is recorded without being asked for again. */
const FULL_MS_MAX = 3_600_000;

/** What the endpoint needs of its process. */
export type Debugged = Pick<
  KabukiProcess,
  'bus' | 'cluster' | 'role' | 'name' | 'host' | 'clock'
> & {
  readonly recorder: Recorder;
};

/** Serves until closed: whatever is held goes on then. */
export function serveDebug(process: Debugged): Subscription {
  const { bus, cluster, role, name, host, clock, recorder } = process;
  const heldSubject = saidBy(cluster, 'held', role, name);
  const answerSubject = saidBy(cluster, 'debugged', role, name);
  const breakpoints = new Breakpoints({
    ...{ name, host, clock },
    tell: (told) => bus.tell(heldSubject, told, host.envelope(name)),
  });
  const answer = (asked: Envelope | undefined, outcome: Partial<DebugAnswer>): void => {
    const { policy, isFull } = recorder;
    const answers = asked?.id ?? '';
    const whole: DebugAnswer = { answers, process: name, policy, isFull, ...outcome };
    bus.tell(answerSubject, whole, host.envelope(name, asked));
  };
  const asked = bus.subscribe(subject(cluster, 'debug'), ({ body, envelope }) => {
    if (!isRecord(body)) return;
    const command = body as unknown as DebugCommand;
    const outcome = attempt(() => carryOut(process, breakpoints, command, envelope));
    // Who asks next for what was recorded is to find what was done until now.
    recorder.flush();
    try {
      answer(envelope, outcome);
    } catch (error) {
      // The context of an actor can be larger than a message may be.
      answer(envelope, withoutContext(outcome, error as Error));
    }
  });
  const told = bus.subscribe(`${subject(cluster, 'held')}.>`, ({ subject: said, body }) => {
    if (isHoldTold(body) && body.process === sayerOf(said).process) breakpoints.hear(body);
  });
  // Whoever has asked all others before asks this one too, and tells it what it missed.
  const greeting = bus.onConnection((state) => {
    if (state === 'connected') answer(undefined, {});
  });
  answer(undefined, {});
  return {
    close() {
      asked.close();
      told.close();
      greeting.close();
      breakpoints.close();
    },
  };
}

/** A command of another version may lack what this one needs. */
function attempt(run: () => Partial<DebugAnswer>): Partial<DebugAnswer> {
  try {
    return run();
  } catch (error) {
    return { problem: `the command is malformed: ${(error as Error).message}` };
  }
}

function carryOut(
  process: Debugged,
  breakpoints: Breakpoints,
  command: DebugCommand,
  { id }: Envelope,
): Partial<DebugAnswer> {
  const { host, clock, recorder } = process;
  switch (command.do) {
    case 'full': {
      const { untilMs, states } = command;
      recorder.recordFull(host, Math.min(untilMs, clock.nowMs() + FULL_MS_MAX), states === true);
      return {};
    }
    case 'machines': {
      const machines = host.kinds().map(({ name, machine }) => [name, wordsOf(machine)] as const);
      return { machines: Object.fromEntries(machines) };
    }
    case 'state': {
      const state = actorState(process, breakpoints, command.actor);
      return state === undefined ? { like: actorsLike(host, command.actor) } : { state };
    }
    case 'break': {
      const { name = id, filter, forMs, untilMs, count, heldMax } = command;
      return { problem: breakpoints.set(name, { filter, forMs, untilMs, count, heldMax }) };
    }
    case 'breaks':
      return { breaks: breakpoints.list() };
    case 'step':
      return { done: breakpoints.step(command.actor) ? 1 : 0 };
    case 'continue':
      return { done: breakpoints.letGo(command.actor) };
    case 'unbreak':
      return { done: breakpoints.remove(command.breakpoint) };
    default:
      return {};
  }
}

function isHoldTold(body: unknown): body is HoldTold & Record<string, unknown> {
  return isRecord(body) && typeof body.hit === 'string' && Number.isFinite(body.atMs);
}

function withoutContext({ state, ...outcome }: Partial<DebugAnswer>, { message }: Error) {
  if (state === undefined) return { problem: message };
  return { ...outcome, state: { ...state, context: undefined } };
}
