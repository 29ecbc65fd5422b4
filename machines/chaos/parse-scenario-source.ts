/**
 * What a scenario is read from: a YAML text or an object, both as one tree in which every value knows where it
 * stands.
 *
 * Never throws, whatever the input; follows no alias into itself and grows no further than `NODES_MAX`.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** Where something stands: in a file (line and column from 1), or, with line 0, at a field's path. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `faults[0].target`; '' for the whole. */
  readonly path: string;
}

/** One thing that is wrong with a scenario. */
export interface ScenarioError extends Place {
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion: string | undefined;
}

/** A value and its place; `entries` where it is a map, `items` where it is a list. */
export interface Located {
  readonly at: Place;
  /** Plain JSON. */
  readonly value: unknown;
  readonly entries: ReadonlyMap<string, Entry> | undefined;
  readonly items: readonly Located[] | undefined;
}

/** One field of a map. */
export interface Entry {
  readonly keyAt: Place;
  readonly node: Located;
}

/** Longest text read, characters; most values and deepest nesting in it; most errors told. */
export const TEXT_LENGTH_MAX = 4_000_000;
export const NODES_MAX = 200_000;
export const DEPTH_MAX = 60;
export const ERRORS_MAX = 50;

/** Collects what is wrong, up to `ERRORS_MAX`; the rest is dropped. */
export class Problems {
  readonly list: ScenarioError[] = [];

  add(at: Place, message: string, suggestion?: string): void {
    if (this.list.length < ERRORS_MAX) this.list.push({ ...at, message, suggestion });
  }
}

/** `examples/chaos/x.yaml:12:7: unknown fault "crsh"; did you mean crash?` */
export function renderScenarioError(error: ScenarioError): string {
  const { file, line, column, path, message, suggestion } = error;
  const where = line > 0 ? `${file}:${line}:${column}` : path === '' ? file : path;
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return `${where === '' ? '' : `${where}: `}${message}${hint}`;
}

/** Thrown inside this file alone, to leave the walk at a value that ends it. */
class Unreadable extends Error {
  readonly at: Place;

  constructor(at: Place, message: string) {
    super(message);
    this.at = at;
  }
}

/** The documents of a YAML text; undefined where it is none (which has been told). */
export function readYaml(text: string, file: string, problems: Problems): Located[] | undefined {
  const start = { file, line: 1, column: 1, path: '' };
  if (text.length > TEXT_LENGTH_MAX) {
    problems.add(start, `the file is longer than ${TEXT_LENGTH_MAX} characters`);
    return undefined;
  }
  try {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' });
    if (!Array.isArray(documents)) return [];
    const placeAt = (offset: number): Place => {
      const { line, col } = lines.linePos(offset);
      return { file, line: Math.max(1, line), column: Math.max(1, col), path: '' };
    };
    for (const { errors } of documents) {
      for (const error of errors) {
        const tooDeep = error.message.includes('call stack');
        if (tooDeep) throw new Unreadable(placeAt(error.pos[0]), 'is nested too deeply');
        problems.add(placeAt(error.pos[0]), notYaml(error.message));
      }
    }
    if (problems.list.length > 0) return undefined;
    return documents.flatMap((document) => {
      if (document.contents === null) return [];
      return [new YamlWalk(placeAt, start).locate(document.contents, '', 0)];
    });
  } catch (error) {
    if (error instanceof Unreadable) problems.add(error.at, error.message);
    else if (error instanceof RangeError) problems.add(start, 'is nested too deeply');
    else problems.add(start, notYaml(error instanceof Error ? error.message : 'unreadable'));
    return undefined;
  }
}

function notYaml(message: string): string {
  const [first = ''] = message.split('\n');
  return `is not YAML: ${first.replace(/ at line \d+, column \d+:?$/, '')}`;
}

/** One document on its way to a tree. */
class YamlWalk {
  readonly #anchors = new Map<string, unknown>();
  readonly #open = new Set<unknown>();
  readonly #placeAt: (offset: number) => Place;
  readonly #start: Place;
  #count = 0;

  constructor(placeAt: (offset: number) => Place, start: Place) {
    this.#placeAt = placeAt;
    this.#start = start;
  }

  locate(node: unknown, path: string, depth: number): Located {
    const at = this.#at(node, path);
    this.#count += 1;
    if (this.#count > NODES_MAX) throw new Unreadable(at, `has more than ${NODES_MAX} values`);
    if (depth > DEPTH_MAX) throw new Unreadable(at, 'is nested too deeply');
    if (node === null || node === undefined) return scalar(at, null);
    if (isAlias(node)) return this.#alias(node.source, at, path, depth);
    if (isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      return plain(node.value, at);
    }
    if (!isMap(node) && !isSeq(node)) throw new Unreadable(at, 'is not a value that JSON knows');
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    const located = isMap(node)
      ? this.#map(node.items, at, path, depth)
      : list(
          at,
          node.items.map((item, index) => this.locate(item, `${path}[${index}]`, depth + 1)),
        );
    this.#open.delete(node);
    return located;
  }

  #at(node: unknown, path: string): Place {
    const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
    const place = range?.[0] === undefined ? this.#start : this.#placeAt(range[0]);
    return { ...place, path };
  }

  #alias(source: string, at: Place, path: string, depth: number): Located {
    const target = this.#anchors.get(source);
    if (target === undefined) throw new Unreadable(at, `*${source} names no anchor above it`);
    if (this.#open.has(target)) {
      throw new Unreadable(at, `cycle: *${source} stands inside what &${source} names`);
    }
    return this.locate(target, path, depth + 1);
  }

  #map(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    at: Place,
    path: string,
    depth: number,
  ): Located {
    const entries = new Map<string, Entry>();
    const merged: Located[] = [];
    for (const { key, value } of items) {
      const keyAt = this.#at(key, path);
      if (!isScalar(key)) throw new Unreadable(keyAt, 'a field must have a name');
      const name = fieldName(key.value, keyAt);
      const below = path === '' ? name : `${path}.${name}`;
      const node = this.locate(value, below, depth + 1);
      // Nothing stands where nothing was written: the place of an empty value is its name.
      const placed = value === null ? { ...node, at: { ...keyAt, path: below } } : node;
      if (name === '<<') merged.push(...(placed.items ?? [placed]));
      else entries.set(name, { keyAt: { ...keyAt, path: below }, node: placed });
    }
    for (const { entries: more, at: place } of merged) {
      if (more === undefined) throw new Unreadable(place, '<< takes a map, or a list of maps');
      for (const [name, entry] of more) if (!entries.has(name)) entries.set(name, entry);
    }
    return map(at, entries);
  }
}

/** An object as a tree; undefined where it is no plain JSON (which has been told). */
export function readObject(value: unknown, path: string, problems: Problems): Located | undefined {
  const at = { file: '', line: 0, column: 0, path };
  try {
    return objectWalk(value, path, new Set(), { count: 0 });
  } catch (error) {
    if (error instanceof Unreadable) problems.add(error.at, error.message);
    else problems.add(at, 'cannot be read');
    return undefined;
  }
}

function objectWalk(
  value: unknown,
  path: string,
  open: Set<unknown>,
  budget: { count: number },
): Located {
  const at = { file: '', line: 0, column: 0, path };
  budget.count += 1;
  if (budget.count > NODES_MAX) throw new Unreadable(at, `has more than ${NODES_MAX} values`);
  if (typeof value !== 'object' || value === null) return plain(value, at);
  if (open.has(value)) throw new Unreadable(at, 'cycle: an object that holds itself');
  if (open.size > DEPTH_MAX) throw new Unreadable(at, 'is nested too deeply');
  open.add(value);
  let located: Located;
  if (Array.isArray(value)) {
    const items = value.map((item, i) => objectWalk(item, `${path}[${i}]`, open, budget));
    located = list(at, items);
  } else {
    const entries = new Map<string, Entry>();
    for (const [key, field] of Object.entries(value)) {
      if (field === undefined) continue;
      const below = path === '' ? key : `${path}.${key}`;
      const name = fieldName(key, { ...at, path: below });
      const keyAt = { ...at, path: below };
      entries.set(name, { keyAt, node: objectWalk(field, below, open, budget) });
    }
    located = map(at, entries);
  }
  open.delete(value);
  return located;
}

function fieldName(key: unknown, at: Place): string {
  if (key === null || typeof key === 'object') throw new Unreadable(at, 'a field must have a name');
  const name = String(key);
  if (name === '__proto__') throw new Unreadable(at, 'a field must not be named __proto__');
  return name;
}

function plain(value: unknown, at: Place): Located {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Unreadable(at, `${value} is not a number that JSON knows`);
  }
  const fine = value === null || ['string', 'number', 'boolean'].includes(typeof value);
  if (!fine) throw new Unreadable(at, 'is not a value that JSON knows');
  return scalar(at, value);
}

function scalar(at: Place, value: unknown): Located {
  return { at, value, entries: undefined, items: undefined };
}

function list(at: Place, items: readonly Located[]): Located {
  return { at, value: items.map((item) => item.value), entries: undefined, items };
}

function map(at: Place, entries: ReadonlyMap<string, Entry>): Located {
  const value = Object.fromEntries([...entries].map(([name, { node }]) => [name, node.value]));
  return { at, value, entries, items: undefined };
}
