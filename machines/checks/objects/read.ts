/**
 * How the rules read objects: keys, owners, conditions, selectors. A second reading, written apart from the one in the
 * code that is checked, so that one mistake is not made in both.
 *
 * Never throws for a field that is absent or of a wrong type; never keeps anything.
 */
import type {
  LabelSelector,
  ObjectMeta,
  OwnerReference,
  Pod,
  ReplicaSet,
  Service,
} from '../../api/types.ts';
import type { AnyObject, Stored } from '../../api/view.ts';
import type { Committed, Observation } from '../../chaos/observation.ts';
import type { Change, Held, Picture } from '../check.ts';

export const PODS = 'core/pods';
export const NODES = 'core/nodes';
export const SERVICES = 'core/services';
export const SLICES = 'discovery.k8s.io/endpointslices';
export const DEPLOYMENTS = 'apps/deployments';
export const REPLICA_SETS = 'apps/replicasets';
export const STATEFUL_SETS = 'apps/statefulsets';
export const DAEMON_SETS = 'apps/daemonsets';
export const JOBS = 'batch/jobs';
export const BUDGETS = 'policy/poddisruptionbudgets';
export const QUOTAS = 'core/resourcequotas';
export const NAMESPACES = 'core/namespaces';

/** The parts of `<group>/<resource>/<namespace or _>/<name>`; the namespace is '' where there is none. */
export interface Key {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Takes a key of the store apart. */
export function splitKey(key: string): Key {
  const [group = '', plural = '', namespace = '', ...name] = key.split('/');
  return {
    resource: `${group}/${plural}`,
    namespace: namespace === '_' ? '' : namespace,
    name: name.join('/'),
  };
}

/** The key of an object in the store. */
export function keyOf(resource: string, namespace: string | undefined, name: string): string {
  return `${resource}/${namespace === undefined || namespace === '' ? '_' : namespace}/${name}`;
}

/** True for a change of an object of this resource. */
export function isOf(observation: Observation, resource: string): observation is CommittedOf {
  return observation.type === 'committed' && isKeyOf(observation.key, resource);
}

/** Told apart from other changes, so that what is not of one resource may be of the next. */
type CommittedOf = CommittedAt & { readonly asked: never };

/** A change of the log, with its time. */
export type CommittedAt = Committed & { readonly atMs: number };

/** True where a key names an object of this resource. */
export function isKeyOf(key: string, resource: string): boolean {
  return key.startsWith(resource) && key.charCodeAt(resource.length) === 47;
}

/** An object as one kind, by belief: the log says what it is by its key. */
export function as<T>(held: Held | undefined): Stored<T> | undefined {
  return held?.object as Stored<T> | undefined;
}

/** What is live after a change: undefined after a delete. */
export function nowOf<T>(committed: Committed): Stored<T> | undefined {
  return committed.operation === 'put' ? (committed.object as Stored<T> | undefined) : undefined;
}

/** The state before, where it is of the same object (uid) as the one after. */
export function beforeOf<T>(change: Change, now: Stored<AnyObject> | Stored<T>) {
  const previous = change.previous?.object;
  if (previous === undefined) return undefined;
  return previous.metadata.uid === now.metadata.uid ? (previous as Stored<T>) : undefined;
}

type WithMeta = { readonly metadata?: ObjectMeta | undefined };

/** The one owner that controls the object. */
export function controllerOf(object: WithMeta): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** True where deletion has begun. */
export function isDeleting(object: WithMeta): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

/** `namespace/name`, or the name alone. */
export function nameOf({ metadata }: WithMeta): string {
  const namespace = metadata?.namespace;
  return namespace === undefined ? `${metadata?.name}` : `${namespace}/${metadata?.name}`;
}

interface HasConditions {
  readonly status?:
    | {
        readonly conditions?:
          | readonly { readonly type: string; readonly status: string }[]
          | undefined;
      }
    | undefined;
}

/** The status of a condition: `True`, `False`, `Unknown`; undefined where there is none. */
export function conditionOf(object: HasConditions, type: string): string | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type)?.status;
}

/** True where every container has ended for good. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** True where the Ready condition is True. */
export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready') === 'True';
}

/** True for a pod that counts as a replica: neither ended nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && !isDeleting(pod);
}

/** The size asked for: 1 where nothing is said. */
export function sizeOf(set: { readonly spec?: { replicas?: number | undefined } | undefined }) {
  return set.spec?.replicas ?? 1;
}

/** The object that controls this one, if it is there and is the one meant. */
export function ownerOf(
  object: Stored<AnyObject> | Stored<Pod> | Stored<ReplicaSet>,
  resource: string,
  kind: string,
  picture: Picture,
): Held | undefined {
  const reference = controllerOf(object);
  if (reference === undefined || reference.kind !== kind) return undefined;
  const held = picture.get(keyOf(resource, object.metadata.namespace, reference.name));
  return held?.object.metadata.uid === reference.uid ? held : undefined;
}

type Labels = Readonly<{ [key: string]: string }> | undefined;

/** True where labels carry every pair. */
export function hasLabels(wanted: Labels, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** True where a selector matches labels; an absent one matches nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false;
  if (!hasLabels(selector.matchLabels, labels)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels?.[key];
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    if (operator === 'Exists') return value !== undefined;
    return operator === 'DoesNotExist' && value === undefined;
  });
}

/** A number, or a percentage of a total, rounded as asked; 0 where it is neither. */
export function scaled(
  value: number | string | undefined,
  total: number,
  round: (value: number) => number,
): number {
  if (typeof value === 'number') return value;
  const match = /^(\d+)%$/.exec(value ?? '');
  return match === null ? 0 : round((Number(match[1]) * total) / 100);
}

/** True where the endpoints of a service are written by the cluster, from its selector. */
export function selectsPods({ spec }: Service): boolean {
  return spec?.selector !== undefined && spec.type !== 'ExternalName';
}

/** Deep equality of JSON values; absent, null, empty lists and empty objects are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) && isEmpty(b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && !isEmpty(right[key])) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  for (const _ in value) return false;
  return true;
}
