/**
 * The effects every machine may emit, whatever it is about; the host itself carries them out.
 *
 * A machine's own effects (`container.run`, `store.put`, ...) are carried out by its kind's executor. Plain data.
 */

/** Sets or replaces the named timer of this instance: `timer.fired` arrives at or after the deadline. */
export interface TimerSet {
  readonly type: 'timer.set';
  readonly timer: string;
  /** Absolute deadline, milliseconds since the epoch on the host's clock. */
  readonly atMs: number;
}

export interface TimerCancel {
  readonly type: 'timer.cancel';
  readonly timer: string;
}

/** Starts an instance of another kind; does nothing where it already runs. */
export interface MachineStart {
  readonly type: 'machine.start';
  readonly kind: string;
  readonly id: string;
  readonly input: unknown;
}

/** Sends an event to another instance in this process; lost (and counted) where it does not exist. */
export interface MachineTell {
  readonly type: 'machine.tell';
  readonly kind: string;
  readonly id: string;
  readonly event: { readonly type: string };
}

/** Drops another instance with its timers and mailbox. */
export interface MachineStop {
  readonly type: 'machine.stop';
  readonly kind: string;
  readonly id: string;
}

export type HostEffect = TimerSet | TimerCancel | MachineStart | MachineTell | MachineStop;

/** Every event a machine receives carries the time at which the host handed it over. */
export interface Timed {
  readonly nowMs: number;
}

/** The event of a due timer. */
export interface TimerFired extends Timed {
  readonly type: 'timer.fired';
  readonly timer: string;
}

/** An event as others send it: the host adds the time. */
export type Untimed<E> = E extends unknown ? Omit<E, 'nowMs'> : never;
