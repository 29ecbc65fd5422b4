/**
 * The rule that evictions respect disruption budgets, judged where an eviction is written down.
 *
 * Never blames losses that are no evictions: nodes that die take pods with them, whatever the budget. An eviction is
 * known by the name it leaves in a budget's disruptedPods, in the same write or before the pod goes.
 */
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { QUIET_READS, Quiet } from './quiet.ts';
import {
  as,
  BUDGETS,
  beforeOf,
  type CommittedAt,
  isDeleting,
  isOf,
  isReady,
  keyOf,
  nameOf,
  nowOf,
  PODS,
  selects,
} from './read.ts';

/** A budget's status may trail the pods for so long; then its number must be right. */
const TRAILS_MS = 5_000;
const EVICTED = 'EvictionByEvictionAPI';

/** No eviction beyond the budget. */
export const disruptionBudget: Rule = {
  name: 'disruption-budget',
  says:
    'an eviction takes one from a disruptionsAllowed that was at least 1 and of the current ' +
    'generation, and leaves as many healthy pods as the budget asks for (Kubernetes: API-initiated ' +
    'eviction).',
  reads: ['committed', ...QUIET_READS],
  create: () => new DisruptionBudget(),
};

interface Loss {
  readonly atMs: number;
  /** The loss before, by another message. */
  readonly beforeMs: number;
  readonly messageId: string | undefined;
}

interface Owed {
  readonly pod: Stored<Pod>;
  readonly key: string;
  readonly messageId: string | undefined;
}

class DisruptionBudget implements Checker {
  readonly #quiet = new Quiet();
  /** The evicted pod whose budget may be written next in the same transaction. */
  #owed: Owed | undefined;
  /** When a pod of a namespace was removed, or lost its readiness, last. */
  readonly #lost = new Map<string, Loss>();

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    this.#quiet.take(observation);
    if (observation.type !== 'committed') return;
    this.#settle(observation, picture, report);
    if (isOf(observation, BUDGETS)) this.#budget(observation, picture, report, change);
    else if (isOf(observation, PODS)) this.#pod(observation, picture, change);
  }

  finish(picture: Picture, report: Report): void {
    if (this.#owed !== undefined) this.#judgeOwed(this.#owed, picture, report);
  }

  #budget(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const budget = nowOf<PodDisruptionBudget>(committed);
    const before = budget && beforeOf<PodDisruptionBudget>(change, budget);
    if (budget === undefined || before === undefined) return;
    const known = before.status?.disruptedPods ?? {};
    const evicted = Object.keys(budget.status?.disruptedPods ?? {}).filter(
      (pod) => !(pod in known),
    );
    if (evicted.length === 0) return;
    const tell = (text: string) => {
      const pods = evicted.map((pod) => keyOf(PODS, budget.metadata.namespace, pod));
      report(`budget ${nameOf(budget)}: ${text}`, [committed.key, ...pods]);
    };
    const who = evicted.join(', ');
    const { disruptionsAllowed: allowed = 0, observedGeneration = 0 } = before.status ?? {};
    const left = budget.status?.disruptionsAllowed ?? 0;
    if (evicted.length > allowed) tell(`${who} evicted where ${allowed} disruptions were allowed`);
    else if (left > allowed - evicted.length) {
      tell(`${who} evicted and not taken from the ${allowed} disruptions that were allowed`);
    } else if (observedGeneration < (before.metadata.generation ?? 0)) {
      tell(`${who} evicted by the numbers of an earlier generation`);
    } else this.#healthy(committed, budget, before, evicted, picture, tell);
  }

  /** Counts the healthy pods anew, where the budget has had time to know of them. */
  #healthy(
    { atMs, messageId }: CommittedAt,
    budget: Stored<PodDisruptionBudget>,
    before: Stored<PodDisruptionBudget>,
    evicted: readonly string[],
    picture: Picture,
    tell: (text: string) => void,
  ): void {
    const { namespace = '' } = budget.metadata as { namespace?: string };
    const lost = this.#lost.get(namespace);
    const lostMs = lost?.messageId === messageId ? lost?.beforeMs : lost?.atMs;
    if (lostMs !== undefined && this.#quiet.since(lostMs, atMs) < TRAILS_MS) return;
    const disrupted = before.status?.disruptedPods ?? {};
    let healthy = 0;
    for (const held of picture.list(PODS)) {
      const pod = as<Pod>(held) as Stored<Pod>;
      const { name } = pod.metadata;
      if (pod.metadata.namespace !== namespace || evicted.includes(name)) continue;
      if (isDeleting(pod) || !isReady(pod) || name in disrupted) continue;
      if (selects(budget.spec?.selector, pod.metadata.labels)) healthy += 1;
    }
    const desired = before.status?.desiredHealthy ?? 0;
    if (healthy < desired) {
      tell(`${evicted.join(', ')} evicted, which leaves ${healthy} healthy pods of ${desired}`);
    }
  }

  #pod(committed: CommittedAt, picture: Picture, change: Change): void {
    const pod = nowOf<Pod>(committed);
    const last = pod ?? as<Pod>(change.previous);
    if (last === undefined) return;
    const before = as<Pod>(change.previous);
    const wasHealthy = before !== undefined && isReady(before) && !isDeleting(before);
    const isHealthy = pod !== undefined && isReady(pod) && !isDeleting(pod);
    if (!wasHealthy || isHealthy) return;
    const isEviction = last.status?.conditions?.some(({ reason }) => reason === EVICTED) === true;
    const { key, messageId, atMs } = committed;
    if (!isEviction) this.#lose(last.metadata.namespace ?? '', atMs, messageId);
    else if (!hasBudget(before, picture)) this.#owed = { pod: before, key, messageId };
  }

  /** The eviction that is being judged is no loss to it; of all others the budget has to hear first. */
  #lose(namespace: string, atMs: number, messageId: string | undefined): void {
    const last = this.#lost.get(namespace);
    const isSame = last !== undefined && last.messageId === messageId;
    const beforeMs = isSame ? last.beforeMs : (last?.atMs ?? Number.NEGATIVE_INFINITY);
    this.#lost.set(namespace, { atMs, beforeMs, messageId });
  }

  #settle({ messageId, key }: CommittedAt, picture: Picture, report: Report): void {
    const owed = this.#owed;
    if (owed === undefined) return;
    const isSame = messageId !== undefined && messageId === owed.messageId && key !== owed.key;
    if (!isSame || hasBudget(owed.pod, picture)) this.#judgeOwed(owed, picture, report);
  }

  #judgeOwed({ pod, key }: Owed, picture: Picture, report: Report): void {
    this.#owed = undefined;
    const { name } = pod.metadata;
    for (const held of picture.list(BUDGETS)) {
      const budget = as<PodDisruptionBudget>(held) as Stored<PodDisruptionBudget>;
      if (!covers(budget, pod) || name in (budget.status?.disruptedPods ?? {})) continue;
      const text = `${nameOf(pod)} was healthy and evicted without being counted`;
      report(`budget ${nameOf(budget)}: pod ${text}`, [held.key, key]);
    }
  }
}

function covers(budget: Stored<PodDisruptionBudget>, pod: Stored<Pod>): boolean {
  if (budget.metadata.namespace !== pod.metadata.namespace) return false;
  return selects(budget.spec?.selector, pod.metadata.labels);
}

function hasBudget(pod: Stored<Pod>, picture: Picture): boolean {
  for (const held of picture.list(BUDGETS)) {
    const budget = as<PodDisruptionBudget>(held) as Stored<PodDisruptionBudget>;
    if (covers(budget, pod) && pod.metadata.name in (budget.status?.disruptedPods ?? {}))
      return true;
  }
  return false;
}
