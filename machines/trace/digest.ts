/**
 * Short digests of plain data: equal for what is equal field by field, whatever the order of fields and whether an
 * undefined one is named, before and after it was packed. Not for security. Pure.
 */

/** The digest of each field of a record; of what is no record a single one, under ''. */
export type Digests = Readonly<{ [field: string]: string }>;

/** Digests of the fields that are not undefined. */
export function digestFields(data: unknown): Digests {
  if (!isPlainRecord(data)) return { '': digest(data) };
  const digests: { [field: string]: string } = {};
  for (const [field, value] of Object.entries(data)) {
    if (value !== undefined) digests[field] = digest(value);
  }
  return digests;
}

/** The fields in which two differ, sorted. */
export function differingFields(one: Digests, other: Digests): readonly string[] {
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...fields].filter((field) => one[field] !== other[field]).sort();
}

/** Eight bytes of hash, in hexadecimal. */
export function digest(data: unknown): string {
  const text = canonical(data);
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high =
    Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low =
    Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return hex(high) + hex(low);
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** Data as one text: JSON with sorted fields, and whatever JSON has no word for by name. */
export function canonical(data: unknown): string {
  if (typeof data === 'number' && !Number.isFinite(data)) return String(data);
  if (typeof data !== 'object' || data === null) return JSON.stringify(data) ?? 'undefined';
  if (Array.isArray(data)) return `[${data.map(canonical).join(',')}]`;
  if (data instanceof Uint8Array) return `bytes[${data.join(',')}]`;
  if (!isPlainRecord(data)) return `${data.constructor?.name}${canonical(partsOf(data))}`;
  const fields = Object.keys(data).filter((field) => data[field] !== undefined);
  const texts = fields.sort().map((field) => `${JSON.stringify(field)}:${canonical(data[field])}`);
  return `{${texts.join(',')}}`;
}

/** What a Map, a Set or a Date holds. */
function partsOf(data: object): unknown {
  return data instanceof Map || data instanceof Set ? [...data] : JSON.stringify(data);
}

function isPlainRecord(data: unknown): data is { readonly [field: string]: unknown } {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === Object.prototype || prototype === null;
}
