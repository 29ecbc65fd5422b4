/**
 * The conditions of a pod that the kubelet owns (pkg/kubelet/status/generate.go), and when each
 * last changed. Pure. Conditions of others are never touched: a status patch does not name them.
 */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../api/types.ts';
import { members } from './pod-spec.ts';

type Said = Pick<PodCondition, 'status' | 'reason' | 'message'>;
type Statuses = ReadonlyMap<string, ContainerStatus>;

const TRUE: Said = { status: 'True' };

/** The kubelet's conditions, in its order. */
export function podConditions(
  pod: Pod,
  phase: PodStatus['phase'],
  statuses: Statuses,
  sandboxReady: boolean,
  /** Why this kubelet ended the pod; undefined where it did not. */
  disruption: string | undefined,
  previous: readonly PodCondition[],
  now: string,
): PodCondition[] {
  const containersReady = sayContainersReady(pod, phase, statuses);
  const said: readonly (readonly [string, Said])[] = [
    ['PodReadyToStartContainers', sandboxReady ? TRUE : { status: 'False' }],
    ['Initialized', sayInitialized(pod, phase, statuses)],
    ['Ready', sayReady(pod, containersReady, previous)],
    ['ContainersReady', containersReady],
    ['PodScheduled', TRUE],
    ...(disruption === undefined
      ? []
      : [['DisruptionTarget', terminatedByKubelet(disruption)] as const]),
  ];
  const observedGeneration = pod.metadata?.generation;
  return said.map(([type, { status, reason, message }]) => {
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : now;
    return {
      type,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      status,
      lastTransitionTime,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    };
  });
}

function terminatedByKubelet(message: string): Said {
  return { status: 'True', reason: 'TerminationByKubelet', message };
}

function sayContainersReady(pod: Pod, phase: PodStatus['phase'], statuses: Statuses): Said {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const judged = members(pod).filter(({ role }) => role === 'main' || role === 'sidecar');
  const names = judged.map(({ spec }) => spec.name);
  return say('unready', 'ContainersNotReady', names, statuses, (status) => status.ready);
}

function sayInitialized(pod: Pod, phase: PodStatus['phase'], statuses: Statuses): Said {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const begun = pod.spec?.containers.some(({ name }) => hasStarted(statuses.get(name))) ?? false;
  if (begun) return TRUE;
  const judged = members(pod).filter(({ role }) => role === 'init' || role === 'sidecar');
  const sidecars = new Set(judged.filter((m) => m.role === 'sidecar').map((m) => m.spec.name));
  const names = judged.map(({ spec }) => spec.name);
  return say('incomplete', 'ContainersNotInitialized', names, statuses, (status) =>
    sidecars.has(status.name) ? status.started === true : status.ready,
  );
}

function hasStarted(status: ContainerStatus | undefined): boolean {
  const { state, lastState } = status ?? {};
  return (
    state?.running !== undefined ||
    state?.terminated !== undefined ||
    lastState?.terminated !== undefined
  );
}

/** `containers with unready status: [a b]`, and those without any status before them. */
function say(
  adjective: string,
  reason: string,
  names: readonly string[],
  statuses: Statuses,
  good: (status: ContainerStatus) => boolean,
): Said {
  const unknown = names.filter((name) => !statuses.has(name));
  const bad = names.filter((name) => {
    const status = statuses.get(name);
    return status !== undefined && !good(status);
  });
  const parts = [];
  if (unknown.length > 0) parts.push(`containers with unknown status: [${unknown.join(' ')}]`);
  if (bad.length > 0) parts.push(`containers with ${adjective} status: [${bad.join(' ')}]`);
  return parts.length === 0 ? TRUE : { status: 'False', reason, message: parts.join(', ') };
}

function sayReady(pod: Pod, containersReady: Said, previous: readonly PodCondition[]): Said {
  if (containersReady.status !== 'True') return containersReady;
  const lacking: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const condition = [...(pod.status?.conditions ?? []), ...previous].find(
      ({ type }) => type === conditionType,
    );
    if (condition === undefined) {
      lacking.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      );
    } else if (condition.status !== 'True') {
      lacking.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`,
      );
    }
  }
  if (lacking.length === 0) return TRUE;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: lacking.join(', ') };
}
