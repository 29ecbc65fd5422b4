/**
 * Canonical quantities in place: `1000m` becomes `1`, `1024Mi` becomes `1Gi`, as decoding and
 * encoding again does.
 *
 * What is no quantity stays as it is, for validation to find. Never throws.
 */
import { canonical, formatQuantity, parseQuantity } from '../quantity.ts';

/**
 * Texts that are canonical without looking closer: no zero in front, less than a step to the next
 * suffix.
 */
const plain = /^[1-9]\d{0,2}(m|k|[KMGTPE]i?)?$/;

const nanosPerMilli = 1_000_000n;

/** The canonical form of a quantity, or what was given where that is none. */
export function canonicalOr<T>(given: T): T | string {
  if (typeof given === 'string' && plain.test(given) && !given.endsWith('K')) return given;
  return canonical(given) ?? given;
}

/** Makes the quantities of a resource list canonical, rounded up to thousandths. */
export function canonicalList(list: { [name: string]: unknown } | undefined): void {
  for (const name in list) {
    const given = list[name];
    if (typeof given === 'string' && plain.test(given) && !given.endsWith('K')) continue;
    const text = canonicalMilli(given);
    if (text !== undefined && text !== given) list[name] = text;
  }
}

function canonicalMilli(given: unknown): string | undefined {
  const quantity = parseQuantity(given);
  if (quantity === undefined) return undefined;
  const { nanos } = quantity;
  const rest = ((nanos % nanosPerMilli) + nanosPerMilli) % nanosPerMilli;
  if (rest === 0n) return formatQuantity(quantity);
  return formatQuantity({ ...quantity, nanos: nanos + (nanosPerMilli - rest) });
}
