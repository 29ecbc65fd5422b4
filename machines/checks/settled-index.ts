/**
 * What the reasons of `settled.ts` look things up in: pods by their controller, by namespace and label, and which of
 * them wait for good reason. Made anew for each revision.
 *
 * Never keeps anything from one revision to the next.
 */
import type { Node, Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import type { Picture } from './check.ts';
import { podRequests } from './objects/node-capacity.ts';
import { nanosOf } from './objects/quantity.ts';
import { as, controllerOf, hasLabels, isTerminal, NODES, PODS } from './objects/read.ts';

/** Says why something is not settled. */
export type Say = (reason: string) => void;

/** The pods of one revision, in the orders that are asked for. */
export class PodIndex {
  readonly picture: Picture;
  readonly all: readonly Stored<Pod>[];
  readonly #byOwner = new Map<string, Stored<Pod>[]>();
  readonly #byLabel = new Map<string, Stored<Pod>[]>();
  readonly #byNamespace = new Map<string, Stored<Pod>[]>();
  readonly #waiting = new Set<string>();
  #free: ReadonlyMap<string, Map<string, bigint>> | undefined;

  constructor(picture: Picture) {
    this.picture = picture;
    this.all = [...picture.list(PODS)].map((held) => as<Pod>(held) as Stored<Pod>);
    for (const pod of this.all) {
      const { namespace = '', labels } = pod.metadata as { namespace?: string; labels?: object };
      const owner = controllerOf(pod)?.uid;
      if (owner !== undefined) push(this.#byOwner, owner, pod);
      push(this.#byNamespace, namespace, pod);
      for (const [key, value] of Object.entries(labels ?? {})) {
        push(this.#byLabel, `${namespace} ${key}=${value}`, pod);
      }
      if (this.#waitsHonestly(pod)) this.#waiting.add(pod.metadata.uid);
    }
  }

  ownedBy(uid: string): readonly Stored<Pod>[] {
    return this.#byOwner.get(uid) ?? [];
  }

  /** Pods of a namespace with all these labels; no labels: none. */
  labelled(namespace: string, labels: Readonly<Record<string, string>>): readonly Stored<Pod>[] {
    const first = Object.entries(labels)[0];
    if (first === undefined) return [];
    const candidates = this.#byLabel.get(`${namespace} ${first[0]}=${first[1]}`) ?? [];
    return candidates.filter((pod) => hasLabels(labels, pod.metadata.labels));
  }

  inNamespace(namespace: string): readonly Stored<Pod>[] {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** True where the pod has no node for a reason that stays: no node has room, or it is gated. */
  waits(pod: Stored<Pod>): boolean {
    return this.#waiting.has(pod.metadata.uid);
  }

  #waitsHonestly(pod: Stored<Pod>): boolean {
    if (pod.spec?.nodeName) return false;
    const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (scheduled?.status !== 'False') return false;
    if (scheduled.reason === 'SchedulingGated') return (pod.spec?.schedulingGates ?? []).length > 0;
    return scheduled.reason === 'Unschedulable' && this.roomFor(pod) === undefined;
  }

  /**
   * A node that surely takes the pod: it has room and no taint. Pods that choose their nodes (selectors, affinity,
   * spread, host ports, claims) are not judged.
   */
  roomFor(pod: Stored<Pod>): string | undefined {
    if (isChoosy(pod)) return undefined;
    const wanted = podRequests(pod);
    for (const [name, free] of this.#freeByNode()) {
      const fits = [...wanted].every(([what, amount]) => amount <= (free.get(what) ?? 0n));
      if (fits && (free.get('pods') ?? 0n) >= ONE) return name;
    }
    return undefined;
  }

  #freeByNode(): ReadonlyMap<string, Map<string, bigint>> {
    if (this.#free !== undefined) return this.#free;
    const free = new Map<string, Map<string, bigint>>();
    for (const held of this.picture.list(NODES)) {
      const { metadata, spec, status } = as<Node>(held) as Stored<Node>;
      if ((spec?.taints ?? []).length > 0 || spec?.unschedulable === true) continue;
      const offered = Object.entries(status?.allocatable ?? {});
      free.set(metadata.name, new Map(offered.map(([name, text]) => [name, nanosOf(text)])));
    }
    for (const pod of this.all) {
      const on = free.get(pod.spec?.nodeName ?? '');
      if (on === undefined || isTerminal(pod)) continue;
      for (const [name, amount] of podRequests(pod)) on.set(name, (on.get(name) ?? 0n) - amount);
      on.set('pods', (on.get('pods') ?? 0n) - ONE);
    }
    this.#free = free;
    return free;
  }
}

const ONE = 10n ** 9n;

function isChoosy({ spec }: Pod): boolean {
  const { nodeSelector = {}, affinity, topologySpreadConstraints = [], volumes = [] } = spec ?? {};
  return (
    Object.keys(nodeSelector).length > 0 ||
    affinity !== undefined ||
    topologySpreadConstraints.length > 0 ||
    volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined) ||
    (spec?.containers ?? []).some(({ ports = [] }) =>
      ports.some(({ hostPort = 0 }) => hostPort > 0),
    )
  );
}

function push<T>(to: Map<string, T[]>, key: string, value: T): void {
  const list = to.get(key);
  if (list === undefined) to.set(key, [value]);
  else list.push(value);
}
