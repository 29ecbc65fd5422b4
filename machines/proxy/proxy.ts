/**
 * The proxy of one node: turns each new set of rules into starts, changes and removals of listeners.
 *
 * Owned by the proxy actor, one instance a node. Coalesces bursts of changes: rules are computed at most once
 * every `SYNC_INTERVAL_MS`, the first change at once. Never reads the cluster: rules arrive in events.
 */
import { assign, enqueueActions, setup } from 'xstate';
import type { HostEffect, Timed, TimerFired } from '../effect.ts';
import type { ProxyRule } from './rules.ts';

export type ProxyEvent =
  | (Timed &
      (
        | { readonly type: 'cluster.changed' }
        | { readonly type: 'rules.computed'; readonly rules: readonly ProxyRule[] }
      ))
  | TimerFired;

export type ProxyEffect = HostEffect | { readonly type: 'rules.compute' };

interface Context {
  /** Rule id to a fingerprint of the rule in force. */
  readonly inForce: { readonly [id: string]: string };
  readonly dirty: boolean;
}

/** Least time between two computations of the rules, milliseconds (kube-proxy's minSyncPeriod is 1 s). */
export const SYNC_INTERVAL_MS = 50;

const LISTENER = 'listener';

/** Effects that lead from the rules in force to the new ones. */
export function difference(
  inForce: { readonly [id: string]: string },
  rules: readonly ProxyRule[],
): {
  readonly effects: readonly HostEffect[];
  readonly inForce: { readonly [id: string]: string };
} {
  const effects: HostEffect[] = [];
  const next: { [id: string]: string } = {};
  for (const rule of rules) {
    if (next[rule.id] !== undefined) continue; // two Services with one external address: the first has it
    const print = JSON.stringify(rule);
    next[rule.id] = print;
    if (inForce[rule.id] === undefined) {
      effects.push({ type: 'machine.start', kind: LISTENER, id: rule.id, input: { rule } });
    } else if (inForce[rule.id] !== print) {
      effects.push(tell(rule.id, { type: 'rule.changed', rule }));
    }
  }
  for (const id of Object.keys(inForce)) {
    if (next[id] === undefined) effects.push(tell(id, { type: 'rule.removed' }));
  }
  return { effects, inForce: next };
}

const tell = (
  id: string,
  event: { readonly type: string; readonly rule?: ProxyRule },
): HostEffect => ({
  type: 'machine.tell',
  kind: LISTENER,
  id,
  event,
});

/** States: idle, computing, resting (until rules may be computed again). */
export const proxyMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ProxyEvent,
    emitted: {} as ProxyEffect,
    input: {} as Timed,
  },
  guards: { dirty: ({ context }) => context.dirty },
  actions: {
    compute: enqueueActions(({ enqueue }) => {
      enqueue.assign({ dirty: false });
      enqueue.emit({ type: 'rules.compute' });
    }),
    markDirty: assign({ dirty: true }),
    enforce: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'rules.computed') return;
      const { effects, inForce } = difference(context.inForce, event.rules);
      enqueue.assign({ inForce });
      for (const effect of effects) enqueue.emit(effect);
      enqueue.emit({ type: 'timer.set', timer: 'rest', atMs: event.nowMs + SYNC_INTERVAL_MS });
    }),
  },
}).createMachine({
  id: 'proxy',
  options: { maxIterations: 100 },
  context: { inForce: {}, dirty: false },
  initial: 'idle',
  states: {
    idle: { on: { 'cluster.changed': 'computing' } },
    computing: {
      entry: 'compute',
      on: {
        'cluster.changed': { actions: 'markDirty' },
        'rules.computed': { target: 'resting', actions: 'enforce' },
      },
    },
    resting: {
      on: {
        'cluster.changed': { actions: 'markDirty' },
        'timer.fired': [{ guard: 'dirty', target: 'computing' }, { target: 'idle' }],
      },
    },
  },
});
