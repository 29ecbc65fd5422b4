/** What the network delivers twice is carried out once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveOnBus } from '../../actors/apiserver/nats-endpoint.ts';
import { rememberRequests } from '../../actors/apiserver/repeated-requests.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { subject } from '../../bus/subjects.ts';
import type { ApiReply } from '../../machines/api/request.ts';
import { type ApiWorld, createApiWorld } from './world.ts';

const reply = (code: number): ApiReply => ({
  ...{ code, object: { apiVersion: 'v1', kind: 'ConfigMap' }, warnings: [] },
});

describe('the memory', () => {
  test('gives the first answer again, also while it is awaited', async () => {
    const once = rememberRequests();
    let carried = 0;
    const carryOut = async () => {
      carried += 1;
      return reply(201);
    };
    const both = await Promise.all([once('a', carryOut), once('a', carryOut)]);
    expect(both).toEqual([reply(201), reply(201)]);
    await once('a', carryOut);
    expect(carried).toBe(1);
    await once('b', carryOut);
    expect(carried).toBe(2);
  });

  test('forgets what was not carried out: the client sends it again', async () => {
    const once = rememberRequests();
    const codes = [503, 429, 409, 200];
    const carryOut = async () => reply(codes.shift() as number);
    const given: number[] = [];
    for (let sent = 0; sent < 4; sent += 1) given.push((await once('a', carryOut)).code);
    expect(given).toEqual([503, 429, 409, 409]);
  });

  test('is bounded', async () => {
    const once = rememberRequests(2);
    let carried = 0;
    const carryOut = async () => {
      carried += 1;
      return reply(200);
    };
    for (const id of ['a', 'b', 'c', 'b', 'c', 'a']) await once(id, carryOut);
    expect(carried).toBe(4);
  });
});

describe('on the bus', () => {
  let world: ApiWorld;
  const user = 'system:kube-controller-manager';

  beforeAll(async () => {
    world = await createApiWorld();
    const { host } = world;
    serveOnBus(world.api, host.bus, 'kabuki', (cause) => host.envelope('apiserver', cause));
  });
  afterAll(() => {
    world.close();
    expect(world.bugs).toEqual([]);
  });

  const ask = async (verb: string, envelope: Envelope, more: object, as = user) => {
    const body = { version: 'v1', resource: 'configmaps', namespace: 'default', ...more };
    const to = subject('kabuki', 'api', as, verb);
    const answer = await world.host.bus.request(to, body, envelope, 5_000);
    if (!answer.ok) throw new Error(answer.error);
    return answer.body as ApiReply;
  };
  const configMap = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'twice-' } },
  };
  const made = () =>
    world.api
      .view()
      .list('core/configmaps', 'default')
      .filter(({ metadata }) => {
        return metadata.name.startsWith('twice-');
      }).length;

  test('a create with a generated name makes one object', async () => {
    const envelope = world.host.envelope('test');
    const [one, other] = await Promise.all([
      ask('create', envelope, { body: configMap }),
      ask('create', envelope, { body: configMap }),
    ]);
    expect(one.code).toBe(201);
    expect(other.object.metadata?.name).toBe(one.object.metadata?.name);
    await world.until('the view has it', () => world.api.view().revision >= (one.revision ?? 0));
    expect(made()).toBe(1);
  });

  test('a late copy of a patch takes nothing back', async () => {
    const { host } = world;
    const { object } = await ask('create', host.envelope('test'), { body: configMap });
    const name = object.metadata?.name;
    const patch = (value: string) => ({
      ...{ name, patch: { type: 'merge', body: { data: { value } } } },
    });
    const first = host.envelope('test');
    await ask('patch', first, patch('old'));
    await ask('patch', host.envelope('test'), patch('new'));
    await ask('patch', first, patch('old'));
    const { object: now } = await ask('get', host.envelope('test'), { name });
    expect((now as { data?: object }).data).toEqual({ value: 'new' });
  });

  test('nobody is given what was answered to another', async () => {
    const { host } = world;
    const envelope = host.envelope('test');
    const mine = await ask('create', envelope, { body: configMap });
    const theirs = await ask('create', envelope, { body: configMap }, 'system:node:n1');
    expect(mine.code).toBe(201);
    expect(theirs.code).toBe(403);
  });
});
