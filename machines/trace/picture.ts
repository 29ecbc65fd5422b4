/**
 * What a map of the cluster shows of an object: a few words of a pod and of a node. Pure.
 */
import { isRecord } from '../api/json.ts';
import type { AnyObject } from '../api/view.ts';

/**
 * `waiting` for a node, `starting` on one, `running` and not ready, `ready`, `ending` once its deletion is asked for;
 * `succeeded` and `failed` as Kubernetes has them.
 */
export type PodState =
  | 'waiting'
  | 'starting'
  | 'running'
  | 'ready'
  | 'ending'
  | 'succeeded'
  | 'failed';

/** `unknown`: its kubelet has not been heard of. */
export type NodeState = 'ready' | 'notReady' | 'unknown';

/** A pod on the map. */
export interface PodPicture {
  readonly node: string;
  readonly state: PodState;
}

const POD = 'core/pods/';
const NODE = 'core/nodes/_/';

/** `namespace/name` of a pod's key; undefined of another one. */
export const podOfKey = (key: string): string | undefined =>
  key.startsWith(POD) ? key.slice(POD.length) : undefined;

/** The name in a node's key; undefined of another one. */
export const nodeOfKey = (key: string): string | undefined =>
  key.startsWith(NODE) ? key.slice(NODE.length) : undefined;

/** What a map shows of a pod. */
export function podPicture(pod: AnyObject): PodPicture {
  const { spec, status, metadata } = pod as Loose;
  const node = typeof spec?.nodeName === 'string' ? spec.nodeName : '';
  const phase = status?.phase;
  if (phase === 'Failed') return { node, state: 'failed' };
  if (phase === 'Succeeded') return { node, state: 'succeeded' };
  if (metadata?.deletionTimestamp !== undefined) return { node, state: 'ending' };
  if (node === '') return { node, state: 'waiting' };
  if (phase !== 'Running') return { node, state: 'starting' };
  return { node, state: conditionOf(pod, 'Ready') === 'True' ? 'ready' : 'running' };
}

/** What a map shows of a node. */
export function nodePicture(node: AnyObject): NodeState {
  const ready = conditionOf(node, 'Ready');
  if (ready === 'True') return 'ready';
  return ready === 'Unknown' ? 'unknown' : 'notReady';
}

type Loose = { readonly [part: string]: { readonly [field: string]: unknown } | undefined };

function conditionOf(object: AnyObject, type: string): unknown {
  const conditions = (object as Loose).status?.conditions;
  if (!Array.isArray(conditions)) return undefined;
  return conditions.filter(isRecord).find((one) => one.type === type)?.status;
}
