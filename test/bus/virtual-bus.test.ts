/** The bus contract over the in-process bus, and what only that bus promises. */
import { expect, test } from 'vitest';
import { createIds } from '../../bus/ids.ts';
import { createVirtualBus, type Hop } from '../../bus/virtual-bus.ts';
import { busContract, envelopeFrom } from './contract.ts';

const aTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

busContract('virtual bus', async () => {
  const near = createVirtualBus({ name: 'near' });
  const far = near.connect('far');
  return {
    near,
    far,
    silenceNear: () => near.setConnected(false),
    bounceNear: async () => {
      near.setConnected(false);
      await aTurn();
      near.setConnected(true);
    },
    settle: aTurn,
    stop: async () => {
      await near.close();
      await far.close();
    },
  };
});

test('the scheduler owns every delivery: it sees who sends what to whom, and may drop it', () => {
  const waiting: [() => void, Hop][] = [];
  const near = createVirtualBus({ schedule: (...item) => waiting.push(item), name: 'near' });
  const far = near.connect('far');
  const got: unknown[] = [];
  far.subscribe('a.b', ({ body }) => got.push(body));
  for (const body of [1, 2, 3]) near.tell('a.b', body, envelopeFrom('test'));
  expect(got).toEqual([]);
  expect(waiting.map(([, hop]) => hop)).toEqual(
    [1, 2, 3].map(() => ({ subject: 'a.b', from: 'near', to: 'far' })),
  );
  waiting[2]?.[0]();
  waiting[0]?.[0]();
  expect(got).toEqual([3, 1]);
});

test('the same random source gives the same ids in the same order', () => {
  const draw = () => {
    let seed = 42;
    const ids = createIds(() => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed;
    });
    const root = ids.traceparent();
    return [ids.messageId(), ids.messageId(), root, ids.traceparent(root), ids.token()];
  };
  const ids = draw();
  expect(draw()).toEqual(ids);
  expect(new Set(ids).size).toBe(5);
  expect(ids[2]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(ids[3]?.slice(3, 35)).toBe(ids[2]?.slice(3, 35));
});
