/** When what a killed server may have brought back is taken away, and of which keys. */
import { expect, test } from 'vitest';
import { Sweep, type SweepStream } from '../../bus/store/jetstream-sweep.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';

function setup(counts: { readonly [tokens: string]: number }) {
  const kept: string[] = [];
  const world = { away: false };
  const stream: SweepStream = {
    async dead() {
      if (world.away) throw new StoreUnavailable('no answer');
      return ['a.gone', 'a.clean'];
    },
    counts: async () => new Map(Object.entries(counts)),
    keepNewest: async (tokens) => void kept.push(tokens),
  };
  const taken = (): string[] => kept.splice(0);
  return { sweep: new Sweep(stream), world, taken };
}

const COUNTS = { 'a.gone': 6, 'a.clean': 1, 'a.lives': 8 };

test('of one server: what lies below tombstones, at the start and when it may have started anew', async () => {
  const { sweep, taken } = setup(COUNTS);
  await sweep.look('');
  expect(taken()).toEqual(['a.gone']);
  await sweep.look('');
  expect(taken()).toEqual([]);
  sweep.suspect();
  await sweep.look('');
  expect(taken()).toEqual(['a.gone']);
});

test('of several: all tombstones, since each server may have something else below; when they change', async () => {
  const { sweep, taken } = setup(COUNTS);
  await sweep.look('n1 n2 n3');
  expect(taken()).toEqual(['a.gone', 'a.clean']);
  await sweep.look('n1 n2 n3');
  expect(taken()).toEqual([]);
  await sweep.look('n1 n3');
  await sweep.look('n1 n2 n3');
  expect(taken()).toHaveLength(4);
});

test('what could not be done is done later', async () => {
  const { sweep, world, taken } = setup(COUNTS);
  world.away = true;
  await sweep.look('');
  world.away = false;
  await sweep.look('');
  expect(taken()).toEqual(['a.gone']);
});
