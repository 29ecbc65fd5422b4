/** A live actor as an administrator sees it: its state, what waits for it, and what holds it. Plain data. */
import type { StateValue } from 'xstate';

/** A message in short. */
export interface MessageNote {
  readonly event: string;
  readonly messageId: string;
  readonly from: string;
  readonly causes: readonly string[];
}

/** One actor now. */
export interface ActorState {
  readonly process: string;
  /** `kind/id`. */
  readonly actor: string;
  readonly atMs: number;
  readonly value: StateValue;
  /** Redacted; undefined where it is too large to be sent. */
  readonly context: unknown;
  readonly timers: readonly { readonly timer: string; readonly atMs: number }[];
  /** The first of what waits, in order. */
  readonly mailbox: readonly (MessageNote & { readonly sinceMs: number })[];
  /** How many wait in all. */
  readonly waiting: number;
  readonly held: HeldActor | undefined;
}

/** One actor that a breakpoint holds, or held. */
export interface HeldActor {
  readonly process: string;
  readonly actor: string;
  readonly breakpoint: string;
  readonly filter: string;
  readonly atMs: number;
  /** When it goes on by itself. */
  readonly untilMs: number;
  /** Why it goes on; undefined while it is held. */
  readonly ended: 'let go' | 'its time was over' | 'the actor has ended' | undefined;
  /** Messages that were let through one by one since. */
  readonly steps: number;
  /** Messages that may still pass. */
  readonly allowed: number;
  /** The message that it is held at: of the last step, where it has taken one; otherwise the one that waits. */
  readonly message: MessageNote;
  /** The last step: the one that it was held after, then those that were let through. */
  readonly last: string | undefined;
}

/** A breakpoint in one process. */
export interface BreakpointState {
  readonly id: string;
  readonly filter: string;
  readonly process: string;
  /** Held before a message is taken, or after a step was. */
  readonly moment: 'before' | 'after';
  /** Until when it looks for actors, milliseconds since the epoch. */
  readonly untilMs: number;
  readonly isArmed: boolean;
  /** What it held in this process. */
  readonly hits: readonly HeldActor[];
}
