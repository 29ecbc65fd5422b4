/**
 * Paths to fields of objects, as kubectl's JSONPath writes them, as far as they lead to one value:
 * `.spec.containers[0].image`, `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a.b/c']`. Pure.
 */
import { isRecord } from '../api/json.ts';
import { findApiVersionKind, messageType, type ValueType } from '../api/schema.ts';
import type { AnyObject } from '../api/view.ts';
import { didYouMean } from './nearest.ts';

/** One part of a path; `at` is where it begins in the text, from 1. */
export type PathPart = { readonly at: number } & (
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'match'; readonly field: string; readonly value: string }
);

/** A path, or what is wrong with it and where, from 1. */
export type ParsedPath =
  | { readonly ok: true; readonly parts: readonly PathPart[] }
  | { readonly ok: false; readonly error: string; readonly at: number };

const PARTS: readonly [RegExp, (match: RegExpExecArray, at: number) => PathPart][] = [
  [/^\.?([A-Za-z_$][\w$-]*)/, ([, name = ''], at) => ({ type: 'field', name, at })],
  [/^\.?\[(\d+)\]/, ([, index], at) => ({ type: 'index', index: Number(index), at })],
  [/^\.?\['([^']*)'\]/, ([, name = ''], at) => ({ type: 'field', name, at })],
  [/^\.?\["([^"]*)"\]/, ([, name = ''], at) => ({ type: 'field', name, at })],
  [
    /^\.?\[\?\(\s*@\.([\w-]+)\s*==\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*\)\]/,
    ([, field = '', double, single, bare], at) => ({
      ...{ type: 'match', field, at },
      value: double ?? single ?? bare ?? '',
    }),
  ],
];

/** Parses a path; braces around it and the first dot may be left out. */
export function parsePath(text: string): ParsedPath {
  const inner = /^\{(.*)\}$/s.exec(text)?.[1];
  const path = inner ?? text;
  const shift = inner === undefined ? 1 : 2;
  const parts: PathPart[] = [];
  let at = 0;
  while (at < path.length) {
    const rest = path.slice(at);
    const part = nextPart(rest, at + shift, at > 0);
    if (part === undefined) return { ok: false, error: wrongOf(rest), at: at + shift };
    parts.push(part.part);
    at += part.length;
  }
  if (parts.length === 0) return { ok: false, error: 'it names no field', at: 1 };
  return { ok: true, parts };
}

function nextPart(rest: string, at: number, dotted: boolean) {
  for (const [pattern, read] of PARTS) {
    const match = pattern.exec(rest);
    // After the first part, a name has a dot before it.
    if (match === null || (dotted && /^[A-Za-z_$]/.test(rest))) continue;
    return { part: read(match, at), length: match[0].length };
  }
  return undefined;
}

function wrongOf(rest: string): string {
  if (rest.startsWith('[*]') || rest.startsWith('..') || rest.startsWith('.*')) {
    return 'it is to lead to one value: name the item, as [0] or [?(@.name=="web")]';
  }
  if (rest.startsWith('[')) return `[0], ['key'] or [?(@.type=="Ready")] is expected`;
  if (rest === '.') return 'a name is missing after the dot';
  return `unexpected "${rest.slice(0, 10)}"`;
}

/** One part as text. */
export function formatPart(part: PathPart): string {
  if (part.type === 'index') return `[${part.index}]`;
  if (part.type === 'match') return `[?(@.${part.field}=="${part.value}")]`;
  return fieldText(part.name);
}

/** `.name`, or `['a.b/c']` where it is no plain word. */
export function fieldText(name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? `.${name}` : `['${name}']`;
}

/** The value at a path; undefined where there is none. */
export function valueAt(object: unknown, parts: readonly PathPart[]): unknown {
  let value = object;
  for (const part of parts) {
    if (part.type === 'field') value = isRecord(value) ? value[part.name] : undefined;
    else if (!Array.isArray(value)) return undefined;
    else if (part.type === 'index') value = value[part.index];
    else {
      const { field, value: wanted } = part;
      value = value.find((item) => isRecord(item) && String(item[field]) === wanted);
    }
  }
  return value;
}

/** What makes a path one that no object of this kind can have: where, and what was meant; undefined where it may be. */
export function pathError(
  { apiVersion = '', kind = '' }: AnyObject,
  parts: readonly PathPart[],
): { readonly error: string; readonly at: number } | undefined {
  const type = findApiVersionKind(apiVersion, kind);
  if (type === undefined) return undefined;
  let at: ValueType | undefined = { shape: 'message', name: type.name };
  let path = '';
  for (const part of parts) {
    const error = at === undefined ? undefined : misfit(at, part, path === '' ? kind : path);
    if (error !== undefined) return { error, at: part.at };
    at = at === undefined ? undefined : inner(at, part, path === '');
    path += formatPart(part);
  }
  return undefined;
}

function misfit(type: ValueType, part: PathPart, path: string): string | undefined {
  if (part.type !== 'field') {
    if (isList(type) || type.shape === 'any' || type.shape === 'json') return undefined;
    return `${path} is no list`;
  }
  if (isList(type)) return `${path} is a list: say which item, as [0] or [?(@.name=="web")]`;
  if (type.shape === 'map' || OPEN.has(type.shape)) return undefined;
  if (type.shape !== 'message') return `${path} has no fields`;
  const { fields, isKind } = messageType(type);
  if (fields.has(part.name) || (isKind && TYPE_META.includes(part.name))) return undefined;
  return `${path} has no field "${part.name}"${didYouMean(part.name, fields.keys())}`;
}

const TYPE_META = ['apiVersion', 'kind'];
const OPEN: ReadonlySet<string> = new Set(['any', 'json', 'object', 'rawExtension', 'fieldsV1']);

const isList = ({ shape }: ValueType): boolean => shape === 'list' || shape === 'stringList';

function inner(type: ValueType, part: PathPart, isRoot: boolean): ValueType | undefined {
  if (isList(type) || type.shape === 'map') return type.item;
  if (type.shape !== 'message' || part.type !== 'field') return undefined;
  if (isRoot && TYPE_META.includes(part.name)) return { shape: 'string' };
  return messageType(type).fields.get(part.name)?.type;
}
