/**
 * The API on the bus: requests and watches on `<cluster>.api.<user>.<verb>`, shared by all
 * apiservers in a queue group. The server's permissions decide who may publish as whom.
 *
 * Lists and watches stream in chunks of encoded objects, encoded once for all who ask. Bodies are
 * checked for their shape here and for their meaning behind it; garbage is answered, never thrown.
 */
import type { Bus, Channel, Message, Opening, Subscription } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { escapeToken, subjectTokens } from '../../bus/subjects.ts';
import { isRecord } from '../../machines/api/json.ts';
import type { ApiReply, ApiRequest, Fence, Verb } from '../../machines/api/request.ts';
import { badRequest } from '../../machines/api/status.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type Api, type ApiEntry, isReply, type WatchHandle, type WatchType } from './api.ts';
import { userOfName } from './bus-user.ts';
import { type ObjectCodec, objectCodec } from './object-codec.ts';
import { type Once, rememberRequests } from './repeated-requests.ts';

/** Queue group of all apiservers. */
export const apiQueue = 'apiserver';
/** Objects in one message of a list. */
export const listChunkMax = 200;
/** Bytes after which a message of a list is sent, though it has fewer objects. */
export const listChunkBytesMax = 512 * 1024;

const encoding = 'msgpack';
const answered: readonly Verb[] = [
  'get',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
];

/** One event of a watch on the wire: type, encoded object, and the message it was written with. */
export type WireEvent = readonly [type: WatchType, object: Uint8Array, cause?: Envelope];
/** Last message of a list. */
export interface WireListEnd {
  readonly revision: number;
  readonly continueToken: string;
}

/** Serves the API to users of the bus until closed; `codec` is MessagePack where absent. */
export function serveOnBus(
  api: Api,
  bus: Bus,
  cluster: string,
  envelope: (cause: Envelope) => Envelope,
  codec: Pick<ObjectCodec, 'pack'> = objectCodec,
): Subscription {
  const bytesOf = (entry: ApiEntry): Uint8Array => packed(entry, codec);
  const options = { queue: apiQueue };
  const prefix = `${escapeToken(cluster)}.api.*`;
  const once = rememberRequests();
  const subscriptions = answered.map((verb) =>
    bus.subscribe(
      `${prefix}.${verb}`,
      (message, respond) => {
        void answer(api, message, verb, once).then((reply) => {
          respond(reply, envelope(message.envelope));
        });
      },
      { ...options, assures: true },
    ),
  );
  subscriptions.push(
    bus.serve(`${prefix}.list`, (opening) => void list(api, opening, bytesOf), options),
  );
  subscriptions.push(
    bus.serve(`${prefix}.watch`, (opening) => void watch(api, opening, bytesOf), options),
  );
  return {
    close() {
      for (const subscription of subscriptions) subscription.close();
    },
  };
}

async function answer(api: Api, message: Message, verb: Verb, once: Once): Promise<ApiReply> {
  const request = parseRequest(message, verb);
  if ('code' in request) return request;
  const carryOut = () => api.handle(request, message.envelope, message.isAwaited);
  // The subject says who asks: nobody is given what was answered to another.
  return verb === 'get' ? carryOut() : once(`${message.subject} ${message.envelope.id}`, carryOut);
}

const textFields = ['group', 'version', 'resource', 'subresource', 'namespace', 'name'] as const;
type Texts = { readonly [field in (typeof textFields)[number]]?: string | null };

/** The request in a message; its user is the one in the subject, whatever the body says. */
export function parseRequest(message: Message, verb: Verb): ApiRequest | ApiReply {
  const user = userOfName(subjectTokens(message.subject)[2] ?? '');
  const { body } = message;
  if (!isRecord(body)) return badRequest('the request is malformed: not a record');
  for (const field of textFields) {
    if (typeof (body[field] ?? '') !== 'string') {
      return badRequest(`the request is malformed: ${field}`);
    }
  }
  const { group, version, resource, subresource, namespace, name } = body as Texts;
  const query = isRecord(body.query) ? body.query : {};
  for (const field in query) {
    if (typeof query[field] !== 'string') return badRequest('the request is malformed: query');
  }
  const { patch } = body;
  if (patch !== undefined && !isPatch(patch)) return badRequest('the request is malformed: patch');
  const { fence } = body;
  if (fence !== undefined && !isFence(fence)) return badRequest('the request is malformed: fence');
  return {
    verb,
    group: group ?? '',
    version: version ?? '',
    resource: resource ?? '',
    subresource: subresource ?? '',
    namespace: namespace ?? '',
    name: name ?? '',
    query: query as Record<string, string>,
    ...(body.body === undefined ? {} : { body: body.body as AnyObject }),
    ...(patch === undefined ? {} : { patch: patch as NonNullable<ApiRequest['patch']> }),
    user,
    userAgent: typeof body.userAgent === 'string' ? body.userAgent : '',
    ...(fence === undefined ? {} : { fence }),
  };
}

/** Anybody may send one: a fence takes rights away and gives none. */
function isFence(value: unknown): value is Fence {
  if (!isRecord(value) || typeof value.token !== 'number') return false;
  const { lease, holder, acquireTime } = value;
  return [lease, holder, acquireTime].every((text) => typeof text === 'string' && text !== '');
}

function isPatch(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return ['json', 'merge', 'strategic', 'apply'].includes(String(value.type));
}

type BytesOf = (entry: ApiEntry) => Uint8Array;

/** The object's bytes on the bus, made once for all lists and watches. */
function packed(entry: ApiEntry, codec: Pick<ObjectCodec, 'pack'>): Uint8Array {
  let bytes = entry.encodings.get(encoding);
  if (bytes === undefined) {
    bytes = codec.pack(entry.object);
    entry.encodings.set(encoding, bytes);
  }
  return bytes;
}

async function list(api: Api, opening: Opening, bytesOf: BytesOf): Promise<void> {
  const request = parseRequest(opening, 'list');
  if ('code' in request) return opening.refuse(request);
  const page = await api.list(request);
  if (isReply(page)) return opening.refuse(page);
  const channel = opening.accept();
  const { entries, revision, continueToken } = page;
  let next = 0;
  const send = () => {
    while (next < entries.length) {
      const chunk: Uint8Array[] = [];
      let bytes = 0;
      while (next < entries.length && chunk.length < listChunkMax && bytes < listChunkBytesMax) {
        const encoded = bytesOf(entries[next] as ApiEntry);
        chunk.push(encoded);
        bytes += encoded.length;
        next += 1;
      }
      if (!channel.send(chunk)) return;
    }
    const end: WireListEnd = { revision, continueToken };
    channel.end(end);
  };
  channel.onDrain = send;
  send();
}

async function watch(api: Api, opening: Opening, bytesOf: BytesOf): Promise<void> {
  const request = parseRequest(opening, 'watch');
  if ('code' in request) return opening.refuse(request);
  let channel: Channel | undefined;
  const handle = await api.watch(request, {
    event(type, entry) {
      const event: WireEvent =
        entry.envelope === undefined
          ? [type, bytesOf(entry)]
          : [type, bytesOf(entry), entry.envelope];
      return channel?.send(event) ?? false;
    },
    end: (reason) => channel?.end(reason),
  });
  if (isReply(handle)) return opening.refuse(handle);
  channel = opening.accept();
  channel.onDrain = () => (handle as WatchHandle).drained();
  channel.onEnd = () => (handle as WatchHandle).close();
  handle.start();
}
