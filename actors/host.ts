/**
 * The host: a table `kind/id -> { value, context }` and one loop that steps machines, hands their effects to
 * executors and feeds results back as events. CONTRACT first; the implementation follows in this file.
 */
import type { AnyStateMachine } from 'xstate';
import type { Bus } from '../bus/bus.ts';
import type { Envelope } from '../bus/envelope.ts';
import type { Clock } from './clock.ts';

/** What an executor may use while it carries out effects of one step of one instance. */
export interface Self {
  readonly kind: string;
  readonly id: string;
  /** When the step was taken. */
  readonly nowMs: number;
  /** Sends an event back to this instance, now or later; the host adds `nowMs`. Dropped where it has ended. */
  tell(event: { readonly type: string }): void;
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
}

export type Told = 'accepted' | 'coalesced' | 'full' | 'unknown';

export interface Host {
  readonly clock: Clock;
  readonly bus: Bus;
  register(kind: MachineKind): void;
  /** Starts an instance; false where it already runs. The input gets `nowMs` added. */
  start(kind: string, id: string, input: object, cause?: Envelope): boolean;
  tell(kind: string, id: string, event: { readonly type: string }, cause?: Envelope): Told;
  stop(kind: string, id: string): void;
  has(kind: string, id: string): boolean;
  /** A new envelope for a message that this process sends of its own accord (no cause). */
  envelope(from: string, cause?: Envelope): Envelope;
}
