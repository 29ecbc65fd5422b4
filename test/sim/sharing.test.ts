/**
 * Simulated processes share objects in place of copies. Here everything that is written is frozen: who changes an object
 * that somebody else may hold throws, and the run is not held.
 */
import { expect, test, vi } from 'vitest';
import type * as codecModule from '../../actors/sim/sim-codec.ts';
import { runTask } from '../../actors/sim/task.ts';

const frozen = vi.hoisted(() => ({ objects: 0 }));

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}

vi.mock('../../actors/sim/sim-codec.ts', async (original) => {
  const { simCodec } = await original<typeof codecModule>();
  const counted = <T>(value: T): T => {
    frozen.objects += 1;
    return freeze(value);
  };
  return {
    simCodec: {
      encode: (object) => simCodec.encode(counted(object)),
      decode: (bytes, revision) => counted(simCodec.decode(bytes, revision)),
      pack: (object) => simCodec.pack(counted(object)),
      unpack: (bytes) => counted(simCodec.unpack(bytes)),
    } satisfies typeof simCodec,
  };
});

test.each([5, 29, 71])('seed %i', async (seed) => {
  const task = { scenario: undefined, seed, version: 'test', differential: false };
  const { result } = await runTask({ ...task, determinism: false });
  expect(result.reasons).toEqual([]);
  expect(result.verdict).toBe('held');
  expect(frozen.objects).toBeGreaterThan(1_000);
});
