/** Watches: what reaches whom, sinks that do not drain, bookmarks, timeouts, holes in history. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReply } from '../../actors/apiserver/api.ts';
import { watchBufferBytesMax, watchBufferMax } from '../../actors/apiserver/watcher.ts';
import { type ApiWorld, createApiWorld, podOf, short, type Watched } from './world.ts';

let world: ApiWorld;
const inDefault = { namespace: 'default' };

beforeAll(async () => {
  world = await createApiWorld();
  await world.make({
    verb: 'create',
    path: 'v1/serviceaccounts',
    ...inDefault,
    body: { metadata: { name: 'default' } },
  });
});
afterAll(() => {
  world.close();
  expect(world.bugs).toEqual([]);
});

const touch = (name: string, value: string) =>
  world.make({
    verb: 'patch',
    path: 'v1/configmaps',
    ...inDefault,
    name,
    patch: { type: 'merge', body: { data: { value } } },
  });
const configMap = (name: string) =>
  world.make({ verb: 'create', path: 'v1/configmaps', ...inDefault, body: { metadata: { name } } });
const opened = async (query: Record<string, string>, path = 'v1/configmaps', room?: number) => {
  const watched = await world.watch({ path, query }, room);
  if (isReply(watched)) throw new Error(short(watched));
  return watched as Watched;
};

describe('a watch', () => {
  it('resumes from a revision without a gap or a repeat', async () => {
    const made = await configMap('resumed');
    for (let index = 0; index < 5; index += 1) await touch('resumed', String(index));
    const from = { resourceVersion: made.metadata?.resourceVersion ?? '' };
    const watched = await opened({ ...from, fieldSelector: 'metadata.name=resumed' });
    await touch('resumed', '5');
    await world.until('six events', () => watched.seen.length === 6);
    const values = watched.seen.map(({ object }) => (object.data as { value: string }).value);
    expect(values).toEqual(['0', '1', '2', '3', '4', '5']);
    watched.close();
  });

  it('from a revision that is yet to come opens, and is silent until then', async () => {
    const made = await configMap('early');
    const ahead = String(Number(made.metadata?.resourceVersion) + 2);
    const query = { resourceVersion: ahead, fieldSelector: 'metadata.name=early' };
    const watched = await opened(query);
    for (let index = 0; index < 3; index += 1) await touch('early', String(index));
    await world.until('one event', () => watched.seen.length === 1);
    expect(watched.seen.map(({ object }) => object.data)).toEqual([{ value: '2' }]);
    watched.close();
  });

  it('of one node hears of its pods alone, also when a pod moves in', async () => {
    const nodes = await Promise.all(
      ['n1', 'n2'].map((node) => opened({ fieldSelector: `spec.nodeName=${node}` }, 'v1/pods')),
    );
    for (const [pod, node] of [
      ['p1', 'n1'],
      ['p2', 'n2'],
      ['p3', 'n1'],
    ]) {
      await world.make({
        verb: 'create',
        path: 'v1/pods',
        ...inDefault,
        body: podOf(pod as string),
      });
      await world.make({
        verb: 'create',
        path: 'v1/pods/binding',
        ...inDefault,
        name: pod as string,
        body: { target: { name: node } },
      });
    }
    await world.until(
      'all events',
      () => nodes[0]?.seen.length === 2 && nodes[1]?.seen.length === 1,
    );
    const told = nodes.map((one) =>
      one.seen.map(({ type, object }) => `${type} ${object.metadata?.name}`),
    );
    expect(told).toEqual([['ADDED p1', 'ADDED p3'], ['ADDED p2']]);
    for (const one of nodes) one.close();
  });

  it('waits for a sink that is full, and keeps the order', async () => {
    await configMap('slow');
    const rv = { resourceVersion: String(world.api.revision()) };
    const watched = await opened(
      { ...rv, fieldSelector: 'metadata.name=slow' },
      'v1/configmaps',
      2,
    );
    for (let index = 0; index < 6; index += 1) await touch('slow', String(index));
    await world.until('two events', () => watched.seen.length === 2);
    watched.room = 4;
    watched.drained();
    expect(watched.seen).toHaveLength(4);
    watched.room = Number.POSITIVE_INFINITY;
    watched.drained();
    const values = watched.seen.map(({ object }) => (object.data as { value: string }).value);
    expect(values).toEqual(['0', '1', '2', '3', '4', '5']);
    watched.close();
  });

  it('is dropped when its sink does not drain at all', async () => {
    await configMap('flood');
    const rv = { resourceVersion: String(world.api.revision()) };
    const watched = await opened(rv, 'v1/configmaps', 1);
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (let index = 0; index < watchBufferMax / 20 + 5; index += 1) {
        await world.make({
          verb: 'create',
          path: 'v1/configmaps',
          ...inDefault,
          body: { metadata: { name: `flood-${writer}-${index}` } },
        });
      }
    });
    await Promise.all(writers);
    await world.until('the end', () => watched.ended.length === 1);
    expect(watched.ended).toEqual(['overrun']);
    expect(watched.seen).toHaveLength(1);
  });

  it('is dropped when what waits for its sink grows too large', async () => {
    await configMap('large');
    const rv = { resourceVersion: String(world.api.revision()) };
    const watched = await opened(rv, 'v1/configmaps', 1);
    const other = await opened(rv, 'v1/configmaps');
    const sizeBytes = 900 * 1024;
    const fits = 1 + Math.floor(watchBufferBytesMax / (sizeBytes + 1024));
    for (let index = 0; index < fits; index += 1) {
      await touch('large', String(index).padEnd(sizeBytes, 'x'));
    }
    expect(watched.ended).toEqual([]);
    const late = { resourceVersion: String(world.api.revision()) };
    for (let index = 0; index < 2; index += 1) {
      await touch('large', String(index).padEnd(sizeBytes, 'y'));
    }
    await world.until('the end', () => watched.ended.length === 1);
    expect(watched.ended).toEqual(['overrun']);
    expect(watched.seen).toHaveLength(1);

    const resumed = await opened(late, 'v1/configmaps', 1);
    resumed.room = Number.POSITIVE_INFINITY;
    resumed.drained();
    await world.until('all of it', () => resumed.seen.length === 2);
    expect(other.seen).toHaveLength(fits + 2);
    expect(other.ended).toEqual([]);
    for (const one of [resumed, other]) one.close();
  });

  it('answers history that is gone with 410', async () => {
    const watched = await opened({ resourceVersion: '1' });
    expect(watched.seen).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ]);
    expect(watched.ended).toEqual(['gone']);
  });

  it('ends at its timeout', async () => {
    const rv = String(world.api.revision());
    const watched = await opened({
      resourceVersion: rv,
      timeoutSeconds: '1',
      allowWatchBookmarks: 'true',
    });
    await world.until('the end', () => watched.ended.length === 1);
    expect(watched.ended).toEqual(['timeout']);
    expect(watched.seen.map(({ type }) => type)).toEqual(['BOOKMARK']);
  });

  it('ends with the server', async () => {
    const other = await createApiWorld();
    const watched = (await other.watch({ path: 'v1/pods' })) as Watched;
    other.close();
    expect(watched.ended).toEqual(['shutdown']);
    const after = await other.ask({ verb: 'get', path: 'v1/namespaces', name: 'default' });
    expect(after.code).toBe(503);
  });

  it.each([
    [
      { sendInitialEvents: 'true' },
      /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/,
    ],
    [
      { resourceVersionMatch: 'NotOlderThan' },
      /resourceVersionMatch is forbidden for watch unless sendInitialEvents/,
    ],
    [{ timeoutSeconds: 'soon' }, /^400 BadRequest: strconv.ParseInt/],
    [{ resourceVersion: 'x' }, /^400 BadRequest: invalid resource version/],
  ])('is refused with %j', async (query, expected) => {
    const watched = await world.watch({ path: 'v1/pods', query });
    if (!isReply(watched)) throw new Error('was not refused');
    expect(short(watched)).toMatch(expected);
  });
});

describe('a thousand watches', () => {
  it('share the encodings of an entry', async () => {
    const made = await configMap('shared');
    const request = { path: 'v1/configmaps', ...inDefault, name: 'shared' };
    const { requestOf } = await import('./world.ts');
    const first = await world.api.getEntry(requestOf({ verb: 'get', ...request }));
    const second = await world.api.getEntry(requestOf({ verb: 'get', ...request }));
    expect(first).toBe(second);
    expect(made.metadata?.resourceVersion).toBe(
      (first as { object: typeof made }).object.metadata?.resourceVersion,
    );
  });
});
