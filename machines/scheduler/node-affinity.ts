/**
 * Which nodes a pod's node selector and node affinity accept, compiled once for each pod. Pure.
 */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../api/types.ts';

/** What of a node selectors look at. */
export interface SelectableNode {
  readonly name: string;
  readonly labels: Readonly<{ [key: string]: string }>;
}

export type NodeMatch = (node: SelectableNode) => boolean;

/** A preferred term and its weight. */
export interface PreferredNodes {
  readonly weight: number;
  readonly matches: NodeMatch;
}

/** What a pod requires of its node, or undefined where it requires nothing. */
export function requiredNodes(pod: Pod): NodeMatch | undefined {
  const pairs = Object.entries(pod.spec?.nodeSelector ?? {});
  const selector = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (pairs.length === 0 && selector === undefined) return undefined;
  const affinity = selector === undefined ? undefined : compileSelector(selector);
  return (node) =>
    pairs.every(([key, value]) => node.labels[key] === value) &&
    (affinity === undefined || affinity(node));
}

/** The preferred terms of a pod. */
export function preferredNodes(pod: Pod): readonly PreferredNodes[] {
  const terms =
    pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms
    .filter(({ weight }) => weight !== 0)
    .map(({ weight, preference }) => ({ weight, matches: compileTerm(preference) }));
}

/** The only nodes a pod may go to where all its terms name nodes, as those of daemon pods do. */
export function namedNodes(pod: Pod): ReadonlySet<string> | undefined {
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms;
  if (terms === undefined || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const term of terms) {
    const field = term.matchFields?.find(
      ({ key, operator }) => key === 'metadata.name' && operator === 'In',
    );
    if (field === undefined) return undefined;
    for (const name of field.values ?? []) names.add(name);
  }
  return names;
}

/** Matches where any term does; an empty term matches nothing. */
export function compileSelector(selector: NodeSelector): NodeMatch {
  const terms = selector.nodeSelectorTerms.filter((term) => !isEmptyTerm(term)).map(compileTerm);
  return (node) => terms.some((matches) => matches(node));
}

function isEmptyTerm(term: NodeSelectorTerm): boolean {
  return (term.matchExpressions ?? []).length === 0 && (term.matchFields ?? []).length === 0;
}

function compileTerm(term: NodeSelectorTerm): NodeMatch {
  const labels = (term.matchExpressions ?? []).map((r) => [r.key, compileRequirement(r)] as const);
  const fields = (term.matchFields ?? []).map(compileRequirement);
  return (node) =>
    labels.every(([key, matches]) => matches(node.labels[key])) &&
    fields.every((matches) => matches(node.name));
}

function compileRequirement(
  requirement: NodeSelectorRequirement,
): (value: string | undefined) => boolean {
  const values = new Set(requirement.values ?? []);
  const bound = Number([...values][0]);
  switch (requirement.operator) {
    case 'In':
      return (value) => value !== undefined && values.has(value);
    case 'NotIn':
      return (value) => value === undefined || !values.has(value);
    case 'Exists':
      return (value) => value !== undefined;
    case 'DoesNotExist':
      return (value) => value === undefined;
    case 'Gt':
      return (value) => value !== undefined && Number(value) > bound;
    case 'Lt':
      return (value) => value !== undefined && Number(value) < bound;
  }
}
