/**
 * Where a pod may run: affinities, tolerations, spread constraints, taints.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { labelValueErrors } from '../label-syntax.ts';
import type {
  Affinity,
  LabelSelector,
  NodeSelector,
  NodeSelectorTerm,
  PodAffinityTerm,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../types.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  oneOfOptional,
  required,
  unsupported,
} from './field-errors.ts';
import { checkLabelKey, checkSelector, dnsLabelErrors, dnsSubdomainErrors } from './names.ts';

const effects: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const inclusionPolicies: readonly string[] = ['Honor', 'Ignore'];
const spreadActions: readonly string[] = ['DoNotSchedule', 'ScheduleAnyway'];
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const needed = 'requiredDuringSchedulingIgnoredDuringExecution';

/** Adds what is wrong with the affinities of a pod. */
export function checkAffinity(causes: Causes, field: string, affinity: Loose<Affinity>): void {
  const { nodeAffinity } = affinity;
  if (nodeAffinity !== undefined) {
    const path = `${field}.nodeAffinity`;
    const selector = nodeAffinity[needed];
    if (selector !== undefined) checkNodeSelector(causes, `${path}.${needed}`, selector);
    nodeAffinity[preferred]?.forEach((term, index) => {
      checkWeight(causes, `${path}.${preferred}[${index}].weight`, term.weight);
      const termPath = `${path}.${preferred}[${index}].preference`;
      checkNodeTerm(causes, termPath, term.preference ?? {}, false);
    });
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity[kind];
    if (terms === undefined) continue;
    terms[needed]?.forEach((term, index) => {
      checkPodTerm(causes, `${field}.${kind}.${needed}[${index}]`, term);
    });
    terms[preferred]?.forEach((term, index) => {
      const path = `${field}.${kind}.${preferred}[${index}]`;
      checkWeight(causes, `${path}.weight`, term.weight);
      checkPodTerm(causes, `${path}.podAffinityTerm`, term.podAffinityTerm ?? {});
    });
  }
}

function checkWeight(causes: Causes, field: string, weight = 0): void {
  if (weight <= 0 || weight > 100) invalid(causes, field, weight, 'must be in the range 1-100');
}

/** Adds what is wrong with a node selector. */
export function checkNodeSelector(
  causes: Causes,
  field: string,
  selector: Loose<NodeSelector>,
): void {
  const terms = selector.nodeSelectorTerms ?? [];
  const path = `${field}.nodeSelectorTerms`;
  if (terms.length === 0) required(causes, path, 'must have at least one node selector term');
  terms.forEach((term, index) => {
    checkNodeTerm(causes, `${path}[${index}]`, term, true);
  });
}

function checkNodeTerm(
  causes: Causes,
  field: string,
  term: Loose<NodeSelectorTerm>,
  strict: boolean,
): void {
  term.matchExpressions?.forEach(({ key, operator, values = [] }, index) => {
    const path = `${field}.matchExpressions[${index}]`;
    checkNodeOperator(causes, path, operator, values);
    checkLabelKey(causes, `${path}.key`, key);
    if (!strict) return;
    values.forEach((value, position) => {
      invalidFor(causes, `${path}.values[${position}]`, value, labelValueErrors(value));
    });
  });
  term.matchFields?.forEach(({ key, operator, values = [] }, index) => {
    const path = `${field}.matchFields[${index}]`;
    if (operator !== 'In' && operator !== 'NotIn') {
      invalid(causes, `${path}.operator`, operator ?? '', 'not a valid selector operator');
    } else if (values.length !== 1) {
      const detail =
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      required(causes, `${path}.values`, detail);
    }
    if (key !== 'metadata.name') {
      invalid(causes, `${path}.key`, key ?? '', 'not a valid field selector key');
      return;
    }
    values.forEach((value, position) => {
      invalidFor(causes, `${path}.values[${position}]`, value, dnsSubdomainErrors(value));
    });
  });
}

function checkNodeOperator(
  causes: Causes,
  field: string,
  operator: string | undefined,
  values: readonly string[],
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return;
      required(causes, `${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      return;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return;
      forbidden(
        causes,
        `${field}.values`,
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      );
      return;
    case 'Gt':
    case 'Lt':
      if (values.length === 1) return;
      required(
        causes,
        `${field}.values`,
        "must be specified single value when `operator` is 'Lt' or 'Gt'",
      );
      return;
    default:
      invalid(causes, `${field}.operator`, operator ?? '', 'not a valid selector operator');
  }
}

function checkPodTerm(causes: Causes, field: string, term: Loose<PodAffinityTerm>): void {
  checkSelector(causes, `${field}.labelSelector`, term.labelSelector);
  checkSelector(causes, `${field}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) {
    invalidFor(causes, `${field}.namespace`, name, dnsLabelErrors(name));
  }
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  checkTermKeys(causes, `${field}.matchLabelKeys`, matchLabelKeys, labelSelector);
  checkTermKeys(causes, `${field}.mismatchLabelKeys`, mismatchLabelKeys, labelSelector);
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
    invalid(causes, `${field}.matchLabelKeys[${index}]`, key, detail);
  });
  const path = `${field}.topologyKey`;
  if (!term.topologyKey) required(causes, path, 'can not be empty');
  checkLabelKey(causes, path, term.topologyKey);
}

function checkTermKeys(
  causes: Causes,
  field: string,
  keys: readonly string[],
  selector: Loose<LabelSelector> | undefined,
): void {
  if (keys.length === 0) return;
  if (selector === undefined) {
    forbidden(causes, field, 'must not be specified when labelSelector is not set');
    return;
  }
  keys.forEach((key, index) => {
    checkLabelKey(causes, `${field}[${index}]`, key);
  });
}

/** Adds what is wrong with the tolerations of a pod. */
export function checkTolerations(
  causes: Causes,
  field: string,
  tolerations: readonly Loose<Toleration>[],
): void {
  for (let index = 0; index < tolerations.length; index += 1) {
    const {
      key = '',
      operator = '',
      value = '',
      effect = '',
      tolerationSeconds,
    } = tolerations[index]!;
    const path = `${field}[${index}]`;
    if (key !== '') checkLabelKey(causes, `${path}.key`, key);
    else if (operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      invalid(causes, `${path}.operator`, operator, detail);
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      invalid(causes, `${path}.effect`, effect, detail);
    }
    if (operator === 'Equal' || operator === '') {
      const errors = labelValueErrors(value);
      if (errors.length > 0) invalid(causes, `${path}.operator`, value, errors.join(';'));
    } else if (operator === 'Exists') {
      const detail = "value must be empty when `operator` is 'Exists'";
      if (value !== '') invalid(causes, `${path}.operator`, value, detail);
    } else unsupported(causes, `${path}.operator`, operator, ['Equal', 'Exists']);
    if (effect !== '' && !effects.includes(effect)) {
      unsupported(causes, `${path}.effect`, effect, effects);
    }
  }
}

/** Adds what is wrong with the spread constraints of a pod. */
export function checkSpread(
  causes: Causes,
  field: string,
  constraints: readonly Loose<TopologySpreadConstraint>[],
): void {
  constraints.forEach((constraint, index) => {
    const path = `${field}[${index}]`;
    const { maxSkew = 0, topologyKey, whenUnsatisfiable = '', minDomains } = constraint;
    if (maxSkew <= 0) invalid(causes, `${path}.maxSkew`, maxSkew, 'must be greater than zero');
    if (!topologyKey) required(causes, `${path}.topologyKey`, 'can not be empty');
    if (!spreadActions.includes(whenUnsatisfiable)) {
      unsupported(causes, `${path}.whenUnsatisfiable`, whenUnsatisfiable, spreadActions);
    }
    const again = constraints
      .slice(index + 1)
      .some(
        (one) => one.topologyKey === topologyKey && one.whenUnsatisfiable === whenUnsatisfiable,
      );
    if (again) {
      const shown = `{${topologyKey}, ${whenUnsatisfiable}}`;
      duplicate(causes, `${path}.{topologyKey, whenUnsatisfiable}`, shown);
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) {
        invalid(causes, `${path}.minDomains`, minDomains, 'must be greater than zero');
      }
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const detail =
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, ` +
          `not ${whenUnsatisfiable}`;
        invalid(causes, `${path}.minDomains`, minDomains, detail);
      }
    }
    const { nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
    oneOfOptional(causes, `${path}.nodeAffinityPolicy`, nodeAffinityPolicy, inclusionPolicies);
    oneOfOptional(causes, `${path}.nodeTaintsPolicy`, nodeTaintsPolicy, inclusionPolicies);
    checkSpreadKeys(causes, `${path}.matchLabelKeys`, constraint);
    checkSelector(causes, `${path}.labelSelector`, constraint.labelSelector);
  });
}

function checkSpreadKeys(
  causes: Causes,
  field: string,
  { matchLabelKeys = [], labelSelector }: Loose<TopologySpreadConstraint>,
): void {
  if (matchLabelKeys.length === 0) return;
  if (labelSelector === undefined) {
    forbidden(causes, field, 'must not be specified when labelSelector is not set');
  }
  const own = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  matchLabelKeys.forEach((key, index) => {
    checkLabelKey(causes, `${field}[${index}]`, key);
    if (!own.has(key)) return;
    const detail = 'exists in both matchLabelKeys and labelSelector';
    invalid(causes, `${field}[${index}]`, key, detail);
  });
}

/** Adds what is wrong with the taints of a node. */
export function checkTaints(causes: Causes, field: string, taints: readonly Loose<Taint>[]): void {
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    const { key, value = '', effect = '' } = taint;
    const path = `${field}[${index}]`;
    checkLabelKey(causes, `${path}.key`, key);
    const errors = labelValueErrors(value);
    if (errors.length > 0) invalid(causes, `${path}.value`, value, errors.join(';'));
    if (effect === '') required(causes, `${path}.effect`);
    else if (!effects.includes(effect)) unsupported(causes, `${path}.effect`, effect, effects);
    const pair = `${effect}/${key}`;
    if (seen.has(pair)) {
      duplicate(causes, path, taint, 'taints must be unique by key and effect pair');
    }
    seen.add(pair);
  });
}
