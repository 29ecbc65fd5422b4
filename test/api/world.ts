/**
 * A small apiserver for tests: the whole request path over memory stores, with a seeded source of
 * randomness and a virtual bus. Time is the machine's; nothing sleeps.
 */

import {
  type ApiEntry,
  type ApiSettings,
  defaultApiSettings,
  isReply,
  type TokenSigner,
  type WatchEndReason,
  type WatchType,
} from '../../actors/apiserver/api.ts';
import type { RunningApi } from '../../actors/apiserver/create-api.ts';
import { createApi } from '../../actors/apiserver/create-api.ts';
import { createClock } from '../../actors/clock.ts';
import { createHost, type Host } from '../../actors/host.ts';
import { systemClock } from '../../bus/clock.ts';
import { createIds } from '../../bus/ids.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import type { Store } from '../../bus/store/store.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import type { ApiReply, ApiRequest, UserInfo, Verb } from '../../machines/api/request.ts';
import type { Status } from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';

/** A seeded source of unsigned 32 bit integers. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

export const admin: UserInfo = {
  name: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
};

/** Tokens as readable text, good for tests alone. */
const readableSigner: TokenSigner = {
  sign: async (claims) => `token:${JSON.stringify(claims)}`,
  async verify(token, nowSeconds) {
    if (!token.startsWith('token:')) return undefined;
    const claims = JSON.parse(token.slice('token:'.length)) as Record<string, unknown>;
    return Number(claims.exp) > nowSeconds ? claims : undefined;
  },
};

/** What to ask: `POST pods in default`, in short. */
export interface Ask {
  readonly verb: Verb;
  /** `v1/pods`, `apps/v1/deployments/scale`. */
  readonly path: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly patch?: ApiRequest['patch'];
  readonly user?: UserInfo;
  readonly findings?: ApiRequest['findings'];
}

/** The request of an ask. */
export function requestOf(ask: Ask): ApiRequest {
  const parts = ask.path.split('/');
  const core = /^v\d/.test(parts[0] ?? '');
  const [group, version, resource, subresource = ''] = core ? ['', ...parts] : parts;
  return {
    verb: ask.verb,
    group: group ?? '',
    version: version ?? '',
    resource: resource ?? '',
    subresource,
    namespace: ask.namespace ?? '',
    name: ask.name ?? '',
    query: ask.query ?? {},
    ...(ask.body === undefined ? {} : { body: structuredClone(ask.body) as AnyObject }),
    ...(ask.patch === undefined ? {} : { patch: ask.patch }),
    ...(ask.findings === undefined ? {} : { findings: ask.findings }),
    user: ask.user ?? admin,
    userAgent: 'test',
  };
}

/** One event as a watch told it. */
export interface Seen {
  readonly type: WatchType;
  readonly object: AnyObject;
}

export interface Watched {
  readonly seen: Seen[];
  readonly ended: WatchEndReason[];
  /** How many events the sink takes before it says that it is full. */
  room: number;
  drained(): void;
  close(): void;
}

export interface ApiWorld {
  readonly api: RunningApi;
  readonly host: Host;
  readonly store: Store;
  readonly bugs: unknown[];
  ask(ask: Ask): Promise<ApiReply>;
  /** The object of a successful answer; throws with the message of a refusal. */
  make(ask: Ask): Promise<AnyObject>;
  watch(ask: Omit<Ask, 'verb'>, room?: number): Promise<Watched | ApiReply>;
  until(what: string, holds: () => boolean, timeoutMs?: number): Promise<void>;
  close(): void;
}

/** Builds an apiserver; close it at the end. */
export async function createApiWorld(
  settings: Partial<ApiSettings> = {},
  given: { readonly store?: Store } = {},
): Promise<ApiWorld> {
  const store = given.store ?? createMemoryStore({ clock: systemClock });
  const eventsStore = createMemoryStore({ clock: systemClock });
  const draw = seeded(7);
  const bugs: unknown[] = [];
  const host = createHost({
    clock: createClock(),
    bus: createVirtualBus(),
    ids: createIds(seeded(1)),
    onCrash: (_, error) => bugs.push(error),
  });
  const api = await createApi({
    host,
    store,
    eventsStore,
    random: { uint32: draw, uuid: () => crypto.randomUUID() },
    signer: readableSigner,
    settings: { ...defaultApiSettings, ...settings },
    onBug: (_, error) => bugs.push(error),
  });
  await api.whenReady;

  const until: ApiWorld['until'] = async (what, holds, timeoutMs = 5_000) => {
    const deadline = Date.now() + timeoutMs;
    while (!holds()) {
      if (bugs.length > 0) throw bugs[0];
      if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  const ask: ApiWorld['ask'] = (one) => api.handle(requestOf(one));
  return {
    api,
    host,
    store,
    bugs,
    ask,
    async make(one) {
      const reply = await ask(one);
      if (reply.code >= 400) throw new Error((reply.object as Status).message);
      return reply.object;
    },
    async watch(one, room = Number.POSITIVE_INFINITY) {
      const seen: Seen[] = [];
      const ended: WatchEndReason[] = [];
      const watched: Watched = { seen, ended, room, drained: () => {}, close: () => {} };
      const handle = await api.watch(requestOf({ ...one, verb: 'watch' }), {
        event(type: WatchType, entry: ApiEntry) {
          seen.push({ type, object: entry.object });
          return seen.length < watched.room;
        },
        end: (reason) => void ended.push(reason),
      });
      if (isReply(handle)) return handle;
      watched.drained = () => handle.drained();
      watched.close = () => handle.close();
      handle.start();
      return watched;
    },
    until,
    close() {
      api.close();
      host.close();
    },
  };
}

/** The Status of a refusal, in short: `409 Conflict: message`. */
export function short(reply: ApiReply): string {
  const { reason = '', message = '' } = reply.object as Status;
  return `${reply.code} ${reason}: ${message}`;
}

/** A pod that runs one container. */
export function podOf(name: string, more: Record<string, unknown> = {}): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'echo' }] },
    ...more,
  };
}
