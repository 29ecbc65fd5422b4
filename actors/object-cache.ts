/**
 * A cache of all objects of one resource, kept by a watch through the API: for processes that follow few resources
 * (a node: its pods, Services, EndpointSlices). Read it synchronously; never change what it returns.
 */
import type { Envelope } from '../bus/envelope.ts';
import type { AnyObject } from '../machines/api/view.ts';

/** The part of an API client that can watch. */
export interface Watcher {
  watch(
    resource: string,
    options: {
      readonly namespace?: string;
      readonly fieldSelector?: string;
      readonly labelSelector?: string;
    },
    handlers: {
      onSync(objects: readonly AnyObject[], revision: number): void;
      onEvent(
        type: 'ADDED' | 'MODIFIED' | 'DELETED',
        object: AnyObject,
        cause: Envelope | undefined,
      ): void;
      onLost(): void;
    },
  ): { close(): void };
}

export interface ObjectCache<T> {
  /** Objects by `namespace/name`. */
  readonly objects: ReadonlyMap<string, T>;
  /** True once everything there is has been seen. */
  synced(): boolean;
  /** Resolves when `synced` becomes true. */
  readonly ready: Promise<void>;
  /** Called after every change, with the message that made it where one is known; set it before the first one. */
  onChange: ((cause: Envelope | undefined) => void) | undefined;
  close(): void;
}

const keyOf = (object: AnyObject): string =>
  `${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;

/** Follows a resource from now on. */
export function cacheObjects<T>(watcher: Watcher, resource: string): ObjectCache<T> {
  const objects = new Map<string, T>();
  let isSynced = false;
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const watch = watcher.watch(
    resource,
    {},
    {
      onSync(all) {
        objects.clear();
        for (const object of all) objects.set(keyOf(object), object as unknown as T);
        isSynced = true;
        isReady();
        cache.onChange?.(undefined);
      },
      onEvent(type, object, cause) {
        if (type === 'DELETED') objects.delete(keyOf(object));
        else objects.set(keyOf(object), object as unknown as T);
        cache.onChange?.(cause);
      },
      onLost() {},
    },
  );
  const cache: ObjectCache<T> = {
    objects,
    synced: () => isSynced,
    ready,
    onChange: undefined,
    close: () => watch.close(),
  };
  return cache;
}
