import { afterEach, describe, expect, test } from 'vitest';
import { createScheduler } from '../../actors/scheduler/scheduler.ts';
import type { Pod } from '../../machines/api/types.ts';
import { node, pod } from './objects.ts';
import { createWorld, recorderOf, seeded, type World } from './world.ts';

let world: World | undefined;
afterEach(() => world?.close());

async function start(): Promise<World> {
  world = await createWorld();
  createScheduler({
    host: world.host,
    replica: world.replica,
    view: world.view,
    client: world,
    recorder: recorderOf(world, 'default-scheduler'),
    draw: seeded(7),
  }).lead(1);
  return world;
}

const nodeOf = (w: World, name: string) => w.view.get('core/pods', 'default', name)?.spec?.nodeName;
const condition = (w: World, name: string) =>
  w.view
    .get('core/pods', 'default', name)
    ?.status?.conditions?.find((c) => c.type === 'PodScheduled');

describe('the scheduler', () => {
  test('binds pods and says so', async () => {
    const w = await start();
    await w.put('core/nodes', node('a'));
    await w.put('core/pods', pod('web', { cpu: '1' }));
    await w.until('bound', () => nodeOf(w, 'web') === 'a');
    await w.until('event', () => w.events.length === 1);
    expect(w.events).toEqual([
      {
        type: 'Normal',
        reason: 'Scheduled',
        note: 'Successfully assigned default/web to a',
        count: 1,
      },
    ]);
    await w.until('settled', () => !w.host.has('pendingPod', 'default/web'));
  });

  test('tells why no node fits, and tries again when a node helps', async () => {
    const w = await start();
    await w.put('core/nodes', node('a', {}, { unschedulable: true }));
    await w.put('core/nodes', node('b'));
    await w.put('core/pods', pod('web', { cpu: '5' }));
    await w.until('refused', () => condition(w, 'web') !== undefined);
    const message =
      '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. ' +
      'no new claims to deallocate, preemption: 0/2 nodes are available: ' +
      '2 Preemption is not helpful for scheduling.';
    expect(condition(w, 'web')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message,
    });
    expect(w.events).toEqual([
      { type: 'Warning', reason: 'FailedScheduling', note: message, count: 1 },
    ]);
    await w.put('core/nodes', node('c', {}, {}, { cpu: '8' }));
    await w.until('bound after back-off', () => nodeOf(w, 'web') === 'c');
  });

  test('forgets an assumed pod whose binding failed, and tries it again', async () => {
    const w = await start();
    await w.put('core/nodes', node('a'));
    let failures = 0;
    w.refuse = (change) => {
      const isBinding = change.type === 'create' && change.subresource === 'binding';
      return isBinding && failures++ === 0 ? 'InternalError' : undefined;
    };
    await w.put('core/pods', pod('web', { cpu: '3' }));
    await w.until('bound at the second attempt', () => nodeOf(w, 'web') === 'a');
    expect(failures).toBe(2);
  });

  test('leaves gated pods and pods of other schedulers alone', async () => {
    const w = await start();
    await w.put('core/nodes', node('a'));
    await w.put('core/pods', pod('other', {}, { schedulerName: 'mine' }));
    await w.put('core/pods', pod('gated', {}, { schedulingGates: [{ name: 'wait' }] }));
    await w.put('core/pods', pod('web'));
    await w.until('bound', () => nodeOf(w, 'web') === 'a');
    await w.until('gated', () => condition(w, 'gated')?.reason === 'SchedulingGated');
    expect([nodeOf(w, 'other'), nodeOf(w, 'gated')]).toEqual([undefined, undefined]);
    const gated = w.view.get('core/pods', 'default', 'gated') as Pod;
    await w.put('core/pods', { ...gated, spec: pod('x').spec } as never);
    await w.until('ungated', () => nodeOf(w, 'gated') === 'a');
  });

  test('preempts pods of lower priority', async () => {
    const w = await start();
    await w.put('core/nodes', node('a'));
    await w.put('core/pods', pod('low', { cpu: '3' }));
    await w.until('low bound', () => nodeOf(w, 'low') === 'a');
    await w.put('core/pods', pod('high', { cpu: '3' }, { priority: 1000 }));
    await w.until('high bound', () => nodeOf(w, 'high') === 'a');
    expect(w.view.get('core/pods', 'default', 'low')).toBeUndefined();
    const uid = w.view.get('core/pods', 'default', 'high')?.metadata.uid;
    await w.until('preempted', () => w.events.some((event) => event.reason === 'Preempted'));
    expect(w.events.find((event) => event.reason === 'Preempted')?.note).toBe(
      `Preempted by pod ${uid} on node a`,
    );
  });
});
