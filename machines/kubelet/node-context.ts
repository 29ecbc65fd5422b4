/**
 * What a node's machine knows, what it is told and asks for, and the pure functions of these: the
 * changes it makes and the events it records. Never decides when.
 */
import type { Change } from '../api/change.ts';
import type { NodeCondition, NodeStatus } from '../api/types.ts';
import type { AnyObject } from '../api/view.ts';
import type { Timed, TimerCancel, TimerFired, TimerSet } from '../effect.ts';
import type { ChangeMake, EventNote } from './effect.ts';
import { PRESSURE_NAMES, PRESSURES, type Pressure } from './eviction.ts';
import {
  type NodeConfig,
  nodeConditions,
  nodeLabels,
  nodeLease,
  nodeStatus,
} from './node-object.ts';

/** Which of the node's changes one is. */
export type What = 'register' | 'adopt' | 'lease' | 'newLease' | 'status';

/** What the API, the clock and the machine under it tell a node. */
export type NodeEvent =
  | (Timed &
      (
        | {
            readonly type: 'change.settled';
            readonly what: What;
            readonly ok: boolean;
            readonly reason: string;
            readonly revision: number;
            readonly object?: AnyObject | undefined;
          }
        | { readonly type: 'node.stopping' }
        /** Our Node as the API has it; undefined where there is none. */
        | { readonly type: 'node.seen'; readonly object: AnyObject | undefined }
        /** The node has become short of a resource, or has enough of it again. */
        | {
            readonly type: 'pressure.changed';
            readonly resource: Pressure;
            readonly under: boolean;
          }
        /** Our Node could not be read. */
        | { readonly type: 'node.unread' }
        /** The controllers hear us again after a silence, and think of us what they thought then. */
        | { readonly type: 'node.heard' }
        /** The way to the API is open again. */
        | { readonly type: 'bus.connected' }
      ))
  | TimerFired;

/** What a node asks for. */
export type NodeEffect =
  | { readonly type: 'node.beat' }
  /** Read our Node, to see what others have made of it while we were silent. */
  | { readonly type: 'node.read' }
  /** The node is registered: watch its pods. */
  | { readonly type: 'node.registered' }
  /** End one pod to have more of a resource, the first in `nextEvicted`'s order. */
  | { readonly type: 'pods.evict'; readonly resource: Pressure }
  | ChangeMake<What>
  | EventNote
  | TimerSet
  | TimerCancel;

/** What a node begins with. */
export interface NodeInput extends Timed {
  readonly config: NodeConfig;
}

/** What a node's machine knows: plain data. */
export interface NodeContext {
  readonly config: NodeConfig;
  readonly uid: string;
  readonly conditions: readonly NodeCondition[];
  readonly leaseExists: boolean;
  /** When the next beat is due. */
  readonly beatDueMs: number;
  /** Pressures that last, or have ended: until then the condition stays. */
  readonly pressures: { readonly [pressure in Pressure]?: { under: boolean; untilMs: number } };
}

/** A beat this many intervals late means that this process stood still, and may be taken for dead. */
export const BEATS_LATE = 2;

/** How long until a refused or lost change is tried again, milliseconds. */
export const NODE_RETRY_MS = 1_000;

const LEASE = 'coordination.k8s.io/leases';
/** The answer to a change. */
export type Settled = Extract<NodeEvent, { type: 'change.settled' }>;

/** True where an event answers this change. */
export function settledAs(event: NodeEvent, what: What): event is Settled {
  return event.type === 'change.settled' && event.what === what;
}

/** The time of an event; the first one, made by XState, has the input's. */
export function nowOf(event: NodeEvent): number {
  return event.nowMs ?? (event as unknown as { readonly input: NodeInput }).input.nowMs;
}

/** A change to be made, and answered under its name. */
export function make(what: What, change: Change): ChangeMake<What> {
  return { type: 'change.make', what, change };
}

function nodeKey(config: NodeConfig) {
  return { resource: 'core/nodes', namespace: '', name: config.name };
}

/** The conditions of a Node as the API has it. */
export function conditionsOf(node: AnyObject | undefined): readonly NodeCondition[] {
  return (node?.status as { conditions?: NodeCondition[] } | undefined)?.conditions ?? [];
}

/**
 * True where the API takes the node for ready, and for as short of things as it is: writes that got
 * no answer may come after later ones.
 */
export function saysWhatIs(context: NodeContext, node: AnyObject, nowMs: number): boolean {
  const seen = conditionsOf(node);
  return nodeConditions(true, pressuresOf(context, nowMs), seen, nowMs).every((condition) => {
    const said = seen.find(({ type }) => type === condition.type)?.status;
    return said === condition.status || (said === undefined && condition.type !== 'Ready');
  });
}

/** A node that is known already gets our labels and our CIDR, and its status anew. */
export function adoption(config: NodeConfig): Change {
  const patch = {
    metadata: { labels: nodeLabels(config), annotations: { ...config.annotations } },
  };
  return { type: 'patch', key: nodeKey(config), strategy: 'merge', patch };
}

/** Writes the status as it is now. */
export function statusChange(context: NodeContext, ready: boolean, nowMs: number): Change {
  const pressures = pressuresOf(context, nowMs);
  const status = nodeStatus(context.config, ready, pressures, context.conditions, nowMs);
  return {
    type: 'patch',
    key: nodeKey(context.config),
    subresource: 'status',
    strategy: 'strategic',
    patch: { status: { ...status } },
  };
}

/** Renews the Lease, or creates it where there is none. */
export function leaseChange({ config, uid, leaseExists }: NodeContext, nowMs: number) {
  const lease = nodeLease(config, uid, nowMs);
  const namespace = 'kube-node-lease';
  if (!leaseExists) {
    const object = lease as AnyObject;
    return make('newLease', { type: 'create', resource: LEASE, namespace, object });
  }
  const { renewTime, holderIdentity, leaseDurationSeconds } = lease.spec ?? {};
  return make('lease', {
    type: 'patch',
    key: { resource: LEASE, namespace, name: config.name },
    strategy: 'merge',
    patch: { spec: { renewTime, holderIdentity, leaseDurationSeconds } },
  });
}

/** An event that regards the node. */
export function nodeNote(
  { name }: NodeConfig,
  type: 'Normal' | 'Warning',
  reason: string,
  note: string,
): EventNote {
  const regarding = { apiVersion: 'v1', kind: 'Node', name, uid: name };
  return { type: 'event.record', reason, record: { regarding, type, reason, note } };
}

/** The pressures that the node's conditions tell of. */
export function pressuresOf({ pressures }: NodeContext, nowMs: number): readonly Pressure[] {
  return PRESSURE_NAMES.filter((name) => {
    const pressure = pressures[name];
    return pressure !== undefined && (pressure.under || nowMs < pressure.untilMs);
  });
}

/** The machine under the kubelet was started anew since the Node was last told of it. */
export function rebootNote(
  { config }: NodeContext,
  node: AnyObject | undefined,
): EventNote | undefined {
  const { nodeInfo } = (node?.status ?? {}) as NodeStatus;
  const { bootID } = config.info;
  const before = nodeInfo?.bootID ?? '';
  if (before === '' || bootID === '' || before === bootID) return undefined;
  const note = `Node ${config.name} has been rebooted, boot id: ${bootID}`;
  return nodeNote(config, 'Warning', 'Rebooted', note);
}

/** The event of a pressure that begins or is over. */
export function pressureNote(
  { config }: NodeContext,
  resource: Pressure,
  under: boolean,
): EventNote {
  const { event } = PRESSURES[resource].said[under ? 0 : 1];
  return nodeNote(config, 'Normal', event, `Node ${config.name} status is now: ${event}`);
}

/** What is met first of what the node is short of now. */
export function worstOf({ pressures }: NodeContext): Pressure | undefined {
  return PRESSURE_NAMES.find((name) => pressures[name]?.under === true);
}
