/**
 * Fencing: once a new leader has written, no write of an earlier leader is stored any more. Who
 * holds a lease is read from the Lease in the log; the revision it was won with (the token) tells
 * under which holding a process acts.
 *
 * Needs `client` of committed changes; changes without it are not judged. Leases guard themselves,
 * and Events only tell what was done: neither is judged.
 */
import type { Committed, LeadershipChanged, Observation } from '../chaos/observation.ts';
import type { Checker, Report, Rule } from './check.ts';

/** Holders of one lease that are remembered. */
export const HOLDINGS_MAX = 100;

/** Leases by the user that acts under them; of other users no write is a leader's. */
const LEASE_OF_USER: ReadonlyMap<string, string> = new Map([
  ['system:kube-scheduler', 'kube-scheduler'],
  ['system:kube-controller-manager', 'kube-controller-manager'],
]);

const LEASES = 'coordination.k8s.io/leases/kube-system/';
const NOT_JUDGED = ['coordination.k8s.io/leases/', 'core/events/', 'events.k8s.io/events/'];

/** See the top of this file. */
export const fencedLeader: Rule = {
  name: 'fenced-leader',
  says: 'No write of a leader is stored once its successor by the Lease has written (fencing).',
  reads: ['committed', 'leadership'],
  create: () => new FencedLeader(),
};

/** A lease in one hand, from one revision on. */
interface Holding {
  readonly since: number;
  readonly holder: string;
  /** The first write of a leader under it. */
  wrote: { readonly key: string; readonly revision: number; readonly process: string } | undefined;
}

class FencedLeader implements Checker {
  /** By name of the lease, oldest first. */
  readonly #holdings = new Map<string, Holding[]>();
  /** The token each process was last seen to lead with, by lease and process. */
  readonly #tokens = new Map<string, number>();

  observe(observation: Observation, _picture: unknown, report: Report): void {
    if (observation.type === 'leadership') this.#leads(observation);
    if (observation.type !== 'committed') return;
    if (observation.key.startsWith(LEASES)) this.#held(observation);
    const { client, user, key } = observation;
    if (client === undefined || NOT_JUDGED.some((prefix) => key.startsWith(prefix))) return;
    const lease = user === undefined ? undefined : LEASE_OF_USER.get(user);
    if (lease !== undefined) this.#judge(lease, client, observation, report);
  }

  #leads({ process, lease, leads, token }: LeadershipChanged): void {
    // Who lost it keeps its token: what it sent before is still under way.
    if (leads) this.#tokens.set(`${lease} ${process}`, token);
  }

  #held({ key, revision, object }: Committed): void {
    const name = key.slice(LEASES.length);
    const spec = (object as { readonly spec?: { readonly holderIdentity?: unknown } } | undefined)
      ?.spec;
    const holder = typeof spec?.holderIdentity === 'string' ? spec.holderIdentity : '';
    let holdings = this.#holdings.get(name);
    if (holdings === undefined) {
      holdings = [];
      this.#holdings.set(name, holdings);
    }
    if (holder === '' || holdings.at(-1)?.holder === holder) return;
    holdings.push({ since: revision, holder, wrote: undefined });
    if (holdings.length > HOLDINGS_MAX) holdings.shift();
  }

  #judge(lease: string, process: string, committed: Committed, report: Report): void {
    const { key, revision, operation } = committed;
    const token = this.#tokens.get(`${lease} ${process}`);
    const holdings = this.#holdings.get(lease);
    if (token === undefined || holdings === undefined) return;
    const mine = holdings.findLast((holding) => holding.since <= token);
    if (mine === undefined) return;
    const successor = holdings.find((other) => other.since > mine.since && other.wrote);
    if (successor?.wrote === undefined) {
      mine.wrote ??= { key, revision, process };
      return;
    }
    const { wrote, holder, since } = successor;
    report(
      `${operation} of ${key} at revision ${revision} is ${process}'s, which led by ` +
        `${lease} with token ${token}; ${holder} holds it since revision ${since}, and ` +
        `${wrote.process} has written ${wrote.key} at revision ${wrote.revision}`,
      [key, `${LEASES}${lease}`],
    );
  }
}
