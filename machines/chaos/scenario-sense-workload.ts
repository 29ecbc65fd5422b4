/**
 * Whether a workload makes sense: every step finds its object, every namespace is there, and a selector of pods has
 * something to select.
 */
import type { AnyObject } from '../api/view.ts';
import { like, matchesPod } from './match.ts';
import type { ObjectRef, ObjectSelector, Scenario } from './scenario.ts';
import { nearest, RANDOM_NAMESPACE } from './scenario-fields.ts';
import { namespaceOf, resourceByWord, resourceOf, writeRef } from './scenario-resources.ts';
import type { Complain } from './scenario-sense.ts';

interface Known {
  readonly resource: string | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly fromMs: number;
}

/** Tells of steps whose object nothing makes before them, and of namespaces that are not there. */
export function checkWorkload({ workload, cluster }: Scenario, complain: Complain): void {
  const known: Known[] = [];
  const namespaces = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);
  namespaces.add(RANDOM_NAMESPACE).add('');
  const learn = (object: AnyObject, fromMs: number, where: readonly (string | number)[]) => {
    const namespace = namespaceOf(object);
    const resource = resourceOf(object)?.storage;
    const name = object.metadata?.name ?? object.metadata?.generateName ?? '';
    if (resource === 'core/namespaces') namespaces.add(name);
    if (resource !== undefined && !namespaces.has(namespace)) {
      const message = `no Namespace ${namespace} comes before this`;
      complain([...where, 'metadata', 'namespace'], message, nearest(namespace, namespaces));
    }
    known.push({ resource, namespace, name, fromMs });
  };
  workload.manifests.forEach((object, index) => {
    learn(object, -1, ['workload', 'manifests', index]);
  });
  const steps = workload.steps.map((step, index) => ({ step, index }));
  steps.sort((a, b) => a.step.atMs - b.step.atMs);
  for (const { step, index } of steps) {
    const where = ['workload', 'steps', index];
    if (step.do === 'apply') {
      learn(step.object, step.atMs, [...where, 'apply']);
      continue;
    }
    const { ref } = step;
    const info = resourceByWord(ref.resource);
    if (step.do === 'scale' && info?.scales === false) {
      complain([...where, 'scale'], `a ${info.singular} has no scale`);
    }
    if (step.do === 'rollout' && info !== undefined && !ROLLS.has(ref.resource)) {
      complain([...where, 'rollout'], `a ${info.singular} has no rollout`);
    }
    const random = workload.random !== undefined && ref.namespace === RANDOM_NAMESPACE;
    if (info === undefined || random || isThere(ref, known, cluster.nodes)) continue;
    const names = known.flatMap(({ resource, namespace, name }) =>
      resource === undefined ? [] : [writeRef({ resource, namespace, name })],
    );
    const text = writeRef(ref);
    const message = `matches nothing: no manifest or step before makes ${text}`;
    complain([...where, step.do], message, nearest(text, names));
  }
}

const ROLLS = new Set(['apps/deployments', 'apps/statefulsets', 'apps/daemonsets']);

/** What controllers make for others: these may begin with another object's name. */
const MADE = new Set([
  'core/pods',
  'apps/replicasets',
  'batch/jobs',
  'apps/controllerrevisions',
  'discovery.k8s.io/endpointslices',
  'core/persistentvolumeclaims',
]);

function isThere(ref: ObjectRef, known: readonly Known[], nodes: number): boolean {
  if (ref.resource === 'core/nodes') {
    const number = /^node-([1-9]\d*)$/.exec(ref.name)?.[1];
    if (number !== undefined && Number(number) <= nodes) return true;
  }
  return known.some(
    (one) =>
      one.namespace === ref.namespace &&
      ((one.resource === ref.resource && one.name === ref.name) ||
        (MADE.has(ref.resource) && ref.name.startsWith(`${one.name}-`))),
  );
}

/** True where a manifest, a step or random work may make a pod that the selector matches. */
export function matchesSomePod(selector: ObjectSelector, { workload }: Scenario): boolean {
  const random = workload.random !== undefined;
  if (random && like(selector.namespace, RANDOM_NAMESPACE)) return true;
  const applied = workload.steps.flatMap((step) => (step.do === 'apply' ? [step.object] : []));
  return [...workload.manifests, ...applied].some((object) => makesPod(object, selector));
}

interface Template {
  readonly metadata?: { readonly labels?: Readonly<{ [key: string]: string }> };
}

function makesPod(object: AnyObject, selector: ObjectSelector): boolean {
  const name = object.metadata?.name ?? object.metadata?.generateName ?? '';
  const namespace = namespaceOf(object);
  if (object.kind === 'Pod') {
    return matchesPod(selector, { namespace, name, labels: object.metadata?.labels });
  }
  const spec = object.spec as
    | {
        readonly template?: Template;
        readonly jobTemplate?: { readonly spec?: { readonly template?: Template } };
      }
    | null
    | undefined;
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  if (template === undefined || template === null) return false;
  const named = selector.name === undefined || mayBegin(selector.name, `${name}-`);
  const anyName = { ...selector, name: undefined };
  return named && matchesPod(anyName, { namespace, name, labels: template.metadata?.labels });
}

/** True where a text that the pattern matches may begin so. */
function mayBegin(pattern: string, prefix: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern.startsWith(prefix);
  const literal = pattern.slice(0, star);
  return literal.startsWith(prefix) || prefix.startsWith(literal);
}
