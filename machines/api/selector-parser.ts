/**
 * Parses selector strings, as clients send them in `labelSelector`: `a=b,c in (d,e),!f,g notin
 * (),h>3`.
 *
 * A hand-written scanner and descent, because the messages for wrong input are part of the API.
 * Never throws: whatever is wrong comes back as text.
 */

import {
  type ParsedSelector,
  type Requirement,
  requirementError,
  type SelectorOperator,
} from './label-requirement.ts';
import { labelKeyErrors } from './label-syntax.ts';

interface Token {
  readonly kind: 'end' | 'identifier' | 'symbol';
  readonly text: string;
}

/** The longest selector text that is parsed, in characters; a URL cannot hold more anyway. */
export const selectorLengthMax = 1 << 20;

const end: Token = { kind: 'end', text: '' };
const tokenPattern = /[ \t\r\n]+|==|!=|[=!(),<>]|[^=!(),<> \t\r\n]+/g;

const operators: Readonly<{ [text: string]: SelectorOperator }> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/** Parses a selector string into requirements sorted by key; the empty string has none. */
export function parseSelector(text: string): ParsedSelector {
  if (text.length > selectorLengthMax) return failed('selector is too long');
  const tokens = scan(text);
  const requirements: Requirement[] = [];
  let position = 0;
  while (tokens[position] !== end) {
    const first = tokens[position]!;
    if (!startsRequirement(first)) {
      return failed(`found '${first.text}', expected: !, identifier, or 'end of string'`);
    }
    const parsed = parseRequirement(tokens, position);
    if ('error' in parsed) return failed(`unable to parse requirement: ${parsed.error}`);
    requirements.push(parsed.requirement);
    position = parsed.next;
    const separator = tokens[position] ?? end;
    if (separator === end) break;
    if (separator.text !== ',') {
      return failed(`found '${separator.text}', expected: ',' or 'end of string'`);
    }
    position += 1;
    const following = tokens[position] ?? end;
    if (!startsRequirement(following)) {
      return failed(`found '${following.text}', expected: identifier after ','`);
    }
  }
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { ok: true, requirements };
}

function failed(error: string): ParsedSelector {
  return { ok: false, error };
}

function scan(text: string): Token[] {
  const nul = text.indexOf('\0');
  const tokens: Token[] = [];
  for (const [part] of (nul < 0 ? text : text.slice(0, nul)).matchAll(tokenPattern)) {
    if (/^[ \t\r\n]/.test(part)) continue;
    const symbol = /^[=!(),<>]/.test(part);
    tokens.push({ kind: symbol ? 'symbol' : 'identifier', text: part });
  }
  tokens.push(end);
  return tokens;
}

function startsRequirement(token: Token): boolean {
  return token.kind === 'identifier' || token.text === '!';
}

type RequirementResult = { readonly requirement: Requirement; readonly next: number } | Wrong;
type ValuesResult = { readonly values: readonly string[]; readonly next: number } | Wrong;
interface Wrong {
  readonly error: string;
}

function parseRequirement(tokens: readonly Token[], start: number): RequirementResult {
  let next = start;
  const negated = tokens[next]!.text === '!' && tokens[next]!.kind === 'symbol';
  if (negated) next += 1;
  const key = tokens[next] ?? end;
  if (key.kind !== 'identifier') return { error: `found '${key.text}', expected: identifier` };
  const keyErrors = labelKeyErrors(key.text);
  if (keyErrors.length > 0) {
    const detail = keyErrors.join('; ');
    return { error: `<nil>: Invalid value: ${JSON.stringify(key.text)}: ${detail}` };
  }
  next += 1;
  const following = tokens[next] ?? end;
  const alone = following === end || following.text === ',';
  if (alone || negated) {
    return checked(key.text, negated ? '!' : 'exists', { values: [], next });
  }
  const operator = Object.hasOwn(operators, following.text) ? operators[following.text] : undefined;
  if (operator === undefined) {
    return { error: `found '${following.text}', expected: in, notin, =, ==, !=, gt, lt` };
  }
  const list = operator === 'in' || operator === 'notin';
  const values = list ? parseValues(tokens, next + 1) : parseExactValue(tokens, next + 1);
  return 'error' in values ? values : checked(key.text, operator, values);
}

function checked(
  key: string,
  operator: SelectorOperator,
  { values, next }: { readonly values: readonly string[]; readonly next: number },
): RequirementResult {
  const error = requirementError(key, operator, values);
  return error === undefined ? { requirement: { key, operator, values }, next } : { error };
}

function parseExactValue(tokens: readonly Token[], start: number): ValuesResult {
  const token = tokens[start] ?? end;
  if (token === end || token.text === ',') return { values: [''], next: start };
  if (token.kind === 'identifier') return { values: [token.text], next: start + 1 };
  return { error: `found '${token.text}', expected: identifier` };
}

function parseValues(tokens: readonly Token[], start: number): ValuesResult {
  const opening = tokens[start] ?? end;
  if (opening.text !== '(') return { error: `found '${opening.text}' expected: '('` };
  const first = tokens[start + 1] ?? end;
  if (first.text === ')') return { values: [''], next: start + 2 };
  if (first.kind !== 'identifier' && first.text !== ',') {
    return { error: `found '${first.text}', expected: ',', ')' or identifier` };
  }
  const values = new Set<string>();
  let next = start + 1;
  for (;;) {
    const token = tokens[next] ?? end;
    const following = tokens[next + 1] ?? end;
    next += 1;
    if (token.kind === 'identifier') {
      values.add(token.text);
      if (following.text === ')') break;
      if (following.text !== ',') {
        return { error: `found '${following.text}', expected: ',' or ')'` };
      }
    } else if (token.text === ',') {
      if (values.size === 0 || following.text === ',' || following.text === ')') values.add('');
      if (following.text === ')') break;
    } else {
      return { error: `found '${token.text}', expected: ',', or identifier` };
    }
  }
  return { values: [...values].sort(), next: next + 1 };
}
