/**
 * What a pod's machine does in its steps: functions on the work of one step, put together to
 * actions in pod.ts. Pure seen from outside; none of them decides which state follows.
 */
import { enqueueActions } from 'xstate';
import { sameJson } from '../api/json.ts';
import type { Pod } from '../api/types.ts';
import type { TimerFired, Untimed } from '../effect.ts';
import type { ContainerEvent } from './container.ts';
import type { PodEffect } from './effect.ts';
import { EVICTED, EVICTION_GRACE_MS } from './eviction.ts';
import { type PodContext, probeKey } from './pod-context.ts';
import type { PodEvent } from './pod-event.ts';
import { markDirty, report, revisionOf, takeReported, written } from './pod-report.ts';
import { graceSeconds, members } from './pod-spec.ts';
import { joiningContainer, type PodInput } from './pod-start.ts';
import {
  end,
  exited,
  isCompleted,
  isStopped,
  keepProbes,
  record,
  tellContainer,
  tellProbe,
  type Work,
} from './pod-work.ts';
import type { ProbeEvent } from './probe.ts';

/**
 * First delay before preparing is tried again; it doubles up to the longest, as volume mounts do.
 */
export const PREPARE_RETRY_MS = 500;
export const PREPARE_RETRY_MAX_MS = 122_000;
/** First delay before a refused deletion is tried again; it doubles up to the longest. */
export const DELETE_RETRY_MS = 1_000;
export const DELETE_RETRY_MAX_MS = 30_000;

type Event<T extends PodEvent['type']> = Extract<PodEvent, { type: T }>;
type Act = (work: Work, event: PodEvent) => void;

/** An action that works on a draft of the context and emits what it collected. */
export function act(...acts: Act[]) {
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
export function timeOf(event: PodEvent): number {
  return event.nowMs ?? (event as unknown as { readonly input: PodInput }).input.nowMs;
}

/**
 * Takes the object as the API has it now; its status only where that is not older than our last
 * write.
 */
export function keepPod(work: Work, event: PodEvent): void {
  const { pod } = event as Event<'pod.updated'>;
  const { context } = work;
  const current = context.writing === null && revisionOf(pod) >= context.writtenRevision;
  if (!sameMeta(pod, context.pod)) work.effects.push({ type: 'pod.refresh' });
  work.context = { ...context, pod };
  if (current) takeReported(work, pod.status ?? {});
  restartRedefined(work, context.pod);
  takeIn(work);
}

/** What the downward API shows of a pod and may change. */
function sameMeta({ metadata: a }: Pod, { metadata: b }: Pod): boolean {
  return sameJson(a?.labels, b?.labels) && sameJson(a?.annotations, b?.annotations);
}

/** Ephemeral containers join a pod that is there already. */
function takeIn(work: Work): void {
  const { pod, ending, containers } = work.context;
  if (ending !== null) return;
  for (const member of members(pod)) {
    const { name } = member.spec;
    if (member.role !== 'ephemeral' || containers[name] !== undefined) continue;
    const state = joiningContainer(work.context, member, work.nowMs);
    work.context = { ...work.context, containers: { ...work.context.containers, [name]: state } };
    if (work.context.sandboxReady) tellContainer(work, name, { type: 'container.due' });
  }
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

export function endDeleted(work: Work): void {
  const graceAtMs = work.nowMs + graceSeconds(work.context.pod) * 1000;
  end(work, { cause: 'deleted', graceAtMs, reason: '', message: '' });
}

export function endRemoved(work: Work): void {
  const before = work.context.ending?.graceAtMs ?? Number.POSITIVE_INFINITY;
  const graceAtMs = Math.min(before, work.nowMs + graceSeconds(work.context.pod) * 1000);
  end(work, { cause: 'removed', graceAtMs, reason: '', message: '' });
  work.context = { ...work.context, removed: true };
}

export function endCompleted(work: Work): void {
  const graceAtMs = work.nowMs + graceSeconds(work.context.pod) * 1000;
  end(work, { cause: 'completed', graceAtMs, reason: '', message: '' });
}

export function endOverdue(work: Work): void {
  const reason = 'DeadlineExceeded';
  const message = 'Pod was active on the node longer than the specified deadline';
  record(work, 'Normal', reason, message);
  const graceAtMs = work.nowMs + graceSeconds(work.context.pod) * 1000;
  end(work, { cause: 'deadline', graceAtMs, reason, message });
}

export function endEvicted(work: Work, event: PodEvent): void {
  const { message } = event as Event<'pod.evicted'>;
  record(work, 'Warning', EVICTED, message);
  const graceAtMs = work.nowMs + EVICTION_GRACE_MS;
  end(work, { cause: 'evicted', graceAtMs, reason: EVICTED, message });
}

export function endForShutdown(work: Work, event: PodEvent): void {
  const { graceMs } = event as Event<'node.stopping'>;
  const own = graceSeconds(work.context.pod) * 1000;
  const graceAtMs = work.nowMs + Math.min(own, graceMs);
  end(work, { cause: 'shutdown', graceAtMs, reason: '', message: '' });
}

/** A deletion while the pod ends already: it is deleted for good, and never later than before. */
export function hurry(work: Work): void {
  const { ending, pod } = work.context;
  if (ending === null || ending.cause === 'removed') return;
  const graceAtMs = Math.min(ending.graceAtMs, work.nowMs + graceSeconds(pod) * 1000);
  const cause = ending.cause === 'completed' ? 'deleted' : ending.cause;
  work.context = { ...work.context, ending: { ...ending, cause, graceAtMs } };
}

export function prepare(work: Work): void {
  work.effects.push({ type: 'pod.prepare', attempt: work.context.sandboxAttempt });
}

export function prepared(work: Work, event: PodEvent): void {
  const { id, ips } = event as Event<'pod.prepared'>;
  if (work.context.sandboxAttempt > 0 && work.context.sandbox?.id !== id) {
    const note = 'Pod sandbox changed, it will be killed and re-created.';
    record(work, 'Normal', 'SandboxChanged', note);
  }
  work.context = { ...work.context, sandbox: { id, ips }, sandboxReady: true, prepareFailures: 0 };
  for (const name of Object.keys(work.context.containers)) keepProbes(work, name);
}

export function prepareFailed(work: Work, event: PodEvent): void {
  const { reason, message } = event as Event<'pod.prepareFailed'>;
  record(work, 'Warning', reason, message);
  const { prepareFailures } = work.context;
  work.context = { ...work.context, prepareFailures: prepareFailures + 1 };
  const delayMs = Math.min(PREPARE_RETRY_MS * 2 ** prepareFailures, PREPARE_RETRY_MAX_MS);
  work.effects.push({ type: 'timer.set', timer: 'prepare', atMs: work.nowMs + delayMs });
}

export function armDeadline(work: Work): void {
  const seconds = work.context.pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined) return;
  const atMs = work.context.startedAtMs + seconds * 1000;
  work.effects.push({ type: 'timer.set', timer: 'deadline', atMs });
}

/** Reports, unless the pod's work is over: what follows at once says more. */
export function reportUnlessOver(work: Work): void {
  const { context } = work;
  if (!isStopped(context) || (context.ending === null && !isCompleted(context))) report(work);
}

/** Hands an event to the container or probe it is for. */
export function route(work: Work, event: PodEvent): void {
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

export function settled(work: Work, event: PodEvent): void {
  const result = event as Event<'change.settled'>;
  if (result.what === 'status') written(work, result);
}

export function teardown(work: Work): void {
  work.context = { ...work.context, ended: true, sandboxReady: false };
  work.effects.push({ type: 'pod.teardown' });
}

export function discard(work: Work): void {
  work.effects.push({ type: 'pod.discard' });
}

export function noteRejected(work: Work): void {
  const { ending } = work.context;
  if (ending?.cause === 'rejected') record(work, 'Warning', ending.reason, ending.message);
}

export function isDeleted({ pod }: PodContext): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

export function remove(work: Work): void {
  const { name = '', namespace = '', uid = '' } = work.context.pod.metadata ?? {};
  const key = { resource: 'core/pods', namespace, name };
  work.effects.push({
    type: 'change.make',
    what: 'delete',
    change: { type: 'delete', key, uid, graceSeconds: 0 },
  });
}

/**
 * A conflict says that the store had no quiet moment, or that the name is another pod's by now:
 * which of them, the watch tells; until then it is tried again.
 */
export function retryRemove(work: Work): void {
  const { writeFailures } = work.context;
  work.context = { ...work.context, writeFailures: writeFailures + 1 };
  const delayMs = Math.min(DELETE_RETRY_MS * 2 ** writeFailures, DELETE_RETRY_MAX_MS);
  work.effects.push({ type: 'timer.set', timer: 'delete', atMs: work.nowMs + delayMs });
}
