/**
 * The life of one node: registering with the API, then beating, renewing its Lease and reporting
 * its status, until it stops. Heartbeats begin at once and never wait for the API: they say that
 * the node lives, not that it is known.
 *
 * One instance a node. Never touches a pod.
 */
import { emit, enqueueActions, setup } from 'xstate';
import type { Change } from '../api/change.ts';
import type { NodeCondition, NodeStatus } from '../api/types.ts';
import type { AnyObject } from '../api/view.ts';
import type { Timed, TimerCancel, TimerFired, TimerSet } from '../effect.ts';
import type { ChangeMake, EventNote } from './effect.ts';
import {
  EVICTION_MS,
  PRESSURE_NAMES,
  PRESSURE_TRANSITION_MS,
  PRESSURES,
  type Pressure,
} from './eviction.ts';
import { type NodeConfig, newNode, nodeLabels, nodeLease, nodeStatus } from './node-object.ts';

export type { NodeConfig } from './node-object.ts';

type What = 'register' | 'adopt' | 'lease' | 'newLease' | 'status';

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
        /** The way to the API is open again. */
        | { readonly type: 'bus.connected' }
      ))
  | TimerFired;

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

export interface NodeInput extends Timed {
  readonly config: NodeConfig;
}

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
const BEATS_LATE = 2;

/** How long until a refused or lost change is tried again, milliseconds. */
export const NODE_RETRY_MS = 1_000;

const LEASE = 'coordination.k8s.io/leases';
type Settled = Extract<NodeEvent, { type: 'change.settled' }>;

function settledAs(event: NodeEvent, what: What): event is Settled {
  return event.type === 'change.settled' && event.what === what;
}

function nowOf(event: NodeEvent): number {
  return event.nowMs ?? (event as unknown as { readonly input: NodeInput }).input.nowMs;
}

function make(what: What, change: Change): ChangeMake<What> {
  return { type: 'change.make', what, change };
}

function nodeKey(config: NodeConfig) {
  return { resource: 'core/nodes', namespace: '', name: config.name };
}

function conditionsOf(node: AnyObject | undefined): readonly NodeCondition[] {
  return (node?.status as { conditions?: NodeCondition[] } | undefined)?.conditions ?? [];
}

function saysReady(node: AnyObject): boolean {
  return conditionsOf(node).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** A node that is known already gets our labels and our CIDR, and its status anew. */
function adoption(config: NodeConfig): Change {
  const patch = {
    metadata: { labels: nodeLabels(config), annotations: { ...config.annotations } },
  };
  return { type: 'patch', key: nodeKey(config), strategy: 'merge', patch };
}

function statusChange(context: NodeContext, ready: boolean, nowMs: number): Change {
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

function leaseChange({ config, uid, leaseExists }: NodeContext, nowMs: number) {
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

function nodeNote(
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
function rebootNote({ config }: NodeContext, node: AnyObject | undefined): EventNote | undefined {
  const { nodeInfo } = (node?.status ?? {}) as NodeStatus;
  const { bootID } = config.info;
  const before = nodeInfo?.bootID ?? '';
  if (before === '' || bootID === '' || before === bootID) return undefined;
  const note = `Node ${config.name} has been rebooted, boot id: ${bootID}`;
  return nodeNote(config, 'Warning', 'Rebooted', note);
}

function pressureNote({ config }: NodeContext, resource: Pressure, under: boolean): EventNote {
  const { event } = PRESSURES[resource].said[under ? 0 : 1];
  return nodeNote(config, 'Normal', event, `Node ${config.name} status is now: ${event}`);
}

/** What is met first of what the node is short of now. */
function worstOf({ pressures }: NodeContext): Pressure | undefined {
  return PRESSURE_NAMES.find((name) => pressures[name]?.under === true);
}

/** States: registering, adopting (the node exists already), ready, stopping, stopped. */
export const nodeMachine = setup({
  types: {
    context: {} as NodeContext,
    events: {} as NodeEvent,
    emitted: {} as NodeEffect,
    input: {} as NodeInput,
  },
  guards: {
    registered: ({ event }) => settledAs(event, 'register') && event.ok,
    exists: ({ event }) => settledAs(event, 'register') && event.reason === 'AlreadyExists',
    adopted: ({ event }) => settledAs(event, 'adopt') && event.ok,
    vanished: ({ event }) => settledAs(event, 'adopt') && event.reason === 'NotFound',
    lost: ({ event }) => settledAs(event, 'status') && event.reason === 'NotFound',
    failed: ({ event }) => event.type === 'change.settled' && !event.ok,
    noLease: ({ event }) => settledAs(event, 'lease') && event.reason === 'NotFound',
    hasLease: ({ event }) =>
      settledAs(event, 'newLease') && (event.ok || event.reason === 'AlreadyExists'),
    statusKept: ({ event }) => settledAs(event, 'status') && event.ok,
    said: ({ event }) => settledAs(event, 'status'),
    unsaid: ({ event }) => settledAs(event, 'status') && !event.ok,
    evictDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'evict',
    easeDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'ease',
    late: ({ context, event }) =>
      event.type === 'timer.fired' &&
      event.timer === 'beat' &&
      event.nowMs > context.beatDueMs + BEATS_LATE * context.config.beatMs,
    doubted: ({ event }) =>
      event.type === 'node.seen' && event.object !== undefined && !saysReady(event.object),
    forgotten: ({ event }) => event.type === 'node.seen' && event.object === undefined,
    beatDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'beat',
    retryDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'retry',
    leaseDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'lease',
    statusDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'status',
  },
  actions: {
    beat: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit({ type: 'node.beat' });
      const atMs = nowOf(event) + context.config.beatMs;
      enqueue.assign({ beatDueMs: atMs });
      enqueue.emit({ type: 'timer.set', timer: 'beat', atMs });
    }),
    read: emit({ type: 'node.read' }),
    keepSeen: enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'node.seen') return;
      enqueue.assign({ conditions: conditionsOf(event.object) });
    }),
    register: enqueueActions(({ context, event, enqueue }) => {
      const object = newNode(
        context.config,
        pressuresOf(context, nowOf(event)),
        nowOf(event),
      ) as AnyObject;
      enqueue.emit(
        make('register', { type: 'create', resource: 'core/nodes', namespace: '', object }),
      );
    }),
    adopt: enqueueActions(({ context, enqueue }) => {
      enqueue.emit(make('adopt', adoption(context.config)));
    }),
    retry: enqueueActions(({ event, enqueue }) => {
      enqueue.emit({ type: 'timer.set', timer: 'retry', atMs: nowOf(event) + NODE_RETRY_MS });
    }),
    keepNode: enqueueActions(({ event, enqueue }) => {
      const object = (event as Settled).object;
      enqueue.assign({ uid: object?.metadata?.uid ?? '', conditions: conditionsOf(object) });
    }),
    keepReported: enqueueActions(({ event, enqueue }) => {
      enqueue.assign({ conditions: conditionsOf((event as Settled).object) });
    }),
    announce: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit({ type: 'node.registered' });
      const rebooted = rebootNote(context, (event as Settled).object);
      if (rebooted !== undefined) enqueue.emit(rebooted);
      enqueue.emit(nodeNote(context.config, 'Normal', 'Starting', 'Starting kubelet.'));
    }),
    reportStatus: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit(make('status', statusChange(context, true, nowOf(event))));
    }),
    planStatus: enqueueActions(({ context, event, enqueue }) => {
      const atMs = nowOf(event) + context.config.statusMs;
      enqueue.emit({ type: 'timer.set', timer: 'status', atMs });
    }),
    renew: enqueueActions(({ context, event, enqueue }) => {
      const nowMs = nowOf(event);
      enqueue.emit(leaseChange(context, nowMs));
      const atMs = nowMs + context.config.leaseMs;
      enqueue.emit({ type: 'timer.set', timer: 'lease', atMs });
    }),
    keepLease: enqueueActions(({ enqueue }) => enqueue.assign({ leaseExists: true })),
    dropLease: enqueueActions(({ enqueue }) => enqueue.assign({ leaseExists: false })),
    keepPressure: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'pressure.changed') return;
      const { resource, under, nowMs } = event;
      const before = context.pressures[resource];
      if ((before?.under ?? false) === under) return;
      const outlastMs = context.config.pressureTransitionMs ?? PRESSURE_TRANSITION_MS;
      const untilMs = under ? 0 : nowMs + outlastMs;
      const wasTold = pressuresOf(context, nowMs).includes(resource);
      enqueue.assign({ pressures: { ...context.pressures, [resource]: { under, untilMs } } });
      if (under && !wasTold) enqueue.emit(pressureNote(context, resource, true));
      if (!under) enqueue.emit({ type: 'timer.set', timer: 'ease', atMs: untilMs });
    }),
    /** Forgets the pressures whose conditions are over, and waits for the next. */
    ease: enqueueActions(({ context, event, enqueue }) => {
      const nowMs = nowOf(event);
      const kept = PRESSURE_NAMES.flatMap((name) => {
        const pressure = context.pressures[name];
        if (pressure === undefined) return [];
        if (pressure.under || nowMs < pressure.untilMs) return [[name, pressure] as const];
        enqueue.emit(pressureNote(context, name, false));
        return [];
      });
      enqueue.assign({ pressures: Object.fromEntries(kept) });
      const next = kept.filter(([, { under }]) => !under).map(([, { untilMs }]) => untilMs);
      if (next.length === 0) return;
      enqueue.emit({ type: 'timer.set', timer: 'ease', atMs: Math.min(...next) });
    }),
    evict: enqueueActions(({ context, event, enqueue }) => {
      const resource = worstOf(context);
      if (resource === undefined) return;
      const note = `Attempting to reclaim ${PRESSURES[resource].resource}`;
      enqueue.emit(nodeNote(context.config, 'Warning', 'EvictionThresholdMet', note));
      enqueue.emit({ type: 'pods.evict', resource });
      const atMs = nowOf(event) + (context.config.evictionMs ?? EVICTION_MS);
      enqueue.emit({ type: 'timer.set', timer: 'evict', atMs });
    }),
    /** The first pressure begins the evictions, those that follow wait for their turn. */
    evictFirst: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'pressure.changed' || !event.under) return;
      const under = PRESSURE_NAMES.filter((name) => context.pressures[name]?.under === true);
      if (under.length !== 1 || under[0] !== event.resource) return;
      enqueue.emit({ type: 'timer.set', timer: 'evict', atMs: event.nowMs });
    }),
    reportPressure: enqueueActions(({ context, event, enqueue }) => {
      const nowMs = nowOf(event);
      if (pressuresOf(context, nowMs).length === 0) return;
      enqueue.emit(make('status', statusChange(context, true, nowMs)));
    }),
    giveUp: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit(make('status', statusChange(context, false, nowOf(event))));
      const atMs = nowOf(event) + NODE_RETRY_MS;
      enqueue.emit({ type: 'timer.set', timer: 'retry', atMs });
    }),
  },
}).createMachine({
  id: 'node',
  options: { maxIterations: 100 } as object,
  context: ({ input }) => ({
    config: input.config,
    uid: '',
    conditions: [],
    leaseExists: false,
    beatDueMs: 0,
    pressures: {},
  }),
  initial: 'registering',
  entry: 'beat',
  on: {
    'timer.fired': [
      { guard: 'beatDue', actions: 'beat' },
      { guard: 'evictDue', actions: 'evict' },
      { guard: 'easeDue', actions: 'ease' },
    ],
    'pressure.changed': { actions: ['keepPressure', 'evictFirst'] },
    'node.stopping': '.stopped',
    'change.settled': {},
    'node.seen': {},
    'bus.connected': {},
  },
  states: {
    registering: {
      entry: 'register',
      on: {
        'change.settled': [
          {
            guard: 'registered',
            target: 'ready',
            actions: ['keepNode', 'announce', 'planStatus', 'reportPressure'],
          },
          { guard: 'exists', target: 'adopting' },
          { guard: 'failed', actions: 'retry' },
        ],
        'timer.fired': [
          { guard: 'beatDue', actions: 'beat' },
          { guard: 'retryDue', actions: 'register' },
        ],
      },
    },
    adopting: {
      entry: 'adopt',
      on: {
        'change.settled': [
          {
            guard: 'adopted',
            target: 'ready',
            actions: ['keepNode', 'announce', 'reportStatus', 'planStatus'],
          },
          { guard: 'vanished', target: 'registering' },
          { guard: 'failed', actions: 'retry' },
        ],
        'timer.fired': [
          { guard: 'beatDue', actions: 'beat' },
          { guard: 'retryDue', actions: 'adopt' },
        ],
      },
    },
    ready: {
      entry: 'renew',
      on: {
        'change.settled': [
          { guard: 'lost', target: 'registering' },
          { guard: 'noLease', actions: ['dropLease', 'renew'] },
          { guard: 'hasLease', actions: 'keepLease' },
          { guard: 'statusKept', actions: 'keepReported' },
          { guard: 'unsaid', actions: 'retry' },
        ],
        'pressure.changed': { actions: ['keepPressure', 'evictFirst', 'reportStatus'] },
        'bus.connected': { actions: 'read' },
        'node.seen': [
          { guard: 'doubted', actions: ['keepSeen', 'reportStatus'] },
          { guard: 'forgotten', target: 'registering' },
        ],
        'timer.fired': [
          { guard: 'late', actions: ['beat', 'read'] },
          { guard: 'beatDue', actions: 'beat' },
          { guard: 'leaseDue', actions: ['renew', 'read'] },
          { guard: 'statusDue', actions: ['reportStatus', 'planStatus'] },
          { guard: 'retryDue', actions: 'reportStatus' },
          { guard: 'evictDue', actions: 'evict' },
          { guard: 'easeDue', actions: ['ease', 'reportStatus'] },
        ],
        'node.stopping': { target: 'stopping', actions: 'giveUp' },
      },
    },
    stopping: {
      on: {
        'change.settled': { guard: 'said', target: 'stopped' },
        'timer.fired': { guard: 'retryDue', target: 'stopped' },
        'pressure.changed': {},
        'node.stopping': {},
      },
    },
    stopped: { type: 'final' },
  },
});
