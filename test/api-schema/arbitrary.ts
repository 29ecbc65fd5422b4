/**
 * Random objects of any type of the facts table, for properties. They are canonical: what Go's
 * JSON encoder leaves out (zero values under omitempty, empty lists and maps) is left out here.
 */
import fc from 'fast-check';
import {
  type FieldInfo,
  messageType,
  type TypeInfo,
  type ValueType,
} from '../../machines/api/schema.ts';

/** How deeply generated messages nest. */
const depthMax = 3;

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
  fc.constantFrom('__proto__', 'constructor', 'a.b/c'),
);

const jsonValue = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => value !== null)
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const instants = { min: new Date('0001-01-01T00:00:01Z'), max: new Date('9999-12-31T23:59:59Z') };
const instant = fc.date({ ...instants, noInvalidDate: true });

const scalars: Record<string, fc.Arbitrary<unknown>> = {
  string: text,
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  bool: fc.boolean(),
  double: fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Object.is(value, -0)),
  bytes: fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString('base64')),
  time: instant.map((date) => `${date.toISOString().slice(0, 19)}Z`),
  microTime: instant.map((date) => date.toISOString().replace('Z', '000Z')),
  quantity: fc.constantFrom('0', '1', '100m', '1Gi', '1500m', '30e9'),
  intOrString: fc.oneof(fc.integer(), fc.string()),
  fieldsV1: fc.object({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  rawExtension: jsonValue,
  json: jsonValue,
  stringList: fc.array(fc.string(), { maxLength: 3 }),
};

/** Random objects of a struct type; `kind` adds apiVersion and kind. */
export function objectOf(type: TypeInfo, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of type.fields) {
    const value = fieldValue(field, depth);
    if (value !== undefined && field.number > 0) shape[name] = value;
  }
  return fc.record(shape, { requiredKeys: [], noNullPrototype: true });
}

function fieldValue(field: FieldInfo, depth: number): fc.Arbitrary<unknown> | undefined {
  const value = valueArbitrary(field.type, depth);
  if (value === undefined || !field.omitEmpty || field.pointer) return value;
  if (field.type.shape === 'intOrString') return value;
  return value.filter((found) => found !== '' && found !== 0 && found !== false);
}

function valueArbitrary(type: ValueType, depth: number): fc.Arbitrary<unknown> | undefined {
  const scalar = scalars[type.shape];
  if (scalar !== undefined) return scalar;
  if (type.shape === 'list' || type.shape === 'map') {
    const item = valueArbitrary(type.item!, depth + 1);
    if (item === undefined) return undefined;
    if (type.shape === 'list') return fc.array(item, { minLength: 1, maxLength: 2 });
    return fc
      .array(fc.tuple(text, item), { minLength: 1, maxLength: 3 })
      .map((entries) => Object.fromEntries(entries));
  }
  if (type.shape !== 'message' || depth >= depthMax) return undefined;
  const info = messageType(type);
  const schema = () =>
    objectOf(
      messageType({ shape: 'message', name: 'apiextensions.v1.JSONSchemaProps' }),
      depth + 1,
    );
  if (info.shortName === 'JSONSchemaPropsOrBool') return fc.oneof(schema(), fc.boolean());
  if (info.shortName === 'JSONSchemaPropsOrArray') {
    return fc.oneof(schema(), fc.array(schema(), { minLength: 1, maxLength: 2 }));
  }
  if (info.shortName === 'JSONSchemaPropsOrStringArray') {
    return fc.oneof(schema(), fc.array(text, { minLength: 1, maxLength: 2 }));
  }
  return objectOf(info, depth + 1);
}
