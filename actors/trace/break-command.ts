/** `kabuki trace break`, `step`, `continue` and `breaks`: holds live actors, and lets them go. */

import { printable } from '../../machines/chaos/report/format.ts';
import type { ActorState, BreakpointState, HeldActor } from '../../machines/trace/actor-state.ts';
import { checkBreakpoint } from '../../machines/trace/filter-check.ts';
import { renderActorState, renderBreaks } from '../../machines/trace/render-actor.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { BreakpointWish } from './breakpoints.ts';
import { ask, askMachines, filterOf, refusal, silentOf } from './debug-client.ts';
import type { DebugAnswer } from './debug-protocol.ts';
import type { LiveTrace } from './live-trace.ts';
import { actorStates } from './state-command.ts';

/** Pause before processes are asked again whether something has happened, milliseconds. */
const LOOK_EVERY_MS = 50;

/** A breakpoint that was set. */
export interface SetBreakpoint {
  readonly breakpoint: string;
  /** How it is set in processes that begin later. */
  readonly wish: BreakpointWish;
  /** Processes that run and did not answer: it is not set there yet. */
  readonly silent: readonly string[];
}

/** Sets a breakpoint in all processes. Throws CommandError. */
export async function setBreakpoint(
  trace: LiveTrace,
  wish: BreakpointWish,
): Promise<SetBreakpoint> {
  const machines = await askMachines(trace);
  const filter = filterOf(wish.filter, machines);
  if (filter.terms.length === 0) {
    throw new CommandError('a breakpoint needs a filter', EXIT.usage, "Such as 'machine=pod'.");
  }
  const problem = checkBreakpoint(filter, machines);
  if (problem !== undefined) throw refusal(wish.filter, problem);
  const untilMs = Date.now() + wish.forMs;
  const answers = await ask(trace, { do: 'break', ...wish });
  const breakpoint = answers[0]?.answers ?? '';
  await refuseInPart(trace, breakpoint, answers);
  return { breakpoint, wish: { ...wish, untilMs }, silent: silentOf(trace, answers) };
}

/** A breakpoint is set in all processes that answer or in none. Throws CommandError where one has refused it. */
async function refuseInPart(
  trace: LiveTrace,
  breakpoint: string,
  answers: readonly DebugAnswer[],
): Promise<void> {
  const refused = answers.find(({ problem }) => problem !== undefined);
  if (refused === undefined) return;
  await removeBreakpoint(trace, breakpoint);
  throw new CommandError(`${refused.process}: ${refused.problem}`);
}

/** Every breakpoint that looks for actors or holds some. */
export async function listBreaks(trace: LiveTrace): Promise<readonly BreakpointState[]> {
  const states = await allBreaks(trace);
  const live = new Set(states.filter(isLive).map(({ id }) => id));
  return states.filter(({ id }) => live.has(id));
}

async function allBreaks(trace: LiveTrace): Promise<readonly BreakpointState[]> {
  return breaksOf(await ask(trace, { do: 'breaks' }));
}

const breaksOf = (answers: readonly DebugAnswer[]): readonly BreakpointState[] =>
  answers.flatMap(({ breaks }) => breaks ?? []);

const isLive = ({ isArmed, hits }: BreakpointState): boolean => isArmed || hits.some(isHeld);
const isHeld = ({ ended }: HeldActor): boolean => ended === undefined;

/**
 * Waits until a breakpoint holds an actor; undefined where it is over before, or the wait was ended. Meanwhile sets it
 * in processes that have begun since, or did not answer before. Throws CommandError where somebody has removed it.
 */
export async function untilHit(
  trace: LiveTrace,
  { breakpoint, wish }: SetBreakpoint,
  ended: AbortSignal,
): Promise<ActorState | undefined> {
  const isIt = ({ id }: BreakpointState): boolean => id === breakpoint;
  while (!ended.aborted) {
    const answers = await ask(trace, { do: 'breaks' });
    const states = breaksOf(answers).filter(isIt);
    const [hit] = states.flatMap(({ hits }) => hits.filter(isHeld));
    const state = hit === undefined ? undefined : await stateOf(trace, hit);
    if (state !== undefined) return state;
    if (!states.some(isLive)) return undefined;
    if (answers.some(({ breaks = [] }) => !breaks.some(isIt))) {
      const set = await ask(trace, { do: 'break', name: breakpoint, ...wish });
      await refuseInPart(trace, breakpoint, set);
    }
    await pause();
  }
  return undefined;
}

async function stateOf(trace: LiveTrace, hit: HeldActor): Promise<ActorState | undefined> {
  const answers = await ask(trace, { do: 'state', actor: hit.actor }, hit.process);
  // It may have been too many, and was let go at once.
  return answers.find(({ state }) => state?.held !== undefined)?.state;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));

/** Removes a breakpoint; what it holds goes on. */
export async function removeBreakpoint(trace: LiveTrace, breakpoint: string): Promise<void> {
  await ask(trace, { do: 'unbreak', breakpoint });
}

/** What one message came to: the step, and the actor after it where it is still there. */
export interface Stepped {
  readonly step: string;
  readonly before: ActorState | undefined;
  readonly after: ActorState | undefined;
}

/** Lets one message of a held actor through, and waits until it was taken. Throws CommandError. */
export async function stepActor(
  trace: LiveTrace,
  actor: string | undefined,
  ended: AbortSignal,
  onWait: (held: HeldActor) => void,
): Promise<Stepped> {
  const held = await theHeld(trace, actor);
  const before = await stateOf(trace, held);
  await ask(trace, { do: 'step', actor: held.actor }, held.process);
  let told = false;
  while (!ended.aborted) {
    const now = (await holdsOf(trace)).find((one) => isSame(one, held));
    if (now === undefined || (now.ended !== undefined && now.steps === held.steps)) {
      throw new CommandError(`${held.actor} is not held any more: ${now?.ended ?? 'let go'}`);
    }
    if (now.steps > held.steps) return steppedTo(trace, now, before);
    if (!told) onWait(now);
    told = true;
    await pause();
  }
  throw new CommandError('the next message is let through when it comes');
}

async function steppedTo(
  trace: LiveTrace,
  { actor, process, last, ended }: HeldActor,
  before: ActorState | undefined,
): Promise<Stepped> {
  const step = last ?? '';
  if (ended === 'the actor has ended') return { step, before, after: undefined };
  const [after] = await actorStates(trace, actor, process);
  return { step, before, after };
}

const isSame = (one: HeldActor, other: HeldActor): boolean =>
  one.actor === other.actor && one.process === other.process && one.atMs === other.atMs;

async function holdsOf(trace: LiveTrace): Promise<readonly HeldActor[]> {
  return (await allBreaks(trace)).flatMap(({ hits }) => hits);
}

/** The one that is meant: by name, or the only one. Throws CommandError. */
async function theHeld(trace: LiveTrace, actor: string | undefined): Promise<HeldActor> {
  const held = (await holdsOf(trace)).filter(isHeld);
  const names = held.map((one) => one.actor).join(', ');
  if (held.length === 0) throw new CommandError('no actor is held');
  const meant = actor === undefined ? held : held.filter((one) => one.actor === actor);
  const [only] = meant;
  if (only === undefined) throw new CommandError(`${actor} is not held (held: ${names})`);
  if (actor !== undefined || meant.length === 1) return only;
  throw new CommandError(`${held.length} actors are held; say which: ${names}`, EXIT.usage);
}

/** Lets one held actor go on; its name. Throws CommandError. */
export async function continueActor(trace: LiveTrace, actor: string | undefined): Promise<string> {
  const held = await theHeld(trace, actor);
  await ask(trace, { do: 'continue', actor: held.actor });
  return held.actor;
}

/** Lets all go on and removes all breakpoints; how many actors went. */
export async function continueAll(trace: LiveTrace): Promise<number> {
  const answers = await ask(trace, { do: 'unbreak', breakpoint: undefined });
  return answers.reduce((sum, { done }) => sum + (done ?? 0), 0);
}

/** A held actor, and what can be done with it. */
export function renderHit(state: ActorState): string {
  const actor = printable(state.actor);
  return [
    renderActorState(state),
    '',
    `kabuki trace step ${actor}      lets one message through`,
    `kabuki trace continue ${actor}  lets it go on`,
  ].join('\n');
}

/** A step that was let through. */
export function renderStepped({ step, before, after }: Stepped): string {
  const then = after === undefined ? 'the actor has ended' : renderActorState(after, before);
  return `${printable(step)}\n${then}`;
}

/** Breakpoints as people read them. */
export const renderBreakList = (states: readonly BreakpointState[]): string =>
  renderBreaks(states, Date.now());
