/**
 * The faults that a process carries out itself, where a supervisor started it for chaos: takes rules from its channel,
 * hands them to whoever has something to break, and tells the supervisor what is seen.
 *
 * Every rule ends at its deadline, whether the supervisor still lives or not. Never touches anything by itself.
 */
import type { PastState } from '../../bus/faults/log-history.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import type { Clock } from '../clock.ts';
import type { Host } from '../host.ts';
import {
  type PastMessage,
  type PastQuestion,
  type ProcessRule,
  type RulesMessage,
  UNWATCHED,
  type Watching,
} from './protocol.ts';
import { askAtGate, StepGate } from './step-gate.ts';

/** An observation before its time is known. */
export type Unseen = Observation extends infer One
  ? One extends Observation
    ? Omit<One, 'atMs'>
    : never
  : never;

/** See the file comment. */
export interface ProcessFaults {
  /** Name of this process. */
  readonly name: string;
  /** Called now and at every change with the rules that hold. */
  onRules(apply: (rules: readonly ProcessRule[]) => void): void;
  /** True where somebody wants to be told of this. */
  watches(what: 'steps' | 'store'): boolean;
  /** Its view is to begin so many revisions in the past; 0: in the present. */
  readonly behind: number;
  /** Asks the supervisor for the past of the log, up to at least a revision; undefined where it does not know it. */
  askPast(upTo: number): Promise<PastState | undefined>;
  /** Tells the supervisor soon; lost where it is gone. */
  see(seen: Unseen): void;
  /** Tells it now: this process is about to end. */
  flush(): void;
  /** Called before the process stands still at a step: what its effects have said is to go out. */
  onStandStill: (() => void) | undefined;
  /** A machine of the host has taken a step. */
  onStep(record: StepRecord, host: Host): void;
  /** So many effects of a machine's step are carried out. */
  onEffect(actor: string, done: number): void;
}

/** How long the supervisor may take to tell the past. */
const PAST_MS = 5_000;
/** Observations that wait for their turn to be sent. */
const SEEN_MAX = 10_000;

/** Resolves with the first word of the supervisor, which it says at once. */
export function openProcessFaults(name: string, clock: Clock): Promise<ProcessFaults> {
  const faults = new Faults(name, clock);
  return new Promise((resolve) => {
    process.on('message', (message: object) => {
      if ('past' in message) faults.takePast(message as PastMessage);
      if (!('chaos' in message)) return;
      faults.take(message as RulesMessage);
      resolve(faults);
    });
  });
}

/** Calls for every rule that begins, once. */
export function onNewRules(faults: ProcessFaults, begin: (rule: ProcessRule) => void): void {
  let known: ReadonlySet<number> = new Set();
  faults.onRules((rules) => {
    const before = known;
    known = new Set(rules.map(({ injection }) => injection));
    for (const rule of rules) if (!before.has(rule.injection)) begin(rule);
  });
}

class Faults implements ProcessFaults {
  readonly name: string;
  behind = 0;
  onStandStill: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #applying: ((rules: readonly ProcessRule[]) => void)[] = [];
  #rules: readonly ProcessRule[] = [];
  #watching: Watching = UNWATCHED;
  #seen: Observation[] = [];
  #cancel: (() => void) | undefined;
  readonly #gate: StepGate;
  #onPast: (past: PastState | undefined) => void = () => {};

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#gate = new StepGate(name, (step) => {
      // What was seen and said so far goes out before the process stands still, and perhaps dies.
      this.flush();
      this.onStandStill?.();
      askAtGate(step);
    });
  }

  take({ chaos, watching, armed = [], behind = 0 }: RulesMessage): void {
    this.#gate.set(armed);
    if (behind > 0) this.behind = behind;
    this.#watching = watching;
    this.#set(chaos);
  }

  onRules(apply: (rules: readonly ProcessRule[]) => void): void {
    this.#applying.push(apply);
    apply(this.#rules);
  }

  askPast(upTo: number): Promise<PastState | undefined> {
    const question: PastQuestion = { pastOf: { revisions: this.behind, upTo } };
    return new Promise((resolve) => {
      this.#onPast = resolve;
      this.#clock.at(this.#clock.nowMs() + PAST_MS, () => resolve(undefined));
      process.send?.(question);
    });
  }

  takePast({ past }: PastMessage): void {
    this.#onPast(past);
  }

  watches(what: 'steps' | 'store'): boolean {
    return this.#watching[what] && this.#clock.nowMs() < this.#watching.untilMs;
  }

  see(seen: Unseen): void {
    if (this.#seen.length >= SEEN_MAX || process.send === undefined) return;
    this.#seen.push({ atMs: this.#clock.nowMs(), ...seen } as Observation);
    if (this.#seen.length === 1) setImmediate(() => this.flush());
  }

  onStep(record: StepRecord, host: Host): void {
    if (record.actor.startsWith('leader/')) this.#leadership(record, host);
    if (this.watches('steps')) this.see({ type: 'step', process: this.name, record });
    this.#gate.onStep(record);
  }

  onEffect(actor: string, done: number): void {
    this.#gate.onEffect(actor, done);
  }

  #leadership({ actor, effects }: StepRecord, host: Host): void {
    const lease = actor.slice('leader/'.length);
    for (const effect of effects) {
      if (effect !== 'leadership.gained' && effect !== 'leadership.lost') continue;
      const { token = 0 } = (host.state('leader', lease)?.context ?? {}) as { token?: number };
      const leads = effect === 'leadership.gained';
      this.see({ type: 'leadership', process: this.name, lease, leads, token });
    }
  }

  flush(): void {
    if (this.#seen.length > 0) this.#send();
  }

  #send(): void {
    const { connected } = process;
    if (connected) process.send?.({ seen: this.#seen }, undefined, undefined, () => {});
    this.#seen = [];
  }

  #set(rules: readonly ProcessRule[]): void {
    const nowMs = this.#clock.nowMs();
    this.#rules = rules.filter(({ untilMs }) => untilMs > nowMs);
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#rules.length > 0) {
      const nextMs = Math.min(...this.#rules.map(({ untilMs }) => untilMs));
      this.#cancel = this.#clock.at(nextMs, () => this.#set(this.#rules));
    }
    for (const apply of this.#applying) apply(this.#rules);
  }
}
