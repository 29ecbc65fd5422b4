/**
 * Follows a replica for as long as the process wants: everything there is at the start, then every
 * change, and the same again after a hole in the log. For actors that hold what they have seen
 * (machines, caches, queues).
 */

import type { Replica, ReplicaEvent, ReplicaWatch } from '../bus/store/replica.ts';
import type { Clock } from './clock.ts';

/** How long a replica that lost its history is given to load anew before it is asked again. */
const RELOAD_MS = 20;

export interface Follower<T> {
  /**
   * Called at the start and after every hole: what was known may be stale, read everything anew.
   */
  onStart(): void;
  onEvent(event: ReplicaEvent<T>): void;
}

/**
 * Follows the keys below a prefix; the replica must be ready. `onStart` is called before this
 * returns.
 */
export function follow<T>(
  replica: Replica<T>,
  prefix: string,
  clock: Clock,
  follower: Follower<T>,
): ReplicaWatch {
  let watch: ReplicaWatch | undefined;
  let cancel: (() => void) | undefined;
  let closed = false;

  function begin(): void {
    if (closed) return;
    const result = replica.watch(prefix, replica.revision, {
      onEvent: (event) => follower.onEvent(event),
      onReset: begin,
    });
    if (typeof result === 'string') {
      cancel = clock.at(clock.nowMs() + RELOAD_MS, begin);
      return;
    }
    watch = result;
    follower.onStart();
  }

  begin();
  return {
    close() {
      closed = true;
      cancel?.();
      watch?.close();
    },
  };
}
