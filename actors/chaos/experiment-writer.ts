/**
 * Writes one ChaosExperiment: its status, at most once a second and the latest alone, and its finalizer.
 *
 * What must come through is tried again until the API takes it, says that the object is gone, or refuses it for good.
 * Never touches an object of the same name with another uid.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { ChangeResult } from '../../machines/api/change.ts';
import { EXPERIMENTS, HEAL_FINALIZER } from '../../machines/chaos/experiment-status.ts';
import type { ApiClient } from '../api-client.ts';
import type { Clock } from '../clock.ts';
import { pace } from './paced.ts';

export interface WriterOptions {
  readonly client: Pick<ApiClient, 'change' | 'get'>;
  readonly clock: Clock;
  readonly envelope: () => Envelope;
  readonly name: string;
  readonly uid: string;
  /** Pause between updates of the status. */
  readonly statusEveryMs: number;
}

/** A writer of one object. */
export interface ExperimentWriter {
  /** Writes the status soon; a later one takes its place where it still waits. */
  putStatus(status: object): void;
  /** Puts the finalizer on the object; gives the event that says how that went. */
  addFinalizer(cause: Envelope): Promise<{ readonly type: string; readonly message?: string }>;
  removeFinalizer(cause: Envelope): Promise<void>;
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>;
  /** Tries nothing again. */
  close(): void;
}

/** Pause between updates of a status where nobody says. */
export const STATUS_EVERY_MS = 1_000;
/** Pause before a finalizer is tried again: its object was changed, or the API was away. */
const AGAIN_MS = 50;

/** Makes the writer of one object. */
export function writeExperiment({
  client,
  clock,
  envelope,
  name,
  uid,
  statusEveryMs,
}: WriterOptions): ExperimentWriter {
  const key = { resource: EXPERIMENTS, namespace: '', name };
  const patchOf = (patch: object) =>
    ({ type: 'patch', key, strategy: 'merge', patch: { ...patch } }) as const;
  let closed = false;
  /** Changes of finalizers, one after the other. */
  let last: Promise<unknown> = Promise.resolve();
  const status = pace<object>(clock, statusEveryMs, async (latest) => {
    const patch = patchOf({ metadata: { uid }, status: latest });
    const result = await client.change({ ...patch, subresource: 'status' }, envelope());
    return result.ok || isForGood(result);
  });

  /** One try: 'done', why not for good, or undefined where it is to be tried again. */
  async function trySet(wanted: boolean, cause: Envelope): Promise<Refusal | 'done' | undefined> {
    const got = await client.get(EXPERIMENTS, '', name, cause);
    if (!got.ok) return isForGood(got) ? got : undefined;
    const { metadata } = got.object;
    if (metadata?.uid !== uid) return { ok: false, code: 404, reason: 'NotFound', message: '' };
    const { finalizers: has = [], resourceVersion } = metadata;
    if (has.includes(HEAL_FINALIZER) === wanted) return 'done';
    const others = has.filter((one) => one !== HEAL_FINALIZER);
    const finalizers = wanted ? [...others, HEAL_FINALIZER] : others;
    const patch = patchOf({ metadata: { uid, resourceVersion, finalizers } });
    const result = await client.change(patch, cause);
    if (result.ok) return 'done';
    return isForGood(result) && result.code !== 409 ? result : undefined;
  }

  function set(wanted: boolean, cause: Envelope): Promise<Refusal | 'done' | undefined> {
    const result = last.then(async () => {
      for (;;) {
        const outcome = await trySet(wanted, cause);
        if (outcome !== undefined || closed) return outcome;
        await new Promise<void>((go) => void clock.at(clock.nowMs() + AGAIN_MS, go));
      }
    });
    last = result;
    return result;
  }

  return {
    putStatus: status.put,
    async addFinalizer(cause) {
      const outcome = await set(true, cause);
      if (outcome === 'done') return { type: 'finalizer.added' };
      return { type: 'finalizer.refused', message: outcome?.message ?? 'the cluster is ending' };
    },
    async removeFinalizer(cause) {
      await set(false, cause);
    },
    idle: () => Promise.all([status.idle(), last]).then(() => {}),
    close() {
      closed = true;
      status.close();
    },
  };
}

type Refusal = Extract<ChangeResult, { readonly ok: false }>;

/** The API would answer the same again. */
const isForGood = ({ code }: Refusal): boolean =>
  code >= 400 && code < 500 && code !== 408 && code !== 429;
