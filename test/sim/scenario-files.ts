/** Scenarios that lie in files, and that they hold. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { reasonsOf, runTask } from '../../actors/sim/task.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { ROOT } from './program.ts';

export interface ScenarioFile {
  readonly name: string;
  readonly path: string;
}

/** The scenarios in a directory of this repository, by name. */
export function scenarioFiles(directory: string): readonly ScenarioFile[] {
  const at = join(ROOT, directory);
  const names = readdirSync(at).filter((name) => name.endsWith('.yaml'));
  return names.sort().map((name) => ({ name, path: join(at, name) }));
}

/** Runs a scenario and its twin without faults. */
export async function expectHeld(scenario: Scenario, seed: number): Promise<void> {
  const { result } = await runTask({
    ...{ scenario, seed, version: 'test' },
    ...{ differential: true, determinism: false },
  });
  const why = reasonsOf(result);
  expect({ verdict: result.verdict, why }).toEqual({ verdict: 'held', why: [] });
}
