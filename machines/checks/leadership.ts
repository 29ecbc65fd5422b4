/**
 * One leader acts at a time, as far as leases can promise it.
 *
 * Two leaders at once are no fault while the older one cannot know better: it stands still, or is
 * cut off. As in Kubernetes only time ends that, so it is excused for one lease's length more. The
 * same holds where the clock of the newer one has jumped: it takes a lease for expired that is not.
 * What a leader must not do meanwhile is judged by `fenced-leader`.
 */
import type { FaultSeen, LeadershipChanged, Observation } from '../chaos/observation.ts';
import type { Checker, Picture, Report, Rule } from './check.ts';

/** Length of a lease: a leader that could not renew knows by then (client-go: LeaseDuration). */
export const EXCUSED_MS = 15_000;

/** Roles of processes whose failure keeps no other process from its lease. */
const BYSTANDERS: ReadonlySet<string> = new Set(['node', 'scheduler', 'controllers']);

/** See the top of this file. */
export const oneLeader: Rule = {
  name: 'one-leader',
  says: 'Two lead by one Lease only while the older one is paused or cut off (client-go).',
  reads: ['leadership', 'process', 'fault', 'phase', 'committed'],
  create: () => new OneLeader(),
};

interface Fault {
  readonly what: string;
  readonly targets: readonly string[];
  endedMs: number;
}

class OneLeader implements Checker {
  /** Since when each process leads, by lease. */
  readonly #leaders = new Map<string, Map<string, number>>();
  readonly #roles = new Map<string, string>();
  /** Processes that stood still, until when; paused ones until infinity. */
  readonly #stoodUntil = new Map<string, number>();
  readonly #faults = new Map<string, Fault>();
  /** Leases with several leaders, and who of them was reported. */
  readonly #doubled = new Map<string, Set<string>>();

  observe(observation: Observation, picture: Picture, report: Report): void {
    const { atMs } = observation;
    if (observation.type === 'leadership') this.#changed(observation, atMs);
    else if (observation.type === 'fault') this.#fault(observation, atMs);
    else if (observation.type === 'process') {
      const { process, role, state } = observation;
      this.#roles.set(process, role);
      if (state === 'paused') this.#stoodUntil.set(process, Number.POSITIVE_INFINITY);
      else if (state === 'resumed') this.#stoodUntil.set(process, atMs);
      else this.#gone(process);
    }
    if (this.#doubled.size > 0) this.#judge(picture.nowMs, report);
  }

  #changed({ process, lease, leads }: LeadershipChanged, atMs: number): void {
    let leaders = this.#leaders.get(lease);
    if (leaders === undefined) {
      leaders = new Map();
      this.#leaders.set(lease, leaders);
    }
    if (!leads) leaders.delete(process);
    else if (!leaders.has(process)) leaders.set(process, atMs);
    this.#noteDoubled(lease, leaders);
  }

  #gone(process: string): void {
    this.#stoodUntil.delete(process);
    for (const [lease, leaders] of this.#leaders) {
      if (leaders.delete(process)) this.#noteDoubled(lease, leaders);
    }
  }

  #noteDoubled(lease: string, leaders: ReadonlyMap<string, number>): void {
    if (leaders.size < 2) this.#doubled.delete(lease);
    else if (!this.#doubled.has(lease)) this.#doubled.set(lease, new Set());
  }

  #fault({ name, injection, what, targets, state }: FaultSeen, atMs: number): void {
    for (const [id, { endedMs }] of this.#faults) {
      if (endedMs + EXCUSED_MS < atMs) this.#faults.delete(id);
    }
    const id = `${name}/${injection}`;
    const known = this.#faults.get(id);
    if (state === 'begun')
      this.#faults.set(id, { what, targets, endedMs: Number.POSITIVE_INFINITY });
    else if (known !== undefined) known.endedMs = atMs;
  }

  #judge(nowMs: number, report: Report): void {
    for (const [lease, reported] of this.#doubled) {
      const leaders = [...(this.#leaders.get(lease) ?? [])].sort((a, b) => a[1] - b[1]);
      const newest = leaders.pop();
      if (newest === undefined) continue;
      for (const [process, sinceMs] of leaders) {
        if (reported.has(process) || this.#isExcused(process, newest[0], nowMs)) continue;
        reported.add(process);
        report(
          `${process} (since ${sinceMs} ms) and ${newest[0]} (since ${newest[1]} ms) both ` +
            `lead by the lease ${lease} at ${nowMs} ms; ${process} is neither paused nor cut off`,
          [`coordination.k8s.io/leases/kube-system/${lease}`],
        );
      }
    }
  }

  #isExcused(process: string, newest: string, nowMs: number): boolean {
    const stoodUntil = this.#stoodUntil.get(process);
    if (stoodUntil !== undefined && nowMs <= stoodUntil + EXCUSED_MS) return true;
    for (const { what, targets, endedMs } of this.#faults.values()) {
      if (nowMs > endedMs + EXCUSED_MS) continue;
      if (this.#touches(targets, process)) return true;
      if (what.startsWith('clock-skew') && targets.includes(newest)) return true;
    }
    return false;
  }

  /** Whether a fault may cut a process off: it hits it, or the store, an apiserver or messages. */
  #touches(targets: readonly string[], process: string): boolean {
    if (targets.length === 0) return true;
    return targets.some(
      (target) => target === process || !BYSTANDERS.has(this.#roles.get(target) ?? ''),
    );
  }

  finish(picture: Picture, report: Report): void {
    this.#judge(picture.nowMs, report);
  }
}
