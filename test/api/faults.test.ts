/**
 * A request when the store misbehaves: writes whose outcome nobody knows, lost races, a store that
 * is away. Every acknowledged write is there exactly once.
 */
import { describe, expect, it } from 'vitest';
import { isReply } from '../../actors/apiserver/api.ts';
import { encodeObject } from '../../actors/apiserver/object-codec.ts';
import { systemClock } from '../../bus/clock.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import type { Store, Write, WriteResult } from '../../bus/store/store.ts';
import { type ApiWorld, createApiWorld, requestOf, short } from './world.ts';

/** What happens to the next transactions: stored or not, and what the writer hears. */
type Fault =
  | 'fine'
  /** Stored, and nobody is told. */
  | 'stored, unknown'
  /** And somebody else writes the key again, or deletes it, before anybody can look. */
  | 'stored, unknown, written again'
  | 'stored, unknown, deleted'
  | 'lost, unknown'
  | 'unavailable'
  | 'too large'
  /** Somebody else creates it and deletes it again; or deletes it and creates another. */
  | 'lost, unknown, made and deleted'
  | 'lost, unknown, made anew'
  /** Somebody else writes the key first. */
  | 'raced';

interface FaultyStore extends Store {
  script: Fault[];
  writes: number;
}

function faulty(): FaultyStore {
  const inner = createMemoryStore({ clock: systemClock });
  const unknown: WriteResult = { ok: false, reason: 'unknown', detail: 'no answer' };
  const store: FaultyStore = {
    script: [],
    writes: 0,
    async transact(writes: readonly Write[], envelope: Envelope): Promise<WriteResult> {
      store.writes += 1;
      const fault = store.script.shift() ?? 'fine';
      switch (fault) {
        case 'stored, unknown':
          await inner.transact(writes, envelope);
          return unknown;
        case 'stored, unknown, written again':
        case 'stored, unknown, deleted': {
          await inner.transact(writes, envelope);
          const { key, value } = writes[0] as Write;
          const operation = fault === 'stored, unknown, deleted' ? 'delete' : 'put';
          const other = { ...envelope, id: `other-${store.writes}` };
          await inner.write({ key, operation, value, expected: undefined }, other);
          return unknown;
        }
        case 'lost, unknown, made and deleted':
        case 'lost, unknown, made anew': {
          const { key, value } = writes[0] as Write;
          const other = (id: string) => ({ ...envelope, id: `${id}-${store.writes}` });
          const anew = { kind: 'ConfigMap', metadata: { name: 'there', uid: 'another' } };
          const bytes = fault === 'lost, unknown, made anew' ? encodeObject(anew) : value;
          const put: Write = { key, operation: 'put', value: bytes, expected: undefined };
          const remove: Write = { key, operation: 'delete', value, expected: undefined };
          const all = fault === 'lost, unknown, made anew' ? [remove, put] : [put, remove];
          for (const [at, one] of all.entries()) await inner.write(one, other(`other-${at}`));
          return unknown;
        }
        case 'lost, unknown':
          return unknown;
        case 'unavailable':
          return { ok: false, reason: 'unavailable', detail: 'no leader' };
        case 'too large':
          return { ok: false, reason: 'tooLarge', detail: 'too many bytes' };
        case 'raced': {
          const first = writes[0] as Write;
          const current = await inner.read(first.key);
          const value = current?.value ?? first.value;
          const other = { ...envelope, id: `other-${store.writes}` };
          await inner.write(
            { key: first.key, operation: 'put', value, expected: undefined },
            other,
          );
          return inner.transact(writes, envelope);
        }
        default:
          return inner.transact(writes, envelope);
      }
    },
    write: (write, envelope) => store.transact([write], envelope),
    read: (key) => inner.read(key),
    lastRevision: () => inner.lastRevision(),
    follow: (sink, prefixes) => inner.follow(sink, prefixes),
    close: () => inner.close(),
  };
  return store;
}

const inDefault = { namespace: 'default' };
const path = 'v1/configmaps';

async function withWorld(run: (world: ApiWorld, store: FaultyStore) => Promise<void>) {
  const store = faulty();
  const world = await createApiWorld({}, { store });
  await world.make({ verb: 'create', path, ...inDefault, body: { metadata: { name: 'there' } } });
  await run(world, store);
  world.close();
  expect(world.bugs).toEqual([]);
}

type Operation = 'create' | 'generate' | 'update' | 'patch' | 'delete';

async function attempt(world: ApiWorld, operation: Operation) {
  const there = { path, ...inDefault, name: 'there' };
  switch (operation) {
    case 'create':
      return world.ask({ verb: 'create', path, ...inDefault, body: { metadata: { name: 'new' } } });
    case 'generate':
      return world.ask({
        verb: 'create',
        path,
        ...inDefault,
        body: { metadata: { generateName: 'g-' } },
      });
    case 'update': {
      const body = await world.make({ verb: 'get', ...there });
      return world.ask({ verb: 'update', ...there, body: { ...body, data: { a: 'b' } } });
    }
    case 'patch':
      return world.ask({
        verb: 'patch',
        ...there,
        patch: { type: 'merge', body: { data: { a: 'b' } } },
      });
    default:
      return world.ask({ verb: 'delete', ...there });
  }
}

describe('a request', () => {
  it.each<[Operation, Fault[], string | number]>([
    ['create', ['stored, unknown'], 201],
    ['create', ['lost, unknown'], 201],
    ['create', ['lost, unknown', 'lost, unknown', 'stored, unknown'], 201],
    ['create', ['raced'], '409 AlreadyExists: configmaps "new" already exists'],
    ['create', ['lost, unknown', 'raced'], '409 AlreadyExists: configmaps "new" already exists'],
    ['create', ['unavailable'], '503 ServiceUnavailable: no leader'],
    ['create', ['too large'], /^413 RequestEntityTooLarge: Request entity too large/.source],
    ['generate', ['raced', 'raced'], 201],
    ['patch', ['raced', 'raced', 'raced'], 200],
    ['patch', ['stored, unknown'], 200],
    [
      'patch',
      Array<Fault>(6).fill('raced'),
      /^409 Conflict: .*the object has been modified/.source,
    ],
    ['update', ['raced'], /^409 Conflict: .*the object has been modified/.source],
    ['update', ['stored, unknown'], 200],
    ['delete', ['stored, unknown'], 200],
    ['delete', ['raced'], 200],
    ['delete', ['lost, unknown'], 200],
    ['create', Array<Fault>(6).fill('lost, unknown'), /^504 Timeout: /.source],
  ])('%s under %j', async (operation, script, expected) => {
    await withWorld(async (world, store) => {
      store.script = [...script];
      const reply = await attempt(world, operation);
      if (typeof expected === 'number') expect(reply.code).toBe(expected);
      else if (expected.startsWith('^')) expect(short(reply)).toMatch(new RegExp(expected));
      else expect(short(reply)).toBe(expected);
      if (reply.code >= 400) return;
      const name = reply.object.metadata?.name ?? 'there';
      const got = await world.ask({ verb: 'get', path, ...inDefault, name });
      if (operation === 'delete') expect(got.code).toBe(404);
      else expect(got.object.metadata).toEqual(reply.object.metadata);
      if (operation === 'patch') expect(got.object.data).toEqual({ a: 'b' });
    });
  });

  it.each<[Operation, Fault[], number, number]>([
    ['create', ['stored, unknown, written again'], 201, 1],
    ['generate', ['stored, unknown, written again'], 201, 1],
    ['generate', ['lost, unknown', 'stored, unknown, written again'], 201, 1],
    ['generate', ['stored, unknown', 'fine'], 201, 1],
    ['generate', ['lost, unknown', 'raced'], 201, 2],
    ['create', ['stored, unknown, deleted'], 201, 0],
    ['generate', ['stored, unknown, deleted'], 201, 0],
    ['update', ['stored, unknown, written again'], 200, 0],
    ['update', ['stored, unknown, deleted'], 200, 0],
    ['patch', ['stored, unknown, deleted'], 200, 0],
    ['delete', ['stored, unknown, written again'], 200, 0],
    ['create', ['lost, unknown', 'unavailable', 'fine'], 201, 1],
    ['create', ['lost, unknown, made and deleted'], 409, 0],
    ['create', ['lost, unknown', 'lost, unknown, made and deleted'], 409, 0],
  ])('%s under %j is made once: %s, %s new', async (operation, script, code, made) => {
    await withWorld(async (world, store) => {
      store.script = [...script];
      const reply = await attempt(world, operation);
      expect(reply.code).toBe(code);
      const list = await world.api.list(requestOf({ verb: 'list', path, ...inDefault }));
      const names = isReply(list) ? [] : list.entries.map((one) => one.object.metadata?.name);
      expect(names.filter((name) => name !== 'there')).toHaveLength(made);
    });
  });

  it('deletes what was there when it was asked for, and not another of that name', async () => {
    await withWorld(async (world, store) => {
      store.script = ['lost, unknown, made anew'];
      const reply = await attempt(world, 'delete');
      expect(short(reply)).toBe('404 NotFound: configmaps "there" not found');
      const got = await world.ask({ verb: 'get', path, ...inDefault, name: 'there' });
      expect(got.object.metadata?.uid).toBe('another');
    });
  });

  it('writes once where nothing goes wrong', async () => {
    await withWorld(async (world, store) => {
      const before = store.writes;
      await attempt(world, 'patch');
      await attempt(world, 'patch');
      expect(store.writes - before).toBe(1);
    });
  });
});
