/**
 * The life of one pod on its node: preparing, running, stopping, cleaning up, and leaving the API.
 *
 * One instance a pod. Its containers and probes are machines of their own whose states are kept in this one's
 * context and stepped within its steps: a pod of one container is one small instance, one mailbox, and its status
 * is always one consistent cut. Never decides what a container does next (container.ts) nor what a status says
 * (status.ts); never deletes the object before its last status is written.
 */
import { enqueueActions, setup } from 'xstate';
import { sameJson } from '../api/json.ts';
import type { Pod } from '../api/types.ts';
import type { Timed, TimerFired, Untimed } from '../effect.ts';
import type { ContainerEvent } from './container.ts';
import type { PodEffect, ProbeName } from './effect.ts';
import { type PodContext, probeKey } from './pod-context.ts';
import { isReported, markDirty, report, takeReported, written } from './pod-report.ts';
import { graceSeconds } from './pod-spec.ts';
import { initialPod, type PodInput } from './pod-start.ts';
import {
  end,
  exited,
  isCompleted,
  isStopped,
  keepProbes,
  record,
  startDue,
  stopNext,
  tellContainer,
  tellProbe,
  type Work,
} from './pod-work.ts';
import type { ProbeEvent } from './probe.ts';

export type { PodInput } from './pod-start.ts';

/** Events of one container reach its pod with the container's name. */
type OfContainer<E> = E extends unknown
  ? Omit<E, 'restart'> & { readonly container: string }
  : never;

export type PodEvent =
  | (Timed &
      (
        | { readonly type: 'pod.updated'; readonly pod: Pod }
        /** The object is gone from the API. */
        | { readonly type: 'pod.removed' }
        | { readonly type: 'pod.prepared'; readonly id: string; readonly ips: readonly string[] }
        /** `reason` is the event's: FailedMount or FailedCreatePodSandBox. */
        | { readonly type: 'pod.prepareFailed'; readonly reason: string; readonly message: string }
        | { readonly type: 'pod.tornDown' }
        | {
            readonly type: 'change.settled';
            readonly what: 'status' | 'delete';
            readonly ok: boolean;
            readonly reason: string;
            readonly revision: number;
          }
        | {
            readonly type: 'probe.result';
            readonly container: string;
            readonly id: string;
            readonly probe: ProbeName;
            readonly run: number;
            readonly outcome: 'success' | 'failure' | 'error';
            readonly output: string;
          }
        /** The node ends: stop, but leave the object for a later start. */
        | { readonly type: 'node.stopping'; readonly graceMs: number }
      ))
  | OfContainer<
      Extract<
        ContainerEvent,
        { type: `image.${string}` | 'container.started' | 'container.startFailed' | 'hook.done' }
      >
    >
  | OfContainer<Extract<ContainerEvent, { type: 'container.exited' }>>
  | TimerFired;

/** First delay before preparing is tried again; it doubles up to the longest, as volume mounts do. */
export const PREPARE_RETRY_MS = 500;
export const PREPARE_RETRY_MAX_MS = 122_000;
/** How long until a refused deletion is tried again. */
export const DELETE_RETRY_MS = 1_000;

type Event<T extends PodEvent['type']> = Extract<PodEvent, { type: T }>;
type Act = (work: Work, event: PodEvent) => void;

/** An action that works on a draft of the context and emits what it collected. */
function act(...acts: Act[]) {
  return enqueueActions<
    PodContext,
    PodEvent,
    undefined,
    PodEvent,
    never,
    never,
    never,
    never,
    PodEffect
  >(({ context, event, enqueue }) => {
    const work: Work = { context, effects: [], nowMs: timeOf(event) };
    for (const one of acts) {
      const before = work.context;
      one(work, event);
      markDirty(before, work);
    }
    if (work.context !== context) enqueue.assign(work.context);
    for (const effect of work.effects) enqueue.emit(effect);
  });
}

/** The time of an event; the first one, made by XState, has the input's. */
function timeOf(event: PodEvent): number {
  return event.nowMs ?? (event as unknown as { readonly input: PodInput }).input.nowMs;
}

/** Takes the object as the API has it now; its status only where that is not older than our last write. */
function keepPod(work: Work, event: PodEvent): void {
  const { pod } = event as Event<'pod.updated'>;
  const { context } = work;
  const current = context.writing === null && revisionOf(pod) >= context.writtenRevision;
  if (!sameMeta(pod, context.pod)) work.effects.push({ type: 'pod.refresh' });
  work.context = { ...context, pod };
  if (current) takeReported(work, pod.status ?? {});
  restartRedefined(work, context.pod);
}

function revisionOf(pod: Pod): number {
  return Number(pod.metadata?.resourceVersion ?? 0);
}

/** What the downward API shows of a pod and may change. */
function sameMeta({ metadata: a }: Pod, { metadata: b }: Pod): boolean {
  return sameJson(a?.labels, b?.labels) && sameJson(a?.annotations, b?.annotations);
}

/** A container whose image was changed is stopped, to be started from the new one. */
function restartRedefined(work: Work, before: Pod): void {
  for (const { name, image } of work.context.pod.spec?.containers ?? []) {
    const old = before.spec?.containers.find((container) => container.name === name);
    const state = work.context.containers[name];
    if (old === undefined || old.image === image || state === undefined) continue;
    const context = { ...state.context, image: image ?? '' };
    const containers = { ...work.context.containers, [name]: { ...state, context } };
    work.context = { ...work.context, containers };
    tellContainer(work, name, {
      type: 'container.stopRequested',
      graceMs: graceSeconds(work.context.pod) * 1000,
      note: `Container ${name} definition changed, will be restarted`,
    });
  }
}

function endDeleted(work: Work): void {
  const graceAtMs = work.nowMs + graceSeconds(work.context.pod) * 1000;
  end(work, { cause: 'deleted', graceAtMs, reason: '', message: '' });
}

function endRemoved(work: Work): void {
  const before = work.context.ending?.graceAtMs ?? Number.POSITIVE_INFINITY;
  const graceAtMs = Math.min(before, work.nowMs + graceSeconds(work.context.pod) * 1000);
  end(work, { cause: 'removed', graceAtMs, reason: '', message: '' });
  work.context = { ...work.context, removed: true };
}

function endCompleted(work: Work): void {
  const graceAtMs = work.nowMs + graceSeconds(work.context.pod) * 1000;
  end(work, { cause: 'completed', graceAtMs, reason: '', message: '' });
}

function endOverdue(work: Work): void {
  const reason = 'DeadlineExceeded';
  const message = 'Pod was active on the node longer than the specified deadline';
  record(work, 'Normal', reason, message);
  const graceAtMs = work.nowMs + graceSeconds(work.context.pod) * 1000;
  end(work, { cause: 'deadline', graceAtMs, reason, message });
}

function endForShutdown(work: Work, event: PodEvent): void {
  const { graceMs } = event as Event<'node.stopping'>;
  const own = graceSeconds(work.context.pod) * 1000;
  const graceAtMs = work.nowMs + Math.min(own, graceMs);
  end(work, { cause: 'shutdown', graceAtMs, reason: '', message: '' });
}

/** A deletion while the pod ends already: it is deleted for good, and never later than before. */
function hurry(work: Work): void {
  const { ending, pod } = work.context;
  if (ending === null || ending.cause === 'removed') return;
  const graceAtMs = Math.min(ending.graceAtMs, work.nowMs + graceSeconds(pod) * 1000);
  const cause = ending.cause === 'completed' ? 'deleted' : ending.cause;
  work.context = { ...work.context, ending: { ...ending, cause, graceAtMs } };
}

function prepare(work: Work): void {
  work.effects.push({ type: 'pod.prepare', attempt: work.context.sandboxAttempt });
}

function prepared(work: Work, event: PodEvent): void {
  const { id, ips } = event as Event<'pod.prepared'>;
  if (work.context.sandboxAttempt > 0 && work.context.sandbox?.id !== id) {
    const note = 'Pod sandbox changed, it will be killed and re-created.';
    record(work, 'Normal', 'SandboxChanged', note);
  }
  work.context = { ...work.context, sandbox: { id, ips }, sandboxReady: true, prepareFailures: 0 };
  for (const name of Object.keys(work.context.containers)) keepProbes(work, name);
}

function prepareFailed(work: Work, event: PodEvent): void {
  const { reason, message } = event as Event<'pod.prepareFailed'>;
  record(work, 'Warning', reason, message);
  const { prepareFailures } = work.context;
  work.context = { ...work.context, prepareFailures: prepareFailures + 1 };
  const delayMs = Math.min(PREPARE_RETRY_MS * 2 ** prepareFailures, PREPARE_RETRY_MAX_MS);
  work.effects.push({ type: 'timer.set', timer: 'prepare', atMs: work.nowMs + delayMs });
}

function armDeadline(work: Work): void {
  const seconds = work.context.pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined) return;
  const atMs = work.context.startedAtMs + seconds * 1000;
  work.effects.push({ type: 'timer.set', timer: 'deadline', atMs });
}

/** Reports, unless the pod's work is over: what follows at once says more. */
function reportUnlessOver(work: Work): void {
  const { context } = work;
  if (!isStopped(context) || (context.ending === null && !isCompleted(context))) report(work);
}

/** Hands an event to the container or probe it is for. */
function route(work: Work, event: PodEvent): void {
  if (event.type === 'container.exited') {
    const { container, ...exit } = event;
    exited(work, container, exit);
  } else if (event.type === 'probe.result') {
    const key = probeKey(event.container, event.probe);
    if (work.context.probes[key]?.context.id === event.id) tellProbe(work, key, event);
  } else if (event.type === 'timer.fired') {
    routeTimer(work, event);
  } else if ('container' in event) {
    const { container, ...rest } = event;
    tellContainer(work, container, rest as Untimed<ContainerEvent>);
  }
}

function routeTimer(work: Work, event: TimerFired): void {
  const slash = event.timer.indexOf('/');
  const rest = event.timer.slice(slash + 1);
  if (event.timer.startsWith('container/')) tellContainer(work, rest, event);
  if (event.timer.startsWith('probe/')) tellProbe(work, rest, event as Untimed<ProbeEvent>);
}

function settled(work: Work, event: PodEvent): void {
  const result = event as Event<'change.settled'>;
  if (result.what === 'status') written(work, result);
}

function teardown(work: Work): void {
  work.context = { ...work.context, ended: true, sandboxReady: false };
  work.effects.push({ type: 'pod.teardown' });
}

function discard(work: Work): void {
  work.effects.push({ type: 'pod.discard' });
}

function noteRejected(work: Work): void {
  const { ending } = work.context;
  if (ending?.cause === 'rejected') record(work, 'Warning', ending.reason, ending.message);
}

function isDeleted({ pod }: PodContext): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

function remove(work: Work): void {
  const { name = '', namespace = '', uid = '' } = work.context.pod.metadata ?? {};
  const key = { resource: 'core/pods', namespace, name };
  work.effects.push({
    type: 'change.make',
    what: 'delete',
    change: { type: 'delete', key, uid, graceSeconds: 0 },
  });
}

function retryRemove(work: Work): void {
  const atMs = work.nowMs + DELETE_RETRY_MS;
  work.effects.push({ type: 'timer.set', timer: 'delete', atMs });
}

/**
 * States: admitting (transient), preparing (volumes and sandbox), running, stopping, cleaning (tearing down), terminated (the object
 * stays), deleting (the last status is being written), departing (the object is being deleted; leaves it when it
 * is gone), gone.
 */
export const podMachine = setup({
  types: {
    context: {} as PodContext,
    events: {} as PodEvent,
    emitted: {} as PodEffect,
    input: {} as PodInput,
  },
  guards: {
    isEnded: ({ context }) => context.ended,
    isEnding: ({ context }) => context.ending !== null,
    isDeleted: ({ context }) => isDeleted(context),
    isRemoved: ({ context }) => context.removed,
    isShutdown: ({ context }) => context.ending?.cause === 'shutdown',
    isCompleted: ({ context }) => isCompleted(context),
    isStopped: ({ context }) => isStopped(context),
    deletes: ({ event }) =>
      event.type === 'pod.updated' && event.pod.metadata?.deletionTimestamp !== undefined,
    isReported: ({ context, event }) => isReported(context, timeOf(event)),
    prepareDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'prepare',
    overdue: ({ event }) => event.type === 'timer.fired' && event.timer === 'deadline',
    deleteDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'delete',
    deleteGone: ({ event }) =>
      event.type === 'change.settled' &&
      event.what === 'delete' &&
      (event.reason === 'NotFound' || event.reason === 'Conflict'),
    deleteFailed: ({ event }) =>
      event.type === 'change.settled' && event.what === 'delete' && !event.ok,
  },
  actions: {
    keepPod: act(keepPod, report),
    endDeleted: act(keepPod, endDeleted),
    endFoundDeleted: act(endDeleted),
    endRemoved: act(endRemoved),
    endCompleted: act(endCompleted),
    endOverdue: act(endOverdue),
    endForShutdown: act(endForShutdown),
    hurry: act(keepPod, hurry, stopNext, reportUnlessOver),
    prepare: act(prepare, armDeadline, report),
    retryPrepare: act(prepare),
    prepared: act(prepared, startDue, report),
    prepareFailed: act(prepareFailed, report),
    route: act(route, report),
    drive: act(route, startDue, reportUnlessOver),
    stopNext: act(route, stopNext, reportUnlessOver),
    settled: act(settled, report),
    teardown: act(teardown, report),
    report: act(report),
    noteRejected: act(noteRejected),
    beginStopping: act(stopNext, reportUnlessOver),
    discard: act(discard),
    remove: act(discard, remove),
    removeAgain: act(remove),
    retryRemove: act(retryRemove),
  },
}).createMachine({
  id: 'pod',
  options: { maxIterations: 100 } as object,
  context: ({ input }) => initialPod(input),
  initial: 'admitting',
  on: {
    'pod.updated': { actions: 'keepPod' },
    'pod.removed': { target: '.stopping', actions: 'endRemoved' },
    'node.stopping': { target: '.stopping', actions: 'endForShutdown' },
    'change.settled': { actions: 'settled' },
    'timer.fired': { actions: 'route' },
    'image.pulling': { actions: 'route' },
    'image.pulled': { actions: 'route' },
    'image.failed': { actions: 'route' },
    'container.started': { actions: 'route' },
    'container.startFailed': { actions: 'route' },
    'container.exited': { actions: 'route' },
    'hook.done': { actions: 'route' },
    'probe.result': { actions: 'route' },
  },
  states: {
    admitting: {
      always: [
        { guard: 'isEnded', target: 'terminated', actions: 'noteRejected' },
        { guard: 'isDeleted', target: 'stopping', actions: 'endFoundDeleted' },
        { target: 'preparing' },
      ],
    },
    preparing: {
      entry: 'prepare',
      on: {
        'pod.updated': [
          { guard: 'deletes', target: 'stopping', actions: 'endDeleted' },
          { actions: 'keepPod' },
        ],
        'pod.prepared': { target: 'running', actions: 'prepared' },
        'pod.prepareFailed': { actions: 'prepareFailed' },
        'timer.fired': [
          { guard: 'prepareDue', actions: 'retryPrepare' },
          { guard: 'overdue', target: 'stopping', actions: 'endOverdue' },
          { actions: 'route' },
        ],
      },
    },
    running: {
      always: { guard: 'isCompleted', target: 'stopping', actions: 'endCompleted' },
      on: {
        'pod.updated': [
          { guard: 'deletes', target: 'stopping', actions: 'endDeleted' },
          { actions: 'keepPod' },
        ],
        'timer.fired': [
          { guard: 'overdue', target: 'stopping', actions: 'endOverdue' },
          { actions: 'drive' },
        ],
        'image.failed': { actions: 'drive' },
        'container.started': { actions: 'drive' },
        'container.startFailed': { actions: 'drive' },
        'container.exited': { actions: 'drive' },
        'hook.done': { actions: 'drive' },
        'probe.result': { actions: 'drive' },
      },
    },
    stopping: {
      entry: 'beginStopping',
      always: { guard: 'isStopped', target: 'cleaning' },
      on: {
        'pod.updated': [{ guard: 'deletes', actions: 'hurry' }, { actions: 'keepPod' }],
        'node.stopping': {},
        'timer.fired': { actions: 'stopNext' },
        'image.failed': { actions: 'stopNext' },
        'container.started': { actions: 'stopNext' },
        'container.startFailed': { actions: 'stopNext' },
        'container.exited': { actions: 'stopNext' },
        'hook.done': { actions: 'stopNext' },
      },
    },
    cleaning: {
      entry: 'teardown',
      on: {
        'pod.removed': { actions: 'endRemoved' },
        'node.stopping': {},
        'pod.tornDown': [
          { guard: 'isRemoved', target: 'gone', actions: 'discard' },
          { guard: 'isShutdown', target: 'gone' },
          { guard: 'isDeleted', target: 'deleting' },
          { target: 'terminated' },
        ],
      },
    },
    terminated: {
      entry: 'report',
      always: { guard: 'isDeleted', target: 'cleaning' },
      on: {
        'pod.removed': { target: 'cleaning', actions: 'endRemoved' },
        'node.stopping': 'gone',
      },
    },
    deleting: {
      entry: 'report',
      always: { guard: 'isReported', target: 'departing' },
      on: { 'pod.removed': 'gone', 'node.stopping': 'gone' },
    },
    departing: {
      entry: 'remove',
      on: {
        'change.settled': [
          { guard: 'deleteGone', target: 'gone' },
          { guard: 'deleteFailed', actions: 'retryRemove' },
          { actions: 'settled' },
        ],
        'timer.fired': { guard: 'deleteDue', actions: 'removeAgain' },
        'pod.tornDown': {},
        'pod.removed': 'gone',
        'node.stopping': 'gone',
      },
    },
    gone: { type: 'final' },
  },
});
