/**
 * The language of filters: `machine=pod enters=running wait>10ms`. Terms are all to hold. `=` takes `*` for anything,
 * `~` is a regular expression, `!=` and `!~` are their opposites, `<`, `<=`, `>` and `>=` compare times and numbers;
 * quotes let a value hold blanks. What does not parse is refused with its place and with what may have been meant. Pure.
 */
import { componentOf } from './components.ts';
import { FIELD_NAMES, FILTER_FIELDS, type FilterField, RECORD_TYPES } from './filter-fields.ts';
import { objectTest } from './filter-object.ts';
import { globTest } from './glob.ts';
import { didYouMean } from './nearest.ts';

/** What a filter asks of whatever it is held against: all values of a field; none where it has none. */
export type Facts = (field: FilterField) => readonly string[] | number | undefined;

export type Comparison = '=' | '!=' | '~' | '!~' | '<' | '<=' | '>' | '>=';

/** One term. */
export interface FilterTerm {
  readonly field: FilterField;
  readonly compare: Comparison;
  /** As written, without quotes. */
  readonly value: string;
  /** Where it and its value begin, characters from the filter's start. */
  readonly at: number;
  readonly valueAt: number;
  /** True where facts are as it says. */
  readonly holds: (facts: Facts) => boolean;
}

export interface Filter {
  readonly text: string;
  readonly terms: readonly FilterTerm[];
}

/** Why a filter is refused, and where. */
export interface FilterProblem {
  readonly message: string;
  /** Characters from the filter's start. */
  readonly at: number;
}

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly problem: FilterProblem };

/** Longest filter, in characters: processes keep them and hold them against every step. */
export const FILTER_LENGTH_MAX = 1_000;

class Refused extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Parses a filter; one without a term holds for everything. */
export function parseFilter(text: string): ParsedFilter {
  try {
    return { ok: true, filter: { text, terms: parseTerms(text) } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ok: false, problem: { message: error.message, at: error.at } };
  }
}

/** True where every term holds. */
export function matchesFilter({ terms }: Filter, facts: Facts): boolean {
  return terms.every((term) => term.holds(facts));
}

/** The filter with a mark below the place of the problem. */
export function renderProblem(text: string, { at }: FilterProblem): string {
  const line = text.replace(/\s/g, ' ');
  const from = Math.max(0, at - 60);
  return `  ${line.slice(from, from + 90)}\n  ${' '.repeat(at - from)}^`;
}

function parseTerms(text: string): FilterTerm[] {
  if (text.length > FILTER_LENGTH_MAX) {
    throw new Refused(`a filter has at most ${FILTER_LENGTH_MAX} characters`, FILTER_LENGTH_MAX);
  }
  const terms: FilterTerm[] = [];
  const blank = /\s*/y;
  let at = 0;
  for (;;) {
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
    if (at >= text.length) return terms;
    const { term, end } = parseTerm(text, at);
    terms.push(term);
    at = end;
  }
}

function parseTerm(text: string, at: number): { readonly term: FilterTerm; readonly end: number } {
  const name = /^[A-Za-z]+/.exec(text.slice(at))?.[0];
  if (name === undefined) throw new Refused('a term such as event=timer.fired is expected', at);
  const field = fieldOf(name, at);
  const compareAt = at + name.length;
  const compare = /^(!=|!~|<=|>=|=|~|<|>)/.exec(text.slice(compareAt))?.[0];
  if (compare === undefined) {
    throw new Refused(`after ${name}, one of = != ~ !~ < <= > >= is expected`, compareAt);
  }
  const valueAt = compareAt + compare.length;
  const { value, end } = parseValue(text, valueAt);
  if (value === '' && end === valueAt) {
    throw new Refused(`a value is expected after ${name}${compare}`, valueAt);
  }
  const term = { field, compare: compare as Comparison, value, at, valueAt };
  return { term: { ...term, holds: testOf(term) }, end };
}

function fieldOf(name: string, at: number): FilterField {
  if (Object.hasOwn(FILTER_FIELDS, name)) return name as FilterField;
  const meant = didYouMean(name, FIELD_NAMES) || `; there are: ${FIELD_NAMES.join(', ')}`;
  throw new Refused(`there is no field ${name}${meant}`, at);
}

/** A value up to a blank, or in quotes of either kind, within which a backslash takes what follows as it is. */
function parseValue(text: string, at: number): { readonly value: string; readonly end: number } {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") {
    const value = /^\S*/.exec(text.slice(at))?.[0] ?? '';
    return { value, end: at + value.length };
  }
  let value = '';
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === quote) return afterQuote(text, value, index + 1);
    const escaped = character === '\\' && (text[index + 1] === quote || text[index + 1] === '\\');
    if (escaped) index += 1;
    value += escaped ? text[index] : character;
  }
  throw new Refused(`the value has no closing ${quote}`, at);
}

function afterQuote(text: string, value: string, end: number) {
  if (end < text.length && !/\s/.test(text[end] ?? '')) {
    throw new Refused('a blank is expected after the closing quote', end);
  }
  return { value, end };
}

type Unread = Omit<FilterTerm, 'holds'>;

function testOf(term: Unread): FilterTerm['holds'] {
  const { field, compare } = term;
  const { kind } = FILTER_FIELDS[field];
  const isNumber = kind === 'duration' || kind === 'number';
  const isOrder = compare.startsWith('<') || compare.startsWith('>');
  if (isNumber && !compare.endsWith('~')) return numberTest(term, kind);
  if (isOrder) {
    throw new Refused(`${compare} compares wait, took and code; ${field} is a text`, term.at);
  }
  const test = textTest(term);
  const isWanted = !compare.startsWith('!');
  return (facts) => textsOf(facts(field)).some(test) === isWanted;
}

const textsOf = (values: readonly string[] | number | undefined): readonly string[] =>
  typeof values === 'number' ? [String(values)] : (values ?? []);

function textTest({ field, compare, value, valueAt }: Unread): (text: string) => boolean {
  if (compare.endsWith('~')) {
    try {
      const pattern = new RegExp(value, 'u');
      return (text) => pattern.test(text);
    } catch (error) {
      throw new Refused((error as Error).message.replace(/^I/, 'i'), valueAt);
    }
  }
  const { kind } = FILTER_FIELDS[field];
  if (kind === 'truth' && value !== 'true' && value !== 'false') {
    throw new Refused(`${field} is true or false`, valueAt);
  }
  if (field === 'type' && !(RECORD_TYPES as readonly string[]).includes(value)) {
    throw new Refused(`type is one of ${RECORD_TYPES.join(', ')}`, valueAt);
  }
  if (kind === 'object') {
    const test = objectTest(value);
    if (typeof test === 'string') throw new Refused(test, valueAt);
    return test;
  }
  // A kind alone stands for all of its actors, and so does a component.
  if (kind === 'actor' && !value.includes('/')) {
    const isMeant = globTest(value);
    return (text) => isMeant(text.split('/', 1)[0] ?? '') || isMeant(componentOf(text));
  }
  return globTest(value);
}

const UNITS: { readonly [unit: string]: number } = {
  ...{ '': 1, us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
};

function numberTest(
  { field, compare, value, valueAt }: Unread,
  kind: 'duration' | 'number',
): FilterTerm['holds'] {
  const pattern = kind === 'duration' ? /^(\d+(?:\.\d+)?)(us|ms|s|m|h)?$/ : /^(\d+)()$/;
  const [, number, unit = ''] = pattern.exec(value) ?? [];
  if (number === undefined) {
    const example = kind === 'duration' ? 'a duration such as 10ms or 1.5s' : 'a whole number';
    throw new Refused(`${example} is expected`, valueAt);
  }
  const wanted = Number(number) * (UNITS[unit] ?? 1);
  const test = NUMBER_TESTS[compare as keyof typeof NUMBER_TESTS];
  return (facts) => {
    const given = facts(field);
    return typeof given === 'number' ? test(given, wanted) : compare === '!=';
  };
}

const NUMBER_TESTS = {
  '=': (given: number, wanted: number) => given === wanted,
  '!=': (given: number, wanted: number) => given !== wanted,
  '<': (given: number, wanted: number) => given < wanted,
  '<=': (given: number, wanted: number) => given <= wanted,
  '>': (given: number, wanted: number) => given > wanted,
  '>=': (given: number, wanted: number) => given >= wanted,
};
