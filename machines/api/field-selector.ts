/**
 * Field selectors: `metadata.name=web,status.phase!=Running`, checked against what the resource
 * knows.
 *
 * Follows apimachinery's fields package, with its messages. Never throws on what a client sent.
 */
import type { Served } from './resources.ts';
import { eventsV1Fields } from './selectable-fields.ts';
import type { AnyObject } from './view.ts';

/** One condition on one field. */
export interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
  readonly read: (object: AnyObject) => string;
}

/** Terms that all have to hold, or the message of a 400. */
export type ParsedFieldSelector =
  | { readonly ok: true; readonly terms: readonly FieldTerm[] }
  | { readonly ok: false; readonly error: string };

/** The longest field selector that is parsed, in characters. */
export const fieldSelectorLengthMax = 64 * 1024;

const general: Readonly<Record<string, (object: AnyObject) => string>> = {
  'metadata.name': (object) => object.metadata?.name ?? '',
  'metadata.namespace': (object) => object.metadata?.namespace ?? '',
};

/** Parses a selector for a resource; it is applied to objects in the storage version. */
export function parseFieldSelector(text: string, served: Served): ParsedFieldSelector {
  if (text === '') return { ok: true, terms: [] };
  if (text.length > fieldSelectorLengthMax) {
    return { ok: false, error: 'field selector is too long' };
  }
  const terms: FieldTerm[] = [];
  for (const part of split(text)) {
    if (part === '') continue;
    const term = parseTerm(part);
    if (term === undefined) {
      return { ok: false, error: `invalid selector: '${text}'; can't understand '${part}'` };
    }
    const read = readerOf(term.field, served);
    if (read === undefined) return { ok: false, error: unsupported(term.field, served) };
    terms.push({ ...term, read });
  }
  return { ok: true, terms };
}

/** True where every term holds. */
export function matchesFields(terms: readonly FieldTerm[], object: AnyObject): boolean {
  for (const { read, value, equal } of terms) if ((read(object) === value) !== equal) return false;
  return true;
}

/** The value that the selector demands of a field, where it demands exactly one. */
export function demanded(terms: readonly FieldTerm[], field: string): string | undefined {
  return terms.find((term) => term.equal && term.field === field)?.value;
}

function readerOf(field: string, served: Served) {
  const own = general[field];
  if (own !== undefined) return own;
  const { selectableFields } = served.strategy;
  if (served.group === 'events.k8s.io') {
    const core = eventsV1Fields[field];
    if (core === undefined && field.startsWith('involvedObject.')) return undefined;
    return selectableFields?.[core ?? field];
  }
  return selectableFields?.[field];
}

function unsupported(field: string, served: Served): string {
  const fields = Object.keys(served.strategy.selectableFields ?? {});
  if (fields.length > 0) return `field label not supported: ${field}`;
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** Splits at commas that are not escaped. */
function split(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === ',') {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parseTerm(part: string): Omit<FieldTerm, 'read'> | undefined {
  const match = /^([^=!\\]+)(!=|==|=)((?:[^=,\\]|\\[\\,=])*)$/.exec(part);
  if (match === null) return undefined;
  const [, field = '', operator, value = ''] = match;
  return { field, equal: operator !== '!=', value: value.replaceAll(/\\([\\,=])/g, '$1') };
}
