/**
 * Leader election by Lease: the life of one candidate for one Lease, as client-go's leader election
 * does it.
 *
 * A lease held by another is judged by when this candidate last saw it change, never by the times
 * written in it, so clocks need not agree. Every write is guarded by the resource version of the
 * lease last seen. The revision of the write that won is the fencing token: it grows with every
 * change of leader; `acquireTime` names the acquisition and stays the same through all its renewals.
 */
import { assign, emit, setup } from 'xstate';
import type { Change } from '../api/change.ts';
import { formatMicroTime } from '../api/timestamp.ts';
import type { Lease } from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import type { HostEffect, Timed, TimerFired } from '../effect.ts';

/** A lease that has not changed for this long is up for taking. */
export const LEASE_DURATION_MS = 15_000;
/** A leader that could not renew for this long gives up. */
export const RENEW_DEADLINE_MS = 10_000;
/** Pause between attempts to acquire or renew. */
export const RETRY_PERIOD_MS = 2_000;
/**
 * How often the holder renews. Kubernetes does so every retry period; a third of the lease leaves two more chances and
 * lets an idle cluster rest.
 */
export const RENEW_PERIOD_MS = 5_000;
/**
 * How long the answer to a write is waited for: a renewal that nobody answers leaves time for another before the
 * deadline. client-go waits half its renew deadline; it renews more often.
 */
export const ANSWER_MS = 2_500;
/** How long handing the lease back may take, with waiting for what is under way. */
export const HAND_BACK_MS = 10_000;
/** Pause after the first refused write; doubles up to the retry period. */
export const REFUSED_RETRY_MS = 50;

export type LeaderEvent =
  /**
   * The lease as it is now; told at the start and after every change. Undefined where there is
   * none.
   */
  | (Timed & { readonly type: 'lease.seen'; readonly lease: Stored<Lease> | undefined })
  | (Timed & {
      readonly type: 'lease.written';
      readonly attempt: number;
      readonly revision: number;
    })
  | (Timed & {
      readonly type: 'lease.refused';
      readonly attempt: number;
      readonly reason: string;
    })
  /** A request under this token was refused, because the lease is held by another. */
  | (Timed & { readonly type: 'request.fenced'; readonly token: number })
  /** Asks to hand the lease back and stop. */
  | (Timed & { readonly type: 'leader.resigned' })
  | TimerFired;

export type LeaderEffect =
  /** Writes the lease: `lease.written` or `lease.refused` with the same `attempt` follows. */
  | {
      readonly type: 'lease.write';
      readonly attempt: number;
      readonly change: Change;
      readonly handsBack: boolean;
    }
  | { readonly type: 'leadership.gained'; readonly token: number; readonly acquireTime: string }
  | { readonly type: 'leadership.lost' }
  /** Nothing more will happen: the lease was handed back, or was not held. */
  | { readonly type: 'leadership.resigned' }
  | HostEffect;

export interface LeaderInput {
  readonly nowMs: number;
  readonly namespace: string;
  /** Name of the lease: `kube-scheduler`, `kube-controller-manager`. */
  readonly name: string;
  /** Unique name of this candidate. */
  readonly identity: string;
}

export interface LeaderContext {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly lease: Lease | null;
  readonly resourceVersion: string;
  /** When the lease was last seen to change. */
  readonly changedAtMs: number;
  readonly renewedAtMs: number;
  readonly acquiredAtMs: number;
  /** When the last write was sent; it is what that write says in `renewTime`. */
  readonly triedAtMs: number;
  readonly token: number;
  readonly refusals: number;
  /** The number of the last write; the answer to an earlier one, given up, says nothing any more. */
  readonly attempt: number;
}

/**
 * True where the lease may be taken: there is none, nobody holds it, we do, or it has not changed
 * for its duration.
 */
export function isFree(context: LeaderContext, nowMs: number): boolean {
  const holder = context.lease?.spec?.holderIdentity ?? '';
  return holder === '' || holder === context.identity || nowMs >= expiresAtMs(context);
}

function expiresAtMs(context: LeaderContext): number {
  const durationSeconds = context.lease?.spec?.leaseDurationSeconds ?? 0;
  return context.changedAtMs + durationSeconds * 1000;
}

/**
 * When to look again at a lease that another holds. A lease that still shows us as its holder, though we follow, is a
 * view that is behind: a write that it misleads is refused.
 */
function followUntilMs(context: LeaderContext, nowMs: number): number {
  if (context.lease?.spec?.holderIdentity === context.identity) return nowMs + RETRY_PERIOD_MS;
  return Math.max(expiresAtMs(context), nowMs + 1);
}

function seen(
  context: LeaderContext,
  lease: Stored<Lease> | undefined,
  nowMs: number,
): Partial<LeaderContext> {
  if (lease === undefined) return { lease: null, resourceVersion: '', changedAtMs: nowMs };
  const { resourceVersion } = lease.metadata;
  if (resourceVersion === context.resourceVersion) return {};
  if (Number(resourceVersion) < Number(context.resourceVersion)) return {};
  return { lease, resourceVersion, changedAtMs: nowMs };
}

/** The lease as this candidate wants it: held by it and renewed now, or handed back. */
function wanted(context: LeaderContext, nowMs: number, release: boolean): Change {
  const mine = context.lease?.spec?.holderIdentity === context.identity;
  const transitions = context.lease?.spec?.leaseTransitions ?? 0;
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...(context.lease?.metadata ?? { name: context.name, namespace: context.namespace }),
      ...(context.resourceVersion === '' ? {} : { resourceVersion: context.resourceVersion }),
    },
    spec: {
      holderIdentity: release ? '' : context.identity,
      leaseDurationSeconds: release ? 1 : LEASE_DURATION_MS / 1000,
      acquireTime: microTime(context.acquiredAtMs),
      renewTime: microTime(nowMs),
      leaseTransitions: mine || context.lease === null ? transitions : transitions + 1,
    },
  };
  const resource = 'coordination.k8s.io/leases';
  const { namespace, name } = context;
  return context.lease === null
    ? { type: 'create', resource, namespace, object: lease }
    : { type: 'update', key: { resource, namespace, name }, object: lease };
}

function written(context: LeaderContext, revision: number, nowMs: number): Partial<LeaderContext> {
  const ours = {
    renewedAtMs: nowMs,
    token: context.token === 0 ? revision : context.token,
    refusals: 0,
  };
  if (revision <= Number(context.resourceVersion)) return ours;
  const change = wanted(context, nowMs, false);
  const lease = (change as { object: Lease }).object;
  return { ...ours, lease, resourceVersion: String(revision), changedAtMs: nowMs };
}

/** True where the log shows the last write: it was stored, whatever became of its answer. */
function isStored({ lease, identity, triedAtMs }: LeaderContext): boolean {
  return lease?.spec?.holderIdentity === identity && lease.spec.renewTime === microTime(triedAtMs);
}

function stored(context: LeaderContext): Partial<LeaderContext> {
  const { triedAtMs, token, resourceVersion } = context;
  return {
    renewedAtMs: triedAtMs,
    token: token === 0 ? Number(resourceVersion) : token,
    refusals: 0,
  };
}

function isAnswer(context: LeaderContext, event: LeaderEvent): boolean {
  return 'attempt' in event && event.attempt === context.attempt;
}

function isTimeout(event: LeaderEvent): boolean {
  return event.type === 'timer.fired' && event.timer === 'answer';
}

function microTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return formatMicroTime({ seconds, nanos: Math.floor(ms - seconds * 1000) * 1_000_000 });
}

function retryAtMs(context: LeaderContext, nowMs: number): number {
  const pause = REFUSED_RETRY_MS * 2 ** Math.min(10, Math.max(0, context.refusals - 1));
  return nowMs + Math.min(pause, RETRY_PERIOD_MS);
}

const nowOf = (event: LeaderEvent): number => event.nowMs;

const waitForAnswer = { type: 'setAnswer', params: { withinMs: ANSWER_MS } } as const;

/** The machine; see the top of this file. */
export const leaderMachine = setup({
  types: {
    context: {} as LeaderContext,
    input: {} as LeaderInput,
    events: {} as LeaderEvent,
    emitted: {} as LeaderEffect,
  },
  guards: {
    isFree: ({ context, event }) => isFree(context, nowOf(event)),
    showsAnother: ({ context, event }) => {
      if (event.type !== 'lease.seen') return false;
      const holder = seen(context, event.lease, event.nowMs).lease?.spec?.holderIdentity;
      return holder !== undefined && holder !== context.identity;
    },
    /** No answer came in time, or none that says the write was stored; the log says it was. */
    isStoredAnyway: ({ context, event }) =>
      isStored(context) && (isAnswer(context, event) || isTimeout(event)),
    isTimeout: ({ event }) => isTimeout(event),
    isAnswer: ({ context, event }) => isAnswer(context, event),
    /** Our write was stored, and another's after it has been seen already. */
    isOvertaken: ({ context, event }) =>
      isAnswer(context, event) &&
      event.type === 'lease.written' &&
      event.revision < Number(context.resourceVersion) &&
      context.lease?.spec?.holderIdentity !== context.identity,
    isOurs: ({ context, event }) =>
      event.type === 'request.fenced' && event.token === context.token,
    isTimer: ({ event }, params: { timer: string }) =>
      event.type === 'timer.fired' && event.timer === params.timer,
  },
  actions: {
    see: assign(({ context, event }) =>
      event.type === 'lease.seen' ? seen(context, event.lease, event.nowMs) : {},
    ),
    noteWritten: assign(({ context, event }) =>
      event.type === 'lease.written' ? written(context, event.revision, event.nowMs) : {},
    ),
    noteStored: assign(({ context }) => stored(context)),
    noteRefused: assign({ refusals: ({ context }) => context.refusals + 1 }),
    clearToken: assign({ token: 0 }),
    noteAttempt: assign({ acquiredAtMs: ({ event }) => nowOf(event) }),
    countWrite: assign(({ context, event }) => ({
      attempt: context.attempt + 1,
      triedAtMs: nowOf(event),
    })),
    write: emit(({ context, event }) => ({
      type: 'lease.write' as const,
      attempt: context.attempt,
      change: wanted(context, nowOf(event), false),
      handsBack: false,
    })),
    release: emit(({ context, event }) => ({
      type: 'lease.write' as const,
      attempt: context.attempt,
      change: wanted(context, nowOf(event), true),
      handsBack: true,
    })),
    gain: emit(({ context }) => ({
      type: 'leadership.gained' as const,
      token: context.token,
      acquireTime: microTime(context.acquiredAtMs),
    })),
    lose: emit({ type: 'leadership.lost' }),
    finish: emit({ type: 'leadership.resigned' }),
    setExpiry: emit(({ context, event }) => ({
      type: 'timer.set' as const,
      timer: 'try',
      atMs: followUntilMs(context, nowOf(event)),
    })),
    setRetry: emit(({ context, event }) => ({
      type: 'timer.set' as const,
      timer: 'try',
      atMs: retryAtMs(context, nowOf(event)),
    })),
    setRenew: emit(({ context, event }) => ({
      type: 'timer.set' as const,
      timer: 'renew',
      atMs:
        context.refusals > 0
          ? retryAtMs(context, nowOf(event))
          : context.renewedAtMs + RENEW_PERIOD_MS,
    })),
    setAnswer: emit(({ event }, params: { withinMs: number }) => ({
      type: 'timer.set' as const,
      timer: 'answer',
      atMs: nowOf(event) + params.withinMs,
    })),
    cancelAnswer: emit({ type: 'timer.cancel', timer: 'answer' }),
    setDeadline: emit(({ context }) => ({
      type: 'timer.set' as const,
      timer: 'deadline',
      atMs: context.renewedAtMs + RENEW_DEADLINE_MS,
    })),
    cancelTimers: emit({ type: 'timer.cancel', timer: 'try' }),
    cancelRenew: emit({ type: 'timer.cancel', timer: 'renew' }),
    cancelDeadline: emit({ type: 'timer.cancel', timer: 'deadline' }),
  },
}).createMachine({
  id: 'leader',
  context: ({ input }) => ({
    namespace: input.namespace,
    name: input.name,
    identity: input.identity,
    lease: null,
    resourceVersion: '',
    changedAtMs: input.nowMs,
    renewedAtMs: 0,
    acquiredAtMs: 0,
    triedAtMs: 0,
    token: 0,
    refusals: 0,
    attempt: 0,
  }),
  options: { maxIterations: 100 },
  initial: 'unaware',
  states: {
    /** Knows nothing of the lease yet. */
    unaware: {
      on: {
        'lease.seen': { target: 'deciding', actions: 'see' },
        'leader.resigned': 'resigned',
      },
    },
    deciding: { always: [{ guard: 'isFree', target: 'acquiring' }, { target: 'following' }] },
    following: {
      entry: 'setExpiry',
      exit: 'cancelTimers',
      on: {
        'lease.seen': { target: 'deciding', actions: 'see' },
        'timer.fired': 'deciding',
        'leader.resigned': 'resigned',
      },
    },
    acquiring: {
      entry: ['noteAttempt', 'countWrite', 'write', waitForAnswer],
      exit: 'cancelAnswer',
      on: {
        'lease.seen': { actions: 'see' },
        'lease.written': [
          { guard: 'isOvertaken', target: 'following' },
          { guard: 'isAnswer', target: 'leading', actions: 'noteWritten' },
        ],
        'lease.refused': [
          { guard: 'isStoredAnyway', target: 'leading', actions: 'noteStored' },
          { guard: 'isAnswer', target: 'waiting', actions: 'noteRefused' },
        ],
        'timer.fired': [
          { guard: 'isStoredAnyway', target: 'leading', actions: 'noteStored' },
          { guard: 'isTimeout', target: 'waiting', actions: 'noteRefused' },
        ],
        'leader.resigned': 'withdrawing',
      },
    },
    /** Resigned while a write was under way, which may still win. */
    withdrawing: {
      entry: waitForAnswer,
      exit: 'cancelAnswer',
      on: {
        'lease.seen': { actions: 'see' },
        'lease.written': [
          { guard: 'isOvertaken', target: 'resigned' },
          { guard: 'isAnswer', target: 'resigning', actions: 'noteWritten' },
        ],
        'lease.refused': [
          { guard: 'isStoredAnyway', target: 'resigning', actions: 'noteStored' },
          { guard: 'isAnswer', target: 'resigned' },
        ],
        'timer.fired': [
          { guard: 'isStoredAnyway', target: 'resigning', actions: 'noteStored' },
          { guard: 'isTimeout', target: 'resigned' },
        ],
      },
    },
    waiting: {
      entry: 'setRetry',
      exit: 'cancelTimers',
      on: {
        'lease.seen': { target: 'deciding', actions: 'see' },
        'timer.fired': 'deciding',
        'leader.resigned': 'resigned',
      },
    },
    leading: {
      entry: 'gain',
      exit: ['lose', 'clearToken', 'cancelRenew', 'cancelDeadline'],
      initial: 'holding',
      on: {
        'lease.seen': [
          { guard: 'showsAnother', target: 'following', actions: 'see' },
          { actions: 'see' },
        ],
        'leader.resigned': 'resigning',
        'request.fenced': { guard: 'isOurs', target: 'following' },
        'timer.fired': {
          guard: { type: 'isTimer', params: { timer: 'deadline' } },
          target: 'deciding',
        },
      },
      states: {
        holding: {
          entry: ['setRenew', 'setDeadline'],
          on: {
            'timer.fired': {
              guard: { type: 'isTimer', params: { timer: 'renew' } },
              target: 'renewing',
            },
          },
        },
        renewing: {
          entry: ['countWrite', 'write', waitForAnswer],
          exit: 'cancelAnswer',
          on: {
            'lease.written': { guard: 'isAnswer', target: 'holding', actions: 'noteWritten' },
            'lease.refused': [
              { guard: 'isStoredAnyway', target: 'holding', actions: 'noteStored' },
              { guard: 'isAnswer', target: 'holding', actions: 'noteRefused' },
            ],
            'timer.fired': [
              { guard: 'isStoredAnyway', target: 'holding', actions: 'noteStored' },
              { guard: 'isTimeout', target: 'holding', actions: 'noteRefused' },
            ],
          },
        },
      },
    },
    resigning: {
      entry: ['countWrite', 'release', { type: 'setAnswer', params: { withinMs: HAND_BACK_MS } }],
      exit: 'cancelAnswer',
      on: {
        'timer.fired': { guard: 'isTimeout', target: 'resigned' },
        'lease.written': { guard: 'isAnswer', target: 'resigned' },
        'lease.refused': { guard: 'isAnswer', target: 'resigned' },
      },
    },
    resigned: { entry: 'finish' },
  },
});
