/**
 * Shrinking's knowledge of names of processes: what a plan of a cluster runs, and how the faults of a scenario are
 * kept valid when fewer processes run. Pure. Never leaves a fault whose target matched a process before and matches
 * none now, and never a partition of a process from itself.
 */
import type { ClusterPlan, Fault, ProcessRole, Scenario, Target, Trigger } from './scenario.ts';

/** The roles whose number shrinking may lower, with the field of the plan; processes are named `<role>-<n>`. */
export const SHRINKING_ROLES = [
  { field: 'nodes', role: 'node' },
  { field: 'apiservers', role: 'apiserver' },
  { field: 'schedulers', role: 'scheduler' },
  { field: 'controllers', role: 'controllers' },
] as const satisfies readonly { field: keyof ClusterPlan; role: ProcessRole }[];

export type ShrinkingField = (typeof SHRINKING_ROLES)[number]['field'];

/** Names of the processes that a plan runs, of one role or of all but the store: `node-1`, `scheduler-1`. */
export function processNames(cluster: ClusterPlan, role?: ProcessRole): readonly string[] {
  return SHRINKING_ROLES.filter((row) => role === undefined || row.role === role).flatMap((row) =>
    Array.from({ length: cluster[row.field] }, (_, index) => `${row.role}-${index + 1}`),
  );
}

/** The processes that a target may hit, by name and role; none where it names something else (the store, a subject). */
export function processesOf(cluster: ClusterPlan, target: Target): readonly string[] {
  const { process: pattern, role } = target;
  if (pattern === undefined && role === undefined) return [];
  const names = processNames(cluster, role);
  return pattern === undefined ? names : names.filter((name) => matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`).test(name);
}

/** The scenario with this many processes of a role; faults that named one that is gone name another instead. */
export function withProcesses(scenario: Scenario, field: ShrinkingField, count: number): Scenario {
  const cluster = { ...scenario.cluster, [field]: count };
  const move = (name: string) => renumber(cluster, name);
  return {
    ...scenario,
    cluster,
    faults: scenario.faults.flatMap((fault) => keepValid(scenario.cluster, cluster, fault, move)),
  };
}

/** `node-7` of a cluster of 3 nodes is `node-1`. */
function renumber(cluster: ClusterPlan, name: string): string {
  const [, role, digits] = /^([a-z]+)-(\d+)$/.exec(name) ?? [];
  const row = SHRINKING_ROLES.find((candidate) => candidate.role === role);
  if (row === undefined) return name;
  const count = Math.max(1, cluster[row.field]);
  return `${role}-${((Number(digits) - 1 + count) % count) + 1}`;
}

type Move = (name: string) => string;

function keepValid(
  before: ClusterPlan,
  after: ClusterPlan,
  fault: Fault,
  move: Move,
): readonly Fault[] {
  const target = moveTarget(after, fault.target, move);
  const lost = (was: Target, is: Target) =>
    processesOf(before, was).length > 0 && processesOf(after, is).length === 0;
  if (lost(fault.target, target)) return [];
  const moved = { ...fault, target, trigger: moveTrigger(fault.trigger, move) };
  if (fault.what.fault !== 'partition' || fault.what.from === undefined) return [moved];
  const from = moveTarget(after, fault.what.from, move);
  const overlaps = processesOf(after, target).filter((name) =>
    processesOf(after, from).includes(name),
  );
  const selfish = overlaps.length > 0 && !overlapped(before, fault.target, fault.what.from);
  if (selfish || lost(fault.what.from, from)) return [];
  return [{ ...moved, what: { ...fault.what, from } }];
}

function overlapped(cluster: ClusterPlan, left: Target, right: Target): boolean {
  const names = processesOf(cluster, right);
  return processesOf(cluster, left).some((name) => names.includes(name));
}

function moveTarget(after: ClusterPlan, target: Target, move: Move): Target {
  const moved =
    target.process === undefined ? target : { ...target, process: move(target.process) };
  const hit = processesOf(after, moved).length;
  if (moved.count === undefined || hit === 0) return moved;
  return { ...moved, count: Math.min(moved.count, hit) };
}

function moveTrigger(trigger: Trigger, move: Move): Trigger {
  if (trigger.kind !== 'step' || trigger.process === undefined) return trigger;
  return { ...trigger, process: move(trigger.process) };
}
