/**
 * Builds the API of one apiserver process: reads, watches, mutations, tokens and reviews behind one
 * interface.
 *
 * Holds no objects but its state's. What a request throws is a bug and becomes a 500.
 */
import type { Store } from '../../bus/store/store.ts';
import type { CheckScenario } from '../../machines/api/admission/chaos.ts';
import { authorize, authorizeRequest, denied } from '../../machines/api/authorization.ts';
import type { ApiReply } from '../../machines/api/request.ts';
import { findServed } from '../../machines/api/resources.ts';
import { internalError, noSuchResource } from '../../machines/api/status.ts';
import type { View } from '../../machines/api/view.ts';
import type { Host } from '../host.ts';
import type { Api, ApiSettings, Random, TokenSigner } from './api.ts';
import { bootstrap, repairAllocations } from './bootstrap.ts';
import type { ObjectCodec } from './object-codec.ts';
import { createRequests } from './requests.ts';
import { getEntry, handle, list, type Serving, watch } from './serving.ts';
import { type ApiState, createApiState } from './state.ts';
import { createTokens } from './tokens.ts';
import { createWatchHub } from './watch-hub.ts';

export interface ApiOptions {
  readonly host: Host;
  readonly store: Store;
  readonly eventsStore: Store;
  readonly random: Random;
  readonly signer: TokenSigner;
  readonly settings: ApiSettings;
  /** MessagePack where absent. */
  readonly codec?: ObjectCodec;
  /** Told of what is a bug; the request is answered 500. */
  readonly onBug?: (message: string, error: unknown) => void;
}

/** The API and the state it stands on, for readers in the same process. */
export interface RunningApi extends Api {
  readonly state: ApiState;
}

/** Reads all that is stored, then serves; `whenReady` follows once the bootstrap objects exist. */
export async function createApi(options: ApiOptions): Promise<RunningApi> {
  const { host, random, settings, signer, onBug } = options;
  const { clock } = host;
  const state = await createApiState(options.store, options.eventsStore, clock, options.codec);
  const hub = createWatchHub(state, clock);
  const bugs = onBug === undefined ? {} : { onBug };
  const checkScenario = settings.chaos ? await loadScenarioCheck() : undefined;
  const requests = createRequests({ host, state, random, settings, checkScenario, ...bugs });
  const tokens = createTokens({ state, clock, random, settings, signer });
  let ready = false;
  let closed = false;
  const serving: Serving = { state, hub, requests, tokens, random, isClosed: () => closed };

  const guarded =
    <A extends unknown[], R>(run: (serving: Serving, ...args: A) => Promise<R | ApiReply>) =>
    async (...args: A): Promise<R | ApiReply> => {
      try {
        return await run(serving, ...args);
      } catch (error) {
        onBug?.('a request threw', error);
        return internalError(String(error));
      }
    };

  const safeHandle = guarded(handle) as Api['handle'];
  const whenReady = prepare(state, safeHandle, options).then(() => {
    ready = true;
  });
  whenReady.catch(() => {});

  return {
    state,
    handle: safeHandle,
    getEntry: guarded(getEntry),
    list: guarded(list),
    watch: guarded(watch),
    ...authorizer(state.view),
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

/** The parser of scenarios, which is loaded by clusters that may be broken alone. */
async function loadScenarioCheck(): Promise<CheckScenario> {
  const { parseScenarioObject } = await import('../../machines/chaos/parse-scenario.ts');
  return (scenario, path) => {
    const parsed = parseScenarioObject(scenario, path);
    return parsed.ok ? [] : parsed.errors;
  };
}

/** Mends what a crash left of allocations, and makes the objects that every cluster has. */
async function prepare(state: ApiState, run: Api['handle'], options: ApiOptions): Promise<void> {
  const { host, settings } = options;
  await repairAllocations(state.view, host.clock.nowMs(), (writes) =>
    state.transact(writes, host.envelope('apiserver')),
  );
  await bootstrap((request) => run(request), settings);
}

function authorizer(view: View): Pick<Api, 'authorize' | 'authorizePath'> {
  return {
    authorize(request) {
      const served = findServed(request.group, request.version, request.resource);
      return served === undefined ? noSuchResource() : authorizeRequest(request, view);
    },
    authorizePath(user, verb, path) {
      const access = { ...noResource, user, verb, path };
      const decision = authorize(access, view);
      return decision.allowed ? undefined : denied(access, decision.reason);
    },
  };
}

const noResource = { group: '', resource: '', subresource: '', namespace: '', name: '' };
