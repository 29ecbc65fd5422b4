/**
 * The HTTPS listener: HTTP/2 and HTTP/1.1 on one port with client certificates, and WebSocket
 * upgrades.
 *
 * Owns sockets and their limits. Never looks into a request beyond what it needs to hand it on.
 */
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Bus } from '../../../bus/bus.ts';
import type { Clock } from '../../clock.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import type { Api } from '../api.ts';
import { type PeerIdentity, peerIdentity } from './authenticate.ts';
import type { Front } from './front.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { serve } from './routes.ts';
import { serveUpgrade } from './upgrade.ts';

/** What the listener needs. */
export interface HttpsOptions {
  readonly api: Api;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly cluster: string;
  readonly version: string;
  /** Address to listen on; loopback unless asked otherwise. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly server: KeyPair;
  readonly caCertificate: string;
  readonly tokenIssuer: string;
  readonly keySet: () => Promise<object>;
  readonly envelope: Front['envelope'];
  readonly onRequest?: Front['onRequest'];
}

/** A listener that is up. */
export interface HttpsServer {
  readonly host: string;
  readonly port: number;
  /** `https://host:port`. */
  readonly url: string;
  readonly metrics: Metrics;
  /**
   * Ends what is under way (the API ends its watches), then the connections; at most `closeWaitMs`.
   */
  close(): Promise<void>;
}

/** Connections held at once; more wait in the kernel's queue or are refused. */
const connectionsMax = 10_000;
/** Streams of one HTTP/2 connection, as kube-apiserver allows. */
const streamsMax = 1_000;
/** Memory one HTTP/2 connection may use, in MB; a thousand watches on one connection need it. */
const sessionMemoryMax = 256;
/** A client must have sent its request's head within this time. */
const headersWaitMs = 30_000;
/** An HTTP/1.1 connection without a request is closed after this time. */
const idleMsMax = 90_000;
/** The head of an HTTP/1.1 request, as kube-apiserver allows: long commands travel in its target. */
const headBytesMax = 1024 * 1024;
/** How long `close` waits for requests under way. */
const closeWaitMs = 2_000;

/** Starts listening; rejects where the port is taken. */
export async function startHttps(options: HttpsOptions): Promise<HttpsServer> {
  const metrics = createMetrics();
  let closing = false;
  let url = '';
  const front: Front = { ...options, metrics, url: () => url, closing: () => closing };
  const server = createServer(options);
  /** Open connections, each with its HTTP/1.1 requests under way. */
  const sockets = new Map<TLSSocket, number>();
  const sessions = new Set<ServerHttp2Session>();
  const identities = new WeakMap<object, PeerIdentity>();
  server.on('secureConnection', (socket: TLSSocket) => {
    identities.set(socket, peerIdentity(socket));
    sockets.set(socket, 0);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    readInTurns(socket);
  });
  server.on('session', (session) => {
    identities.set(session, peerIdentity(session.socket as TLSSocket));
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  const identityOf = (request: Http2ServerRequest): PeerIdentity => {
    const key: object | undefined =
      request.httpVersionMajor === 2 ? request.stream?.session : request.socket;
    return (key && identities.get(key)) ?? 'invalid';
  };
  const track = (socket: TLSSocket, response: Http2ServerResponse) => {
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (sockets.get(socket) ?? 1) - 1;
      if (sockets.has(socket)) sockets.set(socket, left);
      if (closing && left === 0) socket.end();
    });
  };
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (request.httpVersionMajor === 1) track(request.socket as TLSSocket, response);
    void serve(front, request, response, identityOf(request));
  });
  server.on('upgrade', (request: Http2ServerRequest, socket: Socket, head: Buffer) => {
    void serveUpgrade(front, request, socket, head, identityOf(request));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const address = await listen(server, options.port, options.host);
  server.on('error', () => metrics.add('acceptErrors', 1));
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  url = `https://${name}:${address.port}`;
  return {
    host: address.address,
    port: address.port,
    url,
    metrics,
    close: async () => {
      closing = true;
      for (const session of sessions) session.close();
      await closeServer(server, sockets);
    },
  };
}

/**
 * Has the socket's bytes go through its read buffer. Node's HTTP/1.1 parser otherwise takes them from TLS directly,
 * also while it is paused because the last answer was not flushed yet, and then resets the connection.
 */
function readInTurns(socket: TLSSocket): void {
  if (socket.alpnProtocol === 'h2') return;
  const listener = () => undefined;
  socket.on('data', listener);
  socket.off('data', listener);
}

function createServer(options: HttpsOptions): Http2SecureServer {
  const server = createSecureServer({
    allowHTTP1: true,
    cert: options.server.certificate,
    key: options.server.key,
    ca: options.caCertificate,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    maxSessionMemory: sessionMemoryMax,
    settings: { maxConcurrentStreams: streamsMax },
  });
  server.maxConnections = connectionsMax;
  Object.assign(server, {
    headersTimeout: headersWaitMs,
    requestTimeout: 0,
    keepAliveTimeout: idleMsMax,
    maxHeaderSize: headBytesMax,
  });
  server.setTimeout(0);
  return server;
}

function listen(server: Http2SecureServer, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

async function closeServer(
  server: Http2SecureServer,
  sockets: ReadonlyMap<TLSSocket, number>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const [socket, requests] of sockets) {
    if (requests === 0 && socket.alpnProtocol !== 'h2') socket.end();
  }
  const timer = setTimeout(() => {
    for (const socket of sockets.keys()) socket.destroy();
  }, closeWaitMs);
  await closed;
  clearTimeout(timer);
}
