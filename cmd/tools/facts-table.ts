/**
 * Turns parsed Go packages into the lines of the facts table. A development tool; the syntax of
 * the table is described in machines/api/schema.ts, which reads it. Carries no comment prose over.
 */
import type { GoField, GoPackage, GoType } from './go-types.ts';

/** A parsed Go package with its import path, table section and API group version. */
export interface Section extends GoPackage {
  readonly path: string;
  readonly name: string;
  readonly groupVersion: string;
}

/** Types that the table does not describe field by field, with their one-letter codes. */
const specialTypes: Readonly<Record<string, string>> = {
  'meta.v1.Time': 'T',
  'meta.v1.MicroTime': 'M',
  'meta.v1.FieldsV1': 'F',
  'meta.v1.Verbs': 'W',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'Q',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'N',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'X',
  'k8s.io/apimachinery/pkg/runtime.Object': 'O',
  'k8s.io/apimachinery/pkg/types.UID': 's',
  'k8s.io/apimachinery/pkg/types.NodeName': 's',
  'k8s.io/apimachinery/pkg/types.NamespacedName': 's',
  'apiextensions.v1.JSON': 'J',
  'authentication.v1.ExtraValue': 'W',
  'authorization.v1.ExtraValue': 'W',
  'certificates.v1.ExtraValue': 'W',
};

const scalarTypes: Readonly<Record<string, string>> = {
  string: 's',
  int32: 'i',
  int64: 'l',
  int: 'l',
  bool: 'b',
  float64: 'd',
  '[]byte': 'B',
  byte: 'B',
  'interface{}': 'A',
  any: 'A',
};

/** The lines of all types reachable from `roots` (`section.Type`), in order of section and name. */
export function factsTable(sections: readonly Section[], roots: readonly string[]): string {
  const byName = new Map(sections.map((section) => [section.name, section]));
  const lines = new Map<string, string>();
  const open = [...roots];
  while (open.length > 0) {
    const full = open.pop()!;
    if (lines.has(full)) continue;
    const [section, type] = find(byName, full);
    lines.set(full, typeLine(sections, section, type, open));
  }
  const out: string[] = [];
  for (const section of sections) {
    const prefix = `${section.name}.`;
    const names = [...lines.keys()].filter((name) => name.startsWith(prefix)).sort();
    if (names.length === 0) continue;
    const model = section.path.replace('k8s.io/', 'io.k8s.').replaceAll('/', '.');
    out.push(`#${section.name} ${section.groupVersion} ${model}`);
    out.push(...names.map((name) => lines.get(name)!));
  }
  return out.join('\n');
}

function find(byName: ReadonlyMap<string, Section>, full: string): [Section, GoType] {
  const dot = full.lastIndexOf('.');
  const section = byName.get(full.slice(0, dot));
  const type = section?.types.get(full.slice(dot + 1));
  if (section === undefined || type === undefined) throw new Error(`no such type: ${full}`);
  return [section, type];
}

function typeLine(
  sections: readonly Section[],
  section: Section,
  type: GoType,
  open: string[],
): string {
  const reference = (text: string) => typeCode(sections, section, text, open);
  if (type.base !== '') {
    const values = type.markers.has('enum') ? (section.values.get(type.name) ?? []) : [];
    return `%${type.name} ${reference(type.base)} ${values.join('|')}`.trimEnd();
  }
  const flags = [type.markers.get('structType')?.[0] === 'atomic' ? 'g' : ''];
  const fields: string[] = [];
  for (const field of type.fields) {
    if (field.tags.get('json') === '-') continue;
    if (field.name === '' && /(^|\.)TypeMeta$/.test(field.type)) flags.push('K');
    else fields.push(fieldFacts(field, reference));
  }
  const flag = flags.join('');
  return [type.name + (flag === '' ? '' : `:${flag}`), ...fields].join(' ');
}

function fieldFacts(field: GoField, reference: (type: string) => string): string {
  const json = (field.tags.get('json') ?? '').split(',');
  const protobuf = (field.tags.get('protobuf') ?? '').split(',');
  const protobufName = protobuf.find((part) => part.startsWith('name='))?.slice(5) ?? '';
  const inline = json.includes('inline');
  const name = inline ? '' : json[0] !== '' ? json[0]! : protobufName;
  const pointer = field.type.startsWith('*');
  const type = reference(pointer ? field.type.slice(1) : field.type);
  const flags = fieldFlags(field, json, pointer);
  return [name, protobuf[1] ?? '0', type, flags].join(':').replace(/:$/, '');
}

function fieldFlags(field: GoField, json: readonly string[], pointer: boolean): string {
  const marker = (name: string) => field.markers.get(name) ?? field.markers.get(`k8s:${name}`);
  const listType = marker('listType')?.[0];
  const strategy = (field.tags.get('patchStrategy') ?? '').split(',');
  const atomic = [marker('mapType')?.[0], marker('structType')?.[0]].includes('atomic');
  const flags: string[] = [
    json.includes('omitempty') ? '?' : '',
    json.includes('omitzero') ? 'z' : '',
    pointer ? '*' : '',
    marker('optional') ? 'o' : '',
    marker('required') ? '!' : '',
    listType === 'atomic' ? 'a' : listType === 'set' ? 'u' : '',
    listType === 'map' ? `k(${(marker('listMapKey') ?? []).join(',')})` : '',
    strategy.includes('merge') ? 'p' : '',
    strategy.includes('retainKeys') ? 'r' : '',
    strategy.includes('replace') ? 'x' : '',
    atomic ? 'g' : '',
  ];
  const mergeKey = field.tags.get('patchMergeKey');
  if (mergeKey !== undefined) flags.push(`^${mergeKey}^`);
  const value = field.markers.get('default')?.[0];
  if (value !== undefined && !value.startsWith('ref(')) flags.push(`=${value}`);
  return flags.join('');
}

function typeCode(
  sections: readonly Section[],
  section: Section,
  text: string,
  open: string[],
): string {
  const scalar = scalarTypes[text];
  if (scalar !== undefined) return scalar;
  if (text.startsWith('[]')) return `[${typeCode(sections, section, text.slice(2), open)}`;
  if (text.startsWith('map[')) {
    return `{${typeCode(sections, section, text.slice(text.indexOf(']') + 1), open)}`;
  }
  const [owner, name] = resolve(sections, section, text);
  const special = specialTypes[`${owner}.${name}`];
  if (special !== undefined) return special;
  const target = sections.find((candidate) => candidate.name === owner)?.types.get(name);
  if (target === undefined) throw new Error(`no such type: ${owner}.${name}`);
  if (scalarTypes[target.base] === undefined || target.base === 'string') {
    open.push(`${owner}.${name}`);
    const short = owner === section.name ? name : `${owner}.${name}`;
    return target.base === '' ? short : `%${short}`;
  }
  return scalarTypes[target.base]!;
}

function resolve(sections: readonly Section[], section: Section, text: string): [string, string] {
  const dot = text.indexOf('.');
  if (dot < 0) {
    const target = section.types.get(text)?.base ?? '';
    const alias = /^= (\w+)$/.exec(target);
    return [section.name, alias === null ? text : alias[1]!];
  }
  const path = section.imports.get(text.slice(0, dot));
  const owner = sections.find((candidate) => candidate.path === path)?.name ?? path;
  if (owner === undefined) throw new Error(`unknown import in ${section.name}: ${text}`);
  return [owner, text.slice(dot + 1)];
}
