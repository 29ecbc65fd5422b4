/**
 * What the machines of the kubelet ask for, as data. Executors in actors/kubelet/ carry each out
 * and answer with an event; nothing here says how.
 */
import type { Change, Record as EventRecord } from '../api/change.ts';
import type { TimerCancel, TimerSet } from '../effect.ts';

/** Which of a container's three probes. */
export type ProbeName = 'startup' | 'liveness' | 'readiness';

/**
 * Pull the image if need be, create the container and start it; answered by `container.started` or
 * a failure.
 */
export interface ContainerRun {
  readonly type: 'container.run';
  readonly container: string;
  /** Which run of this container it is, from 0. */
  readonly attempt: number;
}

/**
 * Stop a running container: its stop signal, and SIGKILL after the grace. Answered by
 * `container.exited`.
 */
export interface ContainerStop {
  readonly type: 'container.stop';
  readonly container: string;
  readonly id: string;
  readonly graceMs: number;
}

/** Remove what is left of an earlier run; its log goes with it. Not answered. */
export interface ContainerDiscard {
  readonly type: 'container.discard';
  readonly container: string;
  readonly id: string;
}

/** Run a lifecycle hook, for at most so long; answered by `hook.done`. */
export interface HookRun {
  readonly type: 'hook.run';
  readonly container: string;
  readonly hook: 'postStart' | 'preStop';
  readonly timeoutMs: number;
}

/** Run a probe once; answered by `probe.result` with the same run number. */
export interface ProbeRun {
  readonly type: 'probe.run';
  readonly container: string;
  /** Which run of the container is meant. */
  readonly id: string;
  readonly probe: ProbeName;
  readonly run: number;
}

/** Mount the volumes and run the sandbox; answered by `pod.prepared` or `pod.prepareFailed`. */
export interface PodPrepare {
  readonly type: 'pod.prepare';
  readonly attempt: number;
}

/**
 * Stop the sandbox and unmount the volumes; containers and logs stay. Answered by `pod.tornDown`.
 */
export interface PodTeardown {
  readonly type: 'pod.teardown';
}

/** Remove whatever is left of the pod on this node: containers, logs, directories. Not answered. */
export interface PodDiscard {
  readonly type: 'pod.discard';
}

/** The pod's object changed: write volumes anew where they show it. Not answered. */
export interface PodRefresh {
  readonly type: 'pod.refresh';
}

/** One change through the API; answered by `change.settled` with the same `what`. */
export interface ChangeMake<What extends string> {
  readonly type: 'change.make';
  readonly what: What;
  readonly change: Change;
}

/** Record an event; lost where it cannot be written. */
export interface EventNote {
  readonly type: 'event.record';
  readonly reason: string;
  readonly record: EventRecord;
}

/** What a container says of itself before the pod adds the object it regards. */
export interface Note {
  readonly type: 'note';
  readonly container: string;
  readonly kind: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

export type ContainerEffect =
  | ContainerRun
  | ContainerStop
  | ContainerDiscard
  | HookRun
  | Note
  | TimerSet
  | TimerCancel;

export type ProbeEffect = ProbeRun | Note | TimerSet | TimerCancel;

export type PodEffect =
  | Exclude<ContainerEffect | ProbeEffect, Note>
  | PodPrepare
  | PodTeardown
  | PodDiscard
  | PodRefresh
  | ChangeMake<'status' | 'delete'>
  | EventNote;
