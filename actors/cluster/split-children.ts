/**
 * The children of a cluster that was started for chaos: all processes but the store's servers, each kept running and on
 * links of its own. Tells the supervisor of chaos what comes and goes.
 */
import type { LogHistory } from '../../bus/faults/log-history.ts';
import { openLinks } from '../chaos/links.ts';
import { pastUpTo } from '../chaos/past.ts';
import {
  type PastMessage,
  type PastQuestion,
  type RulesMessage,
  type SeenMessage,
  UNWATCHED,
} from '../chaos/protocol.ts';
import type { Supervisor } from '../chaos/supervisor.ts';
import { ChaosChild } from './chaos-child.ts';
import { childSpecs } from './child-specs.ts';
import type { ChildEnd } from './children.ts';
import { EXIT } from './command-error.ts';
import type { KabukiProcess } from './process.ts';
import type { SplitOptions } from './split.ts';
import { Supervised } from './supervised.ts';

/** What a child is told before there is a controller. */
const NO_RULES: RulesMessage = { chaos: [], watching: UNWATCHED };

/** See the file comment. */
export class Children {
  readonly all: ChaosChild[] = [];
  supervisor: Supervisor | undefined;
  /** The past of the log, once it is followed. */
  history: LogHistory | undefined;
  /** Nothing that comes or goes is told any more. */
  ending = false;
  readonly #options: SplitOptions;
  readonly #own: KabukiProcess;

  constructor(options: SplitOptions, own: KabukiProcess) {
    this.#options = options;
    this.#own = own;
  }

  /** Makes the children and their links; starts none. */
  async open(apiserverPorts: readonly number[]): Promise<void> {
    const { up, layout, nats, identity } = this.#options;
    for (const spec of childSpecs(up, layout, apiserverPorts, identity)) {
      const links = await openLinks(nats.urls);
      const supervised = new Supervised({
        ...{ ...spec, env: up.env, clock: this.#own.clock },
        args: [up.script, ...spec.args, '--nats', links.urls.join(',')],
        onStarted: (child) => this.#started(child),
        onEnded: (child, how, held, end) => this.#ended(child, how, held, end),
        onAsked: (step) => this.#asked(step, spec.name),
        onSaid: (said) => this.#said(supervised, said as SeenMessage | PastQuestion),
      });
      this.all.push(new ChaosChild(supervised, links, spec.nodes, spec.nodeDir));
    }
  }

  /** Starts the children of these roles that do not run yet, at most so many; resolves when all are ready. */
  async start(roles: readonly string[], max = this.all.length): Promise<void> {
    const chosen = this.all.filter(
      ({ supervised, pid }) => roles.includes(supervised.role) && pid === 0,
    );
    await Promise.all(chosen.slice(0, max).map(({ supervised }) => supervised.start()));
  }

  async stop(deadlineMs: number): Promise<void> {
    this.ending = true;
    for (const { supervised } of this.all) supervised.retire();
    const [last, first] = [this.#of(true), this.#of(false)];
    await Promise.all(first.map(({ supervised }) => supervised.stop(deadlineMs)));
    await Promise.all(last.map(({ supervised }) => supervised.stop(deadlineMs)));
    await Promise.all(this.all.map((child) => child.close()));
  }

  #of(apiservers: boolean): readonly ChaosChild[] {
    return this.all.filter(({ role }) => (role === 'apiserver') === apiservers);
  }

  #said(child: Supervised, said: SeenMessage | PastQuestion): void {
    if ('seen' in said) this.supervisor?.see(said.seen);
    else void this.#tellPast(child, said);
  }

  /** A child stands still at a step. It goes on where something is wrong here. */
  async #asked(step: string, process: string): Promise<void> {
    await this.supervisor?.controller.reached(step, process).catch((error: Error) => {
      this.bug('supervisor', `cannot decide on ${step}: ${error.stack}`);
    });
  }

  async #tellPast(child: Supervised, { pastOf }: PastQuestion): Promise<void> {
    const past = await pastUpTo(this.history, pastOf, this.#own.clock);
    child.send({ past } satisfies PastMessage);
  }

  #started(child: Supervised): void {
    if (this.supervisor === undefined) child.send(NO_RULES);
    else this.supervisor.controller.started(child.name);
    this.#tell(child, 'started');
  }

  #ended(child: Supervised, how: string, held: boolean, end: ChildEnd): void {
    const { log, up } = this.#options;
    log.info({ name: child.name, how, held }, 'a process ended');
    if (held) return;
    if (!this.#isExcused(child, end)) this.bug(child.name, endWords(how, end));
    up.onLoss(`${child.role} ${child.name} ended (${how}); starting it again`);
    this.#tell(child, 'crashed');
  }

  /** Its end comes of faults, though none killed it. */
  #isExcused({ startedMs }: Supervised, { code, wasReady }: ChildEnd): boolean {
    if (code === EXIT.crashedOnPurpose) return true;
    // What cannot start while something is broken is tried again until it can.
    const lastFaultMs = this.supervisor?.controller.lastFaultMs() ?? 0;
    return !wasReady && lastFaultMs >= startedMs;
  }

  /** Tells that a process did what it must not. */
  bug(process: string, what: string): void {
    if (this.ending) return;
    this.supervisor?.see([{ type: 'bug', process, what, atMs: this.#own.clock.nowMs() }]);
  }

  #tell({ name, role }: Supervised, state: 'started' | 'crashed'): void {
    if (this.ending) return;
    const atMs = this.#own.clock.nowMs();
    this.supervisor?.see([{ type: 'process', process: name, role, state, power: false, atMs }]);
    this.#options.onProcesses();
  }
}

const endWords = (how: string, { complaint }: ChildEnd): string =>
  `ended by itself (${how})${complaint === '' ? '' : `: ${complaint}`}`;
