/**
 * resource.Quantity: exact arithmetic on amounts such as `100m`, `1Gi` and `2e3`, and their
 * canonical form. Amounts are whole nano units in a BigInt, finer ones rounded up as Kubernetes
 * does. Never loses precision, never builds a number longer than its bounds.
 */

/** How a quantity is written: powers of 1000 with a letter or an exponent, or powers of 1024. */
export type QuantityFormat = 'DecimalSI' | 'DecimalExponent' | 'BinarySI';

/** A parsed quantity. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** Longer texts and larger exponents are not quantities; Kubernetes has no such bound. */
const textLengthMax = 128;
const exponentMax = 128;

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i|)$/;
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The lowest exponent that a quantity keeps, that of nano. */
const nanoExponent = -9;
const nanosPerUnit = 1_000_000_000n;
const nanosPerMilli = 1_000_000n;
const binaryMax = (2n ** 63n - 1n) * nanosPerUnit;

/** Nothing. */
export const zeroQuantity: Quantity = { nanos: 0n, format: 'DecimalSI' };

const loosePattern = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;

/** What Kubernetes says of a text that is not a quantity. */
export function quantityError(text: string): string {
  const match = loosePattern.exec(text);
  if (match === null) {
    return `quantities must match the regular expression '${loosePattern.source}'`;
  }
  const numeric = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(match[1]!);
  return numeric ? "unable to parse quantity's suffix" : 'unable to parse numeric part of quantity';
}

/** Reads a quantity from its JSON form, a text or a number; undefined where it is none. */
export function parseQuantity(input: unknown): Quantity | undefined {
  const text = typeof input === 'number' ? String(input) : input;
  if (typeof text !== 'string' || text.length > textLengthMax) return undefined;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const unit = unitOf(suffix);
  if (unit === undefined) return undefined;
  const digits = BigInt(whole + fraction);
  const shift = unit.exponent - fraction.length - nanoExponent;
  const scaled = digits * unit.factor;
  let nanos = shift >= 0 ? scaled * 10n ** BigInt(shift) : divideUp(scaled, 10n ** BigInt(-shift));
  let { format } = unit;
  if (format === 'BinarySI' && nanos > binaryMax) nanos = binaryMax;
  if (format === 'BinarySI' && nanos > 0n && nanos < nanosPerUnit) format = 'DecimalSI';
  return { nanos: sign === '-' ? -nanos : nanos, format };
}

interface Unit {
  readonly factor: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function unitOf(suffix: string): Unit | undefined {
  const decimal = decimalSuffixes.indexOf(suffix);
  if (decimal >= 0) return { factor: 1n, exponent: decimal * 3 - 9, format: 'DecimalSI' };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary >= 0) return { factor: 1024n ** BigInt(binary), exponent: 0, format: 'BinarySI' };
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > exponentMax) return undefined;
  return { factor: 1n, exponent, format: 'DecimalExponent' };
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** The quantity in whole units, rounded away from zero. */
export function value(quantity: Quantity): number {
  return Number(scaled(quantity.nanos, nanosPerUnit));
}

/** The quantity in thousandths of a unit, rounded away from zero. */
export function milliValue(quantity: Quantity): number {
  return Number(scaled(quantity.nanos, nanosPerMilli));
}

function scaled(nanos: bigint, unit: bigint): bigint {
  return nanos < 0n ? -divideUp(-nanos, unit) : divideUp(nanos, unit);
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compare(left: Quantity, right: Quantity): number {
  if (left.nanos === right.nanos) return 0;
  return left.nanos < right.nanos ? -1 : 1;
}

/** The sum, in the format of `left` unless that is zero. */
export function add(left: Quantity, right: Quantity): Quantity {
  const format = left.nanos === 0n ? right.format : left.format;
  return { nanos: left.nanos + right.nanos, format };
}

/** The difference, in the format of `left` unless that is zero. */
export function subtract(left: Quantity, right: Quantity): Quantity {
  return add(left, { nanos: -right.nanos, format: right.format });
}

/** The canonical text: no fraction, the largest suffix that keeps it whole. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  const size = nanos < 0n ? -nanos : nanos;
  if (format === 'BinarySI' && size >= 1024n * nanosPerUnit && nanos % nanosPerUnit === 0n) {
    const [number, steps] = withoutFactors(nanos / nanosPerUnit, 1024n, binarySuffixes.length - 1);
    return `${number}${binarySuffixes[steps]}`;
  }
  const exponential = format === 'DecimalExponent';
  const stepsMax = exponential ? exponentMax : decimalSuffixes.length - 1;
  const [number, steps] = withoutFactors(nanos, 1000n, stepsMax);
  if (!exponential) return `${number}${decimalSuffixes[steps]}`;
  const exponent = steps * 3 + nanoExponent;
  return exponent === 0 ? `${number}` : `${number}e${exponent}`;
}

function withoutFactors(number: bigint, factor: bigint, stepsMax: number): [bigint, number] {
  let rest = number;
  let steps = 0;
  while (steps < stepsMax && rest % factor === 0n) {
    rest /= factor;
    steps++;
  }
  return [rest, steps];
}

/** The canonical form of a quantity's JSON form; undefined where it is none. */
export function canonical(input: unknown): string | undefined {
  const quantity = parseQuantity(input);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}
