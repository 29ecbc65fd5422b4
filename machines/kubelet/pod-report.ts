/**
 * When and how a pod's status is written: one write at a time, none where nothing changed, at once
 * where readiness or the end of the pod is told, and otherwise after a moment in which more changes
 * gather. Never writes a status after a terminal one, nor for a pod that is gone.
 *
 * A status names the version it was made from. An apiserver that stood still may carry out a write long after the next
 * one: what it says then is refused, and takes nothing back.
 */
import type { Pod, PodStatus } from '../api/types.ts';
import type { PodContext } from './pod-context.ts';
import type { Work } from './pod-work.ts';
import { podStatus, statusPatch } from './status.ts';

/**
 * How long a change that nobody waits for may gather others: most pods are ready before,
 * milliseconds.
 */
export const REPORT_DELAY_MS = 800;
/** First delay after a write that failed; it doubles up to the longest. */
export const WRITE_RETRY_MS = 500;
export const WRITE_RETRY_MAX_MS = 30_000;
/** The same where another has written the pod first: the watch shows it in a moment. */
export const CONFLICT_RETRY_MS = 50;

function isTerminal(status: PodStatus): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

function isReady(status: PodStatus): boolean {
  return status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

function mayWrite({ writing, reported, ending, removed }: PodContext): boolean {
  return writing === null && !removed && !isTerminal(reported) && ending?.cause !== 'shutdown';
}

/** True where no status write is under way or still to be made. */
export function isReported(context: PodContext, nowMs: number): boolean {
  if (context.writing !== null) return false;
  if (!context.dirty || !mayWrite(context)) return true;
  return statusPatch(context.reported, podStatus(context, context.reported, nowMs)) === undefined;
}

/** Marks the status as to be computed anew where a step changed anything that it says. */
export function markDirty(before: PodContext, work: Work): void {
  const after = work.context;
  if (after.dirty || after === before) return;
  const changed =
    after.containers !== before.containers ||
    after.probes !== before.probes ||
    after.sandbox !== before.sandbox ||
    after.sandboxReady !== before.sandboxReady ||
    after.ending !== before.ending ||
    after.ended !== before.ended ||
    after.pod.metadata?.generation !== before.pod.metadata?.generation;
  if (changed) work.context = { ...after, dirty: true };
}

/** Takes the status that the API shows; what is not as we wrote it is to be written again. */
export function takeReported(work: Work, shown: PodStatus): void {
  const { reported } = work.context;
  const gates = (work.context.pod.spec?.readinessGates ?? []).length > 0;
  const kept = !gates && statusPatch(shown, reported) === undefined;
  work.context = { ...work.context, reported: shown, dirty: work.context.dirty || !kept };
}

/** Takes what the API has shown while a write was under way, as others write a status too. */
function takeMissed(work: Work): void {
  const { pod, writtenRevision } = work.context;
  const revision = revisionOf(pod);
  if (revision > 0 && revision >= writtenRevision) takeReported(work, pod.status ?? {});
}

/** The revision of a pod as it was read; 0 where it tells none. */
export function revisionOf(pod: Pod): number {
  return Number(pod.metadata?.resourceVersion ?? 0);
}

/** Writes the status where it changed and it is time to. */
export function report(work: Work): void {
  const { context, nowMs } = work;
  if (!context.dirty || !mayWrite(context)) return;
  const next = podStatus(context, context.reported, nowMs);
  const status = statusPatch(context.reported, next);
  if (status === undefined) {
    if (context.reportAtMs !== 0) work.effects.push({ type: 'timer.cancel', timer: 'report' });
    work.context = { ...context, dirty: false, reportAtMs: 0 };
    return;
  }
  const urgent = context.ended || isReady(next) !== isReady(context.reported) || isTerminal(next);
  const retrying = context.writeFailures > 0;
  const due = context.reportAtMs !== 0 && nowMs >= context.reportAtMs;
  if (!due && (!urgent || retrying)) {
    if (context.reportAtMs === 0) delay(work, REPORT_DELAY_MS);
    return;
  }
  const { name = '', namespace = '', uid } = context.pod.metadata ?? {};
  if (context.reportAtMs > nowMs) work.effects.push({ type: 'timer.cancel', timer: 'report' });
  work.context = { ...work.context, dirty: false, writing: next, reportAtMs: 0 };
  work.effects.push({
    type: 'change.make',
    what: 'status',
    change: {
      type: 'patch',
      key: { resource: 'core/pods', namespace, name },
      subresource: 'status',
      strategy: 'strategic',
      patch: { metadata: { uid, ...versionOf(context) }, status },
    },
  });
}

/** The version that `reported` is of: the last that was shown, or that we wrote. */
function versionOf({ pod, writtenRevision }: PodContext): { readonly resourceVersion?: string } {
  const revision = Math.max(revisionOf(pod), writtenRevision);
  return revision === 0 ? {} : { resourceVersion: String(revision) };
}

function delay(work: Work, delayMs: number): void {
  const reportAtMs = work.nowMs + delayMs;
  work.context = { ...work.context, reportAtMs };
  work.effects.push({ type: 'timer.set', timer: 'report', atMs: reportAtMs });
}

/**
 * What the API said of a status write. A pod that is gone needs no status. A conflict is no end: it
 * says that the store had no quiet moment, or that the name is another pod's by now, and then the
 * watch tells that this pod is gone.
 */
export function written(
  work: Work,
  result: { readonly ok: boolean; readonly reason: string; readonly revision: number },
): void {
  const { context } = work;
  if (context.writing === null) return;
  if (result.ok || result.reason === 'NotFound' || result.reason === 'Invalid') {
    const writtenRevision = Math.max(context.writtenRevision, result.revision);
    const reported = context.writing;
    work.context = { ...context, reported, writing: null, writtenRevision, writeFailures: 0 };
    if (result.ok) takeMissed(work);
    return;
  }
  const writeFailures = context.writeFailures + 1;
  work.context = { ...context, dirty: true, writing: null, writeFailures };
  takeMissed(work);
  const firstMs = result.reason === 'Conflict' ? CONFLICT_RETRY_MS : WRITE_RETRY_MS;
  delay(work, Math.min(firstMs * 2 ** (writeFailures - 1), WRITE_RETRY_MAX_MS));
}
