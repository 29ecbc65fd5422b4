/**
 * The host: a table `kind/id -> { value, context }` and one loop that steps machines, hands their effects to
 * executors and feeds results back as events. Runs every machine of a process.
 *
 * Invariants: an instance handles one event at a time; mailboxes are bounded; an effect is carried out after the
 * step that emitted it is stored; a step that throws drops its instance alone. Never decides anything about
 * what an event means.
 */
import type { AnyStateMachine } from 'xstate';
import type { Bus } from '../bus/bus.ts';
import type { Envelope } from '../bus/envelope.ts';
import type { HostEffect } from '../machines/effect.ts';
import { createStepper, type MachineState, type Step, type Stepper } from '../machines/step.ts';
import { type StepRecord, shortEffect } from '../machines/step-record.ts';
import type { Clock } from './clock.ts';
import { createMailbox, type Mail, type Mailbox, type Told } from './mailbox.ts';
import { createSupervision, type Supervision } from './supervision.ts';

export type { Told } from './mailbox.ts';

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
}

export interface Counters {
  steps: number;
  ignored: number;
  shed: number;
  refused: number;
  deadLetters: number;
  crashes: number;
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
  has(kind: string, id: string): boolean;
  /** The state of one instance, for status and tests. */
  state(kind: string, id: string): MachineState | undefined;
  /** A new envelope for a message that this process sends of its own accord, or because of `cause`. */
  envelope(from: string, cause?: Envelope): Envelope;
  snapshot(kind: string, id: string): InstanceSnapshot | undefined;
  /** Puts a stored instance back, timers included; false where one runs under that name. */
  restore(snapshot: InstanceSnapshot): boolean;
  status(): readonly KindStatus[];
  /** Drops every instance and timer. */
  close(): void;
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
  /** Receives a record of every step; costs about 2 us a step where given. */
  readonly onStep?: (record: StepRecord) => void;
  /** Told of every crash of an instance. */
  readonly onCrash?: (actor: string, error: unknown) => void;
  /** Called when restarts exceed their intensity: the process must end. */
  readonly onEscalate?: (error: unknown) => void;
  /** Runs the loop later; `setImmediate` by default, the simulator's queue in simulation. */
  readonly schedule?: (run: () => void) => void;
}

interface Instance {
  readonly kind: RegisteredKind;
  readonly id: string;
  readonly name: string;
  state: MachineState;
  mailbox: Mailbox | undefined;
  timers: Map<string, { readonly atMs: number; readonly cancel: () => void }> | undefined;
  queued: boolean;
  alive: boolean;
}

interface RegisteredKind extends MachineKind {
  readonly stepper: Stepper;
  readonly instances: Map<string, Instance>;
}

const MAILBOX_MAX = 1_000;
/** Steps in one turn of the loop before I/O gets its turn. */
const TURN_STEPS_MAX = 256;
const HOST_EFFECTS = new Set<string>([
  'timer.set',
  'timer.cancel',
  'machine.start',
  'machine.tell',
  'machine.stop',
]);

/** Creates the host of a process (or of a simulated one). */
export function createHost(options: HostOptions): Host {
  const { clock, bus, ids } = options;
  const schedule = options.schedule ?? ((run: () => void) => void setImmediate(run));
  const kinds = new Map<string, RegisteredKind>();
  const counters: Counters = {
    steps: 0,
    ignored: 0,
    shed: 0,
    refused: 0,
    deadLetters: 0,
    crashes: 0,
  };
  let ready: Instance[] = [];
  let scheduled = false;
  const supervision: Supervision = createSupervision({
    clock,
    restart: (kind, id) => restart(kind, id),
    escalate: (error) => options.onEscalate?.(error),
  });

  function envelope(from: string, cause?: Envelope): Envelope {
    return {
      id: ids.messageId(),
      from,
      causes: cause === undefined ? [] : [cause.id],
      traceparent: ids.traceparent(cause?.traceparent),
    };
  }

  /** A message inside this process: the same trace as its cause, no new span. */
  function inner(from: string, cause: Envelope): Envelope {
    return { id: ids.messageId(), from, causes: [cause.id], traceparent: cause.traceparent };
  }

  function kindOf(name: string): RegisteredKind {
    const kind = kinds.get(name);
    if (kind === undefined) throw new Error(`no machine kind is registered as ${name}`);
    return kind;
  }

  function start(kindName: string, id: string, input: object, cause?: Envelope): boolean {
    const kind = kindOf(kindName);
    if (kind.instances.has(id)) return false;
    const message = cause ?? envelope('host');
    const nowMs = clock.nowMs();
    let first: Step;
    try {
      first = kind.stepper.initial({ ...input, nowMs });
    } catch (error) {
      crashed(kind, id, error);
      return false;
    }
    const instance: Instance = {
      kind,
      id,
      name: `${kindName}/${id}`,
      state: first.state,
      mailbox: undefined,
      timers: undefined,
      queued: false,
      alive: true,
    };
    kind.instances.set(id, instance);
    settle(
      instance,
      first,
      undefined,
      { event: { type: '(start)' }, envelope: message, sinceMs: nowMs },
      nowMs,
      nowMs,
    );
    return true;
  }

  function tell(
    kindName: string,
    id: string,
    event: { readonly type: string },
    cause?: Envelope,
  ): Told {
    const instance = kindOf(kindName).instances.get(id);
    if (instance === undefined) {
      deadLetter(`${kindName}/${id}`, event.type, cause);
      return 'unknown';
    }
    return deliver(instance, event, cause ?? envelope('host'));
  }

  function deliver(instance: Instance, event: { readonly type: string }, message: Envelope): Told {
    const { kind } = instance;
    instance.mailbox ??= createMailbox(kind.mailboxMax ?? MAILBOX_MAX, kind.coalesce);
    const told = instance.mailbox.put({ event, envelope: message, sinceMs: clock.nowMs() });
    if (told === 'full') {
      if (kind.whenFull === 'shed') counters.shed += 1;
      else counters.refused += 1;
      return told;
    }
    if (!instance.queued) {
      instance.queued = true;
      ready.push(instance);
      wake();
    }
    return told;
  }

  function wake(): void {
    if (scheduled) return;
    scheduled = true;
    schedule(turn);
  }

  function turn(): void {
    scheduled = false;
    let steps = 0;
    while (ready.length > 0 && steps < TURN_STEPS_MAX) {
      const batch = ready;
      ready = [];
      for (const instance of batch) {
        instance.queued = false;
        const mail = instance.alive ? instance.mailbox?.take() : undefined;
        if (mail === undefined) continue;
        steps += 1;
        if (instance.mailbox !== undefined && instance.mailbox.length > 0) {
          instance.queued = true;
          ready.push(instance);
        }
        stepOnce(instance, mail);
      }
    }
    if (ready.length > 0) wake();
  }

  function stepOnce(instance: Instance, mail: Mail): void {
    const startedMs = options.onStep === undefined ? 0 : performance.now();
    const nowMs = clock.nowMs();
    const before = instance.state;
    let step: Step;
    try {
      step = instance.kind.stepper.step(before, { ...mail.event, nowMs } as never);
    } catch (error) {
      crash(instance, error);
      return;
    }
    instance.state = step.state;
    settle(instance, step, before, mail, nowMs, startedMs);
  }

  function settle(
    instance: Instance,
    step: Step,
    before: MachineState | undefined,
    mail: Mail,
    nowMs: number,
    startedMs: number,
  ): void {
    counters.steps += 1;
    if (!step.handled) counters.ignored += 1;
    options.onStep?.({
      actor: instance.name,
      messageId: mail.envelope.id,
      causes: mail.envelope.causes,
      event: mail.event.type,
      before: before?.value,
      after: step.state.value,
      effects: step.effects.map(shortEffect),
      handled: step.handled,
      waitMs: nowMs - mail.sinceMs,
      tookMs: performance.now() - startedMs,
    });
    if (step.effects.length > 0) perform(instance, step, mail.envelope, nowMs);
    if (step.done && instance.alive) remove(instance);
  }

  function perform(instance: Instance, step: Step, message: Envelope, nowMs: number): void {
    const self: Self = {
      kind: instance.kind.name,
      id: instance.id,
      nowMs,
      tell(event) {
        if (instance.alive) deliver(instance, event, inner(instance.name, message));
      },
      envelope: () => envelope(instance.name, message),
      alive: () => instance.alive,
    };
    for (const effect of step.effects) {
      try {
        if (HOST_EFFECTS.has(effect.type)) {
          performOwn(instance, effect as unknown as HostEffect, message);
        } else {
          instance.kind.execute(effect as never, self);
        }
      } catch (error) {
        crash(instance, error);
        return;
      }
    }
  }

  function performOwn(instance: Instance, effect: HostEffect, message: Envelope): void {
    switch (effect.type) {
      case 'timer.set':
        setTimer(instance, effect.timer, effect.atMs, message);
        return;
      case 'timer.cancel':
        instance.timers?.get(effect.timer)?.cancel();
        instance.timers?.delete(effect.timer);
        return;
      case 'machine.start':
        start(effect.kind, effect.id, effect.input as object, inner(instance.name, message));
        return;
      case 'machine.tell':
        tell(effect.kind, effect.id, effect.event, inner(instance.name, message));
        return;
      case 'machine.stop':
        stop(effect.kind, effect.id);
        return;
    }
  }

  function setTimer(instance: Instance, timer: string, atMs: number, cause: Envelope): void {
    instance.timers ??= new Map();
    instance.timers.get(timer)?.cancel();
    const cancel = clock.at(atMs, () => {
      instance.timers?.delete(timer);
      if (instance.alive)
        deliver(instance, { type: 'timer.fired', timer } as never, inner('clock', cause));
    });
    instance.timers.set(timer, { atMs, cancel });
  }

  function remove(instance: Instance): void {
    instance.alive = false;
    instance.kind.instances.delete(instance.id);
    for (const { cancel } of instance.timers?.values() ?? []) cancel();
    instance.timers = undefined;
    instance.mailbox = undefined;
  }

  function stop(kindName: string, id: string): void {
    const instance = kindOf(kindName).instances.get(id);
    if (instance !== undefined) remove(instance);
  }

  function crash(instance: Instance, error: unknown): void {
    remove(instance);
    crashed(instance.kind, instance.id, error);
  }

  function crashed(kind: RegisteredKind, id: string, error: unknown): void {
    counters.crashes += 1;
    options.onCrash?.(`${kind.name}/${id}`, error);
    supervision.crashed(kind.name, id, error);
  }

  function restart(kindName: string, id: string): void {
    const input = kindOf(kindName).rebuild?.(id);
    if (input !== undefined) start(kindName, id, input);
  }

  function deadLetter(to: string, event: string, cause: Envelope | undefined): void {
    counters.deadLetters += 1;
    if (options.deadSubject === undefined) return;
    bus.tell(options.deadSubject, { to, event }, envelope('host', cause));
  }

  function kindStatus(kind: RegisteredKind): KindStatus {
    const states: { [state: string]: number } = {};
    let mailboxDepthMax = 0;
    for (const { state, mailbox } of kind.instances.values()) {
      const name = typeof state.value === 'string' ? state.value : JSON.stringify(state.value);
      states[name] = (states[name] ?? 0) + 1;
      mailboxDepthMax = Math.max(mailboxDepthMax, mailbox?.length ?? 0);
    }
    return { kind: kind.name, instances: kind.instances.size, states, mailboxDepthMax };
  }

  return {
    clock,
    bus,
    counters,
    register(kind) {
      if (kinds.has(kind.name)) throw new Error(`machine kind ${kind.name} is registered twice`);
      kinds.set(kind.name, {
        ...kind,
        stepper: createStepper(kind.machine),
        instances: new Map(),
      });
    },
    start,
    tell,
    stop,
    has: (kind, id) => kindOf(kind).instances.has(id),
    state: (kind, id) => kindOf(kind).instances.get(id)?.state,
    envelope,
    snapshot(kind, id) {
      const instance = kindOf(kind).instances.get(id);
      if (instance === undefined) return undefined;
      const timers = [...(instance.timers ?? [])].map(([timer, { atMs }]) => ({ timer, atMs }));
      return { kind, id, state: instance.state, timers };
    },
    restore(snapshot) {
      const kind = kindOf(snapshot.kind);
      if (kind.instances.has(snapshot.id)) return false;
      const instance: Instance = {
        kind,
        id: snapshot.id,
        name: `${snapshot.kind}/${snapshot.id}`,
        state: snapshot.state,
        mailbox: undefined,
        timers: undefined,
        queued: false,
        alive: true,
      };
      kind.instances.set(snapshot.id, instance);
      const cause = envelope('host');
      for (const { timer, atMs } of snapshot.timers) setTimer(instance, timer, atMs, cause);
      return true;
    },
    status: () => [...kinds.values()].map(kindStatus),
    close() {
      supervision.close();
      for (const kind of kinds.values())
        for (const one of [...kind.instances.values()]) remove(one);
      ready = [];
    },
  };
}
