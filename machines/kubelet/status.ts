/**
 * The status of a pod, computed from its machine's context (kubelet_pods.go generateAPIPodStatus),
 * and the patch that turns the status the API has into it. Pure; the time is only used for
 * conditions that change.
 */

import { sameJson } from '../api/json.ts';
import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  PodCondition,
  PodStatus,
} from '../api/types.ts';
import type { AnyObject } from '../api/view.ts';
import { podConditions } from './conditions.ts';
import type { Run } from './container.ts';
import { podPhase } from './phase.ts';
import { isStarted, type PodContext, probeKey } from './pod-context.ts';
import { type Member, members, qosClass } from './pod-spec.ts';
import { rfc3339 } from './time.ts';

const UNKNOWN_EXIT = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
} as const;

/**
 * The whole status the kubelet would write now. `previous` keeps the times of conditions that did
 * not change.
 */
export function podStatus(context: PodContext, previous: PodStatus, nowMs: number): PodStatus {
  const { pod, node, sandbox, ending } = context;
  const rejected = ending?.cause === 'rejected';
  const all = rejected ? [] : members(pod);
  const initialized = hasInitialized(context);
  const statuses = new Map(
    all.map((member) => [member.spec.name, containerStatus(context, member, initialized)]),
  );
  const phase = settledPhase(context, statuses, initialized);
  const told = phase === 'Failed' && ending !== null && ending.reason !== '' ? ending : null;
  const init = all.filter(({ role }) => role === 'init' || role === 'sidecar').map(statusOf);
  const main = all.filter(({ role }) => role === 'main').map(statusOf);
  const ephemeral = all.filter(({ role }) => role === 'ephemeral').map(statusOf);
  function statusOf({ spec }: Member): ContainerStatus {
    return statuses.get(spec.name) as ContainerStatus;
  }
  const base: PodStatus = {
    ...(pod.metadata?.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    phase,
    ...(told === null ? {} : { reason: told.reason, message: told.message }),
    startTime: rfc3339(context.startedAtMs),
  };
  if (rejected) {
    const message = `Pod was rejected: ${ending.message}`;
    const conditions = conditionsOfRejected(previous.conditions ?? [], rfc3339(nowMs));
    return {
      ...base,
      message,
      ...(conditions.length > 0 ? { conditions } : {}),
      qosClass: qosClass(pod),
    };
  }
  const disruption = told?.cause === 'evicted' ? told.message : undefined;
  return {
    ...base,
    conditions: podConditions(
      pod,
      phase,
      statuses,
      context.sandboxReady,
      disruption,
      previous.conditions ?? [],
      rfc3339(nowMs),
    ),
    hostIP: node.hostIp,
    hostIPs: [{ ip: node.hostIp }],
    ...(sandbox === null || sandbox.ips[0] === undefined
      ? {}
      : { podIP: sandbox.ips[0], podIPs: sandbox.ips.map((ip) => ({ ip })) }),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: qosClass(pod),
  };
}

/**
 * A phase never leaves Succeeded or Failed, and does not become so while anything may still run.
 */
function settledPhase(
  context: PodContext,
  statuses: ReadonlyMap<string, ContainerStatus>,
  initialized: boolean,
): NonNullable<PodStatus['phase']> {
  const before = context.reported.phase;
  if (before === 'Succeeded' || before === 'Failed') return before;
  const { ending, ended, pod } = context;
  if (ending?.cause === 'rejected') return 'Failed';
  if (ended && (ending?.cause === 'deadline' || ending?.cause === 'evicted')) return 'Failed';
  const phase = podPhase(pod, statuses, ended, initialized);
  if (!ended && (phase === 'Succeeded' || phase === 'Failed')) {
    return before === 'Running' ? 'Running' : (before ?? 'Pending');
  }
  return phase;
}

/** True once a regular container has run, or none has to wait for an init container. */
function hasInitialized(context: PodContext): boolean {
  if ((context.pod.spec?.initContainers ?? []).length === 0) return true;
  return (context.pod.spec?.containers ?? []).some(
    ({ name }) => context.containers[name]?.context.run != null,
  );
}

function containerStatus(
  context: PodContext,
  { role, spec }: Member,
  initialized: boolean,
): ContainerStatus {
  const instance = context.containers[spec.name];
  const container = instance?.context;
  const run = container?.run ?? null;
  const hasInit = (context.pod.spec?.initContainers ?? []).length > 0;
  const { state, lastState } = states(context, spec.name, hasInit && !initialized, initialized);
  const started = isStarted(context, spec.name);
  return {
    name: spec.name,
    state,
    lastState,
    ready: isReady(context, spec.name, role, started),
    restartCount: run?.attempt ?? container?.attempt ?? 0,
    image: spec.image ?? '',
    imageID: run?.imageId ?? '',
    ...(run === null || run.id === '' ? {} : { containerID: containerId(context, run.id) }),
    ...(role === 'ephemeral' ? {} : { started }),
    ...allocated(spec),
    ...(spec.volumeMounts === undefined || spec.volumeMounts.length === 0
      ? {}
      : { volumeMounts: mounts(spec) }),
  };
}

function isReady(context: PodContext, name: string, role: Member['role'], started: boolean) {
  const run = context.containers[name]?.context.run;
  if (role === 'init') return run?.exit?.exitCode === 0;
  if (!started || role === 'ephemeral') return false;
  const probe = context.probes[probeKey(name, 'readiness')];
  return probe === undefined || probe.context.verdict === 'success';
}

/** What a container's state is called in the API. */
function states(
  context: PodContext,
  name: string,
  initializing: boolean,
  initialized: boolean,
): { state: ContainerState; lastState: ContainerState } {
  const instance = context.containers[name];
  const container = instance?.context;
  const run = container?.run ?? null;
  const last = container?.last ?? null;
  if (run !== null && run.exit === null && instance?.value !== 'hooking') {
    const startedAt = rfc3339(run.startedAtMs);
    return { state: { running: { startedAt } }, lastState: terminatedState(context, last) };
  }
  if (run?.exit != null && (instance?.value === 'terminated' || !container?.waitReason)) {
    return {
      state: terminatedState(context, run),
      lastState: terminatedState(context, last),
    };
  }
  const lastState = terminatedState(context, run?.exit == null ? last : run);
  if (context.ended && initialized) return { state: { terminated: UNKNOWN_EXIT }, lastState };
  const reason = container?.waitReason || (initializing ? 'PodInitializing' : 'ContainerCreating');
  const message = container?.waitMessage;
  return { state: { waiting: { reason, ...(message ? { message } : {}) } }, lastState };
}

function terminatedState(context: PodContext, run: Run | null): ContainerState {
  if (run === null || run.exit === null) return {};
  const { exit } = run;
  const terminated: ContainerStateTerminated = {
    exitCode: exit.exitCode,
    ...(exit.signal === 0 ? {} : { signal: exit.signal }),
    reason: exit.reason,
    ...(exit.message === '' ? {} : { message: exit.message }),
    startedAt: rfc3339(run.startedAtMs),
    finishedAt: rfc3339(exit.finishedAtMs),
    ...(run.id === '' ? {} : { containerID: containerId(context, run.id) }),
  };
  return { terminated };
}

function containerId(context: PodContext, id: string): string {
  return id.includes('://') ? id : `${context.node.runtime}://${id}`;
}

function allocated({
  resources,
}: Container): Pick<ContainerStatus, 'allocatedResources' | 'resources'> {
  if (resources?.requests === undefined && resources?.limits === undefined) return {};
  const { requests, limits } = resources;
  return {
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: {
      ...(limits === undefined ? {} : { limits }),
      ...(requests === undefined ? {} : { requests }),
    },
  };
}

function mounts(spec: Container): NonNullable<ContainerStatus['volumeMounts']> {
  return (spec.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly === true ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
  }));
}

/** Fields of the status that the kubelet owns; the rest belongs to others and is left alone. */
const OWNED = [
  'observedGeneration',
  'phase',
  'reason',
  'message',
  'startTime',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const;

/** A strategic merge patch from one status to another; undefined where they are the same. */
export function statusPatch(from: PodStatus, to: PodStatus): AnyObject | undefined {
  const patch: { [field: string]: unknown } = {};
  for (const field of OWNED) {
    if (sameJson(from[field] ?? null, to[field] ?? null)) continue;
    if (to[field] === undefined && (field === 'qosClass' || field === 'startTime')) continue;
    patch[field] = to[field] ?? null;
    if (field === 'podIPs' && from.podIPs !== undefined) {
      patch[field] = replaceIps(from.podIPs, to.podIPs ?? []);
    }
  }
  const conditions = changedConditions(from.conditions ?? [], to.conditions ?? []);
  if (conditions.length > 0) patch.conditions = conditions;
  return Object.keys(patch).length === 0 ? undefined : (patch as AnyObject);
}

/** Lists with a merge key lose members only by a directive. */
function replaceIps(from: readonly { ip: string }[], to: readonly { ip: string }[]): unknown[] {
  const gone = from.filter(({ ip }) => !to.some((kept) => kept.ip === ip));
  return [...gone.map(({ ip }) => ({ $patch: 'delete', ip })), ...to];
}

function changedConditions(from: readonly PodCondition[], to: readonly PodCondition[]): unknown[] {
  return to.flatMap((condition) => {
    const before = from.find(({ type }) => type === condition.type);
    if (before !== undefined && sameCondition(before, condition)) return [];
    return [
      {
        ...condition,
        ...(before?.reason !== undefined && condition.reason === undefined ? { reason: null } : {}),
        ...(before?.message !== undefined && condition.message === undefined
          ? { message: null }
          : {}),
      },
    ];
  });
}

function sameCondition(a: PodCondition, b: PodCondition): boolean {
  return (
    a.status === b.status &&
    (a.reason ?? '') === (b.reason ?? '') &&
    (a.message ?? '') === (b.message ?? '') &&
    a.observedGeneration === b.observedGeneration
  );
}

/** A pod that ran before its kubelet came back and did not take it any more is no longer ready. */
function conditionsOfRejected(previous: readonly PodCondition[], now: string): PodCondition[] {
  const stale = previous.filter(
    ({ type, status }) => status === 'True' && (type === 'Ready' || type === 'ContainersReady'),
  );
  return stale.map(({ type }) => ({
    type,
    status: 'False',
    reason: 'PodFailed',
    lastTransitionTime: now,
  }));
}
