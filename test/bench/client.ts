/**
 * A lean HTTPS client for measurements: one HTTP/2 connection with the kubeconfig's client certificate, watches as
 * streams. Parses a body only where it is asked to, so that the client costs the measured machine little.
 */
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { 'client-certificate-data': string; 'client-key-data': string } },
  ];
}

/** An answer: its status code and its body's text. */
export interface Answer {
  readonly code: number;
  readonly text: string;
}

/** A watch under way. */
export interface Watching {
  close(): void;
}

type LineSink = (line: string) => void;
type EndSink = (why: string) => void;

/** A connection to one apiserver. */
export interface Client {
  /** One request; never fails for a status code. A string or a Buffer is sent as it is. */
  request(method: string, path: string, body?: object | string | Buffer): Promise<Answer>;
  /** One request that must succeed; its body, parsed. */
  json<T>(method: string, path: string, body?: object | string): Promise<T>;
  /** Calls back with every line of a watch, unparsed; `onEnd` when the stream ends by itself. */
  watch(path: string, onLine: LineSink, onEnd?: EndSink): Promise<Watching>;
  close(): Promise<void>;
}

const REQUEST_WAIT_MS = 30_000;

/** Opens a connection with what a kubeconfig of Kabuki's own says. */
export async function connectClient(kubeconfig: string): Promise<Client> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const bytes = (text: string) => Buffer.from(text, 'base64');
  const session = connect(cluster.server, {
    ca: bytes(cluster['certificate-authority-data']),
    cert: bytes(user['client-certificate-data']),
    key: bytes(user['client-key-data']),
    settings: { initialWindowSize: 4 * 2 ** 20 },
  });
  await new Promise<void>((resolve, reject) => {
    session.once('connect', () => resolve());
    session.once('error', reject);
  });
  session.setLocalWindowSize(64 * 2 ** 20);
  let broken = 'the server ended it';
  session.on('error', (error) => {
    broken = error.message;
  });
  const request = (method: string, path: string, body?: object | string | Buffer) =>
    send(session, method, path, body);
  return {
    request,
    async json<T>(method: string, path: string, body?: object | string) {
      const { code, text } = await request(method, path, body);
      if (code >= 300) throw new Error(`${method} ${path}: ${code} ${text.slice(0, 500)}`);
      return JSON.parse(text) as T;
    },
    watch: (path, onLine, onEnd) =>
      watch(session, path, onLine, (why) => onEnd?.(`${why}, ${broken}`)),
    close: () =>
      new Promise((resolve) => {
        session.once('close', resolve);
        session.destroy();
      }),
  };
}

function send(
  session: ClientHttp2Session,
  method: string,
  path: string,
  body: object | string | Buffer | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const payload =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
        ? body
        : JSON.stringify(body);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const stream = session.request(
      { ':method': method, ':path': path, ...(payload && { 'content-type': type }) },
      { endStream: payload === undefined },
    );
    let code = 0;
    const chunks: Buffer[] = [];
    stream.setTimeout(REQUEST_WAIT_MS, () => stream.destroy(new Error(`${path}: no answer`)));
    stream.once('response', (headers) => {
      code = Number(headers[':status']);
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', reject);
    stream.once('end', () => resolve({ code, text: Buffer.concat(chunks).toString('utf8') }));
    if (payload !== undefined) stream.end(payload);
  });
}

function watch(
  session: ClientHttp2Session,
  path: string,
  onLine: LineSink,
  onEnd: EndSink,
): Promise<Watching> {
  const query = path.includes('?') ? '&' : '?';
  const stream: ClientHttp2Stream = session.request({ ':path': `${path}${query}watch=1` });
  let rest = '';
  let closed = false;
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  const end = (): void => {
    if (!closed) onEnd(`code ${stream.rstCode}`);
  };
  stream.once('close', end);
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('response', (headers) => {
      const code = Number(headers[':status']);
      if (code !== 200) return reject(new Error(`watch ${path}: ${code}`));
      resolve({
        close() {
          closed = true;
          stream.close();
        },
      });
    });
  });
}
