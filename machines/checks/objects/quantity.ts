/**
 * Amounts such as `100m`, `1Gi`, `2e3`, exactly, as whole nano units. Written apart from the API's own parser.
 *
 * Never rounds but up to the next nano; never throws: what is no quantity is 0.
 */

const POWERS: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: (10n ** 9n) << 10n,
  Mi: (10n ** 9n) << 20n,
  Gi: (10n ** 9n) << 30n,
  Ti: (10n ** 9n) << 40n,
  Pi: (10n ** 9n) << 50n,
  Ei: (10n ** 9n) << 60n,
};
const EXPONENT_MAX = 40;
const KNOWN_MAX = 4_096;
const known = new Map<string, bigint>();

/** Nano units of a quantity as it stands in an object. */
export function nanosOf(quantity: string | number | undefined): bigint {
  if (quantity === undefined) return 0n;
  const text = `${quantity}`;
  const before = known.get(text);
  if (before !== undefined) return before;
  const nanos = parse(text);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, nanos);
  return nanos;
}

function parse(text: string): bigint {
  const match = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2})|([a-zA-Z]{0,2}))$/.exec(
    text,
  );
  if (match === null) return 0n;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  const power = POWERS[suffix];
  if (power === undefined || Math.abs(Number(exponent ?? 0)) > EXPONENT_MAX) return 0n;
  let nanos = BigInt(`${whole}${fraction}` || '0') * power;
  const scale = Number(exponent ?? 0) - fraction.length;
  if (scale >= 0) nanos *= 10n ** BigInt(scale);
  else {
    const divisor = 10n ** BigInt(-scale);
    nanos = (nanos + divisor - 1n) / divisor;
  }
  return sign === '-' ? -nanos : nanos;
}

/** A whole number of units where it is one, else with its nano units: for messages. */
export function showNanos(nanos: bigint): string {
  const unit = 10n ** 9n;
  if (nanos % unit === 0n) return `${nanos / unit}`;
  const milli = 10n ** 6n;
  return nanos % milli === 0n ? `${nanos / milli}m` : `${nanos}n`;
}
