/**
 * Builds the API of one apiserver process: reads, watches, mutations, tokens and reviews behind one
 * interface.
 *
 * Authorization comes first, for every request; a refusal that may be due to a lagging view is
 * looked at again once the view has caught up. Holds no objects but its state's.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { Store } from '../../bus/store/store.ts';
import { checkTarget, decodeRequest } from '../../machines/api/admit.ts';
import {
  authorize,
  authorizeRequest,
  denied,
  nodeNameOf,
} from '../../machines/api/authorization.ts';
import { isRefusal, watchOptions } from '../../machines/api/list-options.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import { writeOptions } from '../../machines/api/request-options.ts';
import { findServed, type Served } from '../../machines/api/resources.ts';
import {
  internalError,
  noSuchResource,
  overloaded,
  unavailable,
} from '../../machines/api/status.ts';
import type { Host } from '../host.ts';
import {
  type Api,
  type ApiEntry,
  type ApiSettings,
  isReply,
  type ListReply,
  type Random,
  type TokenSigner,
  type WatchHandle,
  type WatchSink,
} from './api.ts';
import { bootstrap, repairAllocations } from './bootstrap.ts';
import { deleteCollection } from './delete-collection.ts';
import { awaitFresh, getOne, listPage } from './reads.ts';
import { createRequests } from './requests.ts';
import { type ApiState, createApiState } from './state.ts';
import { createTokens } from './tokens.ts';
import { createWatchHub, watchesMax } from './watch-hub.ts';

export interface ApiOptions {
  readonly host: Host;
  readonly store: Store;
  readonly eventsStore: Store;
  readonly random: Random;
  readonly signer: TokenSigner;
  readonly settings: ApiSettings;
  /** Told of what is a bug; the request is answered 500. */
  readonly onBug?: (message: string, error: unknown) => void;
}

/** The API and the state it stands on, for readers in the same process. */
export interface RunningApi extends Api {
  readonly state: ApiState;
}

/**
 * Where a watch without timeoutSeconds ends: between one and two times this (kube-apiserver: 1,800
 * s).
 */
const watchSecondsMin = 1_800;
const shuttingDown = 'apiserver is shutting down';

/** Reads all that is stored, then serves; `whenReady` follows once the bootstrap objects exist. */
export async function createApi(options: ApiOptions): Promise<RunningApi> {
  const { host, random, settings } = options;
  const { clock } = host;
  const state = await createApiState(options.store, options.eventsStore, clock);
  const hub = createWatchHub(state, clock);
  const requests = createRequests({
    host,
    state,
    random,
    settings,
    ...(options.onBug === undefined ? {} : { onBug: options.onBug }),
  });
  const tokens = createTokens({ state, clock, random, settings, signer: options.signer });
  let ready = false;
  let closed = false;

  /** Unknown resource, wrong verb, shut down, or not allowed; the served resource otherwise. */
  async function enter(request: ApiRequest): Promise<Served | ApiReply> {
    if (closed) return unavailable(shuttingDown);
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

  async function handle(request: ApiRequest, cause?: Envelope): Promise<ApiReply> {
    const served = await enter(request);
    if (isRefusal(served)) return served;
    if (request.verb === 'get') {
      const found = await getOne(state, served, request);
      return isReply(found) ? found : { code: 200, object: found.object, warnings: [] };
    }
    if (request.verb === 'deletecollection') {
      return deleteCollection(state, requests, served, request, cause);
    }
    const isToken = request.subresource === 'token';
    if (isToken || request.resource === 'tokenreviews') {
      const options = writeOptions(request);
      if (isRefusal(options)) return options;
      const decoded = decodeRequest(request, served, options);
      if (isRefusal(decoded)) return decoded;
      return isToken ? tokens.issue(decoded.request) : tokens.review(decoded.request);
    }
    return requests.run(request, served, cause);
  }

  async function list(request: ApiRequest): Promise<ListReply | ApiReply> {
    const served = await enter(request);
    return isRefusal(served) ? served : listPage(state, served, request);
  }

  async function getEntry(request: ApiRequest): Promise<ApiEntry | ApiReply> {
    const served = await enter(request);
    return isRefusal(served) ? served : getOne(state, served, request);
  }

  async function watch(request: ApiRequest, sink: WatchSink): Promise<WatchHandle | ApiReply> {
    const served = await enter(request);
    if (isRefusal(served)) return served;
    const watching = watchOptions(request, served);
    if (isRefusal(watching)) return watching;
    if (hub.count() >= watchesMax) return overloaded();
    const wrong = await watchFreshness(served, watching.from, watching.initialEvents, request);
    if (wrong !== undefined) return wrong;
    if (closed) return unavailable(shuttingDown);
    const seconds = watching.timeoutSeconds ?? watchSecondsMin * (1 + random.uint32() / 2 ** 32);
    return hub.open({ served, options: watching, timeoutMs: seconds * 1000, sink });
  }

  /**
   * A watch without a revision starts from what is committed now; one with a revision waits to
   * reach it.
   */
  function watchFreshness(
    served: Served,
    from: number | undefined,
    initial: boolean,
    request: ApiRequest,
  ): Promise<ApiReply | undefined> {
    const anything = request.query.resourceVersion === '0' && initial;
    if (anything) return Promise.resolve(undefined);
    if (from === undefined) return awaitFresh(state, served.storage, { kind: 'linearizable' });
    return awaitFresh(state, served.storage, { kind: 'notOlderThan', revision: from });
  }

  const guarded =
    <A extends unknown[], R>(run: (...args: A) => Promise<R | ApiReply>) =>
    async (...args: A): Promise<R | ApiReply> => {
      try {
        return await run(...args);
      } catch (error) {
        options.onBug?.('a request threw', error);
        return internalError(String(error));
      }
    };

  const safeHandle = guarded(handle) as Api['handle'];
  const whenReady = repairAllocations(state.view, clock.nowMs(), (writes) =>
    state.transact(writes, host.envelope('apiserver')),
  )
    .then(() => bootstrap((request) => safeHandle(request), settings))
    .then(() => {
      ready = true;
    });
  whenReady.catch(() => {});

  return {
    state,
    handle: safeHandle,
    getEntry: guarded(getEntry),
    list: guarded(list),
    watch: guarded(watch),
    authorize: (request) => {
      const served = findServed(request.group, request.version, request.resource);
      return served === undefined ? noSuchResource() : authorizeRequest(request, state.view);
    },
    authorizePath(user, verb, path) {
      const access = { ...noResource, user, verb, path };
      const decision = authorize(access, state.view);
      return decision.allowed ? undefined : denied(access, decision.reason);
    },
    authenticateToken: tokens.authenticate,
    ready: () => ready && !closed,
    whenReady,
    revision: () => state.replica.revision,
    view: () => state.view,
    close() {
      closed = true;
      hub.close();
      requests.close();
      state.close();
    },
  };
}

const noResource = { group: '', resource: '', subresource: '', namespace: '', name: '' };
