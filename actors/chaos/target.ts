/**
 * Targets of live chaos: how a command line writes one, and which processes it means.
 *
 * Decides on names alone; never touches a process. What matches nothing is an error that says what there is.
 */
import { namesMatcher } from '../../bus/faults/message-rules.ts';
import type { ProcessRole, Target } from '../../machines/chaos/scenario.ts';

/** What can be targeted. */
export interface Candidate {
  readonly name: string;
  readonly role: string;
}

/** A target, or why there is none. */
export type TargetResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly advice: string };

const ROLES: readonly ProcessRole[] = ['apiserver', 'scheduler', 'controllers', 'node', 'store'];

/** The ways to write a target, for help and for errors. */
export const TARGET_FORMS = `Targets:
  node/node-1            one node; * stands for any text: node/*
  process/scheduler-1    one process, by its name in \`kabuki chaos status\`
  role/controllers       all of a role: apiserver, scheduler, controllers, node, store
  pods/default/app=web   the nodes on which pods run: by label, by name (pods/default/web-*), or all (pods/default)
  actor/reconciler/*     machines of these names: kind/id (kill alone; they are rebuilt from the store)
  subject/beat.*         messages on these subjects, without the cluster's name; > stands for all that follow`;

const NOTHING: Target = {
  process: undefined,
  role: undefined,
  actor: undefined,
  subject: undefined,
  pods: undefined,
  count: undefined,
};

/** Reads a target as people write it. */
export function parseTarget(text: string): TargetResult<Target> {
  const slash = text.indexOf('/');
  const kind = slash < 0 ? 'process' : text.slice(0, slash);
  const rest = text.slice(slash + 1);
  if (rest === '') return wrong(`the target ${text} names nothing`);
  switch (kind) {
    case 'node':
      return target({ role: 'node', process: rest });
    case 'process':
      return target({ process: rest });
    case 'subject':
      return target({ subject: rest });
    case 'role': {
      const role = ROLES.find((one) => one === rest);
      if (role !== undefined) return target({ role });
      return wrong(`there is no role ${rest}; roles are ${ROLES.join(', ')}`);
    }
    case 'pods':
      return podTarget(rest);
    case 'actor':
      return target({ actor: rest });
    default:
      return wrong(`${kind}/ is no kind of target`);
  }
}

function podTarget(rest: string): TargetResult<Target> {
  const [namespace = '', which, ...more] = rest.split('/');
  if (more.length > 0) return wrong(`pods/${rest} has too many parts`);
  const labels: { [key: string]: string } = {};
  let name: string | undefined;
  for (const part of which === undefined ? [] : which.split(',')) {
    const [key = '', value] = part.split('=');
    if (key === '') return wrong(`pods/${rest} has an empty name or label`);
    if (value === undefined) name = key;
    else labels[key] = value;
  }
  return target({ pods: { namespace: namespace === '*' ? undefined : namespace, name, labels } });
}

const target = (some: Partial<Target>): TargetResult<Target> => ({
  ok: true,
  value: { ...NOTHING, ...some },
});

const wrong = (message: string): TargetResult<never> => ({
  ok: false,
  message,
  advice: TARGET_FORMS,
});

/**
 * The processes that a target means, of those there are; `podNodes` are the nodes of the pods it selects. `draw`
 * chooses where a count is given: it gives a number from 0 to below 1.
 */
export function resolveTarget<T extends Candidate>(
  target: Target,
  candidates: readonly T[],
  podNodes: readonly string[],
  draw: () => number,
): TargetResult<readonly T[]> {
  const named = namesMatcher(target.process);
  const matching = candidates.filter(
    ({ name, role }) =>
      (isNamed(named, name) || (role === 'store' && isNamed(named, 'store'))) &&
      (target.role === undefined || role === target.role) &&
      (target.pods === undefined || podNodes.includes(name)),
  );
  if (matching.length === 0) {
    return {
      ok: false,
      message: `nothing matches ${renderTarget(target)}`,
      advice: `There are ${candidates.map(({ role, name }) => `${role}/${name}`).join(', ')}.`,
    };
  }
  const { count } = target;
  if (count === undefined || count >= matching.length) return { ok: true, value: matching };
  const left = [...matching];
  const drawn = Array.from({ length: count }, () =>
    left.splice(Math.floor(draw() * left.length), 1),
  );
  return { ok: true, value: drawn.flat() };
}

const isNamed = (named: ReturnType<typeof namesMatcher>, name: string): boolean =>
  named?.(name) ?? true;

/** True for a target that means the store: scenarios name it so, whatever its servers are called. */
export const meansStore = ({ role, process }: Target): boolean =>
  role === 'store' || process === 'store';

/** A target in words. */
export function renderTarget(target: Target): string {
  const { process, role, actor, subject, pods, count } = target;
  const words = [
    ...(subject === undefined ? [] : [`subject/${subject}`]),
    ...(role === undefined ? [] : [process === undefined ? `role/${role}` : `${role}/${process}`]),
    ...(process === undefined || role !== undefined ? [] : [`process/${process}`]),
    ...(actor === undefined ? [] : [`actor/${actor}`]),
    ...(pods === undefined ? [] : [`pods/${podWords(pods)}`]),
  ];
  const all = words.length === 0 ? 'everything' : words.join(' and ');
  return count === undefined ? all : `${count} of ${all}`;
}

function podWords({ namespace, name, labels }: NonNullable<Target['pods']>): string {
  const which = [
    ...(name === undefined ? [] : [name]),
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  ];
  return [namespace ?? '*', ...(which.length === 0 ? [] : [which.join(',')])].join('/');
}
