/**
 * The one who uses the simulated cluster: applies, scales, rolls out and deletes, each until it is done, and reads now
 * and then to see that what was acknowledged is there. Work on one object happens in order.
 */
import { allServed } from '../../machines/api/resources.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { ObjectRef, WorkloadStep } from '../../machines/chaos/scenario.ts';
import type { ApiClient } from '../api-client.ts';
import type { Untimed } from './recorder.ts';
import { ADMIN_USER, clientOf } from './roles.ts';
import type { Running } from './sim-process.ts';

/** Pause before what failed is tried again. */
const AGAIN_MS = 500;
/** How often something that was made is read. */
const READ_EVERY_MS = 2_000;

/** What the user tells of its work. */
export interface UserListener {
  observe(observation: Untimed): void;
  /** A step was done; `refused`: for good, with the reason. */
  onWork(text: string, refused: boolean): void;
}

/** See the file comment. */
export class SimUser {
  /** Steps that have begun and are not done. */
  pending = 0;
  readonly #running: Running;
  readonly #client: ApiClient;
  readonly #listener: UserListener;
  readonly #draw: () => number;
  /** The last work on each object; the next waits for it. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #known: ObjectRef[] = [];
  #reads = 0;
  #reading = true;

  constructor(running: Running, draw: () => number, listener: UserListener) {
    this.#running = running;
    this.#client = clientOf(running, ADMIN_USER);
    this.#listener = listener;
    this.#draw = draw;
    this.#readLater();
  }

  /** Carries out a step, now and until it is done. */
  begin(step: WorkloadStep): void {
    const ref = step.do === 'apply' ? refOf(step.object) : step.ref;
    const id = `${ref.resource}/${ref.namespace}/${ref.name}`;
    this.pending += 1;
    const after = this.#last.get(id) ?? Promise.resolve();
    const work = after.then(() => this.#insist(step, ref, id));
    this.#last.set(id, work);
    if (step.do === 'apply') this.#known.push(ref);
  }

  /** No more reads. */
  rest(): void {
    this.#reading = false;
  }

  async #insist(step: WorkloadStep, ref: ObjectRef, id: string): Promise<void> {
    const text = `${step.do} ${id}`;
    for (;;) {
      const { code, message } = await this.#attempt(step, ref);
      const over = code < 300 || isDone(step, code);
      if (over || (code >= 400 && code < 500 && !isPassing(code))) {
        this.pending -= 1;
        this.#listener.onWork(over ? text : `${text} was refused: ${message}`, !over);
        return;
      }
      await this.#pause(AGAIN_MS);
    }
  }

  async #attempt(
    step: WorkloadStep,
    ref: ObjectRef,
  ): Promise<{ readonly code: number; readonly message: string }> {
    const envelope = this.#running.host.envelope(ADMIN_USER);
    const result = await this.#client.change(changeOf(step, ref), envelope);
    if (!result.ok) return result;
    return { code: 200, message: '' };
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#running;
    return new Promise((resolve) => clock.at(clock.nowMs() + ms, resolve));
  }

  #readLater(): void {
    void this.#pause(READ_EVERY_MS).then(async () => {
      if (!this.#reading) return;
      const ref = this.#known[Math.floor(this.#draw() * this.#known.length)];
      if (ref !== undefined) await this.#read(ref);
      this.#readLater();
    });
  }

  async #read({ resource, namespace, name }: ObjectRef): Promise<void> {
    const op = `user/${++this.#reads}`;
    const key = `${resource}/${namespace === '' ? '_' : namespace}/${name}`;
    this.#listener.observe({ type: 'read.begun', op, process: 'user', key });
    const found = await this.#client.get(resource, namespace, name);
    const missing = !found.ok && found.code === 404;
    const revision = found.ok ? Number(found.object.metadata?.resourceVersion) : 0;
    this.#listener.observe({ type: 'read.ended', op, ok: found.ok || missing, revision });
  }
}

/** Answers after which nothing is left to do: it was done by an attempt whose answer was lost. */
export function isDone(step: WorkloadStep, code: number): boolean {
  if (step.do === 'apply') return code === 409;
  return code === 404;
}

/** Refusals that may go by: a namespace or an account that is about to be made, a conflict, too much at once. */
export function isPassing(code: number): boolean {
  return [403, 404, 409, 429].includes(code);
}

/** The change that a step is. */
export function changeOf(step: WorkloadStep, ref: ObjectRef) {
  const key = ref;
  switch (step.do) {
    case 'apply': {
      const { resource, namespace } = ref;
      return { type: 'create', resource, namespace, object: step.object } as const;
    }
    case 'scale':
      return {
        ...({ type: 'patch', key, strategy: 'merge' } as const),
        patch: { spec: { replicas: step.replicas } },
      };
    case 'rollout': {
      const containers = [{ name: 'main', image: step.image }];
      return {
        ...({ type: 'patch', key, strategy: 'strategic' } as const),
        patch: { spec: { template: { spec: { containers } } } },
      };
    }
    case 'delete':
      return { type: 'delete', key, propagation: 'Background' } as const;
  }
}

/** The resource of an object as the store names it. */
export function refOf({ apiVersion = '', kind, metadata }: AnyObject): ObjectRef {
  for (const served of allServed()) {
    if (served.kind !== kind || served.apiVersion !== apiVersion) continue;
    const namespace = served.namespaced ? (metadata?.namespace ?? 'default') : '';
    return { resource: served.storage, namespace, name: metadata?.name ?? '' };
  }
  throw new Error(`${apiVersion} ${kind} is not served`);
}
