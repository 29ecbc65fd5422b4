/**
 * The API as data: typed look-ups over the facts table (facts/types.ts, facts/resources.ts).
 * Everything is parsed on first use and kept; nothing here changes afterwards. Knows shapes only:
 * no defaults, no validation, no I/O.
 *
 * The table's syntax. `#section group/version openapi.prefix` opens a section. `%Name base a b` is
 * a named type of scalar, list or map `base`, with its enum values. Any other line is a struct:
 * `Name:flags` (`K` has apiVersion and kind, `g` atomic), then its fields as
 * `jsonName:protobufNumber:type:flags`; an embedded struct has no name. A type is a letter (see
 * `shapes`), `[` and `{` a list or a map of what follows, `%Name` a named type, or a struct, from
 * another section where it has dots. Field flags: `?` omitempty, `z` omitzero, `*` pointer,
 * `o` optional, `!` required, list types `a` atomic, `u` set, `k(keys)` map, patch strategies
 * `p` merge, `r` retainKeys, `x` replace, `^key^` merge key, `g` atomic, `=value` default.
 */
import { resourcesText } from './facts/resources.ts';
import { typesText } from './facts/types.ts';

/** How a value looks in JSON and on the wire. */
export type Shape =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bool'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'fieldsV1'
  | 'rawExtension'
  | 'json'
  | 'object'
  | 'any'
  | 'stringList'
  | 'list'
  | 'map'
  | 'message';

const shapes: Readonly<Record<string, Shape>> = {
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

/** A Go type with a name of its own; `values` are its enum values, empty where it has none. */
export interface AliasInfo {
  readonly name: string;
  readonly section: string;
  readonly values: readonly string[];
}

/** The type of a value; `item` belongs to lists and maps, `name` to messages. */
export interface ValueType {
  readonly shape: Shape;
  readonly item?: ValueType;
  /** The full name of a message type, such as `core.v1.PodSpec`. */
  readonly name?: string;
  readonly alias?: AliasInfo;
}

/** One field of a struct, as the published definitions declare it. */
export interface FieldInfo {
  /** The JSON name; empty for an embedded struct, whose fields appear in its parent. */
  readonly name: string;
  /** The protobuf number; 0 where the field has none. */
  readonly number: number;
  readonly type: ValueType;
  readonly inline: boolean;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  readonly pointer: boolean;
  readonly optional: boolean;
  readonly required: boolean;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys: readonly string[];
  readonly patchStrategy: readonly ('merge' | 'retainKeys' | 'replace')[];
  readonly patchMergeKey?: string;
  /** The map or struct is replaced as a whole by server-side apply. */
  readonly atomic: boolean;
  /** The declared default as JSON text. */
  readonly defaultText?: string;
}

/** One struct type. */
export interface TypeInfo {
  /** The full name: section, dot, Go name, such as `core.v1.Pod`. */
  readonly name: string;
  readonly shortName: string;
  readonly section: string;
  /** The name of its OpenAPI component, such as `io.k8s.api.core.v1.Pod`. */
  readonly model: string;
  /** It embeds TypeMeta, so that its JSON form has apiVersion and kind. */
  readonly isKind: boolean;
  readonly atomic: boolean;
  /** Its fields in order, embedded structs as one field. */
  readonly ownFields: readonly FieldInfo[];
  /** Its fields by JSON name, those of embedded structs included. */
  readonly fields: ReadonlyMap<string, FieldInfo>;
}

/** A verb of a resource, as discovery and RBAC name it. */
export type Verb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch';

/** A group, a version and a kind; the group is empty for core. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A subresource of a built-in resource, such as `pods/exec`. */
export interface SubresourceInfo extends GroupVersionKind {
  readonly name: string;
  readonly verbs: readonly Verb[];
}

/** A built-in resource. */
export interface ResourceInfo extends GroupVersionKind {
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** Its name in the store, `<group or core>/<plural>`, shared by versions and by both Events. */
  readonly storage: string;
  readonly type: TypeInfo;
}

interface Section {
  readonly name: string;
  readonly groupVersion: string;
  readonly model: string;
}

interface Line {
  readonly section: Section;
  readonly text: string;
}

interface Tables {
  /** Lines of structs and of named types (these with a leading `%`), by full name. */
  readonly lines: ReadonlyMap<string, Line>;
  readonly sectionOf: ReadonlyMap<string, string>;
  readonly parsed: Map<string, TypeInfo>;
  readonly values: Map<string, ValueType>;
}

let tables: Tables | undefined;
let resourceList: readonly ResourceInfo[] | undefined;
let resourceIndex: ReadonlyMap<string, ResourceInfo> | undefined;

/** The built-in resources, in the order in which discovery lists them. */
export function resources(): readonly ResourceInfo[] {
  resourceList ??= readResources();
  return resourceList;
}

/** The built-in resource with this plural; the group is empty (or `core`) for core. */
export function findResource(
  group: string,
  version: string,
  plural: string,
): ResourceInfo | undefined {
  resourceIndex ??= new Map(
    resources().map((resource) => [
      `${resource.group}/${resource.version}/${resource.plural}`,
      resource,
    ]),
  );
  return resourceIndex.get(`${group === 'core' ? '' : group}/${version}/${plural}`);
}

/** The kind in the table: a resource's kind, a list, an options kind, or a kind of meta/v1. */
export function findKind(group: string, version: string, kind: string): TypeInfo | undefined {
  const { sectionOf, lines } = load();
  const section = sectionOf.get(`${group === '' ? 'core' : group}/${version}`);
  if (section !== undefined && lines.has(`${section}.${kind}`)) {
    const type = typeOf(`${section}.${kind}`);
    if (type?.isKind === true) return type;
  }
  const shared = typeOf(`meta.v1.${kind}`);
  return shared?.isKind === true ? shared : undefined;
}

/** The kind with this apiVersion (`v1`, `apps/v1`) and kind. */
export function findApiVersionKind(apiVersion: string, kind: string): TypeInfo | undefined {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return findKind('', apiVersion, kind);
  return findKind(apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
}

/** The struct type with this full name, such as `core.v1.PodSpec`. */
export function typeOf(name: string): TypeInfo | undefined {
  const { lines, parsed } = load();
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const line = lines.get(name);
  if (line === undefined || name.startsWith('%')) return undefined;
  const type = readType(line);
  parsed.set(name, type);
  return type;
}

/** Every struct type of the table, in the table's order. */
export function types(): readonly TypeInfo[] {
  return [...load().lines.keys()].flatMap((name) => typeOf(name) ?? []);
}

/** The struct type that a message-shaped value has; asserts that the table holds it. */
export function messageType(type: ValueType): TypeInfo {
  const found = typeOf(type.name ?? '');
  if (found === undefined) throw new Error(`The facts table names no type ${type.name}.`);
  return found;
}

/** The group and version of a section, such as `apps/v1` of `apps.v1`; core is `core/v1`. */
export function groupVersionOf(type: TypeInfo): string {
  return load().lines.get(type.name)!.section.groupVersion;
}

function load(): Tables {
  if (tables !== undefined) return tables;
  const lines = new Map<string, Line>();
  const sectionOf = new Map<string, string>();
  let section: Section = { name: '', groupVersion: '', model: '' };
  for (const text of typesText.split('\n')) {
    if (text === '') continue;
    if (text.startsWith('#')) {
      const [name, groupVersion, model] = text.slice(1).split(' ');
      section = { name: name!, groupVersion: groupVersion!, model: model! };
      sectionOf.set(section.groupVersion, section.name);
      continue;
    }
    const end = text.search(/[: ]|$/);
    const name = text.slice(0, end);
    const full = name.startsWith('%')
      ? `%${section.name}.${name.slice(1)}`
      : `${section.name}.${name}`;
    lines.set(full, { section, text });
  }
  tables = { lines, sectionOf, parsed: new Map(), values: new Map() };
  return tables;
}

function readType(line: Line): TypeInfo {
  const [head, ...rest] = line.text.split(' ');
  const [shortName, flags = ''] = head!.split(':');
  const ownFields = rest.map((text) => readField(text, line.section.name));
  let fields: Map<string, FieldInfo> | undefined;
  return {
    name: `${line.section.name}.${shortName}`,
    shortName: shortName!,
    section: line.section.name,
    model: `${line.section.model}.${shortName}`,
    isKind: flags.includes('K'),
    atomic: flags.includes('g'),
    ownFields,
    get fields() {
      fields ??= flatFields(ownFields);
      return fields;
    },
  };
}

function flatFields(ownFields: readonly FieldInfo[]): Map<string, FieldInfo> {
  const fields = new Map<string, FieldInfo>();
  for (const field of ownFields) {
    if (!field.inline) fields.set(field.name, field);
    else for (const [name, inner] of messageType(field.type).fields) fields.set(name, inner);
  }
  return fields;
}

function readField(text: string, section: string): FieldInfo {
  const [name, number, type, ...more] = text.split(':');
  const all = more.join(':');
  const equals = all.indexOf('=');
  const flags = equals < 0 ? all : all.slice(0, equals);
  const mergeKey = /\^(.+)\^/.exec(flags)?.[1];
  const listKeys = /k\((.*)\)/.exec(flags)?.[1];
  const plain = flags.replace(/\^.+\^/, '').replace(/\(.*\)/, '');
  const has = (flag: string) => plain.includes(flag);
  const listType = has('a') ? 'atomic' : has('u') ? 'set' : has('k') ? 'map' : undefined;
  return {
    name: name!,
    number: Number(number),
    type: readValueType(type!, section),
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
}

function readValueType(text: string, section: string): ValueType {
  const key = `${section} ${text}`;
  const { values } = load();
  const known = values.get(key);
  if (known !== undefined) return known;
  const type = makeValueType(text, section);
  values.set(key, type);
  return type;
}

function makeValueType(text: string, section: string): ValueType {
  if (text.startsWith('[')) return { shape: 'list', item: readValueType(text.slice(1), section) };
  if (text.startsWith('{')) return { shape: 'map', item: readValueType(text.slice(1), section) };
  if (text.startsWith('%')) return readAlias(text.slice(1), section);
  const shape = shapes[text];
  if (shape !== undefined) return { shape };
  return { shape: 'message', name: text.includes('.') ? text : `${section}.${text}` };
}

function readAlias(text: string, section: string): ValueType {
  const full = text.includes('.') ? text : `${section}.${text}`;
  const line = load().lines.get(`%${full}`);
  if (line === undefined) throw new Error(`The facts table names no type ${full}.`);
  const [, base, ...values] = line.text.split(' ');
  const alias = { name: full.slice(full.lastIndexOf('.') + 1), section: line.section.name, values };
  return { ...readValueType(base!, line.section.name), alias };
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

function readResources(): readonly ResourceInfo[] {
  const found: ResourceInfo[] = [];
  let group = '';
  let version = '';
  for (const text of resourcesText.split('\n')) {
    if (text === '') continue;
    if (text.startsWith(' ')) {
      found.push(readResource(text.slice(1), group, version));
      continue;
    }
    const [name, after] = text.split('/');
    group = name === 'core' ? '' : name!;
    version = after!;
  }
  return found;
}

function readResource(text: string, group: string, version: string): ResourceInfo {
  const [kind, plural, scope, verbs, shortNames, categories, subresources] = text.split(' ');
  const list = (value: string | undefined) => (value === '-' ? [] : value!.split(','));
  const type = findKind(group, version, kind!);
  if (type === undefined) throw new Error(`The facts table has no kind ${kind}.`);
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
    type,
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
