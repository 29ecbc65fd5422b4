/**
 * What a controller is: a pure plan function and a row of data. The reconciler machine (`reconciler.ts`) and its
 * actor do the rest: watching, queueing by key, retrying with back-off, writing, waiting to see the own writes.
 *
 * A plan never reads the clock or draws randomness, and is called only on a view that contains every change the
 * previous plan for the same key made. It may be called at any time, for any key, also of objects that are gone.
 */
import type { Change } from '../api/change.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';

/** What a plan may know besides the view. */
export interface PlanEnv {
  readonly nowMs: number;
  /** How often planning this key has failed in a row. */
  readonly failures: number;
  /** Errors of the previous attempt's changes; empty after a success. */
  readonly lastErrors: readonly {
    readonly change: Change;
    readonly reason: string;
    readonly message: string;
  }[];
  /** Settings of the cluster (grace periods, CA certificate, CIDRs), by name. */
  readonly settings: ControllerSettings;
}

export interface ControllerSettings {
  /** PEM of the cluster's CA, for the root-ca controller. */
  readonly caCertificate: string;
  /** A node without a heartbeat for this long is Unknown; Kubernetes: 40 s (`--node-monitor-grace-period`), ms. */
  readonly nodeMonitorGraceMs: number;
  /** Terminated pods above this number are garbage; Kubernetes: 12,500 (`--terminated-pod-gc-threshold`). */
  readonly terminatedPodMax: number;
}

/** What to do now. */
export interface Plan {
  /**
   * Changes to make. All of one stage are made at once (creates in slow start: 1, 2, 4, ... and none after a
   * failure); a stage starts when the one before has succeeded. Anything later: plan it next time.
   */
  readonly stages: readonly (readonly Change[])[];
  /** Plan again at this time though nothing has changed, milliseconds since the epoch. */
  readonly againAtMs?: number;
  /** Plan again with back-off (as a sync error does), with the reason for the log. */
  readonly retry?: string;
}

/** A key of work: `namespace/name`, or `name` for cluster-scoped primaries. */
export type WorkKey = string;

/** Tells which keys a change of a watched object concerns. `object` is the new or last state. */
export type Enqueue = (
  object: Stored<AnyObject>,
  previous: Stored<AnyObject> | undefined,
  view: View,
  deleted: boolean,
  resource: string,
) => readonly WorkKey[];

/** One row of the controllers' table. */
export interface Controller {
  /** Name of the controller, as in `--controllers`: `deployment-controller`. Also the events' component. */
  readonly name: string;
  /** The component name written into events (Kubernetes' `reportingComponent`), where it differs. */
  readonly component?: string;
  /** Watched resources, and the keys their changes concern; the resource `*` stands for all of them. */
  readonly watches: Readonly<{ [resource: string]: Enqueue }>;
  /**
   * Gather notices of a key for this long, so that a burst costs one plan, milliseconds. Default 0. May grow with what
   * a plan costs.
   */
  readonly batchMs?: number | ((key: WorkKey, view: View) => number);
  /** Decides what to do for a key. */
  plan(key: WorkKey, view: View, env: PlanEnv): Plan;
}

/** A plan that does nothing. */
export const NOTHING: Plan = { stages: [] };
