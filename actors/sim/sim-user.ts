/**
 * The one who uses the simulated cluster: applies, scales, rolls out and deletes, each until it is done, and reads now
 * and then to see that what was acknowledged is there. Work on one object happens in order.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { Change } from '../../machines/api/change.ts';
import { allServed } from '../../machines/api/resources.ts';
import type { PodTemplateSpec } from '../../machines/api/types.ts';
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

  #attempt(step: WorkloadStep, ref: ObjectRef): Promise<Attempt> {
    const envelope = this.#running.host.envelope(ADMIN_USER);
    return carryOut(this.#client, step, ref, envelope);
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

/** What came of one attempt at a step. */
export interface Attempt {
  /** As HTTP's; 200 where it was done. */
  readonly code: number;
  readonly message: string;
}

/** Tries a step once. */
export async function carryOut(
  client: Pick<ApiClient, 'change' | 'get'>,
  step: WorkloadStep,
  ref: ObjectRef,
  envelope: Envelope,
): Promise<Attempt> {
  let change: Change;
  if (step.do === 'rollout') {
    const found = await client.get(ref.resource, ref.namespace, ref.name, envelope);
    if (!found.ok) return found;
    change = rolloutOf(found.object, ref, step.image);
  } else change = changeOf(step, ref);
  const result = await client.change(change, envelope);
  return result.ok ? { code: 200, message: '' } : result;
}

function changeOf(step: Exclude<WorkloadStep, { do: 'rollout' }>, ref: ObjectRef): Change {
  switch (step.do) {
    case 'apply': {
      const { resource, namespace } = ref;
      return { type: 'create', resource, namespace, object: step.object };
    }
    case 'scale':
      return {
        ...({ type: 'patch', key: ref, strategy: 'merge' } as const),
        patch: { spec: { replicas: step.replicas } },
      };
    case 'delete':
      return { type: 'delete', key: ref, propagation: 'Background' };
  }
}

/** A new image for the first container of the template, as `kubectl set image` makes it. */
function rolloutOf(object: AnyObject, key: ObjectRef, image: string): Change {
  const { template } = object.spec as { readonly template: PodTemplateSpec };
  const name = template.spec?.containers[0]?.name ?? '';
  const patch = { spec: { template: { spec: { containers: [{ name, image }] } } } };
  return { type: 'patch', key, strategy: 'strategic', patch };
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
