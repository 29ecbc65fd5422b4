/** What StatefulSets, DaemonSets and Jobs wait for. Pure. */
import type { DaemonSet, Job, Pod, StatefulSet } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { placesOf, targetOf } from '../../controllers/daemon-set-pods.ts';
import { isPodReady } from '../../controllers/pods.ts';
import { ordinalOf } from '../../controllers/stateful-set-pods.ts';
import { ownPods, unseenWait } from './deployments.ts';
import { podGroups } from './pod-groups.ts';
import {
  conditionOf,
  controllerText,
  countText,
  type Situation,
  saidBy,
  sinceText,
  type Waiting,
} from './situation.ts';

/** What keeps a StatefulSet from having all of its pods ready. */
export function statefulSetWaits(set: Stored<StatefulSet>, s: Situation): readonly Waiting[] {
  const { replicas = 1, ordinals, podManagementPolicy, minReadySeconds = 0 } = set.spec ?? {};
  const controller = 'statefulset-controller';
  const unseen = unseenWait(set, controller, s);
  const first = ordinals?.start ?? 0;
  const pods = podsOf(set, s);
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

/** Pods of a set, those being deleted among them: their places are not free yet. */
function podsOf({ metadata }: Stored<object>, s: Situation): readonly Stored<Pod>[] {
  const { namespace, uid } = metadata as Stored<Pod>['metadata'];
  return s.objects
    .list('core/pods', namespace)
    .filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true);
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

/** What keeps a Job from being complete. */
export function jobWaits(job: Stored<Job>, s: Situation): readonly Waiting[] {
  const failed = conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget');
  if (failed?.status === 'True') {
    return [{ says: saidBy(failed), on: 'nobody: a Job that has failed is not tried again' }];
  }
  if (conditionOf(job, 'Complete')?.status === 'True') return [];
  const { suspend, backoffLimit = 6, completions, parallelism = 1 } = job.spec ?? {};
  if (suspend === true)
    return [{ says: 'it is suspended', on: 'whoever is to set .spec.suspend to false' }];
  const { succeeded = 0, failed: failures = 0, startTime } = job.status ?? {};
  const of = completions === undefined ? '' : ` of ${completions}`;
  const counts = `${succeeded}${of} pods have succeeded, ${failures} failed`;
  const begun = startTime === undefined ? 'not started' : `at work ${sinceText(startTime, s)}`;
  const says = `${counts} (backoffLimit ${backoffLimit}), ${begun}`;
  const pods = ownPods(job, s);
  const ended = failedPods(job, s);
  if (pods.length === 0) {
    const controller = controllerText(s, 'job-controller', job);
    const on = `${controller}, which makes the next pod after a back-off`;
    return [ended.length === 0 ? { says, on } : { says, on, because: ended }];
  }
  const ready = pods.filter(isPodReady);
  const working: readonly Waiting[] =
    ready.length === 0
      ? []
      : [
          {
            says: `${countText(ready.length, 'pod')} at work, ${parallelism} at most at once`,
            on: 'their containers, to end with code 0',
          },
        ];
  return [{ says, because: [...podGroups(pods, 0, s), ...working, ...ended] }];
}

/** How the containers of failed pods ended, those that ended alike as one. */
function failedPods(job: Stored<Job>, s: Situation): readonly Waiting[] {
  const counts = new Map<string, number>();
  for (const { status } of podsOf(job, s)) {
    if (status?.phase !== 'Failed') continue;
    const ends = (status.containerStatuses ?? []).flatMap(({ name, state }) => {
      const { exitCode = 0, reason = '' } = state?.terminated ?? {};
      return exitCode === 0 ? [] : [`container ${name} ended with code ${exitCode} (${reason})`];
    });
    const text = [status.reason, status.message, ...ends].filter(Boolean).join(', ');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({
    says: `${countText(count, 'pod')} failed: ${text}`,
    on: 'the container, to end with code 0',
  }));
}
