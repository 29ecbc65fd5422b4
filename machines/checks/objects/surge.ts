/**
 * The rule that a rollout keeps to maxSurge and maxUnavailable, judged by the sizes that a Deployment gives to its
 * ReplicaSets.
 *
 * Never blames a Deployment for pods that nodes take away, nor for a wish that changed a moment ago: a write is held
 * against every wish and every availability of the last half minute, and fails only where none of them allows it.
 */
import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { QUIET_READS, Quiet } from './quiet.ts';
import {
  as,
  beforeOf,
  type CommittedAt,
  controllerOf,
  DEPLOYMENTS,
  isActive,
  isDeleting,
  isOf,
  nameOf,
  nowOf,
  ownerOf,
  PODS,
  REPLICA_SETS,
  scaled,
  sizeOf,
} from './read.ts';

/** How long a plan made on an earlier state may still be under way. */
const UNDER_WAY_MS = 30_000;
/** ReplicaSets may make a pod twice where a leader or an answer is lost. */
const QUIET_MS = 5_000;
/** Wishes and availabilities remembered of one object; the oldest are forgotten. */
const REMEMBERED_MAX = 64;

/** Rollouts keep to their limits. */
export const surgeLimits: Rule = {
  name: 'surge-limits',
  says:
    'a Deployment never asks for more than replicas + maxSurge pods, nor takes available ones away ' +
    'below replicas - maxUnavailable; with a control plane at rest its pods keep to the surge as ' +
    'well (Deployment: rolling update).',
  reads: ['committed', ...QUIET_READS],
  create: () => new SurgeLimits(),
};

interface Limits {
  readonly most: number;
  readonly fewest: number;
}

/** The sizes that a Deployment may ask for: surge rounded up, unavailability down (never both 0). */
export function limitsOf({ spec }: Deployment): Limits {
  const replicas = spec?.replicas ?? 1;
  if (spec?.strategy?.type === 'Recreate') return { most: replicas, fewest: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec?.strategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge, replicas, Math.ceil);
  const unavailable = scaled(maxUnavailable, replicas, Math.floor);
  const less = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { most: replicas + surge, fewest: Math.max(0, replicas - less) };
}

/** Values with the times they held; told which of them held of late. */
class Recent<T> {
  readonly #values: { readonly value: T; endMs: number }[] = [];

  add(value: T, atMs: number): void {
    const last = this.#values.at(-1);
    if (last !== undefined) last.endMs = atMs;
    this.#values.push({ value, endMs: Number.POSITIVE_INFINITY });
    while (this.#values.length > REMEMBERED_MAX) this.#values.shift();
  }

  /** The values that held at some time since. */
  since(atMs: number): readonly T[] {
    while (this.#values.length > 0 && (this.#values[0]?.endMs ?? 0) < atMs) this.#values.shift();
    return this.#values.map(({ value }) => value);
  }
}

const DESIRED = 'deployment.kubernetes.io/desired-replicas';

/** True where the Deployment itself was scaled: its sets shrink in proportion, whether available or not. */
function isScaling(before: Stored<ReplicaSet> | undefined, now: Stored<ReplicaSet>): boolean {
  const desired = (set: Stored<ReplicaSet>) => set.metadata.annotations?.[DESIRED];
  return before !== undefined && desired(before) !== desired(now);
}

/** The fewest available pods that a set loses by shrinking, whichever of its recent states was seen. */
function lostOf(available: readonly number[], from: number, to: number): number {
  return Math.min(...available.map((count) => Math.min(count, from) - Math.min(count, to)));
}

class SurgeLimits implements Checker {
  readonly #quiet = new Quiet();
  /** By uid of the Deployment. */
  readonly #limits = new Map<string, Recent<Limits>>();
  /** By uid of the ReplicaSet. */
  readonly #available = new Map<string, Recent<number>>();
  readonly #active = new Map<string, number>();
  /** Keys of the ReplicaSets of a Deployment, by its uid. */
  readonly #sets = new Map<string, Set<string>>();

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    this.#quiet.take(observation);
    if (isOf(observation, DEPLOYMENTS)) this.#deployment(observation, change);
    else if (isOf(observation, REPLICA_SETS)) this.#set(observation, picture, report, change);
    else if (isOf(observation, PODS)) this.#pod(observation, picture, report, change);
  }

  #deployment(committed: CommittedAt, change: Change): void {
    const deployment = nowOf<Deployment>(committed);
    const gone = change.previous?.object.metadata.uid;
    if (gone !== undefined && gone !== deployment?.metadata.uid) {
      this.#limits.delete(gone);
      this.#sets.delete(gone);
    }
    if (deployment === undefined) return;
    const { uid, generation } = deployment.metadata;
    const before = beforeOf<Deployment>(change, deployment);
    if (before !== undefined && before.metadata.generation === generation) return;
    this.#recent(this.#limits, uid).add(limitsOf(deployment), committed.atMs);
  }

  #recent<T>(all: Map<string, Recent<T>>, uid: string): Recent<T> {
    const known = all.get(uid);
    if (known !== undefined) return known;
    const recent = new Recent<T>();
    all.set(uid, recent);
    return recent;
  }

  #set(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const set = nowOf<ReplicaSet>(committed);
    const gone = as<ReplicaSet>(change.previous);
    if (gone !== undefined && gone.metadata.uid !== set?.metadata.uid) {
      this.#available.delete(gone.metadata.uid);
      this.#active.delete(gone.metadata.uid);
      this.#sets.get(controllerOf(gone)?.uid ?? '')?.delete(committed.key);
    }
    if (set === undefined) return;
    const owner = controllerOf(set);
    if (owner?.kind !== 'Deployment') return;
    const siblings = this.#sets.get(owner.uid);
    if (siblings === undefined) this.#sets.set(owner.uid, new Set([committed.key]));
    else siblings.add(committed.key);
    const before = beforeOf<ReplicaSet>(change, set);
    const available = set.status?.availableReplicas ?? 0;
    if (before === undefined || (before.status?.availableReplicas ?? 0) !== available) {
      this.#recent(this.#available, set.metadata.uid).add(available, committed.atMs);
    }
    const deployment = as<Deployment>(ownerOf(set, DEPLOYMENTS, 'Deployment', picture));
    if (deployment === undefined || isDeleting(deployment) || isDeleting(set)) return;
    const from = before === undefined ? 0 : sizeOf(before);
    if (sizeOf(set) > from) this.#grown(committed, set, from, deployment, picture, report);
    else if (sizeOf(set) < from && !isScaling(before, set))
      this.#shrunk(committed, set, from, deployment, picture, report);
  }

  #limitsSince(deployment: Stored<Deployment>, atMs: number): Limits {
    const all = this.#limits.get(deployment.metadata.uid)?.since(atMs - UNDER_WAY_MS) ?? [];
    const known = all.length === 0 ? [limitsOf(deployment)] : all;
    return {
      most: Math.max(...known.map(({ most }) => most)),
      fewest: Math.min(...known.map(({ fewest }) => fewest)),
    };
  }

  *#setsOf(deployment: Stored<Deployment>, picture: Picture): Generator<Stored<ReplicaSet>> {
    for (const key of this.#sets.get(deployment.metadata.uid) ?? []) {
      const set = as<ReplicaSet>(picture.get(key));
      if (set !== undefined) yield set;
    }
  }

  #grown(
    { atMs, key }: CommittedAt,
    set: Stored<ReplicaSet>,
    from: number,
    deployment: Stored<Deployment>,
    picture: Picture,
    report: Report,
  ): void {
    const { most } = this.#limitsSince(deployment, atMs);
    let sum = 0;
    for (const sibling of this.#setsOf(deployment, picture)) sum += sizeOf(sibling);
    if (sum <= most) return;
    const text = `went from ${from} to ${sizeOf(set)}, which asks for ${sum} pods of ${most} at most`;
    report(`replica set ${nameOf(set)} ${text}`, [key]);
  }

  #shrunk(
    { atMs, key }: CommittedAt,
    set: Stored<ReplicaSet>,
    from: number,
    deployment: Stored<Deployment>,
    picture: Picture,
    report: Report,
  ): void {
    const { fewest } = this.#limitsSince(deployment, atMs);
    let [left, lost] = [0, 0];
    for (const sibling of this.#setsOf(deployment, picture)) {
      const recent = this.#available.get(sibling.metadata.uid)?.since(atMs - UNDER_WAY_MS) ?? [];
      const available = Math.max(0, ...recent);
      left += Math.min(available, sizeOf(sibling));
      if (sibling.metadata.uid === set.metadata.uid) lost = lostOf(recent, from, sizeOf(set));
    }
    if (left >= fewest || lost <= 0) return;
    const text = `went from ${from} to ${sizeOf(set)}, which leaves ${left} available pods of ${fewest}`;
    report(`replica set ${nameOf(set)} ${text} at least`, [key]);
  }

  #pod(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const pod = nowOf<Pod>(committed);
    const last = as<Pod>(change.previous);
    this.#count(last, -1);
    this.#count(pod, 1);
    if (pod === undefined || last !== undefined || !isActive(pod)) return;
    if (this.#quiet.forMs(committed.atMs) < QUIET_MS) return;
    const set = as<ReplicaSet>(ownerOf(pod, REPLICA_SETS, 'ReplicaSet', picture));
    if (set === undefined) return;
    const deployment = as<Deployment>(ownerOf(set, DEPLOYMENTS, 'Deployment', picture));
    if (deployment === undefined) return;
    let sum = 0;
    for (const { metadata } of this.#setsOf(deployment, picture)) {
      sum += this.#active.get(metadata.uid) ?? 0;
    }
    const { most } = this.#limitsSince(deployment, committed.atMs);
    if (sum <= most) return;
    const text = `is number ${sum} of deployment ${nameOf(deployment)}, of ${most} at most`;
    report(`pod ${nameOf(pod)} ${text}`, [committed.key]);
  }

  #count(pod: Stored<Pod> | undefined, by: 1 | -1): void {
    if (pod === undefined || !isActive(pod)) return;
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return;
    const count = (this.#active.get(owner.uid) ?? 0) + by;
    if (count > 0) this.#active.set(owner.uid, count);
    else this.#active.delete(owner.uid);
  }
}
