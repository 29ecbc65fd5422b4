/** Lists: pages, revisions, selectors, and every way to ask wrongly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReply, type ListReply } from '../../actors/apiserver/api.ts';
import { encodeContinue } from '../../machines/api/continue-token.ts';
import { type ApiWorld, createApiWorld, requestOf, short } from './world.ts';

let world: ApiWorld;
const count = 25;

beforeAll(async () => {
  world = await createApiWorld();
  for (let index = 0; index < count; index += 1) {
    await world.make({
      verb: 'create',
      path: 'v1/configmaps',
      namespace: index % 5 === 0 ? 'kube-public' : 'default',
      body: {
        metadata: {
          name: `c${String(index).padStart(2, '0')}`,
          labels: { parity: index % 2 === 0 ? 'even' : 'odd' },
        },
      },
    });
  }
});
afterAll(() => {
  world.close();
  expect(world.bugs).toEqual([]);
});

async function list(query: Record<string, string> = {}, namespace = '', path = 'v1/configmaps') {
  return world.api.list(requestOf({ verb: 'list', path, namespace, query }));
}

async function page(query: Record<string, string> = {}, namespace = ''): Promise<ListReply> {
  const reply = await list(query, namespace);
  if (isReply(reply)) throw new Error(short(reply));
  return reply;
}

const names = (reply: ListReply) =>
  reply.entries.map(
    (entry) => `${entry.object.metadata?.namespace}/${entry.object.metadata?.name}`,
  );

describe('a list', () => {
  it('has kind, revision and all objects in order', async () => {
    const all = await page();
    expect(all).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMapList', continueToken: '' });
    expect(all.revision).toBe(world.api.revision());
    expect(names(all)).toEqual([...names(all)].sort());
    expect(all.entries).toHaveLength(count);
    expect((await page({}, 'kube-public')).entries).toHaveLength(5);
  });

  it('goes in pages over one revision, whatever is written in between', async () => {
    const seen: string[] = [];
    let token = '';
    let revision = 0;
    const remaining: (number | undefined)[] = [];
    do {
      const one = await page({ limit: '7', ...(token === '' ? {} : { continue: token }) });
      if (revision === 0) revision = one.revision;
      expect(one.revision).toBe(revision);
      remaining.push(one.remaining);
      seen.push(...names(one));
      token = one.continueToken;
      await world.make({
        verb: 'create',
        path: 'v1/configmaps',
        namespace: 'default',
        body: { metadata: { generateName: 'zz-' } },
      });
    } while (token !== '');
    expect(seen).toHaveLength(count);
    expect(new Set(seen).size).toBe(count);
    expect(remaining).toEqual([18, 11, 4, undefined]);
    await world.make({
      verb: 'deletecollection',
      path: 'v1/configmaps',
      namespace: 'default',
      query: { labelSelector: '!parity' },
    });
    expect((await page()).entries).toHaveLength(count);
  });

  it.each([
    ['labelSelector', 'parity=even', 13],
    ['labelSelector', 'parity in (odd),parity', 12],
    ['fieldSelector', 'metadata.name=c03', 1],
    ['fieldSelector', 'metadata.name!=c03', 24],
    ['fieldSelector', 'metadata.namespace=kube-public', 5],
  ])('selects by %s %s', async (option, text, expected) => {
    expect((await page({ [option]: text })).entries).toHaveLength(expected);
  });

  it('does not count what remains under a selector', async () => {
    const one = await page({ labelSelector: 'parity=even', limit: '3' });
    expect(one.entries).toHaveLength(3);
    expect(one.remaining).toBeUndefined();
    expect(one.continueToken).not.toBe('');
  });

  it('can be asked for at an exact revision that a page has kept', async () => {
    const first = await page({ limit: '2' });
    const query = { resourceVersion: String(first.revision), resourceVersionMatch: 'Exact' };
    expect((await page(query)).revision).toBe(first.revision);
  });
});

describe('refusals', () => {
  const token = (revision: number, startKey: string) => encodeContinue({ revision, startKey });
  it.each([
    [{ continue: 'x&' }, '400 BadRequest: continue key is not valid: illegal base64 data'],
    [
      { continue: btoa('{"v":"other"}').replaceAll('=', '') },
      /^400 BadRequest: continue key is not valid: server does not/,
    ],
    [
      { continue: token(0, 'a/b') },
      /^400 BadRequest: continue key is not valid: incorrect encoded start resourceVersion/,
    ],
    [
      { continue: token(3, '../x') },
      /^400 BadRequest: continue key is not valid: encoded start key is invalid/,
    ],
    [
      { continue: token(1, 'default/c01') },
      /^410 Expired: The provided continue parameter is too old/,
    ],
    [
      { continue: token(1, 'a/b'), resourceVersion: '5' },
      '400 BadRequest: specifying resource version is not allowed when using continue',
    ],
    [{ limit: 'many' }, '400 BadRequest: strconv.ParseInt: parsing "many": invalid syntax'],
    [{ resourceVersion: 'abc' }, /^400 BadRequest: invalid resource version/],
    [
      { resourceVersionMatch: 'Exact' },
      /^422 Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden/,
    ],
    [
      { resourceVersionMatch: 'Odd', resourceVersion: '1' },
      /Unsupported value: "Odd": supported values: "Exact", "NotOlderThan", ""/,
    ],
    [{ sendInitialEvents: 'true' }, /sendInitialEvents is forbidden for list/],
    [
      { resourceVersion: '1', resourceVersionMatch: 'Exact' },
      '410 Expired: The resourceVersion for the provided list is too old.',
    ],
    [
      { fieldSelector: 'data.x=1' },
      '400 BadRequest: "data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      { fieldSelector: 'nonsense' },
      "400 BadRequest: invalid selector: 'nonsense'; can't understand 'nonsense'",
    ],
    [{ labelSelector: 'a in' }, /^400 BadRequest: unable to parse requirement/],
  ])('%j', async (query, expected) => {
    const reply = await list(query as Record<string, string>);
    if (!isReply(reply)) throw new Error('was not refused');
    if (typeof expected === 'string') expect(short(reply)).toBe(expected);
    else expect(short(reply)).toMatch(expected);
  });

  it('names the way on when a continue token has expired', async () => {
    const reply = await list({ continue: token(1, 'default/c20') });
    const next = (reply as unknown as { object: { metadata: { continue: string } } }).object
      .metadata.continue;
    expect(names(await page({ continue: next })).slice(0, 2)).toEqual([
      'default/c21',
      'default/c22',
    ]);
  });

  it('answers 504 for a revision that is not reached', async () => {
    const asked = world.api.revision() + 1_000;
    const reply = await list({ resourceVersion: String(asked) });
    if (!isReply(reply)) throw new Error('was not refused');
    expect(short(reply)).toBe(
      `504 Timeout: Timeout: Too large resource version: ${asked}, current: ${world.api.revision()}`,
    );
    expect(reply.object).toMatchObject({
      details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
  });

  it.each([
    ['v1/pods', 'bogus', '400 BadRequest: field label not supported: bogus'],
    ['apps/v1/widgets', '', '404 NotFound: the server could not find the requested resource'],
  ])('of %s', async (path, field, expected) => {
    const reply = await list(field === '' ? {} : { fieldSelector: `${field}=1` }, '', path);
    if (!isReply(reply)) throw new Error('was not refused');
    expect(short(reply)).toBe(expected);
  });
});
