/**
 * The queue of pods ready to be scheduled: highest priority first, then the longest waiting. Holds
 * keys only; bounded by the number of pods without a node. Never holds a key twice.
 */
import TinyQueue from 'tinyqueue';

interface Item {
  readonly key: string;
  readonly priority: number;
  readonly order: number;
}

/** See the top of this file. */
export class SchedulingQueue {
  #heap = new TinyQueue<Item>([], (a, b) => b.priority - a.priority || a.order - b.order);
  readonly #live = new Map<string, Item>();
  #order = 0;

  get size(): number {
    return this.#live.size;
  }

  add(key: string, priority: number): void {
    if (this.#live.has(key)) return;
    const item = { key, priority, order: this.#order++ };
    this.#live.set(key, item);
    this.#heap.push(item);
  }

  /** Takes the first key out. */
  take(): string | undefined {
    for (;;) {
      const item = this.#heap.pop();
      if (item === undefined) return undefined;
      if (this.#live.get(item.key) !== item) continue;
      this.#live.delete(item.key);
      return item.key;
    }
  }

  remove(key: string): void {
    this.#live.delete(key);
  }

  clear(): void {
    this.#live.clear();
    this.#heap = new TinyQueue<Item>([], (a, b) => b.priority - a.priority || a.order - b.order);
  }
}
