/**
 * The one who uses a live cluster during a run: applies, scales, rolls out and deletes, each until it is done; work on
 * one object in order. At the end removes what it made itself, and nothing else.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { Container, PodSpec } from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { ObjectRef, WorkloadStep } from '../../machines/chaos/scenario.ts';
import type { ApiClient } from '../api-client.ts';
import type { Clock } from '../clock.ts';
import { canRun } from '../kubelet/process/images.ts';
import { carryOut, isDone, isPassing, refOf } from '../sim/sim-user.ts';

export interface LiveUserOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly envelope: () => Envelope;
  /** Nodes run containers as processes of the host: images they cannot run are stood in for. */
  readonly real: boolean;
  /** A step was done; `refused`: for good, with the reason. */
  readonly onWork: (text: string, refused: boolean) => void;
}

/** Pause before what failed is tried again. */
const AGAIN_MS = 500;

/** See the file comment. */
export class LiveUser {
  /** Steps that have begun and are not done. */
  pending = 0;
  readonly #options: LiveUserOptions;
  /** The last work on each object; the next waits for it. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #made = new Map<string, ObjectRef>();
  #ended = false;

  constructor(options: LiveUserOptions) {
    this.#options = options;
  }

  /** Carries out a step, now and until it is done. */
  begin(given: WorkloadStep): void {
    const step = this.#options.real ? runnable(given) : given;
    const ref = step.do === 'apply' ? refOf(step.object) : step.ref;
    const id = `${ref.resource}/${ref.namespace}/${ref.name}`;
    this.pending += 1;
    const work = (this.#last.get(id) ?? Promise.resolve()).then(() => this.#insist(step, ref, id));
    this.#last.set(id, work);
  }

  /** Deletes what was made here; namespaces last. Tries once: whoever cannot be asked now will not be. */
  async removeAll(): Promise<void> {
    const { client, envelope } = this.#options;
    const refs = [...this.#made.values()];
    const last = (ref: ObjectRef): boolean => ref.resource === 'core/namespaces';
    for (const ref of [...refs.filter((ref) => !last(ref)), ...refs.filter(last)]) {
      await client.change({ type: 'delete', key: ref, propagation: 'Background' }, envelope());
    }
  }

  /** Tries nothing again. */
  end(): void {
    this.#ended = true;
  }

  async #insist(step: WorkloadStep, ref: ObjectRef, id: string): Promise<void> {
    const { client, clock, envelope, onWork } = this.#options;
    const text = `${step.do} ${id}`;
    while (!this.#ended) {
      const { code, message } = await carryOut(client, step, ref, envelope());
      if (code < 300 && step.do === 'apply') this.#made.set(id, ref);
      const over = code < 300 || isDone(step, code);
      if (over || (code >= 400 && code < 500 && !isPassing(code))) {
        this.pending -= 1;
        onWork(over ? text : `${text} was refused: ${message}`, !over);
        return;
      }
      await new Promise<void>((resolve) => void clock.at(clock.nowMs() + AGAIN_MS, resolve));
    }
  }
}

/** The same step with images that nodes without a container runtime can run. */
function runnable(step: WorkloadStep): WorkloadStep {
  if (step.do === 'rollout' && !canRun({ name: '', image: step.image })) {
    return { ...step, image: standIn(step.image) };
  }
  if (step.do !== 'apply') return step;
  return { ...step, object: withRunnablePods(step.object) as AnyObject };
}

const standIn = (image: string): string => `echo:${image.split(':')[1] ?? '1'}`;

function withRunnablePods(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withRunnablePods);
  if (typeof value !== 'object' || value === null) return value;
  const ends = ['Never', 'OnFailure'].includes((value as PodSpec).restartPolicy ?? '');
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const containers = name === 'containers' || name === 'initContainers';
      if (!containers || !Array.isArray(inner)) return [name, withRunnablePods(inner)];
      const short = ends || name === 'initContainers';
      return [name, inner.map((one: Container) => runnableContainer(one, short))];
    }),
  );
}

function runnableContainer(container: Container, ends: boolean): Container {
  if (canRun(container)) return container;
  if (ends) return { ...container, command: ['sleep', '1'] };
  return { ...container, image: standIn(container.image ?? '') };
}
