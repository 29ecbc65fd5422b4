/**
 * Faults of messages as rules: which hop is dropped, delayed, duplicated or reordered, and by how much.
 *
 * Decides and does nothing: never delivers, never starts a timer. Draws only where a rule with chance or a range
 * matches, in the order in which the rules were set, so that the same draws give the same faults.
 */

/** One hop of a message, as the carrier sees it. `from` and `to` name connections. */
export interface MessageHop {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
}

/** What happens to a message. */
export type MessageEffect =
  | { readonly kind: 'drop' }
  /** A partition: all that matches is dropped. Told apart from loss by those who list the rules. */
  | { readonly kind: 'cut' }
  /** Later, uniformly between the two; messages of one subject between the same two keep their order. */
  | { readonly kind: 'delay'; readonly minMs: number; readonly maxMs: number }
  /** One more copy, up to `withinMs` later (50 where absent). */
  | { readonly kind: 'duplicate'; readonly withinMs?: number }
  /** Up to `windowMs` later, so that messages overtake each other. */
  | { readonly kind: 'reorder'; readonly windowMs: number };

/** Whom a rule hits, and how. What is absent matches everything. */
export interface MessageRule {
  /** A complete subject, with NATS' wildcards. */
  readonly subject?: string | undefined;
  /** Names of connections, `*` standing for any text; of a list, any one. */
  readonly from?: string | readonly string[] | undefined;
  readonly to?: string | readonly string[] | undefined;
  readonly effect: MessageEffect;
  /** For each message by itself, 0 to 1; 1 where absent. */
  readonly probability?: number | undefined;
}

/** A set of named rules. */
export interface MessageRules {
  /** Adds a rule, or replaces the one of this name in its place. */
  set(name: string, rule: MessageRule): void;
  remove(name: string): void;
  clear(): void;
  list(): readonly { readonly name: string; readonly rule: MessageRule }[];
  /** False where `decide` would leave every message untouched. */
  readonly active: boolean;
  /**
   * What happens to one message: undefined where it is untouched, otherwise the delay of each copy to deliver, in
   * milliseconds; none where it is lost. `nowMs` where the rules have no clock of their own.
   */
  decide(hop: MessageHop, nowMs?: number): readonly number[] | undefined;
}

/** How rules are made. */
export interface MessageRulesOptions {
  /** The time; with it delayed messages keep their order, without it each delay stands alone. */
  readonly nowMs?: () => number;
}

/** Subjects whose last delayed message is remembered at most, before those long delivered are forgotten. */
export const HELD_SUBJECTS_MAX = 10_000;
const DUPLICATE_WITHIN_MS = 50;

/** Makes an empty set of rules; `draw` gives numbers from 0 to below 1. */
export function createMessageRules(
  draw: () => number,
  options: MessageRulesOptions = {},
): MessageRules {
  return new Rules(draw, options.nowMs);
}

interface Compiled {
  readonly name: string;
  readonly rule: MessageRule;
  readonly subject: readonly string[] | undefined;
  readonly from: Matches;
  readonly to: Matches;
  readonly probability: number;
}

type Matches = ((name: string) => boolean) | undefined;

class Rules implements MessageRules {
  readonly #draw: () => number;
  readonly #nowMs: (() => number) | undefined;
  /** When the last delayed message of a subject between two arrives. */
  readonly #heldUntil = new Map<string, number>();
  #rules: readonly Compiled[] = [];

  constructor(draw: () => number, nowMs: (() => number) | undefined) {
    this.#draw = draw;
    this.#nowMs = nowMs;
  }

  get active(): boolean {
    return this.#rules.length > 0 || this.#heldUntil.size > 0;
  }

  set(name: string, rule: MessageRule): void {
    const compiled = compile(name, rule);
    const at = this.#rules.findIndex((other) => other.name === name);
    this.#rules = at < 0 ? [...this.#rules, compiled] : this.#rules.with(at, compiled);
  }

  remove(name: string): void {
    this.#rules = this.#rules.filter((rule) => rule.name !== name);
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly { readonly name: string; readonly rule: MessageRule }[] {
    return this.#rules.map(({ name, rule }) => ({ name, rule }));
  }

  decide(hop: MessageHop, nowMs = this.#nowMs?.()): readonly number[] | undefined {
    if (this.#rules.length === 0 && this.#heldUntil.size === 0) return undefined;
    const tokens = hop.subject.split('.');
    let copies: number[] | undefined;
    let ordered = true;
    for (const rule of this.#rules) {
      if (!matches(rule, hop, tokens)) continue;
      if (rule.probability < 1 && this.#draw() >= rule.probability) continue;
      const { effect } = rule.rule;
      if (effect.kind === 'drop' || effect.kind === 'cut') return [];
      if (effect.kind === 'reorder') ordered = false;
      copies = this.#applied(effect, copies ?? [0]);
    }
    return ordered && nowMs !== undefined ? this.#inOrder(hop, copies, nowMs) : copies;
  }

  #applied(effect: MessageEffect, copies: readonly number[]): number[] {
    if (effect.kind === 'delay') {
      return copies.map((ms) => ms + this.#between(effect.minMs, effect.maxMs));
    }
    if (effect.kind === 'reorder') {
      return copies.map((ms) => ms + this.#between(0, effect.windowMs));
    }
    if (effect.kind !== 'duplicate') return [];
    const last = copies.at(-1) ?? 0;
    return [...copies, last + this.#between(0, effect.withinMs ?? DUPLICATE_WITHIN_MS)];
  }

  #between(minMs: number, maxMs: number): number {
    return maxMs > minMs ? minMs + Math.floor(this.#draw() * (maxMs - minMs + 1)) : minMs;
  }

  /** A connection keeps order: who comes after a delayed message of its subject waits as long. */
  #inOrder(hop: MessageHop, copies: number[] | undefined, now: number): number[] | undefined {
    const delayed = copies !== undefined && copies[0]! > 0;
    if (!delayed && this.#heldUntil.size === 0) return copies;
    const pair = `${hop.from} ${hop.to} ${hop.subject}`;
    const wait = (this.#heldUntil.get(pair) ?? now) - now;
    if (!delayed && wait <= 0) {
      this.#forget(now);
      return copies;
    }
    const first = copies?.[0] ?? 0;
    const all = copies ?? [0];
    const result = wait > first ? all.map((ms) => ms + wait - first) : all;
    this.#heldUntil.set(pair, now + result[0]!);
    if (this.#heldUntil.size > HELD_SUBJECTS_MAX) this.#forget(now);
    return result;
  }

  /** Forgets what has been delivered: the oldest first, as long as they have; all of them at the bound. */
  #forget(now: number): void {
    const all = this.#heldUntil.size > HELD_SUBJECTS_MAX;
    for (const [pair, untilMs] of this.#heldUntil) {
      if (untilMs <= now) this.#heldUntil.delete(pair);
      else if (!all) return;
    }
  }
}

function compile(name: string, rule: MessageRule): Compiled {
  return {
    name,
    rule,
    subject:
      rule.subject === undefined || rule.subject === '>' ? undefined : rule.subject.split('.'),
    from: namesMatcher(rule.from),
    to: namesMatcher(rule.to),
    probability: rule.probability ?? 1,
  };
}

function matches(rule: Compiled, hop: MessageHop, tokens: readonly string[]): boolean {
  if (rule.subject !== undefined && !tokensMatch(rule.subject, tokens)) return false;
  return (rule.from?.(hop.from) ?? true) && (rule.to?.(hop.to) ?? true);
}

function tokensMatch(want: readonly string[], have: readonly string[]): boolean {
  for (let i = 0; i < want.length; i += 1) {
    if (want[i] === '>') return have.length > i;
    if (i >= have.length || (want[i] !== '*' && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}

/** A predicate for name patterns in which `*` stands for any text; undefined where every name matches. */
export function namesMatcher(patterns: string | readonly string[] | undefined): Matches {
  const list = typeof patterns === 'string' ? [patterns] : patterns;
  if (list === undefined || list.includes('*')) return undefined;
  const exact = new Set(list.filter((pattern) => !pattern.includes('*')));
  const wild = list
    .filter((pattern) => pattern.includes('*'))
    .map((pattern) => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's'));
  return (name) => exact.has(name) || wild.some((pattern) => pattern.test(name));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
