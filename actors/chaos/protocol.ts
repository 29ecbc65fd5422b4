/**
 * What is said about live chaos: commands to the supervisor of a cluster and its answers, and the rules that it hands
 * to the processes. Plain data; faults and targets are those of scenarios.
 *
 * Every fault has a deadline, in each of these words: nothing here can ask for one that does not end.
 */

import type { PastState } from '../../bus/faults/log-history.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { FaultAction, FaultKind, StepPattern, Target } from '../../machines/chaos/scenario.ts';
import type { ArmedStep } from './armed-crashes.ts';

/** How long a fault lasts where nobody says, and at most, milliseconds. */
export const FAULT_MS = 30_000;
export const FAULT_MS_MAX = 3_600_000;
/** Nodes that may be hit at the same time where nobody says. */
export const NODES_HIT_MAX = 1;
/** Faults at work at the same time. */
export const FAULTS_MAX = 1_000;

/** How much may be hit at once, this fault and the others at work together. */
export interface HitLimits {
  /** Undefined: as the cluster was started. */
  readonly nodes: number | undefined;
  /** Of all processes, nodes and servers of the store among them; undefined: no limit. */
  readonly processes: number | undefined;
}

/** One fault to begin. */
export interface Inject {
  readonly do: 'inject';
  /** Name of the fault in its scenario, or of the command. */
  readonly name: string;
  readonly fault: FaultAction;
  readonly target: Target;
  readonly forMs: number;
  readonly limits: HitLimits;
  /** Say what would be hit and do nothing. */
  readonly dryRun: boolean;
}

/** A crash that comes at a step of a machine, amid its effects. */
export interface ArmedCrash {
  readonly name: string;
  readonly fault: Extract<FaultAction, { fault: 'crash' }>;
  readonly target: Target;
  readonly step: StepPattern;
  readonly nth: number;
  readonly times: number;
  /** How long it lasts; undefined: until `untilMs`. */
  readonly forMs: number | undefined;
  /** It does not come after this. */
  readonly untilMs: number;
  readonly limits: HitLimits;
}

/** What the supervisor is asked. */
export type ChaosCommand =
  | Inject
  /** Ends the faults of these kinds, on the target alone where one is given, or the injection with this number. */
  | {
      readonly do: 'end';
      readonly faults: readonly FaultKind[];
      readonly target: Target | undefined;
      readonly injection: number | undefined;
      readonly dryRun: boolean;
    }
  /** Tell of this on the control line, until then. */
  | { readonly do: 'watch'; readonly watching: Watching }
  /** These crashes wait for their steps from now on, and no others; a stop takes them back. */
  | { readonly do: 'arm'; readonly crashes: readonly ArmedCrash[] }
  | { readonly do: 'status' }
  | { readonly do: 'stop' };

/** What is said on the control line. */
export type LineCommand =
  | ChaosCommand
  /** A scenario is to run: nobody else's does until the turn is released, or this end of the line is gone. */
  | { readonly do: 'claim'; readonly who: string }
  | { readonly do: 'release' };

/** A fault at work. */
export interface ActiveFault {
  readonly injection: number;
  readonly name: string;
  readonly kind: FaultKind;
  /** In words: `delay 100 to 500 ms on beat.*`. */
  readonly what: string;
  /** Names of the processes it hits. */
  readonly targets: readonly string[];
  readonly beganMs: number;
  readonly untilMs: number;
}

/** A process that can be hit, and how it is. */
export interface ProcessSight {
  readonly role: string;
  readonly name: string;
  /** 0: it does not run. */
  readonly pid: number;
  readonly state: 'running' | 'down' | 'paused';
  readonly restarts: number;
}

/** What the supervisor answers. */
export type ChaosAnswer =
  | {
      readonly ok: true;
      /** What was done, or would be. */
      readonly did: readonly ActiveFault[];
      readonly faults: readonly ActiveFault[];
      readonly processes: readonly ProcessSight[];
    }
  | {
      readonly ok: false;
      readonly message: string;
      readonly advice: string;
    };

/** One fault as a process carries it out itself, on its messages, its view of the store or its containers. */
export interface ProcessRule {
  readonly injection: number;
  readonly fault: FaultAction;
  readonly target: Target;
  readonly untilMs: number;
  /** Of a partition from some processes alone: the subjects on which nothing passes. */
  readonly cut?: readonly string[] | undefined;
}

/** What is to be told of besides what changes: it costs, so only who runs a scenario asks for it. */
export interface Watching {
  readonly steps: boolean;
  /** Questions to the store and their answers. */
  readonly store: boolean;
  readonly untilMs: number;
}

/** What the supervisor sends to a child: all rules that hold for it from now on, and what to tell of. */
export interface RulesMessage {
  readonly chaos: readonly ProcessRule[];
  readonly watching: Watching;
  /** Steps at which it is to stand still and ask. */
  readonly armed?: readonly ArmedStep[];
  /** Of the first message to a process: its view begins so many revisions in the past; absent: in the present. */
  readonly behind?: number;
}

/** What a child tells its supervisor: over their channel, which no fault is in the way of. */
export interface SeenMessage {
  readonly seen: readonly Observation[];
}

/** A child asks for the past of the log: the state so many revisions ago, and the way from there to at least `upTo`. */
export interface PastQuestion {
  readonly pastOf: { readonly revisions: number; readonly upTo: number };
}

/** The answer; undefined where the past is not known. */
export interface PastMessage {
  readonly past: PastState | undefined;
}

/** Nothing is watched. */
export const UNWATCHED: Watching = { steps: false, store: false, untilMs: 0 };
