/**
 * The breakpoints of a process: hold actors that meet a filter, let single messages through, let go.
 *
 * A filter about what a step came of (`enters`, `effect`, ...) holds an actor after that step; any other before the
 * message is taken. Every breakpoint and every hold ends by itself, whatever becomes of who set it. A limit holds for
 * the whole cluster: processes tell each other of what they hold, and whoever came too late lets go at once.
 */

import type { MachineState } from '../../machines/step.ts';
import { renderStep, type StepRecord } from '../../machines/step-record.ts';
import type { BreakpointState, HeldActor, MessageNote } from '../../machines/trace/actor-state.ts';
import { type Filter, matchesFilter, parseFilter } from '../../machines/trace/filter.ts';
import { takenFacts, waitingFacts } from '../../machines/trace/filter-facts.ts';
import { OUTCOME_FIELDS } from '../../machines/trace/filter-fields.ts';
import type { Clock } from '../clock.ts';
import type { Gate, Host, Mail, StepDetail } from '../host.ts';
import type { HoldTold } from './debug-protocol.ts';
import { HitList } from './hit-list.ts';

/** Breakpoints of a process; of more, those that are over make room, and otherwise a new one is refused. */
export const BREAKPOINTS_MAX = 16;
/** Names of removed ones that are remembered. */
const REMOVED_MAX = 64;
/** The longest that anything is held without being asked for again. */
export const HOLD_MS_MAX = 3_600_000;

/** What an administrator wants of a breakpoint. */
export interface BreakpointWish {
  readonly filter: string;
  /** How long it looks, and how long an actor is held that nobody steps, milliseconds. */
  readonly forMs: number;
  /** It looks no longer than until then, milliseconds since the epoch: it was set elsewhere before. */
  readonly untilMs?: number | undefined;
  /** After so many actors it looks no more, in the whole cluster. */
  readonly count: number;
  /** So many are held at a time, in the whole cluster. */
  readonly heldMax: number;
}

/** An actor that this process holds, or held. */
interface Hold {
  /** Its name in the cluster. */
  readonly hit: string;
  readonly breakpoint: Breakpoint;
  /** As it is told, which changes while it is held. */
  readonly now: { -readonly [Field in keyof HeldActor]: HeldActor[Field] };
  cancel: () => void;
}

interface Breakpoint extends BreakpointWish {
  readonly id: string;
  readonly parsed: Filter;
  readonly moment: 'before' | 'after';
  readonly untilMs: number;
  readonly hits: HitList;
  readonly holds: Hold[];
  isOver: boolean;
  readonly cancel: () => void;
}

export interface BreakpointsOptions {
  /** Name of the process. */
  readonly name: string;
  readonly host: Host;
  readonly clock: Clock;
  /** Tells the other processes. */
  readonly tell: (told: HoldTold) => void;
}

/** Letters that the name of a hold may have; of others nothing is remembered. */
const HIT_LENGTH_MAX = 512;

/** See the file comment. */
export class Breakpoints implements Gate {
  readonly #options: BreakpointsOptions;
  readonly #breakpoints = new Map<string, Breakpoint>();
  /** Those that were removed last: whoever still waits for one is not to set it again. */
  readonly #removed = new Set<string>();
  readonly #held = new Map<string, Hold>();
  /** Actors that may take the message that they were held at, although it meets the filter. */
  readonly #passing = new Set<string>();
  #isAsked = false;
  #hits = 0;

  constructor(options: BreakpointsOptions) {
    this.#options = options;
  }

  /** Sets one, where it is not set already; why it cannot be otherwise. */
  set(id: string, wish: BreakpointWish): string | undefined {
    if (this.#breakpoints.has(id)) return undefined;
    if (this.#removed.has(id)) return 'the breakpoint was removed';
    const parsed = parseFilter(wish.filter);
    if (!parsed.ok) return parsed.problem.message;
    this.#makeRoom();
    if (this.#breakpoints.size >= BREAKPOINTS_MAX) {
      return `${BREAKPOINTS_MAX} breakpoints are set already`;
    }
    const { clock } = this.#options;
    const forMs = Math.min(wish.forMs, HOLD_MS_MAX);
    const untilMs = Math.min(clock.nowMs() + forMs, wish.untilMs ?? Number.POSITIVE_INFINITY);
    const isAfter = parsed.filter.terms.some(({ field }) => OUTCOME_FIELDS.has(field));
    const breakpoint: Breakpoint = {
      ...{ ...wish, id, forMs, untilMs, parsed: parsed.filter },
      moment: isAfter ? 'after' : 'before',
      ...{ hits: new HitList(wish.count, wish.heldMax), holds: [], isOver: false },
      cancel: clock.at(untilMs, () => {
        breakpoint.isOver = true;
        this.#refresh();
      }),
    };
    this.#breakpoints.set(id, breakpoint);
    this.#refresh();
    return undefined;
  }

  /** Lets the next message of a held actor through. False where it is not held here. */
  step(actor: string): boolean {
    const hold = this.#held.get(actor);
    if (hold === undefined) return false;
    hold.now.allowed += 1;
    this.#renew(hold);
    this.#goOn(actor);
    return true;
  }

  /** Lets a held actor go on; how many went. */
  letGo(actor: string): number {
    const hold = this.#held.get(actor);
    if (hold === undefined) return 0;
    this.#end(hold, 'let go');
    return 1;
  }

  /** Removes one, or all; what it holds goes on. How many actors went. */
  remove(id?: string): number {
    const before = this.#held.size;
    if (id !== undefined) this.#noteRemoved(id);
    for (const breakpoint of [...this.#breakpoints.values()]) {
      if (id !== undefined && breakpoint.id !== id) continue;
      breakpoint.cancel();
      breakpoint.isOver = true;
      this.#breakpoints.delete(breakpoint.id);
      this.#noteRemoved(breakpoint.id);
      for (const hold of breakpoint.holds) this.#end(hold, 'let go');
    }
    this.#refresh();
    return before - this.#held.size;
  }

  #noteRemoved(id: string): void {
    this.#removed.add(id);
    const [oldest] = this.#removed;
    if (this.#removed.size > REMOVED_MAX && oldest !== undefined) this.#removed.delete(oldest);
  }

  list(): readonly BreakpointState[] {
    return Array.from(this.#breakpoints.values(), (breakpoint) => ({
      ...{ id: breakpoint.id, filter: breakpoint.filter, process: this.#options.name },
      ...{ moment: breakpoint.moment, untilMs: breakpoint.untilMs },
      isArmed: isArmed(breakpoint),
      hits: breakpoint.holds.map(({ now }) => ({ ...now })),
    }));
  }

  /** What holds an actor. */
  holdOf(actor: string): HeldActor | undefined {
    return this.#held.get(actor)?.now;
  }

  /** Another process tells what it holds. */
  hear({ breakpoint: id, gone, hit, process, atMs, isHeld }: HoldTold): void {
    const breakpoint = this.#breakpoints.get(id);
    if (breakpoint === undefined || breakpoint.isOver || process === this.#options.name) return;
    if (hit.length > HIT_LENGTH_MAX) return;
    if (gone) breakpoint.hits.delete(hit);
    else breakpoint.hits.put({ hit, process, atMs, isHeld });
    for (const hold of [...breakpoint.holds]) {
      const stillHeld = hold.now.ended === undefined;
      if (stillHeld && breakpoint.hits.isTooLate(hold.hit)) this.#forget(hold);
    }
    this.#refresh();
  }

  passes(actor: string, state: MachineState, mail: Mail): boolean {
    const hold = this.#held.get(actor);
    if (hold !== undefined) return this.#mayStep(hold);
    if (this.#passing.delete(actor)) {
      this.#refresh();
      return true;
    }
    const { event, envelope, sinceMs } = mail;
    const { name: process, clock } = this.#options;
    const waitMs = clock.nowMs() - sinceMs;
    const facts = waitingFacts({ process, actor, state, event, message: envelope, waitMs });
    for (const breakpoint of this.#breakpoints.values()) {
      if (breakpoint.moment !== 'before' || !isArmed(breakpoint)) continue;
      if (!matchesFilter(breakpoint.parsed, facts)) continue;
      this.#hold(breakpoint, actor, noteOf(mail), undefined);
      return false;
    }
    return true;
  }

  #mayStep({ now }: Hold): boolean {
    if (now.allowed === 0) return false;
    now.allowed -= 1;
    return true;
  }

  stepped(record: StepRecord, { envelope, event, after }: StepDetail): void {
    const hold = this.#held.get(record.actor);
    if (hold !== undefined) {
      const { now } = hold;
      now.steps += 1;
      now.message = noteOf({ event, envelope });
      now.last = renderStep(record);
      return;
    }
    const { name } = this.#options;
    const facts = takenFacts(name, record, { from: envelope.from, event, after });
    for (const breakpoint of this.#breakpoints.values()) {
      if (breakpoint.moment !== 'after' || !isArmed(breakpoint)) continue;
      if (!matchesFilter(breakpoint.parsed, facts)) continue;
      this.#hold(breakpoint, record.actor, noteOf({ event, envelope }), renderStep(record));
      return;
    }
  }

  ended(actor: string): void {
    const hold = this.#held.get(actor);
    this.#passing.delete(actor);
    if (hold !== undefined) this.#end(hold, 'the actor has ended');
  }

  close(): void {
    this.remove();
  }

  #hold(
    breakpoint: Breakpoint,
    actor: string,
    message: MessageNote,
    last: string | undefined,
  ): void {
    const { clock, name: process } = this.#options;
    const atMs = clock.nowMs();
    const { id, filter } = breakpoint;
    this.#hits += 1;
    const hit = `${process}#${this.#hits}`;
    const now: Hold['now'] = {
      ...{ process, actor, breakpoint: id, filter, atMs, untilMs: atMs, ended: undefined },
      ...{ steps: 0, allowed: 0, message, last },
    };
    const hold: Hold = { hit, breakpoint, now, cancel: () => {} };
    breakpoint.hits.put({ hit, process, atMs, isHeld: true });
    breakpoint.holds.push(hold);
    this.#held.set(actor, hold);
    this.#renew(hold);
    this.#tell(hold, false);
    this.#refresh();
  }

  /** Somebody is there: it is held for as long again. */
  #renew(hold: Hold): void {
    const { clock } = this.#options;
    hold.cancel();
    hold.now.untilMs = clock.nowMs() + hold.breakpoint.forMs;
    hold.cancel = clock.at(hold.now.untilMs, () => this.#end(hold, 'its time was over'));
  }

  #end(hold: Hold, why: Exclude<HeldActor['ended'], undefined>): void {
    const { hit, breakpoint, now } = hold;
    if (now.ended !== undefined) return;
    now.ended = why;
    hold.cancel();
    const { process, actor, atMs } = now;
    this.#held.delete(actor);
    breakpoint.hits.put({ hit, process, atMs, isHeld: false });
    this.#tell(hold, false);
    const isBeforeIt = breakpoint.moment === 'before' && now.steps === 0;
    if (isBeforeIt && why !== 'the actor has ended') this.#passing.add(actor);
    this.#goOn(actor);
    this.#refresh();
  }

  /** As if it had never been held: others were first. */
  #forget(hold: Hold): void {
    const { breakpoint, hit } = hold;
    this.#end(hold, 'let go');
    breakpoint.hits.delete(hit);
    breakpoint.holds.splice(breakpoint.holds.indexOf(hold), 1);
    this.#tell(hold, true);
  }

  #tell({ hit, now }: Hold, gone: boolean): void {
    const { breakpoint, process, atMs, ended } = now;
    this.#options.tell({ breakpoint, hit, process, atMs, isHeld: ended === undefined, gone });
  }

  #goOn(actor: string): void {
    const slash = actor.indexOf('/');
    this.#options.host.goOn(actor.slice(0, slash), actor.slice(slash + 1));
  }

  #makeRoom(): void {
    for (const breakpoint of this.#breakpoints.values()) {
      if (this.#breakpoints.size < BREAKPOINTS_MAX) return;
      if (breakpoint.isOver && breakpoint.holds.every(({ now }) => now.ended !== undefined)) {
        this.#breakpoints.delete(breakpoint.id);
      }
    }
  }

  /** The host asks only while there is something to ask for. */
  #refresh(): void {
    const isAnyArmed = [...this.#breakpoints.values()].some(isArmed);
    const isAsked = this.#held.size > 0 || this.#passing.size > 0 || isAnyArmed;
    if (isAsked === this.#isAsked) return;
    this.#isAsked = isAsked;
    this.#options.host.setGate(isAsked ? this : undefined);
  }
}

const isArmed = ({ isOver, hits }: Breakpoint): boolean => !isOver && hits.hasRoom;

function noteOf({ event, envelope }: Pick<Mail, 'event' | 'envelope'>): MessageNote {
  const { id: messageId, from, causes } = envelope;
  return { event: event.type, messageId, from, causes };
}
