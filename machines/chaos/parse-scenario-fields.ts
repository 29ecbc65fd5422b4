/**
 * Reads the fields of one map of a scenario, each with its type and its bounds, and tells what does not fit, where it
 * stands and what was probably meant.
 *
 * Never throws and never stops at the first mistake: a field that does not fit reads as undefined.
 */

import type { Located, Place, Problems } from './parse-scenario-source.ts';
import { readDuration } from './scenario-duration.ts';
import { nearest, SCENARIO_LIMITS } from './scenario-fields.ts';

/** The bounds of a number; whole numbers where not said otherwise. */
export interface Bounds {
  readonly least?: number;
  readonly most: number;
  readonly fraction?: boolean;
}

/** Reads one map. Fields that hold nothing (`description:`) are as good as absent. */
export class Fields {
  readonly at: Place;
  readonly problems: Problems;
  readonly #entries: Located['entries'];
  readonly #what: string;

  /** `what` names the map in messages: `a fault`. */
  constructor(node: Located, problems: Problems, what: string, known: readonly string[]) {
    this.at = node.at;
    this.problems = problems;
    this.#what = what;
    this.#entries = node.entries;
    if (node.entries === undefined) {
      problems.add(node.at, `${what} must be a map of fields, not ${typeName(node)}`);
      return;
    }
    for (const [name, { keyAt }] of node.entries) {
      if (known.includes(name)) continue;
      problems.add(keyAt, `unknown field "${short(name)}" of ${what}`, nearest(name, known));
    }
  }

  /** True where there is a map at all. */
  get ok(): boolean {
    return this.#entries !== undefined;
  }

  /** The value of a field. */
  child(name: string): Located | undefined {
    const node = this.#entries?.get(name)?.node;
    return node === undefined || isNothing(node) ? undefined : node;
  }

  /** Where a field stands, for messages about it. */
  placeOf(name: string): Place {
    return this.child(name)?.at ?? this.at;
  }

  /** Tells that a field must be there. */
  missing(name: string, hint = ''): void {
    if (this.ok) this.problems.add(this.at, `${this.#what} needs \`${name}\`${hint}`);
  }

  text(name: string): string | undefined {
    const node = this.child(name);
    return node === undefined ? undefined : readText(node, name, this.problems);
  }

  flag(name: string): boolean | undefined {
    const node = this.child(name);
    if (node === undefined) return undefined;
    if (typeof node.value === 'boolean') return node.value;
    this.#wrong(node, name, 'true or false');
    return undefined;
  }

  number(name: string, bounds: Bounds): number | undefined {
    const node = this.child(name);
    return node === undefined ? undefined : readNumber(node, name, bounds, this.problems);
  }

  /** Milliseconds; `-5s` only where `signed`. */
  duration(name: string, signed = false): number | undefined {
    const node = this.child(name);
    if (node === undefined) return undefined;
    return readDurationNode(node, name, this.problems, signed);
  }

  /** `50ms` or `10ms..200ms`. */
  range(name: string): readonly [number, number] | undefined {
    const node = this.child(name);
    if (node === undefined) return undefined;
    const ends = typeof node.value === 'string' ? node.value.split('..') : [node.value];
    const limits = ends.map((end) =>
      readDurationNode({ ...node, value: end }, name, this.problems, false),
    );
    const [least, most = least] = limits;
    if (least === undefined || most === undefined) return undefined;
    if (limits.length > 2 || least > most) {
      this.problems.add(
        node.at,
        `\`${name}\` is a duration or two, the shorter one first: 10ms..1s`,
      );
      return undefined;
    }
    return [least, most];
  }

  /** 0 to 1, or `20%`. */
  probability(name: string): number | undefined {
    const node = this.child(name);
    if (node === undefined) return undefined;
    const percent = typeof node.value === 'string' && /^-?\d+(?:\.\d+)?%$/.test(node.value);
    const value = percent ? Number(String(node.value).slice(0, -1)) / 100 : node.value;
    if (typeof value !== 'number') {
      this.#wrong(node, name, 'a probability, such as 0.2 or 20%');
      return undefined;
    }
    if (value >= 0 && value <= 1) return value;
    const meant = value > 1 && value <= 100 && !percent ? `${value}%` : undefined;
    const message = `\`${name}\` is a probability from 0 to 1, not ${String(node.value)}`;
    this.problems.add(node.at, message, meant);
    return undefined;
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T | undefined {
    const node = this.child(name);
    if (node === undefined) return undefined;
    const value = readText(node, name, this.problems);
    if (value === undefined) return undefined;
    const found = known.find((one) => one === value);
    if (found === undefined) {
      const near = nearest(value, known);
      const rest = near === undefined ? `; known are ${known.join(', ')}` : '';
      this.problems.add(node.at, `unknown ${name} "${short(value)}"${rest}`, near);
    }
    return found;
  }

  list(name: string): readonly Located[] {
    const node = this.child(name);
    if (node === undefined) return [];
    if (node.items !== undefined) return node.items;
    this.#wrong(node, name, 'a list');
    return [];
  }

  #wrong(node: Located, name: string, wanted: string): void {
    this.problems.add(node.at, `\`${name}\` must be ${wanted}, not ${typeName(node)}`);
  }
}

/** True for a value that was not written. */
export function isNothing(node: Located): boolean {
  return node.value === null && node.entries === undefined && node.items === undefined;
}

/** A text; a number or a flag is told to be quoted. */
export function readText(node: Located, name: string, problems: Problems): string | undefined {
  const { value } = node;
  if (typeof value === 'string') {
    if (value !== '' && value.length <= SCENARIO_LIMITS.textLength) return value;
    problems.add(node.at, `\`${name}\` is ${value === '' ? 'empty' : 'too long'}`);
    return undefined;
  }
  const quoted = typeof value === 'number' || typeof value === 'boolean' ? `"${value}"` : undefined;
  problems.add(node.at, `\`${name}\` must be text, not ${typeName(node)}`, quoted);
  return undefined;
}

/** A number within bounds. */
export function readNumber(
  node: Located,
  name: string,
  { least = 0, most, fraction = false }: Bounds,
  problems: Problems,
): number | undefined {
  const { value } = node;
  if (typeof value !== 'number' || (!fraction && !Number.isInteger(value))) {
    const wanted = fraction ? 'a number' : 'a whole number';
    const given = typeof value === 'number' ? `${value}` : typeName(node);
    problems.add(node.at, `\`${name}\` must be ${wanted}, not ${given}`);
    return undefined;
  }
  if (value >= least && value <= most) return value === 0 ? 0 : value;
  const bound = value < least ? `at least ${least}` : `at most ${most}`;
  problems.add(node.at, `\`${name}\` must be ${bound}, not ${value}`);
  return undefined;
}

function readDurationNode(
  node: Located,
  name: string,
  problems: Problems,
  signed: boolean,
): number | undefined {
  const { value } = node;
  const ms = typeof value === 'string' ? readDuration(value.trim()) : undefined;
  if (ms === undefined) {
    const meant = typeof value === 'number' ? `${value}s` : undefined;
    const given = typeof value === 'string' ? `"${short(value)}"` : typeName(node);
    problems.add(node.at, `\`${name}\` must be a duration such as 30s, not ${given}`, meant);
    return undefined;
  }
  if (ms < 0 && !signed) {
    problems.add(node.at, `\`${name}\` is a negative time`);
    return undefined;
  }
  if (Math.abs(ms) <= SCENARIO_LIMITS.durationMs) return ms;
  problems.add(node.at, `\`${name}\` is longer than 30 days`);
  return undefined;
}

/** What a value is, for messages. */
export function typeName({ value, items, entries }: Located): string {
  if (items !== undefined) return 'a list';
  if (entries !== undefined) return 'a map';
  if (value === null) return 'nothing';
  if (typeof value === 'string') return `the text "${short(value)}"`;
  return typeof value === 'number' ? `the number ${value}` : `${value}`;
}

/** A text cut to what a message bears. */
export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
