/**
 * OpenAPI schemas of the types in the facts table, for version 3 (components) and version 2
 * (definitions). Their names, extensions and required fields are those of Kubernetes' documents;
 * descriptions come from outside, and are left out where there are none.
 */
import { type FieldInfo, groupVersionOf, type TypeInfo, typeOf, type ValueType } from './schema.ts';

/** A JSON value of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

/** The version of the OpenAPI specification that a document follows. */
export type OpenApiForm = 'v2' | 'v3';

/** Texts by full type name, then by JSON field name; the empty name is the type itself. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

const machinery = 'io.k8s.apimachinery.pkg';
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** Types that are written by hand: model name and schema in each form. */
const specials: Readonly<Partial<Record<ValueType['shape'], readonly [string, Json, Json]>>> = {
  time: special('apis.meta.v1.Time', { format: 'date-time', type: 'string' }),
  microTime: special('apis.meta.v1.MicroTime', { format: 'date-time', type: 'string' }),
  quantity: special(
    'api.resource.Quantity',
    { oneOf: [{ type: 'string' }, { type: 'number' }] },
    { type: 'string' },
  ),
  intOrString: special(
    'util.intstr.IntOrString',
    { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
    { format: 'int-or-string', type: 'string' },
  ),
  fieldsV1: special('apis.meta.v1.FieldsV1', { type: 'object' }),
  rawExtension: special('runtime.RawExtension', { type: 'object' }),
  json: [`${extensions}.JSON`, {}, {}],
};

function special(name: string, v3: Json, v2: Json = v3): readonly [string, Json, Json] {
  return [`${machinery}.${name}`, v3, v2];
}

const scalars: Readonly<Partial<Record<ValueType['shape'], Json>>> = {
  string: { type: 'string' },
  int32: { format: 'int32', type: 'integer' },
  int64: { format: 'int64', type: 'integer' },
  double: { format: 'double', type: 'number' },
  bool: { type: 'boolean' },
  bytes: { format: 'byte', type: 'string' },
  stringList: { items: { type: 'string' }, type: 'array' },
  object: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  any: {},
};

/** The name of the component that describes the body of a PATCH. */
export const patchModel = `${machinery}.apis.meta.v1.Patch`;

/** A reference to a component by name. */
export function reference(form: OpenApiForm, model: string): Json {
  return { $ref: `${form === 'v3' ? '#/components/schemas/' : '#/definitions/'}${model}` };
}

/**
 * The schemas of these types and of all that they refer to, by component name. `kindVersions` are
 * the group versions in which the kinds of meta/v1 are known.
 */
export function schemasOf(
  form: OpenApiForm,
  roots: readonly TypeInfo[],
  descriptions: Descriptions,
  kindVersions: readonly string[],
): Record<string, Json> {
  const found = new Map<string, Json>();
  const open: ValueType[] = roots.map((type) => ({ shape: 'message', name: type.name }));
  const seen = new Set<string>();
  while (open.length > 0) {
    const value = open.pop()!;
    if (value.item !== undefined) open.push(value.item);
    const known = specials[value.shape];
    if (known !== undefined) found.set(known[0], form === 'v3' ? known[1] : known[2]);
    const type = value.shape === 'message' ? typeOf(value.name!)! : undefined;
    if (type === undefined || seen.has(type.name)) continue;
    seen.add(type.name);
    found.set(type.model, structSchema(form, type, descriptions, kindVersions));
    for (const field of type.fields.values()) open.push(field.type);
  }
  found.set(patchModel, { type: 'object' });
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function structSchema(
  form: OpenApiForm,
  type: TypeInfo,
  descriptions: Descriptions,
  kindVersions: readonly string[],
): Json {
  const texts = descriptions[type.name] ?? {};
  const description = texts[''];
  const head = description === undefined ? {} : { description };
  if (type.shortName.startsWith('JSONSchemaPropsOr')) return head;
  const properties: Record<string, Json> = {};
  const required: string[] = [];
  for (const [name, field] of type.fields) {
    const schema = propertySchema(form, field, texts[name]);
    const general = descriptions[field.type.name ?? '']?.[''];
    properties[name] = form === 'v3' ? described(schema, general) : schema;
    if (field.required || !(field.optional || field.omitEmpty)) required.push(name);
  }
  if (type.isKind) {
    for (const name of ['apiVersion', 'kind']) {
      properties[name] = { ...describe(texts[name]), type: 'string' };
    }
  }
  return {
    ...head,
    ...(Object.keys(properties).length === 0 ? {} : { properties: byName(properties) }),
    ...(required.length === 0 ? {} : { required: required.sort() }),
    type: 'object',
    ...(type.isKind ? { 'x-kubernetes-group-version-kind': kindsOf(type, kindVersions) } : {}),
    ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
}

/**
 * Gives a field that has no text of its own the text of its type. Beside a reference it shows in
 * lists of fields, while a reader that follows the reference sees it once.
 */
function described(schema: Json, general: string | undefined): Json {
  if (general === undefined || 'description' in schema) return schema;
  const [only] = (schema.allOf ?? [{}]) as readonly Json[];
  const { allOf: _, ...siblings } = schema;
  return { ...siblings, ...only, description: general };
}

function byName(object: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(description: string | undefined): Json {
  return description === undefined ? {} : { description };
}

function kindsOf(type: TypeInfo, kindVersions: readonly string[]): readonly Json[] {
  const own = groupVersionOf(type);
  const spread = type.shortName === 'DeleteOptions' || type.shortName === 'WatchEvent';
  const versions = type.section !== 'meta.v1' ? [own] : spread ? kindVersions : ['core/v1'];
  return versions.map((text) => {
    const [group, version] = text.split('/');
    return { group: group === 'core' ? '' : group, kind: type.shortName, version };
  });
}

function propertySchema(form: OpenApiForm, field: FieldInfo, description?: string): Json {
  const schema = valueSchema(form, field.type);
  const siblings: Record<string, unknown> = { ...describe(description) };
  if (field.defaultText !== undefined) siblings.default = defaultOf(field.defaultText);
  if (field.listType !== undefined) siblings['x-kubernetes-list-type'] = field.listType;
  if (field.listMapKeys.length > 0) siblings['x-kubernetes-list-map-keys'] = field.listMapKeys;
  if (field.atomic) siblings['x-kubernetes-map-type'] = 'atomic';
  if (field.patchMergeKey !== undefined) {
    siblings['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
  }
  if (field.patchStrategy.length > 0) {
    siblings['x-kubernetes-patch-strategy'] = field.patchStrategy.join(',');
  }
  if (Object.keys(siblings).length === 0) return schema;
  if (form === 'v3' && '$ref' in schema) return { ...siblings, allOf: [schema] };
  return { ...siblings, ...schema };
}

function defaultOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function valueSchema(form: OpenApiForm, type: ValueType): Json {
  const special = specials[type.shape];
  if (special !== undefined) return reference(form, special[0]);
  switch (type.shape) {
    case 'message':
      return reference(form, typeOf(type.name!)!.model);
    case 'list':
      return { items: valueSchema(form, type.item!), type: 'array' };
    case 'map':
      return { additionalProperties: valueSchema(form, type.item!), type: 'object' };
    default: {
      const values = type.alias?.values ?? [];
      const scalar = scalars[type.shape]!;
      return values.length === 0 ? scalar : { ...scalar, enum: [...values].sort() };
    }
  }
}
