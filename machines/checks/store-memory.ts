/**
 * What the rules of the store remember: maps that forget their oldest entry at a bound, and the
 * writes that were begun.
 *
 * Never grows with the length of a run. What is forgotten is not checked any more; the bounds are
 * far above what is under way at a time.
 */
import type { Committed, Observation, WriteBegun } from '../chaos/observation.ts';

/**
 * Writes begun that are remembered until they are answered; of crashed processes no answer comes.
 */
export const WRITES_REMEMBERED_MAX = 20_000;

/**
 * A map that forgets what was neither put nor asked for longest. It keeps two generations and drops
 * the older one as a whole, so that it holds the last `sizeMax / 2` entries at least and `sizeMax`
 * at most.
 */
export class BoundedMap<K, V> {
  readonly #generationMax: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(sizeMax: number) {
    this.#generationMax = Math.ceil(sizeMax / 2);
  }

  get(key: K): V | undefined {
    const found = this.#young.get(key);
    if (found !== undefined || this.#old.size === 0) return found;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#generationMax) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  keys(): K[] {
    return [...this.#old.keys(), ...this.#young.keys()];
  }
}

/** One write that was begun, found by its operation and by the message it went out with. */
export type Begun = WriteBegun & { readonly atMs: number };

/** One key of a write. */
export type Asked = WriteBegun['writes'][number];

/** The writes begun; `unknown` ones stay, since they may be stored late. */
export class BegunWrites {
  readonly #byMessage = new BoundedMap<string, Begun>(WRITES_REMEMBERED_MAX);
  readonly #byOp = new BoundedMap<string, Begun>(WRITES_REMEMBERED_MAX);

  /** Takes `write.begun` and nothing else. */
  take(observation: Observation): void {
    if (observation.type !== 'write.begun') return;
    this.#byMessage.set(observation.messageId, observation);
    this.#byOp.set(observation.op, observation);
  }

  /** The write a committed change belongs to, where it was seen to begin. */
  of(committed: Committed): Begun | undefined {
    return committed.messageId === undefined ? undefined : this.#byMessage.get(committed.messageId);
  }

  /** The write that was just answered; it cannot be answered again. */
  ended(op: string): Begun | undefined {
    const begun = this.#byOp.get(op);
    this.#byOp.delete(op);
    return begun;
  }

  /** Forgets a write that no change can come of any more. */
  forget({ messageId }: Begun): void {
    this.#byMessage.delete(messageId);
  }
}

/** `17`, or `nothing` where a key does not exist. */
export function renderRevision(revision: number): string {
  return revision === 0 ? 'nothing' : `revision ${revision}`;
}
