/**
 * Watches a process's dealings with the store and tells them as observations; changes nothing of them.
 */
import type { LogSink, Store, Write, WriteResult } from '../../bus/store/store.ts';
import type { Observation } from '../../machines/chaos/observation.ts';

type Unheld<T> = T extends unknown ? Omit<T, 'atMs'> : never;
/** An observation before its time is added. */
export type Untimed = Unheld<Observation>;

/** Wraps a store; `observe` gets every question, answer and delivery of the log. */
export function recordStore(
  store: Store,
  process: string,
  bucket: string,
  observe: (observation: Untimed) => void,
): Store {
  let count = 0;
  const op = (): string => `${process}/${bucket}/${++count}`;

  async function transact(
    writes: readonly Write[],
    messageId: string,
    run: () => Promise<WriteResult>,
  ): Promise<WriteResult> {
    const id = op();
    const asked = writes.map(({ key, operation, expected }) => ({ key, operation, expected }));
    observe({ type: 'write.begun', op: id, process, messageId, writes: asked });
    const result = await run();
    const outcome = result.ok ? 'ok' : result.reason;
    const revision = result.ok ? result.revision : 0;
    observe({ type: 'write.ended', op: id, outcome, revision });
    return result;
  }

  async function read<T>(
    key: string,
    run: () => Promise<T>,
    revisionOf: (found: T) => number,
  ): Promise<T> {
    const id = op();
    observe({ type: 'read.begun', op: id, process, key });
    try {
      const found = await run();
      observe({ type: 'read.ended', op: id, ok: true, revision: revisionOf(found) });
      return found;
    } catch (error) {
      observe({ type: 'read.ended', op: id, ok: false, revision: 0 });
      throw error;
    }
  }

  return {
    transact: (writes, envelope, mayGoOut) =>
      transact(writes, envelope.id, () => store.transact(writes, envelope, mayGoOut)),
    write: (write, envelope) => transact([write], envelope.id, () => store.write(write, envelope)),
    read: (key) =>
      read(
        key,
        () => store.read(key),
        (found) => found?.revision ?? 0,
      ),
    lastRevision: () =>
      read(
        '',
        () => store.lastRevision(),
        (revision) => revision,
      ),
    follow(sink, prefixes) {
      const watch = `${op()}#follow`;
      return store.follow(recordSink(sink, watch, prefixes ?? [], observe), prefixes);
    },
    close: () => store.close(),
  };
}

function recordSink(
  sink: LogSink,
  watch: string,
  prefixes: readonly string[],
  observe: (observation: Untimed) => void,
): LogSink {
  const tell = (
    what: 'start' | 'event' | 'progress' | 'reset',
    revision: number,
    key = '',
    operation: 'put' | 'delete' = 'put',
  ) => observe({ type: 'watched', watch, prefixes, what, revision, key, operation });
  return {
    onSnapshot(entries, revision) {
      tell('start', revision);
      sink.onSnapshot(entries, revision);
    },
    onEvent(event) {
      tell('event', event.revision, event.key, event.operation);
      sink.onEvent(event);
    },
    onProgress(revision) {
      tell('progress', revision);
      sink.onProgress(revision);
    },
    onReset(fromRevision) {
      tell('reset', fromRevision);
      sink.onReset(fromRevision);
    },
  };
}
