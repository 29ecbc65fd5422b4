/**
 * The grip that chaos has on the processes of a cluster: brings each into the condition that the faults at work add up
 * to, and knows which it has stopped or keeps down.
 *
 * Nothing is stopped before the journal says so. Never decides which faults are at work.
 */
import type { Observation } from '../../machines/chaos/observation.ts';
import type { ArmedStep } from './armed-crashes.ts';
import { conditionOf, type Hittable } from './hittable.ts';
import { markOf, type ProcessMark, signalMarked } from './journal.ts';
import type { ProcessRule, ProcessSight, RulesMessage, Watching } from './protocol.ts';
import { UNWATCHED } from './protocol.ts';

export interface GripOptions {
  readonly processes: readonly Hittable[];
  /** The faults at work on a process. */
  readonly rulesOn: (process: Hittable) => readonly ProcessRule[];
  /** Steps at which processes are to stand still. */
  readonly armed: () => readonly ArmedStep[];
  /** Writes down what is at work and what is stopped. */
  readonly write: (stopped: readonly ProcessMark[]) => void;
  /** Called before a process is stopped: somebody is to continue it if nobody else can. */
  readonly guard: () => Promise<void>;
  readonly nowMs: () => number;
  readonly onSeen: (seen: Observation) => void;
}

/** See the file comment. */
export class Grip {
  readonly #options: GripOptions;
  readonly #stopped = new Map<string, ProcessMark>();
  readonly #down = new Set<string>();
  /** How many revisions in the past the next start of a process begins. */
  readonly #behind = new Map<string, number>();
  #watching: Watching = UNWATCHED;

  constructor(options: GripOptions) {
    this.#options = options;
  }

  /** What all processes are to tell of from now on. */
  watch(watching: Watching): void {
    this.#watching = watching;
    this.tellAll();
  }

  /** Tells every process all that holds for it. */
  tellAll(): void {
    for (const process of this.#options.processes) process.tell(this.#message(process));
  }

  /** A process runs anew: the faults at work hold for it too. True where it was stopped, and is to be again. */
  started(process: Hittable): boolean {
    const behind = this.#behind.get(process.name) ?? 0;
    this.#behind.delete(process.name);
    process.tell({ ...this.#message(process), behind });
    // A connection cut before stays cut: the proxies outlive the process. A stopped one is a new process now.
    return this.#stopped.delete(process.name);
  }

  /** The next start of these processes begins so many revisions in the past, or more where that was said before. */
  startBehind(names: readonly string[], revisions: number): void {
    for (const name of names) {
      this.#behind.set(name, Math.max(revisions, this.#behind.get(name) ?? 0));
    }
  }

  sight(): readonly ProcessSight[] {
    return this.#options.processes.map(({ name, role, pid, restarts }) => ({
      ...{ name, role, pid, restarts },
      state: pid === 0 ? 'down' : this.#stopped.has(name) ? 'paused' : 'running',
    }));
  }

  /** Brings processes into the condition that the faults at work add up to. */
  async settle(processes: readonly Hittable[]): Promise<void> {
    const conditions = processes.map((process) => ({ process, ...this.#condition(process) }));
    const stop = conditions.filter(({ stopped, process }) => stopped && !this.#isStopped(process));
    if (stop.length > 0) await this.#options.guard();
    for (const { process } of stop) {
      const mark = await markOf(process.name, process.pid);
      if (mark !== undefined) this.#stopped.set(process.name, mark);
    }
    this.#write();
    for (const { process, down, power, stopped, cut, rules } of conditions) {
      process.tell(this.#messageOf(rules));
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

  #condition(process: Hittable) {
    return conditionOf(this.#options.rulesOn(process));
  }

  #message(process: Hittable): RulesMessage {
    return this.#messageOf(this.#condition(process).rules);
  }

  #messageOf(chaos: readonly ProcessRule[]): RulesMessage {
    return { chaos, watching: this.#watching, armed: this.#options.armed() };
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
    const { onSeen, nowMs } = this.#options;
    onSeen({ type: 'process', process: name, role, state, power, atMs: nowMs() });
  }

  #write(): void {
    this.#options.write([...this.#stopped.values()]);
  }
}
