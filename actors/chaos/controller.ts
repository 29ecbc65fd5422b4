/**
 * The chaos controller of a live cluster, in its supervisor: begins faults, ends each at its deadline, and undoes
 * everything on demand. The state of every process follows from the list of faults at work, so that faults which
 * overlap end in any order.
 *
 * Nothing is done before the journal says so. Nothing is begun that has no deadline, hits nothing, or hits more nodes
 * at once than allowed. One command at a time.
 */
import { subject, subjectMatches } from '../../bus/subjects.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import type { Clock } from '../clock.ts';
import { CommandError } from '../cluster/command-error.ts';
import { canHave, conditionOf, type Hittable, hitsNodes, simulationAlone } from './hittable.ts';
import { markOf, type ProcessMark, signalMarked, writeJournal } from './journal.ts';
import {
  type ActiveFault,
  type ChaosAnswer,
  type ChaosCommand,
  FAULT_MS_MAX,
  FAULTS_MAX,
  type Inject,
  NODES_HIT_MAX,
  type ProcessRule,
  type ProcessSight,
  type RulesMessage,
  UNWATCHED,
  type Watching,
} from './protocol.ts';
import { subjectsBetween } from './sides.ts';
import { renderTarget, resolveTarget, type TargetResult } from './target.ts';
import { renderFault } from './words.ts';

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
  readonly onSeen: (seen: Observation) => void;
}

/** A controller at work. */
export interface ChaosController {
  handle(command: ChaosCommand): Promise<ChaosAnswer>;
  /** A process of this name runs anew: the faults at work hold for it too. */
  started(name: string): void;
  sight(): readonly ProcessSight[];
  /** Undoes everything; nothing is begun any more. */
  close(): Promise<void>;
}

interface AtWork extends ActiveFault {
  readonly fault: FaultAction;
  readonly target: Target;
  /** The other side of a partition; undefined: everybody. */
  readonly others: readonly string[] | undefined;
  readonly cancel: () => void;
}

/** Makes a controller; nothing is touched before the first command. */
export function createChaosController(options: ControllerOptions): ChaosController {
  return new Controller(options);
}

class Controller implements ChaosController {
  readonly #options: ControllerOptions;
  readonly #faults = new Map<number, AtWork>();
  readonly #stopped = new Map<string, ProcessMark>();
  readonly #down = new Set<string>();
  #watching: Watching = UNWATCHED;
  #injections = 0;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  handle(command: ChaosCommand): Promise<ChaosAnswer> {
    return this.#inTurn(() => this.#handle(command)).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      return { ok: false, message: error.message, advice: error.advice };
    });
  }

  started(name: string): void {
    const process = this.#options.processes.find((one) => one.name === name);
    if (process === undefined) return;
    process.tell(this.#message(name));
    // A connection cut before stays cut: the proxies outlive the process. A stopped one is a new process now.
    if (this.#stopped.delete(name)) void this.#inTurn(() => this.#settle([process]));
  }

  sight(): readonly ProcessSight[] {
    return this.#options.processes.map(({ name, role, pid, restarts }) => ({
      ...{ name, role, pid, restarts },
      state: pid === 0 ? 'down' : this.#stopped.has(name) ? 'paused' : 'running',
    }));
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
        await this.#end(all);
        return this.#answer(all);
      }
      case 'end': {
        const ending = await this.#matching(command);
        if (!command.dryRun) await this.#end(ending);
        return this.#answer(ending);
      }
      case 'watch':
        this.#watching = command.watching;
        for (const process of this.#options.processes) process.tell(this.#message(process.name));
        return this.#answer([]);
      case 'inject':
        return this.#answer([await this.#inject(command)]);
    }
  }

  #answer(did: readonly ActiveFault[]): ChaosAnswer {
    const faults = [...this.#faults.values()].map(plain);
    return { ok: true, did: did.map(plain), faults, processes: this.sight() };
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
    const hit = await this.#hitBy(fault, target);
    this.#checkRadius(fault, target, hit, command.maxNodes);
    const others = await this.#othersOf(fault);
    const nowMs = clock.nowMs();
    const active: ActiveFault = {
      injection: this.#injections + 1,
      ...{ name, kind: fault.fault },
      what: whatOf(fault, target),
      targets: hit.map((one) => one.name),
      beganMs: nowMs,
      untilMs: nowMs + command.forMs,
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
    return this.#resolve(target, fit);
  }

  #checkRadius(
    fault: FaultAction,
    target: Target,
    hit: readonly Hittable[],
    wanted: number | undefined,
  ): void {
    const { blastRadius, processes } = this.#options;
    const max = Math.min(wanted ?? blastRadius ?? NODES_HIT_MAX, blastRadius ?? Infinity);
    const already = [...this.#faults.values()].flatMap((one) => this.#nodesHit(one.fault, one));
    const names = new Set([
      ...already,
      ...this.#nodesHit(fault, { target, targets: namesOf(hit) }),
    ]);
    const count = processes.reduce((sum, one) => sum + (names.has(one.name) ? one.nodes : 0), 0);
    const more = names.size > new Set(already).size;
    if (count <= max || !more) return;
    throw refusal(
      `${count} nodes would be hit at once (${[...names].sort().join(', ')}), and ${max} may be`,
      blastRadius === undefined
        ? 'Allow more with --max-nodes, or with blastRadius.nodes in the scenario.'
        : 'Start the cluster with a larger --blast-radius to allow more.',
    );
  }

  /** Names of the nodes' processes that a fault takes out. */
  #nodesHit(
    fault: FaultAction,
    { target, targets }: { readonly target: Target; readonly targets: readonly string[] },
  ): readonly string[] {
    const nodes = this.#options.processes.filter(({ nodes: count }) => count > 0);
    if (hitsNodes(fault, target)) return namesOf(nodes).filter((name) => targets.includes(name));
    if (fault.fault !== 'drop' || fault.probability <= 0.5) return [];
    // Who loses all messages of a node's heartbeat loses the node.
    const pattern = `${this.#options.cluster}.${target.subject ?? '>'}`;
    return namesOf(nodes).filter((name) =>
      subjectMatches(pattern, subject(this.#options.cluster, 'beat', name)),
    );
  }

  async #end(ending: readonly AtWork[]): Promise<void> {
    const { clock, onSeen } = this.#options;
    const still = ending.filter(({ injection }) => this.#faults.delete(injection));
    if (still.length === 0) return;
    for (const { cancel } of still) cancel();
    await this.#settleAll(still);
    const atMs = clock.nowMs();
    for (const one of still) onSeen(faultSeen(one, 'ended', atMs));
  }

  async #othersOf(fault: FaultAction): Promise<readonly string[] | undefined> {
    if (fault.fault !== 'partition' || fault.from === undefined) return undefined;
    return namesOf(await this.#resolve(fault.from, this.#options.processes));
  }

  /** The faults that are at work on a process, on either side of a partition. */
  #on(name: string): readonly ProcessRule[] {
    return [...this.#faults.values()].flatMap((one) => {
      const { injection, fault, target, untilMs, targets, others } = one;
      const rule = { injection, fault, target, untilMs };
      if (fault.fault !== 'partition' || others === undefined || fault.from?.role === 'store') {
        return targets.includes(name) ? [rule] : [];
      }
      const to = targets.includes(name) && fault.direction !== 'to' ? others : [];
      const from = others.includes(name) && fault.direction !== 'from' ? targets : [];
      const cut = [...to, ...from].flatMap((other) => this.#between(name, other));
      return cut.length === 0 ? [] : [{ ...rule, cut: [...new Set(cut)] }];
    });
  }

  #between(sender: string, receiver: string): readonly string[] {
    const { processes, cluster } = this.#options;
    const find = (name: string) => processes.find((one) => one.name === name) as Hittable;
    return subjectsBetween(cluster, find(sender), find(receiver));
  }

  /** Settles whoever these faults concern. */
  #settleAll(faults: readonly AtWork[]): Promise<void> {
    const names = new Set(faults.flatMap(({ targets, others }) => [...targets, ...(others ?? [])]));
    return this.#settle(this.#options.processes.filter(({ name }) => names.has(name)));
  }

  #message(name: string): RulesMessage {
    return { chaos: conditionOf(this.#on(name)).rules, watching: this.#watching };
  }

  /** Brings processes into the condition that the faults at work add up to. */
  async #settle(processes: readonly Hittable[]): Promise<void> {
    const conditions = processes.map((process) => ({
      process,
      ...conditionOf(this.#on(process.name)),
    }));
    const stop = conditions.filter(({ stopped, process }) => stopped && !this.#isStopped(process));
    for (const { process } of stop) {
      const mark = await markOf(process.name, process.pid);
      if (mark !== undefined) this.#stopped.set(process.name, mark);
    }
    this.#write();
    for (const { process, down, power, stopped, cut, rules } of conditions) {
      process.tell({ chaos: rules, watching: this.#watching });
      process.partition(cut);
      if (down) this.#takeDown(process, power);
      if (stopped && !down) await this.#signal(process, 'SIGSTOP');
      if (!stopped && this.#stopped.has(process.name)) {
        await this.#signal(process, 'SIGCONT');
        this.#stopped.delete(process.name);
      }
      if (!down && this.#down.delete(process.name)) process.release();
    }
    this.#write();
  }

  #takeDown(process: Hittable, power: boolean): void {
    if (this.#down.has(process.name)) return;
    this.#down.add(process.name);
    this.#stopped.delete(process.name);
    process.hold(power);
    this.#see(process, 'crashed', power);
  }

  #isStopped({ name, pid }: Hittable): boolean {
    return this.#stopped.get(name)?.pid === pid;
  }

  async #signal(process: Hittable, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const mark = this.#stopped.get(process.name);
    if (mark === undefined || !(await signalMarked(mark, signal))) return;
    this.#see(process, signal === 'SIGSTOP' ? 'paused' : 'resumed');
  }

  #see({ name, role }: Hittable, state: 'crashed' | 'paused' | 'resumed', power = false): void {
    const { onSeen, clock } = this.#options;
    onSeen({ type: 'process', process: name, role, state, power, atMs: clock.nowMs() });
  }

  #write(): void {
    const { cluster, dataDir } = this.#options;
    writeJournal(dataDir, {
      ...{ cluster, supervisor: this.#options.self },
      faults: [...this.#faults.values()].map(plain),
      stopped: [...this.#stopped.values()],
    });
  }
}

const namesOf = (list: readonly Hittable[]): readonly string[] => list.map(({ name }) => name);

function whatOf(fault: FaultAction, target: Target): string {
  const on = target.subject === undefined ? '' : ` on ${target.subject}`;
  return `${renderFault(fault)}${on}`;
}

/** What is said of a fault, without what only the controller needs. */
function plain({
  injection,
  name,
  kind,
  what,
  targets,
  beganMs,
  untilMs,
}: ActiveFault): ActiveFault {
  return { injection, name, kind, what, targets, beganMs, untilMs };
}

const faultSeen = (
  { name, injection, kind, targets }: ActiveFault,
  state: 'begun' | 'ended',
  atMs: number,
): Observation => ({ type: 'fault', state, atMs, name, injection, what: kind, targets });

const refusal = (message: string, advice: string): CommandError =>
  new CommandError(message, undefined, advice);

function found<T>(result: TargetResult<T>): T {
  if (result.ok) return result.value;
  throw refusal(result.message, result.advice);
}
