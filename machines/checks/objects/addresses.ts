/**
 * Rules about addresses: no two live pods, no two live services share one.
 *
 * Never takes a status for fresh that its node could not renew: after a loss of power the node gives addresses out
 * anew while the log still shows the old ones, and a pod that is being deleted may have given its address back
 * before it says so. Such a claim counts only where it stays.
 */
import type { Pod, Service } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { RunningContainers } from './containers.ts';
import {
  as,
  type CommittedAt,
  isDeleting,
  isKeyOf,
  isOf,
  isTerminal,
  NODES,
  nameOf,
  nowOf,
  PODS,
  SERVICES,
  splitKey,
} from './read.ts';

/** Live pods have addresses of their own. */
export const podAddressUnique: Rule = {
  name: 'pod-address-unique',
  says:
    'no two pods that live share status.podIP, those on the network of their host apart ' +
    '(Kubernetes network model: every pod has an address of its own).',
  reads: ['committed', 'container', 'process'],
  create: () => new PodAddresses(),
};

interface Claim {
  readonly key: string;
  readonly uid: string;
  readonly address: string;
  readonly node: string;
  readonly deleting: boolean;
  /** A container of the pod was seen to start: only such a pod can be seen to have ended. */
  seen: boolean;
  /** Its node has lost power or was removed since: the status may be of a former life. */
  stale: boolean;
}

class PodAddresses implements Checker {
  readonly #claims = new Map<string, Claim>();
  readonly #byAddress = new Map<string, Set<Claim>>();
  readonly #running = new RunningContainers();
  /** Uids of pods that were reported, while they keep the address. */
  readonly #reported = new Set<string>();

  observe(observation: Observation, picture: Picture, report: Report, _change: Change): void {
    if (isOf(observation, PODS)) this.#pod(observation, report);
    else if (isOf(observation, NODES)) {
      if (observation.operation === 'delete') this.#age(splitKey(observation.key).name);
    } else if (observation.type === 'process') {
      this.#running.take(observation);
      const { state, power, process } = observation;
      if (state === 'crashed' && power) this.#age(process);
    } else if (observation.type === 'container') this.#container(observation, picture, report);
  }

  finish(_: Picture, report: Report): void {
    for (const claims of this.#byAddress.values()) {
      for (const claim of claims) claim.stale = false;
      for (const claim of claims) this.#compare(claim, report);
    }
  }

  #container(observation: Observation, picture: Picture, report: Report): void {
    if (observation.type !== 'container') return;
    const started = this.#running.take(observation);
    if (started === undefined) return;
    const claim = this.#claims.get(`${PODS}/${started.namespace}/${started.name}`);
    if (claim === undefined || claim.uid !== started.uid) return;
    claim.seen = true;
    if (as<Pod>(picture.get(claim.key))?.spec?.nodeName === started.node) {
      this.#compare(claim, report);
    }
  }

  #pod(committed: CommittedAt, report: Report): void {
    const { key } = committed;
    const pod = nowOf<Pod>(committed);
    const before = this.#claims.get(key);
    const address = pod?.status?.podIP ?? '';
    const isLive = pod !== undefined && !isTerminal(pod) && pod.spec?.hostNetwork !== true;
    if (before !== undefined) this.#drop(before);
    if (!isLive || address === '') return;
    const { uid } = pod.metadata;
    const isSame = before?.uid === uid && before.address === address;
    const claim: Claim = {
      key,
      uid,
      address,
      node: pod.spec?.nodeName ?? '',
      deleting: isDeleting(pod),
      seen: (isSame && before.seen) || this.#running.runs(uid),
      stale: isSame && before.stale,
    };
    this.#claims.set(key, claim);
    const others = this.#byAddress.get(address);
    if (others === undefined) this.#byAddress.set(address, new Set([claim]));
    else {
      others.add(claim);
      this.#compare(claim, report);
    }
  }

  #drop(claim: Claim): void {
    this.#claims.delete(claim.key);
    const others = this.#byAddress.get(claim.address);
    others?.delete(claim);
    if (others?.size === 0) this.#byAddress.delete(claim.address);
    this.#reported.delete(claim.uid);
  }

  #age(node: string): void {
    for (const claim of this.#claims.values()) if (claim.node === node) claim.stale = true;
  }

  #compare(claim: Claim, report: Report): void {
    if (!this.#holds(claim) || this.#reported.has(claim.uid)) return;
    for (const other of this.#byAddress.get(claim.address) ?? []) {
      if (other === claim || !this.#holds(other)) continue;
      this.#reported.add(claim.uid).add(other.uid);
      const who = (one: Claim) => `${one.key.slice(PODS.length + 1)} on ${one.node}`;
      const message = `pods ${who(other)} and ${who(claim)} both have address ${claim.address}`;
      report(message, [other.key, claim.key]);
      return;
    }
  }

  /** True where the pod surely has the address now. */
  #holds({ uid, seen, stale, deleting }: Claim): boolean {
    if (stale) return false;
    return seen ? this.#running.runs(uid) : !deleting;
  }
}

/** Live services have addresses and node ports of their own. */
export const serviceAddressUnique: Rule = {
  name: 'service-address-unique',
  says:
    'no two services share a cluster IP, nor a node port of one protocol (Kubernetes allocates ' +
    'both cluster-wide, IPAddress objects and the node port allocator).',
  reads: ['committed'],
  create: () => new ServiceAddresses(),
};

class ServiceAddresses implements Checker {
  readonly #holders = new Map<string, string>();
  readonly #held = new Map<string, readonly string[]>();

  observe(observation: Observation, _: Picture, report: Report): void {
    if (observation.type !== 'committed' || !isKeyOf(observation.key, SERVICES)) return;
    const { key } = observation;
    for (const one of this.#held.get(key) ?? []) {
      if (this.#holders.get(one) === key) this.#holders.delete(one);
    }
    this.#held.delete(key);
    const service = nowOf<Service>(observation);
    if (service === undefined) return;
    const claimed = addressesOf(service);
    this.#held.set(key, claimed);
    for (const one of claimed) {
      const holder = this.#holders.get(one);
      if (holder === undefined) this.#holders.set(one, key);
      else if (holder !== key) {
        const other = holder.slice(SERVICES.length + 1);
        report(`services ${other} and ${nameOf(service)} both have ${one}`, [holder, key]);
      }
    }
  }
}

function addressesOf({ spec }: Stored<Service>): readonly string[] {
  if (spec === undefined || spec.type === 'ExternalName') return [];
  const addresses = new Set([spec.clusterIP ?? '', ...(spec.clusterIPs ?? [])]);
  const claimed: string[] = [];
  for (const ip of addresses) if (ip !== '' && ip !== 'None') claimed.push(`cluster IP ${ip}`);
  for (const { nodePort = 0, protocol = 'TCP' } of spec.ports ?? []) {
    if (nodePort > 0) claimed.push(`node port ${nodePort}/${protocol}`);
  }
  const health = spec.healthCheckNodePort ?? 0;
  if (health > 0) claimed.push(`node port ${health}/TCP`);
  return claimed;
}
