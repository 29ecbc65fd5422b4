/**
 * How a pod's machine begins: from the pod's object, from what the runtime still has of an earlier
 * kubelet, and from the status, where the runtime has forgotten. Pure.
 */
import type { ContainerStatus, Pod } from '../api/types.ts';
import { createStepper, type MachineState } from '../step.ts';
import { type ContainerContext, containerMachine, type Run } from './container.ts';
import type { PodContext, PodNode, Sandbox } from './pod-context.ts';
import { type Member, members, podLabel, type Role, restarts } from './pod-spec.ts';
import { parseRfc3339 } from './time.ts';

/** What a runtime found of a pod that an earlier kubelet ran. */
export interface Recovered {
  /** The sandbox, where it still stands. */
  readonly sandbox: Sandbox | null;
  readonly sandboxAttempt: number;
  /** The latest run of each container, and the one before it where known. */
  readonly runs: { readonly [container: string]: { readonly run: Run; readonly last: Run | null } };
}

export interface PodInput {
  readonly pod: Pod;
  readonly node: PodNode;
  readonly recovered: Recovered | null;
  readonly nowMs: number;
  /** Why this node does not take the pod; '' where it does. */
  readonly rejection: { readonly reason: string; readonly message: string } | null;
}

export const containerStepper = createStepper(containerMachine);

/** The first context of a pod's machine. */
export function initialPod(input: PodInput): PodContext {
  const { pod, node, recovered, nowMs, rejection } = input;
  const status = pod.status ?? {};
  const ended = status.phase === 'Succeeded' || status.phase === 'Failed';
  const stands = recovered?.sandbox ?? null;
  const sandbox = stands ?? (ended && status.podIP ? { id: '', ips: [status.podIP] } : null);
  const containers: { [name: string]: MachineState<ContainerContext> } = {};
  for (const member of members(pod)) {
    containers[member.spec.name] = initialContainer(input, member, stands !== null);
  }
  return {
    pod,
    node,
    startedAtMs: parseRfc3339(status.startTime) ?? nowMs,
    sandbox,
    sandboxReady: false,
    sandboxAttempt: recovered === null ? 0 : recovered.sandboxAttempt + (stands === null ? 1 : 0),
    prepareFailures: 0,
    containers,
    probes: {},
    ending:
      rejection === null || ended ? null : { cause: 'rejected', graceAtMs: nowMs, ...rejection },
    ended: ended || rejection !== null,
    removed: false,
    dirty: true,
    reported: status,
    writing: null,
    writtenRevision: 0,
    reportAtMs: 0,
    writeFailures: 0,
  };
}

/** The state of a container that joins a pod whose sandbox stands. */
export function joiningContainer(
  { pod, node }: Pick<PodContext, 'pod' | 'node'>,
  member: Member,
  nowMs: number,
): MachineState<ContainerContext> {
  return initialContainer({ pod, node, recovered: null, nowMs, rejection: null }, member, true);
}

function statusesOf({ status }: Pod, role: Role): readonly ContainerStatus[] | undefined {
  if (role === 'ephemeral') return status?.ephemeralContainerStatuses;
  return role === 'main' ? status?.containerStatuses : status?.initContainerStatuses;
}

function initialContainer(
  { pod, recovered, node, nowMs }: PodInput,
  member: Member,
  sandboxStands: boolean,
): MachineState<ContainerContext> {
  const { role, spec } = member;
  const statuses = statusesOf(pod, role);
  const status = statuses?.find(({ name }) => name === spec.name);
  const found = recovered?.runs[spec.name];
  const latest = found?.run ?? runOf(status, node.runtime, nowMs);
  const before = found?.last ?? null;
  const input = {
    name: spec.name,
    role,
    image: spec.image ?? '',
    podLabel: podLabel(pod),
    hasPostStart: spec.lifecycle?.postStart !== undefined,
    hasPreStop: spec.lifecycle?.preStop !== undefined,
    attempt: status?.restartCount ?? 0,
    run: null as Run | null,
    last: null as Run | null,
    ...(node.crashBackoffMaxMs !== undefined && { crashBackoffMaxMs: node.crashBackoffMaxMs }),
  };
  if (latest === null) return start({ ...input, last: before });
  const alive = sandboxStands && latest.exit === null;
  const exit = latest.exit ?? lostExit(nowMs);
  const again = !sandboxStands && role !== 'main' && pod.spec?.restartPolicy !== 'Never';
  const keeps = !again && !restarts(pod, member, exit.exitCode);
  if (alive) return start({ ...input, attempt: latest.attempt, run: latest, last: before });
  const run = { ...latest, exit };
  if (keeps) return start({ ...input, attempt: latest.attempt, run, last: before });
  return start({ ...input, attempt: latest.attempt + 1, last: run });
}

function start(input: object): MachineState<ContainerContext> {
  return containerStepper.initial(input).state as MachineState<ContainerContext>;
}

/** How a run ended that nobody saw the end of. */
export function lostExit(nowMs: number) {
  return {
    exitCode: 137,
    signal: 0,
    reason: 'ContainerStatusUnknown',
    message:
      'The container could not be located when the pod was deleted.  The container used to be Running',
    finishedAtMs: nowMs,
  };
}

/** What containerd says of a container that ran when its machine went down. */
const UNKNOWN_EXIT = { exitCode: 255, signal: 0, reason: 'Unknown', message: '' } as const;

/**
 * What a runtime knows of a pod after its machine was started anew: the sandbox is gone, and every
 * run that its status tells of has ended.
 */
export function afterReboot({ status }: Pod, runtime: string, nowMs: number): Recovered {
  const statuses = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const runs: { [name: string]: { run: Run; last: null } } = {};
  for (const one of statuses) {
    const run = runOf(one, runtime, nowMs);
    if (run === null) continue;
    const exit = run.exit ?? { ...UNKNOWN_EXIT, finishedAtMs: nowMs };
    runs[one.name] = { run: { ...run, exit }, last: null };
  }
  return { sandbox: null, sandboxAttempt: 0, runs };
}

/** The latest run that a status tells of. */
function runOf(status: ContainerStatus | undefined, runtime: string, nowMs: number): Run | null {
  const id = status?.containerID;
  if (status === undefined || id === undefined) return null;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  const running = status.state?.running;
  const startedAtMs = parseRfc3339(running?.startedAt ?? ended?.startedAt) ?? nowMs;
  return {
    id: id.startsWith(`${runtime}://`) ? id.slice(runtime.length + 3) : id,
    imageId: status.imageID,
    attempt: status.restartCount,
    startedAtMs,
    exit:
      running !== undefined || ended === undefined
        ? null
        : {
            exitCode: ended.exitCode,
            signal: ended.signal ?? 0,
            reason: ended.reason ?? 'Error',
            message: ended.message ?? '',
            finishedAtMs: parseRfc3339(ended.finishedAt) ?? nowMs,
          },
  };
}
