/**
 * A scenario as YAML that reads back as the same scenario: for shrunk ones, so that they replay.
 *
 * Writes what differs from the defaults alone; manifests that came from files stand in place.
 */
import { stringify } from 'yaml';
import { forDefault, timesDefault } from './parse-scenario-faults.ts';
import {
  SCENARIO_DEFAULTS as DEFAULTS,
  type Fault,
  type FaultAction,
  type ObjectSelector,
  type Scenario,
  type StepPattern,
  type Target,
  type Trigger,
  type WorkloadStep,
  type WritePattern,
} from './scenario.ts';
import { writeDuration } from './scenario-duration.ts';
import { FAULTS, UNTIL_HEALED } from './scenario-fields.ts';
import { writeRef } from './scenario-resources.ts';

type Plain = { readonly [field: string]: unknown };

/** The YAML of a scenario; `comment` stands above it, a `#` before each of its lines. */
export function writeScenario(scenario: Scenario, comment = ''): string {
  const text = stringify(scenarioObject(scenario), {
    lineWidth: 100,
    aliasDuplicateObjects: false,
  });
  const lines = comment === '' ? [] : comment.split('\n').map((line) => `# ${line}`.trimEnd());
  return `${lines.map((line) => `${line}\n`).join('')}${text}`;
}

/** A scenario in the words of its language, as in a ChaosExperiment's `spec.scenario`. */
export function scenarioObject(scenario: Scenario): Plain {
  const { cluster, workload, hold, blastRadius } = scenario;
  const { steps, random } = workload;
  const except = hold.except.map((rule) => ({
    rule,
    because: hold.because?.[rule] ?? 'no reason given',
  }));
  return given({
    name: scenario.name,
    description: scenario.description === '' ? undefined : scenario.description,
    seed: scenario.seed,
    cluster: {
      nodes: cluster.nodes,
      apiservers: unless(cluster.apiservers, DEFAULTS.apiservers),
      schedulers: unless(cluster.schedulers, DEFAULTS.schedulers),
      controllers: unless(cluster.controllers, DEFAULTS.controllers),
      storeReplicas: unless(cluster.storeReplicas, DEFAULTS.storeReplicas),
      nodeMonitorGrace: unless(
        writeDuration(cluster.nodeMonitorGraceMs),
        writeDuration(DEFAULTS.nodeMonitorGraceMs),
      ),
      defaultTolerationSeconds: unless(
        cluster.defaultTolerationSeconds,
        DEFAULTS.defaultTolerationSeconds,
      ),
    },
    for: writeDuration(scenario.forMs),
    workload: {
      manifests: workload.manifests.length > 0 ? workload.manifests : undefined,
      steps: steps.length > 0 ? steps.map(stepObject) : undefined,
      random,
    },
    faults: scenario.faults.length > 0 ? scenario.faults.map(faultObject) : undefined,
    hold: {
      recoverWithin: writeDuration(hold.recoverWithinMs),
      except: except.length > 0 ? except : undefined,
    },
    blastRadius: { ...blastRadius },
  });
}

function stepObject(step: WorkloadStep): Plain {
  const at = writeDuration(step.atMs);
  switch (step.do) {
    case 'apply':
      return { at, apply: step.object };
    case 'scale':
      return { at, scale: writeRef(step.ref), replicas: step.replicas };
    case 'rollout':
      return { at, rollout: writeRef(step.ref), image: step.image };
    case 'delete':
      return { at, delete: writeRef(step.ref) };
  }
}

function faultObject({ name, what, target, trigger, forMs, times }: Fault): Plain {
  const lasts = forMs === undefined ? UNTIL_HEALED : writeDuration(forMs);
  const isDefault = forMs === forDefault(what.fault) || FAULTS[what.fault].instant;
  return given({
    name,
    fault: what.fault,
    target: targetObject(target),
    ...triggerObject(trigger),
    for: isDefault ? undefined : lasts,
    times: unless(times, timesDefault(trigger)),
    ...actionFields(what),
  });
}

function actionFields(what: FaultAction): Plain {
  switch (what.fault) {
    case 'crash':
      return {
        afterEffects: what.afterEffects,
        power: unless(what.power, false),
        staleRevisions: unless(what.staleRevisions, 0),
      };
    case 'partition': {
      const from = what.from === undefined ? undefined : targetObject(what.from);
      return { direction: unless(what.direction, 'both'), from };
    }
    case 'delay':
      return { by: range(what.minMs, what.maxMs), probability: what.probability };
    case 'store-slow':
      return { by: range(what.minMs, what.maxMs) };
    case 'reorder':
      return { window: writeDuration(what.windowMs), probability: what.probability };
    case 'stale-view':
      return { lag: writeDuration(what.lagMs) };
    case 'clock-skew':
    case 'slow-start':
    case 'slow-stop':
      return { by: writeDuration(what.byMs) };
    default: {
      const { fault: _, ...fields } = what;
      return fields;
    }
  }
}

function range(minMs: number, maxMs: number): string {
  const least = writeDuration(minMs);
  return minMs === maxMs ? least : `${least}..${writeDuration(maxMs)}`;
}

/** The name alone where it is all; undefined where everybody is meant. */
function targetObject(target: Target): string | Plain | undefined {
  const { pods, ...rest } = target;
  const fields = given({ ...rest, pods: pods === undefined ? undefined : selectorObject(pods) });
  const names = Object.keys(fields);
  if (names.length === 0) return undefined;
  return names.length === 1 && target.process !== undefined ? target.process : fields;
}

function selectorObject({ namespace, name, labels }: ObjectSelector): Plain {
  const some = Object.keys(labels).length > 0 ? labels : undefined;
  return given({ namespace, name, labels: some }, true);
}

function triggerObject(trigger: Trigger): Plain {
  switch (trigger.kind) {
    case 'at':
      return { at: writeDuration(trigger.atMs) };
    case 'rate':
      return { rate: trigger.perMinute };
    case 'message': {
      const { subject, from, to, nth } = trigger;
      return { on: given({ message: subject, from, to, nth: unless(nth, 1) }) };
    }
    case 'step':
      return { on: given({ step: stepPattern(trigger), nth: unless(trigger.nth, 1) }) };
    case 'write': {
      const { when, nth } = trigger;
      return { on: given({ write: writePattern(trigger), when, nth: unless(nth, 1) }) };
    }
    case 'between': {
      const between = [writePattern(trigger.first), writePattern(trigger.second)];
      return { on: given({ between, nth: unless(trigger.nth, 1) }) };
    }
    case 'count':
      return { on: { count: trigger.step } };
  }
}

function stepPattern({ actor, process: where, event, enters }: StepPattern): Plain {
  return given({ actor, process: where, event, enters }, true);
}

function writePattern({ by, resource, operation, name }: WritePattern): Plain {
  return given({ by, resource, operation, name }, true);
}

function unless<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}

/** Fields whose empty map means anything at all. */
const STAY = new Set(['step', 'write', 'pods']);

/** Without what is undefined, nor maps that are empty for it, unless these `stay`. */
function given(fields: Plain, stay = false): Plain {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (!isMap || stay || STAY.has(name)) return [[name, value]];
      const inner = given(value as Plain);
      return Object.keys(inner).length > 0 ? [[name, inner]] : [];
    }),
  );
}
