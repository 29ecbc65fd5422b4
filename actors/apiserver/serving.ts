/**
 * The ways of a request through the API: who may enter, what reads and watches answer, and what is
 * handed on to mutations and tokens.
 *
 * Authorization comes first, for every request; a refusal that may be due to a lagging view is
 * looked at again once the view has caught up. Holds nothing.
 */
import type { Envelope } from '../../bus/envelope.ts';
import { checkTarget, decodeRequest } from '../../machines/api/admit.ts';
import { authorizeRequest, nodeNameOf } from '../../machines/api/authorization.ts';
import { isRefusal, type WatchOptions, watchOptions } from '../../machines/api/list-options.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import { writeOptions } from '../../machines/api/request-options.ts';
import { findServed, type Served } from '../../machines/api/resources.ts';
import { noSuchResource, overloaded, unavailable } from '../../machines/api/status.ts';
import {
  type ApiEntry,
  isReply,
  type ListReply,
  type Random,
  type WatchHandle,
  type WatchSink,
} from './api.ts';
import { deleteCollection } from './delete-collection.ts';
import { awaitFresh, getOne, listPage } from './reads.ts';
import type { Requests } from './requests.ts';
import type { ApiState } from './state.ts';
import type { Tokens } from './tokens.ts';
import { type WatchHub, watchesMax } from './watch-hub.ts';

/**
 * Where a watch without timeoutSeconds ends: between one and two times this (kube-apiserver: 1,800
 * s).
 */
const watchSecondsMin = 1_800;
const shuttingDown = 'apiserver is shutting down';

/** What requests are served with. */
export interface Serving {
  readonly state: ApiState;
  readonly hub: WatchHub;
  readonly requests: Requests;
  readonly tokens: Tokens;
  readonly random: Random;
  readonly isClosed: () => boolean;
}

/** Unknown resource, wrong verb, shut down, or not allowed; the served resource otherwise. */
async function enter(
  { state, isClosed }: Serving,
  request: ApiRequest,
): Promise<Served | ApiReply> {
  if (isClosed()) return unavailable(shuttingDown);
  const served = findServed(request.group, request.version, request.resource);
  if (served === undefined) return noSuchResource();
  const refusal = authorizeRequest(request, state.view);
  if (refusal !== undefined) {
    if (nodeNameOf(request.user) === undefined) return refusal;
    // What relates a node to an object may have been written a moment ago.
    await state.catchUp('core/pods');
    const still = authorizeRequest(request, state.view);
    if (still !== undefined) return still;
  }
  return checkTarget(request, served) ?? served;
}

/** Carries out everything that is answered with one object. */
export async function handle(
  serving: Serving,
  request: ApiRequest,
  cause?: Envelope,
  isAwaited?: () => boolean,
): Promise<ApiReply> {
  const served = await enter(serving, request);
  if (isRefusal(served)) return served;
  const { state, requests } = serving;
  if (request.verb === 'get') {
    const found = await getOne(state, served, request);
    return isReply(found) ? found : { code: 200, object: found.object, warnings: [] };
  }
  if (request.verb === 'deletecollection') {
    return deleteCollection(state, requests, served, request, cause);
  }
  if (request.subresource === 'token' || request.resource === 'tokenreviews') {
    return handleToken(serving, request, served);
  }
  return requests.run(request, served, cause, isAwaited);
}

function handleToken(
  { tokens }: Serving,
  request: ApiRequest,
  served: Served,
): ApiReply | Promise<ApiReply> {
  const options = writeOptions(request);
  if (isRefusal(options)) return options;
  const decoded = decodeRequest(request, served, options);
  if (isRefusal(decoded)) return decoded;
  return request.subresource === 'token'
    ? tokens.issue(decoded.request)
    : tokens.review(decoded.request);
}

/** A page of a list. */
export async function list(serving: Serving, request: ApiRequest): Promise<ListReply | ApiReply> {
  const served = await enter(serving, request);
  return isRefusal(served) ? served : listPage(serving.state, served, request);
}

/** One object with its kept encodings. */
export async function getEntry(
  serving: Serving,
  request: ApiRequest,
): Promise<ApiEntry | ApiReply> {
  const served = await enter(serving, request);
  return isRefusal(served) ? served : getOne(serving.state, served, request);
}

/** Opens a watch. */
export async function watch(
  serving: Serving,
  request: ApiRequest,
  sink: WatchSink,
): Promise<WatchHandle | ApiReply> {
  const served = await enter(serving, request);
  if (isRefusal(served)) return served;
  const options = watchOptions(request, served);
  if (isRefusal(options)) return options;
  const { state, hub, random, isClosed } = serving;
  if (hub.count() >= watchesMax) return overloaded();
  const wrong = await watchFreshness(state, served, options, request);
  if (wrong !== undefined) return wrong;
  if (isClosed()) return unavailable(shuttingDown);
  const seconds = options.timeoutSeconds ?? watchSecondsMin * (1 + random.uint32() / 2 ** 32);
  return hub.open({ served, options, timeoutMs: seconds * 1000, sink });
}

/**
 * A watch without a revision starts from what is committed now; one that begins with the present
 * state waits until that is not older than its revision; any other opens at once, as in Kubernetes:
 * from a revision that is yet to come it is silent until then.
 */
function watchFreshness(
  state: ApiState,
  served: Served,
  { from, initialEvents }: WatchOptions,
  request: ApiRequest,
): Promise<ApiReply | undefined> {
  const anything = request.query.resourceVersion === '0' && initialEvents;
  if (anything) return Promise.resolve(undefined);
  if (from === undefined) return awaitFresh(state, served.storage, { kind: 'linearizable' });
  if (!initialEvents) return Promise.resolve(undefined);
  return awaitFresh(state, served.storage, { kind: 'notOlderThan', revision: from });
}
