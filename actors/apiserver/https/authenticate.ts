/**
 * Who a request comes from: its client certificate, its bearer token, or nobody; and whom it
 * impersonates.
 *
 * Authenticates only: what the user may do is the API's decision, except that nobody may ask for
 * more than the health and version paths.
 */
import type { Http2ServerRequest } from 'node:http2';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { ApiReply, UserInfo } from '../../../machines/api/request.ts';
import { badRequest, failure, unauthorized } from '../../../machines/api/status.ts';
import type { Api } from '../api.ts';

/**
 * What a connection's client certificate says; `invalid` where it is of another authority or out of
 * date.
 */
export type PeerIdentity = UserInfo | 'none' | 'invalid';

/** Nobody in particular. */
export const anonymous: UserInfo = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
};

const authenticatedGroup = 'system:authenticated';
const mastersGroup = 'system:masters';
const anonymousPaths = /^\/(healthz|livez|readyz)(\/|$)|^\/version\/?$/;
/** Each of these headers may occur this often; what is beyond is refused. */
const impersonateValuesMax = 256;

/** Reads the client certificate of a connection, once, when it is secured. */
export function peerIdentity(socket: TLSSocket): PeerIdentity {
  const certificate = socket.getPeerCertificate() as Partial<DetailedPeerCertificate>;
  if (certificate?.subject === undefined) return 'none';
  if (!socket.authorized) return 'invalid';
  const { CN, O } = certificate.subject as { CN?: string | string[]; O?: string | string[] };
  const name = typeof CN === 'string' ? CN : CN?.[0];
  if (name === undefined || name === '') return 'invalid';
  const groups = O === undefined ? [] : typeof O === 'string' ? [O] : O;
  return { name, groups: withAuthenticated(groups) };
}

function withAuthenticated(groups: readonly string[]): readonly string[] {
  return groups.includes(authenticatedGroup) ? groups : [...groups, authenticatedGroup];
}

/** The user of a request, or the 401 (or 403, for impersonation) to answer. */
export async function authenticate(
  api: Api,
  request: Http2ServerRequest,
  path: string,
  identity: PeerIdentity,
): Promise<UserInfo | ApiReply> {
  const found = await findUser(api, request, identity);
  if (found === undefined) return unauthorized();
  if (found === anonymous && !anonymousPaths.test(path)) return unauthorized();
  return impersonated(request, found);
}

async function findUser(
  api: Api,
  request: Http2ServerRequest,
  identity: PeerIdentity,
): Promise<UserInfo | undefined> {
  if (typeof identity === 'object') return identity;
  const token = bearerToken(request);
  if (token !== undefined) {
    const user = await api.authenticateToken(token);
    return user === undefined ? undefined : { ...user, groups: withAuthenticated(user.groups) };
  }
  return identity === 'invalid' ? undefined : anonymous;
}

/** The token of an Authorization header, or of the subprotocol that browsers use for WebSockets. */
function bearerToken(request: Http2ServerRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [scheme, token] = authorization.trim().split(/ +/);
    return scheme?.toLowerCase() === 'bearer' && token !== undefined ? token : undefined;
  }
  const protocols = request.headers['sec-websocket-protocol'];
  const prefix = 'base64url.bearer.authorization.k8s.io.';
  const encoded = String(protocols ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(prefix));
  return encoded === undefined
    ? undefined
    : Buffer.from(encoded.slice(prefix.length), 'base64url').toString();
}

/** Replaces the user by the one named in Impersonate headers, which system:masters may use. */
function impersonated(request: Http2ServerRequest, user: UserInfo): UserInfo | ApiReply {
  const asked = impersonateHeaders(request.rawHeaders);
  if (asked.size === 0) return user;
  const name = asked.get('user')?.[0] ?? '';
  if (name === '') {
    return failure(
      500,
      'InternalError',
      'Internal error occurred: requested impersonation without impersonating a user',
    );
  }
  const values = [...asked.values()].reduce((sum, list) => sum + list.length, 0);
  if (values > impersonateValuesMax) return badRequest('too many impersonation headers');
  if (!user.groups.includes(mastersGroup)) return mayNotImpersonate(user, name);
  const uid = asked.get('uid')?.[0];
  const extra: { [key: string]: readonly string[] } = {};
  for (const [key, list] of asked) {
    if (key.startsWith('extra-')) extra[decodeURIComponentOr(key.slice(6))] = list;
  }
  return {
    name,
    groups: impersonatedGroups(name, asked.get('group') ?? []),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function impersonatedGroups(name: string, groups: readonly string[]): readonly string[] {
  if (name === anonymous.name) return groups.length > 0 ? groups : anonymous.groups;
  const [, account, namespace] = name.split(':');
  const implied =
    groups.length === 0 && account === 'serviceaccount' && name.startsWith('system:')
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : groups;
  return withAuthenticated(implied);
}

function mayNotImpersonate(user: UserInfo, name: string): ApiReply {
  const message =
    `users ${JSON.stringify(name)} is forbidden: User ${JSON.stringify(user.name)} ` +
    'cannot impersonate resource "users" in API group "" at the cluster scope';
  return failure(403, 'Forbidden', message, { name, kind: 'users' });
}

/** The Impersonate headers by what follows `Impersonate-`, each with all its values. */
function impersonateHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!name.startsWith('impersonate-')) continue;
    const key = name.slice('impersonate-'.length);
    const list = found.get(key);
    if (list === undefined) found.set(key, [rawHeaders[index + 1]!]);
    else list.push(rawHeaders[index + 1]!);
  }
  return found;
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
