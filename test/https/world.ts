/**
 * A real apiserver for tests: memory store, virtual bus, generated certificates, and the HTTPS
 * listener on a free port of loopback. Requests go over real TLS.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiSettings, defaultApiSettings } from '../../actors/apiserver/api.ts';
import { createApi, type RunningApi } from '../../actors/apiserver/create-api.ts';
import { type HttpsServer, startHttps } from '../../actors/apiserver/https/server.ts';
import { createClock } from '../../actors/clock.ts';
import { createHost } from '../../actors/host.ts';
import type { ClientName, KeyPair } from '../../actors/pki/certificate.ts';
import { writeKubeconfig } from '../../actors/pki/kubeconfig.ts';
import { loadPki, type Pki } from '../../actors/pki/pki.ts';
import { createTokenAuthority } from '../../actors/pki/tokens.ts';
import { systemClock } from '../../bus/clock.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { createVirtualBus, type VirtualBus } from '../../bus/virtual-bus.ts';
import type { RequestTraced } from '../../machines/trace/record.ts';

/** One answer, read to its end. */
export interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** What to ask, besides method and path. */
export interface Ask {
  readonly body?: string | Uint8Array | object;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The client's certificate; `null` for none. The admin's where absent. */
  readonly client?: KeyPair | null;
}

export interface HttpsWorld {
  readonly api: RunningApi;
  readonly server: HttpsServer;
  readonly bus: VirtualBus;
  readonly pki: Pki;
  readonly kubeconfig: string;
  readonly directory: string;
  readonly bugs: unknown[];
  /** What the front told of requests that are over. */
  readonly requests: Omit<RequestTraced, 'process'>[];
  client(name: ClientName): KeyPair;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** Opens a request whose response is read as it comes. */
  open(method: string, path: string, ask?: Ask): Promise<IncomingMessage>;
  requestOptions(ask?: Ask): RequestOptions;
  close(): Promise<void>;
}

/** Starts everything; close it at the end. */
export async function createHttpsWorld(settings: Partial<ApiSettings> = {}): Promise<HttpsWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'kabuki-https-'));
  const pki = loadPki({ directory: join(directory, 'pki'), nowMs: Date.now() });
  const tokens = createTokenAuthority(pki.serviceAccountKey);
  const ids = createIds(systemRandom());
  const bus = createVirtualBus();
  const bugs: unknown[] = [];
  const requests: HttpsWorld['requests'] = [];
  const host = createHost({
    clock: createClock(),
    bus,
    ids,
    onCrash: (_, error) => bugs.push(error),
  });
  const api = await createApi({
    host,
    store: createMemoryStore({ clock: systemClock }),
    eventsStore: createMemoryStore({ clock: systemClock }),
    random: { uuid: () => crypto.randomUUID(), uint32: () => Math.floor(Math.random() * 2 ** 32) },
    signer: tokens,
    settings: { ...defaultApiSettings, ...settings },
    onBug: (_, error) => bugs.push(error),
  });
  await api.whenReady;
  const server = await startHttps({
    api,
    bus,
    clock: host.clock,
    cluster: 'kabuki',
    version: '0.1.0',
    host: '127.0.0.1',
    port: 0,
    server: pki.server,
    caCertificate: pki.caCertificate,
    tokenIssuer: defaultApiSettings.tokenIssuer,
    keySet: () => tokens.keySet(),
    envelope: (parent) => ({
      id: ids.messageId(),
      from: 'apiserver',
      causes: [],
      traceparent: ids.traceparent(parent),
    }),
    onRequest: (request) => void requests.push(request),
  });
  const kubeconfig = join(directory, 'kubeconfig');
  const { caCertificate, admin } = pki;
  writeKubeconfig(kubeconfig, { name: 'kabuki', server: server.url, caCertificate, client: admin });
  const agent = new Agent({ keepAlive: true });

  const requestOptions = (ask: Ask = {}): RequestOptions => {
    const client = ask.client === undefined ? pki.admin : ask.client;
    return {
      host: server.host,
      port: server.port,
      ca: caCertificate,
      ...(client === null ? {} : { cert: client.certificate, key: client.key }),
      headers: { ...ask.headers },
      agent,
    };
  };
  const open: HttpsWorld['open'] = (method, path, ask = {}) =>
    new Promise((resolve, reject) => {
      const options = { ...requestOptions(ask), method, path };
      const outgoing = request(options, resolve);
      outgoing.once('error', reject);
      const { body } = ask;
      if (body === undefined) outgoing.end();
      else if (typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
      else {
        outgoing.setHeader('content-type', 'application/json');
        outgoing.end(JSON.stringify(body));
      }
    });
  return {
    api,
    server,
    bus,
    pki,
    kubeconfig,
    directory,
    bugs,
    requests,
    client: (name) => pki.issue(name),
    requestOptions,
    open,
    async ask(method, path, ask) {
      const response = await open(method, path, ask);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const text = bytes.toString();
      return {
        code: response.statusCode ?? 0,
        headers: response.headers,
        bytes,
        text,
        get json() {
          return JSON.parse(text);
        },
      };
    },
    async close() {
      api.close();
      await server.close();
      agent.destroy();
      host.close();
      await bus.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
