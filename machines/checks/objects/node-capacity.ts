/**
 * The rule that a node never holds more than it has, judged where the scheduler binds a pod.
 *
 * Blames the write that sets spec.nodeName of a pod that had none: pods made with a node (by a user or a test) are
 * the kubelet's to admit. A node that shrinks afterwards is no violation, so the most it ever offered counts.
 */
import type { Container, Node, Pod } from '../../api/types.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { nanosOf, showNanos } from './quantity.ts';
import { type CommittedAt, isOf, isTerminal, NODES, nameOf, nowOf, PODS } from './read.ts';

/** The scheduler never overcommits a node. */
export const nodeCapacity: Rule = {
  name: 'node-capacity',
  says:
    'the requests of the pods bound to a node and not ended never exceed its allocatable when the ' +
    'scheduler binds one more (kube-scheduler, NodeResourcesFit; Kubernetes resource management).',
  reads: ['committed'],
  create: () => new NodeCapacity(),
};

type Amounts = ReadonlyMap<string, bigint>;

/** What a pod asks for of each resource: KEP-753 (sidecars), KEP-2837 (requests of the pod). */
export function podRequests({ spec }: Pod): Amounts {
  const total = new Map<string, bigint>();
  const sidecars = new Map<string, bigint>();
  const most = new Map<string, bigint>();
  for (const container of spec?.containers ?? []) add(total, requestsOf(container));
  for (const container of spec?.initContainers ?? []) {
    const own = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      add(total, own);
      add(sidecars, own);
      raise(most, sidecars);
    } else {
      const beside = new Map(sidecars);
      add(beside, own);
      raise(most, beside);
    }
  }
  raise(total, most);
  for (const [name, text] of Object.entries(spec?.resources?.requests ?? {})) {
    total.set(name, nanosOf(text));
  }
  add(total, amounts(spec?.overhead));
  return total;
}

function requestsOf(container: Container): Amounts {
  return amounts(container.resources?.requests);
}

function amounts(list: Readonly<Record<string, string | number>> | undefined): Amounts {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, nanosOf(text)]));
}

function add(to: Map<string, bigint>, more: Amounts): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0n) + amount);
}

function raise(to: Map<string, bigint>, atLeast: Amounts): void {
  for (const [name, amount] of atLeast) if (amount > (to.get(name) ?? 0n)) to.set(name, amount);
}

interface Bound {
  readonly node: string;
  readonly uid: string;
  readonly requests: Amounts;
}

class NodeCapacity implements Checker {
  readonly #bound = new Map<string, Bound>();
  /** Requests of all pods on a node, and their number as `pods`. */
  readonly #used = new Map<string, Map<string, bigint>>();
  /** By node uid: the most that was offered of each resource. */
  readonly #offered = new Map<string, Map<string, bigint>>();

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    if (isOf(observation, NODES)) this.#node(observation, change);
    else if (isOf(observation, PODS)) this.#pod(observation, picture, report, change);
  }

  #node(committed: CommittedAt, change: Change): void {
    const node = nowOf<Node>(committed);
    const uid = node?.metadata.uid ?? '';
    const before = change.previous?.object.metadata.uid;
    if (before !== undefined && before !== uid) this.#offered.delete(before);
    if (node === undefined) return;
    const offered = this.#offered.get(uid) ?? new Map<string, bigint>();
    raise(offered, amounts(node.status?.allocatable ?? node.status?.capacity));
    this.#offered.set(uid, offered);
  }

  #pod(committed: CommittedAt, picture: Picture, report: Report, change: Change): void {
    const { key } = committed;
    const pod = nowOf<Pod>(committed);
    const node = pod !== undefined && !isTerminal(pod) ? (pod.spec?.nodeName ?? '') : '';
    const before = this.#bound.get(key);
    if (before !== undefined && before.node === node && before.uid === pod?.metadata.uid) return;
    if (before !== undefined) this.#release(key, before);
    if (pod === undefined || node === '') return;
    const bound: Bound = { node, uid: pod.metadata.uid, requests: podRequests(pod) };
    this.#bound.set(key, bound);
    const used = this.#used.get(node) ?? new Map<string, bigint>();
    this.#used.set(node, used);
    add(used, bound.requests);
    add(used, ONE_POD);
    const was = change.previous?.object;
    const isBinding = was?.metadata.uid === pod.metadata.uid && !(was as Pod).spec?.nodeName;
    if (isBinding) this.#judge(`pod ${nameOf(pod)}`, bound, picture, report, key);
  }

  #release(key: string, { node, requests }: Bound): void {
    this.#bound.delete(key);
    const used = this.#used.get(node);
    if (used === undefined) return;
    for (const [name, amount] of requests) used.set(name, (used.get(name) ?? 0n) - amount);
    used.set('pods', (used.get('pods') ?? 0n) - 10n ** 9n);
    if (used.get('pods') === 0n) this.#used.delete(node);
  }

  #judge(who: string, bound: Bound, picture: Picture, report: Report, key: string): void {
    const nodeKey = `${NODES}/_/${bound.node}`;
    const uid = picture.get(nodeKey)?.object.metadata.uid ?? '';
    const offered = this.#offered.get(uid);
    if (offered === undefined) return;
    const used = this.#used.get(bound.node);
    for (const [name, asked] of [...bound.requests, ['pods', 10n ** 9n] as const]) {
      const [sum, limit] = [used?.get(name) ?? 0n, offered.get(name) ?? 0n];
      if (asked === 0n || sum <= limit) continue;
      const text = `${showNanos(sum)} ${name} asked of ${showNanos(limit)}`;
      report(`${who} was bound to ${bound.node}, which then had ${text}`, [key, nodeKey]);
      return;
    }
  }
}

const ONE_POD: Amounts = new Map([['pods', 10n ** 9n]]);
