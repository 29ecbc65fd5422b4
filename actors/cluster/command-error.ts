/**
 * What a command tells its user when it cannot go on: one clear line, what to do about it, and an exit code.
 */

/** Exit codes of `kabuki`. */
export const EXIT = {
  failed: 1,
  usage: 2,
  portTaken: 3,
  dataInUse: 4,
  natsUnreachable: 5,
  versionTooOld: 6,
  notRunning: 7,
  /** The cluster was not started with `--chaos`. */
  chaosOff: 8,
  /** A fault was refused before anything was touched: no such target, or beyond the blast radius. */
  chaosRefused: 9,
  /** Of a run of a scenario: a rule did not hold, it did not converge, the code under test crashed. */
  unsafe: 10,
  stuck: 11,
  crashed: 12,
  /** Of a process: supervision gave up over machines that faults crashed. */
  crashedOnPurpose: 13,
  /** Of a replay: a step came out otherwise than it is on record. Of a diff: two runs part. */
  differs: 14,
  /** A trace file was read but for what is damaged or cut off. */
  damaged: 15,
  /** Nothing in a trace could be replayed. */
  nothingReplayed: 16,
} as const;

/** Exit codes of commands that run a scenario, by its verdict. */
export const EXIT_OF_VERDICT = {
  held: 0,
  unsafe: EXIT.unsafe,
  stuck: EXIT.stuck,
  crashed: EXIT.crashed,
} as const;

/** An expected failure of a command; printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  /** What the user can do, a sentence or several lines. */
  readonly advice: string;

  constructor(message: string, exitCode: number = EXIT.failed, advice = '') {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}
