/**
 * LimitRanges.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { labelKeyErrors } from '../label-syntax.ts';
import type { LimitRange, LimitRangeItem } from '../types.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  required,
} from './field-errors.ts';
import {
  checkAnyResource,
  checkContainerResource,
  compareAmounts,
  isOvercommitAllowed,
} from './resource-amounts.ts';

const types = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** Adds what is wrong with a LimitRange. */
export function checkLimitRange(causes: Causes, object: Loose<LimitRange>): void {
  const seen = new Set<string>();
  object.spec?.limits?.forEach((item, index) => {
    const path = `spec.limits[${index}]`;
    const type = item.type ?? '';
    const errors = labelKeyErrors(type);
    invalidFor(causes, `${path}.type`, type, errors);
    if (errors.length === 0 && !type.includes('/') && !types.has(type)) {
      invalid(causes, `${path}.type`, type, 'must be a standard limit type or fully qualified');
    }
    if (seen.has(type)) duplicate(causes, `${path}.type`, type);
    seen.add(type);
    checkItem(causes, path, item);
  });
}

function checkItem(causes: Causes, field: string, item: Loose<LimitRangeItem>): void {
  const names = new Set<string>();
  const ofPods = item.type === 'Pod' || item.type === 'Container';
  for (const list of lists) {
    const amounts = item[list];
    if (amounts === undefined) continue;
    if (item.type === 'Pod' && (list === 'default' || list === 'defaultRequest')) {
      forbidden(causes, `${field}.${list}`, "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const name in amounts) {
      names.add(name);
      const path = `${field}.${list}[${name}]`;
      if (ofPods) checkContainerResource(causes, path, name);
      else checkAnyResource(causes, path, name);
    }
  }
  if (item.type === 'PersistentVolumeClaim') {
    if (item.min?.storage === undefined && item.max?.storage === undefined) {
      const detail =
        'either minimum or maximum storage value is required, but neither was provided';
      required(causes, `${field}.limits`, detail);
    }
  }
  for (const name of names) checkOrder(causes, field, item, name);
}

/**
 * Pairs that have to be in order: the lower one, the higher one, the field to blame, how both are
 * called.
 */
const orders = [
  ['min', 'max', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request value', 'max value'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request value', 'default limit value'],
  ['min', 'default', 'default', 'min value', 'default value'],
  ['default', 'max', 'default', 'default value', 'max value'],
] as const;

function checkOrder(causes: Causes, field: string, item: Loose<LimitRangeItem>, name: string) {
  for (const [low, high, blamed, lowName, highName] of orders) {
    const less = item[low]?.[name];
    const more = item[high]?.[name];
    if (less === undefined || more === undefined || compareAmounts(less, more) <= 0) continue;
    const detail = `${lowName} ${less} is greater than ${highName} ${more}`;
    const shown = blamed === 'default' ? (low === 'min' ? less : more) : item[blamed]?.[name];
    invalid(causes, `${field}.${blamed}[${name}]`, shown, detail);
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined && compareAmounts(ratio, '1') < 0) {
    invalid(
      causes,
      `${field}.maxLimitRequestRatio[${name}]`,
      ratio,
      `ratio ${ratio} is less than 1`,
    );
  }
  const limit = item.default?.[name];
  const request = item.defaultRequest?.[name];
  if (isOvercommitAllowed(name) || limit === undefined || request === undefined) return;
  if (compareAmounts(limit, request) === 0) return;
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
  invalid(causes, `${field}.defaultRequest[${name}]`, request, detail);
}
