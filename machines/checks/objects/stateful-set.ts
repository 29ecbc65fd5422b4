/**
 * The rule that an identity of a StatefulSet runs at most once, by what the nodes' runtimes did.
 *
 * Never asks the log whether a pod runs. Exempt is what Kubernetes exempts: a pod removed because its node is gone or
 * was declared out of service, by which somebody vouches that the node is off; and one whose spec asks for no grace at
 * all, which is a forced deletion (unsafe for StatefulSets, as their documentation says).
 */
import type { Node, Pod } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { RunningContainers, type RunningPod } from './containers.ts';
import { as, type CommittedAt, controllerOf, isOf, keyOf, NODES, nowOf, PODS } from './read.ts';

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
/** At most one pod of an identity runs. */
export const statefulSetAtMostOne: Rule = {
  name: 'statefulset-at-most-one',
  says:
    'of a name that a StatefulSet gives, containers of one pod (uid) run at a time, also through ' +
    'partitions (Kubernetes pod safety proposal; StatefulSet: at most one pod with an identity).',
  reads: ['committed', 'container', 'process'],
  create: () => new AtMostOne(),
};

class AtMostOne implements Checker {
  readonly #running = new RunningContainers();
  /** Uids of live pods, and of removed ones that run, that belong to StatefulSets. */
  readonly #members = new Set<string>();
  /** Removed while they run; true where somebody gave their word that they do not. */
  readonly #removed = new Map<string, boolean>();
  readonly #reported = new Set<string>();

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    if (isOf(observation, PODS)) this.#pod(observation, picture, report, change);
    const started = this.#running.take(observation);
    if (started !== undefined) this.#compare(started, report);
    else if (observation.type !== 'committed' && this.#removed.size > 0) this.#forget();
  }

  /** Forgets removed pods that have ended. */
  #forget(): void {
    for (const uid of this.#removed.keys()) {
      if (this.#running.runs(uid)) continue;
      this.#removed.delete(uid);
      this.#members.delete(uid);
      this.#reported.delete(uid);
    }
  }

  #pod(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const pod = nowOf<Pod>(committed);
    const before = as<Pod>(change.previous);
    if (before !== undefined && before.metadata.uid !== pod?.metadata.uid) {
      this.#remove(before, picture);
    }
    if (pod === undefined || controllerOf(pod)?.kind !== 'StatefulSet') return;
    const {
      uid,
      namespace = '',
      name,
    } = pod.metadata as typeof pod.metadata & {
      namespace?: string;
    };
    if (this.#members.has(uid)) return;
    this.#members.add(uid);
    // Its containers may have been seen before the log was.
    for (const one of this.#running.named(namespace, name)) {
      if (one.uid === uid) this.#compare(one, report);
    }
  }

  #remove({ metadata, spec }: Stored<Pod>, picture: Picture): void {
    const { uid } = metadata;
    if (!this.#members.has(uid)) return;
    const held = as<Node>(picture.get(keyOf(NODES, '', spec?.nodeName ?? '')));
    const isOff = held?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
    const isForced = spec?.terminationGracePeriodSeconds === 0;
    this.#removed.set(uid, held === undefined || isOff || isForced);
    this.#forget();
  }

  #compare(started: RunningPod, report: Report): void {
    const { uid, namespace, name, node } = started;
    if (!this.#members.has(uid)) return;
    for (const other of this.#running.named(namespace, name)) {
      if (other === started || (other.uid === uid && other.node === node)) continue;
      if (!this.#members.has(other.uid) || this.#removed.get(other.uid) === true) continue;
      if (this.#reported.has(uid)) continue;
      this.#reported.add(uid);
      const message =
        `pod ${namespace}/${name} (${uid}) runs on ${node} while ` +
        `its predecessor (${other.uid}) still runs on ${other.node}`;
      report(message, [keyOf(PODS, namespace, name)]);
    }
  }
}
