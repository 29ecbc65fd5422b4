/**
 * Preemption: which pods of lower priority must go, and from which node, so that a pod fits that
 * fits nowhere.
 *
 * Tries nodes by taking pods off the cluster and puts every one back before it returns. Never
 * deletes anything itself.
 */
import type { Cluster, NodeInfo } from './cluster.ts';
import { prepareFilters } from './filters.ts';
import type { LabelMatch, PodInfo } from './pod-info.ts';
import { type Diagnosis, nodesAvailable, withNominated } from './schedule.ts';

/** At least so many nodes are tried, or a tenth of them. */
export const CANDIDATES_MIN = 100;

/** A disruption budget as preemption needs it. */
export interface Budget {
  readonly namespace: string;
  readonly matches: LabelMatch;
  readonly disruptionsAllowed: number;
}

export type Preemption =
  | { readonly ok: true; readonly node: string; readonly victims: readonly PodInfo[] }
  | { readonly ok: false; readonly message: string };

interface Candidate {
  readonly node: NodeInfo;
  readonly victims: readonly PodInfo[];
  readonly violations: number;
}

const NO_VICTIMS = 'No preemption victims found for incoming pod';
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';

/** Chooses a node and the pods to take off it. */
export function preempt(
  pod: PodInfo,
  cluster: Cluster,
  diagnosis: Diagnosis,
  budgets: readonly Budget[],
  draw: number,
): Preemption {
  const ineligible = whyIneligible(pod, cluster);
  if (ineligible !== undefined) return { ok: false, message: ineligible };
  const reasons = new Map<string, number>();
  const count = (reason: string, by = 1) => reasons.set(reason, (reasons.get(reason) ?? 0) + by);
  const helpful: NodeInfo[] = [];
  for (const [node, { resolvable }] of diagnosis.refusals) {
    if (resolvable) helpful.push(node);
    else count(NOT_HELPFUL);
  }
  if (diagnosis.absent !== undefined) count(NOT_HELPFUL, diagnosis.absent.count);
  if (Math.min(...cluster.priorities.keys()) >= pod.priority) {
    if (helpful.length > 0) count(NO_VICTIMS, helpful.length);
    return { ok: false, message: nodesAvailable(diagnosis.nodes, reasons) };
  }
  const enough = Math.max(CANDIDATES_MIN, Math.trunc(diagnosis.nodes / 10));
  const candidates: Candidate[] = [];
  const first = Math.floor(draw * helpful.length);
  for (let i = 0; i < helpful.length && candidates.length < enough; i++) {
    const node = helpful[(first + i) % helpful.length] as NodeInfo;
    const found = victimsOn(node, pod, cluster, budgets);
    if (Array.isArray(found)) for (const reason of found) count(reason);
    else candidates.push(found as Candidate);
  }
  const chosen = pick(candidates);
  if (chosen === undefined) {
    return { ok: false, message: nodesAvailable(diagnosis.nodes, reasons) };
  }
  return { ok: true, node: chosen.node.name, victims: chosen.victims };
}

function whyIneligible(pod: PodInfo, cluster: Cluster): string | undefined {
  if (pod.pod.spec?.preemptionPolicy === 'Never') {
    return 'not eligible due to preemptionPolicy=Never.';
  }
  const nominated = cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  for (const other of nominated?.pods.values() ?? []) {
    if (other.terminating && other.priority < pod.priority) {
      return 'not eligible due to a terminating pod on the nominated node.';
    }
  }
  return undefined;
}

/** The fewest and least important pods that must leave a node, or the reasons why none would do. */
function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  cluster: Cluster,
  budgets: readonly Budget[],
): Candidate | string[] {
  const potential = [...node.pods.values()].filter(({ priority }) => priority < pod.priority);
  if (potential.length === 0) return [NO_VICTIMS];
  for (const { key } of potential) cluster.removePod(key);
  const fits = () => withNominated(pod, cluster, prepareFilters(pod, cluster))(node);
  const refused = fits();
  const victims: PodInfo[] = [];
  let violations = 0;
  if (refused === undefined) {
    const { violating, others } = splitByBudgets(potential.sort(byImportance), budgets);
    const spare = (candidate: PodInfo): boolean => {
      cluster.addPod(candidate, node.name);
      if (fits() === undefined) return true;
      cluster.removePod(candidate.key);
      victims.push(candidate);
      return false;
    };
    for (const candidate of violating) if (!spare(candidate)) violations++;
    for (const candidate of others) spare(candidate);
  }
  for (const other of potential) {
    if (cluster.placed(other.key) === undefined) cluster.addPod(other, node.name);
  }
  if (refused !== undefined) return [...refused.reasons];
  return { node, victims, violations };
}

function splitByBudgets(
  pods: readonly PodInfo[],
  budgets: readonly Budget[],
): { readonly violating: PodInfo[]; readonly others: PodInfo[] } {
  const left = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let violates = false;
    budgets.forEach((budget, index) => {
      if (budget.namespace !== pod.namespace || !budget.matches(pod.labels)) return;
      left[index] = (left[index] as number) - 1;
      if ((left[index] as number) < 0) violates = true;
    });
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}

/** More important first: higher priority, then longer running. */
function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const [startA, startB] = [startOf(a), startOf(b)];
  if (startA === startB) return a.key < b.key ? -1 : 1;
  return startA < startB ? -1 : 1;
}

function startOf(pod: PodInfo): string {
  return pod.pod.status?.startTime ?? pod.pod.metadata.creationTimestamp;
}

/** Kubernetes' order of preference among nodes. */
function pick(candidates: readonly Candidate[]): Candidate | undefined {
  const highest = ({ victims }: Candidate) => Math.max(...victims.map((v) => v.priority));
  const sum = ({ victims }: Candidate) =>
    victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  const earliest = (candidate: Candidate) => {
    const top = highest(candidate);
    const starts = candidate.victims.filter((v) => v.priority === top).map(startOf);
    return starts.sort()[0] ?? '';
  };
  const free = candidates.find(({ victims }) => victims.length === 0);
  if (free !== undefined) return free;
  return [...candidates].sort(
    (a, b) =>
      a.violations - b.violations ||
      highest(a) - highest(b) ||
      sum(a) - sum(b) ||
      a.victims.length - b.victims.length ||
      (earliest(a) === earliest(b) ? 0 : earliest(a) > earliest(b) ? -1 : 1),
  )[0];
}
