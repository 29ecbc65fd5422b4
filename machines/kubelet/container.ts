/**
 * The life of one container of a pod, over all its runs: waiting for its turn, starting, running,
 * stopping, backing off and starting again, until it has ended for good.
 *
 * Owned by the pod: its state is kept inside the pod's context and stepped within the pod's steps,
 * so that a pod's status is always computed from one consistent state of all its containers. Never
 * decides whether a container may restart (the exit event says so) and never knows about probes or
 * other containers.
 */
import { enqueueActions, setup } from 'xstate';
import { goDuration, NO_BACKOFF, owedMs, raise } from './backoff.ts';
import {
  type ContainerContext,
  type ContainerEvent,
  type ContainerInput,
  type Event,
  ended,
  note,
  started,
  startFailed,
  timerName,
} from './container-context.ts';
import type { ContainerEffect } from './effect.ts';

export type { ContainerContext, ContainerEvent, Exit, Run } from './container-context.ts';

/** How long ErrImagePull shows before ImagePullBackOff takes over, milliseconds. */
export const PULL_FAILED_SHOWN_MS = 2_000;
/**
 * How long until a container is tried again whose configuration could not be made (a missing
 * ConfigMap).
 */
export const CONFIG_RETRY_MS = 10_000;
/** The least grace a container gets, whatever is left of its pod's. */
export const GRACE_MIN_MS = 2_000;

/** What an exit leads to, whatever the container was doing. */
const EXITS = [
  { guard: 'restartsNow', target: 'starting', actions: ['ended', 'again'] },
  { guard: 'restartsLater', target: 'backingOff', actions: ['ended', 'backOff'] },
  { target: 'terminated', actions: 'ended' },
] as const;

/**
 * States: waiting, starting (image, creation and start), pullFailed, imageBackingOff, hooking
 * (postStart), running, preStopping, stopping, backingOff, terminated.
 */
export const containerMachine = setup({
  types: {
    context: {} as ContainerContext,
    events: {} as ContainerEvent,
    emitted: {} as ContainerEffect,
    input: {} as ContainerInput,
  },
  guards: {
    adopted: ({ context }) => context.run !== null && context.run.exit === null,
    over: ({ context }) => context.run !== null,
    retired: ({ context }) => context.retired,
    hasPostStart: ({ context }) => context.hasPostStart,
    runsPreStop: ({ context, event }) =>
      context.hasPreStop && event.type === 'container.stopRequested' && event.graceMs > 0,
    restartsNow: ({ context, event }) =>
      event.type === 'container.exited' &&
      event.restart &&
      !context.retired &&
      owedMs(context.crash, event.nowMs) === 0,
    restartsLater: ({ context, event }) =>
      event.type === 'container.exited' && event.restart && !context.retired,
    sooner: ({ context, event }) =>
      event.type === 'container.stopRequested' && event.nowMs + event.graceMs < context.stopAtMs,
    failedHook: ({ event }) => event.type === 'hook.done' && !event.ok,
    neverPulls: ({ event }) => event.type === 'image.failed' && event.reason !== 'ErrImagePull',
    mine: ({ context, event }) =>
      event.type === 'timer.fired' && event.timer === timerName(context),
  },
  actions: {
    retire: enqueueActions(({ enqueue }) => enqueue.assign({ retired: true })),
    cancelTimer: enqueueActions(({ context, enqueue }) => {
      enqueue.emit({ type: 'timer.cancel', timer: timerName(context) });
    }),
    run: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ pulled: false });
      enqueue.emit({ type: 'container.run', container: context.name, attempt: context.attempt });
    }),
    /**
     * Another run where this attempt had one that ended, the same attempt again where none came to
     * be.
     */
    again: enqueueActions(({ context, event, enqueue }) => {
      if (context.run?.attempt !== context.attempt) return;
      const crash = raise(context.crash, event.nowMs, context.crashBackoffMaxMs);
      enqueue.assign({ crash, attempt: context.attempt + 1, waitReason: '', waitMessage: '' });
    }),
    notePulling: enqueueActions(({ context, enqueue }) => {
      enqueue.emit(note(context, 'Normal', 'Pulling', `Pulling image "${context.image}"`));
    }),
    notePulled: enqueueActions(({ context, event, enqueue }) => {
      const { tookMs, sizeBytes } = event as Event<'image.pulled'>;
      const took = goDuration(tookMs);
      const text = `Successfully pulled image "${context.image}" in ${took} (${took} including waiting). Image size: ${sizeBytes} bytes.`;
      enqueue.assign({ pulled: true });
      enqueue.emit(note(context, 'Normal', 'Pulled', text));
    }),
    pullFailed: enqueueActions(({ context, event, enqueue }) => {
      const { reason, message, nowMs } = event as Event<'image.failed'>;
      const { image } = context;
      const text = `Failed to pull image "${image}": ${message}`;
      if (reason === 'ErrImageNeverPull') {
        enqueue.emit(note(context, 'Warning', 'ErrImageNeverPull', message));
      } else enqueue.emit(note(context, 'Warning', 'Failed', text));
      enqueue.emit(note(context, 'Warning', 'Failed', `Error: ${reason}`));
      enqueue.assign({
        waitReason: reason,
        waitMessage: message,
        pull: raise(context.pull, nowMs),
      });
    }),
    showPullFailed: enqueueActions(({ context, event, enqueue }) => {
      const atMs = event.nowMs + PULL_FAILED_SHOWN_MS;
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs });
    }),
    backOffPulling: enqueueActions(({ context, enqueue }) => {
      const { image, pull, waitReason, waitMessage } = context;
      const text = `Back-off pulling image "${image}"`;
      if (waitReason === 'ErrImagePull') {
        enqueue.emit(note(context, 'Normal', 'BackOff', text));
        enqueue.emit(note(context, 'Warning', 'Failed', 'Error: ImagePullBackOff'));
        enqueue.assign({
          waitReason: 'ImagePullBackOff',
          waitMessage: `${text}: ErrImagePull: ${waitMessage}`,
        });
      }
      const atMs = pull.raisedAtMs + pull.delayMs;
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs });
    }),
    started: enqueueActions(({ context, event, enqueue }) => {
      enqueue.assign(started(context, event as Event<'container.started'>, enqueue.emit));
    }),
    startFailed: enqueueActions(({ context, event, enqueue }) => {
      const failure = event as Event<'container.startFailed'>;
      const retryMs =
        failure.reason === 'RunContainerError'
          ? Math.max(owedMs(context.crash, event.nowMs), raise(NO_BACKOFF, 0).delayMs)
          : CONFIG_RETRY_MS;
      enqueue.assign(startFailed(context, failure));
      enqueue.emit(note(context, 'Warning', 'Failed', `Error: ${failure.message}`));
      const atMs = event.nowMs + retryMs;
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs });
    }),
    hookStarted: enqueueActions(({ context, enqueue }) => {
      const { name: container } = context;
      enqueue.emit({ type: 'hook.run', container, hook: 'postStart', timeoutMs: 0 });
    }),
    hookFailed: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit(note(context, 'Warning', 'FailedPostStartHook', 'PostStartHook failed'));
      enqueue.emit(note(context, 'Normal', 'Killing', 'FailedPostStartHook'));
      enqueue.assign({ stopAtMs: event.nowMs + 30_000 });
    }),
    noteKilling: enqueueActions(({ context, event, enqueue }) => {
      const { note: text, graceMs, nowMs } = event as Event<'container.stopRequested'>;
      const killing = text === '' ? `Stopping container ${context.name}` : text;
      enqueue.emit(note(context, 'Normal', 'Killing', killing));
      enqueue.assign({ stopAtMs: nowMs + graceMs });
    }),
    shorten: enqueueActions(({ event, enqueue }) => {
      const { graceMs, nowMs } = event as Event<'container.stopRequested'>;
      enqueue.assign({ stopAtMs: nowMs + graceMs });
    }),
    preStop: enqueueActions(({ context, event, enqueue }) => {
      const { name: container, stopAtMs } = context;
      const timeoutMs = stopAtMs - event.nowMs;
      enqueue.emit({ type: 'hook.run', container, hook: 'preStop', timeoutMs });
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs: stopAtMs });
    }),
    notePreStopFailed: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'hook.done' || event.ok) return;
      enqueue.emit(note(context, 'Warning', 'FailedPreStopHook', 'PreStopHook failed'));
    }),
    stop: enqueueActions(({ context, event, enqueue }) => {
      if (context.run === null) return;
      const left = context.stopAtMs - event.nowMs;
      const graceMs = Math.max(left, GRACE_MIN_MS);
      enqueue.emit({
        type: 'container.stop',
        container: context.name,
        id: context.run.id,
        graceMs,
      });
    }),
    ended: enqueueActions(({ context, event, enqueue }) => {
      const { exitCode, signal, reason, message, finishedAtMs } =
        event as Event<'container.exited'>;
      enqueue.assign(ended(context, { exitCode, signal, reason, message, finishedAtMs }));
    }),
    backOff: enqueueActions(({ context, event, enqueue }) => {
      const { name, podLabel, crash } = context;
      const { finishedAtMs } = event as Event<'container.exited'>;
      const text = `Back-off restarting failed container ${name} in pod ${podLabel}`;
      enqueue.emit(note(context, 'Warning', 'BackOff', text));
      const delay = goDuration(crash.delayMs);
      enqueue.assign({
        waitReason: 'CrashLoopBackOff',
        waitMessage: `back-off ${delay} restarting failed container=${name} pod=${podLabel}`,
      });
      const atMs = Math.max(event.nowMs, finishedAtMs + crash.delayMs);
      enqueue.emit({ type: 'timer.set', timer: timerName(context), atMs });
    }),
  },
}).createMachine({
  id: 'container',
  options: { maxIterations: 100 } as object,
  context: ({ input }) => ({
    ...input,
    retired: false,
    pulled: false,
    waitReason: '',
    waitMessage: '',
    crash: NO_BACKOFF,
    pull: NO_BACKOFF,
    stopAtMs: 0,
  }),
  initial: 'waiting',
  states: {
    waiting: {
      always: [
        { guard: 'adopted', target: 'running' },
        { guard: 'over', target: 'terminated' },
      ],
      on: {
        'container.due': 'starting',
        'container.retired': { target: 'terminated', actions: 'retire' },
      },
    },
    starting: {
      entry: 'run',
      on: {
        'image.pulling': { actions: 'notePulling' },
        'image.pulled': { actions: 'notePulled' },
        'image.failed': [
          { guard: 'retired', target: 'terminated', actions: 'pullFailed' },
          { guard: 'neverPulls', target: 'imageBackingOff', actions: 'pullFailed' },
          { target: 'pullFailed', actions: 'pullFailed' },
        ],
        'container.started': [
          { guard: 'hasPostStart', target: 'hooking', actions: ['started', 'hookStarted'] },
          { target: 'running', actions: 'started' },
        ],
        'container.startFailed': [
          { guard: 'retired', target: 'terminated', actions: 'startFailed' },
          { target: 'backingOff', actions: 'startFailed' },
        ],
        'container.retired': { actions: 'retire' },
      },
    },
    pullFailed: {
      entry: 'showPullFailed',
      on: {
        'timer.fired': { guard: 'mine', target: 'imageBackingOff' },
        'container.retired': { target: 'terminated', actions: ['cancelTimer', 'retire'] },
      },
    },
    imageBackingOff: {
      entry: 'backOffPulling',
      on: {
        'timer.fired': { guard: 'mine', target: 'starting' },
        'container.retired': { target: 'terminated', actions: ['cancelTimer', 'retire'] },
      },
    },
    hooking: {
      on: {
        'hook.done': [
          { guard: 'failedHook', target: 'stopping', actions: 'hookFailed' },
          { target: 'running' },
        ],
        'container.exited': EXITS,
        'container.stopRequested': { target: 'stopping', actions: 'noteKilling' },
        'container.retired': { actions: 'retire' },
      },
    },
    running: {
      on: {
        'container.exited': EXITS,
        'container.stopRequested': [
          { guard: 'runsPreStop', target: 'preStopping', actions: 'noteKilling' },
          { target: 'stopping', actions: 'noteKilling' },
        ],
        'container.retired': { actions: 'retire' },
      },
    },
    preStopping: {
      entry: 'preStop',
      exit: 'cancelTimer',
      on: {
        'hook.done': { target: 'stopping', actions: 'notePreStopFailed' },
        'timer.fired': { guard: 'mine', target: 'stopping' },
        'container.stopRequested': { guard: 'sooner', target: 'stopping', actions: 'shorten' },
        'container.exited': EXITS,
        'container.retired': { actions: 'retire' },
      },
    },
    stopping: {
      entry: 'stop',
      on: {
        'container.exited': EXITS,
        'container.stopRequested': { guard: 'sooner', actions: ['shorten', 'stop'] },
        'container.retired': { actions: 'retire' },
      },
    },
    backingOff: {
      on: {
        'timer.fired': { guard: 'mine', target: 'starting', actions: 'again' },
        'container.retired': { target: 'terminated', actions: ['cancelTimer', 'retire'] },
      },
    },
    terminated: { on: { 'container.retired': { actions: 'retire' } } },
  },
});
