/**
 * The size of a scenario, as shrinking measures it: how much a person has to read and hold in mind to understand it.
 * A pure function of the scenario; every term is at least 0. Never looks at what a run did.
 */
import type { AnyObject } from '../api/view.ts';
import type { Fault, FaultAction, Scenario, Target, Trigger, WorkloadStep } from './scenario.ts';

/** What each thing weighs: the heavier, the more a scenario without it is worth. */
const WEIGHT = {
  /** A fault at random times is worse than a thousand at known ones, so that making it concrete always pays. */
  rate: 10_000_000,
  randomWorkload: 1_000_000,
  fault: 10_000,
  object: 5_000,
  process: 1_000,
  replica: 100,
  wideTarget: 500,
  chance: 50,
  drawn: 20,
  flag: 1,
} as const;

/** Fault durations that end with the healing weigh as this long: a year. */
const ENDLESS_MS = 31_536_000_000;

/** The measure of shrinking: every candidate has a smaller one than the scenario that it was made from. */
export function sizeOf(scenario: Scenario): number {
  const { cluster, workload } = scenario;
  const processes =
    cluster.nodes +
    cluster.apiservers +
    cluster.schedulers +
    cluster.controllers +
    cluster.storeReplicas;
  return (
    processes * WEIGHT.process +
    bits(scenario.forMs) +
    sum(workload.manifests, sizeOfObject) +
    sum(workload.steps, sizeOfStep) +
    sizeOfRandom(scenario) +
    sum(scenario.faults, sizeOfFault)
  );
}

/** Doubling a time weighs 1. */
function bits(ms: number): number {
  return Math.log2(1 + Math.max(0, ms));
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}

/** The numbers of an object's spec that say how many pods it wants. */
export const REPLICA_FIELDS = ['replicas', 'parallelism', 'completions'] as const;

function sizeOfObject(object: AnyObject): number {
  const spec = object.spec;
  if (typeof spec !== 'object' || spec === null) return WEIGHT.object;
  const fields = spec as { readonly [field: string]: unknown };
  return (
    WEIGHT.object +
    sum(REPLICA_FIELDS, (field) => {
      const value = fields[field];
      return typeof value === 'number' ? value * WEIGHT.replica : 0;
    })
  );
}

function sizeOfStep(step: WorkloadStep): number {
  if (step.do === 'apply') return sizeOfObject(step.object) + bits(step.atMs);
  const replicas = step.do === 'scale' ? step.replicas * WEIGHT.replica : 0;
  return WEIGHT.object + replicas + bits(step.atMs);
}

function sizeOfRandom(scenario: Scenario): number {
  const { random } = scenario.workload;
  if (random === undefined) return 0;
  return (
    WEIGHT.randomWorkload +
    WEIGHT.object * random.kinds.length +
    WEIGHT.replica * random.replicasMax +
    WEIGHT.replica * random.objectsMax +
    10 * random.createsPerMinute +
    10 * random.scalesPerMinute +
    10 * random.rolloutsPerMinute +
    10 * random.deletesPerMinute
  );
}

function sizeOfFault(fault: Fault): number {
  return (
    WEIGHT.fault +
    sizeOfTrigger(fault.trigger) +
    sizeOfTarget(fault.target) +
    sizeOfAction(fault.what) +
    bits(fault.forMs ?? ENDLESS_MS) +
    (fault.times - 1) * WEIGHT.flag
  );
}

function sizeOfTrigger(trigger: Trigger): number {
  if (trigger.kind === 'rate') return WEIGHT.rate + bits(trigger.perMinute);
  if (trigger.kind === 'at') return bits(trigger.atMs);
  return trigger.kind === 'count' ? 0 : bits(trigger.nth);
}

/** True where a target may be several processes: a role, or a name with `*`. */
export function isWide(target: Target): boolean {
  const { process: name, role } = target;
  return name === undefined ? role !== undefined : name.includes('*');
}

function sizeOfTarget(target: Target): number {
  const wide = isWide(target) && target.count === undefined ? WEIGHT.wideTarget : 0;
  return wide + Math.min(target.count ?? 0, 20) * WEIGHT.drawn;
}

function sizeOfAction(what: FaultAction): number {
  let size = 0;
  if ('probability' in what) size += sizeOfChance(what.probability);
  if ('minMs' in what) size += bits(what.minMs) + bits(what.maxMs);
  if ('windowMs' in what) size += bits(what.windowMs);
  if ('lagMs' in what) size += bits(what.lagMs);
  if ('byMs' in what) size += bits(Math.abs(what.byMs));
  if (what.fault === 'crash') size += bits(what.staleRevisions) + (what.power ? WEIGHT.flag : 0);
  if (what.fault === 'partition' && what.from !== undefined) size += sizeOfTarget(what.from);
  return size;
}

/** What happens always is simpler than what happens at times, and what happens seldom than what happens often. */
function sizeOfChance(probability: number): number {
  return probability === 1 ? 0 : WEIGHT.chance * (1 + probability);
}
