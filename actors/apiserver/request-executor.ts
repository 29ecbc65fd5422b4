/**
 * Does what the machine of a mutating request asks: admits on the live view, writes to the store,
 * reads back, waits, answers.
 *
 * Decides nothing about objects: the pure admit function does. Holds no request but through the
 * jobs it is given.
 */
import type { StoredEntry } from '../../bus/store/store.ts';
import type { AdmissionSettings, ObjectWrite } from '../../machines/api/admission/attributes.ts';
import type { CheckScenario } from '../../machines/api/admission/chaos.ts';
import { admit } from '../../machines/api/admit.ts';
import { createDraw } from '../../machines/api/draw.ts';
import { fenceRefusal, judgeFence, leasesStorage } from '../../machines/api/fence.ts';
import { deletedUid, isWhatWasMeant } from '../../machines/api/meant.ts';
import type { ApiReply } from '../../machines/api/request.ts';
import type { RequestEffect } from '../../machines/api/request-machine.ts';
import { internalError, notFound, timeout, unavailable } from '../../machines/api/status.ts';
import type { Host, Self } from '../host.ts';
import type { Random } from './api.ts';
import { type Asked, eventOf, giveUp, type Reported, replyOf } from './request-replies.ts';
import { type ApiState, eventsStorage } from './state.ts';

/** Until a read back that failed is tried again. */
const readBackMs = 200;
/**
 * For how long what admission found of a fence is good: a write that waited longer (its process stood still) is
 * admitted again.
 */
const admittedMsMax = 1_000;

/** One request under way. */
export interface Job extends Asked {
  readonly uid: string;
  readonly startedMs: number;
  readonly answer: (reply: ApiReply) => void;
  /** False once who asked may have given up: nothing is written any more. */
  readonly isAwaited: () => boolean;
  /** Ids of the messages this request's writes went out with. */
  readonly sent: Set<string>;
  /** Uid of the object that it deletes, once that is known. */
  deletes?: string | undefined;
  /** When it was admitted last. */
  admittedMs: number;
  /** What the view had reached then; what this request wrote since comes after it. */
  admittedRevision: number;
}

/** What requests are carried out with. */
export interface RequestsOptions {
  readonly host: Host;
  readonly state: ApiState;
  readonly random: Random;
  readonly settings: AdmissionSettings;
  readonly checkScenario?: CheckScenario | undefined;
  /** Told of what is a bug: the request is answered 500. */
  readonly onBug?: (message: string, error: unknown) => void;
}

/** The same, with the requests under way by the id of their machine. */
export interface RequestWork extends RequestsOptions {
  readonly jobs: Map<string, Job>;
}

/** Carries out one effect; those of requests that were answered already are dropped. */
export function executeRequest(work: RequestWork, effect: RequestEffect, self: Self): void {
  const job = work.jobs.get(self.id);
  if (job === undefined) return;
  switch (effect.type) {
    case 'admit.run':
      report(self, admitJob(work, job, effect, self));
      return;
    case 'store.transact':
      void transact(work, job, effect.writes, self);
      return;
    case 'store.readBack':
      void readBack(work, job, effect.writes, self);
      return;
    case 'view.catchUp':
      void catchUp(work, job, self);
      return;
    case 'request.answer':
      settleJob(work, self.id, job, effect.reply);
      return;
    case 'request.settle':
      settleJob(work, self.id, job, replyOf(job, effect.outcome, effect.revision));
      return;
    case 'request.giveUp':
      settleJob(work, self.id, job, giveUp(job, effect.why));
      return;
    default:
      effect satisfies never;
  }
}

/** Answers a request and forgets it. */
export function settleJob({ jobs }: RequestWork, id: string, job: Job, reply: ApiReply): void {
  jobs.delete(id);
  job.answer(reply);
}

function report(self: Self, event: Reported): void {
  self.tell(event);
}

function admitJob(
  { state, random, settings, checkScenario, onBug }: RequestWork,
  job: Job,
  { attempt, fresh }: { readonly attempt: number; readonly fresh: boolean },
  { nowMs, message: { traceparent } }: Self,
): Reported {
  const { request, uid } = job;
  job.admittedMs = nowMs;
  job.admittedRevision = state.replicaOf(job.served.storage).revision;
  try {
    const verdict = judgeFence(request.fence, state.view, nowMs);
    if (verdict === 'lost' || (verdict === 'overdue' && !fresh)) {
      return { type: 'request.refused', reply: fenceRefusal(request), fresh };
    }
    const draw = createDraw(random.uint32());
    const env = { view: state.view, nowMs, draw, uid, settings, traceparent, checkScenario };
    const outcome = admit(request, env);
    if (outcome.type === 'write') {
      job.deletes ??= deletedUid(request, outcome);
      if (isWhatWasMeant(request, outcome, job.deletes)) {
        return { type: 'request.admitted', outcome };
      }
      return { type: 'request.answered', reply: notFound(job.served.named, request.name) };
    }
    const { reply, stale } = outcome;
    if (!stale) return { type: 'request.answered', reply };
    return { type: 'request.refused', reply, fresh: fresh || attempt > 0 };
  } catch (error) {
    onBug?.('the admission of a request threw', error);
    return { type: 'request.answered', reply: internalError(String(error)) };
  }
}

const abandoned = (): ApiReply => timeout('who asked for this does not wait for it any more');

/** A leader's write goes out only while its lease is its own; what stood still is admitted again. */
function mayGoOut({ view }: ApiState, { request, admittedMs }: Job, nowMs: number): boolean {
  const verdict = judgeFence(request.fence, view, nowMs);
  return verdict === 'held' || (verdict === 'overdue' && nowMs - admittedMs <= admittedMsMax);
}

async function transact(
  { state, host, onBug }: RequestWork,
  job: Job,
  writes: readonly ObjectWrite[],
  self: Self,
): Promise<void> {
  const { fence } = job.request;
  if (!job.isAwaited()) return report(self, { type: 'store.refused', reply: abandoned() });
  const mayGo = (): boolean =>
    job.isAwaited() && (fence === undefined || mayGoOut(state, job, host.clock.nowMs()));
  // The store asks again before every try; nothing is waited for in between.
  if (!mayGo()) return report(self, { type: 'store.conflicted' });
  const envelope = self.envelope();
  job.sent.add(envelope.id);
  try {
    report(self, eventOf(await state.transact(writes, envelope, mayGo)));
  } catch (error) {
    onBug?.('the store threw', error);
    self.tell({ type: 'store.doubted' });
  }
}

/**
 * A transaction of ours is stored where one of our messages wrote its first key, now or since it was
 * admitted: the key may have been written or deleted again by others. Where the log does not reach
 * back so far nobody can tell.
 */
async function readBack(
  { state, host }: RequestWork,
  job: Job,
  writes: readonly ObjectWrite[],
  self: Self,
): Promise<void> {
  const { key, expected } = writes[0] as ObjectWrite;
  const stored = (first: number): Reported => ({
    type: 'store.found',
    revision: first + writes.length - 1,
  });
  const later = () => {
    host.clock.at(host.clock.nowMs() + readBackMs, () => self.tell({ type: 'store.doubted' }));
  };
  try {
    const found = await state.read(key);
    if (found && isOwn(job, found)) return report(self, stored(found.revision));
    if (found?.revision === expected) return report(self, { type: 'store.missing' });
    const { storage } = job.served;
    if ((await state.catchUp(storage)) !== undefined) return later();
    const replica = state.replicaOf(storage);
    const own = state.writtenSince(key, job.admittedRevision, (entry) => isOwn(job, entry));
    if (own === 'gone') return later();
    if (own !== undefined) return report(self, stored(own));
    const holds = (replica.get(key)?.revision ?? 0) === expected;
    const written = state.writtenSince(key, job.admittedRevision, () => true);
    if (holds && expected === 0 && written === 'gone') return later();
    if (holds && expected === 0 && written !== undefined) {
      return report(self, { type: 'store.overtaken' });
    }
    report(self, { type: holds ? 'store.missing' : 'store.conflicted' });
  } catch {
    later();
  }
}

function isOwn({ sent }: Job, { envelope }: Pick<StoredEntry, 'envelope'>): boolean {
  return envelope !== undefined && sent.has(envelope.id);
}

async function catchUp({ state }: RequestWork, job: Job, self: Self): Promise<void> {
  const { storage } = job.served;
  const fenced = job.request.fence !== undefined && storage === eventsStorage;
  // Leases are not kept where Events are.
  const lag =
    (fenced ? await state.catchUp(leasesStorage) : undefined) ?? (await state.catchUp(storage));
  if (lag === undefined) return self.tell({ type: 'view.caughtUp' });
  const reply =
    lag === 'timeout'
      ? timeout('the apiserver lags behind the store', 1)
      : unavailable('the store cannot be reached');
  report(self, { type: 'view.lagged', reply });
}
