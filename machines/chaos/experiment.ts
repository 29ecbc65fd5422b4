/**
 * One ChaosExperiment on a live cluster: waits for its turn, runs, heals, and says what came of it.
 *
 * Nothing is broken before the finalizer is on the object, and the finalizer is not taken off before everything is
 * undone. Never decides when a fault begins: the scenario does. Keeps its turn until its faults are undone.
 */
import { assign, emit, setup } from 'xstate';
import {
  broken,
  contextOf,
  finished,
  healing,
  type In,
  orphaned,
  refused,
  SUSPENDED,
  started,
  stopped,
  UNBEGUN,
  withdrawn,
} from './experiment-notes.ts';
import type {
  ExperimentContext,
  ExperimentEffect,
  ExperimentEvent,
  ExperimentInput,
} from './experiment-protocol.ts';
import { eventAbout, statusPatch } from './experiment-status.ts';

/** Who is next: the oldest, and of one second the one that was seen first. */
export function firstInLine<T extends { readonly createdMs: number }>(
  waiting: readonly T[],
): T | undefined {
  return [...waiting].sort((a, b) => a.createdMs - b.createdMs)[0];
}

const STARTED = { type: 'Normal', reason: 'Started', note: 'The experiment has begun' } as const;
const HEALED = { type: 'Normal', reason: 'Healed', note: 'All faults are undone' } as const;
/** Their note is the message of the status. */
const SUCCEEDED = { type: 'Normal', reason: 'Succeeded', note: '' } as const;
const FAILED = { type: 'Warning', reason: 'Failed', note: '' } as const;
const REFUSED = { type: 'Warning', reason: 'Refused', note: '' } as const;

/** What ends a run before it is over. */
const INTERRUPTIONS = {
  'experiment.seen': [
    { guard: 'isDeletion', target: 'withdrawing', actions: 'see' },
    { guard: 'isSuspension', target: 'withdrawing', actions: 'see' },
    { guard: 'isNews', actions: ['see', 'write'] },
    { actions: 'see' },
  ],
  'experiment.gone': { target: 'withdrawing', actions: 'lose' },
  'run.stopped': { target: 'withdrawing', actions: 'noteStopped' },
} as const;

/** How a run ends by itself. */
const ENDS = {
  'run.ended': [
    { guard: 'held', target: 'succeeded', actions: 'noteResult' },
    { target: 'failed', actions: 'noteResult' },
  ],
  'run.broke': { target: 'failed', actions: 'noteBroken' },
} as const;

const AFTERWARDS = {
  'experiment.seen': [{ guard: 'isNews', actions: ['see', 'write'] }, { actions: 'see' }],
  'experiment.gone': 'gone',
} as const;

/** The machine; see the top of this file. */
export const experimentMachine = setup({
  types: {
    context: {} as ExperimentContext,
    events: {} as ExperimentEvent,
    emitted: {} as ExperimentEffect,
    input: {} as ExperimentInput,
  },
  guards: {
    isDeletion: ({ event }) => event.type === 'experiment.seen' && event.deleted,
    isSuspension: ({ event }) => event.type === 'experiment.seen' && event.suspend,
    isNews: ({ context, event }) =>
      event.type === 'experiment.seen' && event.generation !== context.generation,
    isPhase: ({ event }, params: { readonly phase: string }) =>
      event.type === 'run.phased' && event.phase === params.phase,
    held: ({ event }) => event.type === 'run.ended' && event.run.verdict === 'held',
    wasRunning: ({ context }) => ['Running', 'Healing'].includes(context.phase),
    isOver: ({ context }) => ['Succeeded', 'Failed', 'Refused'].includes(context.phase),
    isGone: ({ context }) => context.gone,
    isDeleted: ({ context }) => context.deleted,
    isSuspended: ({ context }) => context.suspend,
    isStopped: ({ context }) => context.reason !== '' && context.reason !== SUSPENDED.reason,
  },
  actions: {
    want: emit({ type: 'turn.want' }),
    hold: emit({ type: 'turn.hold' }),
    leave: emit({ type: 'turn.leave' }),
    addFinalizer: emit({ type: 'finalizer.add' }),
    removeFinalizer: emit({ type: 'finalizer.remove' }),
    heal: emit({ type: 'faults.heal' }),
    abort: emit({ type: 'run.abort' }),
    forget: emit({ type: 'experiment.forget' }),
    start: emit(({ context }) => ({ type: 'run.start' as const, seed: context.seed ?? 0 })),
    write: emit(({ context }) => ({
      type: 'status.write' as const,
      status: statusPatch(context),
    })),
    tell: emit(
      (
        { context },
        params: { readonly type: 'Normal' | 'Warning'; readonly reason: string; note: string },
      ) => ({
        type: 'event.record' as const,
        record: eventAbout(context, params.type, params.reason, params.note || context.message),
      }),
    ),
    tellFault: emit(({ context, event }) => ({
      type: 'event.record' as const,
      record: eventAbout(context, 'Normal', 'FaultInjected', (event as In<'fault.begun'>).note),
    })),
    see: assign(({ event }) => {
      const { suspend, deleted, generation } = event as In<'experiment.seen'>;
      return { suspend, deleted, generation };
    }),
    lose: assign({ gone: true }),
    reset: assign(({ event }) => ({ ...UNBEGUN, sinceMs: event.nowMs })),
    noteSuspended: assign(({ event }) => ({ ...UNBEGUN, ...SUSPENDED, sinceMs: event.nowMs })),
    noteTaken: assign(({ event }) => ({
      message: `Waits for ${(event as In<'turn.taken'>).by}: one scenario runs at a time.`,
    })),
    noteSeed: assign(({ context, event }) => ({
      seed: context.seedWanted ?? (event as In<'turn.given'>).seed,
    })),
    noteStart: assign(({ event }) => started(event.nowMs)),
    noteLoose: assign({ message: 'Faults are let loose.' }),
    noteHealing: assign(({ event }) => healing(event.nowMs)),
    noteFault: assign({ faults: ({ context }) => (context.faults ?? 0) + 1 }),
    noteStopped: assign(({ event }) => {
      const { reason, message } = event as In<'run.stopped'>;
      return { reason, message };
    }),
    noteWithdrawn: assign(({ context, event }) => withdrawn(context, event.nowMs)),
    noteResult: assign(({ event }) => finished((event as In<'run.ended'>).run, event.nowMs)),
    noteBroken: assign(({ event }) => broken((event as In<'run.broke'>).message, event.nowMs)),
    noteRefused: assign(({ event }) => refused((event as In<'run.refused'>).message, event.nowMs)),
    noteOrphaned: assign(({ event }) => orphaned(event.nowMs)),
    noteStop: assign(({ context, event }) => stopped(context, event.nowMs)),
  },
}).createMachine({
  id: 'experiment',
  context: ({ input }) => contextOf(input),
  options: { maxIterations: 100 },
  initial: 'beginning',
  states: {
    beginning: {
      always: [
        { guard: 'wasRunning', target: 'orphaned' },
        { guard: 'isDeleted', target: 'leaving' },
        { guard: 'isOver', target: 'over' },
        { guard: 'isSuspended', target: 'suspended' },
        { target: 'waiting' },
      ],
    },
    waiting: {
      entry: 'want',
      on: {
        'turn.given': { target: 'guarding', actions: 'noteSeed' },
        'turn.taken': { actions: ['noteTaken', 'write'] },
        'experiment.seen': [
          { guard: 'isDeletion', target: 'leaving', actions: 'see' },
          { guard: 'isSuspension', target: 'suspended', actions: ['see', 'noteSuspended'] },
          { actions: 'see' },
        ],
        'experiment.gone': 'gone',
      },
    },
    suspended: {
      entry: ['leave', 'write'],
      on: {
        // It was suspended while the turn was on its way.
        'turn.given': { actions: 'leave' },
        'experiment.seen': [
          { guard: 'isDeletion', target: 'leaving', actions: 'see' },
          { guard: 'isSuspension', actions: 'see' },
          { target: 'waiting', actions: ['see', 'reset', 'write'] },
        ],
        'experiment.gone': 'gone',
      },
    },
    /** Has its turn, and no finalizer yet. */
    guarding: {
      entry: 'addFinalizer',
      on: {
        'finalizer.added': 'starting',
        'finalizer.refused': { target: 'failed', actions: 'noteBroken' },
        'experiment.seen': [
          { guard: 'isDeletion', target: 'leaving', actions: 'see' },
          { guard: 'isSuspension', target: 'suspended', actions: ['see', 'noteSuspended'] },
          { actions: 'see' },
        ],
        'experiment.gone': 'gone',
      },
    },
    /** Whether it can run here is being looked at; nothing has been touched. */
    starting: {
      entry: 'start',
      on: {
        'run.phased': { target: 'running', actions: ['noteStart', 'write'] },
        'run.refused': { target: 'refused', actions: 'noteRefused' },
        ...INTERRUPTIONS,
        ...ENDS,
      },
    },
    running: {
      entry: { type: 'tell', params: STARTED },
      on: {
        'run.phased': [
          { guard: { type: 'isPhase', params: { phase: 'heal' } }, target: 'healing' },
          {
            guard: { type: 'isPhase', params: { phase: 'faults' } },
            actions: ['noteLoose', 'write'],
          },
        ],
        'fault.begun': { actions: ['noteFault', 'write', 'tellFault'] },
        'run.refused': { target: 'failed', actions: 'noteBroken' },
        ...INTERRUPTIONS,
        ...ENDS,
      },
    },
    healing: {
      entry: ['noteHealing', 'write', { type: 'tell', params: HEALED }],
      on: {
        'fault.begun': { actions: ['noteFault', 'write', 'tellFault'] },
        'run.refused': { target: 'failed', actions: 'noteBroken' },
        ...INTERRUPTIONS,
        ...ENDS,
      },
    },
    /** Everything is being undone, because somebody wants it so. */
    withdrawing: {
      entry: ['noteWithdrawn', 'write', 'abort'],
      on: {
        'experiment.seen': { actions: 'see' },
        'experiment.gone': { actions: 'lose' },
        'run.stopped': { actions: 'noteStopped' },
        'run.ended': 'withdrawn',
        'run.refused': 'withdrawn',
        'run.broke': 'withdrawn',
      },
    },
    withdrawn: {
      always: [
        { guard: 'isGone', target: 'gone' },
        { guard: 'isDeleted', target: 'leaving', actions: { type: 'tell', params: HEALED } },
        { guard: 'isStopped', target: 'failed', actions: 'noteStop' },
        {
          guard: 'isSuspended',
          target: 'suspended',
          actions: ['noteSuspended', { type: 'tell', params: HEALED }],
        },
        // Suspended and resumed meanwhile.
        { target: 'waiting', actions: ['reset', 'leave', 'write'] },
      ],
    },
    /** Its supervisor ended while it ran. */
    orphaned: {
      entry: ['hold', 'heal'],
      on: {
        'experiment.seen': { actions: 'see' },
        'experiment.gone': { actions: 'lose' },
        'faults.healed': [
          { guard: 'isGone', target: 'gone' },
          { guard: 'isDeleted', target: 'leaving' },
          { target: 'failed', actions: 'noteOrphaned' },
        ],
      },
    },
    succeeded: {
      entry: ['write', { type: 'tell', params: SUCCEEDED }, 'removeFinalizer', 'leave'],
      on: AFTERWARDS,
    },
    failed: {
      entry: ['write', { type: 'tell', params: FAILED }, 'removeFinalizer', 'leave'],
      on: AFTERWARDS,
    },
    refused: {
      entry: ['write', { type: 'tell', params: REFUSED }, 'removeFinalizer', 'leave'],
      on: AFTERWARDS,
    },
    /** It was over before this supervisor began. */
    over: { entry: 'removeFinalizer', on: AFTERWARDS },
    /** Undone, and to be deleted. */
    leaving: {
      entry: ['removeFinalizer', 'leave'],
      on: { 'experiment.gone': 'gone' },
    },
    gone: { type: 'final', entry: ['leave', 'forget'] },
  },
});
