/**
 * The chaos controller of a live cluster, in its supervisor: begins faults, ends each at its deadline, and undoes
 * everything on demand. The state of every process follows from the list of faults at work (`grip.ts`), so that faults
 * which overlap end in any order.
 *
 * Nothing is done before the journal says so. Nothing is begun that has no deadline, hits nothing, or hits more at once
 * than allowed. One command at a time.
 */
import { STEPPING_PROCESS } from '../../machines/chaos/every-step.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import type { Clock } from '../clock.ts';
import { CommandError } from '../cluster/command-error.ts';
import { ArmedCrashes } from './armed-crashes.ts';
import { type AtWork, faultSeen, plainFault, rulesOn, whatOf } from './at-work.ts';
import { beyondRadius } from './blast-radius.ts';
import { Grip } from './grip.ts';
import { canHave, type Hittable, simulationAlone } from './hittable.ts';
import { type ProcessMark, writeJournal } from './journal.ts';
import {
  type ActiveFault,
  type ArmedCrash,
  type ChaosAnswer,
  type ChaosCommand,
  FAULT_MS_MAX,
  FAULTS_MAX,
  type Inject,
  type ProcessSight,
} from './protocol.ts';
import { meansStore, renderTarget, resolveTarget, type TargetResult } from './target.ts';

export interface ControllerOptions {
  readonly cluster: string;
  readonly dataDir: string;
  /** The supervisor's own process. */
  readonly self: ProcessMark;
  readonly clock: Clock;
  readonly processes: readonly Hittable[];
  /** Nodes hit at once at most, whatever a command says; undefined: one, and a command may say more. */
  readonly blastRadius: number | undefined;
  /** Gives a number from 0 to below 1. */
  readonly draw: () => number;
  /** Nodes on which the selected pods run. */
  readonly nodesOfPods: (selector: NonNullable<Target['pods']>) => Promise<readonly string[]>;
  /** Name of the store's process that leads. */
  readonly storeLeader: () => Promise<string>;
  /** Called before a process is stopped: somebody is to continue it if this process dies first. */
  readonly guard: () => Promise<void>;
  readonly onSeen: (seen: Observation) => void;
}

/** A controller at work. */
export interface ChaosController {
  handle(command: ChaosCommand): Promise<ChaosAnswer>;
  /** A process of this name runs anew: the faults at work hold for it too. */
  started(name: string): void;
  /** A process stands still at a step that is armed: resolves when it is decided, and done, whether it dies there. */
  reached(name: string, process: string): Promise<void>;
  sight(): readonly ProcessSight[];
  /** When a fault was at work last: now, where one is. */
  lastFaultMs(): number;
  /** Undoes everything; nothing is begun any more. */
  close(): Promise<void>;
}

/** Makes a controller; nothing is touched before the first command. */
export function createChaosController(options: ControllerOptions): ChaosController {
  return new Controller(options);
}

class Controller implements ChaosController {
  readonly #options: ControllerOptions;
  readonly #faults = new Map<number, AtWork>();
  readonly #grip: Grip;
  readonly #armed = new ArmedCrashes();
  #injections = 0;
  #quietSinceMs = 0;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { processes, cluster, clock, dataDir, self, onSeen, guard } = options;
    this.#grip = new Grip({
      ...{ processes, onSeen, guard, nowMs: () => clock.nowMs() },
      armed: () => this.#armed.steps,
      rulesOn: (process) => rulesOn(process, this.#faults.values(), processes, cluster),
      write: (stopped) => {
        const faults = [...this.#faults.values()].map(plainFault);
        writeJournal(dataDir, { cluster, supervisor: self, faults, stopped });
      },
    });
  }

  handle(command: ChaosCommand): Promise<ChaosAnswer> {
    return this.#inTurn(() => this.#handle(command)).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      return { ok: false, message: error.message, advice: error.advice };
    });
  }

  started(name: string): void {
    const process = this.#options.processes.find((one) => one.name === name);
    if (process === undefined || !this.#grip.started(process)) return;
    void this.#inTurn(() => this.#grip.settle([process]));
  }

  sight(): readonly ProcessSight[] {
    return this.#grip.sight();
  }

  lastFaultMs(): number {
    return this.#faults.size > 0 ? this.#options.clock.nowMs() : this.#quietSinceMs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#inTurn(() => this.#end([...this.#faults.values()]));
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #handle(command: ChaosCommand): Promise<ChaosAnswer> {
    switch (command.do) {
      case 'status':
        return this.#answer([]);
      case 'stop': {
        const all = [...this.#faults.values()];
        this.#arm([]);
        await this.#end(all);
        return this.#answer(all);
      }
      case 'end': {
        const ending = await this.#matching(command);
        if (!command.dryRun) await this.#end(ending);
        return this.#answer(ending);
      }
      case 'watch':
        this.#grip.watch(command.watching);
        return this.#answer([]);
      case 'arm':
        this.#arm(command.crashes);
        return this.#answer([]);
      case 'inject':
        return this.#answer([await this.#inject(command)]);
    }
  }

  #arm(crashes: readonly ArmedCrash[]): void {
    this.#armed.set(crashes);
    this.#grip.tellAll();
  }

  reached(name: string, process: string): Promise<void> {
    return this.#inTurn(async () => {
      const nowMs = this.#options.clock.nowMs();
      const crash = this.#armed.reached(name);
      if (crash === undefined || crash.untilMs <= nowMs) return;
      const stepping = crash.target.process === STEPPING_PROCESS;
      const target = stepping ? { ...crash.target, process } : crash.target;
      const forMs = Math.min(crash.forMs ?? crash.untilMs - nowMs, FAULT_MS_MAX);
      try {
        await this.#inject({ ...crash, do: 'inject', target, forMs, dryRun: false });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        this.#armed.putBack(name);
      }
      this.#grip.tellAll();
    });
  }

  #answer(did: readonly ActiveFault[]): ChaosAnswer {
    const faults = [...this.#faults.values()].map(plainFault);
    return { ok: true, did: did.map(plainFault), faults, processes: this.sight() };
  }

  async #matching(command: Extract<ChaosCommand, { do: 'end' }>): Promise<readonly AtWork[]> {
    const { target, faults, injection } = command;
    const kinds = [...this.#faults.values()].filter(
      (one) =>
        faults.includes(one.kind) && (injection === undefined || one.injection === injection),
    );
    if (target === undefined) return kinds;
    const names = (await this.#resolve(target, this.#options.processes)).map(({ name }) => name);
    const ending = kinds.filter(({ targets }) => targets.some((name) => names.includes(name)));
    if (ending.length > 0) return ending;
    throw refusal(
      `no ${faults.join(' or ')} is at work on ${renderTarget(target)}`,
      '`kabuki chaos status` lists the faults at work.',
    );
  }

  async #resolve(target: Target, from: readonly Hittable[]): Promise<readonly Hittable[]> {
    const nodes = target.pods === undefined ? [] : await this.#options.nodesOfPods(target.pods);
    return found(resolveTarget(target, from, nodes, this.#options.draw));
  }

  async #inject(command: Inject): Promise<ActiveFault> {
    const { clock, onSeen } = this.#options;
    const { fault, name, target } = command;
    this.#refuse(command);
    const targets = namesOf(await this.#hitBy(fault, target));
    const atWorkNow = [...this.#faults.values()];
    const beyond = beyondRadius(
      this.#options,
      { fault, target, targets },
      atWorkNow,
      command.limits,
    );
    if (beyond !== undefined) throw refusal(beyond.message, beyond.advice);
    const others = await this.#othersOf(fault);
    const nowMs = clock.nowMs();
    const active: ActiveFault = {
      injection: this.#injections + 1,
      ...{ name, kind: fault.fault, targets, what: whatOf(fault, target) },
      ...{ beganMs: nowMs, untilMs: nowMs + command.forMs },
    };
    if (command.dryRun) return active;
    this.#injections += 1;
    const cancel = clock.at(active.untilMs, () => {
      void this.#inTurn(() => this.#end([atWork]));
    });
    const atWork: AtWork = { ...active, fault, target, cancel, others };
    this.#faults.set(active.injection, atWork);
    await this.#settleAll([atWork]);
    onSeen(faultSeen(active, 'begun', nowMs));
    return active;
  }

  /** All reasons not to begin that need no look at the processes. */
  #refuse({ fault, forMs }: Inject): void {
    if (this.#closed) throw refusal('the cluster is ending', '');
    if (simulationAlone(fault.fault)) {
      throw refusal(`${fault.fault} exists in the simulation alone`, 'Use `kabuki sim`.');
    }
    if (!(forMs > 0 && forMs <= FAULT_MS_MAX)) {
      throw refusal('a fault lasts for more than nothing and at most 1h', 'Say so with --for.');
    }
    if (this.#faults.size >= FAULTS_MAX) {
      throw refusal(`${FAULTS_MAX} faults are at work already`, 'End some: `kabuki chaos stop`.');
    }
  }

  async #hitBy(fault: FaultAction, target: Target): Promise<readonly Hittable[]> {
    const fit = this.#options.processes.filter(({ role }) => canHave(fault.fault, role));
    if (fault.fault === 'store-server' && fault.leader) {
      const leader = await this.#options.storeLeader();
      return fit.filter(({ name }) => name === leader);
    }
    // What is done to the store as processes see it hits all who use it.
    if (meansStore(target) && !fit.some(({ role }) => role === 'store')) {
      return this.#resolve({ ...target, role: undefined, process: undefined }, fit);
    }
    return this.#resolve(target, fit);
  }

  async #othersOf(fault: FaultAction): Promise<readonly string[] | undefined> {
    if (fault.fault !== 'partition' || fault.from === undefined) return undefined;
    return namesOf(await this.#resolve(fault.from, this.#options.processes));
  }

  async #end(ending: readonly AtWork[]): Promise<void> {
    const { clock, onSeen } = this.#options;
    const still = ending.filter(({ injection }) => this.#faults.delete(injection));
    if (still.length === 0) return;
    for (const { cancel, fault, targets } of still) {
      cancel();
      const behind = fault.fault === 'crash' ? fault.staleRevisions : 0;
      if (behind > 0) this.#grip.startBehind(targets, behind);
    }
    await this.#settleAll(still);
    const atMs = clock.nowMs();
    this.#quietSinceMs = atMs;
    for (const one of still) onSeen(faultSeen(one, 'ended', atMs));
  }

  /** Settles whoever these faults concern. */
  #settleAll(faults: readonly AtWork[]): Promise<void> {
    const names = new Set(faults.flatMap(({ targets, others }) => [...targets, ...(others ?? [])]));
    return this.#grip.settle(this.#options.processes.filter(({ name }) => names.has(name)));
  }
}

const namesOf = (list: readonly Hittable[]): readonly string[] => list.map(({ name }) => name);

const refusal = (message: string, advice: string): CommandError =>
  new CommandError(message, undefined, advice);

function found<T>(result: TargetResult<T>): T {
  if (result.ok) return result.value;
  throw refusal(result.message, result.advice);
}
