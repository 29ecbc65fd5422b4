/**
 * When and how a pod's status is written: one write at a time, none where nothing changed, at once where
 * readiness or the end of the pod is told, and otherwise after a moment in which more changes gather.
 * Never writes a status after a terminal one, nor for a pod that is gone.
 */
import type { PodStatus } from '../api/types.ts';
import type { PodContext } from './pod-context.ts';
import type { Work } from './pod-work.ts';
import { podStatus, statusPatch } from './status.ts';

/** How long a change that nobody waits for may gather others: most pods are ready before, milliseconds. */
export const REPORT_DELAY_MS = 400;
/** First delay after a write that failed; it doubles up to the longest. */
export const WRITE_RETRY_MS = 500;
export const WRITE_RETRY_MAX_MS = 30_000;

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
  if (!mayWrite(context)) return true;
  return statusPatch(context.reported, podStatus(context, context.reported, nowMs)) === undefined;
}

/** Writes the status where it changed and it is time to. */
export function report(work: Work): void {
  const { context, nowMs } = work;
  if (!mayWrite(context)) return;
  const next = podStatus(context, context.reported, nowMs);
  const status = statusPatch(context.reported, next);
  if (status === undefined) {
    if (context.reportAtMs === 0) return;
    work.effects.push({ type: 'timer.cancel', timer: 'report' });
    work.context = { ...context, reportAtMs: 0 };
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
  work.context = { ...work.context, writing: next, reportAtMs: 0 };
  work.effects.push({
    type: 'change.make',
    what: 'status',
    change: {
      type: 'patch',
      key: { resource: 'core/pods', namespace, name },
      subresource: 'status',
      strategy: 'strategic',
      patch: { metadata: { uid }, status },
    },
  });
}

function delay(work: Work, delayMs: number): void {
  const reportAtMs = work.nowMs + delayMs;
  work.context = { ...work.context, reportAtMs };
  work.effects.push({ type: 'timer.set', timer: 'report', atMs: reportAtMs });
}

/** What the API said of a status write. A pod that is gone, or another of its name, needs no status. */
export function written(
  work: Work,
  result: { readonly ok: boolean; readonly reason: string; readonly revision: number },
): void {
  const { context } = work;
  if (context.writing === null) return;
  const gone = result.reason === 'NotFound' || result.reason === 'Conflict';
  if (result.ok || gone || result.reason === 'Invalid') {
    const writtenRevision = Math.max(context.writtenRevision, result.revision);
    const reported = context.writing;
    work.context = { ...context, reported, writing: null, writtenRevision, writeFailures: 0 };
    return;
  }
  const writeFailures = context.writeFailures + 1;
  work.context = { ...context, writing: null, writeFailures };
  delay(work, Math.min(WRITE_RETRY_MS * 2 ** (writeFailures - 1), WRITE_RETRY_MAX_MS));
}
