/**
 * Labels and label selectors: the `a=b,c in (d,e),!f` strings of clients and the LabelSelector
 * objects of specs, both as lists of requirements that all have to hold.
 *
 * Follows apimachinery's labels package to the letter of its error messages. Never throws on input
 * of users.
 */
import {
  type ParsedSelector,
  parseInt64,
  type Requirement,
  requirementError,
  type SelectorOperator,
} from './label-requirement.ts';
import { parseSelector } from './selector-parser.ts';
import type { LabelSelector } from './types.ts';

export { type ParsedSelector, parseSelector, type Requirement, type SelectorOperator };

/** Labels of an object, possibly none. */
export type Labels = Readonly<{ [key: string]: string }> | undefined;

/** Tells whether labels fulfil every requirement; an empty list matches everything. */
export function matchesRequirements(requirements: readonly Requirement[], labels: Labels): boolean {
  for (const requirement of requirements) if (!matches(requirement, labels)) return false;
  return true;
}

function matches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      const left = value === undefined ? undefined : parseInt64(value);
      const right = parseInt64(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

/**
 * Tells whether a LabelSelector matches labels: an absent one matches nothing, an empty one
 * everything, an invalid one nothing.
 */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = selector;
  if (matchLabels !== undefined) {
    for (const key in matchLabels) {
      if (labels === undefined || labels[key] !== matchLabels[key]) return false;
    }
  }
  if (matchExpressions === undefined || matchExpressions.length === 0) return true;
  const parsed = selectorRequirements({ matchExpressions });
  return parsed.ok && matchesRequirements(parsed.requirements, labels);
}

/** Tells whether labels carry every pair of a plain map, as the selector of a Service asks. */
export function matchesLabels(wanted: Labels, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** True for a selector that is there and asks for nothing, so that it matches everything. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

const labelSelectorOperators: Readonly<{ [operator: string]: SelectorOperator }> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The requirements of a LabelSelector, sorted by key, or what is wrong with it. */
export function selectorRequirements(selector: LabelSelector): ParsedSelector {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const error = requirementError(key, '=', [value]);
    if (error !== undefined) return { ok: false, error };
    requirements.push({ key, operator: '=', values: [value] });
  }
  for (const { key, operator: name, values = [] } of selector.matchExpressions ?? []) {
    const operator = labelSelectorOperators[name];
    if (operator === undefined) {
      const error = `${JSON.stringify(name)} is not a valid label selector operator`;
      return { ok: false, error };
    }
    const error = requirementError(key, operator, values);
    if (error !== undefined) return { ok: false, error };
    requirements.push({ key, operator, values });
  }
  return { ok: true, requirements: sorted(requirements) };
}

/** Requirements that labels carry every pair of a plain map. */
export function requirementsOf(labels: Labels): readonly Requirement[] {
  const pairs = Object.entries(labels ?? {});
  return sorted(pairs.map(([key, value]) => ({ key, operator: '=' as const, values: [value] })));
}

/** Requirements as a selector string, in the form `status.selector` of a Scale has. */
export function formatSelector(requirements: readonly Requirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = [...values].sort().join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

/** A LabelSelector as text, the way tables show it: `<none>` where it is empty or absent. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined || isEmptySelector(selector)) return '<none>';
  const parsed = selectorRequirements(selector);
  return parsed.ok ? formatSelector(parsed.requirements) : '<error>';
}

function sorted(requirements: Requirement[]): Requirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
