/** The replica against a model, with generated histories; and what it promises besides. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../bus/clock.ts';
import { decode, encode } from '../../bus/codec.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { createReplica, type Replica, type ReplicaEvent } from '../../bus/store/replica.ts';
import type { LogSink, Store, StoredEntry, StoreEvent } from '../../bus/store/store.ts';
import { RING_BYTES_MAX } from '../../bus/store/store-replica.ts';
import { envelope, numbersOf, put } from './contract.ts';

/** A store whose log a test tells by hand. */
function scripted(): { store: Store; sink: () => LogSink } {
  let sink: LogSink | undefined;
  const store = createMemoryStore({ clock: systemClock });
  store.follow = (given) => {
    sink = given;
    return { poll: () => {}, close: () => {} };
  };
  return { store, sink: () => sink! };
}

const token = fc.constantFrom('a', 'b', 'a-b', 'a.b', 'ab', 'z');
const key = fc
  .tuple(fc.constantFrom('core', 'apps'), fc.constantFrom('pods', 'nodes'), token, token)
  .map((tokens) => tokens.join('/'));
const prefixes = [
  '',
  'core',
  'apps',
  'core/pods',
  'core/nodes',
  'core/pods/a',
  'core/pods/a/a',
  'x',
];

type Step =
  | { readonly do: 'put'; readonly key: string; readonly value: number }
  | { readonly do: 'delete'; readonly key: string }
  | { readonly do: 'snapshot' | 'watch' | 'reset' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), key, value: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
);

type State = ReadonlyMap<string, { readonly value: number; readonly revision: number }>;

function below(state: State, prefix: string, after?: string): string[] {
  const match = (k: string) => prefix === '' || k === prefix || k.startsWith(`${prefix}/`);
  return [...state.keys()]
    .filter((k) => match(k) && (after === undefined || k > after))
    .sort()
    .map((k) => `${k}=${state.get(k)!.value}@${state.get(k)!.revision}`);
}

type View = Pick<Replica<number>, 'get' | 'entries'> & {
  count(prefix: string, afterKey?: string): number;
};

function expectView(view: View, state: State, after: string): void {
  const words = (list: Iterable<{ key: string; value: number; revision: number }>) =>
    [...list].map((entry) => `${entry.key}=${entry.value}@${entry.revision}`);
  for (const prefix of prefixes) {
    expect(words(view.entries(prefix))).toEqual(below(state, prefix));
    expect(words(view.entries(prefix, after))).toEqual(below(state, prefix, after));
    expect(view.count(prefix)).toBe(below(state, prefix).length);
  }
  for (const [k, { value }] of state) expect(view.get(k)?.value).toBe(value);
  expect(view.get('core/pods/none/none')).toBeUndefined();
}

interface ModelWatch {
  readonly from: number;
  readonly prefix: string;
  readonly got: string[];
  live: boolean;
}

/** The replica and, beside it, the plainest thing that could be it. */
class Model {
  readonly replica: Replica<number>;
  readonly sink: LogSink;
  readonly watches: ModelWatch[] = [];
  readonly snapshots: { readonly view: View; readonly state: State }[] = [];
  history: { readonly revision: number; readonly key: string; readonly text: string }[] = [];
  state = new Map<string, { value: number; revision: number }>();
  revision = 10;
  start = 10;

  constructor() {
    const { store, sink } = scripted();
    this.replica = createReplica(store, { decode: (bytes) => decode(bytes) as number });
    this.sink = sink();
    this.sink.onSnapshot([], this.revision);
    this.replica.index('parity', 'core/pods', (value) => [value % 2 === 0 ? 'even' : 'odd', 'all']);
  }

  run(step: Step, n: number): void {
    if (step.do === 'put') this.#tell('put', step.key, step.value);
    else if (step.do === 'delete') this.#delete(step.key);
    else if (step.do === 'snapshot') this.#snapshot();
    else if (step.do === 'watch') this.#watch(prefixes[n % prefixes.length]!, n);
    else this.#reset();
  }

  #tell(operation: 'put' | 'delete', key: string, value: number): void {
    this.revision += 1;
    const was = this.state.get(key)?.value;
    const { revision } = this;
    if (operation === 'put') this.state.set(key, { value, revision });
    else this.state.delete(key);
    const text = `${revision} ${operation} ${key}=${value} was ${was}`;
    this.history.push({ revision, key, text });
    const event: StoreEvent = { key, revision, operation, value: encode(value), envelope };
    this.sink.onEvent(event);
    for (const watch of this.watches) {
      if (!watch.live) continue;
      const expected = this.#since(watch.from, watch.prefix);
      expect(watch.got).toEqual(expected);
    }
  }

  #since(from: number, prefix: string): string[] {
    const match = (k: string) => prefix === '' || k === prefix || k.startsWith(`${prefix}/`);
    return this.history.filter((h) => h.revision > from && match(h.key)).map((h) => h.text);
  }

  #delete(key: string): void {
    const live = this.state.get(key);
    if (live !== undefined) this.#tell('delete', key, live.value);
  }

  #snapshot(): void {
    this.snapshots.push({ view: this.replica.snapshot(), state: new Map(this.state) });
  }

  #watch(prefix: string, n: number): void {
    const from = this.start - 1 + (n % (this.revision - this.start + 3));
    const watch: ModelWatch = { from, prefix, got: [], live: true };
    const onEvent = ({ operation, entry, previous }: ReplicaEvent<number>) => {
      expect(this.replica.get(entry.key)?.value).toBe(this.state.get(entry.key)?.value);
      const { revision, key, value } = entry;
      watch.got.push(`${revision} ${operation} ${key}=${value} was ${previous?.value}`);
    };
    const onReset = () => {
      watch.live = false;
    };
    const result = this.replica.watch(prefix, from, { onEvent, onReset });
    if (from < this.start) expect(result).toBe('gone');
    else if (from > this.revision) expect(result).toBe('tooNew');
    else {
      expect(watch.got).toEqual(this.#since(from, prefix));
      this.watches.push(watch);
    }
  }

  #reset(): void {
    this.sink.onReset(this.revision);
    expect(this.watches.filter((watch) => watch.live)).toEqual([]);
    expect(this.replica.watch('', this.revision, { onEvent: () => {} })).toBe('gone');
    this.revision += 5;
    this.start = this.revision;
    this.history = [];
    this.sink.onSnapshot(this.entries(), this.revision);
  }

  entries(): StoredEntry[] {
    return Array.from(this.state, ([key, { value, revision }]) => ({
      key,
      revision,
      value: encode(value),
      envelope,
    }));
  }

  check(n: number): void {
    const keys = [...this.state.keys()].sort();
    const after = keys[n % Math.max(1, keys.length)] ?? 'core/pods/a/a';
    expectView(this.replica, this.state, after);
    for (const { view, state } of this.snapshots) expectView(view, state, after);
    for (const { view, state } of this.snapshots) {
      expect(view.count('core/pods', after)).toBe(below(state, 'core/pods', after).length);
    }
    const odd = below(this.state, 'core/pods').filter((text) => Number(text.split(/[=@]/)[1]) % 2);
    const indexed = this.replica.byIndex('parity', 'odd');
    expect(indexed.map((e) => `${e.key}=${e.value}@${e.revision}`)).toEqual(odd);
    expect(this.replica.byIndex('parity', 'all')).toHaveLength(
      below(this.state, 'core/pods').length,
    );
    expect(this.replica.byIndex('parity', 'none')).toEqual([]);
    expect(this.replica.revision).toBe(this.revision);
  }
}

describe('replica', () => {
  test('any history: state, snapshots, indexes and watches are as the model has them', () => {
    const property = fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, salt) => {
      const model = new Model();
      for (const [i, each] of steps.entries()) model.run(each, salt + i);
      model.check(salt);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('values are decoded when asked for, once for each revision', async () => {
    const store = createMemoryStore({ clock: systemClock });
    const decoded: string[] = [];
    const replica = createReplica<number>(store, {
      decode: (bytes, revision, k) => {
        decoded.push(`${k}@${revision}`);
        return decode(bytes) as number;
      },
    });
    await replica.ready;
    replica.watch('', 0, { onEvent: () => {} });
    await store.write(put('a/b', 1), envelope);
    await store.write(put('a/b', 2), envelope);
    await replica.waitFor(2, 1000);
    expect(decoded).toEqual([]);
    const snapshot = replica.snapshot();
    for (let i = 0; i < 3; i += 1) {
      expect([replica.get('a/b')?.value, snapshot.get('a/b')?.value]).toEqual([2, 2]);
    }
    expect(decoded).toEqual(['a/b@2']);
  });

  test('waitFor: true when reached, false at the deadline or when closed', async () => {
    const store = createMemoryStore({ clock: systemClock });
    const replica = await numbersOf(store);
    const soon = replica.waitFor(2, 5000);
    expect(await replica.waitFor(2, 20)).toBe(false);
    await store.write(put('a/b', 1), envelope);
    await store.write(put('a/b', 2), envelope);
    expect(await soon).toBe(true);
    const never = replica.waitFor(99, 60_000);
    replica.close();
    expect(await never).toBe(false);
  });

  test('history is bounded by age: old events and snapshots go, and a watch from before is gone', async () => {
    let nowMs = 0;
    const clock: Clock = { nowMs: () => nowMs, setTimer: systemClock.setTimer };
    const { store, sink } = scripted();
    const options = { decode: (bytes: Uint8Array) => decode(bytes) as number, historyMs: 1000 };
    const replica = createReplica<number>(store, options, clock);
    sink().onSnapshot([], 1);
    const told = (revision: number): StoreEvent => ({
      key: 'a/b/c',
      revision,
      operation: 'put',
      value: encode(revision),
      envelope,
    });
    sink().onEvent(told(2));
    replica.snapshot(true);
    nowMs = 1500;
    sink().onEvent(told(3));
    nowMs = 2000;
    expect(replica.watch('a', 1, { onEvent: () => {} })).not.toBe('gone');
    sink().onProgress(3);
    expect(replica.watch('a', 1, { onEvent: () => {} })).toBe('gone');
    const seen: number[] = [];
    replica.watch('a', 2, { onEvent: (event) => seen.push(event.entry.revision) });
    expect(seen).toEqual([3]);
    expect(replica.snapshotAt(2)).toBeUndefined();
  });

  test('history is bounded by bytes: many changes of large values leave only the last ones', () => {
    const { store, sink } = scripted();
    const replica = createReplica<number>(store, { decode: (bytes) => bytes.length });
    sink().onSnapshot([], 0);
    const value = new Uint8Array(RING_BYTES_MAX / 4);
    const last = 40;
    for (let revision = 1; revision <= last; revision += 1) {
      sink().onEvent({ key: 'a/b', revision, operation: 'put', value, envelope });
    }
    expect(replica.watch('a', last - 5, { onEvent: () => {} })).toBe('gone');
    const seen: number[] = [];
    replica.watch('a', last - 4, { onEvent: ({ entry }) => seen.push(entry.revision) });
    expect(seen).toEqual([37, 38, 39, 40]);
    const huge = new Uint8Array(2 * RING_BYTES_MAX);
    sink().onEvent({ key: 'a/b', revision: 41, operation: 'put', value: huge, envelope });
    replica.watch('a', 40, { onEvent: ({ entry }) => seen.push(entry.revision) });
    expect(seen.at(-1)).toBe(41);
  });

  test('a watch that is closed in the middle of its history, or by its own event, hears nothing more', () => {
    const { store, sink } = scripted();
    const replica = createReplica<number>(store, { decode: (bytes) => decode(bytes) as number });
    sink().onSnapshot([], 0);
    const tell = (revision: number) =>
      sink().onEvent({ key: 'a/b', revision, operation: 'put', value: encode(0), envelope });
    for (const revision of [1, 2, 3]) tell(revision);
    const seen: number[] = [];
    const watch = replica.watch('a/b', 0, { onEvent: ({ entry }) => seen.push(entry.revision) });
    const late: number[] = [];
    replica.watch('a/b', 3, {
      onEvent: ({ entry }) => {
        late.push(entry.revision);
        if (typeof watch !== 'string') watch.close();
      },
    });
    tell(4);
    tell(5);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(late).toEqual([4, 5]);
  });
});
