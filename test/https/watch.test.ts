/** Watches over TLS: their frames, their ends, and clients that do not behave. */
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeProtobuf } from '../../machines/api/protobuf.ts';
import { type Ask, createHttpsWorld, type HttpsWorld, until } from './world.ts';

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

const path = '/api/v1/namespaces/default/configmaps';

function put(name: string, data: Record<string, string> = {}): Promise<unknown> {
  return world.ask('POST', path, { body: { metadata: { name }, data } });
}

interface Frame {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: frames carry objects of every shape.
  readonly object: any;
}

interface Watching {
  readonly frames: Frame[];
  readonly response: IncomingMessage;
  ended: boolean;
}

/** Opens a JSON watch and collects its frames. */
async function watch(query: string, ask: Ask = {}): Promise<Watching> {
  const response = await world.open('GET', `${path}?watch=1&${query}`, ask);
  const watching: Watching = { frames: [], response, ended: false };
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    watching.frames.push(...lines.map((line) => JSON.parse(line) as Frame));
  });
  response.once('close', () => {
    watching.ended = true;
  });
  return watching;
}

const shown = (frames: readonly Frame[]) =>
  frames.map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('frames', () => {
  test('whole objects as JSON lines', async () => {
    const watching = await watch('resourceVersion=0&fieldSelector=metadata.name=w1');
    await put('w1');
    await world.ask('PATCH', `${path}/w1`, {
      body: '{"data":{"a":"b"}}',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await world.ask('DELETE', `${path}/w1`);
    await until('three events', () => watching.frames.length >= 3);
    expect(shown(watching.frames)).toEqual(['ADDED w1', 'MODIFIED w1', 'DELETED w1']);
    expect(watching.frames[1]?.object).toMatchObject({ kind: 'ConfigMap', data: { a: 'b' } });
    watching.response.destroy();
  });

  test('the initial state, then a bookmark that says so', async () => {
    await put('initial');
    const watching = await watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=60',
    );
    await until('the bookmark', () => watching.frames.at(-1)?.type === 'BOOKMARK');
    expect(shown(watching.frames)).toContain('ADDED initial');
    const bookmark = watching.frames.at(-1)?.object;
    expect(bookmark.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    watching.response.destroy();
  });

  test('tables, with columns in the first alone', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const watching = await watch('fieldSelector=metadata.name=w2', { headers: { accept } });
    await put('w2', { a: '1' });
    await world.ask('DELETE', `${path}/w2`);
    await until('two events', () => watching.frames.length >= 2);
    const [first, second] = watching.frames;
    expect(first?.object).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(first?.object.columnDefinitions).toHaveLength(3);
    expect(first?.object.rows[0].cells.slice(0, 2)).toEqual(['w2', 1]);
    expect(second?.object.columnDefinitions).toBeNull();
    expect(second?.object.rows[0].object.kind).toBe('PartialObjectMetadata');
    watching.response.destroy();
  });

  test('protobuf, each frame after its length', async () => {
    const accept = 'application/vnd.kubernetes.protobuf';
    const query = 'watch=1&fieldSelector=metadata.name=w3';
    const response = await world.open('GET', `${path}?${query}`, { headers: { accept } });
    expect(response.headers['content-type']).toBe(`${accept};stream=watch`);
    await put('w3', { a: '1' });
    const [bytes] = (await new Promise((resolve) => {
      response.once('data', (chunk: Buffer) => resolve([chunk]));
    })) as [Buffer];
    const length = bytes.readUInt32BE(0);
    expect(bytes.length).toBe(length + 4);
    const object = bytes.subarray(bytes.indexOf('k8s\0'));
    expect(bytes.toString('latin1')).toContain('ADDED');
    expect(decodeProtobuf(object)).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
    response.destroy();
  });

  test('the legacy path watches one object', async () => {
    const legacy = '/api/v1/watch/namespaces/default/configmaps/w4';
    const response = await world.open('GET', legacy);
    let text = '';
    response.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await put('other');
    await put('w4');
    await until('the event', () => text.includes('"w4"'));
    expect(text).not.toContain('"other"');
    response.destroy();
  });
});

describe('ends', () => {
  test('after timeoutSeconds', async () => {
    const watching = await watch('timeoutSeconds=1');
    await until('the end', () => watching.ended);
    expect(watching.response.complete).toBe(true);
  });

  test('cleanly when the server closes', async () => {
    const other = await createHttpsWorld();
    const response = await other.open('GET', '/api/v1/pods?watch=1');
    response.resume();
    const session = connect(other.server.url, tls(other));
    const stream = session.request({ ':path': '/api/v1/pods?watch=1' });
    stream.resume();
    const ends: string[] = [];
    await new Promise((resolve) => stream.once('response', resolve));
    response.once('end', () => ends.push('h1'));
    stream.once('end', () => ends.push('h2'));
    const startedMs = performance.now();
    await other.close();
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect(ends.sort()).toEqual(['h1', 'h2']);
  });
});

function tls(of: HttpsWorld) {
  const { certificate: cert, key } = of.pki.admin;
  return { ca: of.pki.caCertificate, cert, key };
}

describe('many and slow clients', () => {
  test('a thousand watches on one connection all see a write, and cost little', async () => {
    const count = 1_000;
    const session = connect(world.server.url, tls(world));
    const seen = new Set<number>();
    const open = (index: number) =>
      new Promise<ClientHttp2Stream>((resolve, reject) => {
        const stream = session.request({ ':path': `${path}?watch=1&resourceVersion=0` });
        stream.once('response', () => resolve(stream));
        stream.once('error', reject);
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text = (text + chunk.toString()).slice(-2_000);
          if (text.includes('"thousand"')) seen.add(index);
        });
      });
    const before = process.memoryUsage().heapUsed;
    const streams = await Promise.all(Array.from({ length: count }, (_, index) => open(index)));
    await put('thousand');
    await until('all have seen it', () => seen.size === count);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
    for (const stream of streams) stream.close();
    await closed(session);
    await until('all watches are gone', () =>
      world.server.metrics.text().includes('longrunning_requests{verb="WATCH"} 0'),
    );
  });

  test('clients that stop reading are cut, and memory stays bounded', async () => {
    const { host, port } = world.server;
    const socket = connectTls({ host, port, ...tls(world) });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.write(`GET ${path}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    socket.pause();
    const session = connect(world.server.url, tls(world));
    const stream = session.request({ ':path': `${path}?watch=1` });
    stream.pause();
    const watched = session.request({ ':path': `${path}?watch=1` });
    let seen = '';
    watched.setEncoding('utf8').on('data', (text: string) => {
      seen = (seen + text).slice(-300_000);
    });
    const open = (count: number) =>
      world.server.metrics.text().includes(`longrunning_requests{verb="WATCH"} ${count}`);
    await until('three watches', () => open(3));
    const before = process.memoryUsage();
    const big = 'x'.repeat(100_000);
    await put('stuck', { big });
    const target = `${path}/stuck`;
    const headers = { 'content-type': 'application/merge-patch+json' };
    for (let index = 0; index < 300; index += 1) {
      const body = JSON.stringify({ data: { index: String(index) } });
      const answer = await world.ask('PATCH', target, { body, headers });
      expect(answer.code).toBe(200);
    }
    await until('the cut of two', () => open(1), 20_000);
    await until('the last write at the client that reads', () => seen.includes('"index":"299"'));
    await until('the end of the stalled stream', () => stream.closed);
    expect(watched.closed).toBe(false);
    session.destroy();
    const after = process.memoryUsage();
    expect(after.external - before.external).toBeLessThan(100 * 1024 * 1024);
    socket.destroy();
    expect((await world.ask('GET', target)).code).toBe(200);
  }, 60_000);
});

function closed(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => session.close(() => resolve()));
}
