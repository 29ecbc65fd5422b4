/**
 * Every step of every machine in whole simulated clusters is the step that XState's own algorithm takes: here each is
 * taken both ways.
 */
import { expect, test, vi } from 'vitest';
import { runTask } from '../../actors/sim/task.ts';
import type * as stepModule from '../../machines/step.ts';

const taken = vi.hoisted(() => ({ steps: 0, machines: new Set<string>() }));

vi.mock('../../machines/step.ts', async (original) => {
  const { createStepper, createInterpreter, ...rest } = await original<typeof stepModule>();
  return {
    ...rest,
    createStepper(machine: Parameters<typeof createStepper>[0]): stepModule.Stepper {
      const ours = createStepper(machine);
      const theirs = createInterpreter(machine);
      const same = (step: stepModule.Step, other: stepModule.Step): stepModule.Step => {
        expect(step).toEqual(other);
        taken.steps += 1;
        taken.machines.add(machine.id);
        return step;
      };
      return {
        initial: (input) => same(ours.initial(input), theirs.initial(input)),
        step: (state, event) => same(ours.step(state, event), theirs.step(state, event)),
      };
    },
  };
});

test.each([3, 17])('seed %i', async (seed) => {
  const task = { scenario: undefined, seed, version: 'test', differential: false };
  const { result } = await runTask({ ...task, determinism: false });
  expect(result.verdict).toBe('held');
  expect(taken.steps).toBeGreaterThan(1_000);
});

test('the machines of a cluster were all there', () => {
  expect([...taken.machines]).toEqual(
    expect.arrayContaining(
      'container leader node nodeHealth pendingPod pod reconciler api-request scheduler'.split(' '),
    ),
  );
});
