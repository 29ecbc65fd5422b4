/**
 * The API as data: typed look-ups over the facts table (facts/types.ts, facts/resources.ts, and
 * own-kinds.ts).
 * Everything is parsed on first use and kept; nothing here changes afterwards. Knows shapes only:
 * no defaults, no validation, no I/O.
 */
import { resourcesText } from './facts/resources.ts';
import { typesText } from './facts/types.ts';
import { type Line, readField, readLines, readResourceRows, shapeLetters } from './facts-reader.ts';
import { ownResourcesText, ownTypesText } from './own-kinds.ts';

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
  resourceList ??= readResourceRows(resourcesText + ownResourcesText).map((row) => {
    const type = findKind(row.group, row.version, row.kind);
    if (type === undefined) throw new Error(`The facts table has no kind ${row.kind}.`);
    return { ...row, type };
  });
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
  const lines = readLines(typesText + ownTypesText);
  const sections = [...lines.values()].map(({ section }) => section);
  const sectionOf = new Map(sections.map((section) => [section.groupVersion, section.name]));
  tables = { lines, sectionOf, parsed: new Map(), values: new Map() };
  return tables;
}

function readType(line: Line): TypeInfo {
  const [head, ...rest] = line.text.split(' ');
  const [shortName, flags = ''] = head!.split(':');
  const section = line.section.name;
  const ownFields = rest.map((text): FieldInfo => {
    const { facts, typeText } = readField(text);
    return { ...facts, type: readValueType(typeText, section) };
  });
  let fields: Map<string, FieldInfo> | undefined;
  return {
    name: `${section}.${shortName}`,
    shortName: shortName!,
    section,
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
  const shape = shapeLetters[text];
  if (shape !== undefined) return { shape };
  return { shape: 'message', name: text.includes('.') ? text : `${section}.${text}` };
}

function readAlias(text: string, section: string): ValueType {
  const full = text.includes('.') ? text : `${section}.${text}`;
  const line = load().lines.get(`%${full}`);
  if (line === undefined) throw new Error(`The facts table names no type ${full}.`);
  const [, base, ...rest] = line.text.split(' ');
  const values = rest.length === 0 ? [] : rest.join(' ').split('|');
  const alias = { name: full.slice(full.lastIndexOf('.') + 1), section: line.section.name, values };
  return { ...readValueType(base!, line.section.name), alias };
}
