/**
 * What the scheduler knows of a pod, worked out once when it is first seen: requests, ports,
 * compiled selectors. Immutable; a changed pod gets a new one.
 */
import {
  type Labels,
  matchesRequirements,
  type Requirement,
  selectorRequirements,
} from '../api/labels.ts';
import type {
  LabelSelector,
  Pod,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import {
  type NodeMatch,
  namedNodes,
  type PreferredNodes,
  preferredNodes,
  requiredNodes,
} from './node-affinity.ts';
import { type Amounts, asAsked, atLeastSome, requestsOf } from './resources.ts';

/** A compiled label selector. */
export type LabelMatch = (labels: Labels) => boolean;

/** One pod (anti-)affinity term. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  /** Further namespaces by their labels, or undefined where only the named ones count. */
  readonly namespaceMatch: LabelMatch | undefined;
  readonly matches: LabelMatch;
}

export interface WeightedTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}

/** One topology spread constraint. */
export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly matches: LabelMatch;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface PodInfo {
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<{ [key: string]: string }>;
  readonly pod: Stored<Pod>;
  readonly priority: number;
  readonly terminating: boolean;
  readonly requests: Amounts;
  /** Requests with assumed ones in place of missing ones, for scores. */
  readonly weights: Amounts;
  readonly ports: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  readonly nodeMatch: NodeMatch | undefined;
  readonly nodeNames: ReadonlySet<string> | undefined;
  readonly preferredNodes: readonly PreferredNodes[];
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
  readonly hardSpread: readonly SpreadConstraint[];
  readonly softSpread: readonly SpreadConstraint[];
}

const NO_LABELS: Readonly<{ [key: string]: string }> = {};

/** Works a pod out. */
export function podInfoOf(pod: Stored<Pod>): PodInfo {
  const namespace = pod.metadata.namespace ?? '';
  const labels = pod.metadata.labels ?? NO_LABELS;
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const spread = pod.spec?.topologySpreadConstraints ?? [];
  const term = (wanted: PodAffinityTerm) => compileTerm(wanted, namespace, labels);
  const weighted = (list: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] = []) =>
    list.map(({ weight, podAffinityTerm }) => ({ weight, term: term(podAffinityTerm) }));
  return {
    key: `${namespace}/${pod.metadata.name}`,
    uid: pod.metadata.uid,
    namespace,
    name: pod.metadata.name,
    labels,
    pod,
    priority: pod.spec?.priority ?? 0,
    terminating: pod.metadata.deletionTimestamp !== undefined,
    requests: requestsOf(pod, asAsked),
    weights: requestsOf(pod, atLeastSome),
    ports: hostPortsOf(pod),
    tolerations: pod.spec?.tolerations ?? [],
    nodeMatch: requiredNodes(pod),
    nodeNames: namedNodes(pod),
    preferredNodes: preferredNodes(pod),
    affinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
    antiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
    preferredAffinity: weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: weighted(
      podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
    ),
    hardSpread: spreadOf(spread, 'DoNotSchedule', labels),
    softSpread: spreadOf(spread, 'ScheduleAnyway', labels),
  };
}

/** True where a pod belongs to a term: its namespace and its labels match. */
export function matchesTerm(
  term: AffinityTerm,
  pod: { readonly namespace: string; readonly labels: Labels },
  namespaceLabels: (namespace: string) => Labels,
): boolean {
  const inNamespace =
    term.namespaces.has(pod.namespace) ||
    (term.namespaceMatch?.(namespaceLabels(pod.namespace)) ?? false);
  return inNamespace && term.matches(pod.labels);
}

/** Compiles a label selector with further requirements; an absent selector matches nothing. */
export function compileLabels(
  selector: LabelSelector | undefined,
  more: readonly Requirement[] = [],
): LabelMatch {
  if (selector === undefined) return () => false;
  const parsed = selectorRequirements(selector);
  if (!parsed.ok) return () => false;
  const requirements = [...parsed.requirements, ...more];
  return (labels) => matchesRequirements(requirements, labels);
}

function keysOf(
  keys: readonly string[] | undefined,
  labels: Readonly<{ [key: string]: string }>,
  operator: 'in' | 'notin',
): Requirement[] {
  return (keys ?? []).flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

function compileTerm(
  term: PodAffinityTerm,
  namespace: string,
  labels: Readonly<{ [key: string]: string }>,
): AffinityTerm {
  const named = term.namespaces ?? [];
  const own = named.length === 0 && term.namespaceSelector === undefined;
  return {
    topologyKey: term.topologyKey,
    namespaces: new Set(own ? [namespace] : named),
    namespaceMatch:
      term.namespaceSelector === undefined ? undefined : compileLabels(term.namespaceSelector),
    matches: compileLabels(term.labelSelector, [
      ...keysOf(term.matchLabelKeys, labels, 'in'),
      ...keysOf(term.mismatchLabelKeys, labels, 'notin'),
    ]),
  };
}

function spreadOf(
  constraints: readonly TopologySpreadConstraint[],
  when: TopologySpreadConstraint['whenUnsatisfiable'],
  labels: Readonly<{ [key: string]: string }>,
): SpreadConstraint[] {
  return constraints
    .filter((constraint) => constraint.whenUnsatisfiable === when)
    .map((constraint) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      matches: compileLabels(
        constraint.labelSelector,
        keysOf(constraint.matchLabelKeys, labels, 'in'),
      ),
      honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
      honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
    }));
}

function hostPortsOf(pod: Pod): HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter(({ hostPort = 0 }) => hostPort > 0)
      .map(({ hostPort = 0, hostIP, protocol }) => ({
        ip: hostIP === undefined || hostIP === '' ? '0.0.0.0' : hostIP,
        protocol: protocol ?? 'TCP',
        port: hostPort,
      })),
  );
}
