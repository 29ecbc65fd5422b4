/**
 * The scheduler itself: standing by until it leads, then scheduling whenever pods wait in the
 * queue.
 *
 * One instance a process. Which pod and which node is not its business; it only keeps cycles from
 * overlapping and from running without the lease.
 */
import { assign, emit, setup } from 'xstate';
import type { Timed } from '../effect.ts';

export type SchedulerEvent =
  | (Timed & { readonly type: 'leadership.gained'; readonly token: number })
  | (Timed & { readonly type: 'leadership.lost' })
  /** The queue is not empty. */
  | (Timed & { readonly type: 'pods.waiting' })
  | (Timed & { readonly type: 'cycle.done'; readonly more: boolean });

export type SchedulerEffect =
  /** Reads the cluster and takes up the pods without a node. */
  | { readonly type: 'scheduling.start' }
  /** Forgets the cluster and every waiting pod. */
  | { readonly type: 'scheduling.stop' }
  /** Schedules the first pods of the queue: `cycle.done` follows. */
  | { readonly type: 'cycle.run' };

export interface SchedulerContext {
  /** The lease's fencing token while leading, else 0. */
  readonly token: number;
  /** Pods joined the queue while a cycle was under way. */
  readonly waiting: boolean;
}

/** The machine; see the top of this file. */
export const schedulerMachine = setup({
  types: {
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    emitted: {} as SchedulerEffect,
  },
  guards: {
    isMore: ({ context, event }) => event.type === 'cycle.done' && (event.more || context.waiting),
  },
  actions: {
    keepToken: assign(({ event }) =>
      event.type === 'leadership.gained' ? { token: event.token } : {},
    ),
    dropToken: assign({ token: 0, waiting: false }),
    noteWaiting: assign({ waiting: true }),
    clearWaiting: assign({ waiting: false }),
    start: emit({ type: 'scheduling.start' }),
    stop: emit({ type: 'scheduling.stop' }),
    run: emit({ type: 'cycle.run' }),
  },
}).createMachine({
  id: 'scheduler',
  context: () => ({ token: 0, waiting: false }),
  options: { maxIterations: 100 },
  initial: 'standby',
  states: {
    standby: {
      on: { 'leadership.gained': { target: 'leading', actions: 'keepToken' } },
    },
    leading: {
      entry: 'start',
      exit: ['stop', 'dropToken'],
      initial: 'idle',
      on: { 'leadership.lost': 'standby' },
      states: {
        idle: { on: { 'pods.waiting': 'cycling' } },
        cycling: {
          entry: ['clearWaiting', 'run'],
          on: {
            'pods.waiting': { actions: 'noteWaiting' },
            'cycle.done': [
              { guard: 'isMore', target: 'cycling', reenter: true },
              { target: 'idle' },
            ],
          },
        },
      },
    },
  },
});
