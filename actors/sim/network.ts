/**
 * The simulated network between processes, and between each and the store: latency, order per link, cuts, and the
 * rules of message faults. Messages of one link arrive in order unless a rule says otherwise.
 */
import { createMessageRules, type MessageRules } from '../../bus/faults/message-rules.ts';
import type { Hop } from '../../bus/virtual-bus.ts';
import type { EventQueue, Life } from './event-queue.ts';
import type { Stream } from './random.ts';

/** The store as an end of links. */
export const STORE = 'store';

/** One message takes this long, milliseconds; one in a hundred takes up to `TAIL_MS`. */
const LATENCY_MIN_MS = 0.15;
const LATENCY_MAX_MS = 1.2;
const TAIL_MS = 15;
const TAIL_PROBABILITY = 0.01;

/** A cut of all links from some ends to others; `undefined` stands for all others, twice for all links. */
export interface Cut {
  readonly from: ReadonlySet<string> | undefined;
  readonly to: ReadonlySet<string> | undefined;
}

/** See the file comment. */
export class Network {
  readonly rules: MessageRules;
  messages = 0;
  /** Told of every message that is sent. */
  onMessage: ((hop: Hop) => void) | undefined;
  readonly #queue: EventQueue;
  readonly #stream: Stream;
  readonly #lifeOf: (process: string) => Life | undefined;
  readonly #cuts = new Map<string, Cut>();
  readonly #losing = new Map<string, () => void>();
  /** When the last message of each link arrives. */
  readonly #lastMs = new Map<string, number>();
  readonly #healed = new Set<() => void>();

  constructor(queue: EventQueue, stream: Stream, lifeOf: (process: string) => Life | undefined) {
    this.#queue = queue;
    this.#stream = stream;
    this.#lifeOf = lifeOf;
    this.rules = createMessageRules(stream.draw, { nowMs: () => queue.nowMs });
  }

  latencyMs(): number {
    const { draw, between } = this.#stream;
    if (draw() < TAIL_PROBABILITY) return between(LATENCY_MAX_MS, TAIL_MS);
    return between(LATENCY_MIN_MS, LATENCY_MAX_MS);
  }

  /** Carries one message of the bus. */
  readonly schedule = (deliver: () => void, hop: Hop): void => {
    this.messages += 1;
    this.onMessage?.(hop);
    if (this.isCut(hop.from, hop.to)) return;
    const lost = this.#losing.get(hop.from);
    if (lost !== undefined) {
      this.#losing.delete(hop.from);
      lost();
      return;
    }
    const fate = this.rules.active ? this.rules.decide(hop) : undefined;
    const life = this.#lifeOf(hop.to);
    if (fate === undefined) {
      this.#queue.at(this.arrivalMs(hop.from, hop.to), deliver, life);
      return;
    }
    for (const delayMs of fate) {
      const inOrder = delayMs === 0;
      const atMs = inOrder
        ? this.arrivalMs(hop.from, hop.to)
        : this.#queue.nowMs + this.latencyMs() + delayMs;
      this.#queue.at(atMs, deliver, life);
    }
  };

  /** The next message of a sender is lost, which is told; undefined: it is not, after all. */
  loseNext(from: string, lost: (() => void) | undefined): void {
    if (lost === undefined) this.#losing.delete(from);
    else this.#losing.set(from, lost);
  }

  /** When the next message of a link arrives: never before the one sent earlier. */
  arrivalMs(from: string, to: string): number {
    const link = `${from}>${to}`;
    const atMs = Math.max(this.#lastMs.get(link) ?? 0, this.#queue.nowMs + this.latencyMs());
    this.#lastMs.set(link, atMs);
    return atMs;
  }

  isCut(from: string, to: string): boolean {
    if (this.#cuts.size === 0) return false;
    for (const cut of this.#cuts.values()) {
      const leaves = cut.from?.has(from) ?? cut.to?.has(from) !== true;
      const enters = cut.to?.has(to) ?? cut.from?.has(to) !== true;
      if (leaves && enters) return true;
    }
    return false;
  }

  cut(name: string, cut: Cut): void {
    this.#cuts.set(name, cut);
  }

  heal(name: string): void {
    if (!this.#cuts.delete(name)) return;
    for (const run of [...this.#healed]) run();
  }

  /** Calls back after every heal, for those who hold something back. */
  onHealed(run: () => void): () => void {
    this.#healed.add(run);
    return () => this.#healed.delete(run);
  }
}
