/**
 * One listening address of the proxy: opens it, keeps trying while another proxy of this host holds it (nodes that
 * share a host take over from each other), and follows changes of its rule.
 *
 * Owned by the proxy actor, one instance a rule id. Never touches a socket: it asks for that in effects.
 */
import { assign, enqueueActions, setup } from 'xstate';
import type { HostEffect, Timed, TimerFired } from '../effect.ts';
import type { ProxyRule } from './rules.ts';

export type ListenerEvent =
  | (Timed &
      (
        | { readonly type: 'rule.changed'; readonly rule: ProxyRule }
        | { readonly type: 'rule.removed' }
        | { readonly type: 'socket.listening' }
        | { readonly type: 'socket.failed'; readonly code: string; readonly message: string }
      ))
  | TimerFired;

export type ListenerEffect =
  | HostEffect
  | { readonly type: 'socket.open'; readonly rule: ProxyRule }
  | { readonly type: 'socket.update'; readonly rule: ProxyRule }
  | { readonly type: 'socket.close'; readonly id: string }
  | { readonly type: 'listener.report'; readonly servicePort: string; readonly message: string };

export interface ListenerInput extends Timed {
  readonly rule: ProxyRule;
}

interface Context {
  readonly rule: ProxyRule;
  /** The error reported last, so that each is reported once. */
  readonly reported: string;
}

/** How long to wait before an address held by another process is tried again, milliseconds. */
export const HELD_RETRY_MS = 1_000;
/** The same for an address this process may not use at all. */
export const REFUSED_RETRY_MS = 30_000;

/** States: opening, listening, held (another process has the address), refused (it may not be used), closed. */
export const listenerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ListenerEvent,
    emitted: {} as ListenerEffect,
    input: {} as ListenerInput,
  },
  guards: {
    inUse: ({ event }) => event.type === 'socket.failed' && event.code === 'EADDRINUSE',
  },
  actions: {
    keepRule: assign(({ context, event }) => ({
      rule: event.type === 'rule.changed' ? event.rule : context.rule,
    })),
    open: enqueueActions(({ context, enqueue }) => {
      enqueue.emit({ type: 'socket.open', rule: context.rule });
    }),
    update: enqueueActions(({ context, enqueue }) => {
      enqueue.emit({ type: 'socket.update', rule: context.rule });
    }),
    close: enqueueActions(({ context, enqueue }) => {
      enqueue.emit({ type: 'socket.close', id: context.rule.id });
    }),
    retryHeld: enqueueActions(({ event, enqueue }) => {
      enqueue.emit({ type: 'timer.set', timer: 'retry', atMs: event.nowMs + HELD_RETRY_MS });
    }),
    retryRefused: enqueueActions(({ event, enqueue }) => {
      enqueue.emit({ type: 'timer.set', timer: 'retry', atMs: event.nowMs + REFUSED_RETRY_MS });
    }),
    report: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'socket.failed' || event.code === context.reported) return;
      enqueue.assign({ reported: event.code });
      enqueue.emit({
        type: 'listener.report',
        servicePort: context.rule.servicePort,
        message: event.message,
      });
    }),
  },
}).createMachine({
  id: 'listener',
  options: { maxIterations: 100 },
  context: ({ input }) => ({ rule: input.rule, reported: '' }),
  initial: 'opening',
  on: {
    'rule.changed': { actions: 'keepRule' },
    'rule.removed': { target: '.closed', actions: 'close' },
  },
  states: {
    opening: {
      entry: 'open',
      on: {
        'socket.listening': { target: 'listening', actions: 'update' },
        'socket.failed': [
          { guard: 'inUse', target: 'held', actions: 'retryHeld' },
          { target: 'refused', actions: ['report', 'retryRefused'] },
        ],
      },
    },
    listening: {
      on: {
        'rule.changed': { actions: ['keepRule', 'update'] },
        'socket.failed': { target: 'held', actions: 'retryHeld' },
      },
    },
    held: { on: { 'timer.fired': 'opening' } },
    refused: { on: { 'timer.fired': 'opening' } },
    closed: { type: 'final' },
  },
});
