/**
 * Entries in key order, with copies that cost nothing until one of them changes.
 *
 * A B+ tree (sorted-btree): a clone shares all nodes, and a write copies the few on its path.
 */
import sortedBtree from 'sorted-btree';
import { isBelow } from './keys.ts';
import type { ReplicaEntry } from './replica.ts';

// The package is CommonJS: Node hands over its exports, bundlers and test runners their default.
const BTree: typeof sortedBtree.default =
  'default' in sortedBtree ? sortedBtree.default : (sortedBtree as never);
type Tree<T> = InstanceType<typeof BTree<string, ReplicaEntry<T>>>;

/** The first key that follows every key below a prefix: `/` is 0x2F and `0` is 0x30. */
const endOf = (prefix: string) => `${prefix}0`;

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A sorted map of entries by key. */
export class SortedEntries<T> {
  readonly #tree: Tree<T>;

  constructor(tree: Tree<T> = new BTree<string, ReplicaEntry<T>>(undefined, compareKeys)) {
    this.#tree = tree;
  }

  /** Entries given in any order. */
  static of<T>(entries: ReplicaEntry<T>[]): SortedEntries<T> {
    const sorted = new SortedEntries<T>();
    for (const entry of entries.sort((a, b) => compareKeys(a.key, b.key))) sorted.set(entry);
    return sorted;
  }

  get(key: string): ReplicaEntry<T> | undefined {
    return this.#tree.get(key);
  }

  set(entry: ReplicaEntry<T>): void {
    this.#tree.set(entry.key, entry);
  }

  delete(key: string): void {
    this.#tree.delete(key);
  }

  /** An independent copy; O(1). */
  clone(): SortedEntries<T> {
    return new SortedEntries(this.#tree.clone());
  }

  /** Entries below a prefix in key order, the entry named like the prefix first, after a key where given. */
  *below(prefix: string, afterKey?: string): IterableIterator<ReplicaEntry<T>> {
    const self = prefix === '' ? undefined : this.#tree.get(prefix);
    if (self !== undefined && (afterKey === undefined || afterKey < prefix)) yield self;
    const reused: (string | ReplicaEntry<T>)[] = [];
    for (const pair of this.#tree.entries(startOf(prefix, afterKey), reused)) {
      const entry = pair[1];
      if (!isBelow(entry.key, prefix)) return;
      if (entry.key !== afterKey) yield entry;
    }
  }

  /** How many entries `below` would give. */
  count(prefix: string, afterKey?: string): number {
    if (prefix === '' && afterKey === undefined) return this.#tree.size;
    const low = startOf(prefix, afterKey);
    const high = prefix === '' ? (this.#tree.maxKey() ?? '') : endOf(prefix);
    let count = low > high ? 0 : this.#tree.forRange(low, high, prefix === '', undefined);
    if (
      prefix !== '' &&
      this.#tree.has(prefix) &&
      !(afterKey !== undefined && afterKey >= prefix)
    ) {
      count += 1;
    }
    return afterKey !== undefined && afterKey >= low && this.#inRange(afterKey, prefix)
      ? count - 1
      : count;
  }

  #inRange(key: string, prefix: string): boolean {
    return key !== prefix && isBelow(key, prefix) && this.#tree.has(key);
  }
}

function startOf(prefix: string, afterKey: string | undefined): string {
  const start = prefix === '' ? '' : `${prefix}/`;
  return afterKey !== undefined && afterKey > start ? afterKey : start;
}
