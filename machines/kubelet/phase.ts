/**
 * The phase of a pod, from the statuses of its containers (getPhase in
 * pkg/kubelet/kubelet_pods.go). Pure.
 */
import type { ContainerStatus, Pod, PodStatus } from '../api/types.ts';
import { type Member, members, restarts } from './pod-spec.ts';

type Phase = NonNullable<PodStatus['phase']>;

interface Tally {
  pendingInit: number;
  pendingSidecars: number;
  failedForGood: number;
  unknown: number;
  running: number;
  waiting: number;
  stopped: number;
  stoppedForGood: number;
  succeeded: number;
}

/**
 * `terminal`: no container runs and none will again. `initialized`: a regular container has been
 * started, so restarting sidecars do not make the pod pending again.
 */
export function podPhase(
  pod: Pod,
  statuses: ReadonlyMap<string, ContainerStatus>,
  terminal: boolean,
  initialized: boolean,
): Phase {
  const tally = count(pod, statuses);
  if (tally.failedForGood > 0) return 'Failed';
  const pendingSidecars = tally.pendingSidecars > 0 && !initialized;
  if (tally.pendingInit > 0 || pendingSidecars || tally.waiting > 0) return 'Pending';
  if (tally.unknown > 0) return 'Pending';
  if (tally.running > 0) return 'Running';
  if (tally.stopped === 0) return 'Pending';
  if (!terminal && tally.stopped !== tally.stoppedForGood) return 'Running';
  return tally.stopped === tally.succeeded ? 'Succeeded' : 'Failed';
}

function count(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>): Tally {
  const tally: Tally = {
    pendingInit: 0,
    pendingSidecars: 0,
    failedForGood: 0,
    unknown: 0,
    running: 0,
    waiting: 0,
    stopped: 0,
    stoppedForGood: 0,
    succeeded: 0,
  };
  for (const member of members(pod)) {
    const status = statuses.get(member.spec.name);
    if (member.role === 'init') countInit(tally, pod, member, status);
    else if (member.role === 'sidecar') countSidecar(tally, status);
    else if (member.role === 'main') countMain(tally, pod, member, status);
  }
  return tally;
}

function countInit(tally: Tally, pod: Pod, member: Member, status: ContainerStatus | undefined) {
  const ended = status?.state?.terminated ?? waitingAfter(status);
  if (ended === undefined) tally.pendingInit++;
  else if (ended.exitCode !== 0 && !restarts(pod, member, ended.exitCode)) tally.failedForGood++;
}

function countSidecar(tally: Tally, status: ContainerStatus | undefined) {
  const state = status?.state;
  if (state?.running !== undefined) {
    if (status?.started !== true) tally.pendingSidecars++;
    tally.running++;
  } else if (state?.waiting !== undefined && waitingAfter(status) === undefined) {
    tally.pendingSidecars++;
    tally.waiting++;
  } else if (state === undefined) {
    tally.pendingSidecars++;
    tally.unknown++;
  }
}

function countMain(tally: Tally, pod: Pod, member: Member, status: ContainerStatus | undefined) {
  const state = status?.state;
  if (state?.running !== undefined) {
    tally.running++;
    return;
  }
  const ended = state?.terminated ?? waitingAfter(status);
  if (ended !== undefined) {
    tally.stopped++;
    if (!restarts(pod, member, ended.exitCode)) tally.stoppedForGood++;
    if (state?.terminated?.exitCode === 0) tally.succeeded++;
  } else if (state?.waiting !== undefined) tally.waiting++;
  else tally.unknown++;
}

/** How a container that waits to be started again ended before. */
function waitingAfter(status: ContainerStatus | undefined) {
  return status?.state?.waiting === undefined ? undefined : status.lastState?.terminated;
}
