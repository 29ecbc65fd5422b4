/**
 * The API client over the bus, as a user that NATS has authenticated.
 *
 * A request that surely was not carried out comes back as 503 and is sent again by the client; one
 * whose answer was lost comes back as 504. Never encodes but with the bus's codec.
 */
import type { Bus, Channel } from '../bus/bus.ts';
import { subject } from '../bus/subjects.ts';
import { isRecord } from '../machines/api/json.ts';
import type { ApiReply } from '../machines/api/request.ts';
import { timeout, unavailable } from '../machines/api/status.ts';
import type { AnyObject } from '../machines/api/view.ts';
import {
  type ApiClient,
  type ClientOptions,
  type ClientRequest,
  createApiClient,
  type ObjectPage,
  type Transport,
} from './api-client.ts';
import type { WatchEndReason } from './apiserver/api.ts';
import type { WireEvent, WireListEnd } from './apiserver/nats-endpoint.ts';
import { type ObjectCodec, objectCodec } from './apiserver/object-codec.ts';

/** How long an answer is waited for. */
export const requestTimeoutMs = 35_000;
/** How long nothing may be heard of it: an apiserver that is at work says so every 1.5 s. */
export const requestSilentMs = 5_000;
/** How long opening a list or a watch may take. */
export const openTimeoutMs = 10_000;

export interface BusClientOptions extends ClientOptions {
  readonly bus: Bus;
  readonly cluster: string;
  /** For example `system:node:n1`. */
  readonly user: string;
  /** MessagePack where absent. */
  readonly codec?: Pick<ObjectCodec, 'unpack'>;
}

/** A client of whichever apiserver answers on the bus. */
export function createBusApiClient(options: BusClientOptions): ApiClient {
  return createApiClient(busTransport(options), options);
}

function busTransport(options: BusClientOptions): Transport {
  const { bus, cluster, user, codec = objectCodec } = options;
  const prefix = subject(cluster, 'api', user);
  const to = ({ verb }: ClientRequest) => `${prefix}.${verb}`;
  return {
    async send(request, envelope) {
      const reply = await bus.request(
        to(request),
        request,
        envelope,
        requestTimeoutMs,
        requestSilentMs,
      );
      if (reply.ok) return isReplyBody(reply.body) ? reply.body : malformed();
      if (reply.error === 'timeout') return timeout('no answer came from an apiserver', 1);
      return unavailable(`no apiserver: ${reply.error}`);
    },
    async list(request, envelope) {
      const opened = await bus.open(to(request), request, envelope, openTimeoutMs);
      if (opened.ok) return collect(opened.channel, codec);
      return refusal(opened);
    },
    async watch(request, handlers, envelope) {
      const opened = await bus.open(to(request), request, envelope, openTimeoutMs);
      if (!opened.ok) return refusal(opened);
      const { channel } = opened;
      channel.onMessage = (body) => {
        const [type, bytes, cause] = body as WireEvent;
        handlers.onEvent(type, codec.unpack(bytes), cause);
      };
      channel.onEnd = (end) => {
        handlers.onEnd(end.kind === 'ended' ? (end.body as WatchEndReason) : 'lost');
      };
      return { close: () => channel.end() };
    },
  };
}

function isReplyBody(body: unknown): body is ApiReply {
  return isRecord(body) && typeof body.code === 'number' && isRecord(body.object);
}

function malformed(): ApiReply {
  return timeout('an apiserver answered something else');
}

function refusal(opened: { readonly error: string; readonly body?: unknown }): ApiReply {
  if (opened.error === 'refused' && isReplyBody(opened.body)) return opened.body;
  return unavailable(`no apiserver: ${opened.error}`);
}

/** Gathers the chunks of a list. */
function collect(
  channel: Channel,
  { unpack }: Pick<ObjectCodec, 'unpack'>,
): Promise<ObjectPage | ApiReply> {
  const objects: AnyObject[] = [];
  return new Promise((resolve) => {
    channel.onMessage = (body) => {
      for (const bytes of body as Uint8Array[]) objects.push(unpack(bytes));
    };
    channel.onEnd = (end) => {
      if (end.kind === 'lost') resolve(unavailable(`the list was cut: ${end.reason}`));
      else resolve({ objects, ...(end.body as WireListEnd) });
    };
  });
}
