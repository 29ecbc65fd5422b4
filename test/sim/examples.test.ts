/** The scenarios in `examples/chaos/` hold in the simulation, as what is written of them says. */
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../actors/sim/command.ts';
import { expectHeld, scenarioFiles } from './scenario-files.ts';

const FILES = scenarioFiles('examples/chaos');

describe('an example holds', () => {
  it.each(FILES)('$name', async ({ path }) => {
    const scenario = readScenario(path);
    await expectHeld(scenario, scenario.seed ?? 1);
  });

  it('of each of the ten situations there is one', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(10);
  });
});
