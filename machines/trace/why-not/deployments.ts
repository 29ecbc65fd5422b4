/** What Deployments, ReplicaSets and ReplicationControllers wait for. Pure. */
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { controllerOf } from '../../controllers/ownership.ts';
import { podGroups } from './pod-groups.ts';
import {
  type ConditionLike,
  conditionOf,
  controllerText,
  countText,
  type Situation,
  saidBy,
  type Waiting,
} from './situation.ts';
import { ownPods, unseenWait } from './workload.ts';

const REVISION = 'deployment.kubernetes.io/revision';

/** What keeps a Deployment from having all of its pods, of its newest template, available. */
export function deploymentWaits(deployment: Stored<Deployment>, s: Situation): readonly Waiting[] {
  const unseen = unseenWait(deployment, 'deployment-controller', s);
  const paused: readonly Waiting[] =
    deployment.spec?.paused === true
      ? [{ says: 'its rollout is paused', on: 'the user: kubectl rollout resume' }]
      : [];
  const sets = setsOf(deployment, s);
  const [fresh, ...old] = sets;
  if (fresh === undefined) {
    const failed = conditionOf(deployment, 'Progressing');
    const says = failed?.status === 'False' ? saidBy(failed) : 'it has no ReplicaSet yet';
    const on = controllerText(s, 'deployment-controller', deployment);
    return [...unseen, ...paused, { says, on }];
  }
  const waits = [...unseen, ...paused, ...setWait(fresh, s)];
  const left = old.filter(
    ({ spec, status }) => (spec?.replicas ?? 0) + (status?.replicas ?? 0) > 0,
  );
  for (const set of left) waits.push(...setWait(set, s));
  if (waits.length > 0 || left.length > 0) return [...waits, ...left.map(oldWait)];
  return statusLag(deployment, s);
}

/** ReplicaSets of a Deployment, the newest first. */
function setsOf({ metadata }: Stored<Deployment>, s: Situation): readonly Stored<ReplicaSet>[] {
  const revision = (set: Stored<ReplicaSet>) => Number(set.metadata.annotations?.[REVISION] ?? 0);
  return s.objects
    .list('apps/replicasets', metadata.namespace)
    .filter((set) => controllerOf(set)?.uid === metadata.uid)
    .sort((one, other) => revision(other) - revision(one));
}

function setWait(set: Stored<ReplicaSet>, s: Situation): readonly Waiting[] {
  const because = replicaSetWaits(set, s);
  if (because.length === 0) return [];
  const wanted = set.spec?.replicas ?? 1;
  const has = `${set.status?.availableReplicas ?? 0} of ${wanted} pods available`;
  return [{ says: `replicaset ${set.metadata.name} has ${has}`, because }];
}

function oldWait(set: Stored<ReplicaSet>): Waiting {
  const pods = countText(set.status?.replicas ?? 0, 'pod');
  const says = `the older replicaset ${set.metadata.name} still has ${pods}`;
  return {
    says,
    on: 'the deployment-controller: it takes them away as newer ones become available',
  };
}

function statusLag(deployment: Stored<Deployment>, s: Situation): readonly Waiting[] {
  const { replicas = 1 } = deployment.spec ?? {};
  if ((deployment.status?.availableReplicas ?? 0) >= replicas) return [];
  const says = 'all of its pods are available, and its status does not say so yet';
  return [{ says, on: controllerText(s, 'deployment-controller', deployment) }];
}

/** What keeps a ReplicaSet from having all of its pods available. */
export function replicaSetWaits(
  set: Stored<ReplicaSet>,
  s: Situation,
  controller = 'replicaset-controller',
): readonly Waiting[] {
  const { replicas: wanted = 1, minReadySeconds = 0 } = set.spec ?? {};
  const pods = ownPods(set, s);
  const waits = [
    ...unseenWait(set, controller, s),
    ...missingWaits(wanted - pods.length, conditionOf(set, 'ReplicaFailure'), set, controller, s),
    ...podGroups(pods, minReadySeconds, s),
  ];
  if (waits.length > 0 || (set.status?.availableReplicas ?? 0) >= wanted) return waits;
  const says = 'all of its pods are available, and its status does not say so yet';
  return [{ says, on: controllerText(s, controller, set) }];
}

function missingWaits(
  missing: number,
  failure: ConditionLike | undefined,
  set: Stored<object>,
  controller: string,
  s: Situation,
): readonly Waiting[] {
  if (missing <= 0) return [];
  const on = controllerText(s, controller, set);
  if (failure?.status !== 'True') {
    return [{ says: `${countText(missing, 'pod')} not made yet`, on }];
  }
  const says = `${countText(missing, 'pod')} cannot be made: ${saidBy(failure)}`;
  return [{ says, on: `the user, to mend that; ${on} goes on trying` }];
}
