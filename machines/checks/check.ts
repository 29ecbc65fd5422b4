/**
 * What a checker is: it reads observations one by one, in order, and says what is wrong. All share one picture of the
 * objects, kept by `run-checks.ts`.
 *
 * Checkers stand outside the code they check: they import no machine, no plan and no admission, and trust nothing but
 * the log, the answers and the steps. Never throw for what they read.
 */

import type { AnyObject, Stored } from '../api/view.ts';
import type { Observation } from '../chaos/observation.ts';

/** Something that must hold and did not. */
export interface Violation {
  /** Name of the rule: `pod-bound-once`. */
  readonly rule: string;
  readonly atMs: number;
  /** A sentence with the facts: names, revisions, times. */
  readonly message: string;
  /** Keys of the objects concerned. */
  readonly objects: readonly string[];
  readonly revision: number;
}

/** One object as the log has it now. */
export interface Held {
  readonly key: string;
  readonly revision: number;
  readonly object: Stored<AnyObject>;
  /** When this state and when the first state of this object (this uid) were committed. */
  readonly sinceMs: number;
  readonly bornMs: number;
}

/** The objects at the revision of the last `committed` observation. */
export interface Picture {
  readonly revision: number;
  readonly nowMs: number;
  readonly phase: 'prepare' | 'faults' | 'heal' | 'end';
  get(key: string): Held | undefined;
  /** Objects of one resource (`core/pods`), in no promised order. */
  list(resource: string): IterableIterator<Held>;
  /** Number of objects of a resource. */
  count(resource: string): number;
}

/** The state before the observation that is being told, of the key it is about. */
export interface Change {
  readonly previous: Held | undefined;
}

export type Report = (message: string, objects?: readonly string[]) => void;

/** One rule at work; it may remember what it needs, bounded by the number of live objects. */
export interface Checker {
  /**
   * Told of everything, after the picture has taken it. `report` says a violation of this rule; it may be called
   * several times. `change` is there for `committed`.
   */
  observe(observation: Observation, picture: Picture, report: Report, change: Change): void;
  /** Called when the run is over. */
  finish?(picture: Picture, report: Report): void;
}

/** A rule: data about it, and how a checker of it is made. */
export interface Rule {
  readonly name: string;
  /** One sentence: what must hold, and whose guarantee it is (etcd, Kubernetes document or KEP). */
  readonly says: string;
  /** The observation types it needs; others are not handed to it. */
  readonly reads: readonly Observation['type'][];
  create(settings: CheckSettings): Checker;
}

export interface CheckSettings {
  /** A node or pod dead for longer than this must be out of the endpoints, milliseconds. */
  readonly deadGraceMs: number;
  /** Writes of one object that one phase without outside changes may see at most. */
  readonly writesPerObjectMax: number;
}

/**
 * A dead leader's work is taken over when its Lease has stood for 15 s since its heir first saw it, which is looked at
 * every 2 s; the heir itself may have to start first.
 */
export const CHECK_DEFAULTS: CheckSettings = { deadGraceMs: 30_000, writesPerObjectMax: 60 };
