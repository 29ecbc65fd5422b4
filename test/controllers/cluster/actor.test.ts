import { afterEach, describe, expect, test } from 'vitest';
import { createControllers } from '../../../actors/controllers/controllers.ts';
import { createNodeHealth } from '../../../actors/controllers/node-health.ts';
import { createLeader } from '../../../actors/leader.ts';
import type { VirtualBus } from '../../../bus/virtual-bus.ts';
import type { Controller } from '../../../machines/controllers/controller.ts';
import { nodeLifecycleController } from '../../../machines/controllers/node-lifecycle.ts';
import { serviceAccountController } from '../../../machines/controllers/service-account.ts';
import { createWorld, recorderOf, type World } from '../../scheduler/world.ts';

let world: World | undefined;
afterEach(() => world?.close());

const settings = { caCertificate: 'CA', nodeMonitorGraceMs: 100, terminatedPodMax: 10 };

async function start(controllers: readonly Controller[]) {
  world = await createWorld();
  const bugs: string[] = [];
  const actor = createControllers({
    host: world.host,
    replica: world.replica,
    view: world.view,
    client: world,
    controllers,
    settings,
    recorderFor: (component) => recorderOf(world as World, component),
    onBug: (message) => bugs.push(message),
  });
  return { world, actor, bugs };
}

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

describe('the controllers', () => {
  test('do what is there at the start and what comes later, and then hold nothing', async () => {
    const { world: w, actor } = await start([serviceAccountController]);
    for (let i = 0; i < 200; i++) await w.put('core/namespaces', namespace(`early-${i}`));
    expect(w.log).toEqual([]);
    actor.lead();
    await w.put('core/namespaces', namespace('late'));
    await w.until('all accounts', () => w.view.list('core/serviceaccounts').length === 201);
    await w.until('settled', () => actor.count() === 0);
    expect(w.log).toHaveLength(201);
    expect(w.host.status().find(({ kind }) => kind === 'reconciler')?.instances).toBe(0);
  });

  test('try again after a refusal, with back-off', async () => {
    const { world: w, actor } = await start([serviceAccountController]);
    let refusals = 0;
    w.refuse = () => (refusals < 3 ? `InternalError${refusals++}` : undefined);
    actor.lead();
    await w.put('core/namespaces', namespace('default'));
    await w.until('created', () => w.view.list('core/serviceaccounts').length === 1);
    expect(refusals).toBe(3);
  });

  test('keep at most 64 keys of one controller in flight', async () => {
    const { world: w, actor } = await start([serviceAccountController]);
    let inFlight = 0;
    let most = 0;
    const { change } = w;
    w.change = async (asked, envelope) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inFlight--;
      return change(asked, envelope);
    };
    for (let i = 0; i < 300; i++) await w.put('core/namespaces', namespace(`n${i}`));
    actor.lead();
    await w.until('all accounts', () => w.view.list('core/serviceaccounts').length === 300);
    expect(most).toBe(64);
  });

  test('a plan that throws costs its key a retry, and nobody else anything', async () => {
    let throws = 2;
    const faulty: Controller = {
      ...serviceAccountController,
      plan(key, view, env) {
        if (key === 'bad' && throws-- > 0) throw new Error('bug');
        return serviceAccountController.plan(key, view, env);
      },
    };
    const { world: w, actor, bugs } = await start([faulty]);
    actor.lead();
    for (const name of ['bad', 'good']) await w.put('core/namespaces', namespace(name));
    await w.until('both', () => w.view.list('core/serviceaccounts').length === 2);
    expect(bugs).toEqual(Array(2).fill('serviceaccount-controller: plan of bad threw'));
  });

  test('stop at once when they no longer lead', async () => {
    const { world: w, actor } = await start([serviceAccountController]);
    actor.lead();
    actor.standDown();
    await w.put('core/namespaces', namespace('default'));
    actor.lead();
    await w.until('created', () => w.view.list('core/serviceaccounts').length === 1);
    expect(w.log).toHaveLength(1);
  });
});

/** The life cycle of these nodes at work. */
async function watchNodes(...names: readonly string[]): Promise<World> {
  world = await createWorld();
  const w = world;
  const health = createNodeHealth({
    host: w.host,
    replica: w.replica,
    cluster: 'kabuki',
    graceMs: settings.nodeMonitorGraceMs,
    onChange: (node) => actor.notice('node-lifecycle-controller', node),
  });
  const actor = createControllers({
    host: w.host,
    replica: w.replica,
    view: w.view,
    client: w,
    controllers: [nodeLifecycleController(health)],
    settings,
    recorderFor: (component) => recorderOf(w, component),
    onBug: (message, error) => {
      throw new Error(message, { cause: error });
    },
  });
  const node = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  for (const name of names) await w.put('core/nodes', node(name));
  health.lead();
  actor.lead();
  return w;
}

const taintsOf = ({ view }: World, name: string): number =>
  view.get('core/nodes', '', name)?.spec?.taints?.length ?? 0;

test('a node that stops beating is tainted, one that beats is not', async () => {
  const w = await watchNodes('dead.example', 'alive.example');
  let beats = 0;
  const beat = setInterval(() => {
    beats++;
    w.host.bus.tell('kabuki.beat.alive=2Eexample', {}, w.host.envelope('node'));
  }, 20);
  await w.until('tainted', () => taintsOf(w, 'dead.example') === 2);
  const enough = beats + 10;
  await w.until('twice the grace period', () => beats >= enough);
  clearInterval(beat);
  expect(taintsOf(w, 'alive.example')).toBe(0);
  expect(w.events.map(({ reason }) => reason)).toEqual(['NodeNotReady']);
});

test('who is cut off takes no node for dead, and waits a whole grace period when it hears again', async () => {
  const w = await watchNodes('alive.example');
  const { clock, bus } = w.host;
  (bus as VirtualBus).setConnected(false);
  const atMs = clock.nowMs() + 3 * settings.nodeMonitorGraceMs;
  await w.until('three grace periods', () => clock.nowMs() >= atMs);
  (bus as VirtualBus).setConnected(true);
  expect(taintsOf(w, 'alive.example')).toBe(0);
  expect(w.events).toEqual([]);
  // It never beats: now that it could be heard, it is dead.
  await w.until('tainted', () => taintsOf(w, 'alive.example') === 2);
});

test('of two candidates one leads; when it resigns the other does', async () => {
  world = await createWorld();
  const w = world;
  const other = await createWorld();
  const heard: string[] = [];
  const stand = (on: World, identity: string) =>
    createLeader({
      host: on.host,
      replica: w.replica,
      client: w,
      name: 'kube-scheduler',
      identity,
      onGained: (token) => heard.push(`${identity} gained ${token > 0}`),
      onLost: () => heard.push(`${identity} lost`),
    });
  const first = stand(w, 'one');
  await w.until('one leads', () => heard.length === 1);
  stand(other, 'two');
  await first.resign();
  await w.until('two leads', () => heard.length === 3);
  expect(heard).toEqual(['one gained true', 'one lost', 'two gained true']);
  other.close();
});
