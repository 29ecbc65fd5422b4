/**
 * What a container's machine knows, what it is told, and the pure functions of both: plain data.
 */
import type { Timed, TimerFired } from '../effect.ts';
import { type Backoff, NO_BACKOFF } from './backoff.ts';
import type { ContainerEffect } from './effect.ts';
import type { Role } from './pod-spec.ts';

/**
 * How a run ended. `reason` as in the API: Completed, Error, StartError, ContainerStatusUnknown.
 */
export interface Exit {
  readonly exitCode: number;
  readonly signal: number;
  readonly reason: string;
  readonly message: string;
  readonly finishedAtMs: number;
}

/** One run of a container. */
export interface Run {
  readonly id: string;
  readonly imageId: string;
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly exit: Exit | null;
}

export type ContainerEvent =
  | (Timed &
      /** Its turn has come: start. */
      (
        | { readonly type: 'container.due' }
        /** No run of it is to start any more. */
        | { readonly type: 'container.retired' }
        | { readonly type: 'image.pulling' }
        | { readonly type: 'image.pulled'; readonly tookMs: number; readonly sizeBytes: number }
        | { readonly type: 'image.failed'; readonly reason: string; readonly message: string }
        | {
            readonly type: 'container.started';
            readonly id: string;
            readonly imageId: string;
            readonly startedAtMs: number;
          }
        | {
            readonly type: 'container.startFailed';
            readonly reason: string;
            readonly message: string;
          }
        | { readonly type: 'hook.done'; readonly hook: string; readonly ok: boolean }
        | ({
            readonly type: 'container.exited';
            readonly id: string;
            /** Whether its pod wants it started again. */
            readonly restart: boolean;
          } & Exit)
        | {
            readonly type: 'container.stopRequested';
            readonly graceMs: number;
            /** The note of the Killing event; `Stopping container x` where empty. */
            readonly note: string;
          }
      ))
  | TimerFired;

export interface ContainerInput {
  readonly name: string;
  readonly role: Role;
  readonly image: string;
  readonly podLabel: string;
  readonly hasPostStart: boolean;
  readonly hasPreStop: boolean;
  /** Number of the first run, not 0 where earlier runs are known from the status. */
  readonly attempt: number;
  /** A run found by a kubelet that was restarted: alive, or over for good. */
  readonly run: Run | null;
  /** The run before, where known. */
  readonly last: Run | null;
  /** Longest delay before it is started again after crashes; Kubernetes' where absent. */
  readonly crashBackoffMaxMs?: number | undefined;
}

export interface ContainerContext extends ContainerInput {
  readonly retired: boolean;
  /** True where the image of this run was pulled and not found present. */
  readonly pulled: boolean;
  readonly waitReason: string;
  readonly waitMessage: string;
  readonly crash: Backoff;
  readonly pull: Backoff;
  /** When the grace of a stop under way is over. */
  readonly stopAtMs: number;
}

export type Event<T extends ContainerEvent['type']> = Extract<ContainerEvent, { type: T }>;
type Emit = (effect: ContainerEffect) => void;

export function note(
  context: ContainerContext,
  kind: 'Normal' | 'Warning',
  reason: string,
  text: string,
) {
  return { type: 'note', container: context.name, kind, reason, note: text } as const;
}

export function timerName(context: ContainerContext): string {
  return `container/${context.name}`;
}

/** A fresh run, found started: its notes, and the run before the last goes. */
export function started(context: ContainerContext, event: Event<'container.started'>, emit: Emit) {
  const { image, last, run, attempt } = context;
  if (!context.pulled) {
    const present = `Container image "${image}" already present on machine and can be accessed by the pod`;
    emit(note(context, 'Normal', 'Pulled', present));
  }
  emit(note(context, 'Normal', 'Created', 'Container created'));
  emit(note(context, 'Normal', 'Started', 'Container started'));
  if (run !== null && last !== null && last.id !== '') {
    emit({ type: 'container.discard', container: context.name, id: last.id });
  }
  const { id, imageId, startedAtMs } = event;
  return {
    run: { id, imageId, attempt, startedAtMs, exit: null },
    last: run ?? last,
    waitReason: '',
    waitMessage: '',
    pull: NO_BACKOFF,
  };
}

/** The end of a run that was under way. */
export function ended(context: ContainerContext, exit: Exit): Partial<ContainerContext> {
  return { run: context.run === null ? null : { ...context.run, exit } };
}

/** A run that could not start counts as one that exited with 128. */
export function startFailed(context: ContainerContext, event: Event<'container.startFailed'>) {
  const { reason, message, nowMs } = event;
  const exit = { exitCode: 128, signal: 0, reason: 'StartError', message, finishedAtMs: nowMs };
  const run = { id: '', imageId: '', attempt: context.attempt, startedAtMs: nowMs, exit };
  return {
    waitReason: reason,
    waitMessage: message,
    ...(reason === 'RunContainerError' ? { run, last: context.run ?? context.last } : {}),
  };
}
