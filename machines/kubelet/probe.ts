/**
 * One probe of one run of a container: when it runs, and what its results add up to.
 *
 * Owned by the pod and stepped within the pod's steps, as containers are. The verdict is `success`
 * or `failure` only once a threshold is reached; before that it is what the probe's kind starts
 * from. Never acts on a verdict.
 */
import { enqueueActions, setup } from 'xstate';
import type { Timed, TimerFired } from '../effect.ts';
import type { ProbeEffect, ProbeName } from './effect.ts';

export type Verdict = 'unknown' | 'success' | 'failure';

export type ProbeEvent =
  | (Timed &
      /** The container has started (as the startup probe sees it): the gate opens. */
      (
        | { readonly type: 'probe.opened' }
        | {
            readonly type: 'probe.result';
            readonly run: number;
            readonly outcome: 'success' | 'failure' | 'error';
            readonly output: string;
          }
      ))
  | TimerFired;

export interface ProbeInput extends Timed {
  readonly container: string;
  /** The run of the container that is probed. */
  readonly id: string;
  readonly probe: ProbeName;
  /** When the container was started; the initial delay counts from here. */
  readonly startedAtMs: number;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** False where another probe (the startup probe) must succeed first. */
  readonly open: boolean;
  /** What is known from before: a kubelet that was restarted keeps a ready container ready. */
  readonly verdict: Verdict;
}

export interface ProbeContext extends Omit<ProbeInput, 'nowMs'> {
  /** Number of the run under way or made last. */
  readonly run: number;
  /** Results of one kind in a row. */
  readonly streak: number;
  readonly streakOf: 'success' | 'failure' | '';
}

const TITLES = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const;

type Result = Extract<ProbeEvent, { type: 'probe.result' }>;

function timerName(context: ProbeContext): string {
  return `probe/${context.container}/${context.probe}`;
}

/** Counts a result; an error (the probe could not be run) changes nothing. */
function counted(context: ProbeContext, { outcome }: Result): Partial<ProbeContext> {
  if (outcome === 'error') return {};
  const streak = context.streakOf === outcome ? context.streak + 1 : 1;
  const threshold = outcome === 'success' ? context.successThreshold : context.failureThreshold;
  const verdict = streak >= threshold ? outcome : context.verdict;
  return { streak, streakOf: outcome, verdict };
}

/**
 * States: gated, delayed, probing, idle (between two runs), settled (a startup probe that has its
 * verdict).
 */
export const probeMachine = setup({
  types: {
    context: {} as ProbeContext,
    events: {} as ProbeEvent,
    emitted: {} as ProbeEffect,
    input: {} as ProbeInput,
  },
  guards: {
    open: ({ context }) => context.open,
    current: ({ context, event }) => event.type === 'probe.result' && event.run === context.run,
    settles: ({ context, event }) =>
      event.type === 'probe.result' &&
      event.run === context.run &&
      context.probe === 'startup' &&
      counted(context, event).verdict !== undefined &&
      counted(context, event).verdict !== 'unknown',
    mine: ({ context, event }) =>
      event.type === 'timer.fired' && event.timer === timerName(context),
  },
  actions: {
    delay: enqueueActions(({ context, enqueue }) => {
      const atMs = context.startedAtMs + context.initialDelayMs;
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs });
    }),
    wait: enqueueActions(({ context, event, enqueue }) => {
      const atMs = event.nowMs + context.periodMs;
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs });
    }),
    run: enqueueActions(({ context, enqueue }) => {
      const run = context.run + 1;
      enqueue.assign({ run });
      const { container, id, probe } = context;
      enqueue.emit({ type: 'probe.run', container, id, probe, run });
    }),
    count: enqueueActions(({ context, event, enqueue }) => {
      const result = event as Result;
      enqueue.assign(counted(context, result));
      if (result.outcome === 'success') return;
      const title = TITLES[context.probe];
      enqueue.emit({
        type: 'note',
        container: context.container,
        kind: 'Warning',
        reason: 'Unhealthy',
        note:
          result.outcome === 'failure'
            ? `${title} probe failed: ${result.output}`
            : `${title} probe errored and resulted in unknown state: ${result.output}`,
      });
    }),
  },
}).createMachine({
  id: 'probe',
  options: { maxIterations: 100 } as object,
  context: ({ input: { nowMs: _, ...input } }) => ({ ...input, run: 0, streak: 0, streakOf: '' }),
  initial: 'gated',
  states: {
    gated: {
      always: { guard: 'open', target: 'delayed' },
      on: { 'probe.opened': 'delayed' },
    },
    delayed: {
      entry: 'delay',
      on: { 'timer.fired': { guard: 'mine', target: 'probing' } },
    },
    probing: {
      entry: 'run',
      on: {
        'probe.result': [
          { guard: 'settles', target: 'settled', actions: 'count' },
          { guard: 'current', target: 'idle', actions: 'count' },
        ],
      },
    },
    idle: {
      entry: 'wait',
      on: { 'timer.fired': { guard: 'mine', target: 'probing' } },
    },
    settled: {},
  },
});
