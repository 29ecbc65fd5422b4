/**
 * Parses the text of the facts tables into plain records. Resolves no reference between types:
 * schema.ts does that, and keeps what is parsed.
 *
 * The types table. `#section group/version openapi.prefix` opens a section. `%Name base a|b` is a
 * named type of scalar, list or map `base`, with its enum values. Any other line is a struct:
 * `Name:flags` (`K` has apiVersion and kind, `g` atomic), then its fields as
 * `jsonName:protobufNumber:type:flags`; an embedded struct has no name. A type is a letter (see
 * `shapeLetters`), `[` and `{` a list or a map of what follows, `%Name` a named type, or a struct,
 * from another section where it has dots. Field flags: `?` omitempty, `z` omitzero, `*` pointer,
 * `o` optional, `!` required, list types `a` atomic, `u` set, `k(keys)` map, patch strategies
 * `p` merge, `r` retainKeys, `x` replace, `^key^` merge key, `g` atomic, `=value` default.
 *
 * The resources table describes itself (facts/resources.ts).
 */
import type { FieldInfo, ResourceInfo, Shape, SubresourceInfo, Verb } from './schema.ts';

/** The shape that each letter of the types table stands for. */
export const shapeLetters: Readonly<Record<string, Shape>> = {
  s: 'string',
  i: 'int32',
  l: 'int64',
  d: 'double',
  b: 'bool',
  B: 'bytes',
  T: 'time',
  M: 'microTime',
  Q: 'quantity',
  N: 'intOrString',
  F: 'fieldsV1',
  X: 'rawExtension',
  J: 'json',
  O: 'object',
  A: 'any',
  W: 'stringList',
};

/** A part of the types table: the types of one Go package. */
export interface Section {
  readonly name: string;
  readonly groupVersion: string;
  readonly model: string;
}

/** One line of the types table with the section that it stands in. */
export interface Line {
  readonly section: Section;
  readonly text: string;
}

/** The lines of structs and of named types (these with a leading `%`), by full name. */
export function readLines(text: string): Map<string, Line> {
  const lines = new Map<string, Line>();
  let section: Section = { name: '', groupVersion: '', model: '' };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [name, groupVersion, model] = line.slice(1).split(' ');
      section = { name: name!, groupVersion: groupVersion!, model: model! };
      continue;
    }
    const name = line.slice(0, line.search(/[: ]|$/));
    const plain = name.startsWith('%') ? name.slice(1) : name;
    lines.set(`${plain === name ? '' : '%'}${section.name}.${plain}`, { section, text: line });
  }
  return lines;
}

/** A field before its type is resolved. */
export interface FieldRow {
  readonly typeText: string;
  readonly facts: Omit<FieldInfo, 'type'>;
}

/** Parses one field of a struct's line. */
export function readField(text: string): FieldRow {
  const [name, number, typeText, ...more] = text.split(':');
  const all = more.join(':');
  const equals = all.indexOf('=');
  const flags = equals < 0 ? all : all.slice(0, equals);
  const mergeKey = /\^(.+)\^/.exec(flags)?.[1];
  const listKeys = /k\((.*)\)/.exec(flags)?.[1];
  const plain = flags.replace(/\^.+\^/, '').replace(/\(.*\)/, '');
  const has = (flag: string) => plain.includes(flag);
  const listType = has('a') ? 'atomic' : has('u') ? 'set' : has('k') ? 'map' : undefined;
  const facts: FieldRow['facts'] = {
    name: name!,
    number: Number(number),
    inline: name === '',
    omitEmpty: has('?'),
    omitZero: has('z'),
    pointer: has('*'),
    optional: has('o'),
    required: has('!'),
    ...(listType === undefined ? {} : { listType }),
    listMapKeys: listKeys === undefined || listKeys === '' ? [] : listKeys.split(','),
    patchStrategy: [
      ...(has('p') ? (['merge'] as const) : []),
      ...(has('r') ? (['retainKeys'] as const) : []),
      ...(has('x') ? (['replace'] as const) : []),
    ],
    ...(mergeKey === undefined ? {} : { patchMergeKey: mergeKey }),
    atomic: has('g'),
    ...(equals < 0 ? {} : { defaultText: all.slice(equals + 1) }),
  };
  return { typeText: typeText!, facts };
}

const verbLetters: Readonly<Record<string, Verb>> = {
  c: 'create',
  d: 'delete',
  D: 'deletecollection',
  g: 'get',
  l: 'list',
  p: 'patch',
  u: 'update',
  w: 'watch',
};

/** Parses the resources table, all but the types of the resources. */
export function readResourceRows(text: string): readonly Omit<ResourceInfo, 'type'>[] {
  const found: Omit<ResourceInfo, 'type'>[] = [];
  let group = '';
  let version = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith(' ')) {
      found.push(readResource(line.slice(1), group, version));
      continue;
    }
    const [name, after] = line.split('/');
    group = name === 'core' ? '' : name!;
    version = after!;
  }
  return found;
}

function readResource(text: string, group: string, version: string): Omit<ResourceInfo, 'type'> {
  const [kind, plural, scope, verbs, shortNames, categories, subresources] = text.split(' ');
  const list = (value: string | undefined) => (value === '-' ? [] : value!.split(','));
  const storageGroup = group === '' || group === 'events.k8s.io' ? 'core' : group;
  return {
    group,
    version,
    kind: kind!,
    plural: plural!,
    singular: kind!.toLowerCase(),
    namespaced: scope === 'N',
    verbs: readVerbs(verbs === '*' ? 'cdDglpuw' : verbs!),
    shortNames: list(shortNames),
    categories: list(categories),
    subresources: list(subresources).map((sub) => readSubresource(sub, group, version, kind!)),
    storage: `${storageGroup}/${plural}`,
  };
}

function readSubresource(
  text: string,
  group: string,
  version: string,
  kind: string,
): SubresourceInfo {
  const [name, verbs, target] = text.split(':');
  const parsed = { name: name!, verbs: readVerbs(verbs!) };
  if (target === undefined) return { ...parsed, group, version, kind };
  const [targetGroup, rest] = target.split('/');
  const [targetVersion, targetKind] = rest!.split('.');
  return {
    ...parsed,
    group: targetGroup === 'core' ? '' : targetGroup!,
    version: targetVersion!,
    kind: targetKind!,
  };
}

function readVerbs(letters: string): readonly Verb[] {
  return [...letters].map((letter) => verbLetters[letter]!);
}
