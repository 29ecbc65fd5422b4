/**
 * The pods of a Job: how one is made, which index it works on, when it counts as failed, and how
 * long to wait before the next one after failures (`pkg/controller/job`).
 *
 * Keeps no record of failures: the back-off is worked out from the failed pods that are still
 * there.
 */
import type { Change } from '../api/change.ts';
import type { Container, Job, JobSpec, Pod, PodSpec, PodTemplateSpec } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { judge } from './job-policies.ts';
import { controllerReference, type OwnerKind, referenceTo } from './ownership.ts';
import { createPod, deletePod, isPodDeleting, msOf, podCondition, podOf } from './pods.ts';
import { normal, warning } from './writes.ts';

export const JOB: OwnerKind<'batch/jobs'> = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  resource: 'batch/jobs',
};

/** Keeps a pod from vanishing before it has been counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const INDEX_IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';

/** First delay after a failed pod; it doubles with each further one. */
export const backoffMs = 10_000;
/** Longest delay after failed pods. */
export const backoffMaxMs = 600_000;
/** The longest name prefix that leaves room for the five characters the API adds. */
const generateNameLengthMax = 58;

/** True while the pod has not been counted and let go. */
export function isTracked(pod: Pod): boolean {
  return pod.metadata?.finalizers?.includes(TRACKING) === true;
}

/** The pod's completion index, or undefined where it has none below the number of completions. */
export function indexOf(spec: JobSpec, pod: Pod): number | undefined {
  const text = pod.metadata?.annotations?.[INDEX];
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const index = Number(text);
  return index < (spec.completions ?? 0) ? index : undefined;
}

/** True where only pods that have failed are replaced, not those that are terminating. */
export function replacesFailedOnly(spec: JobSpec): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
}

/**
 * True where the pod counts as failed: it has, or it is being deleted and only ended pods are not
 * waited for.
 */
export function isPodFailed(spec: JobSpec, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesFailedOnly(spec)) return false;
  return isPodDeleting(pod) && pod.status?.phase !== 'Succeeded';
}

/** Failures of the pod's index before it that count towards `backoffLimitPerIndex`. */
export function indexFailures(pod: Pod): number {
  return count(pod, INDEX_FAILURES);
}

/** All failures of the pod's index before it. */
export function allIndexFailures(pod: Pod): number {
  return count(pod, INDEX_FAILURES) + count(pod, INDEX_IGNORED_FAILURES);
}

function count(pod: Pod, name: string): number {
  const text = pod.metadata?.annotations?.[name] ?? '0';
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
}

/** When the pod ended: the last of its containers, or the best that is known. */
export function endedMs(pod: Stored<Pod>): number {
  let ended = 0;
  for (const { state } of pod.status?.containerStatuses ?? []) {
    ended = Math.max(ended, msOf(state?.terminated?.finishedAt) ?? 0);
  }
  if (ended > 0) return ended;
  const ready = podCondition(pod, 'Ready');
  const unreadyMs = ready?.status === 'False' ? msOf(ready.lastTransitionTime) : undefined;
  const deletedMs = msOf(pod.metadata.deletionTimestamp);
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  const askedMs = deletedMs === undefined ? undefined : deletedMs - graceMs;
  return unreadyMs ?? askedMs ?? msOf(pod.metadata.creationTimestamp) ?? 0;
}

/** When the next pod may be made after these failures in a row, the last at `lastMs`. */
export function retryAtMs(failures: number, lastMs: number): number {
  if (failures === 0) return 0;
  return lastMs + Math.min(backoffMs * 2 ** Math.min(failures - 1, 30), backoffMaxMs);
}

/**
 * When the next pod of a Job may be made: after the failures since its last success. Pods that the
 * Job itself took away, untracked, are no failures.
 */
export function nextPodAtMs(spec: JobSpec, pods: readonly Stored<Pod>[]): number {
  let successMs = 0;
  for (const pod of pods) {
    if (pod.status?.phase === 'Succeeded') successMs = Math.max(successMs, endedMs(pod));
  }
  let [failures, lastMs] = [0, 0];
  for (const pod of pods) {
    const hasFailed = isTracked(pod)
      ? isPodFailed(spec, pod)
      : pod.status?.phase === 'Failed' && !isPodDeleting(pod);
    const ms = endedMs(pod);
    if (!hasFailed || ms < successMs) continue;
    failures++;
    lastMs = Math.max(lastMs, ms);
  }
  return retryAtMs(failures, lastMs);
}

/**
 * Makes creations of pods: of an index, after the index's last pod where that failed, or of none.
 */
export function creator(job: Stored<Job>): (index?: number, last?: Pod) => Change {
  const spec = job.spec!;
  const { name, uid, namespace = '' } = job.metadata;
  const owner = controllerReference(JOB, job);
  const regarding = referenceTo(JOB, job);
  const records = {
    done: normal(regarding, 'SuccessfulCreate', 'Created pod: {name}'),
    failed: warning(regarding, 'FailedCreate', 'Error creating: {error}'),
  };
  const own = spec.manualSelector === true ? {} : jobLabels(name, uid);
  const finalizers = spec.template.metadata?.finalizers?.includes(TRACKING) ? [] : [TRACKING];
  return (index, last) => {
    if (index === undefined) {
      const metadata = { generateName: `${name}-`, labels: own };
      return createPod(namespace, podOf(spec.template, { metadata, finalizers }, owner), records);
    }
    const metadata = {
      generateName: indexedPrefix(name, index),
      labels: { ...own, [INDEX]: `${index}` },
      annotations: { [INDEX]: `${index}`, ...failureAnnotations(spec, last) },
    };
    const template = withIndex(spec.template, `${name}-${index}`);
    return createPod(namespace, podOf(template, { metadata, finalizers }, owner), records);
  };
}

/** The labels that tie pods to their Job, unless the Job's owner chose a selector. */
export function jobLabels(name: string, uid: string): { [name: string]: string } {
  return {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
}

function indexedPrefix(name: string, index: number): string {
  const suffix = `-${index}-`;
  return `${name.slice(0, generateNameLengthMax - suffix.length)}${suffix}`;
}

function withIndex(template: PodTemplateSpec, hostname: string): PodTemplateSpec {
  const fieldPath = `metadata.labels['${INDEX}']`;
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath } } };
  const add = (container: Container): Container =>
    container.env?.some((env) => env.name === variable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const spec: PodSpec = { ...template.spec!, hostname };
  spec.containers = spec.containers.map(add);
  if (spec.initContainers !== undefined) spec.initContainers = spec.initContainers.map(add);
  return { ...template, spec };
}

/** What the next pod of an index remembers of those before it. */
function failureAnnotations(spec: JobSpec, last: Pod | undefined): { [name: string]: string } {
  if (spec.backoffLimitPerIndex === undefined) return {};
  const counts = last !== undefined && judge(spec, last).counts;
  const failures = last === undefined ? 0 : indexFailures(last) + (counts ? 1 : 0);
  const before = last === undefined ? 0 : count(last, INDEX_IGNORED_FAILURES);
  const ignored = before + (last !== undefined && !counts ? 1 : 0);
  return {
    [INDEX_FAILURES]: `${failures}`,
    ...(ignored > 0 && { [INDEX_IGNORED_FAILURES]: `${ignored}` }),
  };
}

/** Deletes a pod of the Job. */
export function deletionOf(job: Stored<Job>, pod: Stored<Pod>): Change {
  const regarding = referenceTo(JOB, job);
  return deletePod(pod, {
    done: normal(regarding, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
    failed: warning(regarding, 'FailedDelete', 'Error deleting: {error}'),
  });
}

/** Lets a pod go, whatever else changes in it meanwhile. */
export function untracking(pod: Stored<Pod>): Change {
  const { namespace = '', name, uid } = pod.metadata;
  const metadata = { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] };
  return {
    type: 'patch',
    key: { resource: 'core/pods', namespace, name },
    patch: { metadata },
    strategy: 'strategic',
  };
}
