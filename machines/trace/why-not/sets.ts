/** What StatefulSets and DaemonSets wait for. Pure. */
import type { DaemonSet, Pod, StatefulSet } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { placesOf, targetOf } from '../../controllers/daemon-set-pods.ts';
import { isPodReady } from '../../controllers/pods.ts';
import { ordinalOf } from '../../controllers/stateful-set-pods.ts';
import { podGroups } from './pod-groups.ts';
import { controllerText, countText, type Situation, type Waiting } from './situation.ts';
import { everyPod, ownPods, unseenWait } from './workload.ts';

/** What keeps a StatefulSet from having all of its pods ready. */
export function statefulSetWaits(set: Stored<StatefulSet>, s: Situation): readonly Waiting[] {
  const { replicas = 1, ordinals, podManagementPolicy, minReadySeconds = 0 } = set.spec ?? {};
  const controller = 'statefulset-controller';
  const unseen = unseenWait(set, controller, s);
  const first = ordinals?.start ?? 0;
  const pods = everyPod(set, s);
  const places = Array.from({ length: replicas }, (_, index) => first + index);
  const absent = places.filter((ordinal) => pods.every((pod) => ordinalOf(set, pod) !== ordinal));
  if (podManagementPolicy === 'Parallel') {
    return [...unseen, ...podGroups(pods, minReadySeconds, s), ...absentWait(absent, set, s)];
  }
  const stuck = places.find(
    (ordinal) => absent.includes(ordinal) || !isReadyAt(set, pods, ordinal),
  );
  if (stuck === undefined) return [...unseen, ...podGroups(pods, minReadySeconds, s)];
  const own = pods.filter((pod) => ordinalOf(set, pod) === stuck);
  const waits = own.length === 0 ? absentWait([stuck], set, s) : podGroups(own, minReadySeconds, s);
  const after = absent.filter((ordinal) => ordinal > stuck).length;
  const ordered = `${countText(after, 'pod')} after it not made yet: it is OrderedReady`;
  const later: readonly Waiting[] =
    after === 0 ? [] : [{ says: ordered, on: `pod ${set.metadata.name}-${stuck}, to be Ready` }];
  return [...unseen, ...waits, ...later];
}

function isReadyAt(
  set: Stored<StatefulSet>,
  pods: readonly Stored<Pod>[],
  ordinal: number,
): boolean {
  return pods.some(
    (pod) =>
      ordinalOf(set, pod) === ordinal &&
      isPodReady(pod) &&
      pod.metadata.deletionTimestamp === undefined,
  );
}

function absentWait(
  ordinals: readonly number[],
  set: Stored<StatefulSet>,
  s: Situation,
): readonly Waiting[] {
  if (ordinals.length === 0) return [];
  const names = ordinals.map((ordinal) => `${set.metadata.name}-${ordinal}`).join(', ');
  return [{ says: `not made yet: ${names}`, on: controllerText(s, 'statefulset-controller', set) }];
}

/** What keeps a DaemonSet from having a ready pod on every node that it is for. */
export function daemonSetWaits(set: Stored<DaemonSet>, s: Situation): readonly Waiting[] {
  const pods = ownPods(set, s);
  const places = placesOf(set, s.objects.list('core/nodes'));
  const wanted = places.filter(({ shouldRun }) => shouldRun).map(({ node }) => node.metadata.name);
  const on = controllerText(s, 'daemonset-controller', set);
  const waits = [...unseenWait(set, 'daemonset-controller', s)];
  if (wanted.length === 0) {
    const says = `it is for none of ${countText(places.length, 'node')}: ${selectorText(set)}`;
    return [...waits, { says, on: 'the user, to label a node or to change its template' }];
  }
  const lacking = wanted.filter((name) => pods.every((pod) => targetOf(pod) !== name));
  if (lacking.length > 0) {
    waits.push({
      says: `no pod yet for ${countText(lacking.length, 'node')}: ${lacking.join(', ')}`,
      on,
    });
  }
  return [...waits, ...podGroups(pods, set.spec?.minReadySeconds ?? 0, s)];
}

function selectorText({ spec }: DaemonSet): string {
  const { nodeSelector, affinity } = spec?.template.spec ?? {};
  if (nodeSelector !== undefined) return `its nodeSelector is ${JSON.stringify(nodeSelector)}`;
  return affinity?.nodeAffinity === undefined ? 'they have taints' : 'it has a node affinity';
}
