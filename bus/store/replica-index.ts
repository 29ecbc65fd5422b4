/**
 * One index of a replica: index key -> entries, in key order.
 *
 * Arrays that were handed out are never changed: the next change copies.
 */
import { isBelow } from './keys.ts';
import type { ReplicaEntry } from './replica.ts';

interface Bucket<T> {
  entries: ReplicaEntry<T>[];
  handedOut: boolean;
}

/** An index over the values below a prefix; the owner tells it of every change. */
export class ReplicaIndex<T> {
  readonly #prefix: string;
  readonly #keysOf: (value: T) => readonly string[];
  readonly #buckets = new Map<string, Bucket<T>>();
  readonly #keysByEntry = new Map<string, readonly string[]>();

  constructor(prefix: string, keysOf: (value: T) => readonly string[]) {
    this.#prefix = prefix;
    this.#keysOf = keysOf;
  }

  clear(): void {
    this.#buckets.clear();
    this.#keysByEntry.clear();
  }

  set(entry: ReplicaEntry<T>): void {
    if (!isBelow(entry.key, this.#prefix)) return;
    const before = this.#keysByEntry.get(entry.key) ?? [];
    const after = this.#keysOf(entry.value);
    for (const indexKey of before) if (!after.includes(indexKey)) this.#drop(indexKey, entry.key);
    for (const indexKey of new Set(after)) this.#put(indexKey, entry);
    if (after.length > 0) this.#keysByEntry.set(entry.key, after);
    else this.#keysByEntry.delete(entry.key);
  }

  delete(key: string): void {
    for (const indexKey of new Set(this.#keysByEntry.get(key))) this.#drop(indexKey, key);
    this.#keysByEntry.delete(key);
  }

  get(indexKey: string): readonly ReplicaEntry<T>[] {
    const bucket = this.#buckets.get(indexKey);
    if (bucket === undefined) return [];
    bucket.handedOut = true;
    return bucket.entries;
  }

  #put(indexKey: string, entry: ReplicaEntry<T>): void {
    const bucket = this.#writable(indexKey);
    const at = positionOf(bucket.entries, entry.key);
    const replaces = bucket.entries[at]?.key === entry.key;
    if (replaces) bucket.entries[at] = entry;
    else bucket.entries.splice(at, 0, entry);
  }

  #drop(indexKey: string, key: string): void {
    const bucket = this.#writable(indexKey);
    const at = positionOf(bucket.entries, key);
    if (bucket.entries[at]?.key === key) bucket.entries.splice(at, 1);
    if (bucket.entries.length === 0) this.#buckets.delete(indexKey);
  }

  #writable(indexKey: string): Bucket<T> {
    let bucket = this.#buckets.get(indexKey);
    if (bucket === undefined) {
      bucket = { entries: [], handedOut: false };
      this.#buckets.set(indexKey, bucket);
    }
    if (bucket.handedOut) {
      bucket.entries = bucket.entries.slice();
      bucket.handedOut = false;
    }
    return bucket;
  }
}

/** The position of the first entry whose key is not less than `key`. */
function positionOf<T>(entries: readonly ReplicaEntry<T>[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
