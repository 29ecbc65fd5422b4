/**
 * A stand-in for scheduler and kubelets in tests of plans: pods get a node, run, become ready, end
 * when deleted. Does one thing to one pod at a time, so that a test can choose the order.
 */
import type { Pod } from '../../../machines/api/types.ts';
import type { AnyObject, Stored } from '../../../machines/api/view.ts';
import { isPodActive, isPodReady } from '../../../machines/controllers/pods.ts';
import type { World } from '../view.ts';

export type TestPod = Stored<Pod & AnyObject>;

/** All pods, by name. */
export function podsOf(world: World): TestPod[] {
  return world.all<Pod & AnyObject>('core/pods');
}

function edit(world: World, pod: TestPod, change: (pod: Pod & AnyObject) => object): void {
  const { namespace = '', name } = pod.metadata as { namespace?: string; name: string };
  world.edit<Pod & AnyObject>('core/pods', namespace, name, change);
}

/** Binds, runs and readies an active pod. */
export function makeReady(world: World, pod: TestPod, node = 'node-1'): void {
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: world.time() };
  edit(world, pod, (old) => ({
    ...old,
    spec: { ...old.spec, nodeName: old.spec?.nodeName ?? node },
    status: { ...old.status, phase: 'Running', conditions: [ready] },
  }));
}

/** Makes a running pod not ready. */
export function makeUnready(world: World, pod: TestPod): void {
  const ready = { type: 'Ready', status: 'False', lastTransitionTime: world.time() };
  edit(world, pod, (old) => ({ ...old, status: { ...old.status, conditions: [ready] } }));
}

/** Ends a pod. `exitCode` is that of its one container. */
export function end(
  world: World,
  pod: TestPod,
  phase: 'Succeeded' | 'Failed',
  over: object = {},
  exitCode = phase === 'Succeeded' ? 0 : 1,
): void {
  const terminated = { exitCode, finishedAt: world.time() };
  const container = pod.spec?.containers[0]?.name ?? 'c';
  const status = { name: container, state: { terminated }, ready: false, restartCount: 0 };
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: world.time() };
  edit(world, pod, (old) => ({
    ...old,
    status: {
      ...old.status,
      phase,
      conditions: [condition],
      containerStatuses: [status],
      ...over,
    },
  }));
}

/** Does the next thing to a pod that has something left to happen; false where there is nothing. */
export function advance(world: World, pod: TestPod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) {
    const { namespace = '', name } = pod.metadata as { namespace?: string; name: string };
    if ((pod.metadata.finalizers ?? []).length === 0) world.remove('core/pods', namespace, name);
    else if (isEnded(pod)) return false;
    else end(world, pod, 'Failed');
    return true;
  }
  if (!isPodActive(pod) || isPodReady(pod)) return false;
  makeReady(world, pod);
  return true;
}

function isEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Lets every pod go as far as it can. */
export function advanceAll(world: World): void {
  while (podsOf(world).filter((pod) => advance(world, pod)).length > 0);
}
