/**
 * One mutating request: received, admitting, writing, settled. Between any two of these a process
 * may end or a message be lost, and the store still holds either all of the request or nothing of
 * it.
 *
 * A guard that fails sends it back to admitting once the view has caught up; an outcome nobody
 * knows is read back. Nothing else is tried (no other name, no later state) until it is known that
 * what was sent is not stored and no longer can be; and what another has created and deleted
 * meanwhile is not created after that: who asked for it may have given up long ago. The host keeps the state, an executor carries
 * out the effects; the machine never touches store or view.
 */
import { assign, emit, setup } from 'xstate';
import type { Timed } from '../effect.ts';
import type { ObjectWrite } from './admission/attributes.ts';
import type { Outcome } from './registry.ts';
import type { ApiReply, ApiRequest } from './request.ts';

/**
 * How often a request is admitted anew after conflicts (etcd's guaranteed update in apiserver: 5).
 */
export const attemptsMax = 5;
/** How often an unknown outcome is read back. */
export const readBacksMax = 5;

/** What the executor reports. */
export type RequestEvent = Timed &
  (
    | { readonly type: 'request.admitted'; readonly outcome: Outcome & { type: 'write' } }
    | { readonly type: 'request.answered'; readonly reply: ApiReply }
    /** Refused on a view that may lag; `fresh` where it surely did not. */
    | { readonly type: 'request.refused'; readonly reply: ApiReply; readonly fresh: boolean }
    | { readonly type: 'store.written'; readonly revision: number }
    /** It is not stored and its guard does not hold, so it never will be. */
    | { readonly type: 'store.conflicted' }
    | { readonly type: 'store.doubted' }
    | { readonly type: 'store.refused'; readonly reply: ApiReply }
    /** The read back: our transaction is stored, its last write at this revision. */
    | { readonly type: 'store.found'; readonly revision: number }
    /** The read back: it is not stored, and its guard still holds; it may yet arrive. */
    | { readonly type: 'store.missing' }
    /** The read back: it is not stored, and what it was to create was created, and deleted again, by another. */
    | { readonly type: 'store.overtaken' }
    | { readonly type: 'view.caughtUp' }
    | { readonly type: 'view.lagged'; readonly reply: ApiReply }
  );

/** Why a request ends without having written. */
export type GiveUpReason = 'conflict' | 'unknown' | 'overtaken';

/** What the executor does. */
export type RequestEffect =
  | { readonly type: 'admit.run'; readonly attempt: number; readonly fresh: boolean }
  | { readonly type: 'store.transact'; readonly writes: readonly ObjectWrite[] }
  /** Find out whether a transaction is stored; all of it is where its first write is. */
  | { readonly type: 'store.readBack'; readonly writes: readonly ObjectWrite[] }
  /** Wait until the view holds all that is committed now. */
  | { readonly type: 'view.catchUp' }
  | { readonly type: 'request.answer'; readonly reply: ApiReply }
  /** Answer with what has been written at this revision. */
  | {
      readonly type: 'request.settle';
      readonly outcome: Outcome & { type: 'write' };
      readonly revision: number;
    }
  | { readonly type: 'request.giveUp'; readonly why: GiveUpReason };

export interface RequestInput {
  readonly request: ApiRequest;
}

/** Kept by the host between steps; the request itself stays with the executor. */
export interface RequestContext {
  readonly attempt: number;
  readonly readBacks: number;
  readonly fresh: boolean;
  readonly outcome: (Outcome & { type: 'write' }) | undefined;
}

const base = setup({
  types: {
    context: {} as RequestContext,
    events: {} as RequestEvent,
    emitted: {} as RequestEffect,
    input: {} as RequestInput & Timed,
  },
  guards: {
    mayRetry: ({ context }) => context.attempt < attemptsMax,
    mayReadBack: ({ context }) => context.readBacks < readBacksMax,
    isFresh: ({ context, event }) =>
      context.fresh || (event.type === 'request.refused' && event.fresh),
  },
});

const admitRun = base.emit(({ context }) => ({
  type: 'admit.run' as const,
  attempt: context.attempt,
  fresh: context.fresh,
}));

/** The machine of one mutating request. */
export const requestMachine = base.createMachine({
  id: 'api-request',
  initial: 'admitting',
  options: { maxIterations: 100 },
  context: { attempt: 0, readBacks: 0, fresh: false, outcome: undefined },
  states: {
    /** Received, and judged by the admit function. */
    admitting: {
      entry: admitRun,
      on: {
        'request.admitted': {
          target: 'writing',
          actions: assign({ outcome: ({ event }) => event.outcome }),
        },
        'request.answered': {
          target: 'settled',
          actions: emit(({ event }) => ({ type: 'request.answer', reply: event.reply })),
        },
        'request.refused': [
          {
            guard: 'isFresh',
            target: 'settled',
            actions: emit(({ event }) => ({ type: 'request.answer', reply: event.reply })),
          },
          { target: 'catchingUp' },
        ],
      },
    },
    /** Waiting for the view to hold what others have committed. */
    catchingUp: {
      entry: emit({ type: 'view.catchUp' }),
      on: {
        'view.caughtUp': {
          target: 'admitting',
          actions: assign({
            fresh: true,
            readBacks: 0,
            attempt: ({ context }) => context.attempt + 1,
            outcome: undefined,
          }),
        },
        'view.lagged': {
          target: 'settled',
          actions: emit(({ event }) => ({ type: 'request.answer', reply: event.reply })),
        },
      },
    },
    /** The transaction is with the store. */
    writing: {
      entry: emit(({ context }) => ({
        type: 'store.transact',
        writes: context.outcome?.writes ?? [],
      })),
      on: {
        'store.written': { target: 'settled', actions: settle() },
        'store.conflicted': [
          { guard: ({ context }) => context.readBacks > 0, target: 'doubting' },
          { guard: 'mayRetry', target: 'catchingUp' },
          { target: 'settled', actions: emit({ type: 'request.giveUp', why: 'conflict' }) },
        ],
        'store.doubted': { target: 'doubting' },
        'store.refused': [
          { guard: ({ context }) => context.readBacks > 0, target: 'doubting' },
          {
            target: 'settled',
            actions: emit(({ event }) => ({ type: 'request.answer', reply: event.reply })),
          },
        ],
      },
    },
    /**
     * Nobody knows whether the write is stored: read it back. Where it is not there yet the same
     * write goes out again: its guard lets one of the two pass, and then it is known.
     */
    doubting: {
      entry: [
        assign({ readBacks: ({ context }) => context.readBacks + 1 }),
        emit(({ context }) => ({
          type: 'store.readBack',
          writes: context.outcome?.writes ?? [],
        })),
      ],
      on: {
        'store.found': { target: 'settled', actions: settle() },
        'store.overtaken': {
          target: 'settled',
          actions: emit({ type: 'request.giveUp', why: 'overtaken' }),
        },
        'store.missing': [
          { guard: 'mayReadBack', target: 'writing' },
          { target: 'settled', actions: emit({ type: 'request.giveUp', why: 'unknown' }) },
        ],
        'store.conflicted': [
          { guard: 'mayRetry', target: 'catchingUp' },
          { target: 'settled', actions: emit({ type: 'request.giveUp', why: 'conflict' }) },
        ],
        'store.doubted': [
          { guard: 'mayReadBack', target: 'doubting', reenter: true },
          { target: 'settled', actions: emit({ type: 'request.giveUp', why: 'unknown' }) },
        ],
      },
    },
    settled: { type: 'final' },
  },
});

function settle() {
  return base.emit(({ context, event }) => ({
    type: 'request.settle' as const,
    outcome: context.outcome as Outcome & { type: 'write' },
    revision: 'revision' in event ? event.revision : 0,
  }));
}
