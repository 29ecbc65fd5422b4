/**
 * Decodes the JSON form of a built-in object against the facts table, as Kubernetes' decoder and
 * encoder together would: unknown fields are reported and dropped, values of a wrong type are
 * refused in the decoder's words, quantities and times become canonical, and what omitempty drops
 * is dropped. Never changes its input. Sets no defaults and validates no value.
 */
import { canonical, quantityError } from './quantity.ts';
import { type FieldInfo, messageType, type TypeInfo, type ValueType } from './schema.ts';
import { joinPath } from './strict-json.ts';
import { formatMicroTime, formatTime, parseTimestamp } from './timestamp.ts';

export { joinPath, type ParsedJson, strictJsonParse } from './strict-json.ts';

type JsonObject = Record<string, unknown>;

/** A decoded object, the paths of the fields it should not have, and the first wrong type. */
export interface Decoded {
  readonly object: JsonObject;
  readonly unknown: readonly string[];
  /** What the decoder says of the first value that does not fit; then `object` is of no use. */
  readonly error?: string;
}

interface Decoding {
  readonly path: (string | number)[];
  readonly unknown: string[];
  error: string | undefined;
}

/** Where a value stands: the struct and its field, as Go's decoder names them. */
interface Site {
  readonly struct: string;
  readonly type: ValueType;
}

/** Decodes `input`, an object of `type` from JSON or YAML. */
export function decodeFields(type: TypeInfo, input: JsonObject): Decoded {
  const decoding: Decoding = { path: [], unknown: [], error: undefined };
  const object = decodeMessage(decoding, type, input);
  const { unknown, error } = decoding;
  return { object, unknown, ...(error === undefined ? {} : { error }) };
}

/** The strict decoder's error for findings, or undefined where there are none. */
export function strictError(
  unknown: readonly string[],
  duplicate: readonly string[],
): string | undefined {
  const texts = fieldWarnings(unknown, duplicate);
  return texts.length === 0 ? undefined : `strict decoding error: ${texts.join(', ')}`;
}

/** One text a finding, as Warning headers carry them. */
export function fieldWarnings(
  unknown: readonly string[],
  duplicate: readonly string[],
): readonly string[] {
  return [
    ...unknown.map((path) => `unknown field "${path}"`),
    ...duplicate.map((path) => `duplicate field "${path}"`),
  ];
}

/** The message of the 400 that answers a body which cannot be decoded. */
export function undecodable(version: string, kind: string, error: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${error}`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeMessage(decoding: Decoding, type: TypeInfo, input: JsonObject): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of Object.entries(input)) {
    decoding.path.push(name);
    const field = type.fields.get(name);
    if (field !== undefined) decodeField(decoding, type, field, value, object);
    else if (type.isKind && (name === 'apiVersion' || name === 'kind')) {
      if (typeof value === 'string') object[name] = value;
      else if (value !== null) fault(decoding, { struct: type.shortName, type: text }, value);
    } else decoding.unknown.push(joinPath(decoding.path));
    decoding.path.pop();
  }
  return object;
}

const text: ValueType = { shape: 'string' };

function decodeField(
  decoding: Decoding,
  type: TypeInfo,
  field: FieldInfo,
  value: unknown,
  object: JsonObject,
): void {
  if (value === null) return;
  const decoded = decodeValue(decoding, { struct: type.shortName, type: field.type }, value);
  if (decoded === undefined) return;
  if (field.omitEmpty && !field.pointer && isEmpty(decoded, field.type)) return;
  object[field.name] = decoded;
}

/** What Go's encoder takes for empty; an IntOrString is a struct, which never is. */
function isEmpty(value: unknown, type: ValueType): boolean {
  if (type.shape === 'intOrString') return false;
  if (value === '' || value === 0 || value === false) return true;
  if (type.shape === 'list') return (value as unknown[]).length === 0;
  return type.shape === 'map' && Object.keys(value as JsonObject).length === 0;
}

function decodeValue(decoding: Decoding, site: Site, value: unknown): unknown {
  const { type } = site;
  switch (type.shape) {
    case 'message':
      return decodeStruct(decoding, site, value);
    case 'list':
      return decodeList(decoding, site, value);
    case 'map':
      return decodeMap(decoding, site, value);
    case 'stringList':
      return decodeList(decoding, { ...site, type: { shape: 'list', item: text } }, value);
    case 'string':
      return typeof value === 'string' ? value : fault(decoding, site, value);
    case 'bool':
      return typeof value === 'boolean' ? value : fault(decoding, site, value);
    case 'int32':
    case 'int64':
      return decodeInteger(decoding, site, value);
    case 'double':
      return typeof value === 'number' ? value : fault(decoding, site, value);
    case 'bytes':
      return decodeBytes(decoding, site, value);
    case 'time':
    case 'microTime':
      return decodeTime(decoding, type.shape, value);
    case 'quantity':
      return canonical(value) ?? refuse(decoding, quantityError(goText(value)));
    case 'object':
      return isObject(value) ? value : fault(decoding, site, value);
    case 'intOrString':
      if (typeof value === 'string') return value;
      return decodeInteger(decoding, { struct: '', type: { shape: 'int32' } }, value);
    default:
      return value;
  }
}

function goText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function decodeStruct(decoding: Decoding, site: Site, value: unknown): unknown {
  const info = messageType(site.type);
  if (info.shortName.startsWith('JSONSchemaPropsOr')) {
    return decodeUnion(decoding, info, site, value);
  }
  return isObject(value) ? decodeMessage(decoding, info, value) : fault(decoding, site, value);
}

/** JSONSchemaPropsOr{Array,Bool,StringArray}: a schema, or the other form. */
function decodeUnion(decoding: Decoding, info: TypeInfo, site: Site, value: unknown): unknown {
  const field = info.ownFields.find((one) => (one.name === 'schema') === isObject(value))!;
  return decodeValue(decoding, { ...site, type: field.type }, value);
}

function decodeList(decoding: Decoding, site: Site, value: unknown): unknown {
  if (!Array.isArray(value)) return fault(decoding, site, value);
  const item = { ...site, type: site.type.item! };
  return value.map((element, index) => {
    decoding.path.push(index);
    const decoded = element === null ? null : decodeValue(decoding, item, element);
    decoding.path.pop();
    return decoded ?? zeroOf(site.type.item!);
  });
}

function decodeMap(decoding: Decoding, site: Site, value: unknown): unknown {
  if (!isObject(value)) return fault(decoding, site, value);
  const item = { ...site, type: site.type.item! };
  const entries = Object.entries(value).map(([key, element]) => {
    const named = site.type.item!.shape === 'message';
    if (named) decoding.path.push(key);
    const decoded = element === null ? null : decodeValue(decoding, item, element);
    if (named) decoding.path.pop();
    return [key, decoded ?? zeroOf(site.type.item!)] as const;
  });
  return Object.fromEntries(entries);
}

/** What null leaves behind in a list or a map. */
function zeroOf(type: ValueType): unknown {
  switch (type.shape) {
    case 'string':
    case 'bytes':
      return '';
    case 'quantity':
      return '0';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'list':
    case 'stringList':
      return [];
    case 'map':
    case 'message':
      return {};
    default:
      return null;
  }
}

function decodeInteger(decoding: Decoding, site: Site, value: unknown): unknown {
  const limit = site.type.shape === 'int32' ? 2 ** 31 : 2 ** 63;
  const fits = Number.isInteger(value) && (value as number) >= -limit && (value as number) < limit;
  return fits ? value : fault(decoding, site, value);
}

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decodeBytes(decoding: Decoding, site: Site, value: unknown): unknown {
  if (typeof value !== 'string') return fault(decoding, site, value);
  const plain = value.replace(/[\r\n]/g, '');
  if (base64Pattern.test(plain)) return plain;
  const at = plain.search(/[^A-Za-z0-9+/]/);
  const last = at < 0 ? plain.length - (plain.length % 4) : at;
  return refuse(decoding, `illegal base64 data at input byte ${last}`);
}

const timeLayouts = {
  time: '2006-01-02T15:04:05Z07:00',
  microTime: '2006-01-02T15:04:05.000000Z07:00',
};

function decodeTime(decoding: Decoding, shape: 'time' | 'microTime', value: unknown): unknown {
  if (typeof value !== 'string') {
    return refuse(
      decoding,
      `json: cannot unmarshal ${jsonKind(value)} into Go value of type string`,
    );
  }
  const timestamp = parseTimestamp(value);
  if (timestamp === undefined) {
    const layout = timeLayouts[shape];
    const shown = JSON.stringify(value);
    return refuse(
      decoding,
      `parsing time ${shown} as "${layout}": cannot parse ${shown} as "2006"`,
    );
  }
  return shape === 'time' ? formatTime(timestamp.seconds) : formatMicroTime(timestamp);
}

function refuse(decoding: Decoding, error: string): undefined {
  decoding.error ??= error;
}

function fault(decoding: Decoding, site: Site, value: unknown): undefined {
  const names = decoding.path.filter((part) => typeof part === 'string');
  const into = site.struct === '' ? 'value' : `struct field ${site.struct}.${names.join('.')}`;
  const shown =
    typeof value === 'number' && isNumeric(site.type) ? `number ${value}` : jsonKind(value);
  const error = `json: cannot unmarshal ${shown} into Go ${into} of type ${goType(site.type)}`;
  return refuse(decoding, error);
}

function isNumeric(type: ValueType): boolean {
  return type.shape === 'int32' || type.shape === 'int64';
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The name of a Go type, as its reflection prints it. */
function goType(type: ValueType): string {
  if (type.alias !== undefined) return `${type.alias.section.split('.')[1]}.${type.alias.name}`;
  switch (type.shape) {
    case 'list':
      return `[]${goType(type.item!)}`;
    case 'map':
      return `map[string]${goType(type.item!)}`;
    case 'message': {
      const [, version, name] = type.name!.split('.');
      return `${version}.${name}`;
    }
    case 'double':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'object':
      return 'map[string]interface {}';
    case 'quantity':
      return 'resource.Quantity';
    default:
      return type.shape;
  }
}
