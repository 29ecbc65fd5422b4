/**
 * The health of one node as heard by the controllers: heard from, or silent. Heartbeats are judged
 * by when they arrive, never by the times written in them, so clocks need not agree.
 *
 * Costs one step for each grace period, not for each heartbeat: the actor notes arrivals and the
 * machine asks for the latest when its timer is due. Only the first beat after a silence is an
 * event.
 */
import { assign, emit, setup } from 'xstate';
import type { Node, NodeCondition } from '../api/types.ts';
import type { HostEffect, Timed, TimerFired } from '../effect.ts';

export type NodeHealthEvent =
  /** When the node was last heard from. */
  | (Timed & { readonly type: 'beat.checked'; readonly lastMs: number })
  /** The node was heard from after a silence. */
  | (Timed & { readonly type: 'beat.heard' })
  | TimerFired;

export type NodeHealthEffect =
  /** Asks when the node was last heard from: `beat.checked` follows. */
  | { readonly type: 'beat.check' }
  /**
   * The node has fallen silent, or speaks again: its key is to be planned. One that speaks again is told that it is
   * heard, since it alone says that it is ready.
   */
  | { readonly type: 'health.changed'; readonly silent: boolean }
  | HostEffect;

export interface NodeHealthInput {
  readonly nowMs: number;
  /** A node not heard from for this long is silent. */
  readonly graceMs: number;
  /** It was silent for those who listened before. */
  readonly silent: boolean;
}

export interface NodeHealthContext {
  readonly graceMs: number;
  readonly lastMs: number;
  readonly silent: boolean;
}

/** True where the Node says that it was not heard. */
export function isThoughtSilent(node: Node): boolean {
  return readyOf(node)?.status === 'Unknown';
}

/** When the kubelet last said how it is, as it says itself: what changes here is a sign of life, as in Kubernetes. */
export function reportedAt(node: Node): string {
  return readyOf(node)?.lastHeartbeatTime ?? '';
}

const readyOf = ({ status }: Node): NodeCondition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready');

/** The machine; see the top of this file. */
export const nodeHealthMachine = setup({
  types: {
    context: {} as NodeHealthContext,
    input: {} as NodeHealthInput,
    events: {} as NodeHealthEvent,
    emitted: {} as NodeHealthEffect,
  },
  guards: {
    wasSilent: ({ context }) => context.silent,
    isLate: ({ context, event }) =>
      event.type === 'beat.checked' && event.nowMs - event.lastMs >= context.graceMs,
  },
  actions: {
    note: assign(({ event }) => {
      if (event.type === 'beat.checked') return { lastMs: event.lastMs };
      return { lastMs: event.nowMs };
    }),
    check: emit({ type: 'beat.check' }),
    setTimer: emit(({ context }) => ({
      type: 'timer.set' as const,
      timer: 'grace',
      atMs: context.lastMs + context.graceMs,
    })),
    tell: emit((_, params: { silent: boolean }) => ({
      type: 'health.changed' as const,
      silent: params.silent,
    })),
  },
}).createMachine({
  id: 'nodeHealth',
  context: ({ input }) => ({
    graceMs: input.graceMs,
    lastMs: input.nowMs,
    silent: input.silent,
  }),
  options: { maxIterations: 100 },
  initial: 'met',
  states: {
    met: { always: [{ guard: 'wasSilent', target: 'silent' }, { target: 'heard' }] },
    heard: {
      entry: 'setTimer',
      on: {
        'timer.fired': { actions: 'check' },
        'beat.checked': [
          { guard: 'isLate', target: 'silent', actions: 'note' },
          { target: 'heard', reenter: true, actions: 'note' },
        ],
      },
    },
    silent: {
      entry: { type: 'tell', params: { silent: true } },
      exit: { type: 'tell', params: { silent: false } },
      on: { 'beat.heard': { target: 'heard', actions: 'note' } },
    },
  },
});
