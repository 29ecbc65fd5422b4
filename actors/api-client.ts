/**
 * The API as components of the cluster use it: changes, reads and watches as one user, over the bus
 * or inside the apiserver's own process, with the same behaviour.
 *
 * Expected failures are values. What surely was not carried out is sent again, with back-off and a
 * bound; a watch resumes by itself where it ended. Decides nothing about objects.
 */
import type { Envelope } from '../bus/envelope.ts';
import type { Change, ChangeResult } from '../machines/api/change.ts';
import type { ApiReply, ApiRequest, Fence } from '../machines/api/request.ts';
import { messageOf, reasonOf } from '../machines/api/status.ts';
import { requestTarget } from '../machines/api/storage-name.ts';
import type { AnyObject } from '../machines/api/view.ts';
import type { WatchEndReason, WatchType } from './apiserver/api.ts';
import type { Clock } from './clock.ts';
import { type Closeable, reflect, type WatchHandlers } from './reflector.ts';

export type { Closeable, WatchHandlers } from './reflector.ts';

/** A request before a user is known. */
export type ClientRequest = Omit<ApiRequest, 'user'>;

/** One page of objects. */
export interface ObjectPage {
  readonly objects: readonly AnyObject[];
  readonly revision: number;
  readonly continueToken: string;
}

/** How a watch that could be opened is told of events. */
export interface TransportWatch {
  onEvent(type: WatchType, object: AnyObject, cause: Envelope | undefined): void;
  onEnd(reason: WatchEndReason | 'lost'): void;
}

/** The way to an apiserver. A reply with code 503 means that nothing was carried out. */
export interface Transport {
  send(request: ClientRequest, envelope: Envelope): Promise<ApiReply>;
  list(request: ClientRequest, envelope: Envelope): Promise<ObjectPage | ApiReply>;
  watch(
    request: ClientRequest,
    handlers: TransportWatch,
    envelope: Envelope,
  ): Promise<Closeable | ApiReply>;
}

export type GetResult =
  | { readonly ok: true; readonly object: AnyObject }
  | Extract<ChangeResult, { ok: false }>;

export type ListResult =
  | { readonly ok: true; readonly objects: readonly AnyObject[]; readonly revision: number }
  | Extract<ChangeResult, { ok: false }>;

/** What to list or watch. */
export interface SelectOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** The API as one user. Resources are named as in the store: `core/pods`. */
export interface ApiClient {
  /** Makes a change; under a fence it is refused once the fence's lease is held by another. */
  change(change: Change, envelope: Envelope, fence?: Fence): Promise<ChangeResult>;
  get(resource: string, namespace: string, name: string, envelope?: Envelope): Promise<GetResult>;
  list(resource: string, select?: SelectOptions, envelope?: Envelope): Promise<ListResult>;
  /** Follows the selected objects until closed; resumes and lists anew by itself. */
  watch(resource: string, select: SelectOptions, handlers: WatchHandlers): Closeable;
  /** Any other request (subresources, reviews), with the same retries. */
  request(request: ClientRequest, envelope?: Envelope): Promise<ApiReply>;
}

export interface ClientOptions {
  readonly clock: Clock;
  /** Name in requests: `kubelet`, `kube-scheduler`. */
  readonly userAgent: string;
  /** Makes the envelope of a message that nothing else caused. */
  readonly envelope: () => Envelope;
}

/** Times a request is sent where it surely was not carried out. */
export const sendsMax = 8;
const backOffMsFirst = 50;
const backOffMsMax = 2_000;
/** Objects of one page of a list. */
const pageMax = 5_000;

/** Builds a client on a way to an apiserver. */
export function createApiClient(transport: Transport, options: ClientOptions): ApiClient {
  const { clock, userAgent } = options;

  async function request(one: ClientRequest, envelope = options.envelope()): Promise<ApiReply> {
    for (let sent = 1; ; sent += 1) {
      const reply = await transport.send(one, envelope);
      if ((reply.code !== 503 && reply.code !== 429) || sent === sendsMax) return reply;
      if (reply.code === 429 && reasonOf(reply) !== 'TooManyRequests') return reply;
      if (reply.code === 429 && one.subresource === 'eviction') return reply;
      await pause(clock, Math.min(backOffMsMax, backOffMsFirst * 2 ** sent));
    }
  }

  async function change(one: Change, envelope: Envelope, fence?: Fence): Promise<ChangeResult> {
    if (one.type === 'record') return { ok: true, object: undefined, revision: 0 };
    const plain = requestOfChange(one, userAgent);
    const reply = await request(fence === undefined ? plain : { ...plain, fence }, envelope);
    if (reply.code >= 400) return failed(reply);
    const object = reply.object.kind === 'Status' ? undefined : reply.object;
    return { ok: true, object, revision: reply.revision ?? 0 };
  }

  async function list(
    resource: string,
    select: SelectOptions = {},
    envelope = options.envelope(),
  ): Promise<ListResult> {
    const objects: AnyObject[] = [];
    const query: Record<string, string> = { ...selectQuery(select), limit: String(pageMax) };
    for (;;) {
      const page = await transport.list(
        { ...target(resource, select, userAgent), verb: 'list', query },
        envelope,
      );
      if ('code' in page) return failed(page);
      for (const object of page.objects) objects.push(object);
      if (page.continueToken === '') return { ok: true, objects, revision: page.revision };
      query.continue = page.continueToken;
    }
  }

  return {
    request,
    change,
    list,
    async get(resource, namespace, name, envelope) {
      const one = target(resource, { namespace, name }, userAgent);
      const reply = await request({ ...one, verb: 'get' }, envelope);
      return reply.code >= 400 ? failed(reply) : { ok: true, object: reply.object };
    },
    watch(resource, select, handlers) {
      const one = target(resource, select, userAgent);
      return reflect({
        clock,
        handlers,
        open: (query, sink) =>
          transport.watch(
            { ...one, verb: 'watch', query: { ...selectQuery(select), ...query } },
            sink,
            options.envelope(),
          ),
      });
    },
  };
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.at(clock.nowMs() + ms, resolve);
  });
}

function failed(reply: ApiReply): Extract<ChangeResult, { ok: false }> {
  return { ok: false, code: reply.code, reason: reasonOf(reply), message: messageOf(reply) };
}

function selectQuery({ labelSelector, fieldSelector }: SelectOptions): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** A request about a resource of the store. */
function target(
  resource: string,
  { namespace = '', name = '' }: SelectOptions,
  userAgent: string,
): Omit<ClientRequest, 'verb'> {
  return {
    ...requestTarget(resource),
    subresource: '',
    namespace,
    name,
    query: {},
    userAgent,
  };
}

/** The request that makes a change. */
export function requestOfChange(
  change: Exclude<Change, { type: 'record' }>,
  userAgent: string,
): ClientRequest {
  const at =
    change.type === 'create'
      ? { resource: change.resource, namespace: change.namespace, name: change.name ?? '' }
      : change.key;
  const base = target(at.resource, at, userAgent);
  const subresource = 'subresource' in change ? (change.subresource ?? '') : '';
  switch (change.type) {
    case 'create':
      return { ...base, verb: 'create', subresource, body: change.object };
    case 'update':
      return { ...base, verb: 'update', subresource, body: change.object };
    case 'patch': {
      const patch = { type: change.strategy, body: change.patch };
      return { ...base, verb: 'patch', subresource, patch };
    }
    default:
      return { ...base, verb: 'delete', body: deleteBody(change) };
  }
}

function deleteBody(change: Extract<Change, { type: 'delete' }>): AnyObject {
  const { uid, resourceVersion, graceSeconds, propagation } = change;
  const guarded = uid !== undefined || resourceVersion !== undefined;
  return {
    ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(guarded
      ? {
          preconditions: {
            ...(uid === undefined ? {} : { uid }),
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
          },
        }
      : {}),
  };
}
