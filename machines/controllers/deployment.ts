/**
 * The Deployment controller: brings the pods from one template to the next through ReplicaSets, one
 * of each template, and keeps a history of them to roll back to (`pkg/controller/deployment`).
 *
 * Never touches a pod. Each plan is one step of a rollout; the ReplicaSets' own changes call for
 * the next one.
 */
import type { Change } from '../api/change.ts';
import type { Deployment, Pod, ReplicaSet } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import {
  freshSize,
  isScaling,
  noOldSizes,
  rollingSizes,
  type Sizes,
  scaledSizes,
} from './deployment-scale.ts';
import {
  ANNOTATION,
  annotatedNumber,
  createFresh,
  DEPLOYMENT,
  freshName,
  nextRevision,
  type Rollout,
  revisionOf,
  rolloutOf,
  sizeAnnotations,
  sizeOf,
  updateFresh,
} from './deployment-sets.ts';
import { type Happening, isComplete, statusOf } from './deployment-status.ts';
import {
  claim,
  controllerOf,
  enqueueController,
  enqueueSelf,
  referenceTo,
  splitKey,
  workKey,
} from './ownership.ts';
import { isPodTerminal } from './pods.ts';
import {
  deletion,
  mergePatch,
  normal,
  planOf,
  statusPatch,
  warning,
  writesStatus,
} from './writes.ts';

const INT32_MAX = 2 ** 31 - 1;
const SETS = 'apps/replicasets';

/** Only Recreate looks at pods: it waits until the last old one has ended. */
const enqueueOfPod: Enqueue = (pod, _previous, view, deleted) => {
  if (!deleted && !isPodTerminal(pod as Pod)) return [];
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const namespace = pod.metadata.namespace ?? '';
  const set = view.get(SETS, namespace, owner.name);
  const name = set && controllerOf(set)?.name;
  const deployment =
    name === undefined ? undefined : view.get(DEPLOYMENT.resource, namespace, name);
  const isRecreate = deployment?.spec?.strategy?.type === 'Recreate';
  return isRecreate ? [workKey(deployment)] : [];
};

/** Rolls Deployments out. */
export const deploymentController: Controller = {
  name: 'deployment-controller',
  watches: {
    [DEPLOYMENT.resource]: enqueueSelf,
    [SETS]: enqueueController(DEPLOYMENT, (deployment) => deployment.spec?.selector),
    'core/pods': enqueueOfPod,
  },
  plan,
};

function plan(key: string, view: View, env: PlanEnv): Plan {
  const { namespace, name } = splitKey(key);
  const deployment = view.get(DEPLOYMENT.resource, namespace, name);
  if (deployment?.spec === undefined) return NOTHING;
  if (selectsAll(deployment)) return refuse(deployment);
  const object = deployment;
  const any = () => true;
  const claimed = claim(view, SETS, DEPLOYMENT, object, deployment.spec.selector, any);
  if (claimed.changes.length > 0) return planOf([claimed.changes]);
  const rollout = rolloutOf(deployment, claimed.owned, view);
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return withStatus(rollout, env, { estimatesProgress: false }, []);
  }
  const step = nextStep(rollout, view, env);
  return withStatus(rollout, env, step.happening, [...updateFresh(rollout), ...step.changes]);
}

function selectsAll({ spec }: Deployment): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

function refuse(deployment: Stored<Deployment>): Plan {
  const { generation } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) >= (generation ?? 0)) return NOTHING;
  const object = deployment;
  const note = 'This deployment is selecting all pods. A non-empty selector is required.';
  const record = warning(referenceTo(DEPLOYMENT, object), 'SelectingAll', note);
  const status = { ...deployment.status, observedGeneration: generation };
  return planOf([
    [{ type: 'record', record }, ...statusPatch(DEPLOYMENT.resource, object, status)],
  ]);
}

interface Step {
  readonly changes: readonly Change[];
  readonly happening: Happening;
}

/**
 * Writes the status, in the same stage as the changes except where it tells of what they create.
 */
function withStatus(
  rollout: Rollout,
  env: PlanEnv,
  happening: Happening,
  changes: readonly Change[],
): Plan {
  const { status, againAtMs } = statusOf(rollout, happening, env.nowMs);
  const object = rollout.deployment;
  const annotations = missingRevision(rollout, happening);
  // A collision is counted alone, before anything else is done.
  const patches = writesStatus(DEPLOYMENT.resource, changes)
    ? []
    : statusPatch(DEPLOYMENT.resource, object, status, { annotations });
  const creates = happening.creates !== undefined && happening.failed === undefined;
  return planOf(creates ? [changes, patches] : [patches, changes], againAtMs);
}

function nextStep(rollout: Rollout, view: View, env: PlanEnv): Step {
  const paused = rollout.deployment.spec?.paused === true;
  if (paused || isScaling(rollout)) {
    const sizes = scaledSizes(rollout);
    const changes = [...scalings(rollout, sizes), ...(paused ? cleanup(rollout) : [])];
    return { changes, happening: { estimatesProgress: false, sizes } };
  }
  const clean = isComplete(rollout, rollout.deployment.status) ? cleanup(rollout) : [];
  if (rollout.isRolling) {
    if (rollout.fresh === undefined) return creation(rollout, view, env);
    return resizing(rollout, rollingSizes(rollout), clean);
  }
  const toZero = noOldSizes(rollout);
  if (toZero.size > 0 || hasOldPods(rollout, view)) return resizing(rollout, toZero);
  if (rollout.fresh === undefined) return creation(rollout, view, env);
  const wanted = new Map([[rollout.fresh, rollout.replicas]]);
  return resizing(rollout, wanted, clean);
}

function resizing(rollout: Rollout, sizes: Sizes, more: readonly Change[] = []): Step {
  const changes = [...scalings(rollout, sizes), ...more];
  return { changes, happening: { estimatesProgress: true, sizes } };
}

/**
 * Creates the ReplicaSet of the current template; where its name is taken, asks for another one.
 */
function creation(rollout: Rollout, view: View, env: PlanEnv): Step {
  const { deployment } = rollout;
  const object = deployment;
  const { name } = freshName(rollout);
  if (view.get(SETS, object.metadata.namespace ?? '', name) !== undefined) {
    const status = { ...deployment.status };
    status.collisionCount = (status.collisionCount ?? 0) + 1;
    const changes = statusPatch(DEPLOYMENT.resource, object, status);
    return { changes, happening: { estimatesProgress: true } };
  }
  const regarding = referenceTo(DEPLOYMENT, object);
  const size = freshSize(rollout, 0);
  const done = normal(
    regarding,
    'ScalingReplicaSet',
    `Scaled up replica set ${name} from 0 to ${size}`,
  );
  const note = `Failed to create new replica set "${name}": {error}`;
  const failed = warning(regarding, 'ReplicaSetCreateError', note);
  const create = createFresh(rollout, size, { failed, ...(size > 0 && { done }) });
  const error = env.lastErrors.find(({ change }) => change.type === 'create');
  const happening: Happening = {
    estimatesProgress: true,
    creates: { name, size },
    failed: error && { name, message: error.message },
  };
  return { changes: [create], happening };
}

/**
 * The annotation by which the Deployment tells the revision of its newest ReplicaSet, where it
 * lacks it.
 */
function missingRevision(rollout: Rollout, { creates, failed }: Happening) {
  const { fresh, deployment } = rollout;
  if (fresh === undefined && (creates === undefined || failed !== undefined)) return undefined;
  const revision = Math.max(fresh === undefined ? 0 : revisionOf(fresh), nextRevision(rollout));
  if (annotatedNumber(deployment, ANNOTATION.revision) === revision) return undefined;
  return { [ANNOTATION.revision]: `${revision}` };
}

/**
 * The writes that give ReplicaSets new sizes, each with its event: of those that were seen alone, as
 * a size that was decided on an old view is wrong.
 */
function scalings(rollout: Rollout, sizes: Sizes): readonly Change[] {
  const regarding = referenceTo(DEPLOYMENT, rollout.deployment);
  const annotations = sizeAnnotations(rollout);
  // What the same plan has just written has another resourceVersion.
  const updated = updateFresh(rollout).length > 0 ? rollout.fresh : undefined;
  const changes: Change[] = [];
  for (const [set, size] of sizes) {
    const from = sizeOf(set);
    const has = set.metadata.annotations ?? {};
    const isNoted = Object.keys(annotations).every((name) => has[name] === annotations[name]);
    if (from === size && isNoted) continue;
    const way = from < size ? 'up' : 'down';
    const note = `Scaled ${way} replica set ${set.metadata.name} from ${from} to ${size}`;
    const done = normal(regarding, 'ScalingReplicaSet', note);
    const { resourceVersion } = set.metadata;
    const metadata = { annotations, ...(set !== updated && { resourceVersion }) };
    const patch = { metadata, ...(from !== size && { spec: { replicas: size } }) };
    const records = from === size ? undefined : { done };
    changes.push(mergePatch(SETS, set, patch, records));
  }
  return changes;
}

/** True while a pod of an old template may still run, also one that is terminating. */
function hasOldPods({ old }: Rollout, view: View): boolean {
  return old.some(
    (set) =>
      (set.status?.replicas ?? 0) > 0 ||
      view.ownedBy('core/pods', set.metadata.uid).some((pod) => !isPodTerminal(pod)),
  );
}

/** Deletes old ReplicaSets without pods beyond `revisionHistoryLimit`, lowest revision first. */
function cleanup({ deployment, old }: Rollout): readonly Change[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? INT32_MAX;
  const alive = old.filter((set) => set.metadata.deletionTimestamp === undefined);
  if (limit === INT32_MAX || alive.length <= limit) return [];
  return [...alive]
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, alive.length - limit)
    .filter(isUnused)
    .map((set) => deletion(SETS, set));
}

function isUnused(set: Stored<ReplicaSet>): boolean {
  return (
    sizeOf(set) === 0 &&
    (set.status?.replicas ?? 0) === 0 &&
    (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0)
  );
}
