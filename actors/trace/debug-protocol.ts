/**
 * What an administrator may ask of every process at once, on `<cluster>.debug`, and what each answers, on
 * `<cluster>.debugged.<process>`; and what processes tell each other of actors that they hold, on `<cluster>.held`.
 * Types alone.
 */
import type { ActorState, BreakpointState } from '../../machines/trace/actor-state.ts';
import type { Machines } from '../../machines/trace/filter-check.ts';
import type { TracePolicy } from '../../machines/trace/policy.ts';
import type { BreakpointWish } from './breakpoints.ts';

/** One command; every process carries it out. */
export type DebugCommand =
  /** Nothing but the answer. */
  | { readonly do: 'tell' }
  /**
   * Record events, effects and states too, until a time (milliseconds since the epoch; 0: no longer). With `states` the
   * states of all machines are told even where everything is recorded already: somebody else has asked for it.
   */
  | { readonly do: 'full'; readonly untilMs: number; readonly states?: boolean }
  /** Which machines there are. */
  | { readonly do: 'machines' }
  /** How an actor (`kind/id`) is now. */
  | { readonly do: 'state'; readonly actor: string }
  /** Set a breakpoint; where it says no name, the message's id is its name. */
  | ({ readonly do: 'break'; readonly name?: string } & BreakpointWish)
  /** Which breakpoints there are. */
  | { readonly do: 'breaks' }
  /** Let one message of a held actor through. */
  | { readonly do: 'step'; readonly actor: string }
  /** Let a held actor go on. */
  | { readonly do: 'continue'; readonly actor: string }
  /** Remove a breakpoint, or all of them; what it holds goes on. */
  | { readonly do: 'unbreak'; readonly breakpoint: string | undefined };

/** What a process answers to every command, after it has carried it out; and says once when it begins. */
export interface DebugAnswer {
  /** Id of the message that the command came with; '' where the process has just begun. */
  readonly answers: string;
  readonly process: string;
  readonly policy: TracePolicy;
  readonly isFull: boolean;
  /** Why it was not carried out. */
  readonly problem?: string | undefined;
  readonly machines?: Machines;
  /** The actor, where it is here. */
  readonly state?: ActorState | undefined;
  /** Actors here whose names are like one that is not. */
  readonly like?: readonly string[];
  readonly breaks?: readonly BreakpointState[];
  /** How many actors went on, or may take a message. */
  readonly done?: number;
}

/** What a process tells the others of an actor that it holds for a breakpoint, or does not hold any more. */
export interface HoldTold {
  readonly breakpoint: string;
  /** Name of the hold, its own in the cluster. */
  readonly hit: string;
  readonly process: string;
  readonly atMs: number;
  readonly isHeld: boolean;
  /** It does not count: another came first. */
  readonly gone: boolean;
}
