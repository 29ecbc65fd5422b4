/**
 * One requirement of a label selector, and what can be wrong with it.
 *
 * Shared by selector strings and LabelSelector objects; never throws on input of users.
 */
import { labelKeyErrors, labelValueErrors } from './label-syntax.ts';

/** How a requirement relates its key to its values, as it is written in selector strings. */
export type SelectorOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition on one label. */
export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

/** Requirements, sorted by key, or the message Kubernetes answers with. */
export type ParsedSelector =
  | { readonly ok: true; readonly requirements: readonly Requirement[] }
  | { readonly ok: false; readonly error: string };

/**
 * What is wrong with a requirement in the words of Kubernetes' field errors, or undefined where it
 * is valid. Several errors are one text in brackets.
 */
export function requirementError(
  key: string,
  operator: SelectorOperator,
  values: readonly string[],
): string | undefined {
  const errors: string[] = [];
  const keyErrors = labelKeyErrors(key);
  if (keyErrors.length > 0) errors.push(invalid('key', key, keyErrors.join('; ')));
  const count = countError(operator, values.length);
  if (count !== undefined) {
    errors.push(`values: Invalid value: ${JSON.stringify(values)}: ${count}`);
  }
  if (operator === 'gt' || operator === 'lt') {
    values.forEach((value, index) => {
      if (parseInt64(value) !== undefined) return;
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
      errors.push(invalid(`values[${index}]`, value, detail));
    });
  }
  values.forEach((value, index) => {
    const valueErrors = labelValueErrors(value);
    if (valueErrors.length === 0) return;
    errors.push(invalid(`values[${index}][${key}]`, value, valueErrors.join('; ')));
  });
  if (errors.length === 0) return undefined;
  return errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`;
}

function countError(operator: SelectorOperator, count: number): string | undefined {
  switch (operator) {
    case 'in':
    case 'notin':
      return count > 0 ? undefined : "for 'in', 'notin' operators, values set can't be empty";
    case 'exists':
    case '!':
      return count === 0 ? undefined : 'values set must be empty for exists and does not exist';
    case 'gt':
    case 'lt':
      return count === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required";
    default:
      return count === 1 ? undefined : 'exact-match compatibility requires one single value';
  }
}

function invalid(path: string, value: string, detail: string): string {
  return `${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`;
}

const int64Max = 2n ** 63n;

/** A decimal 64-bit integer, as Go parses it, or undefined. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,19}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return value < int64Max && value >= -int64Max ? value : undefined;
}
