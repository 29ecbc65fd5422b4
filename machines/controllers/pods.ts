/**
 * What every workload controller asks of pods: are they active, ready, available; and how a pod is
 * made from a template. Never decides how many pods there should be.
 */
import type { Change, Records } from '../api/change.ts';
import { formatTime, parseTimestamp } from '../api/timestamp.ts';
import type {
  ObjectMeta,
  OwnerReference,
  Pod,
  PodCondition,
  PodTemplateSpec,
} from '../api/types.ts';
import type { AnyObject, View } from '../api/view.ts';

/**
 * The instant of an RFC 3339 text in milliseconds since the epoch; undefined where absent or
 * malformed.
 */
export function msOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseTimestamp(text);
  return parsed && parsed.seconds * 1000 + Math.floor(parsed.nanos / 1_000_000);
}

/** The text of an instant as metav1.Time has it, in whole seconds. */
export function timeText(ms: number): string {
  return formatTime(Math.floor(ms / 1000));
}

/** The condition of a pod with this type. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** True while the pod's Ready condition is True. */
export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/**
 * When a ready pod is, or will be, available: ready for `minReadySeconds` without a break.
 * Undefined where it is not ready. 0 where it is available whatever the time.
 */
export function podAvailableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const since = msOf(ready.lastTransitionTime);
  return since === undefined ? undefined : since + minReadySeconds * 1000;
}

/** True where the pod has been ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const at = podAvailableAtMs(pod, minReadySeconds);
  return at !== undefined && at <= nowMs;
}

/** True where all containers have ended for good: the phase is Succeeded or Failed. */
export function isPodTerminal(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** True where deletion of the pod has begun. */
export function isPodDeleting(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** True where the pod counts as a replica: neither ended nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !isPodDeleting(pod);
}

/** True where the pod is being deleted and its containers may still run. */
export function isPodTerminating(pod: Pod): boolean {
  return isPodDeleting(pod) && !isPodTerminal(pod);
}

/** In a namespace that is going away every creation fails, so that none need be tried. */
export function isNamespaceEnding(view: View, namespace: string | undefined): boolean {
  return view.get('core/namespaces', '', namespace ?? '')?.metadata.deletionTimestamp !== undefined;
}

/** What a controller gives a pod besides its template. */
export interface PodIdentity {
  /** Metadata over the template's: name or generateName, and labels and annotations to add. */
  readonly metadata: Pick<ObjectMeta, 'name' | 'generateName' | 'labels' | 'annotations'>;
  readonly finalizers?: readonly string[];
}

/**
 * A pod of a template: its metadata and spec with the identity and the owner that the controller
 * gives it.
 */
export function podOf(
  template: PodTemplateSpec,
  { metadata, finalizers = [] }: PodIdentity,
  owner: OwnerReference,
): Pod & AnyObject {
  const from = template.metadata;
  const allFinalizers = [...(from?.finalizers ?? []), ...finalizers];
  const annotations = merged(from?.annotations, metadata.annotations);
  const labels = merged(from?.labels, metadata.labels);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(metadata.name === undefined
        ? { generateName: metadata.generateName }
        : { name: metadata.name, generateName: metadata.generateName }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(allFinalizers.length > 0 && { finalizers: allFinalizers }),
      ownerReferences: [owner],
    },
    spec: template.spec,
  };
}

function merged(
  base: Record<string, string> | undefined,
  over: Record<string, string> | undefined,
): Record<string, string> | undefined {
  return over === undefined ? base : { ...base, ...over };
}

/** Creates a pod. */
export function createPod(namespace: string, object: AnyObject, records: Records): Change {
  return { type: 'create', resource: 'core/pods', namespace, object, records };
}

/** Deletes a pod, if it is still the one that was looked at. */
export function deletePod(pod: Pod, records: Records): Change {
  const { namespace = '', name = '', uid } = pod.metadata ?? {};
  const key = { resource: 'core/pods', namespace, name };
  return { type: 'delete', key, ...(uid !== undefined && { uid }), records };
}
