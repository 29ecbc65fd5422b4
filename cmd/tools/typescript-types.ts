/**
 * Writes machines/api/types.ts from the facts table: one TypeScript interface for each type, in
 * the shape of its JSON form. A development tool.
 */
import {
  type FieldInfo,
  resources,
  type TypeInfo,
  types,
  type ValueType,
} from '../../machines/api/schema.ts';

const groupOrder = ['core.v1', 'meta.v1', 'apps.v1', 'batch.v1', 'autoscaling.v2', 'rbac.v1'];

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  int32: 'number',
  int64: 'number',
  double: 'number',
  bool: 'boolean',
  bytes: 'string',
  time: 'string',
  microTime: 'string',
  quantity: 'string',
  intOrString: 'number | string',
  fieldsV1: 'Readonly<Record<string, unknown>>',
  rawExtension: 'unknown',
  json: 'unknown',
  object: 'Record<string, unknown>',
  any: 'unknown',
  stringList: 'string[]',
};

const unions: Readonly<Record<string, string>> = {
  JSONSchemaPropsOrArray: 'JSONSchemaProps | JSONSchemaProps[]',
  JSONSchemaPropsOrBool: 'JSONSchemaProps | boolean',
  JSONSchemaPropsOrStringArray: 'JSONSchemaProps | string[]',
};

/** The whole text of machines/api/types.ts. */
export function typescriptTypes(): string {
  const names = typescriptNames();
  const blocks = [header];
  for (const type of types()) blocks.push(declaration(type, names));
  blocks.push(resourceMap(names));
  return `${blocks.join('\n\n')}\n`;
}

const header = `/**
 * TypeScript shapes of every Kubernetes object that is served here, as they look in JSON.
 * Generated from the facts table by cmd/tools/write-facts.ts; never edited by hand.
 * Times are RFC 3339 strings, quantities strings, bytes base64 strings.
 */`;

function typescriptNames(): Map<string, string> {
  const kinds = new Set(resources().map((resource) => resource.type.name));
  const rank = (type: TypeInfo) => {
    const position = groupOrder.indexOf(type.section);
    return (kinds.has(type.name) ? 0 : 100) + (position < 0 ? groupOrder.length : position);
  };
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const type of [...types()].sort((left, right) => rank(left) - rank(right))) {
    let name = type.shortName;
    if (taken.has(name) && type.section === 'autoscaling.v1') name = `${name}V1`;
    else if (taken.has(name)) name = prefix(type.section) + name;
    taken.add(name);
    names.set(type.name, name);
  }
  return names;
}

function prefix(section: string): string {
  return section
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function declaration(type: TypeInfo, names: ReadonlyMap<string, string>): string {
  const name = names.get(type.name)!;
  const comment = `/** ${type.section.replace('.', '/')} ${type.shortName}. */`;
  const union = unions[type.shortName];
  if (union !== undefined) return `${comment}\nexport type ${name} = ${union};`;
  const lines: string[] = [];
  if (type.isKind) {
    lines.push('  apiVersion?: string | undefined;', '  kind?: string | undefined;');
  }
  const parents: string[] = [];
  for (const field of type.ownFields) {
    if (field.inline) parents.push(names.get(field.type.name!)!);
    else lines.push(`  ${property(field, names)}`);
  }
  const inherited = parents.length === 0 ? '' : ` extends ${parents.join(', ')}`;
  if (lines.length === 0 && parents.length === 0) {
    return `${comment}\nexport type ${name} = Record<string, never>;`;
  }
  return `${comment}\nexport interface ${name}${inherited} {\n${lines.join('\n')}\n}`;
}

function property(field: FieldInfo, names: ReadonlyMap<string, string>): string {
  const name = /^[A-Za-z_$][\w$]*$/.test(field.name) ? field.name : `'${field.name}'`;
  const type = typescriptType(field.type, names);
  return field.omitEmpty ? `${name}?: ${type} | undefined;` : `${name}: ${type};`;
}

function typescriptType(type: ValueType, names: ReadonlyMap<string, string>): string {
  switch (type.shape) {
    case 'list': {
      const item = typescriptType(type.item!, names);
      return item.includes('|') ? `(${item})[]` : `${item}[]`;
    }
    case 'map':
      return `Record<string, ${typescriptType(type.item!, names)}>`;
    case 'message':
      return names.get(type.name!)!;
    default: {
      const values = type.alias?.values ?? [];
      if (values.length === 0) return scalars[type.shape]!;
      return values.map((value) => `'${value}'`).join(' | ');
    }
  }
}

function resourceMap(names: ReadonlyMap<string, string>): string {
  const rows = new Map<string, string>();
  for (const resource of resources()) {
    if (!resource.verbs.includes('update') || rows.has(resource.storage)) continue;
    if (resource.storage !== `${resource.group || 'core'}/${resource.plural}`) continue;
    rows.set(resource.storage, names.get(resource.type.name)!);
  }
  const lines = [...rows].map(([key, type]) => `  '${key}': ${type};`);
  return `/** The object type of each stored resource, by its name in the store. */
export interface ResourceTypes {\n${lines.join('\n')}\n}

/** The name of a resource in the store: group (or core), a slash, and the plural. */
export type ResourceName = keyof ResourceTypes;`;
}
