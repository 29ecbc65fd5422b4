/**
 * Node pressure: what a node that is short of memory, disk or process ids says of itself, which pods
 * it refuses, and which of its pods it ends, in which order (pkg/kubelet/eviction). Pure.
 *
 * Usage is not measured here: a pod that requests nothing of a resource counts as one that exceeds
 * its request, and among equals the one that started last goes first.
 */
import type { Pod } from '../api/types.ts';
import type { PodContext } from './pod-context.ts';
import { members, qosClass } from './pod-spec.ts';

/** What a node can be short of. */
export type Pressure = 'memory' | 'disk' | 'pid';

interface PressureFacts {
  /** The condition's type. */
  readonly type: string;
  /** Reason and message of the condition, and the event's reason: while it is True, and after. */
  readonly said: readonly [True: Said, False: Said];
  /** What is low, as messages name it. */
  readonly resource: string;
}

interface Said {
  readonly reason: string;
  readonly message: string;
  readonly event: string;
}

function facts(
  type: string,
  resource: string,
  [short, enough]: readonly [string, string],
  [shortly, enoughly]: readonly [string, string],
): PressureFacts {
  const said = (what: string, words: string) => ({
    reason: `KubeletHas${what}`,
    message: `kubelet has ${words}`,
    event: `NodeHas${what}`,
  });
  return { type, resource, said: [said(short, shortly), said(enough, enoughly)] };
}

/** The pressures, in the order in which they are met and listed. */
export const PRESSURES: { readonly [pressure in Pressure]: PressureFacts } = {
  memory: facts(
    'MemoryPressure',
    'memory',
    ['InsufficientMemory', 'SufficientMemory'],
    ['insufficient memory available', 'sufficient memory available'],
  ),
  disk: facts(
    'DiskPressure',
    'ephemeral-storage',
    ['DiskPressure', 'NoDiskPressure'],
    ['disk pressure', 'no disk pressure'],
  ),
  pid: facts(
    'PIDPressure',
    'pids',
    ['InsufficientPID', 'SufficientPID'],
    ['insufficient PID available', 'sufficient PID available'],
  ),
};

/** All pressures, in the order of the table. */
export const PRESSURE_NAMES = Object.keys(PRESSURES) as readonly Pressure[];

/** How long a condition stays True after its pressure has ended, where the node does not say. */
export const PRESSURE_TRANSITION_MS = 300_000;
/** How often a node under pressure ends a pod, where it does not say. */
export const EVICTION_MS = 10_000;
/** The grace of an evicted pod's containers. */
export const EVICTION_GRACE_MS = 1_000;
/** The reason of pods that are refused or ended for pressure. */
export const EVICTED = 'Evicted';

/** Priority from which on a pod is critical: the least of the system's own classes. */
const CRITICAL_PRIORITY = 2_000_000_000;
const MEMORY_TAINT = 'node.kubernetes.io/memory-pressure';

/** Why an eviction: the pod's message and the event's. */
export function evictionMessage(pressure: Pressure): string {
  return `The node was low on resource: ${PRESSURES[pressure].resource}. `;
}

/** Why a node does not take a new pod. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/**
 * Why a node refuses a new pod, null where it takes it: under pressure (critical pods are taken all
 * the same, and under that of memory alone all that request anything or tolerate it), or full.
 */
export function rejectionOf(
  pod: Pod,
  pressures: readonly Pressure[],
  activePods: number,
  podsMax: number,
): Rejection | null {
  if (pressures.length > 0 && !withstands(pod, pressures)) {
    const conditions = pressures.map((pressure) => PRESSURES[pressure].type).join(' ');
    return { reason: EVICTED, message: `The node had condition: [${conditions}]. ` };
  }
  if (activePods < podsMax) return null;
  const message = `Node didn't have enough resource: pods, requested: 1, used: ${activePods}, capacity: ${podsMax}`;
  return { reason: 'OutOfpods', message };
}

function withstands(pod: Pod, pressures: readonly Pressure[]): boolean {
  if (isCritical(pod)) return true;
  if (pressures.some((pressure) => pressure !== 'memory')) return false;
  return qosClass(pod) !== 'BestEffort' || toleratesMemory(pod);
}

function isCritical(pod: Pod): boolean {
  return (pod.spec?.priority ?? 0) >= CRITICAL_PRIORITY;
}

function toleratesMemory({ spec }: Pod): boolean {
  return (spec?.tolerations ?? []).some(({ key = '', operator = 'Equal', value = '', effect }) => {
    if (effect !== undefined && effect !== 'NoSchedule') return false;
    if (key === '') return operator === 'Exists';
    return key === MEMORY_TAINT && (operator === 'Exists' || value === '');
  });
}

/**
 * The pod that a node under pressure ends next: one that exceeds its request before one that does
 * not (for process ids this does not count), the lower priority first, never a critical one, none
 * that ends already.
 */
export function nextEvicted<P extends Pick<PodContext, 'pod' | 'ending' | 'ended' | 'startedAtMs'>>(
  pods: readonly P[],
  pressure: Pressure,
): P | undefined {
  const candidates = pods.filter(
    ({ pod, ending, ended }) => ending === null && !ended && !isCritical(pod),
  );
  const exceeds = (pod: Pod) => pressure !== 'pid' && !requests(pod, PRESSURES[pressure].resource);
  return candidates.sort(
    (a, b) =>
      Number(exceeds(b.pod)) - Number(exceeds(a.pod)) ||
      (a.pod.spec?.priority ?? 0) - (b.pod.spec?.priority ?? 0) ||
      b.startedAtMs - a.startedAtMs ||
      byName(a.pod, b.pod),
  )[0];
}

function requests(pod: Pod, resource: string): boolean {
  return members(pod).some(({ spec }) => {
    const request = spec.resources?.requests?.[resource] ?? spec.resources?.limits?.[resource];
    return request !== undefined && !/^0*\.?0*[A-Za-z]*$/.test(request);
  });
}

function byName(a: Pod, b: Pod): number {
  const [one, other] = [a, b].map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
