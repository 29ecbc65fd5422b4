/**
 * The rule that a quota is never exceeded by what is created under it.
 *
 * Counts the pods itself. Never blames a quota that was lowered, or one so young that requests under way do not know
 * of it.
 */
import type { Pod, ResourceQuota } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { nanosOf, showNanos } from './quantity.ts';
import {
  as,
  beforeOf,
  type CommittedAt,
  isOf,
  isTerminal,
  nameOf,
  nowOf,
  PODS,
  QUOTAS,
} from './read.ts';

/** Requests that began before a quota was there, or was changed, have ended by then. */
const YOUNG_MS = 40_000;

/** Quotas hold. */
export const quotaHonoured: Rule = {
  name: 'quota-honoured',
  says:
    'no pod is created beyond the pods that a quota allows, and what a quota counts as used does ' +
    'not grow beyond it (Kubernetes: resource quotas are enforced at creation).',
  reads: ['committed'],
  create: () => new QuotaHonoured(),
};

class QuotaHonoured implements Checker {
  /** When the spec of a quota changed last, by uid. */
  readonly #changedMs = new Map<string, number>();
  /** Pods of a namespace, and those that have not ended. */
  readonly #all = new Map<string, number>();
  readonly #running = new Map<string, number>();

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    if (isOf(observation, QUOTAS)) this.#quota(observation, report, change);
    else if (isOf(observation, PODS)) this.#pod(observation, picture, report, change);
  }

  #quota(committed: CommittedAt, report: Report, change: Change): void {
    const quota = nowOf<ResourceQuota>(committed);
    const gone = change.previous?.object.metadata.uid;
    if (gone !== undefined && gone !== quota?.metadata.uid) this.#changedMs.delete(gone);
    if (quota === undefined) return;
    const before = beforeOf<ResourceQuota>(change, quota);
    const isChanged = JSON.stringify(before?.spec) !== JSON.stringify(quota.spec);
    if (before === undefined || isChanged) {
      this.#changedMs.set(quota.metadata.uid, committed.atMs);
      return;
    }
    if (this.#isYoung(quota, committed.atMs)) return;
    for (const [name, text] of Object.entries(quota.status?.used ?? {})) {
      const [used, hard] = [nanosOf(text), quota.status?.hard?.[name]];
      const was = before.status?.used?.[name];
      if (hard === undefined || was === undefined || before.status?.hard?.[name] !== hard) continue;
      if (used <= nanosOf(hard) || used <= nanosOf(was)) continue;
      const what = `counts ${showNanos(used)} ${name} of ${hard}`;
      report(`quota ${nameOf(quota)} ${what}`, [committed.key]);
    }
  }

  #isYoung({ metadata }: Stored<ResourceQuota>, atMs: number): boolean {
    return atMs - (this.#changedMs.get(metadata.uid) ?? 0) < YOUNG_MS;
  }

  #pod(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const pod = nowOf<Pod>(committed);
    const last = as<Pod>(change.previous);
    const namespace = (pod ?? last)?.metadata.namespace ?? '';
    count(this.#all, namespace, Number(pod !== undefined) - Number(last !== undefined));
    const runs = (one: Pod | undefined) => Number(one !== undefined && !isTerminal(one));
    count(this.#running, namespace, runs(pod) - runs(last));
    if (pod === undefined || last !== undefined || picture.count(QUOTAS) === 0) return;
    for (const held of picture.list(QUOTAS)) {
      const quota = as<ResourceQuota>(held) as Stored<ResourceQuota>;
      if (quota.metadata.namespace !== namespace || this.#isYoung(quota, committed.atMs)) continue;
      const { scopes = [], scopeSelector } = quota.spec ?? {};
      if (scopes.length > 0 || scopeSelector !== undefined) continue;
      const judge = (name: string, has: number) => {
        const hard = quota.status?.hard?.[name];
        if (hard === undefined || BigInt(has) * 10n ** 9n <= nanosOf(hard)) return;
        const text = `is number ${has} where quota ${nameOf(quota)} allows ${hard} ${name}`;
        report(`pod ${nameOf(pod)} ${text}`, [committed.key, held.key]);
      };
      judge('pods', this.#running.get(namespace) ?? 0);
      judge('count/pods', this.#all.get(namespace) ?? 0);
    }
  }
}

function count(of: Map<string, number>, key: string, by: number): void {
  if (by === 0) return;
  const sum = (of.get(key) ?? 0) + by;
  if (sum > 0) of.set(key, sum);
  else of.delete(key);
}
