/**
 * The life of one pod on its node: preparing, running, stopping, cleaning up, and leaving the API.
 *
 * One instance a pod. Its containers and probes are machines of their own whose states are kept in
 * this one's context and stepped within its steps: a pod of one container is one small instance,
 * one mailbox, and its status is always one consistent cut. Never decides what a container does
 * next (container.ts) nor what a status says (status.ts); never deletes the object before its last
 * status is written.
 */
import { setup } from 'xstate';
import type { PodEffect } from './effect.ts';
import {
  act,
  armDeadline,
  discard,
  endCompleted,
  endDeleted,
  endEvicted,
  endForShutdown,
  endOverdue,
  endRemoved,
  hurry,
  isDeleted,
  keepPod,
  noteRejected,
  prepare,
  prepared,
  prepareFailed,
  remove,
  reportUnlessOver,
  retryRemove,
  route,
  settled,
  teardown,
  timeOf,
} from './pod-acts.ts';
import type { PodContext } from './pod-context.ts';
import type { PodEvent } from './pod-event.ts';
import { isReported, report } from './pod-report.ts';
import { initialPod, type PodInput } from './pod-start.ts';
import { isCompleted, isStopped, startDue, stopNext } from './pod-work.ts';

export type { PodEvent } from './pod-event.ts';
export type { PodInput } from './pod-start.ts';

/**
 * States: admitting (transient), preparing (volumes and sandbox), running, stopping, cleaning
 * (tearing down), terminated (the object stays), deleting (the last status is being written),
 * departing (the object is being deleted; leaves it when it is gone), gone.
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
    isLeftOver: ({ context }) => context.ended && (context.sandbox?.id ?? '') !== '',
    isEnding: ({ context }) => context.ending !== null,
    isDeleted: ({ context }) => isDeleted(context),
    isRemoved: ({ context }) => context.removed,
    isShutdown: ({ context }) => context.ending?.cause === 'shutdown',
    isCompleted: ({ context }) => isCompleted(context),
    isOver: ({ context }) => context.sandbox === null && isCompleted(context),
    isStopped: ({ context }) => isStopped(context),
    deletes: ({ event }) =>
      event.type === 'pod.updated' && event.pod.metadata?.deletionTimestamp !== undefined,
    isReported: ({ context, event }) => isReported(context, timeOf(event)),
    prepareDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'prepare',
    overdue: ({ event }) => event.type === 'timer.fired' && event.timer === 'deadline',
    deleteDue: ({ event }) => event.type === 'timer.fired' && event.timer === 'delete',
    deleteGone: ({ event }) =>
      event.type === 'change.settled' && event.what === 'delete' && event.reason === 'NotFound',
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
    endEvicted: act(endEvicted),
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
        { guard: 'isLeftOver', target: 'stopping', actions: 'endCompleted' },
        { guard: 'isEnded', target: 'terminated', actions: 'noteRejected' },
        { guard: 'isDeleted', target: 'stopping', actions: 'endFoundDeleted' },
        { guard: 'isOver', target: 'stopping', actions: 'endCompleted' },
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
        'pod.evicted': { target: 'stopping', actions: 'endEvicted' },
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
        'pod.evicted': { target: 'stopping', actions: 'endEvicted' },
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
      on: { 'pod.removed': { target: 'gone', actions: 'discard' }, 'node.stopping': 'gone' },
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
