/** What all workloads have in common: pods of their own, and a controller that has seen them or not. Pure. */
import type { Deployment, Pod } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { controllerOf } from '../../controllers/ownership.ts';
import { isPodActive } from '../../controllers/pods.ts';
import { controllerText, type Situation, type Waiting } from './situation.ts';

/** A workload as all of them have it. */
export interface Workload {
  readonly status?: { readonly observedGeneration?: number | undefined } | undefined;
}

/** What a controller has not seen yet of its object. */
export function unseenWait(
  object: Stored<Workload>,
  controller: string,
  s: Situation,
): readonly Waiting[] {
  const { generation } = object.metadata as Stored<Deployment>['metadata'];
  const seen = object.status?.observedGeneration ?? 0;
  if (generation === undefined || seen >= generation) return [];
  const says = `its controller has seen generation ${seen}, and it has generation ${generation}`;
  return [{ says, on: controllerText(s, controller, object) }];
}

/** Active pods that an object controls. */
export function ownPods({ metadata }: Stored<object>, s: Situation): readonly Stored<Pod>[] {
  const { namespace, uid } = metadata as Stored<Pod>['metadata'];
  return s.objects
    .list('core/pods', namespace)
    .filter((pod) => isPodActive(pod) && controllerOf(pod)?.uid === uid);
}

/** Every pod that an object owns, also those that have ended or are being deleted. */
export function everyPod({ metadata }: Stored<object>, s: Situation): readonly Stored<Pod>[] {
  const { namespace, uid } = metadata as Stored<Pod>['metadata'];
  return s.objects
    .list('core/pods', namespace)
    .filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true);
}
