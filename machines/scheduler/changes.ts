/**
 * What the scheduler writes: bindings, the PodScheduled condition, evictions of victims. Pure.
 */
import type { Change, Record as EventRecord } from '../api/change.ts';
import { formatTime } from '../api/timestamp.ts';
import type { ObjectReference, Pod } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import type { PendingPodEffect } from './pending-pod.ts';
import type { PodInfo } from './pod-info.ts';

/** The component name in the scheduler's events and pods' `schedulerName`. */
export const SCHEDULER_NAME = 'default-scheduler';

type Report = Extract<PendingPodEffect, { type: 'pod.report' }>;

const GATED_MESSAGE = 'Scheduling is blocked due to non-empty scheduling gates';

/** Binds a pod to a node. */
export function bindingOf(pod: PodInfo, node: string): Change {
  const { namespace, name, uid } = pod;
  return {
    type: 'create',
    resource: 'core/pods',
    namespace,
    name,
    subresource: 'binding',
    object: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { namespace, name, uid },
      target: { kind: 'Node', name: node },
    },
    records: {
      done: {
        regarding: referenceTo(pod.pod),
        type: 'Normal',
        reason: 'Scheduled',
        action: 'Binding',
        note: `Successfully assigned ${namespace}/${name} to ${node}`,
      },
    },
  };
}

/**
 * The event and the condition that tell why a pod has no node; the condition only where it says
 * something new.
 */
export function reportOf(pod: Stored<Pod>, report: Report, nowMs: number): readonly Change[] {
  const message = report.reason === 'SchedulingGated' ? GATED_MESSAGE : report.message;
  const changes: Change[] = [];
  if (report.reason !== 'SchedulingGated') {
    const record: EventRecord = {
      regarding: referenceTo(pod),
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      note: message,
    };
    changes.push({ type: 'record', record });
  }
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const nominated = pod.status?.nominatedNodeName ?? '';
  const same =
    before?.status === 'False' &&
    before.reason === report.reason &&
    before.message === message &&
    (report.nominated === '' || report.nominated === nominated);
  if (same) return changes;
  const at = before?.status === 'False' ? before.lastTransitionTime : undefined;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: report.reason,
    message,
    lastProbeTime: null,
    lastTransitionTime: at ?? formatTime(Math.floor(nowMs / 1000)),
  };
  const status = {
    conditions: [condition],
    ...(report.nominated === '' ? {} : { nominatedNodeName: report.nominated }),
  };
  changes.push({
    type: 'patch',
    key: keyOf(pod),
    strategy: 'strategic',
    subresource: 'status',
    patch: { metadata: { uid: pod.metadata.uid }, status },
  });
  return changes;
}

/** Takes one victim off its node: marks it as disrupted, then deletes it. */
export function preemptionOf(
  victim: PodInfo,
  preemptor: PodInfo,
  node: string,
  nowMs: number,
): readonly Change[] {
  const key = keyOf(victim.pod);
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${SCHEDULER_NAME}: preempting to accommodate a higher priority pod`,
    lastProbeTime: null,
    lastTransitionTime: formatTime(Math.floor(nowMs / 1000)),
  };
  const done: EventRecord = {
    regarding: referenceTo(victim.pod),
    related: referenceTo(preemptor.pod),
    type: 'Normal',
    reason: 'Preempted',
    action: 'Preempting',
    note: `Preempted by pod ${preemptor.uid} on node ${node}`,
  };
  return [
    {
      type: 'patch',
      key,
      strategy: 'strategic',
      subresource: 'status',
      patch: { metadata: { uid: victim.uid }, status: { conditions: [condition] } },
    },
    { type: 'delete', key, uid: victim.uid, records: { done } },
  ];
}

function keyOf(pod: Stored<Pod>) {
  const namespace = pod.metadata.namespace ?? '';
  return { resource: 'core/pods', namespace, name: pod.metadata.name };
}

function referenceTo(pod: Stored<Pod>): ObjectReference {
  const { namespace, name, uid, resourceVersion } = pod.metadata;
  return { kind: 'Pod', apiVersion: 'v1', namespace, name, uid, resourceVersion };
}
