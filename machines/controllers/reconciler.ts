/**
 * The one machine behind every controller: the life of one work key from being noticed until it is
 * settled.
 *
 * One instance serves one key of one controller and is dropped when settled, so a quiet cluster
 * holds none. Notices coalesce: a key is never planned twice at once, and never forgets that
 * something changed meanwhile. Never plans before the view contains what the previous plan for the
 * key wrote.
 */
import { assign, emit, setup } from 'xstate';
import type { Change } from '../api/change.ts';
import type { HostEffect, Timed, TimerFired } from '../effect.ts';

/** A change that failed, as the next plan and the log see it. */
export interface ChangeFailure {
  readonly change: Change;
  readonly reason: string;
  readonly message: string;
}

export type ReconcilerEvent =
  /** Something about the key has changed. */
  | (Timed & { readonly type: 'work.noticed' })
  | (Timed & { readonly type: 'slot.granted' })
  | (Timed & {
      readonly type: 'plan.made';
      readonly stages: readonly (readonly Change[])[];
      readonly againAtMs?: number | undefined;
      readonly retry?: string | undefined;
      /** For how long to gather notices from now on. */
      readonly batchMs: number;
    })
  | (Timed & {
      readonly type: 'changes.applied';
      readonly failures: readonly ChangeFailure[];
      /** Highest revision written, 0 where nothing was. */
      readonly revision: number;
    })
  | (Timed & { readonly type: 'view.reached' })
  | TimerFired;

export type ReconcilerEffect =
  /** Asks for one of the controller's slots: `slot.granted` follows. */
  | { readonly type: 'slot.request' }
  | { readonly type: 'slot.release' }
  /** Runs the controller's plan on the view as it is now: `plan.made` follows. */
  | {
      readonly type: 'plan.run';
      readonly failures: number;
      readonly lastErrors: readonly ChangeFailure[];
    }
  /** Makes changes at once: `changes.applied` follows. */
  | { readonly type: 'changes.apply'; readonly changes: readonly Change[] }
  /** Waits until the view contains a revision: `view.reached` follows. */
  | { readonly type: 'view.await'; readonly revision: number }
  /**
   * The key needs nothing more: drop the instance, or tell it `work.noticed` where there was a late
   * notice.
   */
  | { readonly type: 'work.settled' }
  | HostEffect;

export interface ReconcilerInput {
  readonly nowMs: number;
  /** Gather notices for this long before planning; 0 plans at once. */
  readonly batchMs: number;
}

export interface ReconcilerContext {
  readonly batchMs: number;
  /** True where the key was noticed after the running plan was made. */
  readonly dirty: boolean;
  /** Failed attempts in a row. */
  readonly failures: number;
  readonly lastErrors: readonly ChangeFailure[];
  /** What is left of the plan; the first stage is under way. */
  readonly stages: readonly (readonly Change[])[];
  /** How many creates the next batch may hold. */
  readonly burst: number;
  readonly revision: number;
  readonly againAtMs: number | null;
  /** True where this attempt failed, or its plan asked for another with back-off. */
  readonly failed: boolean;
}

/** First back-off after a failure; it doubles with each further one. */
export const BACKOFF_MS = 5;
/** Longest back-off: 1,000 s, as client-go's default rate limiter. */
export const BACKOFF_MAX_MS = 1_000_000;
/** Most creates made at once, whatever the slow start has reached. */
export const BURST_MAX = 500;

/** The delay before attempt `failures + 1`. */
export function backoffMs(failures: number): number {
  return Math.min(BACKOFF_MS * 2 ** Math.max(0, failures - 1), BACKOFF_MAX_MS);
}

/**
 * Splits what may be made at once off a stage: every change that is no create, and `burst` creates.
 */
export function nextBatch(
  stage: readonly Change[],
  burst: number,
): { readonly batch: readonly Change[]; readonly rest: readonly Change[] } {
  const batch: Change[] = [];
  const rest: Change[] = [];
  let creates = 0;
  for (const change of stage) {
    const isCreate = change.type === 'create';
    if (isCreate && creates === burst) {
      rest.push(change);
      continue;
    }
    if (isCreate) creates++;
    batch.push(change);
  }
  return { batch, rest };
}

/**
 * Takes the plan into the context; the attempt starts without a failure unless the plan asks to
 * retry.
 */
function planned(
  event: Extract<ReconcilerEvent, { type: 'plan.made' }>,
): Partial<ReconcilerContext> {
  return {
    stages: event.stages.filter((stage) => stage.length > 0),
    burst: 1,
    revision: 0,
    againAtMs: event.againAtMs ?? null,
    batchMs: event.batchMs,
    failed: event.retry !== undefined,
    lastErrors: [],
  };
}

/**
 * Takes the outcome of a batch: goes on with the stage, with the next one, or gives up after a
 * failure.
 */
function applied(
  context: ReconcilerContext,
  event: Extract<ReconcilerEvent, { type: 'changes.applied' }>,
): Partial<ReconcilerContext> {
  const revision = Math.max(context.revision, event.revision);
  if (event.failures.length > 0) {
    return { revision, stages: [], failed: true, lastErrors: event.failures };
  }
  const [stage = [], ...later] = context.stages;
  const { rest } = nextBatch(stage, context.burst);
  if (rest.length === 0) return { revision, stages: later, burst: 1 };
  return { revision, stages: [rest, ...later], burst: Math.min(context.burst * 2, BURST_MAX) };
}

/** The machine; see the top of this file. */
export const reconcilerMachine = setup({
  types: {
    context: {} as ReconcilerContext,
    input: {} as ReconcilerInput,
    events: {} as ReconcilerEvent,
    emitted: {} as ReconcilerEffect,
  },
  guards: {
    gathers: ({ context }) => context.batchMs > 0,
    hasStages: ({ context }) => context.stages.length > 0,
    hasWritten: ({ context }) => context.revision > 0,
    isDirty: ({ context }) => context.dirty,
    hasFailed: ({ context }) => context.failed,
    comesAgain: ({ context }) => context.againAtMs !== null,
    isTimer: ({ event }, params: { timer: string }) =>
      event.type === 'timer.fired' && event.timer === params.timer,
  },
  actions: {
    markDirty: assign({ dirty: true }),
    markClean: assign({ dirty: false }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    countSuccess: assign({ failures: 0, lastErrors: [] }),
    requestSlot: emit({ type: 'slot.request' }),
    releaseSlot: emit({ type: 'slot.release' }),
    runPlan: emit(({ context }) => ({
      type: 'plan.run' as const,
      failures: context.failures,
      lastErrors: context.lastErrors,
    })),
    applyChanges: emit(({ context }) => ({
      type: 'changes.apply' as const,
      changes: nextBatch(context.stages[0] ?? [], context.burst).batch,
    })),
    awaitView: emit(({ context }) => ({ type: 'view.await' as const, revision: context.revision })),
    setTimer: emit((_, params: { timer: string; atMs: number }) => ({
      type: 'timer.set' as const,
      timer: params.timer,
      atMs: params.atMs,
    })),
    setAgain: emit(({ context }) => ({
      type: 'timer.set' as const,
      timer: 'again',
      atMs: context.againAtMs ?? 0,
    })),
    cancelTimer: emit((_, params: { timer: string }) => ({
      type: 'timer.cancel' as const,
      timer: params.timer,
    })),
    settle: emit({ type: 'work.settled' }),
  },
}).createMachine({
  id: 'reconciler',
  context: ({ input }) => ({
    batchMs: input.batchMs,
    dirty: false,
    failures: 0,
    lastErrors: [],
    stages: [],
    burst: 1,
    revision: 0,
    againAtMs: null,
    failed: false,
  }),
  options: { maxIterations: 100 },
  initial: 'noticed',
  states: {
    noticed: { always: [{ guard: 'gathers', target: 'gathering' }, { target: 'queued' }] },
    gathering: {
      entry: {
        type: 'setTimer',
        params: ({ context, event }) => ({ timer: 'batch', atMs: nowOf(event) + context.batchMs }),
      },
      on: {
        'timer.fired': { guard: { type: 'isTimer', params: { timer: 'batch' } }, target: 'queued' },
      },
    },
    queued: {
      entry: 'requestSlot',
      on: { 'slot.granted': 'planning' },
    },
    planning: {
      entry: ['markClean', 'runPlan'],
      on: {
        'work.noticed': { actions: 'markDirty' },
        'plan.made': { target: 'advancing', actions: assign(({ event }) => planned(event)) },
      },
    },
    advancing: {
      always: [
        { guard: 'hasStages', target: 'changing' },
        { guard: 'hasWritten', target: 'waitingForView' },
        { target: 'concluded' },
      ],
    },
    changing: {
      entry: 'applyChanges',
      on: {
        'work.noticed': { actions: 'markDirty' },
        'changes.applied': {
          target: 'advancing',
          actions: assign(({ context, event }) => applied(context, event)),
        },
      },
    },
    waitingForView: {
      entry: 'awaitView',
      on: {
        'work.noticed': { actions: 'markDirty' },
        'view.reached': 'concluded',
      },
    },
    concluded: {
      entry: 'releaseSlot',
      always: [
        { guard: 'hasFailed', target: 'backingOff', actions: 'countFailure' },
        { guard: 'isDirty', target: 'noticed', actions: 'countSuccess' },
        { guard: 'comesAgain', target: 'resting', actions: 'countSuccess' },
        { target: 'settled' },
      ],
    },
    backingOff: {
      entry: {
        type: 'setTimer',
        params: ({ context, event }) => ({
          timer: 'backoff',
          atMs: nowOf(event) + backoffMs(context.failures),
        }),
      },
      exit: { type: 'cancelTimer', params: { timer: 'backoff' } },
      on: {
        'work.noticed': 'noticed',
        'timer.fired': {
          guard: { type: 'isTimer', params: { timer: 'backoff' } },
          target: 'noticed',
        },
      },
    },
    resting: {
      entry: 'setAgain',
      exit: { type: 'cancelTimer', params: { timer: 'again' } },
      on: {
        'work.noticed': 'noticed',
        'timer.fired': {
          guard: { type: 'isTimer', params: { timer: 'again' } },
          target: 'noticed',
        },
      },
    },
    settled: {
      entry: ['countSuccess', 'settle'],
      on: { 'work.noticed': 'noticed' },
    },
  },
});

/** The time of the step: of the event, or of the start. */
function nowOf(event: { readonly nowMs?: number; readonly input?: unknown }): number {
  return event.nowMs ?? (event.input as ReconcilerInput).nowMs;
}
