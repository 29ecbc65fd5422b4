/**
 * Serves upgrade requests: exec and attach over WebSocket. Everything that refuses does so before
 * the upgrade, as a plain HTTP answer with a `Status`.
 *
 * SPDY is not served: such a request gets the refusal it would get over WebSocket, or else a 400
 * that says so.
 */

import { STATUS_CODES } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import type { Channel } from '../../../bus/bus.ts';
import type { ApiReply, ApiRequest, UserInfo } from '../../../machines/api/request.ts';
import { findServed } from '../../../machines/api/resources.ts';
import {
  badRequest,
  internalError,
  messageOf,
  noSuchResource,
  unauthorized,
} from '../../../machines/api/status.ts';
import type { Pod } from '../../../machines/api/types.ts';
import type { ExecOpen } from '../../kubelet/streams.ts';
import { authenticate, type PeerIdentity } from './authenticate.ts';
import type { Front } from './front.ts';
import { openNodeStream } from './node-streams.ts';
import { isTrue } from './request-info.ts';
import { type ParsedTarget, parseTarget } from './routes.ts';
import { apiRequest } from './target.ts';
import { targetPod } from './target-pod.ts';

/** Subprotocols served, best first. v5 adds the closing of one channel, so that stdin can end. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

/** An upgrade under way. */
interface Upgrade {
  readonly request: Http2ServerRequest;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly target: ParsedTarget;
  readonly user: UserInfo;
}

/** Serves one upgrade request; never rejects. */
export async function serveUpgrade(
  front: Front,
  request: Http2ServerRequest,
  socket: Socket,
  head: Buffer,
  identity: PeerIdentity,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const target = parseTarget(request.method, request.url);
    if (target === undefined) return refuse(socket, badRequest('malformed request'));
    const user = await authenticate(front.api, request, target.info.path, identity);
    if ('code' in user) return refuse(socket, user);
    if (user.name === 'system:anonymous') return refuse(socket, unauthorized());
    const refused = await upgrade(front, { request, socket, head, target, user });
    if (refused !== undefined) refuse(socket, refused);
  } catch (error) {
    refuse(socket, internalError(error instanceof Error ? error.message : String(error)));
  }
}

async function upgrade(front: Front, one: Upgrade): Promise<ApiReply | undefined> {
  const { info } = one.target;
  const { subresource } = info;
  const served = findServed(info.group, info.version, info.resource);
  if (served?.subresources.has(subresource) !== true || served.storage !== 'core/pods') {
    return noSuchResource();
  }
  if (subresource === 'portforward') return noPortForward(front, one);
  if (subresource !== 'exec' && subresource !== 'attach') {
    return badRequest(`${subresource} cannot be upgraded`);
  }
  const request = streamRequest(one);
  const refused = front.api.authorize(request);
  if (refused !== undefined) return refused;
  const opening = execOpening(front, one, request);
  if ('code' in opening) return opening;
  if (opening.node === '') return badRequest(`pod ${request.name} does not have a host assigned`);
  const kind = String(one.request.headers.upgrade).toLowerCase();
  if (kind !== 'websocket') {
    const { running, open } = opening;
    return running ? noSpdy(kind) : cannotUpgrade(`container not found ("${open.container}")`);
  }
  if (!offersKnown(one.request)) {
    return badRequest(`unable to negotiate protocol: ${protocols.join(', ')} are supported`);
  }
  const channel = await openNodeStream(front, opening.node, subresource, opening.open);
  if (!one.socket.destroyed) await accept(front, one, channel, opening.open);
  else if (!('code' in channel)) channel.end();
  return undefined;
}

/** Streams are opened by GET or POST; both need the right to create one. */
function streamRequest({ target, user, request }: Upgrade): ApiRequest {
  const userAgent = String(request.headers['user-agent'] ?? '');
  return { ...apiRequest({ ...target, user, userAgent }), verb: 'create' };
}

/** What a node is asked for, and which node. */
interface NodeOpening {
  readonly node: string;
  readonly open: ExecOpen;
  /** False where the container's status says that nothing runs in it. */
  readonly running: boolean;
}

function execOpening(
  front: Front,
  { target }: Upgrade,
  request: ApiRequest,
): NodeOpening | ApiReply {
  const found = targetPod(front.api, request);
  if ('code' in found) return found;
  const { query } = target;
  const command = query.getAll('command');
  const isExec = request.subresource === 'exec';
  if (isExec && command.every((word) => word === '')) {
    return badRequest('you must specify at least one command for the container');
  }
  const tty = isTrue(query.get('tty'));
  const streams = {
    stdin: isTrue(query.get('stdin')),
    stdout: isTrue(query.get('stdout')),
    stderr: isTrue(query.get('stderr')) && !tty,
  };
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    return badRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  const { namespace, name, uid, container, node } = found;
  const running = isRunning(found.pod, container);
  return {
    node,
    running,
    open: { namespace, pod: name, uid, container, command, ...streams, tty },
  };
}

function isRunning(pod: Pod, container: string): boolean {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  const all = [containerStatuses, initContainerStatuses, ephemeralContainerStatuses];
  const status = all.flatMap((list) => list ?? []).find((one) => one.name === container);
  return status?.state?.running !== undefined;
}

/** A node's refusal as kubectl shows it, whichever way it asked. */
function cannotUpgrade(message: string): ApiReply {
  const detail = message.replace(/^Internal error occurred: /, '');
  return internalError(`unable to upgrade connection: ${detail}`);
}

function noSpdy(kind: string): ApiReply {
  return badRequest(
    `the upgrade to ${JSON.stringify(kind)} is not supported by this server: ` +
      'use a client that streams over WebSocket (kubectl 1.31 or later, without ' +
      'KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false)',
  );
}

function noPortForward(front: Front, one: Upgrade): ApiReply {
  const refused = front.api.authorize(streamRequest(one));
  return refused ?? badRequest('port forwarding is not supported by this server yet');
}

function offersKnown(request: Http2ServerRequest): boolean {
  const offered = String(request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim());
  return protocols.some((protocol) => offered.includes(protocol));
}

/** Upgrades; what the node refused is told on the error channel, as kube-apiserver does. */
async function accept(
  front: Front,
  one: Upgrade,
  channel: Channel | ApiReply,
  open: ExecOpen,
): Promise<void> {
  const { refuseSession, serveSession, sessionServer } = await import('./session.ts');
  const server = sessionServer(protocols);
  const request = one.request as unknown as Parameters<typeof server.handleUpgrade>[0];
  if (!('code' in channel)) one.socket.once('close', () => channel.end());
  server.handleUpgrade(request, one.socket, one.head, (socket) => {
    if ('code' in channel) {
      refuseSession(socket, cannotUpgrade(messageOf(channel)).object);
      return;
    }
    front.metrics.add('streams', 1);
    socket.once('close', () => front.metrics.add('streams', -1));
    serveSession(socket, channel, open);
  });
}

/** Answers an upgrade request with a plain HTTP response. */
function refuse(socket: Socket, reply: ApiReply): void {
  if (socket.destroyed) return;
  const body = `${JSON.stringify(reply.object)}\n`;
  const head = [
    `HTTP/1.1 ${reply.code} ${STATUS_CODES[reply.code] ?? 'Refused'}`,
    'Content-Type: application/json',
    'Cache-Control: no-cache, private',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
