/**
 * Fencing: what a leader asks for after its lease has gone to another is refused, over the bus and in
 * process, by a view that lags and by a process that stood still.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { ApiClient } from '../../actors/api-client.ts';
import { serveOnBus } from '../../actors/apiserver/nats-endpoint.ts';
import {
  executeRequest,
  type Job,
  type RequestWork,
} from '../../actors/apiserver/request-executor.ts';
import { createBusApiClient } from '../../actors/bus-api-client.ts';
import { createFencedChanger } from '../../actors/fenced-changer.ts';
import type { Self } from '../../actors/host.ts';
import { createLeader } from '../../actors/leader.ts';
import { createLocalApiClient } from '../../actors/local-api-client.ts';
import { systemClock } from '../../bus/clock.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import type { LogSink, Store } from '../../bus/store/store.ts';
import { judgeFence, leaseNotHeld } from '../../machines/api/fence.ts';
import type { Fence } from '../../machines/api/request.ts';
import type { RequestEffect } from '../../machines/api/request-machine.ts';
import { findServed } from '../../machines/api/resources.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';
import { type ApiWorld, createApiWorld, requestOf } from './world.ts';

const leases = 'coordination.k8s.io/v1/leases';
const inSystem = { namespace: 'kube-system' };
const name = 'kube-scheduler';
const user = 'system:kube-controller-manager';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function makeWorld(store?: Store): Promise<ApiWorld> {
  const world = await createApiWorld({}, store === undefined ? {} : { store });
  open.push(() => {
    world.close();
    expect(world.bugs).toEqual([]);
  });
  return world;
}

const microTime = (ageMs: number) =>
  new Date(Date.now() - ageMs).toISOString().replace('Z', '000Z');

/** Writes the lease as held, and gives the fence of this acquisition. */
async function acquire(world: ApiWorld, holder: string, renewedMsAgo = 0): Promise<Fence> {
  const acquireTime = microTime(renewedMsAgo);
  const found = await world.ask({ verb: 'get', path: leases, ...inSystem, name });
  const known = found.code === 200 ? found.object : undefined;
  const body = {
    metadata: { name, ...(known && { resourceVersion: known.metadata?.resourceVersion }) },
    spec: {
      holderIdentity: holder,
      acquireTime,
      renewTime: acquireTime,
      leaseDurationSeconds: 15,
    },
  };
  const lease = await world.make(
    known === undefined
      ? { verb: 'create', path: leases, ...inSystem, body }
      : { verb: 'update', path: leases, ...inSystem, name, body },
  );
  const token = Number(lease.metadata?.resourceVersion);
  await world.until('the view has it', () => world.api.view().revision >= token);
  return { lease: name, holder, acquireTime, token };
}

async function renew(world: ApiWorld): Promise<void> {
  const patch = { type: 'merge', body: { spec: { renewTime: microTime(0) } } } as const;
  await world.make({ verb: 'patch', path: leases, ...inSystem, name, patch });
}

function overBus(world: ApiWorld): ApiClient {
  const { host } = world;
  serveOnBus(world.api, host.bus, 'kabuki', (cause) => host.envelope('apiserver', cause));
  const envelope = () => host.envelope('test');
  const bus = { bus: host.bus, cluster: 'kabuki', user };
  return createBusApiClient({ ...bus, clock: host.clock, userAgent: 'test', envelope });
}

function inProcess({ api, host }: ApiWorld): ApiClient {
  const envelope = () => host.envelope('test');
  return createLocalApiClient(api, user, { clock: host.clock, userAgent: 'test', envelope });
}

const configMap = (called: string): AnyObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: called, namespace: 'default' },
});

/** Creates a ConfigMap under a fence; `made`, or the code and reason of the refusal. */
async function create(client: ApiClient, world: ApiWorld, called: string, fence: Fence) {
  const at = { resource: 'core/configmaps', namespace: 'default' };
  const result = await client.change(
    { type: 'create', ...at, object: configMap(called) },
    world.host.envelope('test'),
    fence,
  );
  return result.ok ? 'made' : `${result.code} ${result.reason}`;
}

const refused = `403 ${leaseNotHeld}`;

describe.each([
  ['over the bus', overBus],
  ['in process', inProcess],
])('a leader %s', (_, clientOf) => {
  test('writes while it holds its lease, through renewals', async () => {
    const world = await makeWorld();
    const client = clientOf(world);
    const fence = await acquire(world, 'one');
    expect(await create(client, world, 'a', fence)).toBe('made');
    await renew(world);
    expect(await create(client, world, 'b', fence)).toBe('made');
  });

  test('is refused once another holds it, and nothing is written', async () => {
    const world = await makeWorld();
    const client = clientOf(world);
    const old = await acquire(world, 'one');
    const present = await acquire(world, 'two');
    expect(await create(client, world, 'late', old)).toBe(refused);
    expect(await create(client, world, 'present', present)).toBe('made');
    const found = await client.list('core/configmaps', { namespace: 'default' });
    expect(found.ok && found.objects.map(({ metadata }) => metadata?.name)).toEqual(['present']);
  });

  test('is refused what it asked for before it lost the lease and won it again', async () => {
    const world = await makeWorld();
    const client = clientOf(world);
    const before = await acquire(world, 'one', 5_000);
    await acquire(world, 'two', 3_000);
    const after = await acquire(world, 'one');
    expect(await create(client, world, 'a', before)).toBe(refused);
    expect(await create(client, world, 'a', after)).toBe('made');
  });

  test('is refused where the lease is deleted, for every verb that changes something', async () => {
    const world = await makeWorld();
    const client = clientOf(world);
    const fence = await acquire(world, 'one');
    expect(await create(client, world, 'a', fence)).toBe('made');
    await world.make({ verb: 'delete', path: leases, ...inSystem, name });
    const key = { resource: 'core/configmaps', namespace: 'default', name: 'a' };
    const changes = [
      { type: 'update', key, object: configMap('a') },
      { type: 'patch', key, patch: { data: { x: '1' } }, strategy: 'merge' },
      { type: 'delete', key },
    ] as const;
    for (const change of changes) {
      const result = await client.change(change, world.host.envelope('test'), fence);
      expect(result).toMatchObject({ ok: false, code: 403, reason: leaseNotHeld });
    }
  });

  test('has its Events refused too', async () => {
    const world = await makeWorld();
    const client = clientOf(world);
    const old = await acquire(world, 'one');
    await acquire(world, 'two');
    const object = {
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
    };
    const change = {
      type: 'create',
      resource: 'core/events',
      namespace: 'default',
      object,
    } as const;
    const result = await client.change(change, world.host.envelope('test'), old);
    expect(result).toMatchObject({ ok: false, code: 403, reason: leaseNotHeld });
  });
});

test('a fence that is none is refused as malformed', async () => {
  const world = await makeWorld();
  const client = overBus(world);
  const fence = { lease: name, holder: 'one', token: 'x' } as unknown as Fence;
  expect(await create(client, world, 'a', fence)).toBe('400 BadRequest');
});

/** A store whose log comes late: what is written waits until somebody asks for it, or for ever. */
function lagging(inner: Store) {
  const waiting: (() => void)[] = [];
  const lag = { on: false };
  const flush = () => {
    for (const run of waiting.splice(0)) run();
  };
  const later = (run: () => void) => (lag.on ? void waiting.push(run) : run());
  const store: Store = {
    write: (write, envelope) => inner.write(write, envelope),
    transact: (writes, envelope) => inner.transact(writes, envelope),
    read: (key) => inner.read(key),
    lastRevision: () => inner.lastRevision(),
    close: () => inner.close(),
    follow(sink: LogSink, prefixes) {
      const following = inner.follow(
        {
          onSnapshot: (entries, revision) => later(() => sink.onSnapshot(entries, revision)),
          onEvent: (event) => later(() => sink.onEvent(event)),
          onProgress: (revision) => later(() => sink.onProgress(revision)),
          onReset: (revision) => later(() => sink.onReset(revision)),
        },
        prefixes,
      );
      return {
        poll() {
          lag.on = false;
          queueMicrotask(flush);
          following.poll();
        },
        close: () => following.close(),
      };
    },
  };
  return { store, lag };
}

describe('an apiserver whose view lags', () => {
  test('looks again before it believes that a lease nobody renewed is still held', async () => {
    const inner = createMemoryStore({ clock: systemClock });
    const { store, lag } = lagging(inner);
    const behind = await makeWorld(store);
    const ahead = await makeWorld(inner);
    const old = await acquire(behind, 'one', 12_000);
    lag.on = true;
    await acquire(ahead, 'two');
    expect(judgeFence(old, behind.api.view(), Date.now())).toBe('overdue');
    expect(await create(inProcess(behind), behind, 'late', old)).toBe(refused);
  });

  test('does not refuse a leader whose acquisition it has not seen yet', async () => {
    const inner = createMemoryStore({ clock: systemClock });
    const { store, lag } = lagging(inner);
    const behind = await makeWorld(store);
    const ahead = await makeWorld(inner);
    await acquire(behind, 'one');
    lag.on = true;
    const fresh = await acquire(ahead, 'two');
    expect(judgeFence(fresh, behind.api.view(), Date.now())).toBe('lost');
    expect(await create(inProcess(behind), behind, 'early', fresh)).toBe('made');
  });

  test('lets a leader go on that is late to renew, where nobody else took the lease', async () => {
    const world = await makeWorld();
    const fence = await acquire(world, 'one', 12_000);
    expect(await create(inProcess(world), world, 'a', fence)).toBe('made');
  });
});

describe('a process that stood still between admission and write', () => {
  const fence: Fence = { lease: name, holder: 'one', acquireTime: microTime(0), token: 5 };
  const lease = (holder: string, renewedMsAgo: number) => ({
    metadata: { name, resourceVersion: '7' },
    spec: {
      holderIdentity: holder,
      acquireTime: fence.acquireTime,
      renewTime: microTime(renewedMsAgo),
      leaseDurationSeconds: 15,
    },
  });

  test.each([
    ['a lease that is held', 'one', 0, 60_000, 'written'],
    ['a lease that went to another', 'two', 0, 0, 'store.conflicted'],
    ['a lease that is overdue, at once', 'one', 12_000, 0, 'written'],
    ['a lease that is overdue, after a pause', 'one', 12_000, 5_000, 'store.conflicted'],
  ])('%s', async (_, holder, renewedMsAgo, pausedMs, expected) => {
    const told: string[] = [];
    const view = { get: () => lease(holder, renewedMsAgo) } as unknown as View;
    const transact = async () => {
      told.push('written');
      return { ok: true, revision: 9 };
    };
    const request = {
      ...requestOf({ verb: 'create', path: 'v1/configmaps', body: configMap('a') }),
      fence,
    };
    const job: Job = {
      request,
      served: findServed('', 'v1', 'configmaps')!,
      uid: 'u',
      startedMs: 0,
      admittedMs: Date.now() - pausedMs,
      admittedRevision: 0,
      answer: () => {},
      isAwaited: () => true,
      sent: new Set(),
    };
    const work = {
      jobs: new Map([['1', job]]),
      state: { view, transact },
      host: { clock: { nowMs: () => Date.now() } },
    } as unknown as RequestWork;
    const self = {
      id: '1',
      envelope: () => ({ id: 'm' }),
      tell: ({ type }: { type: string }) => void told.push(type),
    } as unknown as Self;
    executeRequest(work, { type: 'store.transact', writes: [] } as RequestEffect, self);
    await Promise.resolve();
    expect(told[0]).toBe(expected);
  });

  test('does not send again, after a lost answer, what it may not write any more', async () => {
    const inner = createMemoryStore({ clock: systemClock });
    let lost = false;
    let takeOver: () => Promise<unknown> = async () => undefined;
    const store: Store = {
      write: (write, envelope) => inner.write(write, envelope),
      async transact(writes, envelope) {
        if (!writes[0]?.key.startsWith('core/configmaps/') || lost) {
          return inner.transact(writes, envelope);
        }
        lost = true;
        return { ok: false, reason: 'unknown', detail: 'no answer' };
      },
      async read(key) {
        await takeOver();
        return inner.read(key);
      },
      lastRevision: () => inner.lastRevision(),
      follow: (sink, prefixes) => inner.follow(sink, prefixes),
      close: () => inner.close(),
    };
    const world = await makeWorld(store);
    const fence = await acquire(world, 'one');
    let taken: Promise<unknown> | undefined;
    takeOver = () => {
      taken ??= acquire(world, 'two');
      return taken;
    };
    expect(await create(inProcess(world), world, 'late', fence)).toBe('504 Timeout');
    expect(lost).toBe(true);
    expect(await inner.read('core/configmaps/default/late')).toBeUndefined();
  });
});

describe('a leader and its changes', () => {
  async function stand(world: ApiWorld, replica = world.api.state.replica) {
    const client = inProcess(world);
    const fenced = createFencedChanger(client);
    const heard: string[] = [];
    const leader = createLeader({
      ...{ host: world.host, replica, client, fenced, name, identity: 'one' },
      onGained: () => void heard.push('gained'),
      onLost: () => void heard.push('lost'),
    });
    const change = (called: string) =>
      fenced.change(
        {
          type: 'create',
          resource: 'core/configmaps',
          namespace: 'default',
          object: configMap(called),
        },
        world.host.envelope('test'),
      );
    return { leader, fenced, heard, change };
  }

  test('nothing is sent before it leads nor after', async () => {
    const world = await makeWorld();
    const { leader, heard, change } = await stand(world);
    expect(await change('early')).toMatchObject({ ok: false, reason: leaseNotHeld });
    await world.until('it leads', () => heard.includes('gained'));
    expect(await change('a')).toMatchObject({ ok: true });
    await leader.resign();
    expect(await change('late')).toMatchObject({ ok: false, reason: leaseNotHeld });
    const found = world.api.view().list('core/configmaps', 'default');
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  test('the acquisition keeps its name through renewals', async () => {
    const world = await makeWorld();
    const { heard, change } = await stand(world);
    await world.until('it leads', () => heard.includes('gained'));
    const acquired = () => world.api.view().get('coordination.k8s.io/leases', 'kube-system', name);
    const before = acquired();
    world.host.tell('leader', name, { type: 'timer.fired', timer: 'renew' } as { type: string });
    await world.until(
      'renewed',
      () => acquired()?.metadata.resourceVersion !== before?.metadata.resourceVersion,
    );
    expect(acquired()?.spec?.acquireTime).toBe(before?.spec?.acquireTime);
    expect(await change('a')).toMatchObject({ ok: true });
    expect(heard).toEqual(['gained']);
  });

  test('one that is refused for its fence stands down at once', async () => {
    const inner = createMemoryStore({ clock: systemClock });
    const { store, lag } = lagging(inner);
    // The leader reads a log that lags; the apiserver it asks does not.
    const behind = await makeWorld(store);
    const world = await makeWorld(inner);
    const { heard, change } = await stand(world, behind.api.state.replica);
    await world.until('it leads', () => heard.includes('gained'));
    lag.on = true;
    await acquire(world, 'two');
    expect(heard).toEqual(['gained']);
    expect(await change('late')).toMatchObject({ ok: false, reason: leaseNotHeld });
    expect(await change('later')).toMatchObject({
      message: 'this process does not hold its lease',
    });
    await world.until('it stands down', () => heard.includes('lost'));
    expect(heard).toEqual(['gained', 'lost']);
  });

  test('the lease is handed back only when no change is under way', async () => {
    const inner = createMemoryStore({ clock: systemClock });
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let holding = false;
    const store: Store = {
      write: (write, envelope) => inner.write(write, envelope),
      async transact(writes, envelope) {
        if (writes[0]?.key.startsWith('core/configmaps/')) {
          holding = true;
          await held;
        }
        return inner.transact(writes, envelope);
      },
      read: (key) => inner.read(key),
      lastRevision: () => inner.lastRevision(),
      follow: (sink, prefixes) => inner.follow(sink, prefixes),
      close: () => inner.close(),
    };
    const world = await makeWorld(store);
    const { leader, heard, change } = await stand(world);
    await world.until('it leads', () => heard.includes('gained'));
    const holder = () =>
      world.api.view().get('coordination.k8s.io/leases', 'kube-system', name)?.spec?.holderIdentity;
    const order: string[] = [];
    const changed = change('a').then((result) => order.push(`changed ${result.ok} ${holder()}`));
    await world.until('the write is held', () => holding);
    const resigned = leader.resign().then(() => order.push('resigned'));
    await world.until('it stands down', () => heard.includes('lost'));
    expect(holder()).toBe('one');
    letGo();
    await Promise.all([changed, resigned]);
    expect(order).toEqual(['changed true one', 'resigned']);
    await world.until('handed back', () => holder() === '');
  });
});
