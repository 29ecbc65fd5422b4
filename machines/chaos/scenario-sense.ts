/**
 * Whether a scenario makes sense as a whole: every target matches something, every step finds its object, no two
 * fields of a fault contradict each other; and what of it real processes cannot do.
 *
 * Judges what is written alone; who runs it may find less than the scenario asks for.
 */
import { STEPPING_PROCESS } from './every-step.ts';
import { compileTarget, like } from './match.ts';
import { isAnybody } from './parse-scenario-faults.ts';
import type { Fault, Scenario, Target } from './scenario.ts';
import {
  FAULTS,
  MACHINE_KINDS,
  nearest,
  processesOf,
  ROLES,
  type ScenarioProcess,
} from './scenario-fields.ts';
import { checkWorkload, matchesSomePod } from './scenario-sense-workload.ts';

/** Told of one thing that is wrong, and where: `['faults', 0, 'target']`. */
export type Complain = (
  where: readonly (string | number)[],
  message: string,
  suggestion?: string,
) => void;

/** Everything that makes no sense about a scenario that can be read. */
export function checkScenario(scenario: Scenario, complain: Complain): void {
  const processes = processesOf(scenario.cluster);
  checkWorkload(scenario, complain);
  scenario.faults.forEach((fault, index) => {
    const inside: Complain = (where, message, suggestion) =>
      complain(['faults', index, ...where], message, suggestion);
    checkFault(fault, scenario, processes, inside);
    checkTrigger(fault, scenario, processes, inside);
  });
}

/** The same as texts, for scenarios that no file holds: drawn or shrunk ones. */
export function scenarioProblems(scenario: Scenario): readonly string[] {
  const found: string[] = [];
  checkScenario(scenario, (where, message) => found.push(`${where.join('.')}: ${message}`));
  return found;
}

/** True where a live process waits for the step itself: a crash of processes comes at the step, amid its effects. */
export const comesAtItsStep = ({
  what,
  target,
  trigger,
}: Pick<Fault, 'what' | 'target' | 'trigger'>): boolean =>
  what.fault === 'crash' && trigger.kind === 'step' && target.actor === undefined;

/** What a live run cannot do of a scenario, or not at the exact moment: `crash-1: ...`. */
export function liveProblems(scenario: Scenario): readonly string[] {
  const found: string[] = [];
  for (const { name, what, target, trigger } of scenario.faults) {
    const tell = (message: string) => found.push(`${name}: ${message}`);
    if (FAULTS[what.fault].live === undefined) tell(`${what.fault} works in simulation alone`);
    if (trigger.kind === 'count') tell('steps are counted in simulation alone');
    const window =
      trigger.kind === 'between' || (trigger.kind === 'write' && trigger.when === 'before');
    if (window || (trigger.kind === 'step' && !comesAtItsStep({ what, target, trigger }))) {
      tell('live, a step or write is seen when it is over: the fault may come too late');
    }
  }
  return found;
}

function checkFault(
  fault: Fault,
  scenario: Scenario,
  processes: readonly ScenarioProcess[],
  complain: Complain,
): void {
  const { what, target, trigger } = fault;
  const { on } = FAULTS[what.fault];
  if (target.process === STEPPING_PROCESS && !STEPPING.has(trigger.kind)) {
    const hint = 'only a fault `on` a step, a write or a count has one';
    complain(['target'], `${STEPPING_PROCESS} is the process that took the step; ${hint}`);
    return;
  }
  const found = checkTarget(target, 'target', processes, scenario, complain);
  if (found === undefined) return;
  if (isAnybody(target) && (on === 'process' || on === 'node')) {
    complain([], `${what.fault} needs a target, such as node-1 or "*"`);
    return;
  }
  if (target.subject !== undefined && on !== 'message') {
    complain(['target', 'subject'], `${what.fault} hits processes; a subject is for messages`);
  }
  if (target.actor !== undefined && what.fault !== 'crash') {
    complain(['target', 'actor'], `only crash hits one machine, ${what.fault} hits processes`);
  }
  const hit = (role: string) => found.some((one) => one.role === role);
  if (on === 'node' && !hit('node')) {
    complain(['target'], `${what.fault} hits nodes; the target matches none`);
  }
  if (on === 'server' && !hit('store')) {
    complain(['target'], 'store-server hits servers of the store; leave the target out');
  }
  if (on === 'store' && found.every(isNode)) {
    const hint = 'nodes see it through an apiserver';
    complain(['target'], `${what.fault} hits processes that use the store; ${hint}`);
  }
  const writes = what.fault === 'store-unknown' || what.fault === 'store-conflict';
  if (writes && !hit('apiserver') && !hit('store') && !found.every(isNode)) {
    complain(['target'], 'apiservers alone write to the store; the target matches none');
  }
  checkAction(fault, found, processes, scenario, complain);
  const { nodes } = scenario.blastRadius;
  const { count } = target;
  if (nodes !== undefined && count !== undefined && count > nodes && found.every(isNode)) {
    complain(['target', 'count'], `hits ${count} nodes at once; blastRadius.nodes is ${nodes}`);
  }
}

/** Triggers that know whose step it was. */
const STEPPING = new Set(['step', 'write', 'between', 'count']);

const isNode = ({ role }: ScenarioProcess) => role === 'node';

function checkAction(
  { what, target, trigger }: Fault,
  found: readonly ScenarioProcess[],
  processes: readonly ScenarioProcess[],
  scenario: Scenario,
  complain: Complain,
): void {
  if (what.fault === 'crash') {
    const { kind } = trigger;
    if (what.afterEffects !== undefined && kind !== 'step' && kind !== 'count') {
      complain(['afterEffects'], 'only a crash `on` a step or a count comes amid its effects');
    }
    if (what.power && !found.some(isNode)) {
      complain(['power'], 'a node loses power; the target matches none');
    }
    if (what.staleRevisions > 0 && found.every(({ role }) => role === 'store')) {
      complain(['staleRevisions'], 'the store has no replica that could begin in the past');
    }
  }
  if (what.fault === 'partition') {
    const other = what.from;
    const all = target.count === undefined && target.process !== STEPPING_PROCESS;
    if (other === undefined && all && found.length === processes.length) {
      complain(['target'], 'a partition has two sides; the target is everybody');
    }
    if (other === undefined) return;
    const others = checkTarget(other, 'from', processes, scenario, complain);
    if (others === undefined) return;
    const names = new Set(found.map(({ name }) => name));
    if (others.every(({ name }) => names.has(name)) && others.length === names.size) {
      complain(['from'], 'both sides of the partition are the same');
    }
  }
}

/** Tells of a target that can match nothing; gives what it matches. */
function checkTarget(
  target: Target,
  field: string,
  processes: readonly ScenarioProcess[],
  scenario: Scenario,
  complain: Complain,
): readonly ScenarioProcess[] | undefined {
  const named = target.process === STEPPING_PROCESS ? { ...target, process: undefined } : target;
  const found = processes.filter(compileTarget(named).process);
  const { cluster } = scenario;
  if (found.length === 0) {
    const { process: name, role } = target;
    const exists = name === undefined || processes.some((one) => like(name, one.name));
    const meant = exists || name === undefined ? undefined : nearestProcess(name, processes);
    const asked = [name, role].filter((part) => part !== undefined).join(' of role ');
    const has = ROLES.map((one) => `${countOf(processes, one)} ${one}`).join(', ');
    const part = exists ? 'role' : 'process';
    complain([field, part], `matches nothing: no process ${asked}; the cluster has ${has}`, meant);
    return undefined;
  }
  checkActor(target.actor, [field, 'actor'], complain);
  if (target.count !== undefined && target.count > found.length) {
    complain([field, 'count'], `asks for ${target.count}, and ${found.length} match`);
  }
  if (target.pods === undefined) return found;
  const nodes = found.filter(isNode);
  if (nodes.length === 0) {
    complain([field, 'pods'], 'pods run on nodes; the target matches none');
    return undefined;
  }
  if (!matchesSomePod(target.pods, scenario)) {
    complain([field, 'pods'], 'matches nothing: no manifest or step makes such a pod');
    return undefined;
  }
  return cluster.nodes > 0 ? nodes : undefined;
}

/** A process with the same stem and the greatest number, or one spelled alike. */
function nearestProcess(name: string, processes: readonly ScenarioProcess[]): string | undefined {
  const stem = name.replace(/-?\d+$/, '');
  const same = processes.filter((one) => one.name.replace(/-?\d+$/, '') === stem);
  return (
    same.at(-1)?.name ??
    nearest(
      name,
      [...processes.slice(0, 200)].map((one) => one.name),
    )
  );
}

function countOf(processes: readonly ScenarioProcess[], role: string): number {
  return processes.filter((one) => one.role === role).length;
}

function checkActor(actor: string | undefined, where: readonly string[], complain: Complain): void {
  if (actor === undefined) return;
  const [kind = ''] = actor.split('/');
  if (MACHINE_KINDS.some((one) => one === kind || (kind.includes('*') && like(kind, one)))) {
    return;
  }
  const message = `unknown machine "${kind}"; an actor is \`kind/id\`, such as pod/default/web-*`;
  complain(where, message, nearest(kind, MACHINE_KINDS));
}

function checkTrigger(
  { trigger }: Fault,
  scenario: Scenario,
  processes: readonly ScenarioProcess[],
  complain: Complain,
): void {
  const needsProcess = (pattern: string | undefined, ...where: string[]) => {
    if (pattern === undefined) return;
    if (processes.some((one) => like(pattern, one.name))) return;
    const meant = nearestProcess(pattern, processes);
    complain(['on', ...where], `matches nothing: no process ${pattern}`, meant);
  };
  if (trigger.kind === 'at' && trigger.atMs >= scenario.forMs) {
    complain(['at'], 'is not before the end of the scenario (`for`): it would never come');
  } else if (trigger.kind === 'message') {
    if (/(^|\.)(>\.|\.|$)/.test(trigger.subject)) {
      complain(['on', 'message'], `"${trigger.subject}" is no pattern of NATS subjects`);
    }
    needsProcess(trigger.from, 'from');
    needsProcess(trigger.to, 'to');
  } else if (trigger.kind === 'step') {
    needsProcess(trigger.process, 'step', 'process');
    checkActor(trigger.actor, ['on', 'step', 'actor'], complain);
  }
}
