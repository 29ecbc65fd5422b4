/**
 * What an administrator may ask of every process at once, on `<cluster>.debug`, and what each answers, on
 * `<cluster>.debugged.<process>`. Types alone.
 */
import type { TracePolicy } from './recorder.ts';

/** One command; every process carries it out. */
export type DebugCommand =
  /** Nothing but the answer. */
  | { readonly do: 'tell' }
  /** What is recorded from now on. */
  | { readonly do: 'policy'; readonly policy: TracePolicy }
  /**
   * Record events, effects and states too, until a time (milliseconds since the epoch; 0: no longer). With `states` the
   * states of all machines are told even where everything is recorded already: somebody else has asked for it.
   */
  | { readonly do: 'full'; readonly untilMs: number; readonly states?: boolean };

/** What a process answers to every command, after it has carried it out; and says once when it begins. */
export interface DebugAnswer {
  /** Id of the message that the command came with; '' where the process has just begun. */
  readonly answers: string;
  readonly process: string;
  readonly policy: TracePolicy;
  readonly isFull: boolean;
}
