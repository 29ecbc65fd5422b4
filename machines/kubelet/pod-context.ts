/**
 * What a pod's machine knows: plain data, the states of its containers and probes included.
 * Everything the status says is computed from this.
 */
import type { Pod, PodStatus } from '../api/types.ts';
import type { MachineState } from '../step.ts';
import type { ContainerContext } from './container.ts';
import type { ProbeName } from './effect.ts';
import type { ProbeContext } from './probe.ts';

/** The node a pod runs on, as far as its status needs it. */
export interface PodNode {
  readonly name: string;
  readonly hostIp: string;
  /** The runtime's name, the scheme of container ids: `process://1f2e`. */
  readonly runtime: string;
  /** Longest delay before a crashed container is started again; Kubernetes' where absent. */
  readonly crashBackoffMaxMs?: number | undefined;
}

/** Why a pod is being ended. */
export interface Ending {
  readonly cause:
    | 'deleted'
    | 'removed'
    | 'completed'
    | 'deadline'
    | 'evicted'
    | 'rejected'
    | 'shutdown';
  /** When its grace is over. */
  readonly graceAtMs: number;
  /** Of the status, where the cause sets them. */
  readonly reason: string;
  readonly message: string;
}

/** What was last known of a pod's sandbox; kept after it was stopped, for the pod's addresses. */
export interface Sandbox {
  readonly id: string;
  readonly ips: readonly string[];
}

export interface PodContext {
  readonly pod: Pod;
  readonly node: PodNode;
  /** status.startTime: when this kubelet first saw the pod. */
  readonly startedAtMs: number;
  readonly sandbox: Sandbox | null;
  /** True while the sandbox runs. */
  readonly sandboxReady: boolean;
  readonly sandboxAttempt: number;
  /** Failures to prepare, in a row. */
  readonly prepareFailures: number;
  readonly containers: { readonly [name: string]: MachineState<ContainerContext> };
  readonly probes: { readonly [key: string]: MachineState<ProbeContext> };
  readonly ending: Ending | null;
  /** True once no container runs and none will again: the phase may become terminal. */
  readonly ended: boolean;
  /** True once the object is gone from the API. */
  readonly removed: boolean;
  /** True where what the status says may have changed since it was last computed. */
  readonly dirty: boolean;
  /** The status as the API has it. */
  readonly reported: PodStatus;
  /** The status being written. */
  readonly writing: PodStatus | null;
  /** Revision of the last status write: what the watch shows of before is stale. */
  readonly writtenRevision: number;
  /** When a status that may wait is written; 0: none waits. */
  readonly reportAtMs: number;
  /** Failures to write, in a row. */
  readonly writeFailures: number;
}

/** Key of a probe in the context. */
export function probeKey(container: string, probe: ProbeName): string {
  return `${container}/${probe}`;
}

/** The state of a container by name. */
export function containerState(context: PodContext, name: string) {
  return context.containers[name];
}

/** States in which a container has, or may soon have, a running process. */
const LIVE = new Set(['starting', 'hooking', 'running', 'preStopping', 'stopping']);

/** True where a container has, or may soon have, a running process. */
export function isLive(state: MachineState<ContainerContext> | undefined): boolean {
  return state !== undefined && LIVE.has(state.value as string);
}

/** True where a process of the container runs. */
export function isRunning(state: MachineState<ContainerContext> | undefined): boolean {
  return state !== undefined && state.context.run !== null && state.context.run.exit === null;
}

/** True where a container has started, as its startup probe sees it. */
export function isStarted(context: PodContext, name: string): boolean {
  const state = context.containers[name];
  if (!isRunning(state) || state?.value === 'hooking') return false;
  const probe = context.probes[probeKey(name, 'startup')];
  return probe === undefined || probe.context.verdict === 'success';
}
