/**
 * Taint evictions: pods leave a node with a NoExecute taint that they do not tolerate, at once or
 * when their toleration runs out. The time counts from when the taint was added.
 */
import type { Change } from '../api/change.ts';
import type { Pod, Taint } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { tolerates } from '../scheduler/taints.ts';
import { type Controller, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { isPodDeleting, isPodTerminal, msOf, timeText } from './pods.ts';
import { normal, planOf } from './writes.ts';

function plan(name: string, view: View, env: PlanEnv): Plan {
  const taints = noExecute(view.get('core/nodes', '', name)?.spec?.taints);
  if (taints.length === 0) return NOTHING;
  const marks: Change[] = [];
  const deletions: Change[] = [];
  let againAtMs: number | undefined;
  for (const pod of view.podsOnNode(name)) {
    if (isPodDeleting(pod) || isPodTerminal(pod)) continue;
    const atMs = evictionAtMs(pod, taints, env.nowMs);
    if (atMs === undefined) continue;
    if (atMs <= env.nowMs) {
      marks.push(mark(pod, env.nowMs));
      deletions.push(deletion(pod));
    } else againAtMs = Math.min(againAtMs ?? atMs, atMs);
  }
  return planOf([marks, deletions], againAtMs);
}

/** When a pod has to leave; undefined where it tolerates every taint for good. */
export function evictionAtMs(
  pod: Pod,
  taints: readonly Taint[],
  nowMs: number,
): number | undefined {
  let at: number | undefined;
  for (const taint of taints) {
    const toleration = pod.spec?.tolerations?.find((one) => tolerates(one, taint));
    if (toleration === undefined) return nowMs;
    if (toleration.tolerationSeconds === undefined) continue;
    const forMs = Math.max(0, toleration.tolerationSeconds) * 1000;
    const until = (msOf(taint.timeAdded) ?? nowMs) + forMs;
    at = Math.min(at ?? until, until);
  }
  return at;
}

function noExecute(taints: readonly Taint[] = []): readonly Taint[] {
  return taints.filter(({ effect }) => effect === 'NoExecute');
}

function mark(pod: Stored<Pod>, nowMs: number): Change {
  const { namespace = '', name, uid } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastProbeTime: null,
    lastTransitionTime: timeText(nowMs),
  };
  return {
    type: 'patch',
    key: { resource: 'core/pods', namespace, name },
    subresource: 'status',
    strategy: 'strategic',
    patch: { metadata: { uid }, status: { conditions: [condition] } },
  };
}

function deletion(pod: Stored<Pod>): Change {
  const { namespace = '', name, uid } = pod.metadata;
  const regarding = { kind: 'Pod', apiVersion: 'v1', namespace, name, uid };
  const note = `Marking for deletion Pod ${namespace}/${name}`;
  return {
    type: 'delete',
    key: { resource: 'core/pods', namespace, name },
    uid,
    records: { done: normal(regarding, 'TaintManagerEviction', note) },
  };
}

/** The row of the table. */
export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  watches: {
    'core/nodes': (object, before, _view, deleted) => {
      const taintsOf = (node: unknown) =>
        noExecute((node as { spec?: { taints?: Taint[] } } | undefined)?.spec?.taints);
      const [now, then] = [taintsOf(object), taintsOf(before)];
      const same = JSON.stringify(now) === JSON.stringify(then);
      return deleted || same ? [] : [object.metadata.name];
    },
    'core/pods': (object, _before, view, deleted) => {
      const pod = object as Stored<Pod>;
      const node = view.get('core/nodes', '', pod.spec?.nodeName ?? '');
      if (deleted || node === undefined || isPodDeleting(pod)) return [];
      return noExecute(node.spec?.taints).length > 0 ? [node.metadata.name] : [];
    },
  },
  plan,
};
