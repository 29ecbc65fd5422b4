/**
 * Generated garbage against the listener: every request gets an answer or a closed connection,
 * nothing breaks.
 */
import { connect } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpsWorld, type HttpsWorld } from './world.ts';

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

const word = fc.oneof(
  fc.constantFrom(
    'api',
    'apis',
    'v1',
    'apps',
    'namespaces',
    'default',
    'pods',
    'configmaps',
    'watch',
  ),
  fc.constantFrom(
    'deployments',
    'x',
    'status',
    'scale',
    'log',
    'exec',
    'proxy',
    'token',
    '..',
    '%2e',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const option = fc.tuple(
  fc.constantFrom(
    'limit',
    'continue',
    'resourceVersion',
    'resourceVersionMatch',
    'labelSelector',
    'fieldSelector',
    'dryRun',
    'fieldValidation',
    'pretty',
    'gracePeriodSeconds',
    'propagationPolicy',
    'sendInitialEvents',
    'includeObject',
  ),
  fc.oneof(
    fc.constantFrom('', '0', '-1', '1e9', 'true', 'All', 'Exact', 'a=b,c in (d)', '!'),
    fc.string({ maxLength: 20 }),
  ),
);
const contentType = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
);
const accept = fc.constantFrom(
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  'application/yaml',
  ';;q=x,',
);
const objectLike = fc.record(
  {
    apiVersion: fc.oneof(fc.constant('v1'), fc.jsonValue()),
    kind: fc.oneof(fc.constantFrom('ConfigMap', 'Pod'), fc.jsonValue()),
    metadata: fc.oneof(
      fc.record({ name: fc.oneof(fc.string(), fc.jsonValue()), labels: fc.jsonValue() }),
      fc.jsonValue(),
    ),
    spec: fc.jsonValue(),
    data: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  objectLike.map((value) => Buffer.from(JSON.stringify(value))),
  fc.json().map((text) => Buffer.from(text)),
  fc.string().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
);

test('an apiVersion or a kind that is no text is refused', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const headers = { 'content-type': 'application/json' };
  for (const wrong of [{ apiVersion: { a: 1 } }, { kind: ['Deployment'] }, { kind: 7 }]) {
    const body = Buffer.from(JSON.stringify({ ...wrong, spec: false }));
    const answer = await world.ask('POST', path, { headers, body });
    expect([answer.code, world.bugs]).toEqual([400, []]);
  }
});

test('generated requests are answered, and never with a 500', async () => {
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(
      method,
      fc.oneof(
        fc.array(word, { maxLength: 7 }),
        word.map((name) => ['api', 'v1', 'namespaces', 'default', 'configmaps', name]),
        word.map((name) => ['apis', 'apps', 'v1', 'namespaces', 'default', 'deployments', name]),
      ),
      fc.array(option, { maxLength: 3 }),
      fc.record({ 'content-type': contentType, accept }),
      body,
      async (verb, words, options, headers, bytes) => {
        const path = `/${words.join('/')}?${new URLSearchParams(options)}`;
        const withBody = !['GET', 'HEAD', 'OPTIONS'].includes(verb);
        const timeout = `${path}&timeoutSeconds=1`;
        const ask = withBody ? { headers, body: bytes } : { headers };
        const answer = await world.ask(verb, timeout, ask);
        expect(answer.code).toBeGreaterThanOrEqual(200);
        expect([500, 502]).not.toContain(answer.code);
        expect(world.bugs).toEqual([]);
      },
    ),
    { numRuns: 1_500 },
  );
  expect((await world.ask('GET', '/readyz')).code).toBe(200);
}, 120_000);

function openSocket(protocols: string[]): Promise<TLSSocket> {
  const { certificate: cert, key } = world.pki.admin;
  const { host, port } = world.server;
  const ca = world.pki.caCertificate;
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, ca, cert, key, ALPNProtocols: protocols }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });
}

test('bytes that are no HTTP close their own connection alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('http/1.1', 'h2'),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      async (protocol, bytes) => {
        const socket = await openSocket([protocol]);
        socket.on('error', () => undefined);
        const preface = protocol === 'h2' ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' : '';
        socket.end(Buffer.concat([Buffer.from(preface), Buffer.from(bytes)]));
        socket.resume();
        await new Promise((resolve) => socket.once('close', resolve));
      },
    ),
    { numRuns: 60 },
  );
  expect((await world.ask('GET', '/readyz')).code).toBe(200);
}, 60_000);

test('clients that send half a request do not keep others from being served', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(['http/1.1'])));
  for (const [index, socket] of sockets.entries()) {
    const head = 'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"a":';
    socket.write(index % 2 === 0 ? head : head.slice(0, 40));
  }
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => world.ask('GET', '/api/v1/namespaces')),
  );
  expect(answers.every((answer) => answer.code === 200)).toBe(true);
  for (const socket of sockets) socket.destroy();
});

test('a client that goes in the middle of its body leaves nothing behind', async () => {
  for (let index = 0; index < 20; index += 1) {
    const socket = await openSocket(['http/1.1']);
    socket.write(
      'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"a":',
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
  }
  const deadline = Date.now() + 5_000;
  const inflight = () => world.server.metrics.text().includes('inflight_requests 0');
  while (!inflight() && Date.now() < deadline) await new Promise((r) => setTimeout(r, 5));
  expect(inflight()).toBe(true);
});

test('odd methods over HTTP/2 are refused', async () => {
  const { certificate: cert, key } = world.pki.admin;
  const session = connect(world.server.url, { ca: world.pki.caCertificate, cert, key });
  session.on('error', () => undefined);
  const codes: (number | string)[] = [];
  for (const head of [
    { ':method': 'CONNECT', ':authority': 'x' },
    { ':method': 'FOO', ':path': '/api/v1/namespaces' },
    { ':method': 'TRACE', ':path': '/' },
    { ':method': 'GET', ':path': '*' },
    { ':method': 'GET', ':path': '//api//v1//namespaces' },
  ]) {
    const stream = session.request(head);
    stream.on('error', () => undefined);
    stream.resume();
    const code = await new Promise<number | string>((resolve) => {
      stream.once('response', (answer) => resolve(Number(answer[':status'])));
      stream.once('close', () => resolve('closed'));
    });
    codes.push(code);
  }
  session.destroy();
  expect(codes).toEqual([405, 405, 405, 'closed', 200]);
});
