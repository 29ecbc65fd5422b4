/**
 * Makes the scheduler's bindings: many at a time, bounded, in the order they were asked for. Never
 * retries one.
 */
import { bindingOf } from '../../machines/scheduler/changes.ts';
import type { PodInfo } from '../../machines/scheduler/pod-info.ts';
import { applyChanges } from '../controllers/apply.ts';
import type { Changer, EventRecorder } from '../event-recorder.ts';
import type { Self } from '../host.ts';

/**
 * Bindings under way at the same time; further ones wait, as many as there are pods without a node.
 */
export const BINDINGS_MAX = 64;

/** See the top of this file. */
export class Bindings {
  readonly #client: Changer;
  readonly #recorder: EventRecorder;
  #waiting: { readonly pod: PodInfo; readonly node: string; readonly self: Self }[] = [];
  #underWay = 0;

  constructor(client: Changer, recorder: EventRecorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  /** Binds a pod soon; its machine is told `pod.bound` or `bind.failed`. */
  add(pod: PodInfo, node: string, self: Self): void {
    this.#waiting.push({ pod, node, self });
    this.#next();
  }

  /** Drops the bindings that have not begun. */
  clear(): void {
    this.#waiting = [];
  }

  #next(): void {
    while (this.#underWay < BINDINGS_MAX) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (!next.self.alive()) continue;
      this.#underWay++;
      void this.#bind(next.pod, next.node, next.self).finally(() => {
        this.#underWay--;
        this.#next();
      });
    }
  }

  async #bind(pod: PodInfo, node: string, self: Self): Promise<void> {
    const change = bindingOf(pod, node);
    const applied = await applyChanges(this.#client, this.#recorder, [change], self.envelope);
    const failure = applied.failures[0];
    if (failure === undefined) {
      self.tell({ type: 'pod.bound' });
      return;
    }
    const message = `binding rejected: running Bind plugin "DefaultBinder": ${failure.message}`;
    self.tell({ type: 'bind.failed', message } as { type: string });
  }
}
