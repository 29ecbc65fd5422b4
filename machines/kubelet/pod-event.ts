/**
 * The events of a pod's machine: what the API, the runtime and the clock tell it.
 */
import type { Pod } from '../api/types.ts';
import type { Timed, TimerFired } from '../effect.ts';
import type { ContainerEvent } from './container.ts';
import type { ProbeName } from './effect.ts';

/** Events of one container reach its pod with the container's name. */
type OfContainer<E> = E extends unknown
  ? Omit<E, 'restart'> & { readonly container: string }
  : never;

export type PodEvent =
  | (Timed &
      (
        | { readonly type: 'pod.updated'; readonly pod: Pod }
        /** The object is gone from the API. */
        | { readonly type: 'pod.removed' }
        | { readonly type: 'pod.prepared'; readonly id: string; readonly ips: readonly string[] }
        /** `reason` is the event's: FailedMount or FailedCreatePodSandBox. */
        | { readonly type: 'pod.prepareFailed'; readonly reason: string; readonly message: string }
        | { readonly type: 'pod.tornDown' }
        /** The node needs what the pod uses; `message` says what. */
        | { readonly type: 'pod.evicted'; readonly message: string }
        | {
            readonly type: 'change.settled';
            readonly what: 'status' | 'delete';
            readonly ok: boolean;
            readonly reason: string;
            readonly revision: number;
          }
        | {
            readonly type: 'probe.result';
            readonly container: string;
            readonly id: string;
            readonly probe: ProbeName;
            readonly run: number;
            readonly outcome: 'success' | 'failure' | 'error';
            readonly output: string;
          }
        /** The node ends: stop, but leave the object for a later start. */
        | { readonly type: 'node.stopping'; readonly graceMs: number }
      ))
  | OfContainer<
      Extract<
        ContainerEvent,
        { type: `image.${string}` | 'container.started' | 'container.startFailed' | 'hook.done' }
      >
    >
  | OfContainer<Extract<ContainerEvent, { type: 'container.exited' }>>
  | TimerFired;
