/**
 * Since when the control plane has been left alone: no fault hits it, none of its processes is down or
 * paused, and somebody leads.
 * Rules that Kubernetes promises "soon" measure from there, since nothing is soon while the apiserver is gone.
 *
 * Faults on nodes alone do not disturb it: how the cluster takes the loss of a node is what is to be judged.
 */
import type { Observation } from '../../chaos/observation.ts';

/** Observation types that `Quiet` has to be told of. */
export const QUIET_READS = ['process', 'fault', 'leadership'] as const;

/** A request under way when all is well again may take so long to fail, and is only then tried anew. */
const REQUEST_MS = 40_000;

/** Tells since when nothing disturbs the control plane. */
export class Quiet {
  readonly #nodes = new Set<string>();
  readonly #down = new Set<string>();
  readonly #faults = new Set<string>();
  /** Who leads, by lease; a lease that once had a leader and has none is a component that is down. */
  readonly #leaders = new Map<string, Set<string>>();
  #sinceMs: number;
  #wasDisturbed = false;

  constructor(nowMs = 0) {
    this.#sinceMs = nowMs;
  }

  /** Takes one observation, of whatever type. */
  take(observation: Observation): void {
    if (observation.type === 'process') this.#process(observation);
    else if (observation.type === 'fault') this.#fault(observation);
    else if (observation.type === 'leadership') this.#leadership(observation);
  }

  /** Milliseconds of quiet up to now; 0 while something is wrong. */
  forMs(nowMs: number): number {
    if (this.#down.size + this.#faults.size > 0) return 0;
    for (const leaders of this.#leaders.values()) if (leaders.size === 0) return 0;
    return nowMs - this.#sinceMs;
  }

  /** Milliseconds that something could have been seen to and was not, since it came about. */
  since(atMs: number, nowMs: number): number {
    const quietMs = this.forMs(nowMs) - (this.#wasDisturbed ? REQUEST_MS : 0);
    return Math.min(quietMs, nowMs - atMs);
  }

  #process({ process, role, state, atMs }: Observation & { readonly type: 'process' }): void {
    if (role === 'node') {
      this.#nodes.add(process);
      return;
    }
    if (state === 'crashed') for (const leaders of this.#leaders.values()) leaders.delete(process);
    if (state === 'crashed' || state === 'paused') {
      this.#down.add(process);
      this.#wasDisturbed = true;
    } else this.#down.delete(process);
    this.#sinceMs = atMs;
  }

  #leadership({
    process,
    lease,
    leads,
    atMs,
  }: Observation & { readonly type: 'leadership' }): void {
    const leaders = this.#leaders.get(lease) ?? new Set();
    this.#leaders.set(lease, leaders);
    if (leads) leaders.add(process);
    else {
      leaders.delete(process);
      this.#wasDisturbed = true;
    }
    this.#sinceMs = atMs;
  }

  #fault({ name, injection, targets, state, atMs }: Observation & { readonly type: 'fault' }) {
    const id = `${name}#${injection}`;
    if (state === 'ended') {
      if (this.#faults.delete(id)) this.#sinceMs = atMs;
      return;
    }
    if (targets.length > 0 && targets.every((target) => this.#nodes.has(target))) return;
    this.#faults.add(id);
    this.#wasDisturbed = true;
    this.#sinceMs = atMs;
  }
}
