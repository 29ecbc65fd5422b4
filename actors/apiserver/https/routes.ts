/**
 * Serves one request: authentication, then the path's own server. The one place where everything
 * that goes wrong unexpectedly becomes a 500.
 */
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ApiReply } from '../../../machines/api/request.ts';
import {
  badRequest,
  internalError,
  methodNotAllowed,
  noSuchResource,
  overloaded,
  unavailable,
} from '../../../machines/api/status.ts';
import { preciseMs } from '../../trace/recorder.ts';
import { refusalForm, sendReply } from './answer.ts';
import { authenticate, type PeerIdentity } from './authenticate.ts';
import { serveDiscovery } from './discovery.ts';
import {
  cut,
  type Exchange,
  endWith,
  isClosed,
  sendNotFound,
  sendText,
  writeHead,
} from './exchange.ts';
import type { Front } from './front.ts';
import { isHealthPath, serveHealth, versionInfo } from './health.ts';
import { metricsType } from './metrics.ts';
import { serveOpenApi } from './openapi.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import { inTrace, note } from './request-record.ts';
import { serveResource } from './resource.ts';
import { isServedGroup } from './target.ts';

/** Requests being served at once, watches and streams apart; more are refused with 429. */
const inflightMax = 1_024;
/** Request targets longer than this are refused; commands to execute travel in them. */
const targetLengthMax = 1024 * 1024;

/** A request's target, taken apart. */
export interface ParsedTarget {
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
}

/** Parses the request target, or undefined where it cannot be decoded. */
export function parseTarget(method: string, target: string): ParsedTarget | undefined {
  if (target.length > targetLengthMax) return undefined;
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : target.slice(question + 1));
  try {
    return { info: requestInfo(method, decodeURIComponent(path), query), query };
  } catch {
    return undefined;
  }
}

/** Serves one request to its end; never rejects. */
export async function serve(
  front: Front,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  identity: PeerIdentity,
): Promise<void> {
  const target = parseTarget(request.method, request.url ?? '');
  const startedMs = preciseMs();
  const exchange: Exchange = {
    request,
    response,
    message: front.envelope(),
    info: target?.info ?? requestInfo(request.method, '/', new URLSearchParams()),
    query: target?.query ?? new URLSearchParams(),
    user: { name: '', groups: [] },
    userAgent: String(request.headers['user-agent'] ?? ''),
  };
  let entered: Exchange | undefined;
  const enter = (one: Exchange): void => {
    entered = one;
  };
  const { verb } = exchange.info;
  const inflight = verb === 'watch' ? 0 : front.metrics.add('inflight', 1);
  try {
    setCommonHeaders(exchange);
    if (target === undefined) await refuse(exchange, badRequest('malformed request'));
    else if (inflight > inflightMax) await refuse(exchange, overloaded());
    else await route(front, exchange, identity, enter);
  } catch (error) {
    await failed(exchange, error).catch(() => cut(exchange));
  } finally {
    if (verb !== 'watch') front.metrics.add('inflight', -1);
    front.metrics.count(exchange.info, response.statusCode);
    if (entered !== undefined) note(front, entered, startedMs);
  }
}

function refuse(exchange: Exchange, reply: ApiReply): Promise<void> {
  return sendReply(exchange, reply, refusalForm(exchange));
}

function setCommonHeaders({ request, response, message }: Exchange): void {
  const given = request.headers['audit-id'];
  const valid = typeof given === 'string' && /^[\x21-\x7e]{1,64}$/.test(given);
  response.setHeader('audit-id', valid ? given : message.id);
  response.setHeader('cache-control', 'no-cache, private');
}

async function failed(exchange: Exchange, error: unknown): Promise<void> {
  const { response } = exchange;
  if (isClosed(exchange)) return;
  if (response.headersSent) {
    cut(exchange);
    return;
  }
  const detail = error instanceof Error ? error.message : String(error);
  await refuse(exchange, internalError(detail));
}

async function route(
  front: Front,
  base: Exchange,
  identity: PeerIdentity,
  enter: (exchange: Exchange) => void,
): Promise<void> {
  const { path } = base.info;
  const user = await authenticate(front.api, base.request, path, identity);
  if ('code' in user) return refuse(base, user);
  const exchange: Exchange = { ...base, user, message: inTrace(front, base, user) };
  enter(exchange);
  if (isHealthPath(path)) return serveHealth(front, exchange);
  if (path === '/version' || path === '/version/') {
    return sendJson(exchange, versionInfo(front.version));
  }
  if (front.closing()) {
    return refuse(exchange, unavailable('the server is shutting down'));
  }
  if (exchange.info.isResource) {
    const known = isServedGroup(exchange.info.group);
    return known ? serveResource(front, exchange) : sendNotFound(exchange);
  }
  const refused = front.api.authorizePath(user, exchange.info.verb, path);
  if (refused !== undefined) return refuse(exchange, refused);
  const reads = exchange.info.verb === 'get' || exchange.info.verb === 'head';
  return reads ? serveOther(front, exchange) : refuse(exchange, methodNotAllowed());
}

async function serveOther(front: Front, exchange: Exchange): Promise<void> {
  const { path } = exchange.info;
  switch (path) {
    case '/':
      return sendJson(exchange, { paths: rootPaths });
    case '/metrics':
      return sendText(exchange, 200, front.metrics.text(), metricsType);
    case '/openid/v1/jwks':
      return sendJson(exchange, await front.keySet(), 'application/jwk-set+json');
    case '/.well-known/openid-configuration':
      return sendJson(exchange, openIdConfiguration(front));
  }
  if (await serveDiscovery(front, exchange)) return;
  if (await serveOpenApi(exchange)) return;
  // Below the groups there are, Kubernetes answers with a Status; elsewhere as a plain file server.
  const [, root, group = ''] = path.split('/');
  const isApi = root === 'api' || (root === 'apis' && isServedGroup(group));
  return isApi ? refuse(exchange, noSuchResource()) : sendNotFound(exchange);
}

const rootPaths: readonly string[] = [
  '/.well-known/openid-configuration',
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

function openIdConfiguration(front: Front): object {
  return {
    issuer: front.tokenIssuer,
    jwks_uri: `${front.url()}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
}

function sendJson(exchange: Exchange, value: object, type = 'application/json'): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(value, undefined, 2));
  writeHead(exchange, 200, { 'content-type': type, 'content-length': String(bytes.length) });
  endWith(exchange, bytes);
  return Promise.resolve();
}
