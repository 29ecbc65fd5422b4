/**
 * Faults that happened at random, written down as what happened: at known times, to known processes. A scenario so
 * written can be cut fault by fault. Pure. Never changes a fault that was not random.
 */
import type { Injection } from './run-result.ts';
import type { Fault, ObjectSelector, Scenario, Target, Trigger } from './scenario.ts';
import { FAULTS } from './scenario-fields.ts';
import { processNames } from './shrink-processes.ts';

/** An injection, with the number of the step at which it began where the runner counted. */
export type ConcreteInjection = Injection & { readonly step?: number | undefined };

/**
 * The scenario with its random faults (by rate, or whose targets are drawn at a time) replaced by one fault for each
 * target of each injection that the run saw; those that were never injected are gone. Times are whole milliseconds, as
 * a file has them.
 */
export function concretize(scenario: Scenario, injections: readonly ConcreteInjection[]): Scenario {
  const taken = new Set(scenario.faults.map((fault) => fault.name));
  const faults = scenario.faults.flatMap((fault) => {
    if (!isRandom(fault)) return [fault];
    const own = injections.filter((injection) => injection.fault === fault.name);
    return own.flatMap((injection, index) =>
      happened(scenario, fault, injection).map((concrete, part, parts) => {
        const number = parts.length === 1 ? `${index + 1}` : `${index + 1}-${part + 1}`;
        return { ...concrete, name: freeName(taken, `${fault.name}-${number}`) };
      }),
    );
  });
  return { ...scenario, faults };
}

function isRandom(fault: Fault): boolean {
  if (fault.trigger.kind === 'rate') return true;
  return fault.trigger.kind === 'at' && fault.target.count !== undefined;
}

function freeName(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let copy = 2; taken.has(name); copy += 1) name = `${wanted}-${copy}`;
  taken.add(name);
  return name;
}

function happened(
  scenario: Scenario,
  fault: Fault,
  { beganMs, endedMs, step, targets }: ConcreteInjection,
): readonly Fault[] {
  const trigger: Trigger =
    step === undefined ? { kind: 'at', atMs: Math.round(beganMs) } : { kind: 'count', step };
  const lastedMs = Math.round((endedMs ?? beganMs) - beganMs);
  const { instant } = FAULTS[fault.what.fault];
  const forMs = lastedMs > 0 && !instant ? lastedMs : fault.forMs;
  const hit =
    targets.length === 0 ? [fault.target] : targets.map((one) => only(scenario, fault, one));
  return hit.map((target) => ({ ...fault, target, trigger, forMs, times: 1 }));
}

/** The fault's target narrowed to what was hit: a process, or a pod as `<namespace>/<name>`. */
function only({ cluster }: Scenario, { target }: Fault, hit: string): Target {
  const named = { ...target, process: hit, role: undefined, count: undefined };
  if (processNames(cluster).includes(hit) || /^store(-\d+)?$/.test(hit)) return named;
  const [, namespace, name] = /^(?:pod\/)?([^/]+)\/([^/]+)$/.exec(hit) ?? [];
  if (namespace === undefined) return { ...target };
  const pods: ObjectSelector = { namespace, name, labels: {} };
  return { ...target, pods, count: undefined };
}
