/**
 * Which object an actor is about, by its name alone; and which object a word of a user names. Pure.
 */
import { allServed, storeKey } from '../api/resources.ts';
import type { TraceRecord } from './record.ts';

/** The primary of each controller whose work keys are `namespace/name` (or `name`) of one. */
const PRIMARIES: Readonly<{ [controller: string]: string }> = {
  'cronjob-controller': 'batch/cronjobs',
  'daemonset-controller': 'apps/daemonsets',
  'deployment-controller': 'apps/deployments',
  'disruption-controller': 'policy/poddisruptionbudgets',
  'endpoints-controller': 'core/services',
  'endpointslice-controller': 'core/services',
  'job-controller': 'batch/jobs',
  'namespace-controller': 'core/namespaces',
  'node-lifecycle-controller': 'core/nodes',
  'replicaset-controller': 'apps/replicasets',
  'replicationcontroller-controller': 'core/replicationcontrollers',
  'resourcequota-controller': 'core/resourcequotas',
  'root-ca-certificate-publisher-controller': 'core/namespaces',
  'serviceaccount-controller': 'core/namespaces',
  'statefulset-controller': 'apps/statefulsets',
  'taint-eviction-controller': 'core/pods',
  'ttl-after-finished-controller': 'batch/jobs',
};

/** Machines that stand for one object each. */
const OBJECTS: Readonly<{ [kind: string]: string }> = {
  pod: 'core/pods',
  pendingPod: 'core/pods',
  node: 'core/nodes',
  nodeHealth: 'core/nodes',
  proxy: 'core/nodes',
};

/** `kind` of `kind/id`. */
export const kindOf = (actor: string): string => actor.split('/', 1)[0] ?? '';

/** The object's key in the store; undefined where the actor is about none. */
export function objectOf(actor: string): string | undefined {
  const [kind = '', ...rest] = actor.split('/');
  if (kind === 'leader') return `coordination.k8s.io/leases/kube-system/${rest.join('/')}`;
  if (kind === 'api-request') return rest.length < 6 ? undefined : rest.slice(2).join('/');
  if (kind === 'reconciler') {
    const resource = PRIMARIES[rest[0] ?? ''];
    return resource === undefined ? undefined : keyed(resource, rest.slice(1));
  }
  const resource = OBJECTS[kind];
  // A pod's machine has the pod's uid behind its name where an earlier pod of that name still ends.
  return resource === undefined ? undefined : keyed(resource, rest.slice(0, 2));
}

function keyed(resource: string, [first = '', second]: readonly string[]): string {
  return second === undefined ? storeKey(resource, '', first) : storeKey(resource, first, second);
}

/** The resource's name in the store, by whatever kubectl takes for it: `po`, `pod`, `pods`, `Pod`, `pods.v1.core`. */
export function resourceOfWord(word: string): string | undefined {
  const [name = '', ...group] = word.toLowerCase().split('.');
  const wanted = group.join('.').replace(/^v\d+((alpha|beta)\d+)?(\.|$)/, '');
  for (const { info, storage, group: own, kind } of allServed()) {
    if (wanted !== '' && own !== wanted && !(own === '' && wanted === 'core')) continue;
    const names = [info.plural, info.singular, kind.toLowerCase(), ...info.shortNames];
    if (names.includes(name)) return storage;
  }
  return undefined;
}

/** True where the objects of a resource have a namespace. */
export function isNamespaced(storage: string): boolean {
  for (const served of allServed()) if (served.storage === storage) return served.namespaced;
  return true;
}

/** `pod default/web` of `core/pods/default/web`, `node n1` of `core/nodes/_/n1`. */
export function renderKey(key: string): string {
  const [group = '', resource = '', namespace = '', ...name] = key.split('/');
  const shown = singularOf(`${group}/${resource}`);
  return namespace === '_'
    ? `${shown} ${name.join('/')}`
    : `${shown} ${namespace}/${name.join('/')}`;
}

let singulars: ReadonlyMap<string, string> | undefined;

function singularOf(storage: string): string {
  singulars ??= new Map(Array.from(allServed(), ({ info, storage: at }) => [at, info.singular]));
  return singulars.get(storage) ?? storage;
}

/** The object a record is about. */
export function keyOf(record: TraceRecord): string | undefined {
  if (record.type === 'step') return objectOf(record.actor);
  if (record.type === 'write') return record.key;
  return record.type === 'request' && record.key !== '' ? record.key : undefined;
}
