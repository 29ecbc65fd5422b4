/**
 * The fault plan of a scenario at work on a live cluster: tells the triggers what is seen, and asks the supervisor for
 * the faults they name. Best effort: between what is seen and what is done lie a few milliseconds.
 */
import type { Bus, Subscription } from '../../bus/bus.ts';
import { STEPPING_PROCESS } from '../../machines/chaos/every-step.ts';
import { compileSubject } from '../../machines/chaos/match.ts';
import type { Observation, WriteBegun } from '../../machines/chaos/observation.ts';
import type { Fault, Scenario, Target } from '../../machines/chaos/scenario.ts';
import { FAULTS } from '../../machines/chaos/scenario-fields.ts';
import { comesAtItsStep } from '../../machines/chaos/scenario-sense.ts';
import { createTriggers, type Triggers } from '../../machines/chaos/triggers.ts';
import type { StepRecord } from '../../machines/step-record.ts';
import type { Clock } from '../clock.ts';
import { busPattern } from './live-observer.ts';
import {
  type ArmedCrash,
  FAULT_MS_MAX,
  type HitLimits,
  type Inject,
  type ProcessSight,
} from './protocol.ts';

export interface LiveFaultsOptions {
  readonly scenario: Scenario;
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  /** Numbers from 0 to below 1, by the seed. */
  readonly draw: () => number;
  readonly limits: HitLimits;
  readonly processes: readonly ProcessSight[];
  /** Begins a fault; why not, where it is refused. */
  readonly inject: (command: Inject) => Promise<string | undefined>;
  readonly onRefused: (fault: string, why: string) => void;
}

interface Asker {
  readonly from: string;
  readonly user: string;
}

/** Requests and writes remembered to tell who asked for what; the oldest go first. */
const REMEMBERED_MAX = 10_000;
/** A fault that is to hit the next message or write alone is at work for this long. */
const NEXT_ONE_MS = 100;
/** One that is over as soon as it has begun is said for so long: each process does it once. */
const INSTANT_MS = 1_000;

/** See the file comment. */
export class LiveFaults {
  /** Messages that were seen. */
  messages = 0;
  readonly #options: LiveFaultsOptions;
  readonly #triggers: Triggers;
  readonly #byName: ReadonlyMap<string, Fault>;
  /** Who sent a request, by its message. */
  readonly #askers = new Map<string, Asker>();
  /** The message of a request, by process and machine; and of the machine that took the last step. */
  readonly #started = new Map<string, string>();
  readonly #requests = new Map<string, string>();
  /** Writes without an answer yet. */
  readonly #writes = new Map<
    string,
    { readonly seen: WriteBegun; readonly asker?: Asker | undefined }
  >();
  readonly #subscriptions: Subscription[] = [];
  #startMs = 0;
  #endMs = 0;
  #steps = 0;
  #cancel: (() => void) | undefined;
  #loose = false;

  constructor(options: LiveFaultsOptions) {
    this.#options = options;
    this.#byName = new Map(options.scenario.faults.map((fault) => [fault.name, fault]));
    const { faults } = options.scenario;
    this.#triggers = createTriggers(
      faults.filter((fault) => armedStep(fault) === undefined),
      options.draw,
    );
  }

  /** Whether step records are needed. */
  get wantsSteps(): boolean {
    const { steps, counts, writes } = this.#triggers.hears;
    return steps || counts || writes;
  }

  /** The command that begins a fault; `stepping` is the process that set it off, where one has. */
  commandOf(fault: Fault, dryRun: boolean, stepping?: string): Inject {
    const { clock, limits } = this.#options;
    const { target } = fault;
    const leftMs = Math.max(1_000, this.#endMs - clock.nowMs());
    const wantedMs = FAULTS[fault.what.fault].instant ? INSTANT_MS : (fault.forMs ?? leftMs);
    const forMs = wantedMs === 0 ? NEXT_ONE_MS : wantedMs;
    return {
      ...{ do: 'inject', name: fault.name, fault: fault.what, dryRun, limits },
      target: target.process === STEPPING_PROCESS ? steppingTarget(target, stepping) : target,
      forMs: Math.min(FAULT_MS_MAX, forMs),
    };
  }

  /** Crashes at steps, which the processes themselves wait for. */
  get armed(): readonly ArmedCrash[] {
    const { limits, scenario, clock } = this.#options;
    const untilMs = clock.nowMs() + scenario.forMs;
    return scenario.faults.flatMap((fault) => {
      const crash = armedStep(fault);
      if (crash === undefined) return [];
      const { name, target, times, forMs } = fault;
      return [{ ...crash, name, target, times, forMs, untilMs, limits }];
    });
  }

  /** From now on what the triggers wait for has its fault. */
  letLoose(): void {
    const { clock, scenario } = this.#options;
    this.#startMs = clock.nowMs();
    this.#endMs = this.#startMs + scenario.forMs;
    this.#loose = true;
    this.#listen();
    this.#awaitTime();
  }

  /** Begins nothing any more. */
  close(): void {
    this.#loose = false;
    this.#cancel?.();
    for (const subscription of this.#subscriptions.splice(0)) subscription.close();
  }

  /** Something was seen. */
  observe(seen: Observation): void {
    if (!this.#loose) return;
    const { hears } = this.#triggers;
    if (seen.type === 'step') {
      this.#steps += 1;
      if (hears.writes) this.#requestStep(seen.process, seen.record);
      if (hears.steps) this.#begin(this.#triggers.onStep(seen.process, seen.record), seen.process);
      if (hears.counts) this.#begin(this.#triggers.onStepCount(this.#steps), seen.process);
    } else if (hears.writes && seen.type === 'write.begun') {
      const asker = this.#askers.get(this.#requests.get(seen.process) ?? '');
      remember(this.#writes, seen.op, { seen, asker });
      this.#onWrite('before', seen, asker);
    } else if (hears.writes && seen.type === 'write.ended') {
      const write = this.#writes.get(seen.op);
      this.#writes.delete(seen.op);
      if (write !== undefined && seen.outcome === 'ok') {
        this.#onWrite('after', write.seen, write.asker);
      }
    }
  }

  /** A request's machine writes at once after its step: the last one that took a step is who writes. */
  #requestStep(process: string, { actor, event, messageId }: StepRecord): void {
    if (!actor.startsWith('api-request/')) return;
    const id = `${process} ${actor}`;
    if (event === '(start)') remember(this.#started, id, messageId);
    this.#requests.set(process, this.#started.get(id) ?? '');
  }

  #onWrite(when: 'before' | 'after', { writes, messageId, process }: WriteBegun, asker?: Asker) {
    const { from = '', user = '' } = asker ?? {};
    for (const { key, operation, expected } of writes) {
      const kind = operation === 'delete' ? 'delete' : expected === 0 ? 'create' : 'update';
      const write = { key, operation: kind, from, user, causes: [], messageId } as const;
      this.#begin(this.#triggers.onWrite(when, write), this.#processOf(user) ?? process);
    }
  }

  /** The process that a bus user is. */
  #processOf(user: string): string | undefined {
    const node = /^system:node:(.*)$/.exec(user)?.[1];
    const role = { 'system:kube-scheduler': 'scheduler' }[user];
    const controllers = user === 'system:kube-controller-manager' ? 'controllers' : undefined;
    const wanted = role ?? controllers;
    return node ?? this.#options.processes.find((one) => one.role === wanted)?.name;
  }

  /** Subscribes to what triggers wait for; who asked for a write is known from its request. */
  #listen(): void {
    const { bus, cluster, scenario } = this.#options;
    const patterns = new Set(
      scenario.faults.flatMap(({ trigger }) => (trigger.kind === 'message' ? trigger.subject : [])),
    );
    if (this.#triggers.hears.writes) patterns.add('api.>');
    for (const pattern of patterns) {
      const isLog = compileSubject(pattern)('log.core.pods.default.web');
      const subscription = bus.subscribe(busPattern(cluster, pattern), ({ subject, envelope }) => {
        this.messages += 1;
        const short = subject.slice(cluster.length + 1);
        const [what, user = ''] = short.split('.').map(unescapeUser);
        if (what === 'api') remember(this.#askers, envelope.id, { from: envelope.from, user });
        const from = what === 'api' ? (this.#processOf(user) ?? user) : what === 'beat' ? user : '';
        for (const to of this.#receivers(what ?? '', user, isLog)) {
          this.#begin(this.#triggers.onMessage({ subject: short, from, to }), from);
        }
      });
      this.#subscriptions.push(subscription);
    }
  }

  #receivers(what: string, second: string, isLog: boolean): readonly string[] {
    const { processes } = this.#options;
    const first = (role: string) => processes.find((one) => one.role === role)?.name ?? role;
    if (what === 'api') return [first('apiserver')];
    if (what === 'beat') return [first('controllers')];
    if (what === 'node') return [second];
    if (!isLog) return [''];
    return processes.filter(({ role }) => role !== 'node' && role !== 'store').map((p) => p.name);
  }

  #awaitTime(): void {
    const { clock } = this.#options;
    const nextMs = this.#triggers.nextTimeMs();
    if (nextMs === undefined || !this.#loose) return;
    this.#cancel = clock.at(this.#startMs + nextMs, () => {
      if (!this.#loose) return;
      this.#begin(this.#triggers.onTime(nextMs), '');
      this.#awaitTime();
    });
  }

  #begin(names: readonly string[], stepping: string): void {
    const { inject, onRefused } = this.#options;
    for (const name of names) {
      const fault = this.#byName.get(name) as Fault;
      inject(this.commandOf(fault, false, stepping)).then(
        (why) => {
          if (why === undefined) return;
          this.#triggers.putBack(name);
          onRefused(name, why);
        },
        (error: Error) => onRefused(name, error.message),
      );
    }
  }
}

/** Who took the step; any one, as long as nobody has. */
const steppingTarget = (target: Target, stepping: string | undefined): Target =>
  stepping === undefined
    ? { ...target, process: undefined, count: 1 }
    : { ...target, process: stepping };

/** The step at which a process is to crash; undefined for any other fault. */
function armedStep(fault: Fault): Pick<ArmedCrash, 'fault' | 'step' | 'nth'> | undefined {
  const { what, trigger } = fault;
  if (!comesAtItsStep(fault) || what.fault !== 'crash' || trigger.kind !== 'step') return;
  const { actor, process, event, enters, nth } = trigger;
  return { fault: what, step: { actor, process, event, enters }, nth };
}

const unescapeUser = (token: string): string =>
  token.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED_MAX && oldest !== undefined) map.delete(oldest);
}
