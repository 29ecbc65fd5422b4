import { afterEach, describe, expect, test } from 'vitest';
import { createWorld, type World } from '../../scheduler/world.ts';

let world: World | undefined;
afterEach(() => world?.close());

const owner = (uid: string, controller = true) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web',
  uid,
  controller,
});
const pod = (name: string, metadata: object = {}, nodeName?: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
  spec: nodeName === undefined ? {} : { nodeName },
});

async function start(): Promise<World> {
  world = await createWorld();
  const w = world;
  await w.put('core/pods', pod('a', { ownerReferences: [owner('set')] }, 'n1'));
  await w.put('core/pods', pod('b', { ownerReferences: [owner('set', false)] }, 'n2'));
  await w.put('core/pods', pod('c', { namespace: 'other' }));
  await w.put('core/configmaps', {
    metadata: { name: 'd', namespace: 'default', ownerReferences: [owner('set')] },
  });
  await w.until('seen', () => w.view.list('core/configmaps').length === 1);
  return w;
}

const names = (objects: readonly { readonly metadata: { readonly name: string } }[]) =>
  objects.map(({ metadata }) => metadata.name);

describe('a view over a replica', () => {
  test('lists by namespace or all, in key order', async () => {
    const { view } = await start();
    expect(names(view.list('core/pods'))).toEqual(['a', 'b', 'c']);
    expect(names(view.list('core/pods', 'default'))).toEqual(['a', 'b']);
    expect(names(view.list('core/pods', 'def'))).toEqual([]);
    expect(view.get('core/pods', 'other', 'c')?.metadata.uid).toBe('uid-c');
    expect(view.get('core/pods', 'default', 'c')).toBeUndefined();
  });

  test('finds by owner, node and uid, whatever the resource', async () => {
    const { view } = await start();
    expect(names(view.ownedBy('core/pods', 'set'))).toEqual(['a', 'b']);
    expect(names(view.orphans('core/pods', 'default'))).toEqual(['b']);
    expect(names(view.podsOnNode('n1'))).toEqual(['a']);
    const dependents = view.dependentsOf('set');
    expect(dependents.map(({ resource, object }) => `${resource} ${object.metadata.name}`)).toEqual(
      ['core/configmaps d', 'core/pods a', 'core/pods b'],
    );
    expect([view.hasUid('uid-a'), view.hasUid('uid-z')]).toEqual([true, false]);
  });

  test('shows every change to whoever is told of it, lists included', async () => {
    const w = await start();
    const seen: string[] = [];
    w.replica.watch('core/pods', w.replica.revision, {
      onEvent: () => seen.push(names(w.view.list('core/pods', 'default')).join()),
    });
    expect(names(w.view.list('core/pods', 'default'))).toEqual(['a', 'b']);
    await w.put('core/pods', pod('e', {}, 'n1'));
    const key = { resource: 'core/pods', namespace: 'default', name: 'a' };
    await w.change({ type: 'delete', key });
    await w.until('two changes', () => seen.length === 2);
    expect(seen).toEqual(['a,b,e', 'b,e']);
    expect(names(w.view.podsOnNode('n1'))).toEqual(['e']);
    expect(w.view.hasUid('uid-a')).toBe(false);
  });
});
