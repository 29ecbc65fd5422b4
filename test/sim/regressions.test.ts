/** Every bug that was found by a seed stays mended: its shrunk scenario, run with the seed pinned in it. */
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../actors/sim/command.ts';
import { expectHeld, scenarioFiles } from './scenario-files.ts';

const FILES = scenarioFiles('test/sim/regressions');

describe('a bug that was found stays mended', () => {
  it.each(FILES)('$name', async ({ path }) => {
    const scenario = readScenario(path);
    expect(scenario.seed, `${path} has to pin the seed that found it`).toBeTypeOf('number');
    await expectHeld(scenario, scenario.seed as number);
  });

  it('has scenarios', () => {
    expect(FILES.length).toBeGreaterThan(0);
  });
});
