/**
 * The API client inside the apiserver's own process: the same interface as over the bus, without
 * encoding.
 *
 * Objects it hands out are the apiserver's own, shared and immutable.
 */
import type { UserInfo } from '../machines/api/request.ts';
import {
  type ApiClient,
  type ClientOptions,
  createApiClient,
  type Transport,
} from './api-client.ts';
import { type Api, isReply } from './apiserver/api.ts';
import { userOfName } from './apiserver/bus-user.ts';

/** A client of this process's API as a user (by name: groups follow from it). */
export function createLocalApiClient(
  api: Api,
  user: UserInfo | string,
  options: ClientOptions,
): ApiClient {
  return createApiClient(localTransport(api, user), options);
}

function localTransport(api: Api, given: UserInfo | string): Transport {
  const user = typeof given === 'string' ? userOfName(given) : given;
  return {
    send: (request, envelope) => api.handle({ ...request, user }, envelope),
    async list(request) {
      const page = await api.list({ ...request, user });
      if (isReply(page)) return page;
      const { revision, continueToken, entries } = page;
      return { objects: entries.map((entry) => entry.object), revision, continueToken };
    },
    async watch(request, handlers) {
      const handle = await api.watch(
        { ...request, user },
        {
          event(type, entry) {
            handlers.onEvent(type, entry.object, entry.envelope);
            return true;
          },
          end: (reason) => handlers.onEnd(reason),
        },
      );
      if (isReply(handle)) return handle;
      handle.start();
      return handle;
    },
  };
}
