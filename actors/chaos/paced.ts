/**
 * Writes the latest of what is put, at most so often and one at a time, until it is taken: what is put meanwhile
 * replaces what waits. Holds one value, never a queue.
 */
import type { Clock } from '../clock.ts';

/** A writer of the latest value. */
export interface Paced<T> {
  put(value: T): void;
  /** Resolves when nothing waits and nothing is being written. */
  idle(): Promise<void>;
  /** Drops what waits. */
  close(): void;
}

/** Paces a writer, which resolves false where the same is to be tried again after the pause. */
export function pace<T>(
  clock: Clock,
  everyMs: number,
  write: (value: T) => Promise<boolean>,
): Paced<T> {
  let waiting: { readonly value: T } | undefined;
  let busy = false;
  let dueMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let closed = false;
  let idle: (() => void)[] = [];

  function next(): void {
    cancel = undefined;
    if (waiting === undefined || closed) {
      for (const tell of idle.splice(0)) tell();
      return;
    }
    if (busy) return;
    const nowMs = clock.nowMs();
    if (nowMs < dueMs) {
      cancel = clock.at(dueMs, next);
      return;
    }
    void send(waiting);
  }

  async function send(one: { readonly value: T }): Promise<void> {
    waiting = undefined;
    busy = true;
    dueMs = clock.nowMs() + everyMs;
    const taken = await write(one.value).catch(() => false);
    busy = false;
    if (!taken) waiting ??= one;
    next();
  }

  return {
    put(value) {
      waiting = { value };
      if (!busy && cancel === undefined) next();
    },
    idle: () =>
      waiting === undefined && !busy
        ? Promise.resolve()
        : new Promise((resolve) => {
            idle = [...idle, resolve];
          }),
    close() {
      closed = true;
      waiting = undefined;
      cancel?.();
      next();
    },
  };
}
