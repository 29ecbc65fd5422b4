/**
 * The way from one process to the store: latency, cuts, and the end of the process. What is on its way when the
 * process dies still arrives at the store; its answer does not arrive at all.
 */
import {
  type Following,
  type LogSink,
  type Store,
  type StoredEntry,
  StoreUnavailable,
  type WriteResult,
} from '../../bus/store/store.ts';
import type { EventQueue, Life } from './event-queue.ts';
import { type Network, STORE } from './network.ts';

/** A question that no answer came to is given up after this, as the JetStream store does. */
const ANSWER_MS = 5_000;
/** A write is on disk after this long. */
const SYNC_MIN_MS = 0.3;
const SYNC_MAX_MS = 3;

export interface StoreLinkOptions {
  readonly store: Store;
  readonly process: string;
  readonly life: Life;
  readonly queue: EventQueue;
  readonly network: Network;
  /** Draws from min up to max. */
  readonly between: (min: number, max: number) => number;
}

/** A store as one life of one process reaches it. */
export function createStoreLink(options: StoreLinkOptions): Store {
  const { store, process, life, queue, network, between } = options;

  /** Asks over the link; `lost` is the outcome where question or answer are cut off. */
  function ask<T>(question: () => Promise<T>, syncMs: number, lost: () => T | Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: T | Error): void => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const giveUp = queue.at(queue.nowMs + ANSWER_MS, () => settle(lost()), life);
      if (network.isCut(process, STORE)) return;
      queue.at(network.arrivalMs(process, STORE) + syncMs, () => {
        void question().then(
          (answer) => answered(answer),
          (error: Error) => answered(error),
        );
      });
      function answered(outcome: T | Error): void {
        if (network.isCut(STORE, process)) return;
        const atMs = network.arrivalMs(STORE, process);
        queue.at(
          atMs,
          () => {
            giveUp.run = undefined;
            settle(outcome);
          },
          life,
        );
      }
    });
  }

  const unavailable = (): Error => new StoreUnavailable('no answer came from the store');
  const transact: Store['transact'] = (writes, envelope, mayGoOut) => {
    // Asked as it leaves: once it is on its way, nobody can hold it back.
    if (mayGoOut?.() === false) {
      return Promise.resolve({ ok: false, reason: 'conflict', key: writes[0]?.key ?? '' });
    }
    return ask<WriteResult>(
      () => store.transact(writes, envelope),
      between(SYNC_MIN_MS, SYNC_MAX_MS),
      () => ({ ok: false, reason: 'unknown', detail: 'no answer came from the store' }),
    );
  };

  return {
    transact,
    write: (write, envelope) => transact([write], envelope),
    read: (key) => ask<StoredEntry | undefined>(() => store.read(key), 0, unavailable),
    lastRevision: () => ask(() => store.lastRevision(), 0, unavailable),
    follow: (sink, prefixes) => followOver(options, sink, prefixes),
    async close() {},
  };
}

/** A followed log over the link: in order, held back while the link is cut. */
function followOver(
  { store, process, life, queue, network }: StoreLinkOptions,
  sink: LogSink,
  prefixes: readonly string[] | undefined,
): Following {
  let held: (() => void)[] = [];
  let lastMs = 0;
  let closed = false;

  function deliver(tell: () => void): void {
    if (closed) return;
    if (held.length > 0 || network.isCut(STORE, process)) held.push(tell);
    else tell();
  }
  function soon(tell: () => void): void {
    lastMs = Math.max(lastMs, queue.nowMs + network.latencyMs());
    queue.at(lastMs, () => deliver(tell), life);
  }
  const stopHealed = network.onHealed(() => {
    if (!life.alive || network.isCut(STORE, process)) return;
    // What is on its way already comes after what is held back.
    queue.at(queue.nowMs + network.latencyMs(), release, life);
  });
  function release(): void {
    if (closed || network.isCut(STORE, process)) return;
    const telling = held;
    held = [];
    for (const tell of telling) tell();
  }
  const following = store.follow(
    {
      onSnapshot: (entries, revision) => soon(() => sink.onSnapshot(entries, revision)),
      onEvent: (event) => soon(() => sink.onEvent(event)),
      onProgress: (revision) => soon(() => sink.onProgress(revision)),
      onReset: (from) => soon(() => sink.onReset(from)),
    },
    prefixes,
  );
  const close = (): void => {
    closed = true;
    stopHealed();
    following.close();
  };
  life.ends.push(close);
  return { poll: () => following.poll(), close };
}
