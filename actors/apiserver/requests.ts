/**
 * Carries out mutating requests: one machine each on the host, with this executor doing what it
 * asks.
 *
 * Holds the requests that are under way, bounded, and what to answer to whom. Decides nothing about
 * objects: the pure admit function does, on the live view.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { WriteResult } from '../../bus/store/store.ts';
import type { AdmissionSettings, ObjectWrite } from '../../machines/api/admission/attributes.ts';
import { admit } from '../../machines/api/admit.ts';
import { fromStorage } from '../../machines/api/conversion.ts';
import { createDraw } from '../../machines/api/draw.ts';
import { laneOf } from '../../machines/api/lane.ts';
import { type Outcome, withRevision } from '../../machines/api/registry.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import {
  type RequestEffect,
  type RequestEvent,
  requestMachine,
} from '../../machines/api/request-machine.ts';
import type { Served } from '../../machines/api/resources.ts';
import {
  conflict,
  generateNameConflict,
  internalError,
  modifiedMessage,
  overloaded,
  timeout,
  tooLarge,
  unavailable,
} from '../../machines/api/status.ts';
import type { Untimed } from '../../machines/effect.ts';
import type { Host, Self } from '../host.ts';
import type { Random } from './api.ts';
import { createLanes } from './lanes.ts';
import type { ApiState } from './state.ts';

/** Mutating requests under way at the same time; more are answered 429. */
export const requestsInFlightMax = 4_000;
/** A request that takes longer is answered 504 (kube-apiserver: 34 s for mutations). */
export const requestMsMax = 34_000;
const sweepMs = 5_000;
/** How long a request holds its lane for the replica to show what it wrote. */
const laneWaitMs = 100;
const kind = 'api-request';

export interface RequestsOptions {
  readonly host: Host;
  readonly state: ApiState;
  readonly random: Random;
  readonly settings: AdmissionSettings;
  /** Told of what is a bug: the request is answered 500. */
  readonly onBug?: (message: string, error: unknown) => void;
}

/** Runs mutating requests. */
export interface Requests {
  /** Carries out an authorized request of a served resource. */
  run(request: ApiRequest, served: Served, cause?: Envelope): Promise<ApiReply>;
  inFlight(): number;
  close(): void;
}

interface Job {
  readonly request: ApiRequest;
  readonly served: Served;
  readonly uid: string;
  readonly startedMs: number;
  readonly answer: (reply: ApiReply) => void;
  /** Ids of the messages this request's writes went out with. */
  readonly sent: Set<string>;
}

/** Registers the machine of requests with the host. */
export function createRequests(options: RequestsOptions): Requests {
  const { host, state, random, settings } = options;
  const jobs = new Map<string, Job>();
  const lanes = createLanes();
  let count = 0;

  function execute(effect: RequestEffect, self: Self): void {
    const job = jobs.get(self.id);
    if (job === undefined) return;
    switch (effect.type) {
      case 'admit.run':
        report(self, admitJob(job, effect.attempt, effect.fresh, self.nowMs));
        return;
      case 'store.transact':
        void transact(job, effect.writes, self);
        return;
      case 'store.readBack':
        void readBack(job, effect.write, self);
        return;
      case 'view.catchUp':
        void catchUp(job, self);
        return;
      case 'request.answer':
        settle(self.id, job, effect.reply);
        return;
      case 'request.settle':
        settle(self.id, job, replyOf(job, effect.outcome, effect.revision));
        return;
      case 'request.giveUp':
        settle(self.id, job, giveUp(job, effect.why));
        return;
      default:
        effect satisfies never;
    }
  }

  function settle(id: string, job: Job, reply: ApiReply): void {
    jobs.delete(id);
    job.answer(reply);
  }

  function admitJob(job: Job, attempt: number, fresh: boolean, nowMs: number): Reported {
    try {
      const outcome = admit(job.request, {
        view: state.view,
        nowMs,
        draw: createDraw(random.uint32()),
        uid: job.uid,
        settings,
      });
      if (outcome.type === 'write') return { type: 'request.admitted', outcome };
      const { reply, stale } = outcome;
      if (!stale) return { type: 'request.answered', reply };
      return { type: 'request.refused', reply, fresh: fresh || attempt > 0 };
    } catch (error) {
      options.onBug?.('the admission of a request threw', error);
      return { type: 'request.answered', reply: internalError(String(error)) };
    }
  }

  async function transact(job: Job, writes: readonly ObjectWrite[], self: Self): Promise<void> {
    const envelope = self.envelope();
    job.sent.add(envelope.id);
    try {
      report(self, eventOf(await state.transact(writes, envelope)));
    } catch (error) {
      options.onBug?.('the store threw', error);
      self.tell({ type: 'store.doubted' });
    }
  }

  /**
   * Our write is there where the stored message is one of ours; a deleted key is taken as deleted
   * by us.
   */
  async function readBack(job: Job, write: ObjectWrite, self: Self): Promise<void> {
    try {
      const found = await state.read(write.key);
      if (found === undefined) {
        const deleted = write.operation === 'delete';
        report(self, deleted ? { type: 'store.found', revision: 0 } : { type: 'store.missing' });
      } else if (found.envelope !== undefined && job.sent.has(found.envelope.id)) {
        report(self, { type: 'store.found', revision: found.revision });
      } else if (found.revision === write.expected) report(self, { type: 'store.missing' });
      else report(self, { type: 'store.conflicted' });
    } catch {
      host.clock.at(host.clock.nowMs() + readBackMs, () => self.tell({ type: 'store.doubted' }));
    }
  }

  async function catchUp(job: Job, self: Self): Promise<void> {
    const lag = await state.catchUp(job.served.storage);
    if (lag === undefined) return self.tell({ type: 'view.caughtUp' });
    const reply =
      lag === 'timeout'
        ? timeout('the apiserver lags behind the store', 1)
        : unavailable('the store cannot be reached');
    report(self, { type: 'view.lagged', reply });
  }

  function begin(request: ApiRequest, served: Served, cause?: Envelope): Promise<ApiReply> {
    count += 1;
    const id = `${count}`;
    return new Promise((answer) => {
      const startedMs = host.clock.nowMs();
      const uid = random.uuid();
      jobs.set(id, { request, served, uid, startedMs, answer, sent: new Set() });
      if (host.start(kind, id, {}, cause)) return;
      jobs.delete(id);
      answer(internalError('the request could not be started'));
    });
  }

  host.register({ name: kind, machine: requestMachine, execute: execute as never, mailboxMax: 8 });

  let cancelSweep: () => void = () => {};
  const sweep = () => {
    const old = host.clock.nowMs() - requestMsMax;
    for (const [id, job] of jobs) {
      if (job.startedMs > old) break;
      host.stop(kind, id);
      settle(id, job, timeout('request did not complete within requested timeout'));
    }
    cancelSweep = host.clock.at(host.clock.nowMs() + sweepMs, sweep);
  };
  sweep();

  return {
    run(request, served, cause) {
      if (jobs.size + lanes.waiting() >= requestsInFlightMax) return Promise.resolve(overloaded());
      const lane = laneOf(request, served, state.view);
      if (lane === undefined) return begin(request, served, cause);
      return lanes.enter(lane, async () => {
        const reply = await begin(request, served, cause);
        // The next one in the lane is to see this one, or it would only meet its guard.
        if (reply.revision !== undefined) await state.replica.waitFor(reply.revision, laneWaitMs);
        return reply;
      });
    },
    inFlight: () => jobs.size,
    close() {
      cancelSweep();
      for (const [id, job] of jobs) {
        host.stop(kind, id);
        settle(id, job, unavailable('apiserver is shutting down'));
      }
    },
  };
}

function report(self: Self, event: Reported): void {
  self.tell(event);
}

/** What the executor reports to a machine; the host adds the time. */
type Reported = Untimed<RequestEvent>;

const readBackMs = 200;

function eventOf(result: WriteResult): Reported {
  if (result.ok) return { type: 'store.written', revision: result.revision };
  switch (result.reason) {
    case 'conflict':
      return { type: 'store.conflicted' };
    case 'unknown':
      return { type: 'store.doubted' };
    case 'tooLarge':
      return refused(tooLarge(`limit is 1048576 bytes: ${result.detail}`));
    default:
      return refused(unavailable(result.detail));
  }
}

function refused(reply: ApiReply): Reported {
  return { type: 'store.refused', reply };
}

/**
 * The answer once everything is stored; the first write of a transaction has the lowest revision.
 */
function replyOf(job: Job, outcome: Outcome & { type: 'write' }, last: number): ApiReply {
  const { answer, writes, warnings } = outcome;
  const written = job.served.isEvent ? {} : { revision: last };
  if (answer.kind === 'reply') return { ...answer.reply, warnings, ...written };
  const revision = Math.max(0, last - writes.length + 1);
  const object = withRevision(answer.object, revision);
  const isStored = object.apiVersion === job.served.storageVersion;
  return {
    code: answer.code,
    object: isStored ? fromStorage(job.served, object) : object,
    warnings,
    ...written,
  };
}

function giveUp({ request, served }: Job, why: 'conflict' | 'unknown'): ApiReply {
  if (why === 'unknown') return timeout('request did not complete within requested timeout');
  const { name = '', generateName = '' } = request.body?.metadata ?? {};
  const generated = request.verb === 'create' && request.name === '' && name === '';
  if (generated) return generateNameConflict(served.named, generateName);
  return conflict(served.named, request.name || name, modifiedMessage);
}
