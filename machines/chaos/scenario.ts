/**
 * A scenario: a workload, faults, and what must hold. The same scenario runs in the simulation and on real processes.
 *
 * Plain data after parsing (`parse-scenario.ts`): durations are milliseconds, names are resolved by whoever runs it.
 * Never holds a seed's outcome: what a run did is in `run-result.ts`.
 */
import type { AnyObject } from '../api/view.ts';

/** One scenario. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** The seed to use where none is given: pinned regressions have one. */
  readonly seed: number | undefined;
  readonly cluster: ClusterPlan;
  /** Length of the phase with faults, milliseconds. */
  readonly forMs: number;
  readonly workload: Workload;
  readonly faults: readonly Fault[];
  readonly hold: Expectations;
  readonly blastRadius: BlastRadius;
}

/** What runs: in the simulation as written, live as the cluster that is there (which must have as much). */
export interface ClusterPlan {
  readonly nodes: number;
  readonly apiservers: number;
  readonly schedulers: number;
  readonly controllers: number;
  /** Servers of the store: 1 or 3. */
  readonly storeReplicas: 1 | 3;
  readonly nodeMonitorGraceMs: number;
  readonly defaultTolerationSeconds: number;
}

/** What the cluster is asked to do meanwhile. */
export interface Workload {
  /** Objects applied before the clock of the scenario starts; faults begin when they have settled. */
  readonly manifests: readonly AnyObject[];
  /** Things done at given times. */
  readonly steps: readonly WorkloadStep[];
  /** Things done at random; undefined where there are none. */
  readonly random: RandomWorkload | undefined;
}

/** An object by kind and name, as `deployment default/web` names it. */
export interface ObjectRef {
  /** As in the store: `apps/deployments`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** One thing done at a time since the start, milliseconds. */
export type WorkloadStep = { readonly atMs: number } & (
  | { readonly do: 'apply'; readonly object: AnyObject }
  | { readonly do: 'scale'; readonly ref: ObjectRef; readonly replicas: number }
  /** A new revision of the pod template: a new image. */
  | { readonly do: 'rollout'; readonly ref: ObjectRef; readonly image: string }
  | { readonly do: 'delete'; readonly ref: ObjectRef }
);

export type WorkloadKind = 'deployment' | 'statefulset' | 'daemonset' | 'job' | 'service' | 'pod';

/** Random work: rates are per minute, all objects are in the namespace `chaos`. */
export interface RandomWorkload {
  readonly kinds: readonly WorkloadKind[];
  readonly createsPerMinute: number;
  readonly scalesPerMinute: number;
  readonly rolloutsPerMinute: number;
  readonly deletesPerMinute: number;
  /** No more workloads than this at a time. */
  readonly objectsMax: number;
  readonly replicasMax: number;
}

/** What must hold besides the rules that always do. */
export interface Expectations {
  /** Budget of time to converge after everything is healed, milliseconds. */
  readonly recoverWithinMs: number;
  /** Rules (by name) that are not checked, with the reason written beside them in the scenario. */
  readonly except: readonly string[];
  /** The reasons of those, as the scenario gives them. */
  readonly because?: Readonly<{ [rule: string]: string }>;
}

/** How much may be hit at the same time; more is not begun. Undefined: no limit of that kind. */
export interface BlastRadius {
  readonly nodes: number | undefined;
  readonly processes: number | undefined;
}

/** One rule of the fault plan: what, to whom, when, for how long. */
export interface Fault {
  /** Unique in the scenario; reports, shrinking and `kabuki chaos` name it so. */
  readonly name: string;
  readonly what: FaultAction;
  readonly target: Target;
  readonly trigger: Trigger;
  /** Undone after this long; undefined: when everything is healed. */
  readonly forMs: number | undefined;
  /** How often it may be begun at most. */
  readonly times: number;
}

/**
 * What is done. `crash` and `pause` and `partition` act on processes, `crash` on one machine too; message faults on
 * subjects; store faults on the store as the targeted processes see it; node faults on nodes.
 */
export type FaultAction =
  /** The process (or machine) ends without a word; it is started again when the fault ends. */
  | {
      readonly fault: 'crash';
      /** Where the trigger is a step: the number of its effects carried out before; undefined: all. */
      readonly afterEffects: number | undefined;
      /** A node's machine: its containers die with it. Otherwise the process alone dies. */
      readonly power: boolean;
      /** The replica of a restarted process begins this many revisions in the past. */
      readonly staleRevisions: number;
    }
  | { readonly fault: 'pause' }
  | {
      readonly fault: 'partition';
      /** `both`; `to`: the target hears nothing; `from`: nobody hears the target. */
      readonly direction: 'both' | 'to' | 'from';
      /** The other side; undefined: everybody else, and the store. */
      readonly from: Target | undefined;
    }
  | ({ readonly fault: 'delay'; readonly minMs: number; readonly maxMs: number } & Chance)
  | ({ readonly fault: 'drop' } & Chance)
  | ({ readonly fault: 'duplicate' } & Chance)
  | ({ readonly fault: 'reorder'; readonly windowMs: number } & Chance)
  /** The target's reader of the log lags. */
  | { readonly fault: 'stale-view'; readonly lagMs: number }
  /** The target's reader of the log misses what is written meanwhile, and then sees the state anew. */
  | { readonly fault: 'skip-events' }
  | { readonly fault: 'store-slow'; readonly minMs: number; readonly maxMs: number }
  | { readonly fault: 'store-unavailable' }
  /** Writes get no answer; `applied` is the probability that they are stored all the same. */
  | ({ readonly fault: 'store-unknown'; readonly applied: number } & Chance)
  /** Somebody else writes the key first: the guard of a write does not hold. */
  | ({ readonly fault: 'store-conflict' } & Chance)
  /** History is cut away: watches that resume get 410. */
  | { readonly fault: 'store-compact' }
  /** A server of the store dies (`leader`: the stream's leader), or stands still. */
  | { readonly fault: 'store-server'; readonly how: 'kill' | 'pause'; readonly leader: boolean }
  /** The target's clock is off by this much, from one moment to the next. Simulation alone. */
  | { readonly fault: 'clock-skew'; readonly byMs: number }
  /** The node lives, and nobody hears that it does: neither heartbeat nor Lease. */
  | { readonly fault: 'lose-heartbeats' }
  | { readonly fault: 'pressure'; readonly resource: 'memory' | 'disk' | 'pid' }
  /** Containers that run exit with 1. */
  | ({ readonly fault: 'crash-containers' } & Chance)
  | { readonly fault: 'slow-start'; readonly byMs: number }
  | { readonly fault: 'slow-stop'; readonly byMs: number }
  /** The container runtime answers with an error. */
  | ({ readonly fault: 'runtime-error'; readonly operation: RuntimeOperation } & Chance);

export type FaultKind = FaultAction['fault'];

export type RuntimeOperation = 'sandbox' | 'image' | 'start' | 'stop' | 'any';

export interface Chance {
  /** For each message, write, container or operation, 0 to 1. */
  readonly probability: number;
}

/**
 * Whom it hits. All that is given must match; `*` in names stands for any text. Where `count` is given, so many of
 * those that match are drawn at random each time.
 */
export interface Target {
  /** Names of processes: `node-1`, `scheduler-*`, `apiserver-1`, `store`, `*`. */
  readonly process: string | undefined;
  readonly role: ProcessRole | undefined;
  /** One machine in a process: `pod/default/web-*`, `reconciler/*`. */
  readonly actor: string | undefined;
  /** Messages on these subjects, without the cluster's name: `api.>`, `beat.*`, `log.>`. */
  readonly subject: string | undefined;
  /** Nodes on which pods run that match (crash-containers and the like: those pods alone). */
  readonly pods: ObjectSelector | undefined;
  readonly count: number | undefined;
}

export type ProcessRole = 'apiserver' | 'scheduler' | 'controllers' | 'node' | 'store';

export interface ObjectSelector {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly labels: Readonly<{ [key: string]: string }>;
}

/** When it begins. */
export type Trigger =
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'rate'; readonly perMinute: number }
  /** The `nth` message (from 1) that matches; then every further one, up to the fault's `times`. */
  | {
      readonly kind: 'message';
      readonly subject: string;
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly nth: number;
    }
  /** The `nth` step that matches. */
  | ({ readonly kind: 'step'; readonly nth: number } & StepPattern)
  | ({
      readonly kind: 'write';
      readonly nth: number;
      readonly when: 'before' | 'after';
    } & WritePattern)
  /** After `first` was stored and before `second` goes out, both caused by the same actor. */
  | {
      readonly kind: 'between';
      readonly first: WritePattern;
      readonly second: WritePattern;
      readonly nth: number;
    }
  /** The step with this number, counted over all processes (the systematic search). */
  | { readonly kind: 'count'; readonly step: number };

/** Steps of machines; `*` stands for any text. */
export interface StepPattern {
  /** `kind/id`: `pod/default/web-*`, `scheduler/*`. */
  readonly actor: string | undefined;
  /** Name of the process. */
  readonly process: string | undefined;
  readonly event: string | undefined;
  /** The state entered, as rendered (`backingOff`), from another one. */
  readonly enters: string | undefined;
}

/** Writes to the store. */
export interface WritePattern {
  /** The user or actor that asked for it, as in the envelope of the request. */
  readonly by: string | undefined;
  /** As in the store: `core/pods`. */
  readonly resource: string | undefined;
  readonly operation: 'create' | 'update' | 'delete' | undefined;
  readonly name: string | undefined;
}

/** What a scenario that says nothing gets. */
export const SCENARIO_DEFAULTS = {
  nodes: 3,
  apiservers: 1,
  schedulers: 1,
  controllers: 1,
  storeReplicas: 1,
  nodeMonitorGraceMs: 4_000,
  defaultTolerationSeconds: 1,
  forMs: 120_000,
  recoverWithinMs: 120_000,
  crashForMs: 2_000,
} as const;
