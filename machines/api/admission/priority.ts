/**
 * Priority: a pod's priority is the one of its PriorityClass, and at most one class is the default.
 * Follows the plugin of the same name. Pure.
 */
import type { Draft } from '../registry.ts';
import { forbidden } from '../status.ts';
import { specOf } from '../subresources.ts';
import type { PriorityClass } from '../types.ts';
import type { Stored, View } from '../view.ts';
import { type AdmissionStep, refuse } from './attributes.ts';

const resource = 'scheduling.k8s.io/priorityclasses';
const pods = { group: '', resource: 'pods' };
const classes = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };
const defaultPolicy = 'PreemptLowerPriority';

/** Resolves priorityClassName to priority and preemptionPolicy. */
export const resolvePriority: AdmissionStep = ({ object, env, name }) => {
  const spec = specOf(object);
  const shown = name || (object.metadata?.generateName ?? '');
  let className = typeof spec.priorityClassName === 'string' ? spec.priorityClassName : '';
  let found: Stored<PriorityClass> | undefined;
  if (className === '') {
    found = defaultClass(env.view);
    className = found?.metadata.name ?? '';
  } else {
    found = env.view.get(resource, '', className);
    if (found === undefined) {
      const detail = `no PriorityClass with name ${className} was found`;
      return refuse(forbidden(pods, shown, detail), true);
    }
  }
  const priority = found?.value ?? 0;
  const policy = found?.preemptionPolicy ?? defaultPolicy;
  const { priority: given, preemptionPolicy: givenPolicy } = spec;
  const computed = 'must not be provided in pod spec; priority admission controller computed';
  const from = 'from the given PriorityClass name';
  if (given !== undefined && given !== priority) {
    const detail = `the integer value of priority (${given}) ${computed} ${priority} ${from}`;
    return refuse(forbidden(pods, shown, detail));
  }
  if (givenPolicy !== undefined && givenPolicy !== policy) {
    const detail =
      `the string value of PreemptionPolicy (${givenPolicy}) ${computed} ${policy} ` + `${from}`;
    return refuse(forbidden(pods, shown, detail));
  }
  (object as Draft).spec = {
    ...spec,
    ...(className === '' ? {} : { priorityClassName: className }),
    priority,
    preemptionPolicy: policy,
  };
  return undefined;
};

/** The class for pods that name none: of several, the one with the lowest value. */
function defaultClass(view: View): Stored<PriorityClass> | undefined {
  let found: Stored<PriorityClass> | undefined;
  for (const one of view.list(resource)) {
    if (one.globalDefault !== true) continue;
    if (found === undefined || one.value < found.value) found = one;
  }
  return found;
}

/** Refuses a second class that is marked as the default. */
export const onlyOneDefaultClass: AdmissionStep = ({ object, env }) => {
  if ((object as unknown as PriorityClass).globalDefault !== true) return undefined;
  const name = object.metadata?.name ?? '';
  const other = env.view
    .list(resource)
    .find((one) => one.globalDefault === true && one.metadata.name !== name);
  if (other === undefined) return undefined;
  const detail =
    `PriorityClass "${other.metadata.name}" is already marked as default. Only one ` +
    'default can exist';
  return refuse(forbidden(classes, name, detail), true);
};
