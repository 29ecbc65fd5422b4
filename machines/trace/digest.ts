/**
 * A short digest of plain data: equal for what is equal field by field, whatever the order of fields and whether an
 * undefined one is named. Not for security. Pure.
 */

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

/** JSON with sorted fields. */
export function canonical(data: unknown): string {
  return (
    JSON.stringify(data, (_name, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value).sort(([one], [other]) =>
              one < other ? -1 : one > other ? 1 : 0,
            ),
          )
        : value,
    ) ?? 'undefined'
  );
}
