/**
 * What is seen of a run, from outside the code that runs: the log, the store's questions and answers, the steps of the
 * machines, the faults. One vocabulary for the simulation and for a recorded live cluster; the checkers read this alone.
 *
 * Plain data (a recording is one observation a line, JSON). Never names a class or a function of the code under test.
 */
import type { AnyObject, Stored } from '../api/view.ts';
import type { StepRecord } from '../step-record.ts';

/** One thing seen; `atMs` is the observer's time (virtual in simulation), milliseconds. */
export type Observation = { readonly atMs: number } & (
  | Committed
  | WriteBegun
  | WriteEnded
  | ReadBegun
  | ReadEnded
  | Watched
  | Stepped
  | ProcessChanged
  | FaultSeen
  | ContainerChanged
  | LeadershipChanged
  | BugSeen
  | PhaseBegun
);

/** A change of the log, in revision order, each once. */
export interface Committed {
  readonly type: 'committed';
  readonly revision: number;
  /** `<group>/<resource>/<namespace or _>/<name>`. */
  readonly key: string;
  readonly operation: 'put' | 'delete';
  /** The new state; of a delete the last one, undefined where the store deleted by itself. */
  readonly object: Stored<AnyObject> | undefined;
  /** Id and sender of the message it was written with. */
  readonly messageId: string | undefined;
  readonly from: string | undefined;
  /** Ids of the messages that caused it. */
  readonly causes: readonly string[];
  /** Name of the process that asked the API for it, and as which user; undefined where it is not known. */
  readonly client?: string | undefined;
  readonly user?: string | undefined;
}

/** A process asks the store to write; `op` is unique in the run. */
export interface WriteBegun {
  readonly type: 'write.begun';
  readonly op: string;
  readonly process: string;
  readonly messageId: string;
  readonly writes: readonly {
    readonly key: string;
    readonly operation: 'put' | 'delete';
    /** 0: must not exist; undefined: unconditional. */
    readonly expected: number | undefined;
  }[];
}

/** The store's answer as the process got it; none follows where the process died first. */
export interface WriteEnded {
  readonly type: 'write.ended';
  readonly op: string;
  /** Revision of the last write of the transaction, where `ok`. */
  readonly outcome: 'ok' | 'conflict' | 'unknown' | 'unavailable' | 'tooLarge';
  readonly revision: number;
}

/** A linearizable read: of one key of the store (`key`), of an object through the API, or of the last revision. */
export interface ReadBegun {
  readonly type: 'read.begun';
  readonly op: string;
  readonly process: string;
  /** '' for the last revision. */
  readonly key: string;
}

export interface ReadEnded {
  readonly type: 'read.ended';
  readonly op: string;
  readonly ok: boolean;
  /** Revision of the state found (its resourceVersion); 0: there is none. */
  readonly revision: number;
}

/** A reader of the log, or a watch of the API, was told of something. */
export interface Watched {
  readonly type: 'watched';
  /** `<process>/<reader>#<start>`: a new name for every start of a watch. */
  readonly watch: string;
  /** Keys below one of these are what it asked for; empty: all. */
  readonly prefixes: readonly string[];
  /** `start`: it has the state as of `revision`; `reset`: history has a hole, `start` follows. */
  readonly what: 'start' | 'event' | 'progress' | 'reset';
  readonly revision: number;
  readonly key: string;
  readonly operation: 'put' | 'delete';
}

export interface Stepped {
  readonly type: 'step';
  readonly process: string;
  readonly record: StepRecord;
}

export interface ProcessChanged {
  readonly type: 'process';
  readonly process: string;
  readonly role: string;
  readonly state: 'started' | 'crashed' | 'paused' | 'resumed';
  /** Of a node: its containers are gone with it. */
  readonly power: boolean;
}

export interface FaultSeen {
  readonly type: 'fault';
  /** Name of the fault in the scenario, or of the command that caused it. */
  readonly name: string;
  /** Tells several injections of one fault apart; begun and ended have the same. */
  readonly injection: number;
  readonly what: string;
  readonly targets: readonly string[];
  readonly state: 'begun' | 'ended';
}

/** What a node's runtime really did. */
export interface ContainerChanged {
  readonly type: 'container';
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly id: string;
  readonly state: 'started' | 'exited';
  readonly exitCode: number;
}

/** A process acts as leader from now on, or no longer. */
export interface LeadershipChanged {
  readonly type: 'leadership';
  readonly process: string;
  /** Name of the Lease. */
  readonly lease: string;
  readonly leads: boolean;
  readonly token: number;
}

/**
 * The code under test did what it must not, and no fault made it: a machine threw, supervision gave up, a process ended
 * by itself. A run in which this is seen has crashed.
 */
export interface BugSeen {
  readonly type: 'bug';
  /** Where; '' where it is not known. */
  readonly process: string;
  /** A sentence, perhaps with a stack. */
  readonly what: string;
}

/** `prepare`: workload applied, no faults yet; `faults`; `heal`: all undone, must converge; `end`. */
export interface PhaseBegun {
  readonly type: 'phase';
  readonly phase: 'prepare' | 'faults' | 'heal' | 'end';
}
