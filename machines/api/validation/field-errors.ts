/**
 * Field errors collected while an object is walked: each function adds one cause, worded as
 * apimachinery's field package words it. Paths are plain strings, built only on the way down. Never
 * throws.
 */
import {
  duplicateValue,
  forbiddenField,
  invalidValue,
  notSupported,
  required as requiredCause,
  shown,
  tooLong as tooLongCause,
} from '../status.ts';
import type { Cause } from '../strategy.ts';

/** The causes found so far. */
export type Causes = Cause[];

/** A value that has to be there is not. */
export function required(causes: Causes, field: string, detail = ''): void {
  causes.push(requiredCause(field, detail));
}

/** A value is malformed. */
export function invalid(causes: Causes, field: string, value: unknown, detail: string): void {
  causes.push(invalidValue(field, value, detail));
}

/** A value is malformed for each of these reasons. */
export function invalidFor(
  causes: Causes,
  field: string,
  value: unknown,
  details: readonly string[],
): void {
  for (const detail of details) causes.push(invalidValue(field, value, detail));
}

/** A value is malformed, and too large to show. */
export function invalidHidden(causes: Causes, field: string, detail: string): void {
  causes.push({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${detail}` });
}

/** A value may not be set here. */
export function forbidden(causes: Causes, field: string, detail: string): void {
  causes.push(forbiddenField(field, detail));
}

/** A value is none of the known ones, which are listed in the order given. */
export function unsupported(
  causes: Causes,
  field: string,
  value: unknown,
  known: readonly string[],
): void {
  causes.push(notSupported(field, value, known));
}

/** A value that has to be unique is there twice. */
export function duplicate(causes: Causes, field: string, value: unknown, detail = ''): void {
  const cause = duplicateValue(field, value);
  causes.push(detail === '' ? cause : { ...cause, message: `${cause.message}: ${detail}` });
}

/** What a value refers to is not there. */
export function notFound(causes: Causes, field: string, value: unknown, detail = ''): void {
  const message = `Not found: ${shown(value ?? '', field)}${detail === '' ? '' : `: ${detail}`}`;
  causes.push({ reason: 'FieldValueNotFound', field, message });
}

/** A value has too many bytes. */
export function tooLong(causes: Causes, field: string, max: number): void {
  causes.push(tooLongCause(field, max));
}

/** A list has too many items. */
export function tooMany(causes: Causes, field: string, actual: number, max: number): void {
  const message = `Too many: ${actual}: must have at most ${max} item${max === 1 ? '' : 's'}`;
  causes.push({ reason: 'FieldValueTooMany', field, message });
}

/** A number that is there is below zero. */
export function nonnegative(causes: Causes, field: string, value: number | undefined): void {
  if (value !== undefined && value < 0) {
    causes.push(invalidValue(field, value, 'must be greater than or equal to 0'));
  }
}

/** One of the known values, or an error; `''` and nothing are a missing value. */
export function oneOf(
  causes: Causes,
  field: string,
  value: string | undefined,
  known: readonly string[],
): void {
  if (!value) causes.push(requiredCause(field));
  else if (!known.includes(value)) causes.push(notSupported(field, value, known));
}

/** One of the known values where there is a value at all. */
export function oneOfOptional(
  causes: Causes,
  field: string,
  value: string | undefined,
  known: readonly string[],
): void {
  if (value !== undefined && !known.includes(value)) causes.push(notSupported(field, value, known));
}

/** The message for a field that no update may change. */
export const immutable = 'field is immutable';
