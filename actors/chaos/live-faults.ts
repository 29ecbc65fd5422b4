/**
 * The fault plan of a scenario at work on a live cluster: tells the triggers what is seen, and asks the supervisor for
 * the faults they name. Best effort: between what is seen and what is done lie a few milliseconds.
 */
import type { Bus, Subscription } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { STEPPING_PROCESS } from '../../machines/chaos/every-step.ts';
import { compileSubject } from '../../machines/chaos/match.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { Fault, Scenario } from '../../machines/chaos/scenario.ts';
import { createTriggers, type Triggers } from '../../machines/chaos/triggers.ts';
import type { Clock } from '../clock.ts';
import { busPattern } from './live-observer.ts';
import { FAULT_MS_MAX, type Inject, type ProcessSight } from './protocol.ts';

export interface LiveFaultsOptions {
  readonly scenario: Scenario;
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  /** Numbers from 0 to below 1, by the seed. */
  readonly draw: () => number;
  readonly maxNodes: number | undefined;
  readonly processes: readonly ProcessSight[];
  /** Begins a fault; why not, where it is refused. */
  readonly inject: (command: Inject) => Promise<string | undefined>;
  readonly onRefused: (fault: string, why: string) => void;
}

/** Requests remembered to tell who asked for a write. */
const ASKERS_MAX = 10_000;
/** A fault that is to hit the next message or write alone is at work for this long. */
const NEXT_ONE_MS = 100;

/** See the file comment. */
export class LiveFaults {
  /** Messages that were seen. */
  messages = 0;
  readonly #options: LiveFaultsOptions;
  readonly #triggers: Triggers;
  readonly #byName: ReadonlyMap<string, Fault>;
  readonly #askers = new Map<string, Pick<Envelope, 'from'> & { readonly user: string }>();
  readonly #subscriptions: Subscription[] = [];
  /** Keys of live objects: what is put under another is a creation. */
  readonly #known = new Set<string>();
  #startMs = 0;
  #endMs = 0;
  #steps = 0;
  #cancel: (() => void) | undefined;
  #loose = false;

  constructor(options: LiveFaultsOptions) {
    this.#options = options;
    this.#byName = new Map(options.scenario.faults.map((fault) => [fault.name, fault]));
    this.#triggers = createTriggers(options.scenario.faults, options.draw);
  }

  /** Whether step records are needed. */
  get wantsSteps(): boolean {
    const { steps, counts } = this.#triggers.hears;
    return steps || counts;
  }

  /** The command that begins a fault; `stepping` is the process that set it off. */
  commandOf(fault: Fault, dryRun: boolean, stepping?: string): Inject {
    const { clock, maxNodes } = this.#options;
    const { target } = fault;
    const process = target.process === STEPPING_PROCESS ? stepping : target.process;
    const leftMs = Math.max(1_000, this.#endMs - clock.nowMs());
    const forMs = fault.forMs === 0 ? NEXT_ONE_MS : (fault.forMs ?? leftMs);
    return {
      ...{ do: 'inject', name: fault.name, fault: fault.what, dryRun, maxNodes },
      target: { ...target, process },
      forMs: Math.min(FAULT_MS_MAX, forMs),
    };
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
    const born = seen.type === 'committed' && !this.#known.has(seen.key);
    if (seen.type === 'committed') {
      if (seen.operation === 'put') this.#known.add(seen.key);
      else this.#known.delete(seen.key);
    }
    if (!this.#loose) return;
    const { hears } = this.#triggers;
    if (seen.type === 'step') {
      this.#steps += 1;
      if (hears.steps) this.#begin(this.#triggers.onStep(seen.process, seen.record), seen.process);
      if (hears.counts) this.#begin(this.#triggers.onStepCount(this.#steps), seen.process);
    } else if (hears.writes && seen.type === 'write.begun') {
      for (const { key, operation, expected } of seen.writes) {
        const kind = operation === 'delete' ? 'delete' : expected === 0 ? 'create' : 'update';
        this.#onWrite('before', key, kind, seen.messageId, [], seen.process);
      }
    } else if (hears.writes && seen.type === 'committed') {
      const { key, operation, messageId, causes } = seen;
      const kind = operation === 'delete' ? 'delete' : born ? 'create' : 'update';
      this.#onWrite('after', key, kind, messageId ?? '', causes, '');
    }
  }

  #onWrite(
    when: 'before' | 'after',
    key: string,
    operation: 'create' | 'update' | 'delete',
    messageId: string,
    causes: readonly string[],
    process: string,
  ): void {
    const asker = causes.map((cause) => this.#askers.get(cause)).find((one) => one !== undefined);
    const { from = '', user = '' } = asker ?? {};
    const write = { key, operation, from, user, causes, messageId };
    this.#begin(this.#triggers.onWrite(when, write), this.#processOf(user) ?? process);
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
        if (what === 'api') this.#remember(envelope, user);
        const from = what === 'api' ? (this.#processOf(user) ?? user) : what === 'beat' ? user : '';
        for (const to of this.#receivers(what ?? '', user, isLog)) {
          this.#begin(this.#triggers.onMessage({ subject: short, from, to }), from);
        }
      });
      this.#subscriptions.push(subscription);
    }
  }

  #remember({ id, from }: Envelope, user: string): void {
    this.#askers.set(id, { from, user });
    const [oldest] = this.#askers.keys();
    if (this.#askers.size > ASKERS_MAX && oldest !== undefined) this.#askers.delete(oldest);
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

const unescapeUser = (token: string): string =>
  token.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
