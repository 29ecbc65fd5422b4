/**
 * The host: a table `kind/id -> { value, context }` and one loop that steps machines, hands their effects to
 * executors and feeds results back as events. Runs every machine of a process.
 *
 * Invariants: an instance handles one event at a time; mailboxes are bounded; an effect is carried out after the
 * step that emitted it is stored; a step that throws drops its instance alone. Never decides anything about
 * what an event means.
 */
import type { Bus } from '../bus/bus.ts';
import type { Envelope } from '../bus/envelope.ts';
import type { HostEffect } from '../machines/effect.ts';
import { createStepper, type MachineState, type Step, type Stepper } from '../machines/step.ts';
import { type StepRecord, shortEffect } from '../machines/step-record.ts';
import type { Clock } from './clock.ts';
import type {
  Counters,
  Gate,
  Host,
  HostOptions,
  InstanceSnapshot,
  KindStatus,
  MachineKind,
  Self,
  StepDetail,
} from './host.ts';
import { createMailbox, type Mail, type Mailbox, type Told } from './mailbox.ts';
import { createSupervision, type Supervision } from './supervision.ts';

type Event = Mail['event'];

interface RegisteredKind extends MachineKind {
  readonly stepper: Stepper;
  readonly instances: Map<string, Instance>;
  readonly counts: { mailboxDepthRecord: number; crashes: number; shed: number; refused: number };
}

/** One running machine. What it does not use yet (mailbox, timers) it does not have yet. */
interface Instance {
  readonly kind: RegisteredKind;
  readonly id: string;
  /** `kind/id`. */
  readonly name: string;
  state: MachineState;
  mailbox: Mailbox | undefined;
  timers: Map<string, { readonly atMs: number; readonly cancel: () => void }> | undefined;
  /** Messages that changed its state and made it do nothing yet: what it does next is because of them too. */
  absorbed: readonly string[];
  /** Waits for its turn. */
  queued: boolean;
  alive: boolean;
}

/** Why a message is sent: what was handled then, and the trace that belongs to. */
interface Because {
  readonly ids: readonly string[];
  readonly traceparent: string;
}

const MAILBOX_MAX = 1_000;
/** Messages remembered that an instance did nothing about yet; older ones are forgotten. */
const ABSORBED_MAX = 15;
const NONE: readonly string[] = [];
/** Steps in one turn of the loop before I/O gets its turn. */
const TURN_STEPS_MAX = 256;

const HOST_EFFECTS: ReadonlySet<string> = new Set<HostEffect['type']>([
  'timer.set',
  'timer.cancel',
  'machine.start',
  'machine.tell',
  'machine.stop',
]);

/** See the file comment; made by `createHost`. */
export class MachineHost implements Host {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly counters: Counters = {
    steps: 0,
    ignored: 0,
    shed: 0,
    refused: 0,
    deadLetters: 0,
    crashes: 0,
  };
  readonly #options: HostOptions;
  readonly #schedule: (run: () => void) => void;
  readonly #kinds = new Map<string, RegisteredKind>();
  readonly #supervision: Supervision;
  #gate: Gate | undefined;
  #ready: Instance[] = [];
  #scheduled = false;
  #closed = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.bus = options.bus;
    this.#schedule = options.schedule ?? ((run) => void setImmediate(run));
    this.#supervision = createSupervision({
      clock: options.clock,
      restart: (kind, id) => this.#restart(kind, id),
      escalate: (error) => options.onEscalate?.(error),
    });
  }

  register(kind: MachineKind): void {
    if (this.#kinds.has(kind.name))
      throw new Error(`machine kind ${kind.name} is registered twice`);
    const stepper = createStepper(kind.machine);
    const counts = { mailboxDepthRecord: 0, crashes: 0, shed: 0, refused: 0 };
    this.#kinds.set(kind.name, { ...kind, stepper, instances: new Map(), counts });
  }

  start(kindName: string, id: string, input: object, cause?: Envelope): boolean {
    const kind = this.#kind(kindName);
    if (this.#closed || kind.instances.has(id)) return false;
    const nowMs = this.clock.nowMs();
    let first: Step;
    try {
      first = kind.stepper.initial({ ...input, nowMs });
    } catch (error) {
      this.#crashed(kind, id, error);
      return false;
    }
    const instance = this.#add(kind, id, first.state);
    const envelope = cause ?? this.envelope('host');
    const mail = { event: { type: '(start)' }, envelope, sinceMs: nowMs };
    const taken = { step: first, before: undefined, mail, nowMs, startedMs: this.#stopwatch() };
    this.#settle(instance, { ...taken, input: { ...input, nowMs } });
    return true;
  }

  tell(kindName: string, id: string, event: Event, cause?: Envelope): Told {
    const instance = this.#kind(kindName).instances.get(id);
    if (instance === undefined) {
      this.#deadLetter(`${kindName}/${id}`, event.type, cause);
      return 'unknown';
    }
    return this.#deliver(instance, event, cause ?? this.envelope('host'));
  }

  stop(kindName: string, id: string): void {
    const instance = this.#kind(kindName).instances.get(id);
    if (instance !== undefined) this.#remove(instance);
  }

  crash(kindName: string, id: string, error: unknown): void {
    const instance = this.#kind(kindName).instances.get(id);
    if (instance !== undefined) this.#crash(instance, error);
  }

  names(): readonly string[] {
    const kinds = [...this.#kinds.values()];
    return kinds.flatMap(({ instances }) => Array.from(instances.values(), ({ name }) => name));
  }

  has(kindName: string, id: string): boolean {
    return this.#kind(kindName).instances.has(id);
  }

  state(kindName: string, id: string): MachineState | undefined {
    return this.#kind(kindName).instances.get(id)?.state;
  }

  envelope(from: string, ...causes: readonly (Envelope | undefined)[]): Envelope {
    const known = causes.filter((cause) => cause !== undefined);
    const traceparent = known[0]?.traceparent;
    return this.#outer(from, { ids: known.map(({ id }) => id), traceparent });
  }

  #outer(from: string, because: { ids: readonly string[]; traceparent: string | undefined }) {
    const { ids } = this.#options;
    const traceparent = ids.traceparent(because.traceparent);
    return { id: ids.messageId(), from, causes: because.ids, traceparent };
  }

  snapshot(kindName: string, id: string): InstanceSnapshot | undefined {
    const instance = this.#kind(kindName).instances.get(id);
    if (instance === undefined) return undefined;
    const timers = [...(instance.timers ?? [])].map(([timer, { atMs }]) => ({ timer, atMs }));
    return { kind: kindName, id, state: instance.state, timers };
  }

  waiting(kindName: string, id: string): readonly Mail[] {
    return this.#kinds.get(kindName)?.instances.get(id)?.mailbox?.list() ?? [];
  }

  kinds(): readonly MachineKind[] {
    return [...this.#kinds.values()];
  }

  setGate(gate: Gate | undefined): void {
    this.#gate = gate;
    if (gate !== undefined) return;
    for (const { instances } of this.#kinds.values()) {
      for (const instance of instances.values()) this.#goOn(instance);
    }
  }

  goOn(kindName: string, id: string): void {
    const instance = this.#kinds.get(kindName)?.instances.get(id);
    if (instance !== undefined) this.#goOn(instance);
  }

  #goOn(instance: Instance): void {
    if (instance.mailbox !== undefined && instance.mailbox.length > 0) this.#queue(instance);
  }

  restore(snapshot: InstanceSnapshot): boolean {
    const kind = this.#kind(snapshot.kind);
    if (kind.instances.has(snapshot.id)) return false;
    const instance = this.#add(kind, snapshot.id, snapshot.state);
    const { id, traceparent } = this.envelope('host');
    const because = { ids: [id], traceparent };
    for (const { timer, atMs } of snapshot.timers) this.#setTimer(instance, timer, atMs, because);
    return true;
  }

  status(): readonly KindStatus[] {
    return [...this.#kinds.values()].map(kindStatus);
  }

  close(): void {
    this.#closed = true;
    this.#supervision.close();
    for (const kind of this.#kinds.values()) {
      for (const instance of [...kind.instances.values()]) this.#remove(instance);
    }
    this.#ready = [];
  }

  #kind(name: string): RegisteredKind {
    const kind = this.#kinds.get(name);
    if (kind === undefined) throw new Error(`no machine kind is registered as ${name}`);
    return kind;
  }

  #add(kind: RegisteredKind, id: string, state: MachineState): Instance {
    const instance: Instance = {
      kind,
      id,
      name: `${kind.name}/${id}`,
      state,
      mailbox: undefined,
      timers: undefined,
      absorbed: NONE,
      queued: false,
      alive: true,
    };
    kind.instances.set(id, instance);
    return instance;
  }

  #remove(instance: Instance): void {
    instance.alive = false;
    instance.kind.instances.delete(instance.id);
    for (const { cancel } of instance.timers?.values() ?? []) cancel();
    instance.timers = undefined;
    instance.mailbox = undefined;
    this.#gate?.ended(instance.name);
  }

  /** A message inside this process: the same trace as its cause, no new span. */
  #inner(from: string, { ids: causes, traceparent }: Because): Envelope {
    return { id: this.#options.ids.messageId(), from, causes, traceparent };
  }

  #deliver(instance: Instance, event: Event, envelope: Envelope): Told {
    const { kind } = instance;
    instance.mailbox ??= createMailbox(kind.mailboxMax ?? MAILBOX_MAX, kind.coalesce);
    const told = instance.mailbox.put({ event, envelope, sinceMs: this.clock.nowMs() });
    if (told === 'full') {
      const became = kind.whenFull === 'shed' ? 'shed' : 'refused';
      this.counters[became] += 1;
      kind.counts[became] += 1;
      return told;
    }
    const depth = instance.mailbox.length;
    if (depth > kind.counts.mailboxDepthRecord) kind.counts.mailboxDepthRecord = depth;
    this.#queue(instance);
    return told;
  }

  #queue(instance: Instance): void {
    if (instance.queued) return;
    instance.queued = true;
    this.#ready.push(instance);
    this.#wake();
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.#turn());
  }

  /** One event of every instance that has some, again and again, until none has or I/O is due. */
  #turn(): void {
    this.#scheduled = false;
    let stepsLeft = TURN_STEPS_MAX;
    while (this.#ready.length > 0 && stepsLeft > 0) {
      const batch = this.#ready.slice(0, stepsLeft);
      this.#ready = this.#ready.slice(stepsLeft);
      stepsLeft -= batch.length;
      for (const instance of batch) this.#next(instance);
    }
    if (this.#ready.length > 0) this.#wake();
  }

  #next(instance: Instance): void {
    instance.queued = false;
    if (this.#gate !== undefined && !this.#passes(this.#gate, instance)) return;
    const mail = instance.alive ? instance.mailbox?.take() : undefined;
    if (mail === undefined) return;
    if (instance.mailbox !== undefined && instance.mailbox.length > 0) this.#queue(instance);
    this.#step(instance, mail);
  }

  #passes(gate: Gate, { name, state, mailbox }: Instance): boolean {
    const mail = mailbox?.peek();
    return mail === undefined || gate.passes(name, state, mail);
  }

  #step(instance: Instance, mail: Mail): void {
    const startedMs = this.#stopwatch();
    const nowMs = this.clock.nowMs();
    const before = instance.state;
    let step: Step;
    try {
      step = instance.kind.stepper.step(before, { ...mail.event, nowMs } as Event);
    } catch (error) {
      this.#crash(instance, error);
      return;
    }
    instance.state = step.state;
    this.#settle(instance, { step, before, mail, nowMs, startedMs, input: undefined });
  }

  /** When a step began; costs nothing where nobody asks how long it took. */
  #stopwatch(): number {
    const { onStep, stopwatch } = this.#options;
    if (onStep === undefined) return 0;
    return stopwatch === undefined ? performance.now() : stopwatch();
  }

  #settle(instance: Instance, taken: Taken): void {
    const { step, mail, nowMs } = taken;
    const { envelope } = mail;
    this.counters.steps += 1;
    if (!step.handled) this.counters.ignored += 1;
    const { onStep } = this.#options;
    const gate = this.#gate;
    const recorded =
      onStep === undefined && gate === undefined ? undefined : this.#record(instance, taken);
    if (recorded !== undefined) onStep?.(recorded.record, recorded.detail);
    if (this.#closed) return;
    if (step.effects.length > 0) {
      const ids = [...instance.absorbed, envelope.id];
      instance.absorbed = NONE;
      this.#perform(
        instance,
        step,
        mail.envelope,
        { ids, traceparent: envelope.traceparent },
        nowMs,
      );
    } else if (step.handled) {
      instance.absorbed = [...instance.absorbed.slice(1 - ABSORBED_MAX), envelope.id];
    }
    if (recorded !== undefined && instance.alive) gate?.stepped(recorded.record, recorded.detail);
    if (step.done && instance.alive) this.#remove(instance);
  }

  #record(
    instance: Instance,
    { step, before, mail, nowMs, startedMs, input }: Taken,
  ): { readonly record: StepRecord; readonly detail: StepDetail } {
    const { envelope, event } = mail;
    const { state: after, effects, handled, done } = step;
    const record = {
      actor: instance.name,
      messageId: envelope.id,
      causes: envelope.causes,
      event: event.type,
      before: before?.value,
      after: after.value,
      effects: effects.map(shortEffect),
      handled,
      waitMs: nowMs - mail.sinceMs,
      tookMs: this.#stopwatch() - startedMs,
    };
    const detail = { envelope, event, before, after, effects, input, done, nowMs };
    return { record, detail };
  }

  #perform(
    instance: Instance,
    step: Step,
    message: Envelope,
    because: Because,
    nowMs: number,
  ): void {
    const self: Self = {
      kind: instance.kind.name,
      id: instance.id,
      nowMs,
      message,
      tell: (event, also = NONE) => {
        if (!instance.alive) return;
        const whole = also.length === 0 ? because : { ...because, ids: [...also, ...because.ids] };
        this.#deliver(instance, event, this.#inner(instance.name, whole));
      },
      envelope: () => this.#outer(instance.name, because),
      alive: () => instance.alive,
    };
    const { onEffect } = this.#options;
    const { effects } = step;
    for (let index = 0; index < effects.length; index += 1) {
      const effect = effects[index] as (typeof effects)[number];
      onEffect?.(instance.name, index, effects.length);
      if (this.#closed) return;
      try {
        if (HOST_EFFECTS.has(effect.type)) {
          this.#performOwn(instance, effect as unknown as HostEffect, because);
        } else {
          instance.kind.execute(effect as never, self);
        }
      } catch (error) {
        this.#crash(instance, error);
        return;
      }
    }
    onEffect?.(instance.name, effects.length, effects.length);
  }

  #performOwn(instance: Instance, effect: HostEffect, because: Because): void {
    switch (effect.type) {
      case 'timer.set':
        this.#setTimer(instance, effect.timer, effect.atMs, because);
        return;
      case 'timer.cancel':
        instance.timers?.get(effect.timer)?.cancel();
        instance.timers?.delete(effect.timer);
        return;
      case 'machine.start': {
        const cause = this.#inner(instance.name, because);
        this.start(effect.kind, effect.id, effect.input as object, cause);
        return;
      }
      case 'machine.tell':
        this.tell(effect.kind, effect.id, effect.event, this.#inner(instance.name, because));
        return;
      case 'machine.stop':
        this.stop(effect.kind, effect.id);
        return;
    }
  }

  #setTimer(instance: Instance, timer: string, atMs: number, because: Because): void {
    instance.timers ??= new Map();
    instance.timers.get(timer)?.cancel();
    const cancel = this.clock.at(atMs, () => {
      instance.timers?.delete(timer);
      if (!instance.alive) return;
      const fired = { type: 'timer.fired', timer };
      this.#deliver(instance, fired, this.#inner('clock', because));
    });
    instance.timers.set(timer, { atMs, cancel });
  }

  #crash(instance: Instance, error: unknown): void {
    this.#remove(instance);
    this.#crashed(instance.kind, instance.id, error);
  }

  #crashed(kind: RegisteredKind, id: string, error: unknown): void {
    this.counters.crashes += 1;
    kind.counts.crashes += 1;
    this.#options.onCrash?.(`${kind.name}/${id}`, error);
    this.#supervision.crashed(kind.name, id, error);
  }

  #restart(kindName: string, id: string): void {
    const input = this.#kind(kindName).rebuild?.(id);
    if (input !== undefined) this.start(kindName, id, input);
  }

  #deadLetter(to: string, event: string, cause: Envelope | undefined): void {
    if (this.#closed) return;
    this.counters.deadLetters += 1;
    this.#options.onDeadLetter?.(to, event, cause);
    const { deadSubject } = this.#options;
    if (deadSubject === undefined) return;
    this.bus.tell(deadSubject, { to, event }, this.envelope('host', cause));
  }
}

/** A step that was taken, and what it came of. */
interface Taken {
  readonly step: Step;
  readonly before: MachineState | undefined;
  readonly mail: Mail;
  readonly nowMs: number;
  readonly startedMs: number;
  readonly input: object | undefined;
}

function kindStatus(kind: RegisteredKind): KindStatus {
  const states: { [state: string]: number } = {};
  let mailboxDepthMax = 0;
  for (const { state, mailbox } of kind.instances.values()) {
    const name = typeof state.value === 'string' ? state.value : JSON.stringify(state.value);
    states[name] = (states[name] ?? 0) + 1;
    mailboxDepthMax = Math.max(mailboxDepthMax, mailbox?.length ?? 0);
  }
  const { name, instances, counts } = kind;
  return { kind: name, instances: instances.size, states, mailboxDepthMax, ...counts };
}
