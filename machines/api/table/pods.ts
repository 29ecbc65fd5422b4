/**
 * The table of pods: READY, STATUS and RESTARTS are worked out of the container statuses as
 * Kubernetes does it.
 *
 * Follows printPod in pkg/printers/internalversion. Pure.
 */
import type { Container, ContainerState, ContainerStatus, Pod } from '../types.ts';
import {
  ageColumn,
  ageOf,
  type Cell,
  nameColumn,
  nameOf,
  type Printers,
  printer,
  type RowCondition,
  text,
  wide,
} from './columns.ts';
import { age } from './duration.ts';

const columns = [
  nameColumn,
  text('Ready', "How many of the pod's containers are ready for traffic."),
  text('Status', "What the states of the pod's containers come to."),
  text('Restarts', 'How often containers of the pod were restarted, and when the last one was.'),
  ageColumn,
  wide('IP', 'Address of the pod.'),
  wide('Node', 'Node the pod is bound to.'),
  wide('Nominated Node', 'Node on which room is being made for the pod.'),
  wide('Readiness Gates', "How many of the pod's readiness gates are met."),
];

/** What a walk over the container statuses has found so far. */
interface Walk {
  reason: string;
  ready: number;
  restarts: number;
  /** Milliseconds; 0 where nothing restarted. */
  lastRestartMs: number;
}

function podCells(pod: Pod, nowMs: number): readonly Cell[] {
  const { spec, status = {} } = pod;
  const sidecars = (spec?.initContainers ?? []).filter(isSidecar);
  const total = (spec?.containers ?? []).length + sidecars.length;
  const walk: Walk = { reason: firstReason(pod), ready: 0, restarts: 0, lastRestartMs: 0 };
  const sidecarNames = new Set(sidecars.map((container) => container.name));
  const initializing = walkInit(pod, walk, sidecarNames);
  if (!initializing || conditionStatus(pod, 'Initialized') === 'True') {
    const restarted = (status.initContainerStatuses ?? []).filter((one) =>
      sidecarNames.has(one.name),
    );
    walk.restarts = restarted.reduce((sum, one) => sum + one.restartCount, 0);
    walk.lastRestartMs = Math.max(0, ...restarted.map(lastFinishedMs));
    walkContainers(pod, walk);
  }
  return [
    nameOf(pod),
    `${walk.ready}/${total}`,
    finalReason(pod, walk.reason),
    restartsText(walk, nowMs),
    ageOf(pod, nowMs),
    status.podIPs?.[0]?.ip || '<none>',
    spec?.nodeName || '<none>',
    status.nominatedNodeName || '<none>',
    readinessGates(pod),
  ];
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function firstReason(pod: Pod): string {
  const gated = (pod.status?.conditions ?? []).some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

/** Walks the init containers up to the first that is not done; true where there is one. */
function walkInit(pod: Pod, walk: Walk, sidecars: ReadonlySet<string>): boolean {
  const count = pod.spec?.initContainers?.length ?? 0;
  for (const [index, one] of (pod.status?.initContainerStatuses ?? []).entries()) {
    walk.restarts += one.restartCount;
    walk.lastRestartMs = Math.max(walk.lastRestartMs, lastFinishedMs(one));
    const { terminated, waiting } = one.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(one.name) && one.started === true) {
      if (one.ready) walk.ready += 1;
      continue;
    }
    if (terminated !== undefined) walk.reason = `Init:${exitReason(terminated)}`;
    else if (waiting?.reason !== undefined && !['', 'PodInitializing'].includes(waiting.reason)) {
      walk.reason = `Init:${waiting.reason}`;
    } else walk.reason = `Init:${index}/${count}`;
    return true;
  }
  return false;
}

function walkContainers(pod: Pod, walk: Walk): void {
  let running = false;
  for (const one of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    walk.restarts += one.restartCount;
    walk.lastRestartMs = Math.max(walk.lastRestartMs, lastFinishedMs(one));
    const state = one.state ?? {};
    if (state.waiting?.reason) walk.reason = state.waiting.reason;
    else if (state.terminated !== undefined) walk.reason = exitReason(state.terminated);
    else if (one.ready && state.running !== undefined) {
      running = true;
      walk.ready += 1;
    }
  }
  if (walk.reason !== 'Completed' || !running) return;
  walk.reason = conditionStatus(pod, 'Ready') === 'True' ? 'Running' : 'NotReady';
}

function exitReason(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function lastFinishedMs(status: ContainerStatus): number {
  const finished = status.lastState?.terminated?.finishedAt;
  return finished ? Date.parse(finished) || 0 : 0;
}

function finalReason(pod: Pod, reason: string): string {
  if (!pod.metadata?.deletionTimestamp) return reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating';
}

function restartsText(walk: Walk, nowMs: number): string {
  if (walk.restarts === 0 || walk.lastRestartMs === 0) return String(walk.restarts);
  return `${walk.restarts} (${age(new Date(walk.lastRestartMs).toISOString(), nowMs)} ago)`;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => conditionStatus(pod, gate.conditionType) === 'True');
  return `${met.length}/${gates.length}`;
}

function conditionStatus(pod: Pod, type: string): string | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status;
}

const finished: Readonly<Record<string, string>> = {
  Succeeded: 'The pod has completed successfully.',
  Failed: 'The pod failed.',
};

function podConditions(pod: Pod): readonly RowCondition[] | undefined {
  const phase = pod.status?.phase ?? '';
  const message = finished[phase];
  if (message === undefined) return undefined;
  return [{ type: 'Completed', status: 'True', reason: phase, message }];
}

/** Pods. */
export const podPrinters: Printers = {
  '/Pod': printer<Pod>({ columns, cells: podCells, conditions: podConditions }),
};
