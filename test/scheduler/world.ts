/**
 * A small world for actors: a memory store with a replica, a host, and a client that writes what it
 * is told without defaults, validation or admission. Revisions, watches and events are the real
 * ones.
 */
import { createClock } from '../../actors/clock.ts';
import { createEventRecorder } from '../../actors/event-recorder.ts';
import { createHost, type Host } from '../../actors/host.ts';
import { createView } from '../../actors/view.ts';
import { systemClock } from '../../bus/clock.ts';
import { decode, encode } from '../../bus/codec.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createIds } from '../../bus/ids.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { createReplica, type Replica } from '../../bus/store/replica.ts';
import type { Store } from '../../bus/store/store.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import type { Change, ChangeResult } from '../../machines/api/change.ts';
import { mergePatch } from '../../machines/api/patch.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';

/** A seeded source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export interface World {
  readonly host: Host;
  readonly replica: Replica<AnyObject>;
  readonly view: View;
  readonly store: Store;
  readonly events: { type: string; reason: string; note: string; count: number }[];
  /** Every change asked for, in short. */
  readonly log: string[];
  /** Fails changes for which it answers with a reason. */
  refuse: ((change: Change) => string | undefined) | undefined;
  change(change: Change, envelope?: Envelope): Promise<ChangeResult>;
  /** Stores an object as it is, with a uid where it has none. */
  put(resource: string, object: object): Promise<void>;
  until(what: string, holds: () => boolean, timeoutMs?: number): Promise<void>;
  close(): void;
}

/** Builds a world; close it at the end. */
export async function createWorld(): Promise<World> {
  const store = createMemoryStore({ clock: systemClock });
  const replica = createReplica<AnyObject>(store, {
    decode: (bytes, revision) => {
      const object = decode(bytes) as AnyObject;
      return { ...object, metadata: { ...object.metadata, resourceVersion: `${revision}` } };
    },
  });
  await replica.ready;
  const view = createView(replica);
  const ids = createIds(seeded(1));
  const crashes: unknown[] = [];
  const host = createHost({
    clock: createClock(),
    bus: createVirtualBus(),
    ids,
    onCrash: (_, error) => crashes.push(error),
  });
  let uids = 0;
  const envelope = (): Envelope => host.envelope('test');

  async function write(key: string, object: AnyObject, isDelete = false): Promise<ChangeResult> {
    const value = encode(object);
    const operation = isDelete ? 'delete' : 'put';
    const done = await store.write({ key, operation, value, expected: undefined }, envelope());
    if (!done.ok) return failure('InternalError', done.reason);
    return { ok: true, object, revision: done.revision };
  }

  const world: World = {
    host,
    replica,
    view,
    store,
    events: [],
    log: [],
    refuse: undefined,
    async change(change) {
      const refused = world.refuse?.(change);
      if (refused !== undefined) return failure(refused, refused);
      if (change.type === 'record') return { ok: true, object: undefined, revision: 0 };
      if (change.type === 'create' && change.resource === 'core/events') {
        const { type, reason, message } = change.object as { [key: string]: string };
        world.events.push({ type: type!, reason: reason!, note: message!, count: 1 });
        return { ok: true, object: change.object, revision: 0 };
      }
      if (change.type === 'patch' && change.key.resource === 'core/events') {
        const known = world.events.at(-1);
        if (known !== undefined) known.count++;
        return { ok: true, object: undefined, revision: 0 };
      }
      return apply(change);
    },
    async put(resource, given) {
      const object = given as AnyObject;
      const { namespace = '', name = '' } = object.metadata ?? {};
      uids++;
      const metadata = {
        uid: `uid-${uids}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
        ...object.metadata,
      };
      await write(`${resource}/${namespace === '' ? '_' : namespace}/${name}`, {
        ...object,
        metadata,
      });
    },
    async until(what, holds, timeoutMs = 5_000) {
      const deadline = Date.now() + timeoutMs;
      while (!holds()) {
        if (crashes.length > 0) throw crashes[0];
        if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    close() {
      host.close();
      replica.close();
    },
  };

  async function apply(change: Exclude<Change, { type: 'record' }>): Promise<ChangeResult> {
    const target =
      change.type === 'create'
        ? {
            resource: change.resource,
            namespace: change.namespace,
            name: change.name ?? change.object.metadata?.name ?? '',
          }
        : change.key;
    const { resource, namespace, name } = target;
    const key = `${resource}/${namespace === '' ? '_' : namespace}/${name}`;
    const stored = replica.get(key)?.value;
    const subresource = change.type === 'delete' ? '' : (change.subresource ?? '');
    world.log.push(`${change.type} ${key}${subresource === '' ? '' : `/${subresource}`}`);
    if (change.type === 'create' && subresource === '') {
      if (stored !== undefined) return failure('AlreadyExists', 'exists');
      await world.put(resource, change.object);
      return { ok: true, object: change.object, revision: await store.lastRevision() };
    }
    if (stored === undefined) return failure('NotFound', `${key} not found`);
    if (change.type === 'delete') return write(key, stored, true);
    if (change.type === 'create') {
      const target = change.object.target as { name: string };
      return write(key, { ...stored, spec: { ...(stored.spec as object), nodeName: target.name } });
    }
    const next = change.type === 'update' ? change.object : mergePatch(stored, change.patch);
    return write(key, next as AnyObject);
  }

  return world;
}

/** A recorder whose events land in `world.events`. */
export function recorderOf(world: World, component: string) {
  return createEventRecorder(world, world.host.clock, { component, instance: component });
}

function failure(reason: string, message: string): ChangeResult {
  return { ok: false, code: reason === 'NotFound' ? 404 : 409, reason, message };
}
