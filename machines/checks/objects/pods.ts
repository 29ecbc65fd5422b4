/**
 * Rules about the life of one pod: where it is bound, how often its containers were restarted, how it ends.
 *
 * Never compares pods with each other; a pod is its uid.
 */
import type { ContainerStatus, Pod } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Held, Picture, Report, Rule } from '../check.ts';
import { beforeOf, type CommittedAt, isOf, isTerminal, nameOf, nowOf, PODS } from './read.ts';

/** A pod is bound once. */
export const podBoundOnce: Rule = {
  name: 'pod-bound-once',
  says:
    'spec.nodeName of a pod never changes once it is set (Kubernetes API: a pod is scheduled once ' +
    'in its lifetime; the Binding is refused for a pod that has a node).',
  reads: ['committed'],
  create: () => ({
    observe(observation, _picture, report, change) {
      if (!isOf(observation, PODS)) return;
      const now = nowOf<Pod>(observation);
      const node = now && beforeOf<Pod>(change, now)?.spec?.nodeName;
      if (now === undefined || !node || node === now.spec?.nodeName) return;
      const to = now.spec?.nodeName || 'no node';
      report(`pod ${nameOf(now)} was bound to ${node} and is now on ${to}`, [observation.key]);
    },
  }),
};

/** Restart counts and terminal phases go one way. */
export const restartCounts: Rule = {
  name: 'restart-counts',
  says:
    "restartCount of a pod's container never decreases but after its node lost power (API of " +
    'ContainerStatus), and a pod that is Succeeded or Failed stays ended (pod lifecycle).',
  reads: ['committed', 'process'],
  create: () => new RestartCounts(),
};

class RestartCounts implements Checker {
  /** When nodes lost power last: their kubelets may have lost the counts. Bounded by the nodes. */
  readonly #powerLossMs = new Map<string, number>();

  observe(observation: Observation, _: Picture, report: Report, change: Change): void {
    if (observation.type === 'process') {
      const { process, power, state, atMs } = observation;
      if (state === 'crashed' && power) this.#powerLossMs.set(process, atMs);
    } else if (isOf(observation, PODS)) this.#pod(observation, report, change);
  }

  #pod(committed: CommittedAt, report: Report, change: Change): void {
    const now = nowOf<Pod>(committed);
    const before = now && beforeOf<Pod>(change, now);
    if (now === undefined || before === undefined || before.status === now.status) return;
    if (isTerminal(before) && !isTerminal(now)) {
      const [from, to] = [before.status?.phase, now.status?.phase];
      report(`pod ${nameOf(now)} had ended as ${from} and is ${to} again`, [committed.key]);
    }
    if (this.#mayForget(now, change.previous)) return;
    for (const [name, count] of restartsOf(now)) {
      const earlier = restartsOf(before).get(name);
      if (earlier === undefined || count >= earlier) continue;
      const message = `container ${name} of pod ${nameOf(now)} had ${earlier} restarts and has ${count}`;
      report(message, [committed.key]);
    }
  }

  #mayForget(pod: Stored<Pod>, previous: Held | undefined): boolean {
    const lostMs = this.#powerLossMs.get(pod.spec?.nodeName ?? '');
    return lostMs !== undefined && lostMs >= (previous?.bornMs ?? 0);
  }
}

function restartsOf({ status }: Pod): ReadonlyMap<string, number> {
  const all: readonly ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return new Map(all.map(({ name, restartCount = 0 }) => [name, restartCount]));
}
