/**
 * Carries out mutating requests: one machine each on the host, those that would meet each other's
 * guard one after the other in a lane.
 *
 * Holds the requests that are under way, bounded, and what to answer to whom. Never looks into an
 * object.
 */
import type { Envelope } from '../../bus/envelope.ts';
import { laneOf } from '../../machines/api/lane.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import { type RequestEffect, requestMachine } from '../../machines/api/request-machine.ts';
import { type Served, storeKey } from '../../machines/api/resources.ts';
import { internalError, overloaded, timeout, unavailable } from '../../machines/api/status.ts';
import type { Self } from '../host.ts';
import { createLanes } from './lanes.ts';
import {
  executeRequest,
  type RequestsOptions,
  type RequestWork,
  settleJob,
} from './request-executor.ts';

/** Mutating requests under way at the same time; more are answered 429. */
export const requestsInFlightMax = 4_000;
/** A request that takes longer is answered 504 (kube-apiserver: 34 s for mutations). */
export const requestMsMax = 34_000;
const sweepMs = 5_000;
/** How long a request holds its lane for the replica to show what it wrote. */
const laneWaitMs = 100;
const kind = 'api-request';

/** Runs mutating requests. */
export interface Requests {
  /** Carries out an authorized request of a served resource; writes nothing once it is not awaited any more. */
  run(
    request: ApiRequest,
    served: Served,
    cause?: Envelope,
    isAwaited?: () => boolean,
  ): Promise<ApiReply>;
  inFlight(): number;
  close(): void;
}

/** Registers the machine of requests with the host. */
export function createRequests(options: RequestsOptions): Requests {
  const { host, state } = options;
  const work: RequestWork = { ...options, jobs: new Map() };
  const lanes = createLanes();
  const begin = starter(work);
  const execute = (effect: RequestEffect, self: Self) => executeRequest(work, effect, self);
  host.register({ name: kind, machine: requestMachine, execute: execute as never, mailboxMax: 8 });
  const cancelSweep = sweepEvery(work);
  return {
    run(request, served, cause, isAwaited) {
      const waiting = work.jobs.size + lanes.waiting();
      if (waiting >= requestsInFlightMax) return Promise.resolve(overloaded());
      const lane = laneOf(request, served, state.view);
      if (lane === undefined) return begin(request, served, cause, isAwaited);
      return lanes.enter(lane, async () => {
        const reply = await begin(request, served, cause, isAwaited);
        // The next one in the lane is to see this one, or it would only meet its guard.
        if (reply.revision !== undefined) await state.replica.waitFor(reply.revision, laneWaitMs);
        return reply;
      });
    },
    inFlight: () => work.jobs.size,
    close() {
      cancelSweep();
      for (const [id, job] of work.jobs) {
        host.stop(kind, id);
        settleJob(work, id, job, unavailable('apiserver is shutting down'));
      }
    },
  };
}

/** Starts the machine of one request; settles with its answer. */
function starter({ host, random, jobs }: RequestWork): Requests['run'] {
  let count = 0;
  return (request, served, cause, isAwaited = () => true) => {
    count += 1;
    const { verb, subresource } = request;
    const what = subresource === '' ? verb : `${verb}.${subresource}`;
    const id = `${count}/${what}/${keyOfRequest(request, served)}`;
    return new Promise((answer) => {
      const startedMs = host.clock.nowMs();
      const uid = random.uuid();
      const sent = new Set<string>();
      const never = { admittedMs: startedMs, admittedRevision: 0 };
      jobs.set(id, { request, served, uid, startedMs, answer, isAwaited, sent, ...never });
      if (host.start(kind, id, {}, cause)) return;
      jobs.delete(id);
      answer(internalError('the request could not be started'));
    });
  };
}

/** The longest name an object may have (a DNS-1123 subdomain); what is longer is refused, and names no actor in full. */
const NAME_MAX = 253;

/** What a request is about; without a name where that is still to be drawn. */
function keyOfRequest({ namespace, name, body }: ApiRequest, { storage }: Served): string {
  const given: unknown = body?.metadata?.name;
  const asked = name || (typeof given === 'string' ? given : '');
  return storeKey(storage, namespace, asked.slice(0, NAME_MAX));
}

/** Answers what has been under way for too long; returns what stops the sweeping. */
function sweepEvery(work: RequestWork): () => void {
  const { host, jobs } = work;
  let cancel: () => void = () => {};
  const sweep = () => {
    const old = host.clock.nowMs() - requestMsMax;
    for (const [id, job] of jobs) {
      if (job.startedMs > old) break;
      host.stop(kind, id);
      settleJob(work, id, job, timeout('request did not complete within requested timeout'));
    }
    cancel = host.clock.at(host.clock.nowMs() + sweepMs, sweep);
  };
  sweep();
  return () => cancel();
}
