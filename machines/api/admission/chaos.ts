/**
 * Admission of chaos experiments: only where the cluster was started for it, and only with a scenario
 * that can be run as it stands. Never begins one.
 */
import { isRecord } from '../json.ts';
import { forbidden, invalid, shown } from '../status.ts';
import type { Cause } from '../strategy.ts';
import type { AdmissionStep } from './attributes.ts';
import { refuse } from './attributes.ts';

/** One thing that is wrong with a scenario, where, and what was probably meant. */
export interface ScenarioFault {
  /** `spec.scenario.faults[0].fault`. */
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** Everything that is wrong with a scenario that stands at a path; nothing where it can be run. */
export type CheckScenario = (scenario: unknown, path: string) => readonly ScenarioFault[];

const field = 'spec.scenario';

/** Refuses experiments where chaos is not enabled. */
export const chaosEnabled: AdmissionStep = ({ env, served, name }) => {
  if (env.settings.chaos) return undefined;
  const detail =
    'this cluster was not started with --chaos, so nothing in it is broken on purpose; ' +
    'start one with "kabuki up --chaos"';
  return refuse(forbidden(served.named, name, detail));
};

/** Refuses a scenario that is wrong, with everything that is wrong with it. */
export const runnableScenario: AdmissionStep = ({ env, served, name, object }) => {
  const scenario = isRecord(object.spec) ? object.spec.scenario : undefined;
  if (!isRecord(scenario) || env.checkScenario === undefined) return undefined;
  const causes = env
    .checkScenario(scenario, field)
    .map((fault) => causeOf(fault, valueAt(object, fault.path)));
  if (causes.length === 0) return undefined;
  return refuse(invalid(served.group, served.kind, name, causes));
};

/** Maps and lists are not shown: they would hide what is said of them. */
function causeOf({ path, message, suggestion }: ScenarioFault, value: unknown): Cause {
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  const scalar = value !== undefined && (typeof value !== 'object' || value === null);
  const what = scalar ? `${shown(value, path)}: ` : '';
  const text = `Invalid value: ${what}${message}${hint}`;
  return { reason: 'FieldValueInvalid', field: path === '' ? field : path, message: text };
}

/** What stands at `spec.scenario.faults[0].fault`; undefined where nothing does. */
function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name ?? index ?? ''];
  }
  return value;
}
