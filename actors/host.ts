/**
 * The host as others see it: kinds of machines are registered, instances are started, told and stopped, and their
 * effects go to the kind's executor. `machine-host.ts` is what does it.
 */
import type { AnyStateMachine } from 'xstate';
import type { Bus } from '../bus/bus.ts';
import type { Envelope } from '../bus/envelope.ts';
import type { MachineState } from '../machines/step.ts';
import type { StepRecord } from '../machines/step-record.ts';
import type { Clock } from './clock.ts';
import { MachineHost } from './machine-host.ts';
import type { Mail, Told } from './mailbox.ts';

export type { Mail, Told } from './mailbox.ts';

/** What an executor may use while it carries out effects of one step of one instance. */
export interface Self {
  readonly kind: string;
  readonly id: string;
  /** When the step was taken. */
  readonly nowMs: number;
  /** The message being handled. */
  readonly message: Envelope;
  /**
   * Sends an event back to this instance, now or later; the host adds `nowMs`. Dropped where it has ended. `also` are
   * ids of messages that caused it besides the one being handled.
   */
  tell(event: { readonly type: string }, also?: readonly string[]): void;
  /** A new envelope whose cause is the message being handled; call it once for every message sent. */
  envelope(): Envelope;
  /** True while this very instance lives (not one started later under the same id). */
  alive(): boolean;
}

/** Registers one kind of machine with the host. */
export interface MachineKind {
  /** For example `pod`; instances are addressed `kind/id`. */
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** Carries out one effect of the machine's own; an exhaustive switch on its type. Must not block or throw. */
  readonly execute: (effect: never, self: Self) => void;
  /** Bound of the mailbox, in events. Default 1,000. */
  readonly mailboxMax?: number;
  /** What happens to an event when the mailbox is full. Default `refuse` (the teller sees `full`). */
  readonly whenFull?: 'refuse' | 'shed';
  /** Events with the same key replace each other while they wait in the mailbox, as in a work queue. */
  readonly coalesce?: (event: { readonly type: string }) => string | undefined;
  /** The input to restart a crashed instance with, rebuilt from the store; undefined: it is not restarted. */
  readonly rebuild?: (id: string) => object | undefined;
}

/** A stored instance: everything needed to go on elsewhere or later. Plain data. */
export interface InstanceSnapshot {
  readonly kind: string;
  readonly id: string;
  readonly state: MachineState;
  readonly timers: readonly { readonly timer: string; readonly atMs: number }[];
}

/** One row of `status`. */
export interface KindStatus {
  readonly kind: string;
  readonly instances: number;
  /** How many instances are in each state. */
  readonly states: Readonly<{ [state: string]: number }>;
  readonly mailboxDepthMax: number;
  /** The deepest mailbox that any instance had since the process began. */
  readonly mailboxDepthRecord: number;
  /** What became of messages and instances of this kind since then. */
  readonly crashes: number;
  readonly shed: number;
  readonly refused: number;
}

export interface Counters {
  steps: number;
  ignored: number;
  shed: number;
  refused: number;
  deadLetters: number;
  crashes: number;
}

/**
 * Holds instances for who debugs them: asked before an instance takes a message, told of every step once its effects
 * were carried out. Of a first step, which is no message, it is only told.
 */
export interface Gate {
  /** False leaves the message, and all behind it, in the mailbox until `goOn`. */
  passes(actor: string, state: MachineState, mail: Mail): boolean;
  stepped(record: StepRecord, detail: StepDetail): void;
  /** The instance is gone; another may come under its name. */
  ended(actor: string): void;
}

export interface Host {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly counters: Readonly<Counters>;
  register(kind: MachineKind): void;
  /** Starts an instance; false where it already runs. The input gets `nowMs` added. */
  start(kind: string, id: string, input: object, cause?: Envelope): boolean;
  tell(kind: string, id: string, event: { readonly type: string }, cause?: Envelope): Told;
  stop(kind: string, id: string): void;
  /** Drops an instance as if it had thrown: it is rebuilt and restarted as its supervision says. */
  crash(kind: string, id: string, error: unknown): void;
  /** Every instance there is, as `kind/id`. */
  names(): readonly string[];
  has(kind: string, id: string): boolean;
  /** The state of one instance, for status and tests. */
  state(kind: string, id: string): MachineState | undefined;
  /** A new envelope for a message that this process sends of its own accord, or because of others. */
  envelope(from: string, ...causes: readonly (Envelope | undefined)[]): Envelope;
  snapshot(kind: string, id: string): InstanceSnapshot | undefined;
  /** What waits in an instance's mailbox, in order. */
  waiting(kind: string, id: string): readonly Mail[];
  /** The kinds that are registered. */
  kinds(): readonly MachineKind[];
  /** Puts a gate before all mailboxes, or takes it away: what it held back goes on. Costs nothing where there is none. */
  setGate(gate: Gate | undefined): void;
  /** The gate may be asked again about an instance. */
  goOn(kind: string, id: string): void;
  /** Puts a stored instance back, timers included; false where one runs under that name. */
  restore(snapshot: InstanceSnapshot): boolean;
  status(): readonly KindStatus[];
  /** Drops every instance and timer; nothing starts any more. */
  close(): void;
}

/** What a step record leaves out: references to what the step was given and gave; never to be changed. */
export interface StepDetail {
  readonly envelope: Envelope;
  readonly event: { readonly type: string };
  readonly before: MachineState | undefined;
  readonly after: MachineState;
  readonly effects: readonly { readonly type: string }[];
  /** Of a first step: what the instance was started with, `nowMs` included. */
  readonly input: object | undefined;
  readonly done: boolean;
  readonly nowMs: number;
}

export interface HostOptions {
  readonly clock: Clock;
  readonly bus: Bus;
  /** Makes message ids and trace contexts; seeded in simulation. */
  readonly ids: {
    messageId(): string;
    traceparent(parent?: string): string;
  };
  /** Subject for dead letters; none are published where absent. */
  readonly deadSubject?: string;
  /** Receives a record of every step, before its effects are carried out; costs about 2 us a step where given. */
  readonly onStep?: (record: StepRecord, detail: StepDetail) => void;
  /**
   * Called before each effect of a step and after the last one, with the number that have been carried out. The host
   * may be closed in it: what has not been carried out never is.
   */
  readonly onEffect?: (actor: string, done: number, effects: number) => void;
  /** What processing times are taken with, milliseconds; the machine's own clock where absent. */
  readonly stopwatch?: () => number;
  /** Told of every message that nobody is there for. */
  readonly onDeadLetter?: (to: string, event: string, cause: Envelope | undefined) => void;
  /** Told of every crash of an instance. */
  readonly onCrash?: (actor: string, error: unknown) => void;
  /** Called when restarts exceed their intensity: the process must end. */
  readonly onEscalate?: (error: unknown) => void;
  /** Runs the loop later; `setImmediate` by default, the simulator's queue in simulation. */
  readonly schedule?: (run: () => void) => void;
}

/** Creates the host of a process (or of a simulated one). */
export function createHost(options: HostOptions): Host {
  return new MachineHost(options);
}
