/**
 * One HTTP request and its response, HTTP/1.1 or HTTP/2 alike, with what was found out about it so
 * far.
 *
 * Owns the sending of bytes: heads, compression, back-pressure. Never looks into an object.
 */
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import type { Envelope } from '../../../bus/envelope.ts';
import type { UserInfo } from '../../../machines/api/request.ts';
import type { RequestInfo } from './request-info.ts';

/** One request being served. */
export interface Exchange {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly userAgent: string;
  /** The message that the request is inside the cluster. */
  readonly message: Envelope;
}

/** Extra response headers; an array is sent as repeated headers. */
export type Headers = Readonly<{ [name: string]: string | readonly string[] }>;

/** Answers larger than this are compressed where the client accepts it, as in Kubernetes. */
export const gzipBytesMin = 128 * 1024;
/** Streamed answers are written in pieces of about this size. */
const pieceBytes = 64 * 1024;
/** After this many bytes without a pause, other requests get their turn. */
const turnBytes = 512 * 1024;

const gzipAsync = promisify(gzip);
const gzipOptions = { level: constants.Z_BEST_SPEED };

/** True once the client has gone or everything has been sent. */
export function isClosed(exchange: Exchange): boolean {
  const { response } = exchange;
  return response.destroyed || response.writableEnded || response.socket?.destroyed === true;
}

/** True where the client takes gzip. */
export function acceptsGzip(exchange: Exchange): boolean {
  const accepted = exchange.request.headers['accept-encoding'];
  return typeof accepted === 'string' && /(^|[\s,])gzip([\s,;]|$)/.test(accepted);
}

/** Writes status and headers; those every answer has were set when the request arrived. */
export function writeHead(exchange: Exchange, code: number, headers: Headers): void {
  addHeaders(exchange, headers);
  exchange.response.writeHead(code);
}

/** Sets headers of the answer to come; lists are appended to what is there. */
export function addHeaders({ response }: Exchange, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') response.setHeader(name, value);
    else {
      const before = response.getHeader(name) as unknown as readonly string[] | undefined;
      response.setHeader(name, [...(before ?? []), ...value]);
    }
  }
}

/** Sends a complete body, compressed where that pays. */
export async function sendBytes(
  exchange: Exchange,
  code: number,
  headers: Headers,
  body: Uint8Array,
): Promise<void> {
  if (isClosed(exchange)) return;
  let bytes = body;
  const head: { [name: string]: string | readonly string[] } = { ...headers };
  if (body.length > gzipBytesMin && acceptsGzip(exchange)) {
    bytes = await gzipAsync(body, gzipOptions);
    head['content-encoding'] = 'gzip';
    head.vary = 'Accept-Encoding';
    if (isClosed(exchange)) return;
  }
  head['content-length'] = String(bytes.length);
  writeHead(exchange, code, head);
  endWith(exchange, bytes);
}

/** Ends the response with these bytes; a HEAD request gets the head alone. */
export function endWith(exchange: Exchange, bytes: Uint8Array): void {
  if (exchange.request.method === 'HEAD') exchange.response.end();
  else exchange.response.end(bytes);
}

/** Sends a head of its own accord, before any of the body. */
export function flushHead(exchange: Exchange): void {
  const response = exchange.response as unknown as { flushHeaders?: () => void };
  response.flushHeaders?.();
}

/** Breaks off a response; over HTTP/2 the connection's other streams go on. */
export function cut(exchange: Exchange): void {
  const { request, response } = exchange;
  if (request.httpVersionMajor === 2) response.stream.destroy();
  else response.destroy();
}

/** The 404 of a path that nothing is served at, nor anything below it. */
export function sendNotFound(exchange: Exchange): Promise<void> {
  return sendText(exchange, 404, '404 page not found\n');
}

/** Sends plain text. */
export function sendText(
  exchange: Exchange,
  code: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): Promise<void> {
  const headers = {
    'content-type': type,
    'x-content-type-options': 'nosniff',
  };
  return sendBytes(exchange, code, headers, Buffer.from(text));
}

/** Sends pieces as they are made, without ever holding all of them; stops where the client goes. */
export async function sendPieces(
  exchange: Exchange,
  headers: Headers,
  bytesAbout: number,
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  const compress = bytesAbout > gzipBytesMin && acceptsGzip(exchange);
  const encoding = compress ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {};
  writeHead(exchange, 200, { ...headers, ...encoding });
  const packed = compress ? createGzip(gzipOptions) : undefined;
  packed?.pipe(exchange.response);
  await writePieces(exchange, packed ?? exchange.response, pieces);
}

/** What pieces are written to: the response, or the compressor in front of it. */
type Target = Pick<Writable, 'write' | 'end' | 'once' | 'off'>;

async function writePieces(
  exchange: Exchange,
  target: Target,
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let sinceTurn = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < pieceBytes) continue;
    const room = target.write(Buffer.concat(waiting, waitingBytes));
    sinceTurn += waitingBytes;
    waiting = [];
    waitingBytes = 0;
    if (!room && !(await drained(exchange, target))) return;
    if (sinceTurn > turnBytes) {
      sinceTurn = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (isClosed(exchange)) return;
  }
  target.end(Buffer.concat(waiting, waitingBytes));
}

/** Waits until there is room again; false where the client went instead. */
export function drained(exchange: Exchange, target: Target = exchange.response): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (result: boolean) => {
      target.off('drain', onDrain);
      exchange.response.off('close', onClose);
      resolve(result);
    };
    const onDrain = () => done(true);
    const onClose = () => done(false);
    target.once('drain', onDrain);
    exchange.response.once('close', onClose);
    if (isClosed(exchange)) done(false);
  });
}
