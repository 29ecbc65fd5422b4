import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AFFINITY_CLIENTS_MAX,
  choose,
  connected,
  newBalance,
} from '../../machines/proxy/balance.ts';

const backendsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ address: `127.128.1.${index + 2}`, port: 80 }));

test('connections go to the backends in turn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5 }), (count, rounds) => {
      const rule = { backends: backendsOf(count), affinityMs: 0 };
      const state = newBalance();
      const hits = new Map<string, number>();
      for (let i = 0; i < count * rounds; i++) {
        const order = choose(rule, state, `c${i}`, 0);
        expect(order).toHaveLength(count);
        const address = order[0]?.address ?? '';
        hits.set(address, (hits.get(address) ?? 0) + 1);
      }
      expect([...hits.values()]).toEqual(Array(count).fill(rounds));
    }),
  );
});

test('a client stays with its backend until its affinity ends or the backend goes', () => {
  const rule = { backends: backendsOf(3), affinityMs: 1_000 };
  const state = newBalance();
  const [first] = choose(rule, state, 'client', 0);
  connected(rule, state, 'client', first!, 0);
  choose(rule, state, 'other', 10);
  expect(choose(rule, state, 'client', 999)[0]).toEqual(first);
  expect(choose(rule, state, 'client', 1_000)[0]).not.toEqual(first);
  const without = { ...rule, backends: rule.backends.slice(1) };
  expect(choose(without, state, 'client', 500)[0]).not.toEqual(first);
});

test('remembered clients are bounded', () => {
  const rule = { backends: backendsOf(1), affinityMs: 1_000 };
  const state = newBalance();
  for (let i = 0; i < AFFINITY_CLIENTS_MAX + 10; i++) {
    connected(rule, state, `c${i}`, rule.backends[0]!, 0);
  }
  expect(state.clients.size).toBe(AFFINITY_CLIENTS_MAX);
  expect(state.clients.has('c0')).toBe(false);
});
