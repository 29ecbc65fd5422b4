/**
 * The faults at work, as the controller keeps them, and what they mean for one process. Pure: knows names and subjects,
 * touches nothing.
 */
import type { Observation } from '../../machines/chaos/observation.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import type { Hittable } from './hittable.ts';
import type { ActiveFault, ProcessRule } from './protocol.ts';
import { subjectsBetween } from './sides.ts';
import { renderFault } from './words.ts';

/** One fault at work. */
export interface AtWork extends ActiveFault {
  readonly fault: FaultAction;
  readonly target: Target;
  /** The other side of a partition; undefined: everybody. */
  readonly others: readonly string[] | undefined;
  /** Its end does not come by itself any more. */
  readonly cancel: () => void;
}

/** The faults that are at work on a process, on either side of a partition. */
export function rulesOn(
  process: Hittable,
  faults: Iterable<AtWork>,
  processes: readonly Hittable[],
  cluster: string,
): readonly ProcessRule[] {
  const { name } = process;
  const between = (sender: string, receiver: string): readonly string[] => {
    const find = (wanted: string) => processes.find((one) => one.name === wanted) as Hittable;
    return subjectsBetween(cluster, find(sender), find(receiver));
  };
  return [...faults].flatMap(({ injection, fault, target, untilMs, targets, others }) => {
    const rule = { injection, fault, target, untilMs };
    if (fault.fault !== 'partition' || others === undefined || fault.from?.role === 'store') {
      return targets.includes(name) ? [rule] : [];
    }
    const to = targets.includes(name) && fault.direction !== 'to' ? others : [];
    const from = others.includes(name) && fault.direction !== 'from' ? targets : [];
    const cut = [...to, ...from].flatMap((other) => between(name, other));
    return cut.length === 0 ? [] : [{ ...rule, cut: [...new Set(cut)] }];
  });
}

/** A fault on a target, in words. */
export function whatOf(fault: FaultAction, target: Target): string {
  const on = target.subject === undefined ? '' : ` on ${target.subject}`;
  return `${renderFault(fault)}${on}`;
}

/** What is said of a fault, without what only the controller needs. */
export function plainFault(fault: ActiveFault): ActiveFault {
  const { injection, name, kind, what, targets, beganMs, untilMs } = fault;
  return { injection, name, kind, what, targets, beganMs, untilMs };
}

/** What is seen of a fault that begins or ends. */
export const faultSeen = (
  { name, injection, kind, targets }: ActiveFault,
  state: 'begun' | 'ended',
  atMs: number,
): Observation => ({ type: 'fault', state, atMs, name, injection, what: kind, targets });
