/**
 * Serves requests for resources: finds what is asked for, reads and decodes the body, asks the
 * API, answers.
 *
 * Never decides about an object's content; what it refuses is the request's form alone.
 */
import { deprecationOf } from '../../../machines/api/deprecation.ts';
import { isOwnGroup } from '../../../machines/api/own-kinds.ts';
import { hasProtobuf } from '../../../machines/api/protobuf.ts';
import type { ApiReply, ApiRequest } from '../../../machines/api/request.ts';
import {
  badRequest,
  failure,
  invalid,
  methodNotAllowed,
  notSupported,
} from '../../../machines/api/status.ts';
import { type ApiEntry, isReply } from '../api.ts';
import {
  entryJson,
  entryProtobuf,
  refusalForm,
  replyHeaders,
  sendObject,
  sendReply,
  warningHeaders,
} from './answer.ts';
import {
  bodyEncoding,
  decodeObject,
  type ExpectedKind,
  parse,
  patchType,
  readBody,
  unknownFormat,
} from './body.ts';
import { addHeaders, type Exchange, sendBytes } from './exchange.ts';
import type { Front } from './front.ts';
import { sendList } from './list.ts';
import { serveLog } from './logs.ts';
import {
  contentTypes,
  mediaTypes,
  negotiate,
  prettyByDefault,
  type Representation,
} from './negotiation.ts';
import { apiRequest, findTarget, type Target } from './target.ts';
import {
  type IncludeObject,
  includeObjectValues,
  partial,
  type TableOptions,
  tableOf,
} from './transform.ts';
import { serveWatch } from './watch.ts';

/** Subresources that are streams; they are served by upgrades, or (log) as text. */
const streams = new Set(['exec', 'attach', 'portforward']);

/** Serves one request whose path has a resource. */
export async function serveResource(front: Front, exchange: Exchange): Promise<void> {
  const representation = representationOf(exchange);
  if (representation === undefined)
    return sendReply(exchange, notAcceptable(exchange.info.group), refusalForm(exchange));
  const refused = await serveFound(front, exchange, representation);
  if (refused !== undefined) await sendReply(exchange, refused, representation);
}

async function serveFound(
  front: Front,
  exchange: Exchange,
  representation: Representation,
): Promise<ApiReply | undefined> {
  const { info } = exchange;
  const request = apiRequest(exchange);
  const target = exchange.request.method === 'HEAD' ? methodNotAllowed() : findTarget(info);
  if ('code' in target) return front.api.authorize(request) ?? target;
  warnOfDeprecation(front, exchange, request);
  if (streams.has(info.subresource)) {
    return front.api.authorize(request) ?? badRequest('Upgrade request required');
  }
  if (info.subresource === 'log') return serveLog(front, exchange, request);
  if (info.subresource === 'proxy') return front.api.authorize(request) ?? noProxy();
  switch (request.verb) {
    case 'get':
      return serveGet(front, exchange, request, representation);
    case 'list':
    case 'watch':
      return serveMany(front, exchange, request, representation);
    default:
      return serveWrite(front, exchange, { request, target, representation });
  }
}

/** Says of a deprecated resource that it is one, to those who may use it. */
function warnOfDeprecation(front: Front, exchange: Exchange, request: ApiRequest): void {
  const text = deprecationOf(request.group, request.version, request.resource);
  if (text === undefined || front.api.authorize(request) !== undefined) return;
  addHeaders(exchange, warningHeaders([text]));
}

function noProxy(): ApiReply {
  return failure(
    501,
    'NotImplemented',
    'this server does not proxy HTTP to pods, services and nodes',
  );
}

/** The representation to answer with, by Accept, `pretty` and the user agent. */
function representationOf(exchange: Exchange): Representation | undefined {
  const asked = exchange.query.get('pretty');
  const pretty = asked ? /^(1|t|true)$/i.test(asked) : prettyByDefault(exchange.userAgent);
  const { accept } = exchange.request.headers;
  const protobuf = isOwnGroup(exchange.info.group) ? 'metadata' : true;
  return negotiate(accept, { pretty, protobuf, transform: true });
}

function notAcceptable(group: string): ApiReply {
  const message = `only the following media types are accepted: ${typesOf(group).join(', ')}`;
  return failure(406, 'NotAcceptable', message);
}

/** The media types of a group's kinds: those that clients do not know have no protobuf form. */
function typesOf(group: string): readonly string[] {
  if (!isOwnGroup(group)) return mediaTypes;
  return mediaTypes.filter((type) => type !== contentTypes.protobuf);
}

async function serveGet(
  front: Front,
  exchange: Exchange,
  request: ApiRequest,
  representation: Representation,
): Promise<ApiReply | undefined> {
  if (request.subresource !== '') {
    const reply = await front.api.handle(request);
    return reply.code >= 400 ? reply : sendTransformed(front, exchange, reply, representation);
  }
  const entry = await front.api.getEntry(request);
  if (isReply(entry)) return entry;
  const kept = keptBytes(entry, representation);
  if (kept === undefined) {
    const reply = { code: 200, object: entry.object, warnings: [] };
    return sendTransformed(front, exchange, reply, representation);
  }
  const headers = { 'content-type': contentTypes[representation.encoding] };
  await sendBytes(exchange, 200, headers, kept);
  return undefined;
}

/** The bytes kept with an entry, where they are what was asked for. */
function keptBytes(entry: ApiEntry, { as, encoding, pretty }: Representation) {
  if (as !== '' || pretty || encoding === 'yaml') return undefined;
  if (encoding === 'json') return Buffer.concat([entryJson(entry), lineFeed]);
  const { apiVersion = '', kind = '' } = entry.object;
  return hasProtobuf(apiVersion, kind) ? entryProtobuf(entry) : undefined;
}

const lineFeed = Buffer.from('\n');

async function serveMany(
  front: Front,
  exchange: Exchange,
  request: ApiRequest,
  representation: Representation,
): Promise<ApiReply | undefined> {
  const table = tableOptions(front, exchange, representation);
  if ('code' in table) return table;
  if (request.verb === 'watch') return serveWatch(front, exchange, request, representation, table);
  const list = await front.api.list(request);
  if (isReply(list)) return list;
  await sendList(exchange, list, representation, table);
  return undefined;
}

function tableOptions(
  front: Front,
  exchange: Exchange,
  representation: Representation,
): TableOptions | ApiReply {
  const include = exchange.query.get('includeObject') ?? '';
  if (representation.as === 'Table' && !includeObjectValues.includes(include)) {
    const valid = includeObjectValues.filter((value) => value !== '');
    const cause = notSupported('includeObject', include, valid);
    return invalid('meta.k8s.io', 'TableOptions', '', [cause]);
  }
  return {
    version: representation.asVersion,
    include: (include === '' ? 'Metadata' : include) as IncludeObject,
    nowMs: front.clock.nowMs(),
  };
}

interface Write {
  readonly request: ApiRequest;
  readonly target: Target;
  readonly representation: Representation;
}

async function serveWrite(
  front: Front,
  exchange: Exchange,
  write: Write,
): Promise<ApiReply | undefined> {
  const refused = front.api.authorize(write.request);
  if (refused !== undefined) return refused;
  const body = await readBody(exchange.request);
  if ('code' in body) return body;
  const request = await withBody(exchange, write, body);
  if ('code' in request) return request;
  const { socket } = exchange.request;
  const reply = await front.api.handle(request, exchange.message, () => !socket.destroyed);
  if (reply.code >= 400 || reply.object.kind === 'Status') return reply;
  return sendTransformed(front, exchange, reply, write.representation);
}

/** The request with its decoded body: an object, a patch or DeleteOptions. */
async function withBody(
  exchange: Exchange,
  { request, target }: Write,
  body: Buffer,
): Promise<ApiRequest | ApiReply> {
  const contentType = exchange.request.headers['content-type'];
  if (request.verb === 'patch') return withPatch(request, contentType, body);
  const isDelete = request.verb === 'delete' || request.verb === 'deletecollection';
  if (isDelete && body.length === 0) return request;
  const encoding = bodyEncoding(contentType);
  if (typeof encoding === 'object') return encoding;
  if (encoding === 'protobuf' && !isDelete && isOwnGroup(request.group)) {
    return unknownFormat(typesOf(request.group));
  }
  const expected = isDelete ? deleteOptionsKind : expectedKind(target);
  const decoded = await decodeObject(body, encoding, expected);
  if ('code' in decoded) return decoded;
  return { ...request, body: decoded.object, findings: decoded.findings };
}

const deleteOptionsKind: ExpectedKind = { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions' };

function expectedKind({ served, subresource }: Target): ExpectedKind {
  if (subresource === undefined) return { apiVersion: served.apiVersion, kind: served.kind };
  const { group, version, kind } = subresource;
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

async function withPatch(
  request: ApiRequest,
  contentType: string | undefined,
  body: Buffer,
): Promise<ApiRequest | ApiReply> {
  const type = patchType(contentType);
  if (typeof type === 'object') return type;
  // An apply is refused whatever it says.
  if (type === 'apply') return { ...request, patch: { type, body: undefined } };
  const parsed = await parse(body, 'json');
  if (!parsed.ok) return badRequest(`error decoding patch: ${parsed.error}`);
  const findings = { unknown: [], duplicate: parsed.duplicate };
  return { ...request, patch: { type, body: parsed.value }, findings };
}

/** Sends an answer that is no refusal, as a Table or as metadata alone where asked. */
async function sendTransformed(
  front: Front,
  exchange: Exchange,
  reply: ApiReply,
  representation: Representation,
): Promise<ApiReply | undefined> {
  const headers = replyHeaders(reply);
  const { as, asVersion } = representation;
  let { object } = reply;
  if (as === 'Table') {
    const options = tableOptions(front, exchange, representation);
    if ('code' in options) return options;
    object = tableOf(object, options);
  } else if (as !== '') {
    object = partial(object, asVersion);
  }
  await sendObject(exchange, reply.code, object, representation, headers);
  return undefined;
}
