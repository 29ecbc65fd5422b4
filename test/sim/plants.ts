/**
 * How bugs are planted into the real machines, actors and store of a simulated cluster. Each function breaks one part
 * and leaves all others as they are; nothing is remembered from one run to the next.
 */

import type { ApiClient } from '../../actors/api-client.ts';
import type { MachineKind, Self } from '../../actors/host.ts';
import type { Mutations } from '../../actors/sim/mutations.ts';
import type { LogSink, Store, StoreEvent, Write } from '../../bus/store/store.ts';
import type { ObjectWrite } from '../../machines/api/admission/attributes.ts';
import type { Change } from '../../machines/api/change.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { Plan } from '../../machines/controllers/controller.ts';

export const SCHEDULER = 'system:kube-scheduler';
export const CONTROLLERS = 'system:kube-controller-manager';
export const ADMIN = 'kubernetes-admin';
/** Every kubelet. */
export const KUBELET = 'system:node:';

type Execute = (effect: { readonly type: string }, self: Self) => void;
type Loose = { readonly [field: string]: unknown };

/** True at every nth call. */
export function everyNth(n: number): () => boolean {
  let count = 0;
  return () => {
    count += 1;
    return count % n === 0;
  };
}

/** An object with one field, named by its path, computed anew; objects on the way are made. */
export function edited<T>(object: T, path: string, value: (before: unknown) => unknown): T {
  const [field = '', ...rest] = path.split('.');
  const before = (object as Loose | undefined)?.[field];
  const after = rest.length === 0 ? value(before) : edited(before, rest.join('.'), value);
  return { ...object, [field]: after } as T;
}

/** Reads a field by its path. */
export function at(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, field) => (inner as Loose | undefined)?.[field], object);
}

/** What a change is about: the store's name of the resource. */
export function resourceOf(change: Change): string {
  if (change.type === 'record') return '';
  return change.type === 'create' ? change.resource : change.key.resource;
}

function broken(kind: MachineKind, execute: Execute): MachineKind {
  return { ...kind, execute: execute as never };
}

/** An apiserver that writes something else than what was admitted. */
export function apiserverWrites(
  edit: (writes: readonly ObjectWrite[]) => readonly ObjectWrite[],
): Mutations {
  return {
    machine(kind) {
      if (kind.name !== 'api-request') return kind;
      const real = kind.execute as Execute;
      return broken(kind, (effect, self) => {
        if (effect.type !== 'store.transact') return real(effect, self);
        const { writes } = effect as unknown as { readonly writes: readonly ObjectWrite[] };
        real({ ...effect, writes: edit(writes) } as never, self);
      });
    },
  };
}

/** The same, each object by itself; undefined: it is not written at all. */
export function apiserverPuts(
  resource: string,
  edit: (object: AnyObject, write: ObjectWrite) => AnyObject | undefined,
): Mutations {
  return apiserverWrites((writes) =>
    writes.flatMap((write) => {
      if (!write.key.startsWith(`${resource}/`) || write.operation === 'delete') return [write];
      const object = edit(write.object, write);
      return object === undefined ? [] : [{ ...write, object }];
    }),
  );
}

/** A controller whose plan is another. */
export function plans(
  controller: string,
  edit: (plan: Plan, key: string, nowMs: number) => Plan,
): Mutations {
  return {
    machine(kind) {
      if (kind.name !== 'reconciler') return kind;
      const real = kind.execute as Execute;
      return broken(kind, (effect, self) => {
        const isIts = self.id.startsWith(`${controller}/`);
        if (effect.type !== 'plan.run' || !isIts) return real(effect, self);
        const key = self.id.slice(controller.length + 1);
        real(effect, {
          ...{ kind: self.kind, id: self.id, nowMs: self.nowMs, message: self.message },
          tell: (event) =>
            self.tell({ ...event, ...edit(event as unknown as Plan, key, self.nowMs) } as never),
          envelope: () => self.envelope(),
          alive: () => self.alive(),
        });
      });
    },
  };
}

/** A machine with guards of its own. */
export function guards(name: string, own: { readonly [guard: string]: () => boolean }): Mutations {
  return {
    machine: (kind) =>
      kind.name === name ? { ...kind, machine: kind.machine.provide({ guards: own }) } : kind,
  };
}

/** A component that asks for something else than its machines decided. */
export function changes(
  user: string,
  resource: string,
  edit: (change: Change) => Change,
): Mutations {
  return {
    client: (client, name) =>
      name.startsWith(user)
        ? wrapped(client, (change) => (resourceOf(change) === resource ? edit(change) : change))
        : client,
  };
}

function wrapped(client: ApiClient, edit: (change: Change) => Change): ApiClient {
  return {
    ...client,
    change: (change, envelope, fence) => client.change(edit(change), envelope, fence),
  };
}

/** Components that do not tell under which Lease they act, so that no apiserver can hold them back. */
export const unfenced: Mutations = {
  client: (client) => ({ ...client, change: (change, cause) => client.change(change, cause) }),
};

/** Several bugs at once. Clients are wrapped from the first to the last. */
export function all(...parts: readonly Mutations[]): Mutations {
  const compose = <T, R extends readonly unknown[]>(
    wraps: readonly (((part: T, ...rest: R) => T) | undefined)[],
  ) => {
    const given = wraps.filter((wrap) => wrap !== undefined);
    return (part: T, ...rest: R): T => given.reduce((inner, wrap) => wrap(inner, ...rest), part);
  };
  return {
    machine: compose(parts.map(({ machine }) => machine)),
    store: compose(parts.map(({ store }) => store)),
    link: compose(parts.map(({ link }) => link)),
    client: compose(parts.map(({ client }) => client)),
  };
}

/** A store that carries out transactions in its own way. */
export function transacting(
  how: (store: Store, ...asked: Parameters<Store['transact']>) => ReturnType<Store['transact']>,
): (store: Store) => Store {
  return (store) => {
    const transact: Store['transact'] = (...asked) => how(store, ...asked);
    return { ...bound(store), transact, write: (write, cause) => transact([write], cause) };
  };
}

/** A store that tells its followers in its own way; `tell` hands an event on. */
export function telling(
  how: () => (event: StoreEvent, tell: LogSink['onEvent'], sink: LogSink) => void,
): (store: Store) => Store {
  return (store) => ({
    ...bound(store),
    follow(sink, prefixes) {
      const tellOne = how();
      return store.follow(
        {
          ...boundSink(sink),
          onEvent: (event) => tellOne(event, (one) => sink.onEvent(one), sink),
        },
        prefixes,
      );
    },
  });
}

/** The same store as a plain object, to be spread. */
export function bound(store: Store): Store {
  return {
    transact: (...asked) => store.transact(...asked),
    write: (...asked) => store.write(...asked),
    read: (key) => store.read(key),
    lastRevision: () => store.lastRevision(),
    follow: (...asked) => store.follow(...asked),
    close: () => store.close(),
  };
}

/** The same follower as a plain object, to be spread. */
export function boundSink(sink: LogSink): LogSink {
  return {
    onSnapshot: (entries, revision) => sink.onSnapshot(entries, revision),
    onEvent: (event) => sink.onEvent(event),
    onProgress: (revision) => sink.onProgress(revision),
    onReset: (from) => sink.onReset(from),
  };
}

/** Writes that ask for no guard. */
export function unguarded(writes: readonly Write[]): readonly Write[] {
  return writes.map((write) => ({ ...write, expected: undefined }));
}
