/**
 * Smaller scenarios made from a failing one, from big cuts to small ones, as delta debugging does.
 *
 * Pure, deterministic and lazy. Every candidate is valid where the scenario was, and smaller by `sizeOf`. Never says
 * whether a candidate still fails: who runs it knows.
 */
import type { AnyObject } from '../api/view.ts';
import type { Fault, ObjectRef, Scenario, WorkloadStep } from './scenario.ts';
import { faultCuts } from './shrink-faults.ts';
import { SHRINKING_ROLES, withProcesses } from './shrink-processes.ts';
import { REPLICA_FIELDS, sizeOf } from './shrink-size.ts';

/** One candidate and the cut that made it; a cut has the same name wherever it is tried. */
export interface Cut {
  readonly cut: string;
  readonly scenario: Scenario;
}

/** The candidates of a scenario, without the names of their cuts. */
export function* shrinkCandidates(scenario: Scenario): Generator<Scenario, void, undefined> {
  for (const { scenario: candidate } of cuts(scenario)) yield candidate;
}

/** The candidates of a scenario with the names of their cuts, each smaller than the scenario. */
export function* cuts(scenario: Scenario): Generator<Cut, void, undefined> {
  const size = sizeOf(scenario);
  for (const candidate of allCuts(scenario)) {
    if (sizeOf(candidate.scenario) < size) yield candidate;
  }
}

function* allCuts(scenario: Scenario): Generator<Cut, void, undefined> {
  yield* randomOff(scenario);
  yield* listCuts(scenario, FAULTS);
  yield* listCuts(scenario, STEPS);
  yield* listCuts(scenario, MANIFESTS);
  yield* processCuts(scenario);
  yield* timeCuts(scenario);
  yield* replicaCuts(scenario);
  yield* randomLess(scenario);
  for (const fault of scenario.faults) {
    for (const { cut, fault: smaller } of faultCuts(scenario.cluster, fault)) {
      const faults = scenario.faults.map((other) => (other === fault ? smaller : other));
      yield { cut: `fault ${fault.name}: ${cut}`, scenario: { ...scenario, faults } };
    }
  }
}

const withWorkload = (scenario: Scenario, workload: Partial<Scenario['workload']>): Scenario => ({
  ...scenario,
  workload: { ...scenario.workload, ...workload },
});

function* randomOff(scenario: Scenario): Generator<Cut, void, undefined> {
  if (scenario.workload.random === undefined) return;
  yield { cut: 'no random workload', scenario: withWorkload(scenario, { random: undefined }) };
}

const RATES = [
  'rolloutsPerMinute',
  'scalesPerMinute',
  'deletesPerMinute',
  'createsPerMinute',
] as const;

function* randomLess(scenario: Scenario): Generator<Cut, void, undefined> {
  const { random } = scenario.workload;
  if (random === undefined) return;
  const less = (cut: string, change: Partial<typeof random>): Cut => ({
    cut: `random ${cut}`,
    scenario: withWorkload(scenario, { random: { ...random, ...change } }),
  });
  for (const rate of RATES) if (random[rate] > 0) yield less(`no ${rate}`, { [rate]: 0 });
  for (const kind of random.kinds) {
    const kinds = random.kinds.filter((other) => other !== kind);
    if (kinds.length > 0) yield less(`no ${kind}`, { kinds });
  }
  for (const limit of ['objectsMax', 'replicasMax'] as const) {
    for (const count of fewer(random[limit], 1)) yield less(limit, { [limit]: count });
  }
}

/** A list of the scenario that is cut piece by piece. */
interface ListOf<T> {
  readonly what: string;
  readonly of: (scenario: Scenario) => readonly T[];
  readonly named: (item: T, index: number) => string;
  readonly put: (scenario: Scenario, items: readonly T[]) => Scenario;
}

const FAULTS: ListOf<Scenario['faults'][number]> = {
  what: 'faults',
  of: (scenario) => scenario.faults,
  named: (fault) => fault.name,
  put: (scenario, faults) => ({ ...scenario, faults }),
};

const STEPS: ListOf<WorkloadStep> = {
  what: 'steps',
  of: (scenario) => scenario.workload.steps,
  named: (step) => JSON.stringify(step),
  put: (scenario, steps) => withoutOrphans(scenario, withWorkload(scenario, { steps })),
};

const MANIFESTS: ListOf<AnyObject> = {
  what: 'manifests',
  of: (scenario) => scenario.workload.manifests,
  named: (object) => `${object.kind} ${object.metadata?.namespace}/${object.metadata?.name}`,
  put: (scenario, manifests) => withoutOrphans(scenario, withWorkload(scenario, { manifests })),
};

/** All, then halves, quarters and so on down to single ones. */
function* listCuts<T>(scenario: Scenario, list: ListOf<T>): Generator<Cut, void, undefined> {
  const items = list.of(scenario);
  for (let length = items.length; length >= 1; length = nextLength(length)) {
    for (let start = 0; start < items.length; start += length) {
      const rest = items.filter((_, index) => index < start || index >= start + length);
      const gone = items.slice(start, start + length).map(list.named);
      const cut = `${list.what} without ${gone.join(', ')}`;
      yield { cut, scenario: list.put(scenario, rest) };
    }
  }
}

const nextLength = (length: number) => (length === 1 ? 0 : Math.ceil(length / 2));

/** Without the steps on objects that are no longer made. */
function withoutOrphans(before: Scenario, after: Scenario): Scenario {
  const steps = after.workload.steps.filter(
    (step) => step.do === 'apply' || !makes(before, step.ref) || makes(after, step.ref),
  );
  return withWorkload(after, { steps });
}

function makes({ workload }: Scenario, ref: ObjectRef): boolean {
  const applied = workload.steps.flatMap((step) => (step.do === 'apply' ? [step.object] : []));
  return [...workload.manifests, ...applied].some((object) => isObject(object, ref));
}

function isObject(object: AnyObject, ref: ObjectRef): boolean {
  const kind = (object.kind ?? '').toLowerCase();
  const resource = ref.resource.slice(ref.resource.lastIndexOf('/') + 1);
  const plurals = [`${kind}s`, `${kind}es`, `${kind.slice(0, -1)}ies`];
  const namespace = object.metadata?.namespace;
  return (
    plurals.includes(resource) &&
    object.metadata?.name === ref.name &&
    (namespace === undefined || namespace === '' || namespace === ref.namespace)
  );
}

/** The least, the half, one less: each at most once and smaller than the number. */
export function fewer(count: number, least: number): readonly number[] {
  const numbers = [least, Math.floor(count / 2), count - 1];
  return [...new Set(numbers)].filter((number) => number >= least && number < count);
}

function* processCuts(scenario: Scenario): Generator<Cut, void, undefined> {
  const { cluster } = scenario;
  for (const { field } of SHRINKING_ROLES) {
    for (const count of fewer(cluster[field], 1)) {
      const what = count === 1 ? '1' : count * 2 > cluster[field] ? 'one less' : 'half';
      yield { cut: `${field} ${what}`, scenario: withProcesses(scenario, field, count) };
    }
  }
  if (cluster.storeReplicas === 1) return;
  if (scenario.faults.some(needsStoreServers)) return;
  yield {
    cut: 'one store server',
    scenario: { ...scenario, cluster: { ...cluster, storeReplicas: 1 } },
  };
}

function needsStoreServers({ what, target }: Fault): boolean {
  const { process: name } = target;
  return what.fault === 'store-server' || /^store-/.test(name ?? '');
}

/** Shorter runs than this are not tried. */
const FOR_MS_MIN = 1_000;

/** No longer than to the last thing that happens at a known time; half as long; everything in half the time. */
function* timeCuts(scenario: Scenario): Generator<Cut, void, undefined> {
  const half = Math.floor(scenario.forMs / 2);
  if (half < FOR_MS_MIN) return;
  const known = scenario.faults.every((fault) => fault.trigger.kind === 'at');
  const last = Math.max(
    0,
    ...scenario.workload.steps.map((step) => step.atMs),
    ...scenario.faults.map(({ trigger, forMs }) =>
      trigger.kind === 'at' ? trigger.atMs + (forMs ?? 0) : 0,
    ),
  );
  const tight = Math.max(FOR_MS_MIN, last + FOR_MS_MIN);
  if (known && scenario.workload.random === undefined && tight < half) {
    yield { cut: `for ${tight}`, scenario: { ...scenario, forMs: tight } };
  }
  yield { cut: 'for half', scenario: until(scenario, half) };
  yield { cut: 'time half', scenario: hurried(scenario, half) };
}

/** The scenario up to a time; what would begin later is gone. */
function until(scenario: Scenario, forMs: number): Scenario {
  const early = { ...scenario, forMs };
  const steps = scenario.workload.steps.filter((step) => step.atMs < forMs);
  const faults = scenario.faults.filter(
    ({ trigger }) => trigger.kind !== 'at' || trigger.atMs < forMs,
  );
  return withoutOrphans(scenario, withWorkload({ ...early, faults }, { steps }));
}

function hurried(scenario: Scenario, forMs: number): Scenario {
  const steps = scenario.workload.steps.map((step) => ({
    ...step,
    atMs: Math.floor(step.atMs / 2),
  }));
  const faults = scenario.faults.map((fault) =>
    fault.trigger.kind === 'at'
      ? { ...fault, trigger: { ...fault.trigger, atMs: Math.floor(fault.trigger.atMs / 2) } }
      : fault,
  );
  return withWorkload({ ...scenario, forMs, faults }, { steps });
}

function* replicaCuts(scenario: Scenario): Generator<Cut, void, undefined> {
  const { manifests, steps } = scenario.workload;
  for (const object of manifests) {
    const replace = (smaller: AnyObject) =>
      withWorkload(scenario, { manifests: manifests.map((o) => (o === object ? smaller : o)) });
    for (const { cut, object: smaller } of objectCuts(object)) {
      yield { cut: `${MANIFESTS.named(object, 0)}: ${cut}`, scenario: replace(smaller) };
    }
  }
  for (const [index, step] of steps.entries()) {
    const replace = (smaller: WorkloadStep) =>
      withWorkload(scenario, { steps: steps.map((other) => (other === step ? smaller : other)) });
    if (step.do === 'scale') {
      for (const replicas of fewer(step.replicas, 0)) {
        yield { cut: `step ${index} to ${replicas}`, scenario: replace({ ...step, replicas }) };
      }
    }
    if (step.do !== 'apply') continue;
    for (const { cut, object } of objectCuts(step.object)) {
      yield { cut: `step ${index}: ${cut}`, scenario: replace({ ...step, object }) };
    }
  }
}

/** The object with fewer replicas, at least one. */
function* objectCuts(object: AnyObject): Generator<{ cut: string; object: AnyObject }> {
  const spec = object.spec;
  if (typeof spec !== 'object' || spec === null) return;
  for (const field of REPLICA_FIELDS) {
    const count = (spec as { readonly [name: string]: unknown })[field];
    if (typeof count !== 'number') continue;
    for (const less of fewer(count, 1)) {
      yield { cut: `${field} ${less}`, object: { ...object, spec: { ...spec, [field]: less } } };
    }
  }
}
