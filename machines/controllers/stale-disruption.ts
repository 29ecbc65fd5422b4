/**
 * Evictions that came to nothing: a pod that was said to be disrupted (`DisruptionTarget`) and is not being deleted
 * some time later is said not to be (`pkg/controller/disruption`, KEP-3329). Part of the disruption controller.
 *
 * Never takes back what a kubelet said, as it may take any time until such a pod ends.
 */
import type { Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { isPodDeleting, isPodTerminal, msOf, timeText } from './pods.ts';
import { planOf, statusPatch } from './writes.ts';

/** How long a disruption may be announced before it begins. */
export const STALE_DISRUPTION_MS = 2 * 60 * 1000;

const TYPE = 'DisruptionTarget';
const PREFIX = 'pod/';

/** The key of a pod whose disruption is announced: `pod/<namespace>/<name>`. */
export const enqueueDisruptedPod: Enqueue = (object, _previous, _view, deleted) => {
  const pod = object as Stored<Pod>;
  const { namespace, name } = pod.metadata;
  return deleted || announced(pod) === undefined ? [] : [`${PREFIX}${namespace}/${name}`];
};

/** True for the keys of pods, which are not those of budgets. */
export function isPodKey(key: string): boolean {
  return key.split('/').length === 3 && key.startsWith(PREFIX);
}

/** Takes the announcement back once it is stale. */
export function planDisruptedPod(key: string, view: View, { nowMs }: PlanEnv): Plan {
  const [namespace = '', name = ''] = key.slice(PREFIX.length).split('/');
  const pod = view.get('core/pods', namespace, name);
  const condition = pod === undefined ? undefined : announced(pod);
  if (pod === undefined || condition === undefined) return NOTHING;
  const staleAtMs = (msOf(condition.lastTransitionTime) ?? 0) + STALE_DISRUPTION_MS;
  if (nowMs < staleAtMs) return { stages: [], againAtMs: staleAtMs };
  const conditions = (pod.status?.conditions ?? []).map((one) =>
    one.type !== TYPE
      ? one
      : {
          type: TYPE,
          observedGeneration: pod.metadata.generation,
          status: 'False',
          lastProbeTime: null,
          lastTransitionTime: timeText(nowMs),
        },
  );
  return planOf([statusPatch('core/pods', pod, { ...pod.status, conditions })]);
}

function announced(pod: Stored<Pod>) {
  if (isPodDeleting(pod) || isPodTerminal(pod)) return undefined;
  return pod.status?.conditions?.find(
    ({ type, status, reason }) =>
      type === TYPE && status === 'True' && reason !== 'TerminationByKubelet',
  );
}
