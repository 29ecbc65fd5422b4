/**
 * The life of one node: registering with the API, then beating, renewing its Lease and reporting
 * its status, until it stops. Heartbeats begin at once and never wait for the API: they say that
 * the node lives, not that it is known.
 *
 * One instance a node. Never touches a pod.
 */
import { emit, enqueueActions, setup } from 'xstate';
import type { AnyObject } from '../api/view.ts';
import { EVICTION_MS, PRESSURE_NAMES, PRESSURE_TRANSITION_MS, PRESSURES } from './eviction.ts';
import {
  adoption,
  BEATS_LATE,
  conditionsOf,
  leaseChange,
  make,
  NODE_RETRY_MS,
  type NodeContext,
  type NodeEffect,
  type NodeEvent,
  type NodeInput,
  nodeNote,
  nowOf,
  pressureNote,
  pressuresOf,
  rebootNote,
  type Settled,
  saysWhatIs,
  settledAs,
  statusChange,
  worstOf,
} from './node-context.ts';
import { newNode } from './node-object.ts';

export type { NodeContext, NodeEffect, NodeEvent, NodeInput } from './node-context.ts';
export type { NodeConfig } from './node-object.ts';

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
    doubted: ({ context, event }) =>
      event.type === 'node.seen' &&
      event.object !== undefined &&
      !saysWhatIs(context, event.object, event.nowMs),
    forgotten: ({ event }) => event.type === 'node.seen' && event.object === undefined,
    beatDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'beat',
    readDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'read',
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
    readLater: enqueueActions(({ event, enqueue }) => {
      enqueue.emit({ type: 'timer.set', timer: 'read', atMs: nowOf(event) + NODE_RETRY_MS });
    }),
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
    'node.unread': {},
    'node.heard': {},
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
        'node.heard': { actions: 'read' },
        'node.unread': { actions: 'readLater' },
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
          { guard: 'readDue', actions: 'read' },
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
