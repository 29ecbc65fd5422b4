/**
 * The scheduling of one pod, from its arrival until it is bound: gated, in the queue,
 * unschedulable, backing off, binding. One instance serves one pod; it is rebuilt from the store,
 * where only its attempts are forgotten.
 *
 * Never chooses a node itself: `node.chosen` and `node.refused` tell what `schedule` found.
 */
import { assign, emit, setup } from 'xstate';
import type { HostEffect, Timed, TimerFired } from '../effect.ts';
import type { PluginName } from './filters.ts';

/** First back-off of a pod that could not be scheduled; doubles with each attempt. */
export const POD_BACKOFF_MS = 1_000;
export const POD_BACKOFF_MAX_MS = 10_000;
/** An unschedulable pod is tried again after this long even though nothing helpful has happened. */
export const UNSCHEDULABLE_MAX_MS = 300_000;

export type PendingPodEvent =
  /** The pod has changed; `gated` while it has scheduling gates. */
  | (Timed & { readonly type: 'pod.changed'; readonly gated: boolean })
  | (Timed & { readonly type: 'node.chosen'; readonly node: string })
  | (Timed & {
      readonly type: 'node.refused';
      readonly plugins: readonly PluginName[];
      readonly message: string;
      /** The node on which victims were preempted, '' where none was. */
      readonly nominated: string;
    })
  | (Timed & { readonly type: 'pod.bound' })
  | (Timed & { readonly type: 'bind.failed'; readonly message: string })
  /** Something has changed that may make the pod schedulable. */
  | (Timed & { readonly type: 'cluster.changed' })
  | TimerFired;

export type PendingPodEffect =
  /** Puts the pod into the queue of pods to schedule. */
  | { readonly type: 'queue.join' }
  | { readonly type: 'pod.bind'; readonly node: string }
  /** Takes the assumed pod off its node again. */
  | { readonly type: 'pod.forget' }
  /**
   * Writes the PodScheduled condition, and records FailedScheduling where the pod could not be
   * scheduled.
   */
  | {
      readonly type: 'pod.report';
      readonly reason: 'Unschedulable' | 'SchedulingGated' | 'SchedulerError';
      readonly message: string;
      readonly nominated: string;
    }
  | HostEffect;

export interface PendingPodInput {
  readonly nowMs: number;
  readonly gated: boolean;
}

export interface PendingPodContext {
  readonly gated: boolean;
  readonly attempts: number;
  readonly attemptedAtMs: number;
  readonly node: string;
  readonly message: string;
  readonly nominated: string;
  readonly plugins: readonly PluginName[];
}

/** The pause after a number of attempts. */
export function podBackoffMs(attempts: number): number {
  return Math.min(POD_BACKOFF_MS * 2 ** Math.max(0, attempts - 1), POD_BACKOFF_MAX_MS);
}

const retryAtMs = (context: PendingPodContext): number =>
  context.attemptedAtMs + podBackoffMs(context.attempts);

/** The machine; see the top of this file. */
export const pendingPodMachine = setup({
  types: {
    context: {} as PendingPodContext,
    input: {} as PendingPodInput,
    events: {} as PendingPodEvent,
    emitted: {} as PendingPodEffect,
  },
  guards: {
    isGated: ({ context }) => context.gated,
    isRested: ({ context, event }) => event.nowMs >= retryAtMs(context),
    isTimer: ({ event }, params: { timer: string }) =>
      event.type === 'timer.fired' && event.timer === params.timer,
  },
  actions: {
    note: assign(({ event }) => (event.type === 'pod.changed' ? { gated: event.gated } : {})),
    join: emit({ type: 'queue.join' }),
    choose: assign(({ context, event }) =>
      event.type === 'node.chosen'
        ? { node: event.node, attempts: context.attempts + 1, attemptedAtMs: event.nowMs }
        : {},
    ),
    refuse: assign(({ context, event }) => {
      if (event.type !== 'node.refused') return {};
      const { plugins, message, nominated, nowMs } = event;
      return { plugins, message, nominated, attempts: context.attempts + 1, attemptedAtMs: nowMs };
    }),
    fail: assign(({ event }) =>
      event.type === 'bind.failed' ? { message: event.message, attemptedAtMs: event.nowMs } : {},
    ),
    bind: emit(({ context }) => ({ type: 'pod.bind' as const, node: context.node })),
    forget: emit({ type: 'pod.forget' }),
    report: emit(
      (
        { context },
        params: { reason: 'Unschedulable' | 'SchedulingGated' | 'SchedulerError' },
      ) => ({
        type: 'pod.report' as const,
        reason: params.reason,
        message: context.message,
        nominated: context.nominated,
      }),
    ),
    setBackoff: emit(({ context }) => ({
      type: 'timer.set' as const,
      timer: 'backoff',
      atMs: retryAtMs(context),
    })),
    setFlush: emit(({ context }) => ({
      type: 'timer.set' as const,
      timer: 'flush',
      atMs: context.attemptedAtMs + UNSCHEDULABLE_MAX_MS,
    })),
    cancelFlush: emit({ type: 'timer.cancel', timer: 'flush' }),
    cancelBackoff: emit({ type: 'timer.cancel', timer: 'backoff' }),
  },
}).createMachine({
  id: 'pendingPod',
  context: ({ input }) => ({
    gated: input.gated,
    attempts: 0,
    attemptedAtMs: 0,
    node: '',
    message: '',
    nominated: '',
    plugins: [],
  }),
  options: { maxIterations: 100 },
  initial: 'arriving',
  on: { 'pod.bound': '.bound' },
  states: {
    arriving: { always: [{ guard: 'isGated', target: 'gated' }, { target: 'active' }] },
    gated: {
      entry: { type: 'report', params: { reason: 'SchedulingGated' } },
      on: { 'pod.changed': { target: 'arriving', actions: 'note' } },
    },
    active: {
      entry: 'join',
      on: {
        'pod.changed': { actions: 'note' },
        'node.chosen': { target: 'binding', actions: 'choose' },
        'node.refused': { target: 'unschedulable', actions: 'refuse' },
      },
    },
    binding: {
      entry: 'bind',
      on: {
        'pod.changed': { actions: 'note' },
        'bind.failed': {
          target: 'backingOff',
          actions: ['fail', 'forget', { type: 'report', params: { reason: 'SchedulerError' } }],
        },
      },
    },
    unschedulable: {
      entry: [{ type: 'report', params: { reason: 'Unschedulable' } }, 'setFlush'],
      exit: 'cancelFlush',
      on: {
        'pod.changed': [
          { guard: 'isRested', target: 'arriving', actions: 'note' },
          { target: 'backingOff', actions: 'note' },
        ],
        'cluster.changed': [{ guard: 'isRested', target: 'active' }, { target: 'backingOff' }],
        'timer.fired': {
          guard: { type: 'isTimer', params: { timer: 'flush' } },
          target: 'active',
        },
      },
    },
    backingOff: {
      entry: 'setBackoff',
      exit: 'cancelBackoff',
      on: {
        'pod.changed': { actions: 'note' },
        'timer.fired': {
          guard: { type: 'isTimer', params: { timer: 'backoff' } },
          target: 'arriving',
        },
      },
    },
    bound: { type: 'final' },
  },
});
