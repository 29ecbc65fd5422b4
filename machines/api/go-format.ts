/**
 * Values as Go prints them, because Kubernetes' messages show users Go maps, slices and strings:
 * `%v`, `%q` and encoding/json. Pure; values are acyclic because they came from decoders.
 */

/** `map[a:1 b:[x y]]` for `{b: ['x', 'y'], a: 1}`. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goFormat).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goFormat(item)}`).join(' ')}]`;
}

const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A string as `%q` prints it: what is not printable escaped, everything else as it is. */
export function goQuote(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escaped)}"`;
}

function escaped(character: string): string {
  const known = escapes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x80) return `\\x${digits.padStart(2, '0')}`;
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

/** Fields that are maps; those of structs stay in the order given. */
const mapFields = new Set([
  ...['labels', 'matchLabels', 'annotations', 'nodeSelector', 'selector', 'data', 'stringData'],
  ...['limits', 'requests', 'hard', 'used', 'capacity', 'allocatable', 'parameters', 'overhead'],
]);
/** The struct that is shown most often, in its own order. */
const selectorFields = ['matchLabels', 'matchExpressions'];

/**
 * The value of a field as encoding/json writes it: keys of maps sorted, `<`, `>` and `&` escaped.
 */
export function goJson(value: unknown, field = ''): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return jsonText(value);
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item)).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields).filter((key) => fields[key] !== undefined);
  if (keys.every((key) => selectorFields.includes(key))) keys.sort().reverse();
  else if (mapFields.has(field)) keys.sort();
  return `{${keys.map((key) => `${jsonText(key)}:${goJson(fields[key], key)}`).join(',')}}`;
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The Go type that a decoded JSON value has. */
export function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'object':
      return value === null ? '%!s(<nil>)' : 'map[string]interface {}';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'string';
  }
}
